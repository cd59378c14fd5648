"""The records that every layer speaks in: frozen, and made of what JSON can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Any, Literal

Span = tuple[int, int]  # character offsets [start, end)

#: The outcomes of a probe, in their order of precedence.
OUTCOMES = ("faithful", "drifted", "overwritten", "replaced", "missing", "unscored")
#: What an output says though its source does not: a hard fact; ordinary words that nothing in the source supports; a value in
#: a sentence told in other words, which may follow from the source.
INVENTED, UNSUPPORTED, DOUBTFUL = "invented", "unsupported", "doubtful"
ADDED = (INVENTED, UNSUPPORTED, DOUBTFUL)

#: What an outcome says of the output. *Wrong*: it says what the source does not, which gates. *Lost*: it is silent, which
#: every summary may be. *Cannot tell*: nobody decided, so it is counted and shown, and neither right nor wrong.
Level = Literal["kept", "wrong", "lost", "cannot tell"]
LEVEL: Mapping[str, Level] = MappingProxyType(
    {INVENTED: "wrong", "drifted": "wrong", "overwritten": "wrong", "replaced": "wrong", UNSUPPORTED: "wrong"}
    | {"missing": "lost", DOUBTFUL: "cannot tell", "unscored": "cannot tell", "faithful": "kept"}
)  # worst first: the order in which findings are shown
#: The levels of what a reader must look at, worst first.
LEVELS: tuple[Level, ...] = ("wrong", "lost", "cannot tell")
WRONG = frozenset(outcome for outcome, level in LEVEL.items() if level == "wrong")


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
    `training(n, seed, values)` gives texts to train on, None where the corpus has none. `twin(text, rng)` gives a training text
    with one value exchanged, None where it holds none.
    """

    name: str
    sets: Mapping[str, tuple[Document, ...]]
    extract: Callable[[str, Sequence[Probe]], list[Fact]]
    ordinary: tuple[Document, ...] = ()
    training: Callable[[int, int, str], list[str]] | None = None
    n_options: Mapping[str, int] = field(default_factory=dict)  # per kind of fact, how many values it can take
    belief_strength: float | None = None  # probability of the usual value in what models of this world read
    settings: Mapping[str, Any] = field(default_factory=dict)
    twin: Callable[[str, Random], str | None] | None = None
