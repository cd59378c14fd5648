"""What a date says: a day or a part of one, a decade, a century, a quarter, a weekday."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tellback.facts.kinds.base import Reading
from tellback.facts.kinds.quantity import Place
from tellback.facts.kinds.units import MONTH_NAMES, WEEKDAY_NAMES


@dataclass(frozen=True, slots=True)
class Date(Reading):
    """A day, or what is said of one. Years before Christ are negative."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        year, month, day = self.year, self.month, self.day
        if year and month and day:
            return f"{year:04}-{month:02}-{day:02}"
        if month is None:
            return f"{-year} BC" if year < 0 else str(year) if 1000 <= year <= 2150 else f"AD {year}"
        return " ".join(str(part) for part in (day, MONTH_NAMES[month - 1], year) if part)

    def implied(self) -> Iterable[Reading]:
        year, month, day = self.year, self.month, self.day
        if day and year:
            return Date(year, month), Date(year), Date(None, month, day), Date(None, month)
        if month and (year or day):
            return (Date(year), Date(None, month)) if year else (Date(None, month),)
        return ()

    def halves(self) -> tuple[Reading, Reading] | None:
        return (Date(self.year), Date(None, self.month, self.day)) if self.year and self.day else None


@dataclass(frozen=True, slots=True)
class Decade(Reading):
    year: int

    def __str__(self) -> str:
        return f"{self.year}s"


@dataclass(frozen=True, slots=True)
class Century(Reading):
    """The nineteenth is 19; before Christ negative."""

    number: int

    def __str__(self) -> str:
        return f"{Place(abs(self.number))} century{' BC' if self.number < 0 else ''}"


@dataclass(frozen=True, slots=True)
class Quarter(Reading):
    number: int
    year: int | None = None

    def __str__(self) -> str:
        return f"Q{self.number} {self.year}" if self.year else f"Q{self.number}"

    def implied(self) -> Iterable[Reading]:
        return (Date(self.year), Quarter(self.number)) if self.year else ()


@dataclass(frozen=True, slots=True)
class Weekday(Reading):
    """Monday is 1."""

    number: int

    def __str__(self) -> str:
        return WEEKDAY_NAMES[self.number - 1]
