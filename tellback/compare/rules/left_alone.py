"""What is to be left alone told as changed: «leave src/old alone» told as «remove src/old»."""

from __future__ import annotations

import re

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse
from tellback.language.lexicon import NEGATORS, words
from tellback.language.stems import stem
from tellback.records import Span

_KEPT = re.compile(
    r"\b(?:(?:leave|leaving|keep|keeping)\s+(?P<a>[^.,;:\n]{2,70}?)\s+(?:alone|untouched|unchanged|unmodified|intact|as[- ]is|as (?:it|they) (?:is|are|was|were))\b"
    r"|(?:do not|don['’]t|never|must not|mustn['’]t|should not|shouldn['’]t|may not|not to|without)\s+(?:touch|touching|chang(?:e|ing)|modify(?:ing)?|edit(?:ing)?|alter(?:ing)?)\s+"
    r"(?P<b>[^.,;:\n]{2,70}))", re.I
)  # fmt: skip
_CHANGED = re.compile(
    r"\b(?:remov(?:e|es|ed|ing)|delet(?:e|es|ed|ing)|drop(?:s|ped|ping)?|chang(?:e|es|ed|ing)|modif(?:y|ies|ied|ying)|edit(?:s|ed|ing)?|rewr(?:ite|ites|ote|itten|iting)|"
    r"refactor(?:s|ed|ing)?|renam(?:e|es|ed|ing)|replac(?:e|es|ed|ing)|overwr(?:ite|ites|ote|itten|iting)|alter(?:s|ed|ing)?|eras(?:e|es|ed|ing)|purg(?:e|es|ed|ing)|"
    r"discard(?:s|ed|ing)?|rework(?:s|ed|ing)?|(?:re)?paint(?:s|ed|ing)?|retouch(?:es|ed|ing)?|crop(?:s|ped|ping)?|resiz(?:e|es|ed|ing)|trim(?:s|med|ming)?|"
    r"shorten(?:s|ed|ing)?|reword(?:s|ed|ing)?|rephras(?:e|es|ed|ing)|translat(?:e|es|ed|ing)|reorder(?:s|ed|ing)?|rearrang(?:e|es|ed|ing)|restructur(?:e|es|ed|ing)|"
    r"reformat(?:s|ted|ting)?|convert(?:s|ed|ing)?|upgrad(?:e|es|ed|ing)|migrat(?:e|es|ed|ing)|renovat(?:e|es|ed|ing)|rebuil(?:d|ds|t|ding)|demolish(?:es|ed|ing)?)\b", re.I
)  # fmt: skip
_WORD = re.compile(r"[\w.-]*[\w/][\w./-]*\w|\w+")
#: Where a phrase goes on with something else: «do not touch the lexer when you refactor».
_ENDS = re.compile(r"\s(?:when|while|until|till|before|after|because|since|unless|if|for|in order|and|or|but|so|at all|yet|please|without)\b|\s?[(\[\"«]", re.I)
_LIGHT = words("the a an any all our your my his her its their this that these those anything everything it them file files folder directory of in under to")
_KEEPING = NEGATORS | words("without avoid avoids avoided avoiding forbidden forbid prohibited except leave leaving left untouched unchanged alone instead should must may could would if unless")
_CUT = re.compile(r"[,;:\n]|\b(?:and|but|while|whereas)\b")
_NEAR = 70  # characters between what is changed and the word that says so


class LeftAlone(TextRule):
    name = "left alone"
    kinds = ("negation",)
    reasons = (Reason.LEFT_ALONE,)
    found = (
        Found("Leave src/old alone.", "Remove src/old.", "Leave src/old alone", "Remove src/old"),
        Found("Keep the photos of the mill as they are.", "Retouch the photos of the mill.", "Keep the photos of the mill as they are", "Retouch the photos of the mill"),
        Found("Please don't touch the lexer. The parser may be split in two files.", "The parser was split in two and the lexer was rewritten.",
              "don't touch the lexer", "lexer was rewritten"),
    )  # fmt: skip
    harmless = (
        Harmless("Leave src/old alone.", "src/old must not be changed."),
        Harmless("Please don't touch the lexer. Rewrite the parser.", "The parser is to be rewritten without touching the lexer."),
        Harmless("Do not edit the lease. Later Ida said to edit the lease after all.", "Ida edited the lease."),
        Harmless("Leave the old pump alone.", "The old valve next to the pump house was removed."),
    )

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        kept = list(_KEPT.finditer(s.text))
        changes = list(_CHANGED.finditer(o.text)) if kept else []
        if not changes:
            return []
        allowed = list(_CHANGED.finditer(s.text))
        out = []
        for match in kept:
            named = _named(match["a"] or match["b"])
            if not named or any(_changes(s, one, named, match.span()) for one in allowed):
                continue
            for change in changes:
                if (span := _changes(o, change, named)) is not None:
                    drift = Drift("negation", match.span() if match["a"] else (match.start(), match.start("b") + _length(match["b"])), span, Reason.LEFT_ALONE)
                    out.append(Placed(s.sentence_at(match.start()), o.sentence_at(change.start()), drift))
                    break
        return out


def _length(phrase: str) -> int:
    ends = _ENDS.search(phrase)
    return ends.start() if ends else len(phrase.rstrip())


def _named(phrase: str) -> list[str]:
    """The stems of the words of a phrase that say what it names, without what follows it; empty where it names nothing, or much."""
    found = [stem(word.lower()) for word in _WORD.findall(phrase[: _length(phrase)]) if word.lower() not in _LIGHT]
    return found if len(found) <= 5 else []


def _changes(p: Parse, change: re.Match[str], named: list[str], without: Span | None = None) -> Span | None:
    """The words, verb and object, by which a text says of what is `named` that it is changed; None where it does not."""
    if without is not None and without[0] <= change.start() < without[1]:
        return None
    first, last = p.sents[p.sentence_at(change.start())]
    start, stop = p.start[first], p.span(last - 1, last - 1)[1]
    clause = _clause(p.text, start, stop, change.start())
    if not _KEEPING.isdisjoint(re.findall(r"n't|[a-z]+(?=n't)|[a-z]+", p.text[slice(*clause)].lower().replace("’", "'"))):
        return None
    at: list[Span] = []
    near = [(m.span(), stem(m[0].lower())) for m in _WORD.finditer(p.text, max(clause[0], change.start() - _NEAR), min(clause[1], change.end() + _NEAR))]
    for name in named:
        places = [span for span, key in near if key == name or ("/" in name or "." in name) and key.endswith("/" + name)]
        if not places:
            return None
        at.append(min(places, key=lambda span: abs(span[0] - change.start())))
    at.sort()
    if sum(word.lower() not in _LIGHT for word in p.text[at[0][0] : at[-1][1]].split()) > len(named) + 1:
        return None
    before = at[-1][1] <= change.start()
    between = p.text[at[-1][1] : change.start()] if before else p.text[change.end() : at[0][0]]
    if before and not re.search(r"\b(?:is|are|was|were|be|been|being|got|gets?)\b", between) or len(between.split()) > 3:
        return None
    return min(at[0][0], change.start()), max(at[-1][1], change.end())


def _clause(text: str, start: int, stop: int, at: int) -> Span:
    """The part of [start, stop) between commas and «and» that holds `at`."""
    first = max((m.end() for m in _CUT.finditer(text, start, at)), default=start)
    last = next((m.start() for m in _CUT.finditer(text, at, stop)), stop)
    return first, last
