"""Numbers, amounts of money, shares and places in an order: one family, as one reading tells which of them begins."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from tellback.facts.kinds.amounts import read_amount
from tellback.facts.kinds.base import Case, Examples, Found, Value, ValueKind
from tellback.facts.kinds.compound import read_compound
from tellback.facts.kinds.quantity import Place, Quantity, plain
from tellback.facts.kinds.spelled import STARTERS
from tellback.facts.kinds.units import CURRENCY_CODES, SAID_BY, SCALES, SIGNS, SYMBOLS

_ARTICLE = re.compile(r"\b(?:an?|each|every|per)[ -]([a-z]+)")
_WORDS = STARTERS - {"a", "an", "zeroth"}


class Amount(ValueKind):
    """What the four have in common. The unit may be told with another number («10-15%») and is converted to a base."""

    begins: ClassVar[Mapping[str, Case]] = dict.fromkeys(_WORDS, "any") | {"dozen": "any", "quarter": "any"}
    signs = rf"(?<![\w.])\.(?=\d)|\d|[{''.join(SIGNS)}]"

    def find(self, text: str, at: int) -> Found | None:
        return read_compound(text, at)

    def read(self, text: str) -> Value | None:
        found = read_compound(text, text.startswith("-")) if text.strip("-") else None
        whole = found and found.value.kind == self.name and (found.start, found.end) == (0, len(text))
        return found.value if whole else None

    def part_of(self, a: Value, b: Value) -> bool:
        """A share of it is told where the unit is left out: «5» of «5 km»."""
        if super().part_of(a, b):
            return True
        return not self.same(a, b) and _unitless(b) and b.keys[0] in (_written(a), plain(a.readings[0].number))

    def bare(self, value: Value) -> str | None:
        return _written(value) if value.readings[0].unit else None

    def number(self, value: Value, said: str) -> str | None:
        return _written(value)

    def in_other_words(self, value: Value, said: str, sentence: str) -> bool:
        """«a dollar» says $1, «a decade» ten years."""
        return not _one_of(sentence).isdisjoint(value.keys)

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        if said.lower().startswith("one ") or not _one_of(source).isdisjoint(value.keys):
            return False  # «one year» where the source has «a year», «$1» where it has «a dollar»
        stands = _written(value) in numbers
        return not stands if _unitless(value) else not (stands and _in_years(value))


class Number(Amount):
    """A number or a quantity: 1,500 · fifteen hundred · 5 km. Dots that part two groups of three are those of a German
    number, not of a version, and so are three that no address of a machine has: 1.248.300.000."""

    name = "number"
    token = r"\d{1,3}(?:\.\d{3}){2}|(?=(?:\d+\.)+(?:[3-9]\d\d|2[6-9]\d|25[6-9]|000)(?!\d))\d{1,3}(?:\.\d{3}){3}"
    examples = Examples(
        found={
            "some 1,500 sheep": "1500", "fifteen hundred sheep": "1500", "over 5 km away": "5000 m", "half of it": "0.5",
            "two-thirds of it": "2/3", "at -5°C there": "-5 °C", "ran 90 minutes": "5400 s", "in 5L cans": "5L",
            "took two hours and 35 minutes": "9300 s", "an hour and ten minutes later": "4200 s", "for 1 year 3 months": "15 month", "worth 1.248.300.000 in all": "1248300000",
            "(9,900 imperial gallons)": "9900 gal",
        },
        same=[
            ("1,500 sheep", "1.5k sheep"), ("5 km", "5,000 m"), ("1½ hours", "ninety minutes"), ("10-year", "ten years"),
            ("5m", "5 million"), ("60 mph", "60 miles per hour"), ("½ km", "500 m"), ("100 km²", "100 square kilometres"),
            ("2 hours 15 minutes", "135 minutes"), ("two hours and a quarter", "135 min"), ("two weeks and three days", "17 days"), ("1m31s", "91 s"),
        ],
        other=[
            ("18 sheep", "8 sheep"), ("1,500 sheep", "1.5 sheep"), ("5 km", "5 miles"), ("5 km", "5 sheep"),
            ("10 GB", "10 MB"), ("-5 degrees", "5 degrees"), ("2 kB", "2 KiB"), ("10 hours", "10 minutes"),
            ("2 hours 15 minutes", "3 hours 15 minutes"), ("an hour and ten minutes", "ten minutes"),
        ],
        none=["no sheep", "one of them", "hundreds of people", "50%", "$5"],
    )  # fmt: skip

    def keeps(self, a: Value, b: Value) -> bool:
        """An output may add the unit («Smith, 42» told as «42 years old»), and leave out that of an age."""
        if super().keeps(a, b):
            return True
        if b.kind == "ordinal" and _unit(a) in (None, "x") and a.readings[0].number > 2:
            return b.readings[0].number == a.readings[0].number  # «seven times»: «the seventh time»
        if "°" in (_unit(a), _unit(b)) and {_unit(a), _unit(b)} & {"°C", "°F"}:
            return b.readings[0].number == a.readings[0].number  # which degrees goes without saying
        if _unitless(a):
            return b.kind in _WITH_UNITS and _written(b) == a.keys[0]
        return not _has_unit(b) and b.keys[0] in self.spared(a)

    def spared(self, value: Value) -> tuple[str, ...]:
        """«42 years old» may be told as «42», «28 degrees» as «28 °C»."""
        if _unit(value) == "°":
            return tuple(f"{value.keys[0]}{scale}" for scale in "CF")
        if _unit(value) in ("°C", "°F"):
            return (value.keys[0][:-1],)
        return (_written(value),) if _in_years(value) else ()

    def in_other_words(self, value: Value, said: str, sentence: str) -> bool:
        """«one year» is «a year»; «both» says 2, and «twice» two times."""
        if super().in_other_words(value, said, sentence):
            return True
        words = said.lower()
        if words.startswith("one "):
            return re.search(rf"\b(?:an?|the|each|every|per)[ -]{re.escape(words[4:])}", sentence) is not None
        return _says(said_by(value), sentence)

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        if said.isalpha() and _unitless(value):
            return False  # «three reasons»: a count of what is listed
        if _unit(value) == "x" and _says(said_by(value), source):
            return False  # «two times» where the source has «twice»
        if said[:1].isalpha() and value.written is not None and str(Place(int(value.written))) in numbers:
            return False  # «seven days» where the source has «the seventh and last day»
        return super().could_be_invented(value, said, source, numbers)


class Money(Amount):
    """An amount of a currency: $4.5M · 4.5 million dollars."""

    name = "money"
    begins = dict.fromkeys(CURRENCY_CODES, "exact")
    signs = rf"(?:US|AU?|CA?|NZ|HK|S|R)?[{SYMBOLS}](?=-? ?-?[\d.])"
    examples = Examples(
        found={"paid $4.5M for it": "USD 4500000", "paid 5,000 euros": "EUR 5000", "about 5 francs": "CHF 5"},
        same=[("$4.5M", "4.5 million dollars"), ("£5m", "5 million pounds"), ("$0.05", "5 cents"), ("USD 5", "$5")],
        other=[("$5", "€5"), ("$3.2 billion", "$2.3 billion"), ("$5", "$5 million")],
        none=["5 km", "50%", "5", "a price in dollars"],
    )


class Percent(Amount):
    """A share: 50% · fifty per cent."""

    name = "percent"
    examples = Examples(
        found={"rose by 12% again": "12 %", "rose by fifty per cent": "50 %"},
        same=[("50%", "50 percent"), ("50 %", "fifty percent"), ("half a percent", "0.5%")],
        other=[("50%", "5%"), ("50%", "0.5%"), ("2/3 percent", "0.66%")],
        none=["50 km", "0.5", "a percentage"],
    )


class Ordinal(Amount):
    """A place in an order: 3rd · third."""

    name = "ordinal"
    examples = Examples(
        found={"the 3rd door": "3rd", "the twenty-first door": "21st"},
        same=[("3rd", "third"), ("the first door", "the 1st door"), ("twelfth", "12th")],
        other=[("third", "fourth"), ("21st", "22nd")],
        none=["3", "three", "first of all", "for the first time", "a second", "the 19th century"],
    )

    def part_of(self, a: Value, b: Value) -> bool:
        return False

    def keeps(self, a: Value, b: Value) -> bool:
        """«The seventh time» is «seven times»."""
        return self.same(a, b) or b.keys[0] in self.spared(a)

    def spared(self, value: Value) -> tuple[str, ...]:
        number = value.readings[0].number
        return (str(number), str(Quantity(Decimal(number), "x"))) if number > 2 else ()

    def bare(self, value: Value) -> str | None:
        return None

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        """«First ..., second ...» only count what is said; «95th» may be the p95 of the source, «the 12th» its 12 March."""
        place = value.readings[0].number
        return place > 3 and f"p{place}" not in source and str(place) not in numbers


NUMBER, MONEY, PERCENT, ORDINAL = Number(), Money(), Percent(), Ordinal()
_WITH_UNITS = (NUMBER.name, MONEY.name, PERCENT.name)


def said_by(value: Value) -> tuple[str, ...]:
    """The words that say a small number without naming it: «both», and «twice» for «two times» too."""
    reading = value.readings[0]
    return SAID_BY.get(reading.number, ()) if reading.unit in (None, "x") else ()


def _says(words: tuple[str, ...], sentence: str) -> bool:
    return bool(words) and re.search(rf"\b(?:{'|'.join(words)})\b", sentence) is not None


@lru_cache(maxsize=1024)
def _one_of(text: str) -> frozenset[str]:
    """The keys of what `text`, in lower case, says one of by an article: «a dollar», «per hour», «per thousand»."""
    found = ((word, read_amount(f"1 {word}", 0)) for word in set(_ARTICLE.findall(text)))
    return frozenset(key for word, amount in found if amount and (_has_unit(amount.value) or word in SCALES or word == "dozen") for key in amount.value.keys)


def _unit(value: Value) -> str | None:
    reading = value.readings[0]
    return reading.unit if isinstance(reading, Quantity) else None


def _has_unit(value: Value) -> bool:
    return _unit(value) is not None


def _unitless(value: Value) -> bool:
    return isinstance(value.readings[0], Quantity) and value.readings[0].unit is None


def _written(value: Value) -> str | None:
    return None if value.written is None else plain(value.written)


def _in_years(value: Value) -> bool:
    """Whether a quantity is said in years, as ages are: of months that are twelve times what is written."""
    reading = value.readings[0]
    return _unit(value) == "month" and reading.number == 12 * value.written
