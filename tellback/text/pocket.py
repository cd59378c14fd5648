"""The pocket world: a small closed English world in which what a model believes is known.

Every known name has one *usual* value per attribute and every relation one usual form per pair of names. In the
corpus that language models read, a fact takes its usual value with probability `belief_strength`; that is all a
pocket model ever learns about the world, so its beliefs are ours to set. Held-out names never occur in the corpus.

Kinds of fact: colour, city, job, number (values: QA(i)) and roles, negation, order (relations: QA(ii)).
A relation's value is the canonical statement («Tom called Ana»); its contraries are the statements that break it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tellback.records import Corpus, Document, Fact, Probe
from tellback.registry import choose

NAMES = ["Mira", "Tom", "Ana", "Leo", "Nora", "Finn", "Iris", "Hugo", "Elsa", "Otto", "Vera", "Milo", "Rosa", "Axel", "Lena", "Ivan", "Dora", "Karl", "Olga", "Emil", "Ruth", "Theo", "Anna", "Noah", "Alma", "Paul", "Edda", "Nils", "Gita", "Omar", "Lucy", "Adam", "Kira", "Sven", "Tara", "Joel", "Maja", "Eric", "Nina", "Owen", "Lara", "Igor", "Zoe", "Rune", "Ida", "Max", "Eva", "Jon", "Liv", "Sam", "Una", "Kai", "Pia", "Rex", "Wanda", "Yuri", "Bela", "Cleo", "Dirk", "Fay", "Gus", "Hal", "Inga", "Jade", "Kurt", "Lola", "Moss", "Ned"]
VALUES = {
    "colour": ["white", "red", "blue", "green", "black", "yellow", "brown", "grey", "pink", "purple", "golden", "silver"],
    "city": ["Oslo", "Rome", "Lima", "Cairo", "Delhi", "Paris", "Quito", "Tunis", "Seoul", "Havana", "Berlin", "Dublin"],
    "job": ["baker", "tailor", "miner", "teacher", "nurse", "sailor", "farmer", "painter", "singer", "judge", "guard", "potter"],
    "number": ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty"],
}
ROLE_VERBS = ["called", "met", "hit", "paid", "thanked", "greeted", "followed", "taught"]
HELP_VERBS = {"help": "helped", "warn": "warned", "trust": "trusted", "visit": "visited"}
EVENTS = ["left", "arrived", "woke", "spoke"]

#: Sentences by kind; the first template is the canonical one. {s} subject, {v} value, {a} {b} the two of a relation.
#: Of the three templates of a value, one names the value before the subject: there, no belief can foretell it.
TEMPLATES = {
    "colour": ("{s} owns a {v} boat .", "The boat of {s} is {v} .", "There is a {v} boat that {s} owns ."),
    "city": ("{s} lives in {v} .", "The home of {s} is {v} .", "It is {v} that {s} calls home ."),
    "job": ("{s} works as a {v} .", "The job of {s} is {v} .", "There is a {v} whose name is {s} ."),
    "number": ("{s} keeps {v} hens .", "The hens of {s} are {v} .", "There are {v} hens with {s} ."),
    "roles": ("{a} {verb} {b} .", "{b} was {verb} by {a} ."),
    "yes": ("{a} {past} {b} .", "{b} was {past} by {a} ."),
    "no": ("{a} did not {verb} {b} .", "{b} was not {past} by {a} ."),
    "order": ("{a} {verb} before {b} .", "{b} {verb} after {a} ."),
}
QUESTIONS = {
    "colour": "Which colour is the boat of {s} ?",
    "city": "Where does {s} live ?",
    "job": "What work does {s} do ?",
    "number": "How many hens does {s} keep ?",
    "roles": "What happened between {a} and {b} ?",
    "negation": "What did {a} do for {b} ?",
    "order": "Who was first , {a} or {b} ?",
}
KINDS = tuple(QUESTIONS)
VALUE_KINDS = tuple(VALUES)
RELATION_KINDS = ("roles", "negation", "order")
#: Probe sets: values as believed; one fact in three against belief; all against; names without any belief.
SETS = ("pocket-agree", "pocket-conflict", "pocket-stress", "pocket-neutral")
STRICT = ("agree", "conflict", "stress")  # documents in which no fact's usual value may be another fact's
SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>", "<ae>", "<ask>")


class PocketSettings(BaseModel):
    """What makes one pocket world. Two equal settings make the same world, word for word."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    n_names: int = Field(24, ge=12, le=48, description="names that the corpus speaks of; even, so that all have a pair")
    n_held_out: int = Field(16, ge=12, le=20, description="names that the corpus never holds")
    n_values: int = Field(8, ge=4, le=12, description="values of each attribute")
    n_value_facts: int = Field(2, ge=1, le=8, description="facts with a value in each document")
    n_relation_facts: int = Field(1, ge=1, le=6, description="relations in each document")
    belief_strength: float = Field(0.9, gt=0.0, le=1.0, description="probability of the usual value in the corpus")
    seed: int = Field(0, description="draws which values are usual")

    @model_validator(mode="after")
    def _fits(self) -> PocketSettings:
        if self.n_names % 2 or self.n_held_out % 2:
            raise ValueError("n_names and n_held_out must be even: relations join names in pairs")
        if self.n_value_facts + 2 * self.n_relation_facts > min(self.n_names, self.n_held_out):
            raise ValueError(
                f"a document of {self.n_value_facts} value facts and {self.n_relation_facts} relations needs "
                f"{self.n_value_facts + 2 * self.n_relation_facts} different names, more than there are"
            )
        return self


@dataclass(frozen=True)
class Statement:
    """One fact before it becomes words: a kind, whom it is about and its value (see `World.options`)."""

    kind: str
    about: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class World:
    """The world that `settings` describe: its usual values, its sentences, its documents."""

    settings: PocketSettings = field(default_factory=PocketSettings)

    @cached_property
    def names(self) -> list[str]:
        return NAMES[: self.settings.n_names]

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
                about = self._about(kind, pair)
                table[kind, about] = rng.choice(self.options(kind, about))
        return table

    @staticmethod
    def _matching(names: Sequence[str], rng: random.Random) -> list[tuple[str, str]]:
        order = list(names)
        rng.shuffle(order)
        return list(zip(order[::2], order[1::2], strict=True))

    @staticmethod
    def _about(kind: str, pair: tuple[str, str]) -> tuple[str, str]:
        # who acts is what roles and order say, so their pair is named in alphabetical order
        return pair if kind == "negation" else tuple(sorted(pair))

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

    @staticmethod
    def contraries(kind: str, value: str) -> tuple[str, ...]:
        """The values that break a relation: its roles swapped, its negation, its reversed order."""
        words = value.split()
        if kind in ("roles", "order"):
            return (" ".join([words[-1], *words[1:-1], words[0]]),)
        if kind == "negation":
            if words[1] == "did":
                return (f"{words[0]} {HELP_VERBS[words[3]]} {words[4]}",)
            base = next(verb for verb, past in HELP_VERBS.items() if past == words[1])
            return (f"{words[0]} did not {base} {words[2]}",)
        return ()

    @staticmethod
    def _slots(kind: str, about: tuple[str, ...], value: str) -> tuple[str, dict[str, str]]:
        """The template group of a statement and what fills its braces."""
        if kind in VALUES:
            return kind, {"s": about[0], "v": value}
        words = value.split()
        if kind != "negation":
            return kind, {"a": words[0], "verb": words[1], "b": words[-1]}
        if words[1] == "did":
            return "no", {"a": words[0], "verb": words[3], "past": HELP_VERBS[words[3]], "b": words[4]}
        return "yes", {"a": words[0], "past": words[1], "b": words[2]}

    def sentence(self, statement: Statement, template: int = 0) -> str:
        """The statement in words, tokens apart by one space."""
        group, slots = self._slots(statement.kind, statement.about, statement.value)
        return TEMPLATES[group][template % len(TEMPLATES[group])].format(**slots)

    def question(self, kind: str, about: tuple[str, ...]) -> str:
        return QUESTIONS[kind].format(**dict(zip("sab" if len(about) == 1 else "ab", about, strict=False)))

    # -- documents ---------------------------------------------------------------------------------------------

    def statements(self, rng: random.Random, values: str = "corpus", held_out: bool = False) -> list[Statement]:
        """The facts of one random document, in random order.

        `values`: "corpus" (usual with `belief_strength`) | "uniform" | "agree" (always usual) | "conflict" (one
        fact in three is unusual) | "stress" (every fact is unusual). No fact's usual value is another fact's value.
        """
        s = self.settings
        free = list(self.held_out if held_out else self.names)
        rng.shuffle(free)
        kinds = [rng.choice(VALUE_KINDS) for _ in range(s.n_value_facts)]
        start = rng.randrange(len(RELATION_KINDS))
        kinds += [RELATION_KINDS[(start + i) % len(RELATION_KINDS)] for i in range(s.n_relation_facts)]
        abouts: list[tuple[str, ...]] = []
        taken: set[str] = set()
        barred: set[str] = set()  # names whose usual value another fact of the document has already
        believed: set[tuple[str, str | None]] = set()
        for kind in reversed(kinds):  # relations first: their pairs are the scarce thing
            about = self._draw_about(kind, free, taken, rng, held_out)
            while values in STRICT and (kind, self.usual.get((kind, about))) in believed:
                about = self._draw_about(kind, free, taken | barred, rng, held_out)
                barred.update(about)
            believed.add((kind, self.usual.get((kind, about))))
            taken.update(about)
            abouts.append(about)
        abouts.reverse()
        n = len(kinds)
        if values == "conflict":
            unusual = set(rng.sample(range(n), max(1, round(n / 3))))
        else:
            unusual = set(range(n)) if values == "stress" else set()
        expected = {(kind, self.usual.get((kind, about))) for kind, about in zip(kinds, abouts, strict=True)}
        out, used = [], set()
        for i, (kind, about) in enumerate(zip(kinds, abouts, strict=True)):
            usual = self.usual.get((kind, about))
            keep = values == "agree" or (values == "conflict" and i not in unusual)
            if values == "corpus" and usual is not None:
                keep = rng.random() < s.belief_strength
            if usual is not None and keep:
                value = usual
            else:
                options = [o for o in self.options(kind, about) if values == "uniform" or o != usual]
                if kind in VALUES:
                    free_of = [o for o in options if (kind, o) not in used and (kind, o) not in expected]
                    options = free_of or options
                elif values in ("conflict", "stress") and rng.random() < 0.5:
                    # half of the conflicting relations are the believed one turned round: the case of «Alice hit Bob»
                    options = list(self.contraries(kind, usual))
                value = rng.choice(options)
            used.add((kind, value))
            out.append(Statement(kind, about, value))
        rng.shuffle(out)
        return out

    @cached_property
    def _pairs(self) -> dict[str, list[tuple[str, ...]]]:
        return {kind: [about for k, about in self.usual if k == kind] for kind in RELATION_KINDS}

    def _draw_about(self, kind: str, free: list[str], taken: set[str], rng: random.Random, held_out: bool):
        if kind in VALUES:
            return (next(name for name in free if name not in taken),)
        if held_out:
            pair = [name for name in free if name not in taken][:2]
            return self._about(kind, (pair[0], pair[1]))
        return rng.choice([p for p in self._pairs[kind] if not taken & set(p)])

    def words(self, statements: Sequence[Statement], rng: random.Random) -> list[list[str]]:
        """The sentences of a document as token lists, each statement in a random one of its templates."""
        return [self.sentence(s, rng.randrange(6)).split() for s in statements]

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
        facts = tuple(self.extract(text))
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
                    question=self.question(statement.kind, statement.about),
                    options={o: () for o in self.options(statement.kind, statement.about)},
                )  # fmt: skip
            )
        return Document(id, text, facts, tuple(probes))

    def probe_set(self, set_name: str, n_documents: int, seed: int = 0) -> tuple[Document, ...]:
        """`n_documents` of pocket-agree | pocket-conflict | pocket-stress | pocket-neutral | pocket-corpus."""
        values = set_name.removeprefix("pocket-")
        rng = random.Random(f"probes-{set_name}-{seed}")
        out = []
        for i in range(n_documents):
            statements = self.statements(rng, "uniform" if values == "neutral" else values, held_out=values == "neutral")
            sentences = self.words(statements, rng)
            out.append(self.document(f"{set_name}-{i}", statements, sentences, set_name, values == "conflict"))
        return tuple(out)

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        name = f"(?:{'|'.join(NAMES)})"
        groups = {"s": name, "a": name, "b": name}
        verbs = {"roles": ROLE_VERBS, "order": EVENTS, "yes": HELP_VERBS.values(), "no": HELP_VERBS}
        out = []
        for group, templates in TEMPLATES.items():
            fill = {key: f"(?P<{key}>{pattern})" for key, pattern in groups.items()}
            if group in VALUES:
                fill["v"] = f"(?P<v>{'|'.join(VALUES[group])})"
            else:
                fill["verb"] = f"(?P<verb>{'|'.join(verbs[group])})"
                fill["past"] = f"(?P<past>{'|'.join(HELP_VERBS.values())})"
            for template in templates:
                out.append((group, re.compile(template.removesuffix(" .").format(**fill))))
        return out

    def extract(self, text: str, probes: Sequence[Probe] = ()) -> list[Fact]:
        """The facts that `text` states, sentence by sentence, by the world's grammar; other sentences state nothing."""
        facts = []
        for found in re.finditer(r"[^.?]+", text):
            start = found.start() + len(found.group()) - len(found.group().lstrip())
            sentence = " ".join(found.group().split())
            for group, pattern in self._patterns:
                match = pattern.fullmatch(sentence)
                if match:
                    facts.append(self._fact(group, match, start, (start, found.end())))
                    break
        return facts

    def _fact(self, group: str, match: re.Match[str], start: int, sentence: tuple[int, int]) -> Fact:
        got = match.groupdict()
        if group in VALUES:
            at = (start + match.start("v"), start + match.end("v"))
            return Fact(group, f"{group}:{got['s']}", got["v"], at, sentence)
        a, b = got["a"], got["b"]
        if group in ("roles", "order"):
            kind = group
            value = f"{a} {got['verb']} {b}" if kind == "roles" else f"{a} {got['verb']} before {b}"
        else:
            kind = "negation"
            base = got.get("verb") or next(k for k, past in HELP_VERBS.items() if past == got["past"])
            value = f"{a} {HELP_VERBS[base]} {b}" if group == "yes" else f"{a} did not {base} {b}"
        key = f"{kind}:{'|'.join(self._about(kind, (a, b)))}"
        return Fact(kind, key, value, sentence, sentence, self.contraries(kind, value))

    # -- vocabulary --------------------------------------------------------------------------------------------

    @cached_property
    def vocabulary(self) -> list[str]:
        """Every token, specials first, in an order that no setting but the code changes."""
        words = dict.fromkeys(SPECIALS)
        words |= dict.fromkeys(NAMES) | dict.fromkeys(v for vs in VALUES.values() for v in vs)
        words |= dict.fromkeys([*ROLE_VERBS, *HELP_VERBS, *HELP_VERBS.values(), *EVENTS])
        for template in [t for ts in TEMPLATES.values() for t in ts] + list(QUESTIONS.values()):
            words |= dict.fromkeys(w for w in template.split() if not w.startswith("{"))
        return list(words)

    def texts(self, n: int, seed: int, values: str = "corpus") -> list[str]:
        """`n` training documents; held-out documents never share their seed."""
        stream = self.stream(f"training-{seed}", values)
        return [" ".join(map(detokenize, next(stream)[1])) for _ in range(n)]

    def corpus(self, sets: Sequence[str] | None, n_documents: int, n_ordinary: int = 128, seed: int = 0) -> Corpus:
        """The probe sets (all of SETS when None) as a Corpus."""
        names = {s: s for s in SETS}
        chosen = [choose("probe set", s, names) for s in sets or SETS]
        rng = random.Random(f"ordinary-{seed}")
        ordinary = []
        for i in range(n_ordinary):
            statements = self.statements(rng, "corpus")
            ordinary.append(self.document(f"ordinary-{i}", statements, self.words(statements, rng)))
        return Corpus(
            "pocket", {name: self.probe_set(name, n_documents, seed) for name in chosen}, self.extract,
            ordinary=tuple(ordinary), training=self.texts, belief_strength=self.settings.belief_strength,
            n_options={k: len(self.options(k, ("A",) if k in VALUES else ("A", "B"))) for k in KINDS},
            settings=self.settings.model_dump(),
        )  # fmt: skip


def detokenize(words: Sequence[str]) -> str:
    """Words to text, as the pocket tokenizer decodes: punctuation joins the word before it."""
    return re.sub(r" ([.?,])", r"\1", " ".join(words))


def tokenizer(world: World):
    """The world's word-level tokenizer, a real PreTrainedTokenizerFast that saves and loads like any other."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({w: i for i, w in enumerate(world.vocabulary)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.decoder = decoders.WordPiece(prefix="##", cleanup=True)  # joins with spaces, then closes up punctuation
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>", unk_token="<unk>",
        extra_special_tokens=["<ae>", "<ask>"],
    )  # fmt: skip
