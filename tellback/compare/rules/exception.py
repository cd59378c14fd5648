"""What a statement leaves out is counted in, or the other way round: «except the deposit» told as «even the deposit»,
«only editors» told as «everyone»."""

from __future__ import annotations

from collections.abc import Iterator

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse
from tellback.language.lexicon import EVERYONE, NEGATORS, NOBODY

_OUT = frozenset(["except", "excepting", "excluding", "barring", "save"])
_OUT_WITH = {"apart": "from", "other": "than", "aside": "from"}
_IN = frozenset(["including", "even", "includes", "include", "also"])
_WHOLE = frozenset(["all", "every", "everything", "everyone", "everybody", "any", "anyone", "anybody", "anything", "nobody", "none", "nothing", "no"])
_NONE = NOBODY | {"no", "never"}
_EACH = frozenset(["all", "any", "every", "each"])
_ONLY = frozenset(["only", "just", "merely"])
_NEAR = 6  # words from «except» to what it leaves out
_LONGEST = 9  # words of a phrase that is shown
_LEAST = 2  # words of what is said that both sentences share


class ExceptionTurned(Rule):
    name = "exception turned"
    kinds = ("quantifier",)
    reasons = (Reason.EXCEPTION_TURNED, Reason.ONLY_AGAINST_EVERY)
    found = (
        Found("All fees are refunded, except the deposit.", "All fees are refunded, including the deposit.", "except the deposit", "including the deposit"),
        Found("The pool is open even in winter.", "The pool is open except in winter.", "even in winter", "except in winter"),
        Found("Only editors can publish pages.", "Everyone can publish pages.", "Only editors can publish", "Everyone can publish"),
        Found("All members may vote on fees.", "Only founders may vote on fees.", "All members may vote", "Only founders may vote"),
        Found("The shop is closed except on Mondays.", "The shop is closed on Mondays.", "except on Mondays", "Mondays"),
        Found("All but two of the ferries came back.", "Only two of the ferries came back.", "All but two", "Only two"),
    )
    harmless = (
        Harmless("All fees are refunded, except the deposit.", "All fees but the deposit are refunded."),
        Harmless("Only editors can publish pages.", "Pages can be published by editors only."),
        Harmless("The shop is closed except on Mondays.", "The shop is open on Mondays only."),
        Harmless("The shop is open even on Mondays.", "The shop is open on Mondays too."),
        Harmless("Nobody but the porter knew the code.", "The porter knew the code."),
        Harmless("Only editors can publish pages.", "Nobody but editors can publish pages."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        return [*self._excepted(pair), *self._only(pair), *_all_but_so_many(pair)]

    def _excepted(self, pair: SentencePair) -> Iterator[Drift]:
        s, o = pair.s, pair.o
        marks = [{noun: (way, at) for way, at, noun in _marked(p, k)} for p, k in ((s, pair.i), (o, pair.j))]
        for noun in marks[0].keys() & marks[1].keys():
            (way, a), (other, b) = marks[0][noun], marks[1][noun]
            if way != other:
                yield Drift("quantifier", s.span(a, _phrase_end(s, a)), o.span(b, _phrase_end(o, b)), Reason.EXCEPTION_TURNED)
        mine, theirs = (p.content(*p.sents[k]) for p, k in ((s, pair.i), (o, pair.j)))
        denied = any(o.low[k] in NEGATORS for k in range(*o.sents[pair.j]))
        for noun, (way, a) in marks[0].items() if not denied else ():
            if way == "out" and not _of_none(s, a) and noun not in marks[1] and not marks[1] and mine.keys() - {s.key[a]} <= theirs.keys() and not _says_only(o, pair.j):
                b = next(k for k in range(*o.sents[pair.j]) if o.key[k] == noun)
                yield Drift("quantifier", s.span(a, _phrase_end(s, a)), o.span(b, b), Reason.EXCEPTION_TURNED)

    def _only(self, pair: SentencePair) -> Iterator[Drift]:
        s, o = pair.s, pair.o
        mine, theirs = (p.content(*p.sents[k]) for p, k in ((s, pair.i), (o, pair.j)))
        for first, second, turned in ((s, o, False), (o, s, True)):
            i, j = (pair.j, pair.i) if turned else (pair.i, pair.j)
            only = _only_whom(first, i)
            every = _everyone(second, j, only[1]) if only else None
            if only is None or every is None or _says_only(second, j):
                continue
            said = (mine.keys() & theirs.keys()) - {only[1]}
            if len(said) >= _LEAST and only[1] not in (mine if turned else theirs):
                a, b = (every, only[0]) if turned else (only[0], every)
                yield Drift("quantifier", s.span(a, _clause_verb(s, a)), o.span(b, _clause_verb(o, b)), Reason.ONLY_AGAINST_EVERY)


def _all_but_so_many(pair: SentencePair) -> Iterator[Drift]:
    """«All but two» told as «only two», or the other way round."""
    (mine, only), (theirs, theirs_only) = (({p.low[k + 2]: k for k in range(a, b - 2) if p.low[k : k + 2] == ["all", "but"] and p.pos[k + 2] == "NUM"},
                                            {p.low[k + 1]: k for k in range(a, b - 1) if p.low[k] in _ONLY and p.pos[k + 1] == "NUM"})
                                           for p, (a, b) in ((pair.s, pair.s.sents[pair.i]), (pair.o, pair.o.sents[pair.j])))  # fmt: skip
    for a, b, wide in ((mine, theirs_only, (2, 1)), (only, theirs, (1, 2))):
        for number in a.keys() & b.keys():
            yield Drift("quantifier", pair.s.span(a[number], a[number] + wide[0]), pair.o.span(b[number], b[number] + wide[1]), Reason.EXCEPTION_TURNED)


def _marked(p: Parse, sentence: int) -> Iterator[tuple[str, int, str]]:
    """("out" or "in", the word that says so, the stem of what it leaves out or counts in)."""
    first, last = p.sents[sentence]
    for k in range(first, last):
        word, after = p.low[k], p.low[k + 1] if k + 1 < last else ""
        out = word in _OUT or _OUT_WITH.get(word) == after or word == "but" and _leaves_out(p, first, k, last)
        if out or word in _IN:
            noun = next((p.key[i] for i in range(k + 1, min(k + _NEAR, last)) if p.pos[i] in ("NOUN", "PROPN") and p.dep[i] != "compound"), None)
            if noun:
                yield ("out" if out else "in"), k, noun


def _of_none(p: Parse, k: int) -> bool:
    """Whether what is left out at word `k` is left out of none, and so is what the sentence says: «nobody but Anna»."""
    return not _NONE.isdisjoint(p.low[p.sents[p.sent_of[k]][0] : k])


def _phrase_end(p: Parse, k: int) -> int:
    """The last word of the phrase that word `k` opens."""
    last = p.sents[p.sent_of[k]][1]
    end = k
    while end + 1 < min(last, k + _LONGEST) and p.pos[end + 1] not in ("PUNCT", "VERB", "AUX", "SPACE"):
        end += 1
    return end


def _clause_verb(p: Parse, k: int) -> int:
    """The verb behind word `k`, so that it is seen what only some do."""
    last = p.sents[p.sent_of[k]][1]
    return next((i for i in range(k, last) if p.pos[i] == "VERB"), k)


def _leaves_out(p: Parse, first: int, k: int, last: int) -> bool:
    """Whether a «but» leaves something out («all but the deposit») and joins no clause."""
    whole = any(p.low[i] in _WHOLE for i in range(max(first, k - 4), k))
    after = next((i for i in range(k + 1, last) if p.pos[i] in ("NOUN", "PROPN", "VERB", "AUX", "PRON")), last)
    return whole and p.low[k - 1] != "," and after < last and p.pos[after] in ("NOUN", "PROPN")


def _only_whom(p: Parse, sentence: int) -> tuple[int, str] | None:
    """The word «only» before the doer of a sentence, and the doer's stem."""
    first, last = p.sents[sentence]
    for k in range(first, min(first + 2, last)):
        if p.low[k] in ("only", "just", "solely"):
            noun = next((i for i in range(k + 1, min(k + 5, last)) if p.dep[i] in ("nsubj", "nsubjpass")), None)
            if noun is not None:
                return k, p.key[noun]
    return None


def _everyone(p: Parse, sentence: int, whom: str) -> int | None:
    """The word that says that all do it, where a sentence has one as its doer."""
    for k in range(*p.sents[sentence]):
        subject = p.dep[k] in ("nsubj", "nsubjpass")
        if subject and p.low[k] in EVERYONE:
            return k
        if p.low[k] in _EACH and p.dep[p.head[k]] in ("nsubj", "nsubjpass") and p.key[p.head[k]] != whom:
            return k
    return None


def _says_only(p: Parse, sentence: int) -> bool:
    return any(p.low[k] in ("only", "just", "solely", "but", "except") for k in range(*p.sents[sentence]))
