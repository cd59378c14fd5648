"""Values, identifiers, commands and quotes of a text without a parser, each with its exact span.

One pass over the runs of characters between spaces tells, from a cache, which can begin a fact; only there the kinds of
`kinds/table.py` are asked, in their order. So the time is linear in the text and no rule ever sees an unbounded string.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tellback.facts.fold import Folded, fold
from tellback.facts.kinds.base import Case, Found, Value
from tellback.facts.kinds.digests import HASH
from tellback.facts.kinds.identifier import LONGEST, Identifier
from tellback.facts.kinds.marked import COMMAND, QUOTE, merged
from tellback.facts.kinds.ranges import GAP, shared
from tellback.facts.kinds.software import CODE
from tellback.facts.kinds.table import IDENTIFIERS, KIND, PATTERNS, VALUES, identify, is_value, read, value_at
from tellback.facts.kinds.units import SIGNS, SYMBOLS
from tellback.language.layout import Layout, layout
from tellback.language.sentences import Locator, sentences
from tellback.records import Fact, Span

_TOKEN = re.compile(r"[^\s\"{}\[\]<>|;`]+")
_PARTED = re.compile(r"[A-Za-z_]\w*(?:\((?!\))|=(?=[\w\"']))")  # «f(x)», «n=3»: also within a line without spaces
_PART = re.compile(r"[^(),=]+")
_LEFT, _RIGHT = "(*'~=,:!?_", ")*',.:!?_~="
_SIGNS = "|".join(dict.fromkeys(kind.signs for kind in VALUES if kind.signs))
_STARTS = re.compile(rf"{_SIGNS}|(?P<word>[^\W\d_]+)")
_WORDS: dict[str, Case] = {word: case for kind in reversed(VALUES) for word, case in kind.begins.items()}
_SPACED = tuple(kind for kind in IDENTIFIERS if kind.spaced)
_HEADS = frozenset(word for kind in _SPACED for word in kind.heads)
_NEXT_WORD = re.compile(r"[^\w.!?;]{1,3}([^\W\d_]{2,})")
_LAST_WORD = re.compile(r"([^\W\d_]{2,})[^\w.!?;]{1,3}$")
_AHEAD = 3  # characters after a run that tell whether a sign at its end begins a value: «$ 42»
_LISTED = re.compile(r"[.)](?=\s)")
_UNSPACED = "\u2e80"  # Chinese, Japanese and Korean signs begin here
_ALNUM = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Scanned:
    """A text's facts in the order of their spans (original offsets), what each says, and what finding them made."""

    facts: tuple[Fact, ...]
    values: tuple[Value, ...]
    folded: Folded
    sentences: tuple[Span, ...]  # in folded offsets


def scan(text: str, prose: bool = True) -> Scanned:
    """The values, identifiers, commands and quotes of `text`. Numbers inside a command or an identifier are part of it;
    paths and other identifiers inside a command are facts too. A run of more than 512 characters without a space is
    searched for values only. `prose`: a parser reads the text, so that its denials are read outside of prose only.
    """
    folded = fold(text)
    grid = layout(folded.text)
    plain = _apart(folded.text, grid)
    spans = sentences(plain)
    where = Locator(spans)
    facts, values = [], []
    for found in _found(plain, grid, prose):
        value, start, end = found.value, found.start, found.end
        if found.open and end - start <= 3 and _LISTED.match(plain, end) and _is_first(plain, start):
            continue  # the number of a list item
        sentence = spans[where.index(start)] if spans else (0, len(plain))
        key = _key(plain, value.kind, start, end)
        facts.append(Fact(value.kind, key, str(value), folded.span(start, end), folded.span(*sentence)))
        values.append(value)
    return Scanned(tuple(facts), tuple(values), folded, tuple(spans))


def _apart(text: str, grid: Layout) -> str:
    """`text` with a tab where a sign parts two cells, so that «South,980,911» is three."""
    if not grid.delimiters:
        return text
    pieces, last = [], 0
    for at in grid.delimiters:
        pieces.append(text[last:at])
        last = at + 1
    return "\t".join((*pieces, text[last:]))


def _found(text: str, grid: Layout, prose: bool) -> list[Found]:
    commands = list(COMMAND.find(text, _one_word))
    found = list(_tokens(text, commands))
    if commands:
        found = merged(commands, found)
    quotes = list(QUOTE.find(text))
    found = merged(found, quotes) if quotes else found
    signs = [sign for kind in PATTERNS for sign in kind.find(text, grid, prose)]
    return merged(found, _outside(found, signs)) if signs else found


def _outside(found: Sequence[Found], signs: Sequence[Found]) -> Iterator[Found]:
    """The signs that are no part of a value or an identifier, and fields that hold none."""
    taken = [(f.start, f.end) for f in found if not KIND[f.value.kind].holds_facts]
    quoted = {(f.start, f.end) for f in found}
    for sign in signs:
        holds = KIND[sign.value.kind].holds_facts
        at = bisect_left(taken, (sign.start, -1))
        near = taken[max(0, at - 1) : at + 1]
        if not any(start < sign.end and sign.start < end for start, end in near) and not (holds and (sign.start, sign.end) in quoted):
            yield sign


def _one_word(words: str) -> Value | None:
    """What one word in backticks is: an identifier, a name of code, or None where it says a value."""
    kind = identify(words) or (None if read(words) else CODE)
    return kind.value(words) if kind else None


def _is_first(text: str, at: int) -> bool:
    return not text[text.rfind("\n", 0, at) + 1 : at].strip(" \t#*(>-")


def _key(text: str, kind: str, start: int, end: int) -> str:
    """What a fact is about, as far as its neighbours tell: the next word of its clause, else the one before it."""
    word = _NEXT_WORD.match(text, end) or _LAST_WORD.search(text, max(0, start - 24), start)
    return f"{kind}:{word[1].casefold()}" if word else kind


def _tokens(text: str, commands: Sequence[Found]) -> Iterator[Found]:
    plans = _Plans()
    done = 0
    values: list[Found] = []  # the last ones, which may still get their neighbour's unit
    inside = iter(sorted((command.start, command.end) for command in commands))
    command = next(inside, None)
    for at, stop in _runs(text, plans):
        plan = plans[text[at:stop]]
        if plan is None:
            continue
        if stop <= done:
            continue
        while command and command[1] <= at:
            command = next(inside, None)
        kind, left, right, grouped = plan
        if kind is None and command is not None and command[0] <= at:
            continue  # what a command counts is part of it
        if (kind or grouped) and at + left >= done:
            found = _identifier(text, at + left, stop - right, plan)
            if found:
                yield found
                done = found.end
                continue
        if kind is None:
            for found in _values(text, max(at, done), stop):
                if values and (found.start - values[-1].end > GAP or len(values) > 8):
                    yield from shared(text, values)
                    values = []
                values.append(found)
                done = found.end
    yield from shared(text, values)


def _runs(text: str, plans: _Plans) -> Iterator[Span]:
    """The runs of characters that facts are looked for in: a call or an assignment is parted into its names."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        plan = plans[token]
        parts = len(token) <= LONGEST and (plan is None or plan.kind is None) and "://" not in token
        if parts and _PARTED.search(token):
            yield from (part.span() for part in _PART.finditer(text, *match.span()))
        else:
            yield match.span()


class _Plan(NamedTuple):
    """What can begin in a token: an identifier of `kind` between its edges, else values; with `grouped` an identifier
    that goes on after a space is looked for first."""

    kind: Identifier | None
    left: int = 0
    right: int = 0
    grouped: bool = False


class _Plans(dict[str, "_Plan | None"]):
    """Token -> its plan, None where nothing can begin: texts repeat their words, so most are looked up."""

    def __missing__(self, token: str) -> _Plan | None:
        plan = self[token] = _plan(token)
        return plan


def _plan(token: str) -> _Plan | None:
    if token[1:].islower() and token.isalpha() and token.lower() not in _WORDS:
        return None
    left, right = _edges(token)
    core = token[left : len(token) - right]
    if not core or core == "COVID-19":  # a name
        return None
    if core.isalpha():
        return _plan_of_word(core, left, right)
    if token[-2:] == "()" and identify(token[left:]):
        return _Plan(identify(token[left:]), left)
    kind = identify(core)
    if kind is None and left and token[left - 1] == "_" and "_" in core:
        kind = identify(token[left - 1 : len(token) - right])
        left -= kind is not None
    if kind:
        return _Plan(kind, left, right, kind.goes_on)
    if is_value(core):
        return _Plan(None, left, right)
    digits = any(c.isdigit() for c in core)
    bracket = left > 0 and token[left - 1] == "("
    if digits and len(token) <= LONGEST and (core[0] in "+(0123456789" or core[:1].isupper() or bracket):
        return _Plan(None, left - bracket, right, grouped=True)  # phone numbers, IBANs and plates may go on after the space
    if digits or any(c in SIGNS or c in SYMBOLS for c in core):
        return _Plan(None, left, right)
    if len(core) <= LONGEST and any(_may_begin(part) for part in re.split(r"[^a-zA-Z]+", core) if part):
        return _Plan(None, left, right)
    return None


def _edges(token: str) -> tuple[int, int]:
    """How many characters of a token's left and right are no part of what it says."""
    core = token.lstrip(_LEFT)
    left = len(token) - len(core)
    if core[:1] == "/" and token[left - 1 : left] == "~":  # a home folder
        left, core = left - 1, f"~{core}"
    if token.endswith("...") and HASH.holds(core.rstrip(_RIGHT) + "..."):
        return left, 0  # the beginning of a digest
    core = core.rstrip(_RIGHT) if core[-2:] != "()" else core
    if core.count("(") < core.count(")") and core.endswith(")"):
        core = core[:-1]
    if core.endswith(("'s", "'S")):
        core = core[:-2]
    return left, len(token) - left - len(core)


def _plan_of_word(core: str, left: int, right: int) -> _Plan | None:
    if core in _HEADS:
        return _Plan(None, left, right, grouped=True)  # a number in groups: «DE 123 456 789»
    if _may_begin(core):
        return _Plan(None, left, right)
    kind = None if core[1:].islower() else identify(core)
    return _Plan(kind, left, right) if kind else None


def _may_begin(word: str) -> bool:
    """Whether a value can begin with this word as it is written."""
    case = _WORDS.get(word) or _WORDS.get(word.lower())
    return case == "any" or (case == "capital" and word[0].isupper()) or (case == "exact" and word in _WORDS)


def _identifier(text: str, start: int, end: int, plan: _Plan) -> Found | None:
    """The identifier that begins at `start`: in groups, where it goes beyond the token's `end`, else that of the plan."""
    if plan.grouped:
        least = end if plan.kind is None else end + 1
        for kind in _SPACED:
            stop = kind.find(text, start)
            if stop and stop >= least:
                return Found(kind.value(text[start:stop]), start, stop)
    return Found(plan.kind.value(text[start:end]), start, end) if plan.kind else None


def _values(text: str, at: int, stop: int) -> Iterator[Found]:
    """The values that begin in text[at:stop], and names of code that only begin like one."""
    end = at
    for match in _STARTS.finditer(text, at, stop + _AHEAD):
        start = match.start()
        if start >= stop:
            break
        if start < end:
            continue
        word = match["word"]
        if word:
            if not _may_begin(word):
                continue
        elif text[start].isdigit() and start > at and (_joins(before := text[start - 1]) and not before.isdigit()):
            end = _run(text, start, stop)
            continue  # inside a word that is no identifier: «abc12»
        found = value_at(text, start)
        if found is None:
            if text[start].isdigit():
                end = _run(text, start, stop)
                if end - start > 30:
                    yield Found(CODE.value(text[start:end]), start, end)
            continue
        if found.end < stop and _joins(text[found.end]) and text[found.end] != "_" and _joins(text[found.end - 1]):
            end = _run(text, start, stop)  # «3D», «2FA», «1a2b»: one name, not a number and a rest
            if 1 < end - start <= LONGEST and any(c.isalpha() for c in text[start:end]):
                yield Found(CODE.value(text[start:end]), start, end)
            continue
        yield found
        end = found.end


def _joins(sign: str) -> bool:  # signs of scripts without spaces do not: «1889年»
    return (sign.isalnum() and sign < _UNSPACED) or sign == "_"


def _run(text: str, start: int, stop: int) -> int:
    match = _ALNUM.match(text, start, stop)
    return match.end() if match else start + 1
