"""What became of each value, identifier, quote and name of a source in an output: found, exchanged for another, or gone.

A value is *kept* where the output says it in the sentence that tells the source's, or elsewhere with nothing else in its
place. It is *replaced* where another value of its class stands among the same words; each value of the output replaces
one at most, and one that the source itself gives to something else makes it drift. Of a value that a source says n times,
each place is looked up on its own: one place exchanged is a finding, though the value stands elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from tellback.compare.precedence import decide
from tellback.compare.values.matching import Matching
from tellback.compare.values.mentions import Mentions, stands_in
from tellback.compare.values.narrow import narrow, whole
from tellback.compare.values.rounding import tells_clock
from tellback.facts.extract import Extracted
from tellback.facts.kinds.base import Value
from tellback.facts.kinds.marked import spoken
from tellback.facts.kinds.quantity import Place
from tellback.facts.kinds.times import Clock
from tellback.facts.kinds.timestamps import Moment
from tellback.records import Fact

Judged = tuple[Fact, str, Fact | None, str]  # the source's fact (span narrowed to what changed), outcome, the output's, why
_STANDING = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?![\w.-]|,\d)")
_ARTICLE = re.compile(r"\b[Aa]n? $")
_ITEM = re.compile(r"\b(?:[Ii]tem|[Pp]oint|[Ss]tep|[Ss]ection|[Tt]ask|[Nn]o\.|[Nn]umber) #?$")
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{7,64}")
_LONG = 8  # characters of a value whose own form is looked for wherever it may stand
_HOST = re.compile(r"(?:\.[A-Za-z][\w-]*)+(?![\w.])")
_NAME_OF = re.compile(r"(?<![\w-])[A-Za-z]\w*-$")
_WHY = {"elsewhere": ", which the source says of something else", "believed": ", which the model believes"}
Belief = Callable[[Fact, str], bool]  # whether a model believes this value of this fact


def align(source: Extracted, output: Extracted, beliefs: Belief | None = None) -> tuple[list[Judged], list[Fact]]:
    """(one row a fact of `source` that is no relation, in order; the facts that `output` invents)."""
    judge = _Judge(Mentions(source), Mentions(output), beliefs)
    return judge.rows(), judge.invented()


class _Judge:
    """Outcomes and reasons, from what the matching found."""

    def __init__(self, s: Mentions, o: Mentions, beliefs: Belief | None) -> None:
        self.s, self.o, self.beliefs = s, o, beliefs
        self.found = Matching(s, o)

    def rows(self) -> list[Judged]:
        of_fact: dict[int, list[int]] = defaultdict(list)
        for m, owner in enumerate(self.s.read.owners):
            of_fact[owner].append(m)
        return [self._row(self.s.read.facts[k], of_fact[k]) for k in sorted(of_fact)]

    def _row(self, fact: Fact, ms: Sequence[int]) -> Judged:
        """The outcome of one fact from those of its places: an exchange anywhere counts, then any place that keeps it."""
        found = self.found
        against = next((m for m in ms if m in found.contradicted), None)
        if against is not None:
            return self._contradicted(fact, against)
        kept = [m for m in ms if m in found.kept]
        outcome, m, rule = decide(
            bool(kept) or (self.s.group[ms[0]] == "name" and found.names.said(ms)),
            [m for m in ms if m in found.exchanged],
            broken=lambda m: m in found.turned,
            given_elsewhere=self._is_given_elsewhere,
            believed=lambda m: self.beliefs is not None and self.beliefs(fact, self.o.said(found.exchanged[m])),
        )
        if outcome == "faithful":
            n = found.kept[kept[0]] if kept else None
            return fact, outcome, None if n is None else self.o.mentions[n], self._why_kept(ms[0], n)
        if self._retold(fact, ms, outcome):
            return fact, "unscored", None, "speech told in other words: what it says is looked for by itself"
        if m is None:
            return self._missing(fact, ms)
        n = found.exchanged[m]
        place, said = self._narrowed(m, n)
        mine, theirs = self.s.said(m), self.o.said(n)
        if m in found.turned:
            mine, theirs = self.s.read.text[slice(*place.span)], self.o.read.text[slice(*said.span)]
        why = f"where the source has {_cut(mine)}, the output has {_cut(theirs)}{_WHY.get(rule, '')}"
        return place, outcome, said, why

    def _contradicted(self, fact: Fact, m: int) -> Judged:
        place, at = self.found.contradicted[m]
        mine, theirs = self.s.read.text[slice(*place)], self.o.read.text[slice(*at)]
        said = Fact(fact.kind, fact.key, theirs, at, at)
        return replace(fact, span=place), "drifted", said, f"where the source has {_cut(mine)}, the output has {_cut(theirs)}"

    def _retold(self, fact: Fact, ms: Sequence[int], outcome: str) -> bool:
        """Whether a quotation is a sentence that somebody says, and the output tells it otherwise: its values and relations
        are facts of their own. A term, a title or a message must stand as it stood."""
        if self.s.group[ms[0]] != "quote" or self.s.read.doc is None or not spoken(self.s.read.text, fact.span):
            return False
        return outcome != "missing" or any(self.found.places.candidates(self.s.sentence[m]) for m in ms)

    def _missing(self, fact: Fact, ms: Sequence[int]) -> Judged:
        m = next((m for m in ms if m in self.found.lessened), None)
        if m is not None:
            n = self.found.lessened[m]
            why = f"the output says only {_cut(self.o.said(n))} of {_cut(self.s.said(m))}"
            return self._narrowed(m, n)[0], "missing", None, why
        fact = whole(fact, self.s.read.text)
        if self.found.elsewhere.equal_anywhere(ms[0]):
            return fact, "missing", None, "the output says it of something else only"
        what = "its words stand" if self.s.group[ms[0]] in ("name", "quote") else "the value stands"
        return fact, "missing", None, f"{what} nowhere in the output"

    def _why_kept(self, m: int, n: int | None) -> str:
        if n is None:
            return "its words stand in the output"
        mine, theirs = self.s.said(m), self.o.said(n)
        return "the output says it" if mine == theirs else f"the output says it as {_cut(theirs)}"

    def _narrowed(self, m: int, n: int) -> tuple[Fact, Fact]:
        if m in self.found.shown:
            mine, theirs = self.found.shown[m]
            wholes = _named(self.s.mentions[m], self.s.read.text).span, _named(self.o.mentions[n], self.o.read.text).span
            mine, theirs = ((min(a[0], b[0]), max(a[1], b[1])) if m not in self.found.turned else a for a, b in zip((mine, theirs), wholes, strict=True))
            return replace(self.s.mentions[m], span=mine), replace(self.o.mentions[n], span=theirs)
        mine, theirs = narrow(self.s.mentions[m], self.s.read.text, self.o.mentions[n], self.o.read.text)
        return _named(mine, self.s.read.text), _named(theirs, self.o.read.text)

    def _is_given_elsewhere(self, m: int) -> bool:
        n = self.found.exchanged[m]
        if self.o.group[n] == "name":
            return not self.found.foreign(n)
        return any(key in self.s.by_key for key in self.o.values[n].keys)

    def invented(self) -> list[Fact]:
        """Output mentions that are no fact of the source and stand in no fact's place: each value and name once."""
        out, seen = [], set()
        for n, mention in enumerate(self.o.mentions):
            if n in self.found.claimed or (mention.kind, mention.value) in seen or not self._could_be_invented(n):
                continue
            if not self.o.kind[n].each_place:
                seen.add((mention.kind, mention.value))
            out.append(whole(mention, self.o.read.text))
        return out

    def _could_be_invented(self, n: int) -> bool:
        mention, said = self.o.mentions[n], self.o.said(n)
        group = self.o.group[n]
        if group == "name":
            return self.found.names.invented(n)
        kind = self.o.kind[n]
        if kind.each_place:
            return kind.could_be_invented(self.o.values[n], said, self.s.text.lower, self._source_numbers) and self.found.in_told(n)
        if isinstance(self.o.values[n].readings[0], Place) and _ARTICLE.search(self.o.read.text, max(0, mention.span[0] - 3), mention.span[0]):
            return False  # «a sixth»: a share as well as a place
        if self.found.known(n) or (group == "quote" and (self.s.text.holds(said) or self._told_before(mention))):
            return False
        if not kind.could_be_invented(self.o.values[n], said, self.s.text.lower, self._source_numbers):
            return False
        return not (self._unit_is_known(n) or self._stands_otherwise(n, said))

    def _stands_otherwise(self, n: int, said: str) -> bool:
        """Whether the source says a value in a form of its own: within a path, in groups of digits, at the head of a digest; or
        the output only counts its own points by it. Asked last, of what would be news: it looks through the whole source."""
        mention = self.o.mentions[n]
        if not any(c.isdigit() for c in said) and any(tells_clock(value, self.o.values[n], said, "") for value in self._clocks):
            return True  # «four in the afternoon» of a log's 16:03:27
        if any(len(key) >= _LONG and stands_in(key, self.s.read.text) for key in self.o.values[n].keys):
            return True  # within a command or a path: «./sim --day 2025-07-11»
        if (digits := self.o.number(n) or "").isdigit() and len(digits) > 3 and re.search(_spaced(digits), self.s.read.text):
            return True  # «2 400» of a text that groups digits so
        if self._within_known(mention):
            return True  # «quarry-3», told without the marks of code that the source has around it
        if _HEX.fullmatch(said) and re.search(rf"(?<![0-9a-f]){said}", self.s.read.text):
            return True  # the first digits of a digest
        return _ITEM.search(self.o.read.text, max(0, mention.span[0] - 12), mention.span[0]) is not None  # «item 5» of its own list

    def _within_known(self, mention: Fact) -> bool:
        """Whether the whole word that a mention is only a part of stands in the source."""
        text, (start, end) = self.o.read.text, mention.span
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "-_"):
            start -= 1
        while end < len(text) and (text[end].isalnum() or text[end] in "-_"):
            end += 1
        word = text[start:end].strip("-_").lower()
        return len(word) > mention.span[1] - mention.span[0] + 1 and any(c.isalpha() for c in word) and stands_in(word, self.s.text.lower)

    @cached_property
    def _clocks(self) -> list[Value]:
        """The times of day and the timestamps of the source."""
        return [value for value in self.s.values if isinstance(value.readings[0], Clock | Moment)]

    def _unit_is_known(self, n: int) -> bool:
        """Whether a quantity's number stands in the source without a unit, and its unit with another: «74 euros, round up to 75»."""
        value = self.o.values[n]
        unit = getattr(value.readings[0], "unit", None)
        return unit is not None and unit in self._units[0] and self.o.number(n) in self._units[1]

    @cached_property
    def _units(self) -> tuple[set[str], set[str | None]]:
        """The units of the source, and its numbers without any."""
        of = [(getattr(v.readings[0], "unit", None), self.s.number(m)) for m, v in enumerate(self.s.values) if self.s.group[m] == "value"]
        return {unit for unit, _ in of if unit}, {number for unit, number in of if unit is None}

    def _told_before(self, mention: Fact) -> bool:
        """Whether what is said here as speech is in the source in other words: most of its words are, in one sentence."""
        if self.s.read.doc is None or not spoken(self.o.read.text, mention.span):
            return False
        words = self.o.text.stems(self.o.text.lower, *mention.span)
        told = Counter(k for word in words for k in self.s.text.index.get(word, ()))
        return max(told.values(), default=0) >= 0.6 * len(words)

    @cached_property
    def _source_numbers(self) -> set[str | None]:
        """The numbers of the source: those of its values without their units, its ordinals, and those of what it has as code."""
        out: set[str | None] = set()
        for m, group in enumerate(self.s.group):
            if group == "value":
                out |= {self.s.number(m), self.s.values[m].keys[0]}
            elif group == "identifier":
                out.update(_STANDING.findall(self.s.said(m)))
        return out - {None}


def _spaced(digits: str) -> str:
    """A pattern of a number whose digits stand in groups of three with spaces or dots between them."""
    head = len(digits) % 3 or 3
    return r"(?<!\d)" + "[ .\u00a0\u202f'’]".join([digits[:head], *re.findall(r"\d{3}", digits[head:])]) + r"(?!\d)"


def _named(fact: Fact, text: str) -> Fact:
    """A number with the name that it is a part of: «db-07»."""
    start, end = fact.span
    before = _NAME_OF.search(text, max(0, start - 30), start) if text[start : start + 1].isdigit() else None
    behind = _HOST.match(text, end) if before else None
    return replace(fact, span=(before.start(), behind.end() if behind else end)) if before else fact


def _cut(words: str, most: int = 60) -> str:
    words = " ".join(words.split())
    return f"«{words}»" if len(words) <= most else f"«{words[: most - 1]}…»"
