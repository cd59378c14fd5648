"""Comparisons as signs: < <= > >= == != and their kin in shells and SQL. Those in words are read by the parse."""

from __future__ import annotations

import re

from tellback.facts.kinds.base import Examples, Value
from tellback.facts.kinds.signs import Sign

_FORMS = {
    "<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "==", "===": "==", "!=": "!=", "!==": "!=", "<>": "!=", "≤": "<=",
    "≥": ">=", "≠": "!=", "-lt": "<", "-le": "<=", "-gt": ">", "-ge": ">=", "-eq": "==", "-ne": "!=",
}  # fmt: skip
_WORDS = {
    "<": ("less than", "fewer than", "below", "under", "smaller than"),
    "<=": ("at most", "no more than", "not more than", "up to", "maximum", "or less"),
    ">": ("more than", "greater than", "above", "over", "larger than", "exceed"),
    ">=": ("at least", "no less than", "not less than", "minimum", "or more"),
    "==": (" is ", " equal"),
    "!=": (" not ", "n't ", "other than", "differ"),
}


class Comparison(Sign):
    """Between two spaced terms, or right before a number; arrows, tags and redirections compare nothing."""

    name = "comparison"
    rule = re.compile(
        r"(?<=[\w)\]\"'%] )(?:[<>]=?|===?|!==?|<>|[≤≥≠]|-(?:lt|le|gt|ge|eq|ne))(?= [\w(\"'$.@-])"
        r"|(?<=[\w)\]\"',])(?:[<>]=?|[=!]==?|[≤≥])(?=\d)"
        r"|(?<=[\"'\s(:])(?:[<>]=?|[≤≥]|[=!]=)(?=\d)"
    )
    before = re.compile(r"[\w.$%\"'\])-]+[ \t]?$")
    after = re.compile(r"[ \t]?[\w.$%\"'(-]*\w")
    starts = re.compile(r"[<>≤≥≠=!-](?:[=><\d\s\"'$.@]|l[te]|g[te]|eq|ne|$)?")
    examples = Examples(
        found={"if x < low": "<", "if [ n -ge m ]": ">=", "a !== b": "!=", "while a <> b": "!=", "x ≤ y": "<="},
        same=[("if x <= y", "if x ≤ y"), ("a === b", "a == b"), ("a <> b", "a != b")],
        other=[("if x < y", "if x <= y"), ("a == b", "a != b"), ("a > b", "a < b")],
        none=["f(x) -> int", "x => y", "Ann <ann>", "<b>bold</b>", "> quoted", "a << b", "cat a >b"],
    )

    def canonical(self, words: str) -> str | None:
        return _FORMS.get(words)

    def in_other_words(self, value: Value, said: str, sentence: str) -> bool:
        return any(words in sentence for words in _WORDS[value.keys[0]])


COMPARISON = Comparison()
