"""The pocket world's English: its words, its sentences, and how a sentence is read back into the fact that it states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tellback.records import Fact, Probe

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
SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>", "<ae>", "<ask>")


@dataclass(frozen=True)
class Statement:
    """One fact before it becomes words: a kind, whom it is about and its value (see `options`)."""

    kind: str
    about: tuple[str, ...]
    value: str


def about_of(kind: str, pair: tuple[str, str]) -> tuple[str, str]:
    """Whom a relation is about, in the order in which it is asked."""
    # who acts is what roles and order say, so their pair is named in alphabetical order
    return pair if kind == "negation" else tuple(sorted(pair))


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


def sentence(statement: Statement, template: int = 0) -> str:
    """The statement in words, tokens apart by one space."""
    group, slots = _slots(statement.kind, statement.about, statement.value)
    return TEMPLATES[group][template % len(TEMPLATES[group])].format(**slots)


def question(kind: str, about: tuple[str, ...]) -> str:
    """The question that asks for a fact, tokens apart by one space."""
    return QUESTIONS[kind].format(**dict(zip("sab" if len(about) == 1 else "ab", about, strict=False)))


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
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


def extract(text: str, probes: Sequence[Probe] = ()) -> list[Fact]:
    """The facts that `text` states, sentence by sentence, by the world's grammar; other sentences state nothing."""
    facts = []
    for found in re.finditer(r"[^.?]+", text):
        start = found.start() + len(found.group()) - len(found.group().lstrip())
        sentence = " ".join(found.group().split())
        for group, pattern in _patterns():
            match = pattern.fullmatch(sentence)
            if match:
                facts.append(_fact(group, match, start, (start, found.end())))
                break
    return facts


def _fact(group: str, match: re.Match[str], start: int, sentence: tuple[int, int]) -> Fact:
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
    key = f"{kind}:{'|'.join(about_of(kind, (a, b)))}"
    return Fact(kind, key, value, sentence, sentence, contraries(kind, value))


@cache
def vocabulary() -> list[str]:
    """Every token, specials first, in an order that no setting but the code changes."""
    words = dict.fromkeys(SPECIALS)
    words |= dict.fromkeys(NAMES) | dict.fromkeys(v for vs in VALUES.values() for v in vs)
    words |= dict.fromkeys([*ROLE_VERBS, *HELP_VERBS, *HELP_VERBS.values(), *EVENTS])
    for template in [t for ts in TEMPLATES.values() for t in ts] + list(QUESTIONS.values()):
        words |= dict.fromkeys(w for w in template.split() if not w.startswith("{"))
    return list(words)


def detokenize(words: Sequence[str]) -> str:
    """Words to text, as the pocket tokenizer decodes: punctuation joins the word before it."""
    return re.sub(r" ([.?,])", r"\1", " ".join(words))


def tokenizer():
    """The world's word-level tokenizer, a real PreTrainedTokenizerFast that saves and loads like any other."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.WordLevel({w: i for i, w in enumerate(vocabulary())}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    core.decoder = decoders.WordPiece(prefix="##", cleanup=True)  # joins with spaces, then closes up punctuation
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", bos_token="<bos>", eos_token="<eos>", unk_token="<unk>",
        additional_special_tokens=["<ae>", "<ask>"],
    )  # fmt: skip
