"""What a mutation writes instead: opposites of denials and comparisons, other units, other names. Tables only."""

from __future__ import annotations

import re
from collections.abc import Iterable


def _any(words: Iterable[str]) -> str:
    """A pattern of these words, longer ones first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


# ---- denials --------------------------------------------------------------------------------------------------------

_NEXT_NOT = r"(?! (?:not|never|no|neither)\b)"
#: (pattern, what stands in its place): denials taken away, then denials added.
NEGATORS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"\bnot (?!only\b)"), ""),
    (re.compile(r"(?<=\bcan)not\b"), ""),
    (re.compile(r"n't\b"), ""),
    (re.compile(r"\bnever (?=\w)"), ""),
    (re.compile(r"\bno (?=[a-z])"), ""),
    (re.compile(r"\bNo (?=[a-z])"), "Each "),
    (re.compile(r"\bwithout\b"), "with"),
    (re.compile(r"\bWithout\b"), "With"),
    (re.compile(r"\bNobody\b"), "Everybody"),
    (re.compile(r"\bNone of\b"), "All of"),
    (re.compile(rf"(?<=\b(?:was|has|had|can|may)\b)(?= [a-z]+(?:ed|en|n|w|t)\b){_NEXT_NOT}"), " never"),
    *((re.compile(rf"(?<=\b{word}\b){_NEXT_NOT}(?= \w)"), " not") for word in ("is", "are", "was", "were", "will", "can", "may", "must", "should")),
    (re.compile(r"\bwith\b(?= [a-z\d])"), "without"),
    (re.compile(r"\[x\]"), "[ ]"),
    (re.compile(r"\[ \]"), "[x]"),
]  # fmt: skip
CODE_NEGATORS: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"-?\b(?:not|NOT) "), ""),
    (re.compile(r"!(?=[A-Za-z_])"), ""),
    (re.compile(r"(?<=\bif )(?=[a-z][^\n]*:$)(?!not\b)", re.MULTILINE), "not "),
    (re.compile(r"(?<=&& )(?=[A-Za-z_])"), "!"),
    (re.compile(r":not\((\.\w+)\)"), r"\1"),
]
_PAIRS = [("true", "false"), ("True", "False"), ("TRUE", "FALSE"), ("yes", "no"), ("on", "off"), ("On", "Off")]
OPPOSITE: dict[str, str] = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}
#: A boolean where a value stands: «yes» and «on» in a field or cell of their own only.
BOOLEAN = re.compile(
    r"(?<![\w.-])(?:true|false|True|False|TRUE|FALSE)(?![\w.-])"
    r"|(?:(?<=[:=,|\t] )|(?<=[:=,|\t]))(?:yes|no|on|off|On|Off)(?=[ ]*(?:$|[,}|\t]))"
    r"|(?<=[a-z] )(?:on|off)(?=;)",
    re.MULTILINE,
)

# ---- comparisons ----------------------------------------------------------------------------------------------------

OTHER_OPERATORS: dict[str, tuple[str, ...]] = {
    "<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="), "==": ("!=",), "!=": ("==",),
    "===": ("!==",), "!==": ("===",), "<>": ("=",), "-lt": ("-le", "-gt"), "-gt": ("-ge", "-lt"), "-eq": ("-ne",),
    "-ne": ("-eq",),
}  # fmt: skip
#: An operator between spaces or before a digit; arrows, brackets of addresses and redirections compare nothing.
OPERATOR = re.compile(r"(?<![-=<>!&|?\w])(?:(?<=\s)(?:[<>]=?|[!=]==?|<>)(?=\s)|(?:[<>]=?)(?=\d))|(?<=[\w\"])(?:[<>]=?|[!=]=)(?=\d)|(?<= )-(?:lt|gt|eq|ne)(?= )")  # fmt: skip
OTHER_COMPARISON: dict[str, str] = {
    "at most": "at least", "at least": "at most", "no more than": "no less than", "more than": "less than",
    "less than": "more than", "fewer than": "more than", "up to": "at least", "up from": "down from",
    "down from": "up from", "before": "after", "after": "before", "above": "below", "below": "above",
    "larger than": "smaller than", "louder than": "quieter than",
}  # fmt: skip
COMPARING = re.compile(rf"\b(?:{_any(OTHER_COMPARISON)})\b", re.IGNORECASE)

# ---- units ----------------------------------------------------------------------------------------------------------

OTHER_UNIT: dict[str, str] = {
    "ms": "s", "s": "ms", "m": "h", "h": "d", "d": "h", "second": "minute", "seconds": "minutes", "minute": "second",
    "minutes": "hours", "hour": "day", "hours": "days", "days": "weeks", "week": "month", "weeks": "months",
    "months": "years", "month": "year", "years": "months", "km": "m", "cm": "mm", "metres": "feet",
    "miles": "kilometres", "inches": "feet", "km²": "m²", "km/h": "m/s", "kg": "g", "g": "kg", "tonnes": "pounds",
    "mL": "L", "litres": "gallons", "kB": "MB", "MB": "GB", "GB": "MB", "TB": "GB", "mb": "gb", "Mi": "Gi", "M": "G",
    "GB/s": "MB/s", "px": "em", "MW": "kW", "GWh": "MWh", "MWh": "kWh", "°C": "°F", "hectares": "acres", "bar": "psi",
    "mg": "g", "million": "billion", "am": "pm", "pm": "am", "%": "", "pounds": "dollars", "hectare": "acre", "hPa": "kPa",
    "$": "€", "€": "$", "£": "$", "USD": "EUR", "EUR": "USD", "day": "week", "year": "month",
}  # fmt: skip
#: «€1.2m» is a million.
OTHER_MONEY: dict[str, str] = OTHER_UNIT | {"m": "bn"}
_AFTER_NUMBER = [u for u in OTHER_UNIT if u not in ("$", "€", "£", "hectare", "year", "USD", "EUR")]
UNIT = re.compile(rf"(?<![\w./-])(?<!\d,)[-+]?\d[\d.,]*(?: ?-?)(?P<unit>{_any(_AFTER_NUMBER)})(?![\w/²])")
CURRENCY = re.compile(r"([$€£](?=\d)|\b(?:USD|EUR)\b)")
HEADER_UNIT = re.compile(r"(?<=\()(ms|GB|%)(?=\))")
RATE = re.compile(r"(?:(?<=\bper )|(?<=\d/))(second|minute|hour|day|week|month|year|hectare|s|MWh)\b")

# ---- names ----------------------------------------------------------------------------------------------------------

#: Number of words -> names of nobody.
NAMES: dict[int, list[str]] = {
    1: ["Kestwick", "Orlaith", "Bramwell", "Tavira", "Zeno", "Marlow", "Ilkay", "Quorn", "Sabine", "Varga"],
    2: ["Petra Novak", "Hugo Lindgren", "Carla Mendes", "Basil Thorne", "Aiko Mori", "Ewan Price", "Noor Haddad"],
    3: ["Bank of Calder", "House of Merrin", "Port of Selwyn", "Guild of Tamar"],
}
