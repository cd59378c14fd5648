"""Numbers in words: «fifteen hundred», «two and a half», «two-thirds», «twenty-first», «nineteen eighty-four»."""

from __future__ import annotations

import re
from decimal import Decimal

from tellback.facts.kinds.quantity import Number, part
from tellback.facts.kinds.units import CARDINALS, FRACTIONS, ORDINALS, SCALES

_WORD = re.compile(r"[^\W\d_]+")
_GAP = re.compile(r"(?:[ \n]|-)(?:and[ \n])?")
_ARTICLE = re.compile(r"an?[ \n]", re.IGNORECASE)
_SCALE = re.compile(r" (thousand|million|billion|trillion)\b", re.IGNORECASE)
#: «twelve point five», «six dot twenty five»
_POINT = re.compile(r"[ \n](?:point|dot)[ \n](?=[a-z])", re.IGNORECASE)
_AND_A_HALF = re.compile(r"[ \n]and[ \n]a[ \n]half\b", re.IGNORECASE)
_HALF = re.compile(r"half[ -](?:a|an)?[ ]?(million|billion|thousand|dozen)\b", re.IGNORECASE)
#: Words that a number can begin with; the scanner looks for them.
STARTERS = frozenset(CARDINALS) | frozenset(ORDINALS) | frozenset(SCALES) | {"half", "a", "an"}

Spelled = tuple[Number, int, str]  # number, end, cardinal | ordinal


def read_spelled(text: str, at: int) -> Spelled | None:
    """The number in words that begins at `at`, None where there is none."""
    article = _ARTICLE.match(text, at)
    if article:
        return _after_article(text, article.end())
    first = _WORD.match(text, at)
    if first is None:
        return None
    word = first[0].lower()
    if word == "one" and text.startswith(" ", first.end()) and (part_of := _fraction(text, first.end() + 1)):
        return part_of
    if word == "half":
        return _half(text, at, first.end())
    if word in ORDINALS:
        return _ordinal(text, at, first.end(), ORDINALS[word])
    if word not in CARDINALS and word not in SCALES:
        return None
    return _cardinal(text, at)


def _after_article(text: str, at: int) -> Spelled | None:
    """«a hundred», «a dozen», «a third of», «a quarter of»; other articles begin no number."""
    word = _WORD.match(text, at)
    if word is None:
        return None
    lower = word[0].lower()
    if lower in SCALES:
        got = _cardinal(text, at)
        return got if got else None
    if lower == "dozen":
        return Decimal(12), word.end(), "cardinal"
    return _fraction(text, at)


def _fraction(text: str, at: int) -> Spelled | None:
    """«third of» after «a» or «one»."""
    word = _WORD.match(text, at)
    lower = word[0].lower() if word else ""
    if word and (lower == "quarter" or f"{lower}s" in FRACTIONS) and text.startswith(" of", word.end()):
        return part(1, FRACTIONS[lower if lower == "quarter" else f"{lower}s"]), word.end(), "cardinal"
    return None


def _half(text: str, at: int, end: int) -> Spelled | None:
    scaled = _HALF.match(text, at)
    if scaled:
        return Decimal({"dozen": 12}.get(scaled[1].lower()) or SCALES[scaled[1].lower()]) / 2, scaled.end(), "cardinal"
    before = text[max(0, at - 8) : at].lower()
    if text.startswith("-", end) or before.endswith(("first ", "second ", "other ", "better ", "latter ", "-")):
        return None
    return Decimal("0.5"), end, "cardinal"


def _ordinal(text: str, at: int, end: int, number: int) -> Spelled | None:
    if number in (1, 2):
        # «first» and «second» order a talk more often than things
        before = text[max(0, at - 6) : at].lower()
        if not before.endswith(("the ", "his ", "her ", "its ", "their ", "'s ", "a ")) or text[end : end + 5] == " time":
            return None
        if text[end : end + 1] not in (" ", "-"):
            return None
    return Decimal(number), end, "ordinal"


def _cardinal(text: str, at: int) -> Spelled:
    total, current, last = Decimal(0), None, ""
    scaled = False
    end = pos = at
    while True:
        match = _WORD.match(text, pos)
        word = match[0].lower() if match else ""
        with_and = pos > at and text[end:pos].endswith(("and ", "and\n"))
        if with_and and last not in ("hundred", "scale"):
            break
        if word in CARDINALS:
            n = CARDINALS[word]
            if current is None or last in ("hundred", "scale"):
                current = (current or 0) + n
            elif last == "tens" and 0 < n < 10:
                current += n
            elif last in ("teen", "tens", "both") and n >= 10 and 10 <= current < 100 and not scaled and not with_and:
                current = current * 100 + n  # nineteen eighty
                last = ""
                scaled = True
                end = match.end()
                last = "tens" if n >= 20 else "teen"
                gap = _GAP.match(text, end)
                if gap is None:
                    break
                pos = gap.end()
                continue
            else:
                break
            last = "tens" if n >= 20 else "teen" if n >= 10 else "unit"
            if last == "unit" and current and current >= 20:
                last = "both"
        elif word == "hundred" and not with_and and last != "hundred":
            current = (current or 1) * 100
            last, scaled = "hundred", True
        elif word in SCALES and not with_and and word != "hundred":
            if last == "scale":
                break
            total += (1 if current is None else current) * SCALES[word]
            current, last, scaled = None, "scale", True
        elif word in ORDINALS and 0 < ORDINALS[word] < 10 and last == "tens" and not with_and and text[end] == "-":
            return total + current + ORDINALS[word], match.end(), "ordinal"
        elif word in FRACTIONS and not with_and and last in ("unit", "") and total == 0 and _is_part(word, current):
            return part(int(current), FRACTIONS[word]), match.end(), "cardinal"
        else:
            break
        end = match.end()
        gap = _GAP.match(text, end)
        if gap is None:
            break
        pos = gap.end()
    number = total + (current or 0)
    half = _AND_A_HALF.match(text, end)
    if half:
        number, end = number + Decimal("0.5"), half.end()
    elif (point := _POINT.match(text, end)) and (behind := _behind_point(text, point.end())):
        number, end = number + behind[0], behind[1]
        if (scale := _SCALE.match(text, end)) and total == 0:
            number, end = number * SCALES[scale[1].lower()], scale.end()
    return Decimal(number), end, "cardinal"


def _behind_point(text: str, at: int) -> tuple[Decimal, int] | None:
    """The digits in words that begin at `at`, as a fraction of one, and their end: «five», «two five», «twenty five»."""
    digits, end, last = "", at, 0
    while (match := _WORD.match(text, at)) and (word := match[0].lower()) in CARDINALS:
        n = CARDINALS[word]
        if digits.endswith("0") and 0 < n < 10 and last >= 20:
            digits = digits[:-1]
        digits, end, last = digits + str(n), match.end(), n
        if text[end : end + 1] not in (" ", "-"):
            break
        at = end + 1
    return (Decimal(f"0.{digits}"), end) if digits else None


def _is_part(word: str, n: int | None) -> bool:
    return n is not None and (word.endswith("s") if n > 1 else not word.endswith("s"))
