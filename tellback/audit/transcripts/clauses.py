"""Sentences taken apart for matching: content words, values, and whether they forbid."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tellback.language.inflection import IRREGULAR
from tellback.language.sentences import sentences
from tellback.language.stems import stem
from tellback.language.words import SMALL
from tellback.records import Span

# «always run the tests; never push», «run the tests and never push»: two things are asked for, and cut apart
_JOINT = re.compile(
    r";\s+|,?\s+(?:and|but|or|then)\s+(?=(?:please\s+)?(?:always|never|do not|don[’']?t|must|avoid|make sure|ensure)\b)",
    re.I,
)
_TOKEN = re.compile(r"[\w@#$%+~/\\][\w@#$%+~/\\.:=-]*[\w/%+]|\w")
NEGATOR = re.compile(
    r"\b(?:not(?! only| more than| less than| later than)|never|no(?! (?:longer|more|later|fewer|less|earlier|sooner) than)|none|nothing|nobody|no one|cannot|avoid\w*|forbid\w*|forbade|prohibit\w*|disallow\w*|refrain\w*|refus\w+|"
    r"stop\w*(?! (?:after|at|when|here|before|for|once|between|if)\b)|reject\w*|rul(?:e|ed|es|ing) out|declin\w+|dismiss\w*|(?:decid|vot|advis|argu|rul)\w+ against|(?<!\brun )(?<!\bran )(?<!\bruns )(?<!\brunning )out of|free of|off[- ]limits|dont|mustnt|neither|nor)\b|n[’']t\b",
    re.I,
)
# what is rejected beside what is chosen is no denial of the whole: «main, not master», «in Markdown, never in HTML»
PIVOT = re.compile(
    r"\s*\b(?:over|instead of|rather than|in place of|as opposed to)\b\s*|(?:[,;(—–-]|\band\b|\bbut\b)\s*(?:not|never)\s+"
    r"(?:(?:in|by|to|at|on|with|as|against|using|via)\s+)?(?=[\w`\"'«.#/-]+(?:\s+[\w`\"'«.#/-]+){0,2}\s*(?:[).,;:]|$))",
    re.I,
)
_VALUE = re.compile(r"\d|\w/|\w\.\w")
COMMON = 300  # clauses; to look at all that hold a commoner word would take quadratic time
ROOT = 6  # letters that words of one family begin with
FENCE = re.compile(r"^```.*?(?:^```|\Z)", re.M | re.S)

#: Words of the frame in which something is asked for or decided.
_FRAME = """
    need needs needed please let lets make sure ensure avoid stop remember user users asked asks wants want wanted requested
    told instructed says said instruction instructions rule rules decided decide decision chose chosen choose picked going go
    now first next use used using instead rather and/or he/she his/her"""
#: What developers write shortly, beside the words themselves.
SHORT = {"PR": ("pull", "request"), "PRs": ("pull", "request"), "MR": ("merge", "request"), "repo": ("repository",)}
STOP = SMALL | frozenset(_FRAME.split())


#: Irregular forms that are no other word -> their base, «sent» -> «send».
BASE = {past: lemma for lemma, past in IRREGULAR.items() if past not in ("left", "saw", "found", "felt", "lay", "rose", "bore", "fell", "lent", "wound", "got", "had", "was", "did")}
BASE |= dict(pair.split(":") for pair in "written:write given:give taken:take chosen:choose broken:break spoken:speak driven:drive shown:show known:know grown:grow thrown:throw drawn:draw seen:see run:run begun:begin rewritten:rewrite rewrote:rewrite overwritten:overwrite withdrawn:withdraw held:hold kept:keep".split())
_CAMEL = re.compile(r"[a-z](?=[A-Z])|_")
#: What names in code are short for.
_LONG = {"max": "maximum", "min": "minimum", "num": "number", "cfg": "configuration", "config": "configuration", "dir": "directory"}


def _parts(token: str) -> Iterator[str]:
    """A word in small letters, and the words that a name in code is made of: MAX_SEATS, maxSeats."""
    yield token.casefold()
    name, sign, value = token.partition("=")
    if sign and name.isidentifier():
        yield from (part for side in (name, value) for part in _parts(side) if part)
    elif _CAMEL.search(token) and "/" not in token and "." not in token:
        for part in _CAMEL.sub(lambda m: m[0].strip("_") + " ", token).casefold().split():
            yield _LONG.get(part, part)


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence, or a part of one that asks for something of its own.

    `words` are stems of its content words, `values` those that carry digits, paths or dotted names (as written), and
    `negative` says that it forbids, denies or decides against.
    """

    text: str
    span: Span
    words: frozenset[str]
    values: frozenset[str]
    negative: bool


def clauses(text: str, start: int = 0, end: int | None = None) -> Iterator[Clause]:
    """The clauses of `text[start:end]`, with spans in `text`; blocks of code fenced by ``` are no clauses."""
    end = len(text) if end is None else end
    at = start
    for fence in FENCE.finditer(text, start, end):
        yield from _plain(text, at, fence.start())
        at = fence.end()
    yield from _plain(text, at, end)


def _plain(text: str, start: int, end: int) -> Iterator[Clause]:
    for first, last in sentences(text[start:end]):
        at, stop = start + first, start + last
        for joint in _JOINT.finditer(text, at, stop):
            yield from clause_at(text, at, joint.start())
            at = joint.end()
        yield from clause_at(text, at, stop)


def clause_at(text: str, start: int, end: int) -> Iterator[Clause]:
    """The clause that `text[start:end]` is, without the space around it; none where nothing stands there."""
    raw = text[start:end]
    start, end = start + len(raw) - len(raw.lstrip()), end - (len(raw) - len(raw.rstrip()))
    if start >= end:
        return
    said = text[start:end]
    tokens = [t.rstrip(".:=-") for t in _TOKEN.findall(said)]
    tokens += [word for t in tokens for word in SHORT.get(t, ())]
    words = frozenset(stem(BASE.get(w, w)) for t in tokens for w in _parts(t) if w not in STOP)
    values = frozenset(t.casefold() for t in tokens if _VALUE.search(t) and t.casefold() not in STOP)
    yield Clause(said, (start, end), words, values, bool(NEGATOR.search(said)))


class Index:
    """Clauses by word, to find the one that shares most with another without comparing all with all."""

    def __init__(self, found: Iterable[Clause]):
        self.clauses: Sequence[Clause] = tuple(found)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_root: dict[str, list[int]] = defaultdict(list)
        for i, clause in enumerate(self.clauses):
            for word in clause.words:
                self._by_word[word].append(i)
            for root in {word[:ROOT] for word in clause.words if len(word) >= ROOT and word.isalpha()}:
                self._by_root[root].append(i)

    def holds(self, word: str) -> bool:
        return word in self._by_word

    def ranked(self, words: frozenset[str], most: int) -> list[Clause]:
        """Up to `most` clauses that share a word with `words`, those that share most first."""
        shared = self._shared(words)
        for root in {word[:ROOT] for word in words if len(word) >= ROOT and word.isalpha()}:
            for i in self._by_root[root] if len(self._by_root.get(root, ())) <= COMMON else ():
                shared.setdefault(i, 1)  # «correction» of «correct»
        return [self.clauses[i] for i in sorted(shared, key=lambda i: (-shared[i], i))[:most]]

    def nearest(self, words: frozenset[str], negative: bool | None = None) -> tuple[Clause | None, float]:
        """The clause that holds most of `words`, and which share of them; of equals, one that forbids as `negative` does,
        then the first. Words of more than COMMON clauses decide nothing, but for the rarest."""
        shared = self._shared(words)
        if not shared:
            return None, 0.0
        best = max(shared, key=lambda i: (shared[i], self.clauses[i].negative == negative, -i))
        held = len(words & self.clauses[best].words)
        return self.clauses[best], held / len(words)

    def _shared(self, words: frozenset[str]) -> dict[int, int]:
        shared: dict[int, int] = defaultdict(int)
        places = sorted((self._by_word[word] for word in words if word in self._by_word), key=len)
        for n, found in enumerate(places):
            for i in found if n == 0 or len(found) <= COMMON else ():
                shared[i] += 1
        return shared
