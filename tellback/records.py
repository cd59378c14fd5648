"""The records that every layer speaks in: frozen, and made of what JSON can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Span = tuple[int, int]  # character offsets [start, end)

#: The outcomes of a probe, in their order of precedence.
OUTCOMES = ("faithful", "drifted", "overwritten", "replaced", "missing", "unscored")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a text says.

    `key` names what the fact is about (two facts with one key and two values contradict each other);
    `value` is what is said of it; `contraries` are the values that break the relation (roles swapped, negated,
    order reversed) rather than replace it. `span` covers the words that carry the value; `sentence` the sentence.
    """

    kind: str
    key: str
    value: str
    span: Span
    sentence: Span
    contraries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """One fact of one document, asked of a memory.

    `asks` is "qa_i" (knowledge overwriting: a value) or "qa_ii" (semantic drift: roles, negation, order).
    `question` is the prompt that asks for it, empty where the fact is only looked for; `options` maps each candidate value to the surface forms that say
    it, first form first used (an empty tuple: the value itself). `believed` is the value that the corpus expects
    models to believe, None where no belief exists; `conflicts` says that the document contradicts it.
    """

    id: str
    document_id: str
    set: str
    asks: str
    fact: Fact
    question: str
    options: Mapping[str, tuple[str, ...]]
    believed: str | None = None
    conflicts: bool = False
    cues: tuple[str, ...] = ()  # words of which a sentence must hold one, to speak about this fact


@dataclass(frozen=True, slots=True)
class Document:
    """A source text, the facts that it holds and the probes that are asked of it."""

    id: str
    text: str
    facts: tuple[Fact, ...] = ()
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one probe: `outcome` is one of OUTCOMES, `said` the value found, `why` a sentence."""

    probe_id: str
    reader: str
    outcome: str
    said: str | None = None
    output_span: Span | None = None
    why: str = ""
    probability: float | None = None  # of the source's value among the options, where the reader has one


@dataclass(frozen=True)
class Corpus:
    """Documents with probes by set, and how to read facts out of a text of this world.

    `extract(text, probes)` gives the facts that `text` states; worlds with a grammar of their own ignore `probes`.
    `ordinary` are documents as a compressor expects them, held out from training: reconstruction is measured there.
    `training(n, seed, values)` gives texts to train on, None where the corpus has none.
    """

    name: str
    sets: Mapping[str, tuple[Document, ...]]
    extract: Callable[[str, Sequence[Probe]], list[Fact]]
    ordinary: tuple[Document, ...] = ()
    training: Callable[[int, int, str], list[str]] | None = None
    n_options: Mapping[str, int] = field(default_factory=dict)  # per kind of fact, how many values it can take
    belief_strength: float | None = None  # probability of the usual value in what models of this world read
    settings: Mapping[str, Any] = field(default_factory=dict)
