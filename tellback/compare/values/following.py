"""Values of an output that follow from the source, and are no news: the pass that asks every reckoning, surest first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from tellback.compare.values.derived import beside, follows, is_one_less, is_product, is_total, numbers_of
from tellback.compare.values.mentions import Mentions
from tellback.compare.values.moved import Moved
from tellback.compare.values.places import Places
from tellback.compare.values.reckoned import Reckoning
from tellback.compare.values.resolved import resolved
from tellback.compare.values.rest import complementary
from tellback.compare.values.rounding import opposite
from tellback.facts.kinds.days import Weekday
from tellback.facts.kinds.quantity import Place, Quantity
from tellback.records import Span

#: Of very many candidates only so many are compared, which keeps time linear.
MOST_PARTS = 6  # sentences of the source that one of the output may gather
MOST_NEW = 2000  # new values of an output that are looked into
SAME_PLACE = 0.6  # agreement of the surroundings from which a number stands in another one's place


class Following(ABC):
    """The pass of a matching that finds these; m is a mention of the source, n one of the output."""

    s: Mentions
    o: Mentions
    places: Places
    kept: dict[int, int | None]
    claimed: set[int]

    @abstractmethod
    def known(self, n: int) -> bool: ...

    @abstractmethod
    def _open(self) -> list[int]: ...

    @abstractmethod
    def _keep(self, m: int, n: int | None) -> None: ...

    @abstractmethod
    def _local(self, m: int, n: int) -> float: ...

    def _following(self) -> None:
        """What only follows from the source: the same quantity in another unit beside it, a sum or a share of what the
        sentence tells, the date that «yesterday» meant. It is not news, and stands in no other value's place."""
        new = [n for n in range(len(self.o.mentions)) if self.o.group[n] == "value" and n not in self.claimed and not self.known(n)]
        if not new:
            return
        meant, reckoning, moved = resolved(self.s), Reckoning(self.s), Moved(self.s)
        told = self._tellings() if meant or len(new) < MOST_NEW else {}
        for n in new:
            sources = told.get(self.o.sentence[n], ())
            is_told = self._said_beside(n) or self._meant(meant, n, sources) or self._gone_on(moved, n, sources) or self._left_over(n, sources)
            if is_told or self._summed(reckoning, n, sources) or self._reckoned(reckoning, n, sources):
                self.claimed.add(n)
        places = {v.readings[0].number for v in self.s.values if isinstance(v.readings[0], Place)}
        for n in new:
            if n not in self.claimed and is_one_less(self.o, n, places):
                self.claimed.add(n)
            if n not in self.claimed and reckoning.explains(self.o, n, lambda k: k in self.claimed or self.known(k)):
                self.claimed.add(n)
            if n not in self.claimed and is_total(self.o, n, lambda k: k in self.claimed or self.known(k), self._numbers):
                self.claimed.add(n)

    def _said_beside(self, n: int) -> bool:
        also = beside(self.o, n)
        return also is not None and (also in self.claimed or self.known(also))

    def _meant(self, meant: dict[str, list[Span]], n: int, sources: Collection[int]) -> bool:
        said = [span for key in self.o.values[n].keys for span in meant.get(key, ())]
        spans = [span for span in said if self._near_any(span, sources)] or self._meant_beside(meant, n) or self._of_one_matter(said, n)
        for m in self._open() if spans else ():
            if any(a <= self.s.mentions[m].span[0] < b for a, b in spans):
                self.kept[m] = n
        return bool(spans)

    def _of_one_matter(self, said: Sequence[Span], n: int) -> list[Span]:
        """Those of some words for a day that stand in a sentence which speaks of what the sentence of `n` speaks of, or in the one behind it."""
        told = self.o.text.words(self.o.sentence[n])
        about = [i for span in said for i in [self.s.sentence_at(span[0])] if any(told & self.s.text.words(k) for k in (i, i - 1) if k >= 0)]
        return [span for span in said if self._near_any(span, about)]

    def _meant_beside(self, meant: dict[str, list[Span]], n: int) -> list[Span]:
        """The words of the source that mean a place in the month and the weekday in front of it alike: «Friday the 18th»."""
        if not isinstance(self.o.values[n].readings[0], Place) or n == 0 or not isinstance(self.o.values[n - 1].readings[0], Weekday):
            return []
        if self.o.read.text[self.o.mentions[n - 1].span[1] : self.o.mentions[n].span[0]] not in (" ", " the ", ", the ", ", "):
            return []
        days = {span for key in self.o.values[n - 1].keys for span in meant.get(key, ())}
        return [span for key in self.o.values[n].keys for span in meant.get(key, ()) if span in days]

    def _reckoned(self, reckoning: Reckoning, n: int, sources: Collection[int]) -> bool:
        """Whether a number is a gap, a sum or a share of two of the source, and stands in no other one's place."""
        if reckoning.is_gap(self.o, n, only_said=True):
            return True
        here = numbers_of(self.s, sources)
        replaces = any(self._instead_of(m, n) for m in here)
        if not replaces and reckoning.is_gap(self.o, n):
            return True
        ms = follows(self.s, here, self.o, n, reckoning.is_compared)
        if not ms or (replaces and not is_product(self.s, ms, self.o, n)):
            return False
        for m in ms:
            if m not in self.kept and sum(k in self.kept for k in ms) == 1:
                self.kept[m] = n
        return True

    def _gone_on(self, moved: Moved, n: int, sources: Collection[int]) -> bool:
        """Whether a time or a date is one of the source with a length of time more or less, or a day whose month is said beside it."""
        if (m := moved.named_day(self.o, n)) is not None:
            self.kept.setdefault(m, n)
            return True
        ms = moved.comes_to(self.o, n)
        if ms is None or any(self._instead_of(m, n) for m in (*numbers_of(self.s, sources), ms[0])):
            return False
        for m in ms[1:]:
            self.kept.setdefault(m, n)
        return True

    def _left_over(self, n: int, sources: Collection[int]) -> bool:
        """Whether a number counts those of whom the contrary of what the source says is so; the one that it says is then kept."""
        told = self.o.values[n].readings[0]
        if not isinstance(told, Quantity) or told.unit not in (None, "%"):
            return False
        here = self.o.read.text[slice(*self.o.read.sentences[self.o.sentence[n]])]
        for i in sources:
            if told.number in complementary(self.s.read.text[slice(*self.s.read.sentences[i])], here):
                for m in self.s.of_sentence[i]:
                    if m not in self.kept and getattr(self.s.values[m].readings[0], "unit", "") == told.unit:
                        self.kept[m] = n
                return True
        return False

    def _summed(self, reckoning: Reckoning, n: int, sources: Collection[int]) -> bool:
        """Whether a number adds up others of the source, and stands in the place of none but those."""
        ms = reckoning.sums.of(self.o, n)
        return ms is not None and not any(self._instead_of(m, n) for m in numbers_of(self.s, sources) if m not in ms)

    def _numbers(self, unit: str | None) -> list[list[Decimal | Fraction]]:
        """The numbers of the source with a unit, a list a sentence."""
        values = (([self.s.values[m].readings[0] for m in ms]) for ms in self.s.of_sentence.values())
        return [[r.number for r in here if isinstance(r, Quantity) and r.unit == unit] for here in values]

    def _instead_of(self, m: int, n: int) -> bool:
        """Whether `n` stands where `m` stood, or differs by its sign alone, so that it is no news but an error."""
        a, b = self.s.values[m], self.o.values[n]
        if opposite(a, b):
            return True
        if any(key.endswith("%") for key in b.keys) and not any(key.endswith("%") for key in a.keys):
            return False  # a share of it
        return m not in self.kept and getattr(a.readings[0], "unit", "") == getattr(b.readings[0], "unit", "") and self._local(m, n) > SAME_PLACE

    def _near_any(self, span: Span, sentences: Iterable[int]) -> bool:
        return any(a - 1 <= span[0] <= b for a, b in (self.s.read.sentences[i] for i in sentences))

    def _tellings(self) -> dict[int, list[int]]:
        """Output sentence -> the sentences of the source that it tells."""
        told: dict[int, dict[int, None]] = defaultdict(dict)
        for m, n in self.kept.items():
            if n is not None:
                told[self.o.sentence[n]][self.s.sentence[m]] = None
        for i in range(len(self.s.read.sentences)):
            for _, j in self.places.candidates(i)[:1]:
                told[j][i] = None
        return {j: list(found)[:MOST_PARTS] for j, found in told.items()}

