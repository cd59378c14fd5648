"""What a text says not to be there, or not to be done, told as there or as allowed: «no evidence of a break» told as «showed a
break», «never push to main» as «pushing to main is fine»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tellback.compare.binding.tokens import CLAUSE, COMMA, Tokens, tokens
from tellback.records import Span

_SIGNS = r"(?:evidence|signs?|history|traces?|indications?|proof|symptoms?|hints?|reports?|records?|mention|suspicion)"
_ABSENT = re.compile(
    rf"\b(?:no|without|any) (?:[a-z]+ ){{0,2}}{_SIGNS} (?:of|for) |\b(?:denie[sd]|denying|free of|free from|negative for|clear of|absence of|lack of|"
    rf"ruled out|rules out|excluded|excludes) ", re.I
)  # fmt: skip
_THERE = re.compile(
    r"\b(?:show(?:s|ed|n|ing)?|reveal(?:s|ed|ing)?|found|finds|confirm(?:s|ed|ing)?|demonstrate[sd]?|detect(?:s|ed)?|ha[sd]|have|develop(?:s|ed)?|"
    r"diagnosed|suffer(?:s|ed|ing)?|proved|proves|identified|evident|present|admit(?:s|ted)?|report(?:s|ed)?|complain(?:s|ed)?)\b", re.I
)  # fmt: skip
_NOT_THERE = re.compile(
    r"\b(?:no|not|never|none|nor|neither|without|cannot|den(?:y|ies|ied|ying)|free|negative|absen(?:t|ce)|lack(?:s|ed|ing)?|exclud\w+|rul(?:e|es|ed|ing) out|clear|"
    r"unlikely|if|whether|any|could|may|might|possible|possibly|suspected|risk|unless|hardly|unable)\b|n't", re.I
)  # fmt: skip
_FORBIDDEN = re.compile(r"(?:^|[.!?:;,]\s|\n\s*(?:[-*•] |\d+[.)] )?|\b(?:but|and) )(?:please )?(?:never|do not|don't|no) (?=[a-z])", re.I)
_ALLOWED = re.compile(r"\b(?:fine|ok|okay|allowed|permitted|welcome|encouraged|acceptable|all right|alright|free to)\b", re.I)
_MOST = 3  # words of a thing


@dataclass(frozen=True, slots=True)
class Denied:
    """Where the source says that something is not, and where the output says that it is."""

    source: Span
    output: Span


@lru_cache(maxsize=4)
def told_as_there(source: str, output: str) -> tuple[Denied, ...]:
    """What the source denies or forbids and the output states or allows."""
    s, o = tokens(source), tokens(output)
    return tuple((*_there(s, o), *_allowed(s, o)))


def _there(s: Tokens, o: Tokens) -> Iterator[Denied]:
    for match in _ABSENT.finditer(s.text):
        first = next((k for k, token in enumerate(s.all) if token.start >= match.end()), None)
        if first is None:
            continue
        thing = [k for k in s.segment(first, COMMA) if k >= first][:_MOST]
        if not thing:
            continue
        keys = {s.all[k].key for k in thing}
        end = next((k for k in reversed(thing) if len(o.at.get(s.all[k].key, ())) == 1 == len(s.at[s.all[k].key])), None)
        if end is None:
            continue
        n = o.at[s.all[end].key][0]
        here = o.segment(n, COMMA)
        words = _said(o, here)
        if len(keys & o.keys(o.segment(n, CLAUSE))) >= min(len(keys), 2) and _THERE.search(words) and not _NOT_THERE.search(words):
            yield Denied((match.start(), s.all[end].end), (o.all[here[0]].start, o.all[here[-1]].end))


def _allowed(s: Tokens, o: Tokens) -> Iterator[Denied]:
    for match in _FORBIDDEN.finditer(s.text):
        first = next((k for k, token in enumerate(s.all) if token.start >= match.end()), None)
        if first is None or s.all[first].start != match.end():
            continue
        deed = [k for k in s.segment(first, COMMA) if k >= first]
        keys = {s.all[k].key for k in deed if len(o.at.get(s.all[k].key, ())) == 1}
        if len(keys) < 2 or s.all[first].key not in keys:
            continue
        here = o.segment(o.at[s.all[first].key][0], COMMA)
        words = _said(o, here)
        if keys <= o.keys(here) and _ALLOWED.search(words) and not _NOT_THERE.search(words):
            yield Denied((match.end(), s.all[deed[-1]].end), (o.all[here[0]].start, o.all[here[-1]].end))


def _said(t: Tokens, here: range) -> str:
    """The words of a segment, with the small ones before and behind it."""
    start = t.all[here[0] - 1].end if here[0] else 0
    return t.text[start : t.all[here[-1] + 1].start if here[-1] + 1 < len(t.all) else len(t.text)]
