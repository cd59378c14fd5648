"""Two things that fill each other's place in the parse: a stands where b stood, and b where a stood.

Unlike `block_exchange` this bears any other edits in between, because it compares what governs what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.company import kept_company
from tellback.compare.sentences.governors import MUTUAL_STEMS, noun_phrases
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse
from tellback.language.columns import NOMINAL

Slot = tuple[str, str]
_NAMED = NOMINAL - {"NUM"}


@dataclass(frozen=True, eq=False)
class SlotPair:
    """The words in both places, in the source and in the output, and the two slots."""

    source: tuple[int, int]
    output: tuple[int, int]
    slots: tuple[Slot, Slot]


class SlotExchange(Rule):
    name = "slot exchange"
    kinds = ("roles", "attribution")
    reasons = (Reason.SLOTS_EXCHANGED,)
    found = (
        Found("The tug towed the barge to Ulm.", "To Ulm the tug was towed by the barge.",
              "tug towed the barge", "tug was towed by the barge"),
        Found("Clara sent Ruth a parcel.", "Clara was sent a parcel by Ruth.", "Clara sent Ruth", "Clara was sent a parcel by Ruth"),
        Found("Ruth is taller than Peter.", "Peter is a little taller than Ruth.", "Ruth is taller than Peter", "Peter is a little taller than Ruth"),
    )  # fmt: skip
    harmless = (
        Harmless("The tug towed the barge to Ulm.", "To Ulm the barge was towed by the tug."),
        Harmless("The inspector met the owner in Ulm.", "In Ulm the owner met the inspector."),
        Harmless("The chairman of the club is Peter.", "Peter is now the chairman of the club."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o = pair.s, pair.o
        out = []
        for e in _exchanges(pair):
            named = all(s.pos[k] in _NAMED for k in e.source)
            spans = noun_phrases(s, *e.source), noun_phrases(o, *e.output)
            out.append(Drift("roles" if named else "attribution", *spans, Reason.SLOTS_EXCHANGED, evidence=e))
        return out


def _exchanges(pair: SentencePair) -> list[SlotPair]:
    """Each pair of fillers once, by the first two slots that they exchanged."""
    mine, theirs = pair.s_slots, pair.o_slots
    lost = {slot: {u: w for u, w in f.items() if u not in theirs[slot]} for slot, f in mine.items() if slot in theirs}
    where: dict[str, list[Slot]] = {}
    for slot, fillers in lost.items():
        for unit in fillers:
            where.setdefault(unit, []).append(slot)
    out: dict[frozenset[str], SlotPair] = {}
    for slot, fillers in lost.items():
        gained = [u for u in theirs[slot] if u not in mine[slot]]
        for a, word in fillers.items():
            for b in gained:
                for other in where.get(b, ()):
                    if other == slot or a not in theirs[other] or a in mine[other] or _either_way_round(slot, other):
                        continue
                    places = (word, mine[other][b]), (theirs[slot][b], theirs[other][a])
                    out.setdefault(frozenset((a, b)), SlotPair(*places, (slot, other)))
    return list(out.values())


def _either_way_round(one: Slot, two: Slot) -> bool:
    """Whether the fillers of two slots may be exchanged: «Alice met Bob», «Paris is the capital»."""
    governors, roles = {one[0], two[0]}, {one[1], two[1]}
    if len(governors) == 1 and governors & MUTUAL_STEMS:
        return True
    return governors == {"be"} and roles <= {"agent", "attr"}


@guard("Identifying the juvenile female was at first hard for staff, who eventually confirmed it was a whale.",
       "The whale was a juvenile female and was identified by staff.")  # fmt: skip
def of_a_state(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One place is in a deed, the other in what something is: «it» may be either."""
    one, two = drift.evidence.slots
    return any(a == ("be", "attr") and b[0] != "be" and b[1] in ("agent", "patient") for a, b in ((one, two), (two, one)))


@guard("Ulm won against Lyon.", "Lyon lost against Ulm.")
def governor_became_its_antonym(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The word that governs both places became its contrary as well."""
    return bool({governor for governor, _ in drift.evidence.slots} & set(pair.contraries.values()))


@guard("Rain is less frequent than hail.", "Hail is more frequent than rain.")
def comparative_became_its_antonym(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The comparative between both places became its contrary as well."""
    e: SlotPair = drift.evidence
    here, there = _comparatives(pair.s, e.source), _comparatives(pair.o, e.output)
    return any(y in there and x in here for y, x in pair.contraries.items())


def _comparatives(p: Parse, places: tuple[int, int]) -> set[str]:
    return {p.key[k] for k in range(min(places), max(places)) if p.tag[k] in ("JJR", "RBR")}


@guard("In March sales rose, in April they fell.", "In April sales fell, in March they rose.")
def parts_kept_whole(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """Each filler still stands with the words that it stood with: two clauses told in the other order."""
    e: SlotPair = drift.evidence
    return kept_company(pair, (e.source[0], e.output[1]), (e.source[1], e.output[0]))
