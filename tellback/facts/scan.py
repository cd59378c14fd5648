"""Hard facts without a parser: values, dates, identifiers, commands and quoted strings, each with its exact span.

One pass over the runs of characters between spaces tells, from a cache, which can begin a fact; only there the rules
of `values` and `identifiers` are tried. So the time is linear in the text and no rule ever sees an unbounded string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tellback.facts.fold import Folded, fold
from tellback.facts.kinds.amounts import read_value
from tellback.facts.kinds.identifiers import LONGEST, identify, plain_identifier, spaced_identifier
from tellback.facts.kinds.marked import Item, commands_in, merge, with_quotes
from tellback.facts.kinds.readings import SEPARATOR, Found, Value
from tellback.facts.kinds.spelled import STARTERS
from tellback.facts.kinds.units import CURRENCY_CODES, MONTHS, SIGNS, WEEKDAYS
from tellback.language.sentences import Locator, sentences
from tellback.records import Fact, Span

_TOKEN = re.compile(r"[^\s\"{}\[\]<>|;`]+")
_LEFT, _RIGHT = "(*'~=,:!?_", ")*',.:!?_~="
_SYMBOLS = "$€£¥₹₽₩₪₺₦₫฿"
_STARTS = re.compile(
    rf"(?:US|AU?|CA?|NZ|HK|S|R)?[{_SYMBOLS}](?=-? ?-?[\d.])|(?<![\w.])\.(?=\d)|\d|[{''.join(SIGNS)}]|'(?=\d0s\b)|[^\W\d_]+"
)
_WORDS = (
    {word: 1 for word in (STARTERS | {"dozen", "quarter", "noon", "midnight"}) - {"a", "an", "zeroth"}}
    | {word: 2 for word in MONTHS}
    | {word: 2 for day in WEEKDAYS for word in (day, day + "s")}
)
_SCALES = frozenset(["hundred", "thousand", "million", "billion", "trillion", "dozen", "third", "quarter"])
_ARTICLE = re.compile(r"\b(an?) $", re.IGNORECASE)
_JOINED = re.compile(r"\s?(?:-|to|and|or|through|till|until|,(?: and| or)?)\s?")
_NEXT_WORD = re.compile(r"[^\w.!?;]{1,3}([^\W\d_]{2,})")
_LAST_WORD = re.compile(r"([^\W\d_]{2,})[^\w.!?;]{1,3}$")
_LISTED = re.compile(r"[.)](?=\s)")
_CAPITAL_INSIDE = re.compile(r"[a-z][A-Z]")


@dataclass(frozen=True, slots=True)
class Hard:
    """A text's hard facts in the order of their spans (original offsets), with what finding them made."""

    facts: tuple[Fact, ...]
    folded: Folded
    sentences: tuple[Span, ...]  # in folded offsets


def hard_facts(text: str) -> Hard:
    """The hard facts of `text`. Numbers inside a command or an identifier are part of it; paths and other identifiers
    inside a command are facts too. A run of more than 512 characters without a space is searched for values only.
    """
    folded = fold(text)
    plain = folded.text
    spans = sentences(plain)
    where = Locator(spans)
    commands = list(commands_in(plain))
    found = merge(commands, [*_tokens(plain, commands)])
    found = with_quotes(plain, found)
    facts = []
    for kind, value, start, end in found:
        if kind == "number" and end - start <= 3 and _LISTED.match(plain, end) and _is_first(plain, start):
            continue  # the number of a list item
        sentence = spans[where.index(start)] if spans else (0, len(plain))
        facts.append(Fact(kind, _key(plain, kind, start, end), value, folded.span(start, end), folded.span(*sentence)))
    return Hard(tuple(facts), folded, tuple(spans))


def _is_first(text: str, at: int) -> bool:
    return not text[text.rfind("\n", 0, at) + 1 : at].strip(" \t#*(>-")


def _key(text: str, kind: str, start: int, end: int) -> str:
    """What a fact is about, as far as its neighbours tell: the next word of its clause, else the one before it."""
    word = _NEXT_WORD.match(text, end) or _LAST_WORD.search(text, max(0, start - 24), start)
    return f"{kind}:{word[1].casefold()}" if word else kind


def _tokens(text: str, commands: list[Item]) -> Iterator[Item]:
    plans = _Plans()
    done = 0
    values: list[Found] = []  # the last ones, which may still get their neighbour's unit
    inside = iter(sorted((start, end) for kind, _, start, end in commands))
    command = next(inside, None)
    for match in _TOKEN.finditer(text):
        plan = plans[match[0]]
        if plan is None:
            continue
        at, stop = match.span()
        if stop <= done:
            continue
        while command and command[1] <= at:
            command = next(inside, None)
        in_command = command is not None and command[0] <= at
        kind, left, right = plan
        if kind == "values" or kind == "spaced":
            if in_command:
                continue
            if kind == "spaced" and max(done, at) <= at + left:
                spaced = spaced_identifier(text, at + left)
                if spaced and spaced[1] > stop - right - 1:
                    yield spaced[0], plain_identifier(spaced[0], text[at + left : spaced[1]]), at + left, spaced[1]
                    done = spaced[1]
                    continue
            for found in _values(text, max(at, done), stop):
                if isinstance(found, Found):
                    if values and (found.start - values[-1].end > 5 or len(values) > 8):
                        yield from _emit(text, values)
                        values = []
                    values.append(found)
                    done = found.end
                else:
                    yield found
                    done = found[3]
        else:
            start, end = at + left, stop - right
            if start >= done:
                spaced = spaced_identifier(text, start) if kind in ("vat", "plate", "phone", "code") else None
                if spaced and spaced[1] > end:
                    kind, end = spaced
                yield kind, plain_identifier(kind, text[start:end]), start, end
                done = end
    yield from _emit(text, values)


class _Plans(dict[str, "tuple[str, int, int] | None"]):
    """Token -> what can begin in it: texts repeat their words, so most are looked up."""

    def __missing__(self, token: str) -> tuple[str, int, int] | None:
        plan = self[token] = _plan(token)
        return plan


def _plan(token: str) -> tuple[str, int, int] | None:
    """What can begin in a token: (kind of identifier | "values" | "spaced", edge left, edge right); None: nothing."""
    if token[1:].islower() and token.isalpha() and token.lower() not in _WORDS:
        return None
    core = token.lstrip(_LEFT)
    left = len(token) - len(core)
    core = core.rstrip(_RIGHT) if core[-2:] != "()" else core
    right = len(token) - left - len(core)
    if core.count("(") < core.count(")") and core.endswith(")"):
        core, right = core[:-1], right + 1
    if core.endswith(("'s", "'S")):
        core, right = core[:-2], right + 2
    if not core:
        return None
    if core.isalpha():
        kind = _WORDS.get(core.lower())
        if kind == 1 or (kind == 2 and core[0].isupper()) or core in CURRENCY_CODES:
            return "values", left, right
        if core in ("DE", "GB", "FR", "ATU"):
            return "spaced", left, right  # a VAT number in groups
        if not core[1:].islower() and _CAPITAL_INSIDE.search(core) and len(core) <= LONGEST and identify(core):
            return "code", left, right
        return None
    if token[-2:] == "()" and identify(token[left:]):
        return "code", left, 0
    kind = identify(core)
    if kind is None and left and token[left - 1] == "_" and "_" in core:
        kind = identify(token[left - 1 : len(token) - right])
        left -= kind is not None
    if kind:
        return kind, left, right
    digits = any(c.isdigit() for c in core)
    if digits and len(token) <= LONGEST and (core[0] in "+(0123456789" or core[:1].isupper() or token[left - 1] == "("):
        # phone numbers, IBANs and plates may go on after the space
        return "spaced", left - (left > 0 and token[left - 1] == "("), right
    if digits or any(c in SIGNS or c in _SYMBOLS for c in core):
        return "values", left, right
    if len(core) > LONGEST:
        return None
    if any(_WORDS.get(part.lower()) for part in re.split(r"[^a-zA-Z]+", core) if part):
        return "values", left, right
    return None


def _values(text: str, at: int, stop: int) -> Iterator[Found | Item]:
    """The values that begin in text[at:stop]."""
    end = at
    for match in _STARTS.finditer(text, at, stop):
        start = match.start()
        if start < end:
            continue
        first = match.group()
        if first.isalpha():
            if len(first) == 3 and first in CURRENCY_CODES or len(first) == 1 and first in "QT" and text[start + 1 : start + 2].isdigit():
                pass
            else:
                lower = first.lower()
                kind = _WORDS.get(lower)
                if kind is None or (kind == 2 and not first[0].isupper()):
                    continue
                if lower in _SCALES:
                    article = _ARTICLE.search(text, max(0, start - 3), start)
                    if article:
                        start = article.start(1)
                    elif lower != "third":
                        continue
        elif first[0].isdigit() and start > at and (text[start - 1].isalpha() or text[start - 1] == "_"):
            continue  # inside a word that is no identifier: «abc12»
        found = read_value(text, start)
        if found is None:
            if first[0].isdigit():
                end = _run(text, start, stop)
                if end - start > 30:
                    yield "code", text[start:end], start, end
            continue
        if text[found.end : found.end + 1].isalnum() and text[found.end - 1].isalnum() and found.end < stop:
            end = _run(text, start, stop)  # «3D», «2FA», «1a2b»: one name, not a number and a rest
            word = text[start:end]
            if 1 < end - start <= LONGEST and any(c.isalpha() for c in word):
                yield "code", word.casefold(), start, end
            continue
        yield found
        end = found.end


_ALNUM = re.compile(r"\w+")


def _run(text: str, start: int, stop: int) -> int:
    match = _ALNUM.match(text, start, stop)
    return match.end() if match else start + 1


def _emit(text: str, values: list[Found]) -> Iterator[Item]:
    """The values as items; «5 to 7 km» and «$4-5 million» share their unit, and each keeps its bare reading too."""
    for i, found in enumerate(values):
        value = found.value
        if value.kind in ("number", "money") and i + 1 < len(values):
            value = _shared(text, found, values[i + 1])
        if value.kind == "number" and found.open and i and values[i - 1].value.kind == "money":
            before = values[i - 1]
            if _JOINED.fullmatch(text, before.end, found.start):
                value = Value("money", (f"{before.value.unit} {value.readings[0]}", *value.readings))
        yield value.kind, str(value), found.start, found.end


def _shared(text: str, found: Found, after: Found) -> Value:
    value = found.value
    rest = _rest(text, after)
    if not rest or after.value.kind not in ("number", "percent", "money") or "/" in value.readings[0]:
        return value
    if not _JOINED.fullmatch(text, found.end, after.start) or (value.kind == "money" and not after.open):
        return value
    if not found.open and value.kind == "number":
        return value
    words = text[found.start : found.end].lstrip("-")
    written = read_value(words + rest, 0)
    if written is None or written.end < len(words + rest):
        return value
    return Value(written.value.kind, tuple(dict.fromkeys((*written.value.readings, *value.readings))))


def _rest(text: str, found: Found) -> str:
    """What follows the digits or words of a value: its magnitude and unit."""
    words = text[found.start : found.end]
    match = re.match(r"[-+]?[\d.,]+|[^\W\d_]+(?:-[^\W\d_]+)*(?= )", words.lstrip("".join(_SYMBOLS)))
    return words.lstrip("".join(_SYMBOLS))[match.end() :] if match else ""


def readings(fact: Fact) -> tuple[str, ...]:
    """The readings of a value fact; an identifier, name or quote has one, its value."""
    if fact.kind in ("number", "money", "percent", "date", "time", "ordinal"):
        return tuple(fact.value.split(SEPARATOR))
    return (fact.value,)
