"""Values of an output that the source writes in a way of its own: «08:15» of a log's «0815», «a quarter to eight» of «7.45», «1 against» of «six
votes to one», «one ninth» of «a ninth», «18 500» of «18.500», «14» of «quatorze», and what two of its times lie apart, wherever they stand.

As what is reckoned (values/reckoned.py) these only keep a value from being called news.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import combinations

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.quantity import Place, Quantity
from tellback.facts.kinds.times import Clock
from tellback.facts.kinds.units import CARDINALS, ORDINALS

MOST = 12  # times of a source that are compared with each other
_LOGGED = re.compile(r"(?<![\w.:,£$€-])(?P<h>[01]?\d|2[0-3])(?:[.:h]?(?P<m>[0-5]\d))(?![\w:,-]|[.]\d)")
_WORDS = {number: word for word, number in CARDINALS.items() if number <= 12}
_PLACES = {number: word for word, number in ORDINALS.items() if not word.endswith("ly")}
#: Small numbers in German and French, read where a text is no English prose.
_ELSEWHERE = {
    number: tuple(word.split("/"))
    for number, word in enumerate(
        ("zwei/deux drei/trois vier/quatre fünf/cinq sechs/six sieben/sept acht/huit neun/neuf zehn/dix elf/onze zwölf/douze dreizehn/treize vierzehn/quatorze "
         "fünfzehn/quinze sechzehn/seize").split(), 2)
}  # fmt: skip
_RUN = re.compile(r"\d+(?:[ .,'’\u00a0\u202f]\d+)+")
_PART = re.compile(r"\d+")
_SIGNS = (" ", ".", ",", "'", "’", "\u00a0", "\u202f")
_BEFORE = re.compile(r"\b([a-z][\w-]*) (?:version |v)?$")
_TAG = re.compile(r"(?<![a-z\d])([a-z][a-z\d]{0,40})[:@=/_-]v?(\d+(?:\.\d+)*)(?!\d)")
_LONGEST = 24  # characters of a number in groups
_UNITS = {"s": 1, "min": 60, "h": 3600}


class Surface:
    """What one source writes otherwise than the audit reads it. The source is gone through once, when the first value of an output asks."""

    def __init__(self, s: Mentions):
        self.s = s

    def explains(self, o: Mentions, n: int) -> bool:
        told = o.values[n].readings[0]
        if isinstance(told, Clock):
            in_words = not any(letter.isdigit() for letter in o.said(n))  # «a quarter to eight» leaves half of the day open
            hours = {told.hour, (told.hour + 12) % 24} if in_words else {told.hour}
            return not told.second and any((hour, told.minute) in self._logged for hour in hours)
        if isinstance(told, Place):
            return _PLACES.get(int(told.number), "-") in self._words
        if isinstance(told, Quantity) and (self._is_grouped(o, n) or self._is_tag(o, n)):
            return True
        if not isinstance(told, Quantity) or told.number != int(told.number):
            return False
        return self._is_counted(o, n, told) or (told.unit in _UNITS and int(told.number) * _UNITS[told.unit] in self._apart)

    def _is_counted(self, o: Mentions, n: int, told: Quantity) -> bool:
        """A digit for a word that is a number only by what stands beside it."""
        if told.unit is not None or o.said(n).strip() != str(int(told.number)):
            return False
        if self.s.read.unsupported and not self._words.isdisjoint(_ELSEWHERE.get(int(told.number), ())):
            return True
        return _WORDS.get(int(told.number), "-") in self._words

    def _is_grouped(self, o: Mentions, n: int) -> bool:
        """Whether a number is a part of one that the source writes with another sign between its digits, or none."""
        start, end = o.mentions[n].span
        text = o.read.text
        if not text[start:end].isdigit() or text[end : end + 1] not in _SIGNS and text[start - 1 : start] not in _SIGNS:
            return False
        first, last = max(0, start - _LONGEST), end + _LONGEST
        run = next((m for m in _RUN.finditer(text, first, last) if m.start() <= start and end <= m.end()), None)
        return run is not None and "".join(_PART.findall(run[0])) in self._digits

    def _is_tag(self, o: Mentions, n: int) -> bool:
        """Whether a number is the version that the source ties to the word before it: «Redis 7.4» of `redis:7.4-alpine`."""
        start, end = o.mentions[n].span
        thing = _BEFORE.search(o.text.lower, max(0, start - _LONGEST), start)
        said = o.read.text[start:end]
        return thing is not None and (thing[1], said) in self._tags

    @cached_property
    def _tags(self) -> frozenset[tuple[str, str]]:
        """Names with the versions that are tied to them."""
        return frozenset((m[1], m[2]) for m in _TAG.finditer(self.s.text.lower))

    @cached_property
    def _digits(self) -> frozenset[str]:
        """The digits of the numbers in groups, and of whole ones."""
        text = self.s.read.text
        return frozenset("".join(_PART.findall(m[0])) for m in _RUN.finditer(text)) | frozenset(found for found in _PART.findall(text) if len(found) > 3)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(re.findall(r"[^\W\d_]+", self.s.text.lower))

    @cached_property
    def _logged(self) -> set[tuple[int, int]]:
        return {(int(m["h"]), int(m["m"])) for m in _LOGGED.finditer(self.s.read.text)}

    @cached_property
    def _apart(self) -> set[int]:
        """Seconds between any two times of day."""
        read = [r for v in self.s.values if isinstance(r := v.readings[0], Clock)][:MOST]
        return {abs(60 * (60 * (a.hour - b.hour) + a.minute - b.minute) + a.second - b.second) for a, b in combinations(read, 2)} - {0}
