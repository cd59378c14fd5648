"""Whether an item of a list is ticked, told in words: `- [ ] write the docs` told as «the docs are written»."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tellback.compare.values.mentions import Mentions
from tellback.compare.values.switches import Switch
from tellback.language.inflection import past
from tellback.language.lexicon import words
from tellback.language.stems import stem
from tellback.records import Span

_BOX = re.compile(r"\[[ xX]\]$")
_ITEM = re.compile(r"[ \t]+([^\n]+)")
_WORD = re.compile(r"[a-z][a-z'-]+|\d+")
_LIGHT = words("the a an and or of to in on for with by at from as it its is are be all new our your my this that some any up out")
_CLAUSE = re.compile(r"[^\s.;,][^.;,\n]*?(?=[.;,\n]|$| (?:and|but|while|whereas|though)\b)")
_TO_DO = re.compile(
    r"\b(?:to be|yet to|not(?: yet)?|n't|remain\w*|pending|outstanding|open|left|todo|to do|unfinished|incomplete|still (?:has|have|needs?|to|missing)|needs? to|must|next|"
    r"missing|undone|unchecked|will|should)\b"
)
_DONE = re.compile(r"\b(?:done|finished|completed?|ready|ticked|closed|landed|merged|in place|through|checked off)\b")
_IS = re.compile(r"\b(?:is|are|was|were|been|has|have|got|we|i|they|already)\b|'ve\b")
MOST = 200  # items that are looked for


def boxes(s: Mentions, o: Mentions, open_: list[int]) -> Iterator[Switch]:
    """What the output says in words of its own of the items of the source that are ticked or not."""
    items = [(m, *item) for m in open_ if s.mentions[m].kind == "boolean" and (item := _item(s, m)) is not None][:MOST]
    if not items:
        return
    clauses = [(match.span(), {stem(word) for word in _WORD.findall(match[0])}, match[0]) for match in _CLAUSE.finditer(o.text.lower)]
    for m, verb, named, whole in items:
        others = [their for k, _, their, _ in items if k != m]
        told: dict[bool, Span] = {}
        for span, stems, text in clauses:
            if named <= stems and not any(named < their <= stems for their in others) and (done := _is_done(text, verb)) is not None:
                told.setdefault(done, span)
        if len(told) == 1:
            (done, span) = next(iter(told.items()))
            yield Switch(m, done != (s.values[m].keys[0] == "true"), whole, span)


def _item(s: Mentions, m: int) -> tuple[str, set[str], Span] | None:
    """(the word that an item begins with, the stems of its others or, where it has none, of that one, its place)."""
    start, end = s.mentions[m].span
    if not _BOX.search(s.read.text, start, end) or (item := _ITEM.match(s.read.text, end)) is None:
        return None
    found = [word for word in _WORD.findall(item[1].lower()) if word not in _LIGHT]
    named = {stem(word) for word in found[1:]} or {stem(word) for word in found}
    return (found[0], named, (start, item.end(1))) if named else None


def _is_done(clause: str, verb: str) -> bool | None:
    """Whether a clause says that something is done, or that it is still to be; None where it says neither."""
    if _TO_DO.search(clause):
        return False
    if _DONE.search(clause):
        return True
    forms = {verb, f"{verb}n", f"{verb}en", past(verb) or verb, _participle(verb)}
    said = any(stem(word) == stem(verb) and word != verb or word in forms - {verb} for word in _WORD.findall(clause))
    return True if said and _IS.search(clause) else None


def _participle(verb: str) -> str:
    return {"write": "written", "rewrite": "rewritten", "draw": "drawn", "choose": "chosen", "freeze": "frozen", "break": "broken", "do": "done",
            "take": "taken", "give": "given", "show": "shown", "throw": "thrown", "drive": "driven", "run": "run", "begin": "begun"}.get(verb, verb)  # fmt: skip
