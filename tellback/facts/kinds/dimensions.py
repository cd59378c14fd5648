"""Units that measure one thing, so that «10 km» and «6.2 miles» can be told to be one length."""

from __future__ import annotations

from fractions import Fraction

from tellback.facts.kinds.quantity import Quantity

_SIZES = {
    "length": {"m": "1", "mi": "1609.344", "ft": "0.3048", "inch": "0.0254", "yd": "0.9144", "nmi": "1852"},
    "mass": {"g": "1", "lb": "453.59237", "oz": "28.349523", "stone": "6350.29318", "t": "1000000", "ton": "907184.74"},
    "volume": {"L": "1", "gal": "3.785412", "pint": "0.473176", "m³": "1000", "ft³": "28.316847", "cm³": "0.001"},
    "area": {"m²": "1", "ft²": "0.09290304", "mi²": "2589988.11", "in²": "0.00064516", "acre": "4046.856", "ha": "10000"},
    "speed": {"m/s": "1", "km/h": "0.2777778", "mi/h": "0.44704", "knot": "0.5144444"},
    "time": {"s": "1", "day": "86400"},
    "pressure": {"bar": "100000", "psi": "6894.757", "Pa": "1", "mmHg": "133.322"},
    "spoons": {"tsp": "4.928922", "tbsp": "14.786765", "cup": "236.588"},
}  # fmt: skip
_SIZE = {unit: (what, Fraction(size)) for what, sizes in _SIZES.items() for unit, size in sizes.items()}
#: The British gallon, pint and ton are other ones.
_BRITISH = {"gal": Fraction("4.54609"), "pint": Fraction("0.568261"), "ton": Fraction("1016046.9")}
_TEMPERATURE = {"°C": (Fraction(1), Fraction(0)), "°F": (Fraction(5, 9), Fraction(-160, 9)), "kelvin": (Fraction(1), Fraction("-273.15"))}


def converted(quantity: Quantity, unit: str | None) -> list[Fraction]:
    """`quantity` in `unit`, by each convention; empty where the two measure different things or are one unit."""
    number, own = Fraction(quantity.number), quantity.unit
    if own == unit or own is None or unit is None:
        return []
    if own in _TEMPERATURE and unit in _TEMPERATURE:
        (scale, zero), (other, other_zero) = _TEMPERATURE[own], _TEMPERATURE[unit]
        return [(number * scale + zero - other_zero) / other]
    if own not in _SIZE or unit not in _SIZE or _SIZE[own][0] != _SIZE[unit][0]:
        return []
    mine, theirs = ([_SIZE[u][1], *([_BRITISH[u]] if u in _BRITISH else [])] for u in (own, unit))
    return [number * a / b for a in mine for b in theirs]


def one_dimension(unit: str, other: str) -> bool:
    """Whether two units measure one thing."""
    if unit in _TEMPERATURE:
        return other in _TEMPERATURE
    return unit in _SIZE and other in _SIZE and _SIZE[unit][0] == _SIZE[other][0]
