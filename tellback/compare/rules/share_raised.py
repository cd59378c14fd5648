"""What the source says of a part told of the whole: «two of the five had moved» told as «all five had moved»."""

from __future__ import annotations

import re

from tellback.compare.binding.matter import Matters
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse
from tellback.language.stems import stem
from tellback.language.words import SMALL
from tellback.records import Span

#: Words that tell something of a whole, with the number or noun behind them.
_NUMBER = r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_WHOLE = re.compile(
    rf"(?<!not )(?<!at )(?<!above )(?<!after )(?<!of )\b(?:all(?: of)?(?: the| its| their)?(?: {_NUMBER})? (?=[a-z]+)|every (?!other|day|week|month|year|hour|time|\d)(?=[a-z]+)|each and every|each of the"
    rf"|both(?: of)?(?: the)? (?=[a-z]+)|none of the|the whole|the entire|everybody|everyone|everywhere|anywhere|at any time|at all times|always|throughout|without exception)\b", re.I
)  # fmt: skip
#: Words that tell something of a part.
_PART = re.compile(
    rf"\b(?:{_NUMBER} (?:out )?of (?:the |its |their |these |those |our )?(?:{_NUMBER}|[a-z]+)|most|some|several|half|a third|a quarter|a few|few|the majority|a minority|a (?:smaller|small|large) number|one of the|part of|parts of"
    rf"|except|apart from|other than|but not|only|else|others|the rest|the other|the remaining|not yet|\w+ left|by contrast|vanished|disappeared|instead)\b", re.I
)  # fmt: skip
_EXCEPT, _TWO = ("except", "apart from", "other than", "but not"), ("the other", "the rest", "others", "else", "instead", "the remaining")
_TIME = re.compile(r"at a|always|any|every(?:where|body|one)|throughout|without", re.I)
#: What limits for whom or when something holds.
_LIMIT = re.compile(r"\b(?:if|unless|provided(?: that)?|on condition that|as long as|(?:those|pupils|students|people|patients|customers|members) (?:on|with|in|who|whose|from|under|over))\b ([^,.;:]+)", re.I)
_SMALL_STEMS = frozenset(map(stem, SMALL))
_SAME = re.compile(r"\b(?:all|every|each|everyone|everybody|any|anybody|anyone|whole|entire|entirely|throughout|always|none|no|never|complete|completely|nobody|both)\b", re.I)


class ShareRaised(TextRule):
    name = "share raised"
    kinds = ("quantifier",)
    reasons = (Reason.SHARE_RAISED,)
    found = (
        Found("The farms were warned at dusk; two of the five had already moved their sheep.", "All five farms had already moved their sheep when they were warned.",
              "two of the five", "All five"),
        Found("The pass is valid on all buses, except on Fridays after four.", "With the pass the buses are free at any time.", "except", "at any time"),
    )  # fmt: skip
    harmless = (
        Harmless("The farms were warned at dusk; two of the five had moved their sheep.", "All five farms were warned, and two had moved their sheep."),
        Harmless("The pass is valid on all buses, except on Fridays.", "The pass is valid on all buses but not on Fridays."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        found = list(_WHOLE.finditer(o.text))
        if not found or not _PART.search(s.text):
            return []
        matters, out = Matters(s.text, o.text), []
        for whole in found:
            here = _turned(s, o, matters, whole.span())
            if here is not None:
                said = o.text[slice(*whole.span())].strip()
                end = whole.start() + len(said)
                drift = Drift("quantifier", here, (whole.start(), end), Reason.SHARE_RAISED, (s.text[slice(*here)], said), with_clause=True)
                out.append(Placed(s.sentence_at(here[0]), o.sentence_at(whole.start()), drift))
        return out


def _turned(s: Parse, o: Parse, matters: Matters, whole: Span) -> Span | None:
    """Where the source says of a part what the output says at `whole`; None where it does not."""
    theirs = o.text[slice(*_sentence(o, o.sentence_at(whole[0])))]
    if _PART.search(theirs):
        return None
    told = [_sentence(s, s.sentence_at(start)) for start in matters.told_in(whole[1])]
    if theirs in s.text or any(_universal(s.text[slice(*source)], o.text[slice(*whole)]) for source in told):
        return None
    for source in told:
        mine = s.text[slice(*source)]
        part = _part(mine, o.text[slice(*whole)], theirs) or _limit(mine, o)
        if part is not None:
            return source[0] + part.start(), source[0] + part.end()
    return None


def _universal(sentence: str, whole: str) -> bool:
    """Whether a sentence of the source has the word that tells of a whole itself."""
    return re.search(rf"\b{whole.split()[0]}\b", sentence, re.I) is not None and not _TIME.match(whole)


def _part(sentence: str, whole: str, said: str) -> re.Match[str] | None:
    """The words of a sentence that tell something of a part only, where nothing in it tells of a `whole`."""
    for found in _PART.finditer(sentence):
        left_out = found[0].lower() in _EXCEPT
        if whole.lower().startswith("both") and found[0].lower() in _TWO or found[0].split()[0].lower() in said.lower().split():
            continue
        if found[0].lower() == "only" and not _TIME.match(whole):
            continue  # «only» looks to one word of its sentence, which may be another
        if left_out and _TIME.match(whole) or not _SAME.search(sentence.replace(found[0], "")):
            return found
    return None


def _limit(sentence: str, o: Parse) -> re.Match[str] | None:
    """Where a sentence says for whom or when alone it holds, in words of which the output has none."""
    found = _LIMIT.search(sentence)
    said = {stem(word) for word in re.findall(r"[^\W_]{3,}", found[1].lower())} - _SMALL_STEMS if found else set()
    return found if said and said.isdisjoint(o.key) else None


def _sentence(p: Parse, n: int) -> Span:
    first, stop = p.sents[n]
    return p.start[first], p.span(stop - 1, stop - 1)[1]
