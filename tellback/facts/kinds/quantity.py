"""A number with or without its unit, as number, money, percent say it; and a place in an order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tellback.facts.kinds.base import Reading
from tellback.facts.kinds.units import CURRENCIES, TIED

Number = Decimal | Fraction  # a Fraction where a decimal would not end


@dataclass(frozen=True, slots=True)
class Quantity(Reading):
    """A number of a base unit (metres, seconds), a currency (ISO code) or per cent. Exact, never a float."""

    number: Number
    unit: str | None = None

    def __str__(self) -> str:
        shown = plain(self.number)
        if self.unit is None:
            return shown
        if self.unit in CURRENCIES:
            return f"{self.unit} {shown}"
        return f"{shown}{self.unit}" if self.unit in TIED else f"{shown} {self.unit}"


@dataclass(frozen=True, slots=True)
class Place(Reading):
    """A place in an order: the third."""

    number: int

    def __str__(self) -> str:
        tens = self.number // 10 % 10
        ending = {1: "st", 2: "nd", 3: "rd"}.get(self.number % 10, "th") if tens != 1 else "th"
        return f"{self.number}{ending}"


def plain(number: Number) -> str:
    """A number without exponent and trailing zeros; a fraction in lowest terms."""
    if isinstance(number, Fraction):
        return f"{number.numerator}/{number.denominator}"
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def part(over: int, under: int) -> Number:
    """over/under: a decimal where it ends («1/2» is 0.5), else a fraction."""
    fraction = Fraction(over, under)
    ends = 10**12 % fraction.denominator == 0
    return Decimal(fraction.numerator) / Decimal(fraction.denominator) if ends else fraction


def times(number: Number, factor: Decimal) -> Number:
    if isinstance(number, Decimal):
        return number * factor
    product = number * Fraction(factor)
    return part(product.numerator, product.denominator)


def plus(number: Number, over: int, under: int) -> Number:
    """«3½»: a number and a fraction."""
    total = Fraction(number) + Fraction(over, under)
    return part(total.numerator, total.denominator)
