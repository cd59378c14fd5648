"""The value that begins at a place of a text: digits or words, with their sign, magnitude, unit, currency or per cent."""

from __future__ import annotations

import re
from decimal import Decimal
from math import gcd

from tellback.facts.kinds.dates import read_date, read_time
from tellback.facts.kinds.readings import Found, Value
from tellback.facts.kinds.spelled import read_spelled
from tellback.facts.kinds.units import (
    CARDINALS,
    CURRENCY_CODES,
    CURRENCY_SIGNS,
    CURRENCY_WORDS,
    LONG_UNITS,
    MAGNITUDES,
    MONEY_MAGNITUDES,
    SHORT_MAGNITUDES,
    SIGNS,
    UNITS,
)

_NUM = re.compile(
    r"""(?P<grouped>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)(?:\.\d+)?)
      | (?P<spaced>\d{1,3}(?:[ ']\d{3})+(?![\d.,]\d|\d))
      | (?P<european>\d{1,3}(?:\.\d{3})+,\d+(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?![\d.]\d|\d))
      | (?P<comma>\d+,\d{1,2}(?![\d,]))
      | (?P<plain>\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,2}(?![\w.]))?|\.\d{1,30})(?!\d)
      | (?P<sign>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])""",
    re.VERBOSE,
)
_FRACTION = re.compile(r"(\d{1,3})/(\d{1,3})(?![\w/])")
_BEFORE = re.compile(
    r"(?P<minus>-)?(?P<sign>(?:US|AU?|CA?|NZ|HK|S|R)?\$|[€£¥₹₽₩₪₺₦₫฿])-? ?(?P<minus2>-)?(?=[\d.])|(?P<code>[A-Z]{3}) (?=\d)"
)
_TAIL = re.compile(r"([ \n-]?)([^\W\d_]+(?:\.[^\W\d_](?:\.|\b))?[²³23]?|[%°€$£¥₹Ω×℃℉][^\W\d_]?|[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
_SLASH = re.compile(r"/[A-Za-zµ²³]{1,8}\b")
_PER = re.compile(r" per ([a-z]+)\b")
_COMPOUND_TAIL = re.compile(r"[ -]([A-Za-z.]+)(?: ([a-z]+))?")
_ATTACHED_ONLY = frozenset(["A", "C", "F", "N", "J", "L", "d", "t", "x", "us", "K", "M", "B", "T", "V", "W"]) - {"V", "W"}
_UPPER_UNITS = frozenset(["km", "kg", "cm", "hrs", "hr", "mph", "kph", "lbs", "min", "sec", "oz", "ft", "yrs"])
_ENDS = re.compile(r"$|[.,;:)](?:\s|$)|\s(?![A-Z])")
_DECADE = re.compile(r"'?s\b")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_HOUR = re.compile(
    r"(?P<h>[a-z]+|1[0-2]|[1-9])[ \n](?:o'clock[ \n])?(?:in|at)[ \n](?P<part>the (?:morning|afternoon|evening)|night)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?:\b(?:at|from|until|till|by|about|around|before|after|since)|(?:morning|afternoon|evening|night) (?:to|and))[ \n]$",
    re.IGNORECASE,
)
_HUNDREDTHS = {"cent": ("USD", "EUR"), "penny": ("GBP",)}
_OF_ONE = re.compile(r"(?<=half) an?(?= )", re.IGNORECASE)
_CENTURY = re.compile(r"[ -]?centur(?:y|ies)\b(?P<bc> BCE?\b)?")


def read_value(text: str, at: int) -> Found | None:
    """The value that begins at offset `at` of folded `text`: the longest reading of a date, time, amount or number."""
    date = read_date(text, at)
    if date:
        return Found(Value("date", date[0]), at, date[1])
    time = read_time(text, at) or _daytime(text, at)
    if time:
        return Found(Value("time", time[0]), at, time[1])
    before = _BEFORE.match(text, at)
    if before and (before["sign"] or before["code"] in CURRENCY_CODES):
        return _money(text, at, before)
    if text[at].isdigit() or text[at] in SIGNS or text[at] == ".":
        return _digits(text, at)
    return _spelled(text, at)


def _daytime(text: str, at: int) -> tuple[tuple[str, ...], int] | None:
    """«from nine in the morning»; without such a word before it, a number there may count anything («take two at night»)."""
    match = _HOUR.match(text, at)
    if match is None or not _CLOCK.search(text, max(0, at - 16), at):
        return None
    hour = CARDINALS.get(match["h"].lower(), 0) if match["h"].isalpha() else int(match["h"])
    if not 1 <= hour <= 12:
        return None
    late = match["part"] != "the morning" and (match["part"] != "night" or 6 <= hour < 12)
    return (f"T{hour % 12 + 12 * late:02}:00",), match.end()


def _money(text: str, at: int, before: re.Match[str]) -> Found | None:
    currency = CURRENCY_SIGNS[before["sign"]] if before["sign"] else before["code"]
    match = _NUM.match(text, before.end())
    if match is None:
        return None
    number = _decimal(match)
    end = match.end()
    factor, end = _magnitude(text, end, money=True)
    if before["minus"] or before["minus2"]:
        number = -number
    tail = _currency_after(text, end)  # «$5 USD», «US$5 dollars»
    if tail:
        currency, end = (tail[0] if before["sign"] == "$" else currency), tail[1]
    return Found(_amount(number * factor, currency), at, end)


def _amount(number: Decimal, currency: str) -> Value:
    return Value("money", (f"{currency} {plain(number)}",))


def _digits(text: str, at: int) -> Found | None:
    fraction = _FRACTION.match(text, at)
    if fraction and int(fraction[2]):
        over = int(fraction[1]), int(fraction[2])
        if over[0] < over[1] <= 100:
            return _with_unit(text, at, fraction.end(), None, fraction[0])
    match = _NUM.match(text, at)
    if match is None:
        return None
    if match.lastgroup == "sign":
        return _with_unit(text, at, match.end(), None, SIGNS[match[0]])
    number, end = _decimal(match), match.end()
    if match.lastgroup == "spaced" and match[0].count(" ") == 1 and not _one_number(text, match):
        match = re.compile(r"(?P<plain>\d{1,3})").match(text, at)  # two numbers side by side
        number, end = _decimal(match), match.end()
    if match.lastgroup == "comma" and not _unit_after(text, end):
        match = re.compile(r"(?P<plain>\d+)").match(text, at)
        number, end = _decimal(match), match.end()
    if match.lastgroup == "plain" and match[0].isdigit():
        ordinal = _ORDINAL.match(text, end)
        if ordinal:
            return _ordinal(text, at, ordinal.end(), int(match[0]))
        if _DECADE.match(text, end) and len(match[0]) in (2, 4) and match[0].endswith("0"):
            full = match[0] if len(match[0]) == 4 else f"19{match[0]}"
            return Found(Value("date", (f"{full}s",)), at, _DECADE.match(text, end).end())
        if text[end : end + 1] in SIGNS and text[end : end + 1]:
            number += _sign(text[end])
            end += 1
    negative = text[at - 1 : at] == "-" and (at == 1 or text[at - 2] in " \n\t([,;:=") or _minus_word(text, at)
    start = at
    if negative:
        number, start = -number, at - (1 if text[at - 1] == "-" else negative)
    found = _with_unit(text, start, end, number)
    if found and match.lastgroup == "plain" and found.open and found.end == match.end():
        year = _year(text, start, match)
        if year:
            return Found(Value("date", (match[0],)), start, found.end, open=True)
    return found


def _one_number(text: str, match: re.Match[str]) -> bool:
    """Whether «12 500» is one number: a unit follows, or the second part would be no number by itself."""
    first, second = match[0].split(" ")
    return second[0] == "0" or bool(_unit_after(text, match.end()) or _currency_after(text, match.end()))


_YEARLY = re.compile(
    r"(?:\b(?:in|since|of|by|from|until|till|to|before|after|year|years|during|circa|ca\.?|c\.|and|through|late|early|mid|for|spring|summer|autumn|fall|winter|season)|[(,'\-/])\s?$",
    re.IGNORECASE,
)


def _year(text: str, at: int, match: re.Match[str]) -> bool:
    if len(match[0]) != 4 or not "1000" <= match[0] <= "2150":
        return False
    after = text[match.end() : match.end() + 1]
    return bool(_YEARLY.search(text, max(0, at - 10), at)) or after in ("", ",", ".", ";", ":", ")", "\n", "?", "!", "-")


def _minus_word(text: str, at: int) -> int:
    before = text[max(0, at - 9) : at].lower()
    return next((len(word) for word in ("minus ", "negative ") if before.endswith(word)), 0)


def _spelled(text: str, at: int) -> Found | None:
    got = read_spelled(text, at)
    if got is None:
        return None
    number, end, form = got
    if form == "ordinal":
        return _ordinal(text, at, end, int(number))
    if form == "fraction":
        return _with_unit(text, at, end, None, str(number))
    article = _OF_ONE.match(text, end)
    if article and (_unit_after(text, article.end()) or _currency_after(text, article.end())):
        end = article.end()  # «half a percent», «half an hour»
    minus = _minus_word(text, at)
    found = _with_unit(text, at - minus, end, -number if minus else number, scaled=True)
    if found.open and found.end == end:
        if number == 1 and text[at : end].lower() == "one":
            return None  # a pronoun more often than a number
        return Found(found.value, found.start, found.end, True, abs(number) <= 10)
    return found


def _ordinal(text: str, at: int, end: int, number: int) -> Found:
    century = _CENTURY.match(text, end)
    if century:
        return Found(Value("date", (f"{'-' if century['bc'] else ''}C{number}",)), at, century.end())
    return Found(Value("ordinal", (f"#{number}",)), at, end)


def _with_unit(
    text: str, start: int, end: int, number: Decimal | None, fraction: str = "", scaled: bool = False
) -> Found:
    """The number that ends at `end`, with the magnitude, unit, currency or per cent that follows it."""
    factor = Decimal(1)
    if number is not None:
        factor, end = _magnitude(text, end, money=False)
        number *= factor
    forms = (plain(number),) if number is not None else _fraction(fraction)
    currency = _currency_after(text, end)
    if currency:
        readings = tuple(f"{currency[0]} {shown}" for shown in forms)
        if currency[0] in _HUNDREDTHS and number is not None:
            readings += tuple(f"{whole} {plain(number / 100)}" for whole in _HUNDREDTHS[currency[0]])
        if currency[0] == "GBP" and "pound" in text[end : currency[1]]:
            readings += tuple(f"{shown} lb" for shown in forms)
        return Found(Value("money", readings), start, currency[1])
    unit = _unit_after(text, end)
    if unit is None:
        readings = forms
        if text[end - 1] == "K" and factor == 1000:  # kelvin or thousand
            readings += (f"{plain(number / 1000)} kelvin",)
        return Found(Value("number", readings), start, end, open=True)
    base, unit_factor, end, written = unit
    if base == "%":
        return Found(Value("percent", tuple(f"{shown} %" for shown in forms)), start, end)
    amounts = (plain(number * unit_factor),) if number is not None else forms
    readings = tuple(f"{amount} {base}" for amount in amounts)
    if written == "m" and number is not None and text[end - 2].isdigit():  # «5m» is 5 metres or 5 million
        readings += (plain(number * 10**6),)
    return Found(Value("number", readings), start, end)


def _magnitude(text: str, at: int, money: bool) -> tuple[Decimal, int]:
    factor = Decimal(1)
    while True:
        tail = _TAIL.match(text, at)
        if tail is None:
            return factor, at
        gap, word = tail.groups()
        size = MAGNITUDES.get(word.lower().rstrip("."))
        if size is None and gap == "":
            size = SHORT_MAGNITUDES.get(word) or (MONEY_MAGNITUDES.get(word) if money else None)
        elif size is None and money:
            size = MONEY_MAGNITUDES.get(word) or SHORT_MAGNITUDES.get(word)
        if size is None and gap == "" and word in MONEY_MAGNITUDES and _currency_after(text, at + 1):
            size = MONEY_MAGNITUDES[word]  # «4.5m USD»
        if size is None or (gap == "\n" and len(word) < 3):
            return factor, at
        factor, at = factor * size, at + len(gap) + len(word)


def _currency_after(text: str, at: int) -> tuple[str, int] | None:
    tail = _TAIL.match(text, at)
    if tail is None:
        return None
    gap, word = tail.groups()
    end = at + len(gap) + len(word)
    if word in CURRENCY_SIGNS and gap != "-":
        return CURRENCY_SIGNS[word], end
    if word in CURRENCY_CODES:
        return word, end
    lower = word.lower()
    if lower in CURRENCY_WORDS:
        return CURRENCY_WORDS[lower], end
    if lower in ("us", "u.s.", "american", "canadian", "australian", "british", "hong"):
        more = re.compile(r" (dollars?|pounds?)\b").match(text, end)
        if more:
            code = {"canadian": "CAD", "australian": "AUD"}.get(lower)
            return code or CURRENCY_WORDS[more[1]], more.end()
    return None


def _unit_after(text: str, at: int) -> tuple[str, Decimal, int, str] | None:
    """(base unit, factor, end, as written) of the unit that follows offset `at`."""
    tail = _TAIL.match(text, at)
    if tail is None:
        return None
    gap, word = tail.groups()
    end = at + len(gap) + len(word)
    lower = word.lower()
    if lower in ("per", "percentage", "basis", "degrees", "degree", "square", "sq", "cubic", "miles", "kilometres", "kilometers", "metres", "meters", "nautical", "light"):  # fmt: skip
        more = re.compile(r"\.?[ -]([A-Za-z]+)(?: ([a-z]+))?").match(text, end)
        if more:
            second = more[1] if len(more[1]) == 1 else more[1].lower()
            first = "degrees" if lower == "degree" else lower
            if more[2] and (first, second.lower(), more[2]) in LONG_UNITS:
                return (*LONG_UNITS[first, second.lower(), more[2]], more.end(), word)
            if (first, second.lower()) in LONG_UNITS:
                return (*LONG_UNITS[first, second.lower()], more.end(1), word)
        if lower in ("per", "square", "sq", "cubic", "percentage", "basis", "light", "nautical"):
            return None
    slash = _SLASH.match(text, end)
    if slash and word + slash[0] in UNITS:
        return (*UNITS[word + slash[0]], slash.end(), word)
    unit = UNITS.get(word)
    if unit is None:
        unit = UNITS.get(lower) if len(word) > 3 or lower in _UPPER_UNITS else None
    if unit is None or (gap and word in _ATTACHED_ONLY and not (word in "CF" and _ENDS.match(text, end))):
        return None
    if gap == "-" and len(word) < 2:
        return None
    if slash:
        return f"{unit[0]}{slash[0]}", unit[1], slash.end(), word
    return (*unit, end, word)


def _decimal(match: re.Match[str]) -> Decimal:
    shown = match[0]
    kind = match.lastgroup
    if kind == "grouped":
        shown = shown.replace(",", "")
    elif kind == "spaced":
        shown = shown.replace(" ", "").replace("'", "")
    elif kind == "european":
        shown = shown.replace(".", "").replace(",", ".")
    elif kind == "comma":
        shown = shown.replace(",", ".")
    return Decimal(shown)


def _sign(char: str) -> Decimal:
    a, b = SIGNS[char].split("/")
    return Decimal(a) / Decimal(b)


def _fraction(text: str) -> tuple[str, ...]:
    """The readings of a/b: the decimal where it ends («1/2» is 0.5), else as it stands in lowest terms."""
    a, b = (int(n) for n in text.split("/"))
    d = gcd(a, b)
    decimal = Decimal(a) / Decimal(b)
    return ((plain(decimal),) if len(plain(decimal)) < 8 else ()) + (f"{a // d}/{b // d}",)


def plain(number: Decimal) -> str:
    """A number without exponent and trailing zeros."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def read_whole(text: str) -> Value | None:
    """The value that `text` as a whole says, None where it says none."""
    found = read_value(text, 0) if text else None
    return found.value if found and found.end == len(text) else None
