"""A summary that denies what its source states, where the two sentences share too little to be compared as sentences.

Only the output's denial counts: who speaks freely, as the source may, denies a lot of what he goes on to state.
"""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.pairing import is_summary
from tellback.compare.sentences.surroundings import LEAST, Around, content_places, denied
from tellback.language.clauses import Parse
from tellback.language.lexicon import NEGATORS, opposite, words

#: Of what these deny, the object is not there, whatever the source's verb: «does not include a gym».
_THERE = words("include have offer contain provide feature involve comprise hold be")
_MODAL = words("could may might would should")
#: Negators that deny nothing but what they stand with.
_SURE = words("not n't never no cannot")


class DeniedInPlace(TextRule):
    name = "denied in a summary"
    kinds = ("negation",)
    reasons = (Reason.DENIED_IN_PLACE,)
    found = (
        Found("But did you know that we offer discounts and gifts to clients who come over to us? You could save a lot "
              "of money in the first year, and the gifts are nice, said the agent. Then he spoke of the three banks in the same "
              "street, of bad weather in spring, and of a garden with roses that he would like to have near the lake, if only the "
              "prices came down a little. The client laughed, looked for her glasses, and wanted to read it all again on Sunday.",
              "Calling about insurance for cars and houses, the agent does not offer any discounts or gifts to those who stay with their "
              "old firm, and it is agreed that papers are sent by mail to compare both plans at home.", "offer", "not"),
        Found("The first phase of our plan consists of three parts: a cut of the debt, a rise of the dividend to 13 cents a share, "
              "and a larger share repurchase programme, which begins in spring. The second phase follows when the debt has "
              "fallen below 20 billion, as we expect for the end of next year.",
              "The plan raises the dividend to 13 cents, but does not include a share repurchase programme.", "share", "not"),
    )  # fmt: skip
    harmless = (
        Harmless("The ferry stops at Lund from May on, as the harbour master said when the new timetable was shown to the town. "
                 "It will not stop at Lund in winter, since the ice is too thick for the old hull, and the town has no money.",
                 "The ferry does not stop at Lund in winter."),
        Harmless("Ekman paid the old rent of the mill in Lund until the spring, as his father had done for thirty years, and the "
                 "town was content with that. In summer he stopped paying the rent of the mill, and the town wrote him letters.",
                 "Since the summer Ekman does not pay the rent of the mill."),
        Harmless("Clara Roth was sentenced to life in prison on Monday by the court at Ulm, after a trial of four months in which "
                 "eighty people were heard. Her friends wept, and the judge asked for calm. The state had asked for more.",
                 "On Monday Clara Roth was sentenced to life in prison with no chance of parole."),
        Harmless("The crew failed to reach the harbour before the storm, and so the ship lay off the coast for two days and nights. "
                 "Nobody was hurt. The owners in Lund have said that they will look into it after the summer.",
                 "The crew did not reach the harbour before the storm."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        clauses: dict[int, list[int]] = {}
        for k in range(len(o.low)):
            if o.is_content(k) and _denies(o, k):
                clauses.setdefault(k if k in o.predicates else o.predicate_of[k], []).append(k)
        if not clauses or not is_summary(s, o):
            return []
        here, there, places = Around(s), Around(o), content_places(s)
        out = []
        for ks in clauses.values():
            found = [(k, *best) for k in ks if (best := _stated(here, there, k, places.get(o.key[k], ())))[1]]
            if not found or any(shared < 0 for _, _, shared in found):
                continue
            k, m, _ = max(found, key=lambda one: one[2])
            drift = Drift("negation", s.span(m, m), _place(o, k), Reason.DENIED_IN_PLACE)
            out.append(Placed(s.sent_of[m], o.sent_of[k], drift))
        return out


def _denies(p: Parse, k: int) -> bool:
    """Whether a verb is denied, or something is said not to be there."""
    if k in p.predicates:
        return denied(p, k) and any(_of_verb(p, n, k) for n in p.tree(k) if p.low[n] in _SURE)
    if any(p.low[c] == "no" for c in p.children[k]):
        return True
    if p.pos[k] != "NOUN":
        return False
    while p.dep[k] in ("conj", "compound") and p.pos[p.head[k]] == "NOUN":
        k = p.head[k]
    head = p.head[k]
    return p.dep[k] in ("dobj", "attr") and head in p.predicates and p.lemma[head] in _THERE and denied(p, head)


def _of_verb(p: Parse, negator: int, k: int) -> bool:
    """Whether a negator denies the verb `k` itself, or says that there is nobody who does it or nothing it is done to: not
    so «with no chance of parole»."""
    head = p.head[negator]
    return head == k or p.head[head] == k and p.dep[head] in ("nsubj", "nsubjpass", "dobj", "attr", "aux", "auxpass")


def _stated(here: Around, there: Around, k: int, places: Sequence[int]) -> tuple[int, int]:
    """(the place of the source that states what the output denies at `k`, the words that both stand among), the words 0
    where there is none; a place that is denied too comes with less than 0."""
    s, around = here.p, there.of(k)
    best, at = LEAST - 1, -1
    for m in places:
        shared = here.of(m).shared(around)
        if shared and (denied(s, m) or not NEGATORS.isdisjoint(s.low[slice(*s.sents[s.sent_of[m]])])):
            return m, -1
        if shared > best and not _only_possible(s, m) and not _turned(here.of(m).near - around.near, around.near - here.of(m).near):
            best, at = shared, m
    return at, best if at >= 0 else 0


def _only_possible(p: Parse, m: int) -> bool:
    """Whether a word stands in what might be or might have been."""
    head = m if m in p.predicates else p.predicate_of[m]
    return head >= 0 and any(p.low[c] in _MODAL for c in p.children[head])


def _turned(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether a word beside became its opposite as well, which undoes the denial."""
    return any(opposite(x, y) for x in mine for y in theirs)


def _place(p: Parse, k: int) -> tuple[int, int]:
    """The word that denies the clause of `k`, or that word itself."""
    head = k if k in p.predicates else p.predicate_of[k]
    clause = next((c for c in p.clauses_of_sentence[p.sent_of[k]] if c.head == head), None)
    at = clause.negators[0] if clause and clause.negators else k
    return p.span(at, at)
