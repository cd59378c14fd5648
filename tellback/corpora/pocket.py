"""The pocket world: a small closed English world in which what a model believes is known.

Every known name has one *usual* value per attribute and every relation one usual form per pair of names. In the
corpus that language models read, a fact takes its usual value with probability `belief_strength`; that is all a
pocket model ever learns about the world, so its beliefs are ours to set. Free names are known too, but nothing about
them is usual: their values are uniform, so no belief exists. Held-out names never occur in the corpus.

Kinds of fact: colour, city, job, number (values: QA(i)) and roles, negation, order (relations: QA(ii)).
A relation's value is the canonical statement («Tom called Ana»); its contraries are the statements that break it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tellback.corpora.grammar import (
    EVENTS,
    HELP_VERBS,
    KINDS,
    NAMES,
    RELATION_KINDS,
    ROLE_VERBS,
    VALUE_KINDS,
    VALUES,
    Statement,
    about_of,
    contraries,
    detokenize,
    extract,
    question,
    sentence,
)
from tellback.corpora.pocket_settings import PocketSettings
from tellback.records import Corpus, Document, Probe
from tellback.registry import choose

#: Probe sets: values as believed; one fact in three against belief; all against; names without any belief. In a world with
#: free names those of pocket-neutral are known, and pocket-unseen, names that the corpus never holds, is a set of its own.
SETS = ("pocket-agree", "pocket-conflict", "pocket-stress", "pocket-neutral")
UNSEEN = "pocket-unseen"
STRICT = ("agree", "conflict", "stress")  # documents in which no fact's usual value may be another fact's
Who = Literal["known", "believed", "free", "held_out"]  # whom a document is about: known names are believed or free


def uniform_kinds(values: str) -> frozenset[str]:
    """The kinds that «uniform:colour+city» names; raises UsageError for one that is no kind. Empty for other `values`."""
    kinds = values.removeprefix("uniform:").split("+") if values.startswith("uniform:") else []
    return frozenset(choose("kind of fact", kind, {k: k for k in KINDS}) for kind in kinds)


_LAST: dict[tuple[str, int, int, str], tuple[str, ...]] = {}


@dataclass(frozen=True)
class World:
    """The world that `settings` describe: its usual values, its sentences, its documents."""

    settings: PocketSettings = field(default_factory=PocketSettings)

    @cached_property
    def names(self) -> list[str]:
        return NAMES[: self.settings.n_names]

    @cached_property
    def free(self) -> list[str]:
        """Names that the corpus knows and of which nothing is usual."""
        return NAMES[self.settings.n_names : self.settings.n_names + self.settings.n_free]

    @cached_property
    def held_out(self) -> list[str]:
        return NAMES[-self.settings.n_held_out :]

    @cached_property
    def usual(self) -> dict[tuple[str, tuple[str, ...]], str]:
        """(kind, about) -> the usual value, for every fact that the corpus can hold."""
        rng = random.Random(f"usual-{self.settings.seed}")
        table = {}
        for kind in VALUE_KINDS:
            # every value is usual for equally many names, so that no value is likely by itself
            values = [VALUES[kind][i % self.settings.n_values] for i in range(len(self.names))]
            rng.shuffle(values)
            table |= {(kind, (name,)): value for name, value in zip(self.names, values, strict=True)}
        for kind in RELATION_KINDS:
            for pair in self._matching(self.names, rng):
                about = about_of(kind, pair)
                table[kind, about] = rng.choice(self.options(kind, about))
        return table

    @staticmethod
    def _matching(names: Sequence[str], rng: random.Random) -> list[tuple[str, str]]:
        order = list(names)
        rng.shuffle(order)
        return list(zip(order[::2], order[1::2], strict=True))

    def options(self, kind: str, about: tuple[str, ...]) -> list[str]:
        """Every value that a fact of this kind about these names can take."""
        if kind in VALUES:
            return VALUES[kind][: self.settings.n_values]
        a, b = about
        if kind == "roles":
            return [f"{x} {verb} {y}" for verb in ROLE_VERBS for x, y in ((a, b), (b, a))]
        if kind == "order":
            return [f"{x} {verb} before {y}" for verb in EVENTS for x, y in ((a, b), (b, a))]
        return [s for verb, past in HELP_VERBS.items() for s in (f"{a} {past} {b}", f"{a} did not {verb} {b}")]

    # -- documents ---------------------------------------------------------------------------------------------

    def statements(
        self, rng: random.Random, values: str = "corpus", who: Who = "known", conflicts: Literal["values", "relations"] | None = None
    ) -> list[Statement]:  # fmt: skip
        """The facts of one random document about the names of `who`, in random order.

        `values`: "corpus" (usual with `belief_strength`) | "uniform" | "uniform:colour+city" (uniform in these kinds, else as
        the corpus) | "agree" (always usual) | "conflict" (one
        fact in three is unusual, only among `conflicts` where that is given) | "stress" (every fact is unusual). No
        fact's usual value is another fact's value.
        """
        s, uniform_in = self.settings, uniform_kinds(values)
        free = self._names(who)
        rng.shuffle(free)
        kinds = [rng.choice(s.value_kinds) for _ in range(s.n_value_facts)]
        start, relations = rng.randrange(len(s.relation_kinds)), s.relation_kinds
        kinds += [relations[(start + i) % len(relations)] for i in range(s.n_relation_facts)]
        abouts: list[tuple[str, ...]] = []
        taken: set[str] = set()
        barred: set[str] = set()  # names whose usual value another fact of the document has already
        believed: set[tuple[str, str | None]] = set()
        for kind in reversed(kinds):  # relations first: their pairs are the scarce thing
            about = self._draw_about(kind, free, taken, rng, who)
            while values in STRICT and (kind, self.usual.get((kind, about))) in believed:
                about = self._draw_about(kind, free, taken | barred, rng, who)
                barred.update(about)
            believed.add((kind, self.usual.get((kind, about))))
            taken.update(about)
            abouts.append(about)
        abouts.reverse()
        n = len(kinds)
        if values == "conflict":
            among = [i for i in range(n) if conflicts is None or (kinds[i] in VALUES) == (conflicts == "values")]
            unusual = set(rng.sample(among, min(len(among), max(1, round(n / 3)))))
        else:
            unusual = set(range(n)) if values == "stress" else set()
        expected = {(kind, self.usual.get((kind, about))) for kind, about in zip(kinds, abouts, strict=True)}
        out, used = [], set()
        for i, (kind, about) in enumerate(zip(kinds, abouts, strict=True)):
            usual = self.usual.get((kind, about))
            keep = values == "agree" or (values == "conflict" and i not in unusual)
            if usual is not None and (values == "corpus" or (uniform_in and kind not in uniform_in)):
                keep = rng.random() < s.belief_strength
            if usual is not None and keep:
                value = usual
            else:
                uniform = values == "uniform" or kind in uniform_in
                options = [o for o in self.options(kind, about) if uniform or o != usual]
                if kind in VALUES:
                    free_of = [o for o in options if (kind, o) not in used and (kind, o) not in expected]
                    options = free_of or options
                elif values in ("conflict", "stress") and rng.random() < 0.5:
                    # half of the conflicting relations are the believed one turned round: the case of «Alice hit Bob»
                    options = list(contraries(kind, usual))
                value = rng.choice(options)
            used.add((kind, value))
            out.append(Statement(kind, about, value))
        rng.shuffle(out)
        return out

    def _names(self, who: Who) -> list[str]:
        chosen = {"believed": self.names, "free": self.free, "known": self.names + self.free, "held_out": self.held_out}
        return list(chosen[who])

    @cached_property
    def _pairs(self) -> dict[Who, dict[str, list[tuple[str, ...]]]]:
        """Whom the relations of a kind are about: whose usual form is known, free names (in fixed pairs too), or both."""
        believed = {kind: [about for k, about in self.usual if k == kind] for kind in RELATION_KINDS}
        rng = random.Random(f"free-{self.settings.seed}")
        free = {kind: [about_of(kind, pair) for pair in self._matching(self.free, rng)] for kind in RELATION_KINDS}
        return {"believed": believed, "free": free, "known": {kind: believed[kind] + free[kind] for kind in RELATION_KINDS}}

    def _draw_about(self, kind: str, free: list[str], taken: set[str], rng: random.Random, who: Who):
        if kind in VALUES:
            return (next(name for name in free if name not in taken),)
        if who == "held_out":
            pair = [name for name in free if name not in taken][:2]
            return about_of(kind, (pair[0], pair[1]))
        return rng.choice([p for p in self._pairs[who][kind] if not taken & set(p)])

    def words(self, statements: Sequence[Statement], rng: random.Random) -> list[list[str]]:
        """The sentences of a document as token lists, each statement in a random one of its templates."""
        return [sentence(s, rng.randrange(6)).split() for s in statements]

    def stream(self, seed: int | str, values: str = "corpus") -> Iterator[tuple[list[Statement], list[list[str]]]]:
        """Endless documents: (statements, sentences as token lists)."""
        rng = random.Random(f"stream-{seed}-{values}")
        while True:
            statements = self.statements(rng, values)
            yield statements, self.words(statements, rng)

    # -- records -----------------------------------------------------------------------------------------------

    def document(self, id: str, statements: Sequence[Statement], sentences: Sequence[Sequence[str]], set_name: str = "",
                 only_conflicts: bool = False) -> Document:  # fmt: skip
        """The Document with its facts and, when `set_name` is given, its probes."""
        text = " ".join(detokenize(words) for words in sentences)
        facts = tuple(extract(text))
        probes = []
        for i, (statement, fact) in enumerate(zip(statements, facts, strict=True)):
            assert fact.value == statement.value, (fact, statement)
            usual = self.usual.get((statement.kind, statement.about))
            conflicts = usual is not None and usual != statement.value
            if not set_name or (only_conflicts and not conflicts):
                continue
            probes.append(
                Probe(
                    id=f"{id}/{i}", document_id=id, set=set_name, fact=fact, believed=usual, conflicts=conflicts,
                    asks="qa_i" if statement.kind in VALUES else "qa_ii",
                    question=question(statement.kind, statement.about),
                    options={o: () for o in self.options(statement.kind, statement.about)},
                )  # fmt: skip
            )
        return Document(id, text, facts, tuple(probes))

    def probe_set(self, set_name: str, n_documents: int, seed: int = 0) -> tuple[Document, ...]:
        """`n_documents` of pocket-agree | pocket-conflict | pocket-stress | pocket-neutral | pocket-unseen."""
        values = set_name.removeprefix("pocket-")
        who: Who = "believed" if values in STRICT else "held_out" if set_name == UNSEEN or not self.free else "free"
        rng = random.Random(f"probes-{set_name}-{seed}")
        share = self.settings.relation_conflicts
        out = []
        for i in range(n_documents):
            of_relations = share is not None and int((i + 1) * share) > int(i * share)
            statements = self.statements(
                rng, "uniform" if values in ("neutral", "unseen") else values, who,
                None if share is None else "relations" if of_relations else "values",
            )  # fmt: skip
            sentences = self.words(statements, rng)
            out.append(self.document(f"{set_name}-{i}", statements, sentences, set_name, values == "conflict"))
        return tuple(out)

    def texts(self, n: int, seed: int, values: str = "corpus") -> list[str]:
        """`n` training documents; held-out documents never share their seed. The last ones are kept: setups of one study that run one
        after another train on the same."""
        key = (self.settings.model_dump_json(), n, seed, values)
        if key not in _LAST:
            stream = self.stream(f"training-{seed}", values)
            _LAST.clear()
            _LAST[key] = tuple(" ".join(map(detokenize, next(stream)[1])) for _ in range(n))
        return list(_LAST[key])

    def twin(self, text: str, rng: random.Random) -> str | None:
        """The text with the value of one of its facts exchanged for another one of that kind, of as many words; None where
        it states no value."""
        facts = [f for f in extract(text) if f.kind in VALUES]
        if not facts:
            return None
        fact = rng.choice(facts)
        others = [v for v in VALUES[fact.kind][: self.settings.n_values] if v != fact.value]
        return text[: fact.span[0]] + rng.choice(others) + text[fact.span[1] :]

    @property
    def sets(self) -> Sequence[str]:
        """The probe sets that it has."""
        return (*SETS, UNSEEN) if self.free else SETS

    def corpus(self, sets: Sequence[str] | None, n_documents: int, n_ordinary: int = 128, seed: int = 0) -> Corpus:
        """The probe sets (all of SETS when None, with UNSEEN where names are free) as a Corpus."""
        chosen = [choose("probe set", s, {s: s for s in self.sets}) for s in sets or self.sets]
        rng = random.Random(f"ordinary-{seed}")
        ordinary = []
        for i in range(n_ordinary):
            statements = self.statements(rng, "corpus")
            ordinary.append(self.document(f"ordinary-{i}", statements, self.words(statements, rng)))
        return Corpus(
            "pocket", {name: self.probe_set(name, n_documents, seed) for name in chosen}, extract,
            ordinary=tuple(ordinary), training=self.texts, twin=self.twin, belief_strength=self.settings.belief_strength,
            n_options={k: len(self.options(k, ("A",) if k in VALUES else ("A", "B"))) for k in self.settings.all_kinds},
            settings=self.settings.outcome(),
        )  # fmt: skip
