"""A denial put in or taken out: read off the wording of two nearly equal sentences.

Where two sentences differ in a few words, the words themselves are better witnesses than two parses, either of which may
err: the parity of denials tells whether one says what the other denies, and the difference tells where.
"""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.clauses import not_yet
from tellback.compare.sentences.denials import denials, parities
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse
from tellback.language.lexicon import words
from tellback.records import Span

_LACKING = words("lack lacks lacked lacking free devoid")


class DeniedInWords(Rule):
    name = "denial in words"
    kinds = ("negation",)
    reasons = (Reason.DENIED_IN_WORDS,)
    found = (
        Found("The guard did not lock the gate.", "The guard locked the gate.", "not", "locked"),
        Found("The well was deep.", "The well was not deep.", "was", "not"),
        Found("The crew saw the coast of Denmark.", "The crew never saw the coast of Denmark.", "saw", "never"),
    )
    harmless = (
        Harmless("The guard did not lock the gate.", "The guard didn't lock the gate."),
        Harmless("The tug failed to reach the harbour.", "The tug did not reach the harbour."),
        Harmless("Clara not only sang but danced.", "Clara sang and danced."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o, sw, ow, across = pair.s, pair.o, pair.s_words, pair.o_words, pair.alignment
        if across is None or not parities(s, sw, o, ow).isdisjoint(parities(o, ow, s, sw)):
            return []
        mine, theirs = denials(s, sw, o, ow), denials(o, ow, s, sw)
        spans: tuple[Span, Span] | None = None
        if len(mine) > len(theirs):
            spans = _denied(s, sw, mine, across, o, ow)
        elif len(theirs) > len(mine):
            turned = _denied(o, ow, theirs, {y: x for x, y in across.items()}, s, sw)
            spans = turned[::-1] if turned else None
        return [Drift("negation", *spans, Reason.DENIED_IN_WORDS)] if spans else []


def _denied(
    p: Parse, words: list[int], found: list[int], across: dict[int, int], q: Parse, others: list[int]
) -> tuple[Span, Span] | None:
    """The denial of `p` that has no counterpart in `q`, and the word of `q` that it would stand at."""
    place = {w: n for n, w in enumerate(words)}
    alone = [w for w in found if place[w] not in across]
    if not alone:
        return None
    return p.span(alone[0], alone[0]), _counterpart(p, words, place[alone[0]], across, q, others)


def _counterpart(p: Parse, words: list[int], n: int, across: dict[int, int], q: Parse, others: list[int]) -> Span:
    before, after = across.get(n - 1), across.get(n + 1)
    if before is not None and p.pos[words[n - 1]] in ("AUX", "VERB"):
        k = others[before]
    elif after is not None:
        k = others[after]
    else:
        k = others[before] if before is not None else others[min(n, len(others) - 1)]
    return q.span(k, k)


@guard(
    "The second claim of the old widow about the mill was not true in May of that year.",
    "The second claim of the old widow about the mill was false in May of that year.",
)
def antonym_beside(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The sentences hold a word and its antonym, so that the parity of denials alone decides nothing."""
    return bool(pair.contraries)


@guard(
    "The second mate lacked a valid licence for the radar, and the log had stopped two hours before the crash.",
    "The second mate had no valid licence for the radar, and the log stopped two hours before the crash.",
)
def lacking(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """A side that says by its verb or by an adjective that something is not there."""
    return any(p.low[k] in _LACKING for p, ks in ((pair.s, pair.s_words), (pair.o, pair.o_words)) for k in ks)


@guard("Olga has not signed the lease of the mill in Ulm.", "Olga has to sign the lease of the mill in Ulm.")
def still_to_do(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """What was not done is still to be done."""
    return any(not_yet(pair.s, m.mine, pair.o, m.theirs) for m in pair.matched)
