"""The amount that begins at a place of a text: digits or words, with their sign, magnitude, unit, currency or per cent."""

from __future__ import annotations

import re
from decimal import Decimal

from tellback.facts.kinds.base import Found, Value
from tellback.facts.kinds.further import further
from tellback.facts.kinds.quantity import Number, Place, Quantity, part, plus, times
from tellback.facts.kinds.spelled import read_spelled
from tellback.facts.kinds.units import (
    CURRENCY_CODES,
    CURRENCY_SIGNS,
    CURRENCY_WORDS,
    FRACTIONS,
    LONG_UNITS,
    MAGNITUDES,
    MONEY_MAGNITUDES,
    SHORT_MAGNITUDES,
    SIGNS,
    TIED,
    UNITS,
)

_NUM = re.compile(
    r"""(?P<grouped>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)(?:\.\d+)?)
      | (?P<spaced>\d{1,3}(?:[ ']\d{3})+(?:,\d{1,2})?(?![\d.,]\d|\d))
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
#: Words of units that say little without the next one: «square metres», «imperial gallons».
_FIRST_OF_TWO = frozenset(
    ["per", "pour", "percentage", "basis", "degrees", "degree", "square", "sq", "cubic", "miles", "kilometres", "kilometers", "metres", "meters", "nautical", "light", "imperial", "us", "uk", "british", "american"]
)
_COMPOUND_TAIL = re.compile(r"[ -]([A-Za-z.]+)(?: ([a-z]+))?")
_UPPER_UNITS = frozenset(["km", "kg", "cm", "hrs", "hr", "mph", "kph", "lbs", "min", "sec", "oz", "ft", "yrs"])
_ENDS = re.compile(r"$|[.,;:)](?:\s|$)|\s(?![A-Z])")
_SHORTENED = re.compile(r"(?<=[Mm]io|[Mm]rd|[Tt]sd)\.(?= [A-Z€$£])")
_OF = re.compile(r" (?:d'|de )(?=(?:euro|dollar|franc)s?\b)")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_WORD = re.compile(r"[A-Za-z]+")
_GERMAN = re.compile(r" ?(?:Mio|Mrd|Tsd|Millionen|Milliarden?)\b")
_EURO = re.compile(r" ?(?:Euro\b|EUR\b|€)")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_ARTICLE = re.compile(r"\b(an?) $", re.IGNORECASE)
#: What begins a number after an article only: «a hundred», «a third of».
_AFTER_ARTICLE = frozenset(["hundred", "thousand", "million", "billion", "trillion", "dozen", "third", "quarter"])
_HUNDREDTHS = {"cent": ("USD", "EUR"), "pence": ("GBP",)}
_GOES_ON = re.compile(r" (?:auf|bis|und|oder|statt|nach|à|et) \d[\d.,]*[ \u00a0]?(?:%|€|Prozent|Euro|Mio|Mrd|Millionen)")  # «von 11,2 auf 9,8 Prozent»
_LARGE = re.compile(r" (?:tonn?e?s?|lit(?:re|er)s?|barrels?|hectares?|acres?|kilomet(?:re|er)s?|miles?|gallons?|[MkGT]Wh)\b")
_OF_ONE = re.compile(r"(?: of)? an?(?= )", re.IGNORECASE)


def read_amount(text: str, at: int) -> Found | None:
    """The longest reading of a number, a quantity, an amount of money, a share or a place that begins at `at`."""
    before = _BEFORE.match(text, at)
    if before and (before["sign"] or before["code"] in CURRENCY_CODES):
        return _money(text, at, before)
    if text[at].isdigit() or text[at] in SIGNS or text[at] == ".":
        return _digits(text, at)
    return _spelled(text, at)


def _money(text: str, at: int, before: re.Match[str]) -> Found | None:
    currency = CURRENCY_SIGNS[before["sign"]] if before["sign"] else before["code"]
    match = _NUM.match(text, before.end())
    if match is None:
        return None
    written = number = _decimal(match)
    factor, end = _magnitude(text, match.end(), money=True)
    if before["minus"] or before["minus2"]:
        number = -number
    tail = _currency_after(text, end)  # «$5 USD», «US$5 dollars»
    if tail:
        currency, end = (tail[0] if before["sign"] == "$" else currency), tail[1]
    return Found(Value("money", (Quantity(number * factor, currency),), written), at, end)


def _digits(text: str, at: int) -> Found | None:
    fraction = _FRACTION.match(text, at)
    if fraction and int(fraction[2]):
        over, under = int(fraction[1]), int(fraction[2])
        if over < under <= 100:
            return _with_unit(text, at, fraction.end(), part(over, under))
    match = _NUM.match(text, at)
    if match is None:
        return None
    if match.lastgroup == "sign":
        return _with_unit(text, at, match.end(), part(*SIGNS[match[0]]))
    number, end = _decimal(match), match.end()
    if match.lastgroup == "spaced" and match[0].count(" ") == 1 and not _one_number(text, match):
        match = re.compile(r"(?P<plain>\d{1,3})").match(text, at)  # two numbers side by side
        number, end = _decimal(match), match.end()
    if match.lastgroup == "comma" and not _counted(text, end):
        match = re.compile(r"(?P<plain>\d+)").match(text, at)
        number, end = _decimal(match), match.end()
    if (german := _in_german(match[0], text, end)) is not None:
        number = german
    if match.lastgroup == "plain" and match[0].isdigit():
        ordinal = _ORDINAL.match(text, end)
        if ordinal:
            return _ordinal(text, at, ordinal.end(), int(match[0]))
        if text[end : end + 1] in SIGNS and text[end : end + 1]:
            number = plus(number, *SIGNS[text[end]])
            end += 1
    negative = text[at - 1 : at] == "-" and (at == 1 or text[at - 2] in " \n\t([,;:=\"") or _minus_word(text, at)
    start = at
    if negative:
        number, start = -number, at - (1 if text[at - 1] == "-" else negative)
    return _with_unit(text, start, end, number)


def _in_german(written: str, text: str, end: int) -> Decimal | None:
    """A number as German writes it, where what follows says so: «1,245 Mio.» has a decimal comma, «980.500 Euro» a dot
    between its thousands."""
    if "," in written and _GERMAN.match(text, end):
        return Decimal(written.replace(".", "").replace(",", "."))
    if _THOUSANDS.fullmatch(written) and _EURO.match(text, end):
        return Decimal(written.replace(".", ""))
    return None


def _one_number(text: str, match: re.Match[str]) -> bool:
    """Whether «12 500» is one number: it has decimals, a unit follows, or the second part would be no number by itself. A
    unit without a space belongs to the second alone: «201 188ms» of a log; and the first is a field's value in «lane=2 312 MB»."""
    second = match[0].split(" ")[1]
    if text[match.end() : match.end() + 1].isalpha() or text[match.start() - 1 : match.start()] == "=":
        return False
    return "," in second or second[0] == "0" or bool(_unit_after(text, match.end()) or _currency_after(text, match.end()))


def _counted(text: str, at: int) -> bool:
    """Whether a unit, a currency or a magnitude follows, so that «4,5» before it is one number."""
    return bool(_unit_after(text, at) or _currency_after(text, at) or _GOES_ON.match(text, at)) or _magnitude(text, at, money=False)[1] > at


def _minus_word(text: str, at: int) -> int:
    if text[at - 2 : at] not in ("s ", "e "):
        return 0
    before = text[max(0, at - 9) : at].lower()
    return 6 if before.endswith("minus ") else 9 if before == "negative " else 0


def _spelled(text: str, at: int) -> Found | None:
    word = _WORD.match(text, at)
    if word and word[0].lower() in _AFTER_ARTICLE:
        article = _ARTICLE.search(text, max(0, at - 3), at)
        if article is None and word[0].lower() != "third":
            return None  # «hundreds» of something, or a quarter of a town
        at = article.start(1) if article else at
    elif word and f"{word[0].lower()}s" in FRACTIONS and text.startswith(" of", word.end()):
        article = _ARTICLE.search(text, max(0, at - 3), at)  # «a fifth of it»; «the fifth of May» is a place in an order
        at = article.start(1) if article else at
    got = read_spelled(text, at)
    if got is None:
        return None
    number, end, form = got
    if form == "ordinal":
        return _ordinal(text, at, end, int(number))
    article = _OF_ONE.match(text, end)
    if article and number < 1 and _counted(text, article.end()):
        end = article.end()  # «half a percent», «a quarter of a kilometre»
    minus = _minus_word(text, at)
    found = _with_unit(text, at - minus, end, -number if minus else number)
    if found.open and found.end == end and text[at:end].lower() == "one":
        return None  # a pronoun more often than a number
    return found


def _ordinal(text: str, at: int, end: int, number: int) -> Found:
    return Found(Value("ordinal", (Place(number),), Decimal(number)), at, end)


def _with_unit(text: str, start: int, end: int, written: Number) -> Found:
    """The number that ends at `end`, with the magnitude, unit, currency or per cent that follows it."""
    factor, end = _magnitude(text, end, money=False)
    number = written if factor == 1 else times(written, factor)
    currency = _currency_after(text, end)
    if currency:
        readings = [Quantity(number, currency[0])]
        readings += [Quantity(times(number, Decimal("0.01")), whole) for whole in _HUNDREDTHS.get(currency[0], ())]
        if currency[0] == "GBP" and "pound" in text[end : currency[1]]:
            readings.append(Quantity(number, "lb"))
        return Found(Value("money", tuple(readings), written), start, currency[1])
    unit = _unit_after(text, end)
    if unit is None:
        readings = [Quantity(number)]
        if not text[start:end].strip("-.").replace(".", "").isdigit():
            readings += further(readings[0], written, "", False)  # «half» is 50%
        if text[end - 1] == "K" and factor == 1000:  # kelvin or thousand
            readings.append(Quantity(written, "kelvin"))
        return Found(Value("number", tuple(readings), written), start, end, open=True)
    base, unit_factor, end, sign = unit
    if base == "%":
        return Found(Value("percent", (Quantity(number, "%"),), written), start, end)
    read = Quantity(times(number, unit_factor), base)
    readings = [read, *further(read, written, sign, text[end - len(sign) - 1].isdigit())]
    return Found(Value("number", tuple(readings), written), start, end)


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
        if size is None and gap == "" and word in MONEY_MAGNITUDES and (_currency_after(text, at + 1) or _LARGE.match(text, at + 1)):
            size = MONEY_MAGNITUDES[word]  # «4.5m USD», «3.9m tonnes»
        if size is None or (gap == "\n" and len(word) < 3):
            return factor, at
        factor, at = factor * size, at + len(gap) + len(word)
        if _SHORTENED.match(text, at):
            at += 1


def _currency_after(text: str, at: int) -> tuple[str, int] | None:
    of = _OF.match(text, at)  # «3 millions d'euros»
    tail = _TAIL.match(text, of.end() if of else at)
    if tail is None:
        return None
    gap, word = tail.groups()
    end = tail.end()
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
    if lower in _FIRST_OF_TWO:
        more = re.compile(r"\.?[ -]([A-Za-z]+)(?: ([a-z]+))?").match(text, end)
        if more:
            second = more[1] if len(more[1]) == 1 else more[1].lower()
            first = "degrees" if lower == "degree" else lower
            if more[2] and (first, second.lower(), more[2]) in LONG_UNITS:
                return (*LONG_UNITS[first, second.lower(), more[2]], more.end(), word)
            if (first, second.lower()) in LONG_UNITS:
                return (*LONG_UNITS[first, second.lower()], more.end(1), word)
        if lower in ("per", "pour", "square", "sq", "cubic", "percentage", "basis", "light", "nautical"):
            return None
    slash = _SLASH.match(text, end)
    if slash and word + slash[0] in UNITS:
        return (*UNITS[word + slash[0]], slash.end(), word)
    unit = UNITS.get(word)
    if unit is None:
        unit = UNITS.get(lower) if len(word) > 3 or lower in _UPPER_UNITS else None
    if unit is None or (gap and word in TIED and not (word in "CFK" and _ENDS.match(text, end))):
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
        shown = shown.replace(" ", "").replace("'", "").replace(",", ".")
    elif kind == "european":
        shown = shown.replace(".", "").replace(",", ".")
    elif kind == "comma":
        shown = shown.replace(",", ".")
    return Decimal(shown)
