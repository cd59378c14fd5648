"""The further readings of a quantity: what the same words say by another convention, or in another unit without loss."""

from __future__ import annotations

from fractions import Fraction

from tellback.facts.kinds.quantity import Number, Quantity, part, times
from tellback.facts.kinds.units import BYTES

_DAY = 86_400  # seconds


def further(read: Quantity, written: Number, sign: str, glued: bool) -> tuple[Quantity, ...]:
    """What else «`written` `sign`» says, where it is read as `read` first; `glued`: no space stands between the two."""
    number, unit = read.number, read.unit
    if sign == "m" and glued:  # «5m» is 5 metres, 5 million, 5 minutes, or 5 thousandths of a processor
        return Quantity(number * 10**6), Quantity(times(number, 60), "s"), _share(number, 1000, None)
    if unit in BYTES:
        decimal, binary = BYTES[unit]
        return Quantity(times(number, decimal), "byte"), Quantity(times(number, binary), "byte (binary)")
    if unit == "s" and number and Fraction(number) % _DAY == 0:
        return (_share(number, _DAY, "day"),)
    if unit is None and isinstance(written, Fraction) or unit is None and 0 < number < 1 and not sign:
        return (Quantity(times(number, 100), "%"),)
    return ()


def _share(number: Number, of: int, unit: str | None) -> Quantity:
    fraction = Fraction(number) / of
    return Quantity(part(fraction.numerator, fraction.denominator), unit)
