"""Whether a setting is on or off: `tls: true` told as «TLS is off», «the flag dark_mode is on» as «dark_mode is false»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tellback.compare.values.mentions import Mentions
from tellback.records import Span

_ON = r"on|enabled|true|yes|active|activated|switched on|turned on"
_OFF = r"off|disabled|false|no|inactive|deactivated|switched off|turned off|not (?:enabled|active|used|set|on)"
_AFTER = re.compile(
    rf"[`\"']?\s*(?:verification|check(?:s|ing)?|caching|mode|flag|setting|support)?\s*"
    rf"(?:=|:|is|are|was|were|has been|(?:is |was |been )?set to|stays|remains)?\s*(?:now |still )?[`\"']?(?:(?P<on>{_ON})|(?P<off>{_OFF}))\b(?!-)"
)
_BEFORE = re.compile(r"(?P<on>\b(?:with\b|uses?|using|enables?|enabled|turns? on|turned on|activates?))|(?P<off>\b(?:without|disables?|disabled|turns? off|turned off|no))")
_BETWEEN = re.compile(r"\s+(?:the |a |an |its |flag |setting |feature )*[`\"']?$")
_KEY = re.compile(r"([\w.-]+)[`\"']?[ \t]*(?:[:=]|\bis(?: set to)?|\bset to)[ \t]*$")
_PARENT = re.compile(r"^([ \t]*)[\"']?([\w-]+)[\"']?[ \t]*:[ \t]*\{?[ \t]*$", re.MULTILINE)
#: Words of a key that say nothing of what it switches, and those that turn it round.
_GENERIC = frozenset(["enabled", "enable", "active", "is", "use", "flag", "on", "set", "default"])
_TURNING = frozenset(["disabled", "disable", "no", "skip", "off", "without"])
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_READ = 400  # characters before a value in which the head of its block is looked for
_IN_SIGNATURE = re.compile(r"\b(?:def|fn|func|function|fun)\b[^\n]*\(")
_DEFAULT = re.compile(rf"(?<![\w.-])(?P<name>[\w.-]{{0,60}}\w)[`\"']?(?:,| \(|:)? ?(?:which |that )?(?:is |was |are |stays )?(?:(?P<on>{_ON})|(?P<off>{_OFF})) by default$")
MOST = 200  # settings that are looked for
_TRUE = ("true",)
_REFUSED = "forbidden|prohibited|banned|refused|disallowed|blocked|rejected|denied"
#: The deed that a key begins with -> what says that it is done, and that it is not.
_DEEDS = {
    "allow": ("allowed|permitted|welcome|accepted", _REFUSED), "allows": ("allowed|permitted|welcome", _REFUSED),
    "permit": ("permitted|allowed|welcome", _REFUSED), "accept": ("accepted|allowed|taken|welcome", _REFUSED),
    "require": ("required|needed|mandatory|compulsory|obligatory", "optional|unnecessary|voluntary"),
    "requires": ("required|needed|mandatory", "optional|unnecessary"), "send": ("sent", "suppressed|withheld"),
    "show": ("shown|displayed|visible", "hidden"), "hide": ("hidden|concealed", "shown|displayed|visible"),
    "save": ("saved|kept|stored", "discarded|dropped"), "keep": ("kept|saved|retained", "discarded|dropped|deleted|removed"),
    "verify": ("verified|checked", "skipped|ignored"), "check": ("checked|verified", "skipped|ignored"),
    "log": ("logged|recorded", "ignored|skipped"), "include": ("included|part of it", "excluded|left out|omitted"),
    "encrypt": ("encrypted", "unencrypted|in plain text"), "compress": ("compressed|zipped", "uncompressed"),
    "delete": ("deleted|removed", "kept|retained"), "retry": ("retried|repeated", "dropped|given up"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Switch:
    """Source mention `m` is told as on where it is off, or the other way round (`turned`), or as it is; `at` is the place."""

    m: int
    turned: bool
    source: Span
    at: Span


def switches(s: Mentions, o: Mentions, open_: list[int]) -> Iterator[Switch]:
    """What the output says of the settings of the source that it does not repeat."""
    for m in [m for m in open_ if s.mentions[m].kind == "boolean"][:MOST]:
        key = _key(s, m)
        if key is None:
            continue
        names, turning, start = key
        state = (s.values[m].keys[0] in _TRUE) != turning
        said = _said(o.text.lower, names)
        if said and o.text.lower.startswith(("with ", "with`"), said[1][0]) and _IN_SIGNATURE.search(s.read.text, s.read.text.rfind("\n", 0, start) + 1, start):
            continue  # what a parameter is by default; «with X» says what happens where it is given
        if said:
            yield Switch(m, said[0] != state, (start, s.mentions[m].span[1]), said[1])


def defaults(s: Mentions, o: Mentions) -> Iterator[tuple[Span, Span]]:
    """The places of both texts where a setting that is on by default is told as off, or the other way round."""
    told = {match["name"]: match for match in _by_default(o.text.lower)}
    for match in _by_default(s.text.lower) if told else ():
        other = told.get(match["name"])
        if other is not None and (match["on"] is None) != (other["on"] is None):
            yield match.span(), other.span()


def _by_default(text: str) -> Iterator[re.Match[str]]:
    at = text.find(" by default")
    for _ in range(MOST):
        if at < 0:
            return
        if match := _DEFAULT.search(text, max(0, at - 100), at + 11):
            yield match
        at = text.find(" by default", at + 1)


def _key(s: Mentions, m: int) -> tuple[list[str], bool, int] | None:
    """(the words that name a setting, whether they turn it round, where its key begins)."""
    start = s.mentions[m].span[0]
    text = s.read.text
    match = _KEY.search(text, max(0, start - 80), start)
    if match is None:
        return None
    words = [word.lower() for word in _WORD.findall(match[1].rsplit(".", 1)[-1])]
    names = [word for word in words if word not in _GENERIC and word not in _TURNING]
    if not names:
        line = text.rfind("\n", 0, start) + 1
        indent = len(text[line:start]) - len(text[line:start].lstrip())
        heads = [head for head in _PARENT.finditer(text, max(0, line - _READ), line) if len(head[1]) < indent]
        names = [word.lower() for word in _WORD.findall(heads[-1][2])] if heads else []
    return (names, bool(_TURNING.intersection(words)), match.start(1)) if names else None


def _of_deed(text: str, names: list[str]) -> dict[bool, Span]:
    """What a text says of `ALLOW_PETS`, a deed and what it is done to: «pets are not allowed»."""
    found: dict[bool, Span] = {}
    if len(names) < 2 or names[0] not in _DEEDS:
        return found
    done, undone = _DEEDS[names[0]]
    noun = r"[ -]".join(re.escape(name) for name in names[1:])
    rule = re.compile(
        rf"(?P<no>\bno )?\b{noun}\b[^.,;\n]{{0,20}}?\b(?:is|are|be|gets?)(?P<not> not| never|n't)? (?:(?P<on>{done})|(?P<off>{undone}))\b"
    )
    for match in rule.finditer(text):
        on = (match["on"] is not None) != (match["no"] is not None or match["not"] is not None)
        found.setdefault(on, match.span())
    return found


def _said(text: str, names: list[str]) -> tuple[bool, Span] | None:
    """(on or off, where) that a text says of a setting once, None where it says nothing or both."""
    found = _of_deed(text, names)
    forms = [re.escape(name) if len(name) < 6 else rf"{re.escape(name[:-2])}\w*" for name in names]
    alone = [re.compile(rf"\b{r'[_ .-]{0,2}'.join(words)}\b") for words in (forms, forms[::-1])]
    if len(names[0]) > 3 and len(names) == 1:
        alone.append(re.compile(rf"\b{re.escape(names[0].rstrip('e'))}(?:ing|ion)\b"))  # «caching is on»
    for place in (match for form in alone for match in form.finditer(text)):
        after = _AFTER.match(text, place.end())
        if after:
            found.setdefault(after["on"] is not None, (place.start(), after.end()))
            continue
        words = [w for w in _BEFORE.finditer(text, max(0, place.start() - 30), place.start()) if _BETWEEN.fullmatch(text, w.end(), place.start())]
        if words:
            found.setdefault(words[-1]["on"] is not None, (words[-1].start(), place.end()))
    return next(iter(found.items())) if len(found) == 1 else None
