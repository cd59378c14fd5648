"""What is planned told as done, what may be as what will be, among the same words: «might hit» and «will reach».

The verbs need not agree where the doer does and enough else is shared.
"""

from __future__ import annotations

from tellback.compare.binding.among import Among
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.rules.status import EXCLUDE, told_of
from tellback.compare.sentences.polarity import signs
from tellback.facts.relations import clause_span
from tellback.language.clauses import Clause, Parse
from tellback.language.lexicon import words
from tellback.language.status import Status, statuses

#: Words that leave open whether something will be.
_HEDGES = words(
    "may might could possibly perhaps maybe probably likely apparently potentially possible probable chance risk threat threaten "
    "expect predict forecast fear hope plan intend aim if unless would should possibility potential"
)
#: Words that clauses with two verbs share, all of which stand once in the source.
LEAST = 3


class StatusAmong(TextRule):
    name = "status among the same words"
    kinds = ("roles",)
    reasons = (Reason.STATUS_AMONG,)
    found = (
        Found("Keepers say the flood might reach the weir of Lund on Sunday. Trains run as usual for now.",
              "The flood will hit the Lund weir on Sunday, say the keepers; so far the trains run as ever.",
              "flood might reach the weir", "flood will hit the Lund weir"),
        Found("The two clubs intend to move their looms to Lund in May. Talks with the mill broke down last Monday over night work.",
              "Night work was what talks with the mill failed on last Monday; the two clubs have moved their looms.",
              "two clubs intend to move their looms", "two clubs have moved their looms"),
    )  # fmt: skip
    harmless = (
        Harmless("Keepers say the flood might reach the weir of Lund on Sunday.",
                 "On Sunday the flood could hit the Lund weir, the keepers say."),
        Harmless("The two clubs intend to move their looms to Lund in May. Talks with the mill broke down over night work.",
                 "Talks failed over night work; the two clubs will move their looms in May."),
        Harmless("A sack must not weigh more than 25 kg at the mill.", "Sacks may weigh at most 25 kg at the mill."),
        Harmless("The flood might reach the weir on Sunday. On Monday it reached the weir.", "The flood reached the weir on Monday."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        mine, theirs = statuses(s), statuses(o)
        if not mine or not theirs:
            return []
        among = Among(s.text, o.text)
        against = {b: [c for c in s.clauses if c.head in mine and frozenset((mine[c.head], b)) in EXCLUDE] for b in set(theirs.values())}
        out = []
        for d in (d for d in o.clauses if d.head in theirs and not signs(o)[d.head]):
            c = next((c for c in against[theirs[d.head]] if _turned(s, c, mine, o, d, theirs, among)), None)
            if c is not None:
                words = mine[c.head].value, theirs[d.head].value
                drift = Drift("roles", clause_span(s, c), clause_span(o, d), Reason.STATUS_AMONG, words, with_clause=True)
                out.append(Placed(s.sent_of[c.head], o.sent_of[d.head], drift))
        return out


def _turned(s: Parse, c: Clause, mine: dict[int, Status], o: Parse, d: Clause, theirs: dict[int, Status], among: Among) -> bool:
    """Whether clause `d` of the output says as another status what clause `c` of the source says."""
    a, b = mine[c.head], theirs[d.head]
    if c.denied != d.denied:
        return False  # «must not weigh more than», «may weigh at most»
    if a is Status.MAYBE and o.dep[d.head] == "xcomp":
        return False  # «they will be asked to show it» is no more sure than «they may show it»
    if frozenset((a, b)) not in EXCLUDE or signs(s)[c.head] or b in told_of(s, c.key) or b in told_of(s, d.key) or a in told_of(o, d.key):
        return False
    here, there = among.source(s.start[c.head]), among.output(o.start[d.head])
    shared = here & there - {s.key[c.head], o.key[d.head]}
    if not among.enough(shared, here, there):
        return False
    if c.key == d.key:
        return True
    once = [word for word in shared if len(among.s.at[word]) == 1]
    hedged = {o.lemma[k] for k in range(*o.sents[o.sent_of[d.head]])} & _HEDGES
    return a is Status.MAYBE and b is Status.TO_DO and not hedged and len(once) >= LEAST and bool(_doers(s, c) & _doers(o, d))


def _doers(p: Parse, c: Clause) -> set[str]:
    return {word for role in ("agent", "patient") for k in c.roles.get(role, ())[:1] for word in p.unit(k).split()}
