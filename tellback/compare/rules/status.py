"""What is still to be done was done, what may have been was: «has to be pushed» told as «was pushed»."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule
from tellback.compare.sentences.clauses import own_keys
from tellback.compare.sentences.pair import SentencePair
from tellback.compare.sentences.polarity import signs
from tellback.facts.relations import clause_span
from tellback.language.clauses import Clause, Parse
from tellback.language.status import Status, statuses, thought_of

#: Pairs of which a text cannot mean both of one deed at one time.
EXCLUDE = {
    frozenset(pair) for pair in (
        (Status.DONE, Status.TO_DO), (Status.DONE, Status.MAYBE), (Status.DONE, Status.THOUGHT),
        (Status.TO_DO, Status.MAYBE), (Status.TO_DO, Status.THOUGHT),
    )
}  # fmt: skip
#: Words that a deed that is only thought about shares with the clause that tells it, besides its own.
SHARED = 1
_ROOT = 4


class StatusChanged(Rule):
    name = "status"
    kinds = ("roles",)
    reasons = (Reason.STATUS_CHANGED,)
    found = (
        Found("The lock still has to be repaired.", "The lock was repaired.", "lock still has to be repaired", "lock was repaired"),
        Found("The fire may have been caused by a lamp.", "The fire was caused by a lamp.",
              "fire may have been caused by a lamp", "fire was caused by a lamp"),
        Found("The council is discussing a sale of the mill.", "The council sold the mill.", "sale", "sold the mill"),
        Found("The tug reached Ulm in May.", "The tug will reach Ulm in May.", "tug reached Ulm", "tug will reach Ulm"),
    )  # fmt: skip
    harmless = (
        Harmless("The lock still has to be repaired.", "The lock must be repaired."),
        Harmless("The fire may have been caused by a lamp.", "Possibly a lamp caused the fire."),
        Harmless("The lock was to be repaired in May, and in June it was repaired.", "The lock was repaired in June."),
        Harmless("The tug will reach Ulm in May.", "The tug is expected to reach Ulm in May."),
        Harmless("The lease has to be signed by Ida before it is sent.", "Nothing is sent before Ida has signed the lease."),
        Harmless("Before you deploy anything, Ida from the ward office has to look at a sample.",
                 "Nothing is deployed before Ida (ward office) has looked at a sample."),
        Harmless("Two wardens may lift the barrier.", "Two wardens must be there to lift the barrier."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        out = [_drift(pair, clause_span(pair.s, c), a, d, b) for c, a, d, b in _changed(pair)]
        return out or list(_no_longer_thought(pair))


def _changed(pair: SentencePair) -> Iterator[tuple[Clause, Status, Clause, Status]]:
    s, o = pair.s, pair.o
    here, there = statuses(s), statuses(o)
    denied, theirs_denied = signs(s), signs(o)
    for m in pair.matched:
        a, b = here.get(m.mine.head), there.get(m.theirs.head)
        if a is None or b is None or frozenset((a, b)) not in EXCLUDE or m.mine.key != m.theirs.key:
            continue
        if m.mine.denied != m.theirs.denied:
            continue  # «must not weigh more than», «may weigh at most»
        if denied[m.mine.head] or theirs_denied[m.theirs.head] or b in told_of(s, m.mine.key):
            continue
        yield m.mine, a, m.theirs, b


@lru_cache(maxsize=4096)
def told_of(p: Parse, key: str) -> set[Status]:
    """Every status that the text gives to deeds with this verb."""
    found = statuses(p)
    return {found[c.head] for c in p.clauses if c.key == key and c.head in found}


def _no_longer_thought(pair: SentencePair) -> Iterator[Drift]:
    """A noun that names what is only thought about, told as a verb of what was done or is to be done."""
    s, o = pair.s, pair.o
    nouns = {key: k for key, ks in thought_of(s).items() for k in ks if s.sent_of[k] == pair.i}
    if not nouns:
        return
    words = {s.key[k] for k in pair.s_words}
    for d in o.clauses_of_sentence[pair.j]:
        b = statuses(o).get(d.head)
        k = next((k for key, k in nouns.items() if _names(key, o.key[d.head])), None)
        if k is None or b not in (Status.DONE, Status.TO_DO) or b in told_of(s, d.key) or signs(o)[d.head]:
            continue
        if len((own_keys(o, d) & words) - {o.key[d.head]}) >= SHARED:
            yield _drift(pair, s.span(k, k), Status.THOUGHT, d, b)


def _names(noun: str, verb: str) -> bool:
    """Whether a noun names the deed of a verb, by their stems: «move», «closure», «sale»."""
    return noun == verb or (noun, verb) == ("sal", "sell") or noun[:_ROOT] == verb[:_ROOT] and len(verb) >= _ROOT


def _drift(pair: SentencePair, here: tuple[int, int], a: Status, theirs: Clause, b: Status) -> Drift:
    words = a.value, b.value
    return Drift("roles", here, clause_span(pair.o, theirs), Reason.STATUS_CHANGED, words, with_clause=True)
