"""The kinds of values, identifiers, quotes and names: a line each, in their order of precedence at one place of a text.

To add one, write its file beside this one and add its line (README.md, «Add a kind of fact»).
"""

from __future__ import annotations

import re

from tellback.facts.fold import fold
from tellback.facts.kinds.base import Found, Group, Kind, Value, ValueKind
from tellback.facts.kinds.booleans import BOOLEAN
from tellback.facts.kinds.comparisons import COMPARISON
from tellback.facts.kinds.dates import DATE
from tellback.facts.kinds.denials import DENIAL
from tellback.facts.kinds.digests import HASH, UUID
from tellback.facts.kinds.fields import FIELD, Field
from tellback.facts.kinds.identifier import LONGEST, Identifier
from tellback.facts.kinds.marked import COMMAND, QUOTE
from tellback.facts.kinds.names import NAME
from tellback.facts.kinds.network import EMAIL, IP, URL
from tellback.facts.kinds.numbers import MONEY, NUMBER, ORDINAL, PERCENT
from tellback.facts.kinds.paths import PATH
from tellback.facts.kinds.rates import RATE
from tellback.facts.kinds.registered import IBAN, PHONE, PLATE, VAT
from tellback.facts.kinds.relative import RELATIVE
from tellback.facts.kinds.signs import Sign
from tellback.facts.kinds.software import CODE, HANDLE, TICKET, VERSION
from tellback.facts.kinds.times import TIME
from tellback.facts.kinds.timestamps import TIMESTAMP

#: Values begin at a place of the text; a run of characters that is one is no identifier.
VALUES: tuple[ValueKind, ...] = (
    TIMESTAMP,
    DATE,
    TIME,
    MONEY,
    PERCENT,
    ORDINAL,
    NUMBER,
)
#: Identifiers are a run of characters, or groups of them.
IDENTIFIERS: tuple[Identifier, ...] = (
    IBAN,
    URL,
    EMAIL,
    UUID,
    IP,
    HASH,
    VAT,
    PLATE,
    VERSION,
    TICKET,
    PHONE,
    HANDLE,
    PATH,
    CODE,
)
#: Signs and fields are found by patterns, where no value, identifier or quotation stands.
PATTERNS: tuple[Sign | Field, ...] = (
    BOOLEAN,
    COMPARISON,
    DENIAL,
    RATE,
    RELATIVE,
    FIELD,
)
KINDS: tuple[Kind, ...] = (*VALUES, *IDENTIFIERS, COMMAND, QUOTE, *PATTERNS, NAME)
KIND: dict[str, Kind] = {kind.name: kind for kind in KINDS}

#: Kinds of one family find with one function, which is asked once.
_FINDERS = tuple({type(kind).find: kind.find for kind in VALUES}.values())
_HOLDS = tuple((kind, kind.holds) for kind in IDENTIFIERS)
_TOKEN = re.compile("|".join(kind.token for kind in VALUES if kind.token))
_SIGNED = re.compile(r"(?:-|minus |negative )?", re.IGNORECASE)
_SPACED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


def named(*groups: Group) -> tuple[str, ...]:
    """The names of the kinds of `groups`, in order."""
    return tuple(kind.name for kind in KINDS if kind.group in groups)


def value_at(text: str, at: int) -> Found | None:
    """The value that begins at offset `at` of folded `text`."""
    for find in _FINDERS:
        found = find(text, at)
        if found is not None:
            return found
    return None


def identify(core: str) -> Identifier | None:
    """The kind of identifier that `core`, a run of characters without space or edge punctuation, is; None: none."""
    if not 2 <= len(core) <= LONGEST or is_value(core):
        return None
    for kind, holds in _HOLDS:
        if holds(core):
            return kind
    return None


def is_value(core: str) -> bool:
    """Whether a run of characters is a value, though it looks like an identifier: 14.03.1879, Q3."""
    return _TOKEN.fullmatch(core) is not None


def read(text: str) -> Value | None:
    """The value that `text` as a whole says, None where it says none; identifiers, quotes and names are not read."""
    folded = " ".join(fold(text).text.split())
    whole = _SPACED.sub("", folded)  # «1 500» alone is one number
    for form in dict.fromkeys((folded, whole)):
        for at in _SIGNED.match(form).regs[0] if form else ():  # at the sign's or word's end too: «-5», «minus five»
            found = value_at(form, at) if at < len(form) else None
            if found and found.start == 0 and found.end == len(form):
                return found.value
    return None


def same(a: str, b: str) -> bool:
    """Whether two texts say one value, or are one text."""
    one, other = read(a), read(b)
    if one is None or other is None:
        return one is other and fold(a).text.casefold().split() == fold(b).text.casefold().split()
    return KIND[one.kind].same(one, other)
