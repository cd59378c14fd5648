"""Text that a tokenizer has parted: «15, 000», «7. 8 per cent», «a 16 - year - old», «does n't», «` so '», «`` so ''»."""

from __future__ import annotations

import re

SAMPLE = 20_000  # characters in which a sign of a tokenizer is looked for: it leaves them everywhere
_JOINT = "\u200b"  # in the place of a space that no writer would set: folding lets it vanish, and offsets stay

_UNIT = r"(?:million|billion|trillion|thousand|bn|mn?|k|per ?cent|percent|%|pc|km|kg|cm|mm|miles?|metres?|meters?|feet|foot|inch(?:es)?|points?|seconds?|minutes?|hours?|times)\b"
#: Signs of a tokenizer; one of them is enough.
_PARTED = re.compile(r"\w n't\b|\w '(?:s|re|ve|ll)\b|\w ,(?= \w)|\b\d{1,3}, 000\b"
                     r"|[$£€] \d{1,3}, \d{3}\b(?!,? (?:and|or|to) )|\b(?:of|over|about|than|nearly|almost|some|by|at|around|with|for|were|are|only|under|the) \d{1,3}, \d{3} (?!and\b|or\b|to\b)[a-z]{3}|\b\d+\. \d+ " + _UNIT)
#: A tokenizer that parts words at their hyphens; by itself a hyphen between spaces is a dash.
_HYPHENS = re.compile(r"(?<![-\w])\d+ - [a-z]+ - [a-z]")
_HYPHENED = re.compile(r"(?<![-\w])\w+ - \w+ - \w+(?: - \w+)*(?! -)")
_JOINS = tuple(
    map(re.compile, (
        r"(?<![\d.,])\d{1,3}(?: ?, ?\d{3})+(?![\d,]|\.\d| (?:and|or|to) \d)",  # digits in groups
        r"(?<=[$£€]) ?\d+ ?\. ?\d+(?!\d)",
        r"(?<![\d.,])\d+ ?\. ?\d+(?=%|[ -]" + _UNIT + r"|[.,;)](?:\s|$))",
        r"(?<=\w) (?=n't\b)",
        r"(?<=\w) (?='(?:s|re|ve|ll|d|m)\b)",
        r"(?<=[\w%)]) (?=[,.;:?!](?:\s|$))",
    ))
)  # fmt: skip
#: A quotation between a backtick and an apostrophe, as LaTeX and some news sets write it, which is no code: no backtick closes it.
_QUOTED = re.compile(r"(?<![\w`])`(?= ?[\w$][^`\n]{0,300}?[^`]'(?![\w'`])(?![^`\n]{0,400}(?:(?<=[\w`])`|`(?![\w$ ]))))")
_DOUBLED = re.compile(r"(?<![`\w])``(?!`) ?(?=[^`\n]{1,300}?'')|(?<=[^\s'])''(?![\w'])")


def joined(text: str) -> str:
    """`text` of the same length with a zero-width joint for each space that a tokenizer has put within a number, a word or before a
    sign, and with plain quotation marks; any other text as it is."""
    if "`" in text:
        if "``" in text and "```" not in text and "''" in text:
            text = _DOUBLED.sub(lambda marks: '"' + _JOINT * (len(marks[0]) - 1), text)
        text = _QUOTED.sub("'", text)
    if " - " in text and _HYPHENS.search(text, 0, SAMPLE):
        text = _HYPHENED.sub(_without_spaces, text)
    if any(sign in text for sign in (", ", ". ", " '", " n't")) and _PARTED.search(text, 0, SAMPLE):
        for pattern in _JOINS:
            text = pattern.sub(_without_spaces, text)
    return text


def _without_spaces(found: re.Match[str]) -> str:
    return found[0].replace(" ", _JOINT)


def as_written(text: str) -> str:
    """`text` without what a tokenizer has put into it; offsets do not stay."""
    return joined(text).replace(_JOINT, "")
