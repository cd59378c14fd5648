"""What there was not is there, or the other way round: «denies chest pain» told as «has chest pain»."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.denials import of_none_but
from tellback.compare.sentences.presence import Presence, contradicts, presences
from tellback.language.clauses import Parse
from tellback.language.coreference import OPEN, PRONOUNS
from tellback.language.lexicon import words
from tellback.language.stems import stem

#: Words for one person, or for nobody in particular: they part nothing.
_ANYBODY = frozenset(map(stem, words("patient woman man boy girl child person client subject nobody") | PRONOUNS.keys() | OPEN))


_DENIALS = words("deny dispute contradict contest ignore overlook")


class PresenceTurned(TextRule):
    name = "presence"
    kinds = ("negation",)
    reasons = (Reason.THERE_AND_NOT_THERE,)
    found = (
        Found("The driver denies any injury.", "The driver reports an injury.", "denies any injury", "reports an injury"),
        Found("The firm lacks a licence for Norway.", "It sells cloth and has a licence for Norway.", "lacks a licence", "has a licence"),
        Found("She denies fever. The pulse is normal.", "She is pale, with a pulse that is normal. She has a cough and fever.",
              "denies fever", "has a cough and fever"),
        Found("The scan was negative for tumours.", "There are tumours.", "negative for tumours", "are tumours"),
    )  # fmt: skip
    harmless = (
        Harmless("The driver denies any injury.", "The driver has no injuries."),
        Harmless("The audit found no evidence of fraud.", "The books are free of fraud."),
        Harmless("He has no fever. His sister has a fever.", "His sister has a fever, and he has none."),
        Harmless("The ferry left without passengers.", "The ferry carried no passengers when it left."),
        Harmless("Nobody but the porter had a key.", "The porter had a key."),
        Harmless("You write that the toll has no effect, yet the counts fall sharply.", "The counts show an effect that the text denies."),
    )

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        mine, theirs = _by_key(presences(s)), _by_key(presences(o))
        out = []
        for key, here in mine.items():
            there = theirs.get(key, ())
            for a in here:
                b = next((b for b in there if contradicts(a, b) and _of_one(s, a, o, b)), None)
                # a text that says both, of things that these words do not part, says nothing against either
                if b is None or _disputed(o, b) or of_none_but(s, s.sent_of[a.word], o, o.sent_of[b.word]) or any(contradicts(a, c) for c in here) or any(contradicts(b, c) for c in there):
                    continue
                drift = Drift("negation", _span(s, a), _span(o, b), Reason.THERE_AND_NOT_THERE)
                out.append(Placed(s.sent_of[a.word], o.sent_of[b.word], drift))
        return out


def _disputed(p: Parse, b: Presence) -> bool:
    """Whether the text itself tells that somebody denies it: «a clear effect, which the chapter denies»."""
    return any(p.dep[k] in ("relcl", "acl") and p.lemma[k] in _DENIALS for k in p.children[b.word])


def _by_key(found: Iterable[Presence]) -> dict[str, list[Presence]]:
    out: dict[str, list[Presence]] = defaultdict(list)
    for one in found:
        out[one.key].append(one)
    return out


def _of_one(s: Parse, a: Presence, o: Parse, b: Presence) -> bool:
    """Whether both may be of one holder: nobody is named on one side, or the same one on both."""
    if not a.holder or not b.holder or {a.holder, b.holder} & _ANYBODY:
        return True
    return bool(set(a.holder.split()) & set(b.holder.split()))


def _span(p: Parse, one: Presence) -> tuple[int, int]:
    return p.span(min(one.said, p.phrase(one.word)[0]), max(one.said, one.word))
