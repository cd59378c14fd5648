"""Unicode folded to what the value rules read, with the way back to the original offsets."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from tellback.facts.parted import joined
from tellback.records import Span

# dashes that stand for hyphen, minus or range; the em dash parts clauses and stays
_DASHES = dict.fromkeys("‐‑‒–−﹣－", "-")
_QUOTES = dict.fromkeys("’‘ʼ′`´", "'") | dict.fromkeys("“”„‟«»″", '"')
_GROUPS = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_EMPHASIS = re.compile(r"(?<![\w*])\*\*((?=[\w$€£+-])[^*\n]{0,200}?(?<=[\w%.)°]))\*\*(?!\w)")
#: A word that the end of a line parts; a number in words keeps its hyphen, and capitals begin another word.
_PARTED = re.compile(r"(?<=[A-Za-z][a-z])(?<!ty)-[ \t]*\n[ \t]*(?=[a-z]{2})")
#: Months and weekdays of a text without capitals; those that are other words too beside a day or after a preposition only.
_DAY = r"(?= \d{1,2}(?:st|nd|rd|th)?(?![\d:.,]\d))"
_UNCASED = re.compile(
    r"\b(?:(?:january|february|april|june|july|september|october|november|december)\b|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|"
    rf"(?:march|may|august|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b{_DAY}|"
    r"(?<=\bin )(?:march|may|august)\b(?! (?:the|a|an|we|you|i|they|he|she|it)\b))"
)
_SAMPLE, _CAPITALS = 4000, re.compile(r"[A-Z]")
_UNKNOWN = re.compile(r"\bUNK\b|\[UNK\]|<unk>")
_KEPT = "`"  # an ASCII sign: it marks code


@dataclass(frozen=True, slots=True)
class Folded:
    """`text` as folded; `cuts` are the folded offsets after which the two texts run apart, and by how much."""

    text: str
    cuts: tuple[int, ...] = ()
    shifts: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> Span:
        """Characters [start, end) of the folded text, in the original."""
        if not self.cuts:
            return start, end
        return self._at(start), self._at(end - 1) + 1 if end > start else self._at(end)

    def _at(self, offset: int) -> int:
        i = bisect_right(self.cuts, offset) - 1
        return offset if i < 0 else offset + self.shifts[i]


def fold(text: str) -> Folded:
    """Full-width and other compatibility forms as plain ones, every space a space, minus and en dash a hyphen, curly
    quotes straight; zero-width and control characters vanish. Superscripts and fractions stay («10²» is not «102»).
    Letters of other scripts that look alike stay different letters.
    """
    text = joined(text)
    if _is_uncased(text):
        text = _UNCASED.sub(lambda name: name[0].capitalize(), text)
    if "**" in text:  # emphasis parts no words: its signs vanish like zero-width ones
        text = _EMPHASIS.sub(lambda bold: f"\u200b\u200b{bold[1]}\u200b\u200b", text)
    if "-\n" in text:
        text = _PARTED.sub(lambda parted: "\u200b" * len(parted[0]), text)
    if "\u00a0" in text or "\u2009" in text or "\u202f" in text:
        text = _GROUPS.sub("'", text)  # a narrow space between digits groups them
    strange = {c for c in set(text) if not (c.isascii() and (c.isprintable() or c in "\n\t"))}
    if not strange:
        return Folded(text)
    table = {c: _plain(c) for c in strange}
    if all(len(plain) == 1 for plain in table.values()):
        return Folded(text.translate(str.maketrans(table)))
    pieces, cuts, shifts = [], [], []
    last = at = 0  # at: folded length so far
    odd = {c for c, plain in table.items() if len(plain) != 1}
    ones = str.maketrans({c: plain for c, plain in table.items() if len(plain) == 1})
    for match in re.finditer(f"[{re.escape(''.join(odd))}]", text):
        i, plain = match.start(), table[match[0]]
        pieces += [text[last:i].translate(ones), plain]
        at += i - last
        for j in range(len(plain)):  # every letter of a long form points at the one sign that it came from
            cuts.append(at + j)
            shifts.append(i - at - j)
        at += len(plain)
        last = i + 1
        cuts.append(at)
        shifts.append(last - at)
    pieces.append(text[last:].translate(ones))
    return Folded("".join(pieces), tuple(cuts), tuple(shifts))


def _is_uncased(text: str) -> bool:
    """Whether a text is written without capitals, as models that know none write; their sign for a word that they do not know
    has three."""
    sample = _UNKNOWN.sub("", text[:_SAMPLE])
    return len(sample) > 20 and len(_CAPITALS.findall(sample)) <= 0.002 * len(sample)


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if char in _DASHES:
        return "-"
    if char in _QUOTES and char not in _KEPT:
        return _QUOTES[char]
    category = unicodedata.category(char)
    if char in "\r\v\f\u2028\u2029\x85":
        return "\n"
    if category == "Zs":
        return " "
    if category in ("Cc", "Cf"):
        return ""
    if category in ("No", "Cs", "Mn"):
        return char
    if category == "Nd":
        return str(unicodedata.digit(char))
    plain = unicodedata.normalize("NFKC", char)
    return plain if " " not in plain else char  # spacing accents become a space and a mark: leave them
