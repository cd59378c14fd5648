"""The words of values: number words, magnitudes, units, currencies, months. Tables only."""

from __future__ import annotations

from decimal import Decimal

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
_TENTHS = "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"

CARDINALS: dict[str, int] = {w: i for i, w in enumerate(_ONES.split())} | {
    w: 10 * (i + 2) for i, w in enumerate(_TENS.split())
}
ORDINALS: dict[str, int] = {w: i for i, w in enumerate(_ORDINALS.split())} | {
    w: 10 * (i + 2) for i, w in enumerate(_TENTHS.split())
} | {"hundredth": 100, "thousandth": 1000}
ORDINALS |= {f"{w}ly": i for w, i in ORDINALS.items() if 3 <= i <= 10}  # «thirdly»
SCALES: dict[str, int] = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
#: Parts of a whole; a plural only after a number word («two thirds»).
FRACTIONS: dict[str, int] = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourths": 4, "fifths": 5,
    "sixths": 6, "sevenths": 7, "eighths": 8, "ninths": 9, "tenths": 10, "hundredths": 100,
}  # fmt: skip
SIGNS: dict[str, tuple[int, int]] = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
#: Words that say a small number without naming it; they keep a source's number, and are no facts themselves.
SAID_BY: dict[int, tuple[str, ...]] = {
    1: ("one", "once", "single", "sole", "only", "a", "an"),
    2: ("both", "pair", "couple", "twice", "double", "twin", "twofold"),
    3: ("trio", "triple", "thrice", "threefold"),
    4: ("quartet", "quadruple"),
    12: ("dozen",),
}

#: After a number: what it is multiplied by. The short forms are read as written, the long ones in any case.
MAGNITUDES: dict[str, int] = {
    "hundred": 100, "thousand": 1000, "thousands": 1000, "million": 10**6, "millions": 10**6, "billion": 10**9,
    "billions": 10**9, "trillion": 10**12, "trillions": 10**12, "mn": 10**6, "mln": 10**6, "mio": 10**6, "bn": 10**9,
    "bln": 10**9, "tn": 10**12, "mrd": 10**9, "tsd": 1000, "millionen": 10**6, "milliarde": 10**9, "milliarden": 10**9,
    "milliard": 10**9, "milliards": 10**9, "mille": 1000, "tausend": 1000, "lakh": 10**5, "lakhs": 10**5, "crore": 10**7, "crores": 10**7, "dozen": 12,
}  # fmt: skip
SHORT_MAGNITUDES: dict[str, int] = {"k": 1000, "K": 1000, "M": 10**6, "MM": 10**6, "B": 10**9, "T": 10**12}
#: Only next to a currency.
MONEY_MAGNITUDES: dict[str, int] = {"m": 10**6, "b": 10**9, "t": 10**12}


def _units() -> dict[str, tuple[str, Decimal]]:
    """Spelling -> (base unit, factor). Factors only where no convention can differ (metric prefixes, time)."""
    out: dict[str, tuple[str, Decimal]] = {}

    def add(base: str, factor: str | int, *forms: str) -> None:
        out.update((form, (base, Decimal(factor))) for form in forms)

    prefixes = {
        "kilo": ("k", 1000), "centi": ("c", "0.01"), "milli": ("m", "0.001"), "micro": ("µ", "0.000001"),
        "nano": ("n", "0.000000001"), "mega": ("M", 10**6), "giga": ("G", 10**9), "tera": ("T", 10**12),
        "hecto": ("h", 100),
    }  # fmt: skip
    bases = {
        "m": ("metre meter", "kilo centi milli micro nano"),
        "g": ("gram gramme", "kilo milli micro nano"),
        "L": ("litre liter", "milli centi micro hecto"),
        "W": ("watt", "kilo mega giga tera milli"),
        "V": ("volt", "kilo milli"),
        "A": ("amp ampere", "milli"),
        "Hz": ("hertz", "kilo mega giga"),
        "Pa": ("pascal", "kilo mega hecto"),
        "J": ("joule", "kilo mega"),
        "N": ("newton", "kilo"),
        "Ω": ("ohm", "kilo mega"),
        "mol": ("mole", "milli"),
        "eV": ("electronvolt", "kilo mega giga"),
        "cal": ("calorie", "kilo"),
        "Wh": ("watt-hour watthour", "kilo mega giga tera"),
        "t": ("tonne", "kilo mega"),
    }
    for short, (names, scales) in bases.items():
        for name in names.split():
            add(short, 1, name, name + "s")
            for scale in scales.split():
                add(short, prefixes[scale][1], scale + name, scale + name + "s")
        add(short, 1, short)
        if short == "L":
            for form, factor in (("ml", "0.001"), ("cl", "0.01"), ("dl", "0.1"), ("dL", "0.1"), ("l", 1)):
                add(short, factor, form)
        for scale in scales.split():
            sign, factor = prefixes[scale]
            add(short, factor, sign + short, *(["u" + short] if sign == "µ" else []))
    for power, (sign, name) in enumerate((("k", "kilo"), ("M", "mega"), ("G", "giga"), ("T", "tera"), ("P", "peta")), 1):
        # of bytes 1000 or 1024, so no factor (BYTES has both)
        add(sign + "B", 1, sign + "B", name + "byte", name + "bytes", sign + "b", *(["KB", "kB"] if sign == "k" else []))
        binary = sign.upper() + "i"
        add("byte", 1024**power, sign + "iB", binary + "B", binary, f"{name[:2]}bibyte", f"{name[:2]}bibytes")
        add("bit", 1000**power, name + "bit", name + "bits", sign + "bit")
        add("bit/s", 1000**power, sign + "bps", sign + "bit/s", sign + "b/s")
    add("byte", 1, "byte", "bytes")
    add("bit", 1, "bit", "bits")
    add("s", 1, "s", "sec", "secs", "second", "seconds")
    add("s", "0.001", "ms", "msec", "millisecond", "milliseconds")
    add("s", "0.000001", "µs", "us", "microsecond", "microseconds")
    add("s", "0.000000001", "ns", "nanosecond", "nanoseconds")
    add("s", 60, "min", "mins", "minute", "minutes")
    add("s", 3600, "h", "hr", "hrs", "hour", "hours")
    add("day", 1, "d", "day", "days")
    add("day", 7, "week", "weeks", "wk", "wks")
    add("month", 1, "month", "months", "mo")
    add("month", 12, "year", "years", "yr", "yrs", "yo")
    add("month", 120, "decade", "decades")
    add("month", 1200, "century", "centuries")
    add("mi", 1, "mi", "mile", "miles")
    add("ft", 1, "ft", "foot", "feet")
    add("inch", 1, "inch", "inches")
    add("yd", 1, "yd", "yard", "yards")
    add("nmi", 1, "nmi")
    add("ly", 1, "ly", "light-year", "light-years", "lightyear", "lightyears")
    add("AU", 1, "AU")
    add("lb", 1, "lb", "lbs")
    add("oz", 1, "oz", "ounce", "ounces")
    add("stone", 1, "stone")
    add("ton", 1, "ton", "tons")
    add("gal", 1, "gal", "gallon", "gallons")
    add("pint", 1, "pint", "pints")
    add("cup", 1, "cup", "cups")
    add("tbsp", 1, "tbsp", "tablespoon", "tablespoons")
    add("g", "0.000001", "mcg")
    add("IU", 1, "IU")
    add("mEq", 1, "mEq")
    add("mmHg", 1, "mmHg")
    add("tsp", 1, "tsp", "teaspoon", "teaspoons")
    add("acre", 1, "acre", "acres")
    add("ha", 1, "ha", "hectare", "hectares")
    add("m²", 1, "m²", "m2", "sqm")
    add("m²", 10**6, "km²", "km2")
    add("m²", "0.0001", "cm²", "cm2")
    add("ft²", 1, "ft²", "ft2", "sqft")
    add("mi²", 1, "mi²", "mi2")
    add("in²", 1, "in²", "in2")
    add("ft³", 1, "ft³", "ft3")
    add("m³", 1, "m³", "m3")
    add("cm³", 1, "cm³", "cm3", "cc")
    add("m/s", 1, "m/s", "mps")
    add("km/h", 1, "km/h", "kph", "kmh", "km/hr", "kmph")
    add("mi/h", 1, "mph", "mi/h")
    add("knot", 1, "knot", "knots")
    add("rpm", 1, "rpm", "RPM")
    add("bpm", 1, "bpm")
    add("fps", 1, "fps")
    add("dpi", 1, "dpi")
    add("px", 1, "px", "pixel", "pixels")
    add("MP", 1, "MP", "megapixel", "megapixels")
    add("dB", 1, "dB", "decibel", "decibels")
    add("hp", 1, "hp", "horsepower")
    add("bar", 1, "bar", "bars")
    add("psi", 1, "psi", "PSI")
    add("ppm", 1, "ppm")
    add("ppb", 1, "ppb")
    add("°", 1, "°", "degree", "degrees", "deg")
    add("°C", 1, "°C", "℃", "C", "celsius", "centigrade")
    add("°F", 1, "°F", "℉", "F", "fahrenheit")
    add("kelvin", 1, "kelvin", "kelvins", "K")
    add("%", 1, "%", "percent", "pct", "percents", "prozent")
    add("pp", 1, "pp")
    add("pp", "0.01", "bps", "bp")
    add("token", 1, "token", "tokens")
    add("x", 1, "x", "×", "times", "fold")
    # the micro sign and the Greek letter: folding makes the one the other
    out.update({form.replace("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}"): value for form, value in out.items()})
    return out


UNITS: dict[str, tuple[str, Decimal]] = _units()
#: Of what is said in thousands of bytes, how many a unit has by either convention.
BYTES: dict[str, tuple[int, int]] = {f"{sign}B": (1000**n, 1024**n) for n, sign in enumerate("kMGTP", 1)}
#: Short units that a space parts from their number only where nothing else is said («5 A» is no ampere).
TIED = frozenset(["l", "A", "C", "F", "N", "J", "L", "d", "t", "x", "us", "K", "M", "B", "T", "Ki", "Mi", "Gi", "Ti", "Pi"])
#: Units of two or three words, by their words.
LONG_UNITS: dict[tuple[str, ...], tuple[str, Decimal]] = {
    ("per", "cent"): ("%", Decimal(1)),
    ("pour", "cent"): ("%", Decimal(1)),
    ("percentage", "points"): ("pp", Decimal(1)),
    ("percentage", "point"): ("pp", Decimal(1)),
    ("basis", "points"): ("pp", Decimal("0.01")),
    ("basis", "point"): ("pp", Decimal("0.01")),
    ("degrees", "celsius"): ("°C", Decimal(1)),
    ("degrees", "centigrade"): ("°C", Decimal(1)),
    ("degrees", "c"): ("°C", Decimal(1)),
    ("degrees", "fahrenheit"): ("°F", Decimal(1)),
    ("degrees", "f"): ("°F", Decimal(1)),
    ("miles", "per", "hour"): ("mi/h", Decimal(1)),
    ("kilometres", "per", "hour"): ("km/h", Decimal(1)),
    ("kilometers", "per", "hour"): ("km/h", Decimal(1)),
    ("metres", "per", "second"): ("m/s", Decimal(1)),
    ("meters", "per", "second"): ("m/s", Decimal(1)),
    ("nautical", "miles"): ("nmi", Decimal(1)),
    ("light", "years"): ("ly", Decimal(1)),
} | {
    (whose, form): (base, Decimal(1))  # which of the two gallons it is, converting tells
    for whose in ("imperial", "us", "uk", "british", "american")
    for base, form in (("gal", "gallon"), ("gal", "gallons"), ("pint", "pint"), ("pint", "pints"), ("ton", "ton"), ("ton", "tons"))
} | {
    (square, form): (base, Decimal(factor))
    for square in ("square", "sq", "sq.")
    for base, factor, forms in (
        ("m²", 1, "m metre metres meter meters"),
        ("m²", 10**6, "km kilometre kilometres kilometer kilometers"),
        ("mi²", 1, "mi mile miles"),
        ("ft²", 1, "ft foot feet"),
        ("in²", 1, "inch inches"),
    )
    for form in forms.split()
} | {
    ("cubic", form): (base, Decimal(1))
    for base, forms in (("m³", "metre metres meter meters"), ("ft³", "foot feet"), ("cm³", "centimetres centimeters"))
    for form in forms.split()
}  # fmt: skip

#: Sign or code before or after a number -> ISO 4217 code. A bare $ is read as the US dollar.
CURRENCY_SIGNS: dict[str, str] = {
    "$": "USD", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "HK$": "HKD",
    "S$": "SGD", "R$": "BRL", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₪": "ILS",
    "₺": "TRY", "₦": "NGN", "₫": "VND", "฿": "THB",
}  # fmt: skip
SYMBOLS = "$€£¥₹₽₩₪₺₦₫฿"
CURRENCY_CODES = frozenset(
    ["USD", "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD", "CNY", "INR", "RUB", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "BRL", "MXN", "ZAR", "SGD", "HKD", "KRW", "TRY", "ILS", "THB", "NGN", "VND", "BTC"]
)
CURRENCY_WORDS: dict[str, str] = {
    "dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "yen": "JPY", "rupee": "INR", "rupees": "INR",
    "franc": "CHF", "francs": "CHF", "yuan": "CNY", "renminbi": "CNY", "ruble": "RUB", "rubles": "RUB",
    "krona": "SEK", "kronor": "SEK", "peso": "peso", "pesos": "peso", "cent": "cent", "cents": "cent",
    "pence": "pence", "shilling": "shilling", "shillings": "shilling", "sterling": "GBP", "bitcoin": "BTC",
    "bitcoins": "BTC", "pound": "GBP", "pounds": "GBP", "buck": "USD", "bucks": "USD", "quid": "GBP",
}  # fmt: skip
#: What stands before the number where an amount of money is written.
CURRENCIES = CURRENCY_CODES | frozenset(CURRENCY_SIGNS.values())

MONTH_NAMES = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
MONTHS: dict[str, int] = {
    name[:n].lower(): i for i, name in enumerate(MONTH_NAMES, 1) for n in (3, len(name))
} | {"sept": 9}  # fmt: skip
#: German and French names, read beside a day or a year only.
FOREIGN_MONTHS: dict[str, int] = {
    name: i
    for names in (
        "januar februar märz april mai juni juli august september oktober november dezember",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    )
    for i, name in enumerate(names.split(), 1)
    if name not in MONTHS
}
WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS: dict[str, int] = {day.lower(): i for i, day in enumerate(WEEKDAY_NAMES, 1)}
