"""A clause that one side denies and the other states, by the parse: whatever else was edited in the sentence.

What denies without a negator, and what does not deny with one, is in the clause's sign (sentences/polarity.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.clauses import not_yet
from tellback.compare.sentences.pair import SentencePair
from tellback.compare.sentences.polarity import signs
from tellback.language.clauses import Clause, Parse
from tellback.language.lexicon import NEGATORS, words
from tellback.records import Span

_THE_ONLY, _NO_OTHER = re.compile(r"\b(?:the|its|their) only\b"), re.compile(r"\bno other\b|\bnone of the others?\b|\bnothing else\b|\bnobody else\b")
_NAMED = re.compile(r"[\w-]+(?:[./_][\w-]+)+")
#: Words by which a clause may deny without being denied itself.
_DENIERS = NEGATORS - words("none nobody nothing nowhere") | words(
    "free lack lacks lacked lacking deny denies denied fail fails failed refuse refused instead earliest devoid unless absence need skip skips skipped omit omits omitted spare spares spared dispense exempt exempts exempted"
)


_NEEDS = words("need needs needed require requires required requiring subject depend depends")
_WHEN = words("when if whenever once while as")
_SO_THAT = words("so lest order prevent avoid keep stop")


class ClauseDenied(Rule):
    name = "clause denied"
    kinds = ("negation",)
    reasons = (Reason.CLAUSE_DENIED,)
    found = (
        Found("The cellar was damp, but the attic was not.", "The cellar was not damp, but the attic was.", "was", "not"),
        Found("In the end the guard did not lock the iron gate that night, though Clara had asked him.",
              "The guard locked the iron gate that night.", "not", "locked"),
    )  # fmt: skip
    harmless = (
        Harmless("In the end the guard did not lock the iron gate.", "The iron gate was not locked by the guard."),
        Harmless("The barge could not enter the lock at night.", "It was impossible for the barge to enter the lock at night."),
        Harmless("He came back without his hat.", "When he came back he did not have his hat."),
        Harmless("On the way home from the mill Clara bought bread.", "On the way home from the mill Clara stopped to buy bread."),
        Harmless("Nobody in the town saw the fire.", "The fire was not seen by anybody in the town."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o = pair.s, pair.o
        return [
            Drift("negation", _denial(s, f.mine), _denial(o, f.theirs), Reason.CLAUSE_DENIED, evidence=f)
            for f in pair.flips if f.denied
        ]  # fmt: skip


def _denial(p: Parse, c: Clause) -> Span:
    """The word that denies the clause, or the verb that a denial would stand at."""
    if c.negators:
        return p.span(c.negators[0], c.negators[0])
    matrix = p.head[c.head]
    if p.dep[c.head] == "xcomp" and c.denied:
        return p.span(matrix, matrix)
    for k in p.children[c.head]:
        if p.dep[k] in ("aux", "auxpass") and k < c.head and p.tag[k] != "TO":
            return p.span(k, k)
    return p.span(c.head, c.head)


@guard("The diver found the old hull free of cracks.", "The diver found no cracks in the old hull.")
def denied_in_other_words(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The side that seems to state the clause has a word in it that denies: «free of», «lacks», «never», «at the earliest»."""
    flip = drift.evidence
    sides = ((pair.s, flip.mine, signs(pair.s)), (pair.o, flip.theirs, signs(pair.o)))
    return any(not denied[c.head] and (_has_denier(p, c) or _need_not(p, c, denied)) for p, c, denied in sides)


def _has_denier(p: Parse, c: Clause) -> bool:
    return any(p.low[k] in _DENIERS and k not in c.negators and k != c.head for k in c.own)


def _need_not(p: Parse, c: Clause, denied: dict[int, bool]) -> bool:
    """Whether it is what somebody does not have to do."""
    h = p.head[c.head]
    return p.dep[c.head] == "xcomp" and p.lemma[h] in ("have", "need") and denied.get(h, False)


@guard("Only members may book the hall.", "Non-members may not book the hall.")
def of_all_others(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«Only members» on one side, «non-members» on the other."""
    sides = [[p.low[k] for k in range(*p.sents[n])] for p, n in ((pair.s, pair.i), (pair.o, pair.j))]
    return any("only" in a and any(w.startswith("non") or w == "else" for w in b) for a, b in (sides, sides[::-1]))


@guard("It is the only barn dry enough for hay.", "No other barn is dry enough for hay.")
def no_other(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«The only» on one side, «no other» on the other."""
    sides = [p.text[slice(*p.span(p.sents[n][0], p.sents[n][1] - 1))].lower() for p, n in ((pair.s, pair.i), (pair.o, pair.j))]
    return any(_THE_ONLY.search(a) and _NO_OTHER.search(b) for a, b in (sides, sides[::-1]))


@guard("Ruth ported src/a.py and src/b.py.", "Of src/c.py: Ruth has not ported it.")
def of_other_files(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """Both sentences name files or settings, and none that both name."""
    mine, theirs = (set(_NAMED.findall(p.text[p.span(a, b - 1)[0] : p.span(a, b - 1)[1]]))
                    for p, (a, b) in ((pair.s, pair.s.sents[pair.i]), (pair.o, pair.o.sents[pair.j])))  # fmt: skip
    return bool(mine and theirs) and not mine & theirs


@guard("The clerk wants to read the letter first, so do not send the letter.", "The clerk wants to read the letter before anybody sends the letter.")
def before_it(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """What something else must precede is not said to happen: «do not send it, I want to read it first»."""
    flip = drift.evidence
    return any(not c.denied and _waits(p, c.head) for p, c in ((pair.s, flip.mine), (pair.o, flip.theirs)))


def _waits(p: Parse, head: int) -> bool:
    """Whether a clause is opened by «before» or «until»."""
    if p.dep[head] == "advcl":
        return any(p.low[c] in ("before", "until", "till") for c in p.children[head] if p.dep[c] in ("mark", "advmod"))
    return p.dep[head] == "pcomp" and p.low[p.head[head]] in ("before", "until", "till")


@guard("Olga has not signed the lease yet.", "Olga still has to sign the lease.")
def still_to_do(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """What was not done is still to be done."""
    return not_yet(pair.s, drift.evidence.mine, pair.o, drift.evidence.theirs)


@guard("Please make the cellar narrower and find me a cheaper pump.", "Requests:\n- make the cellar narrower (it becomes 80 cm)\n- find a cheaper pump\n- order nothing before")
def across_lines(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The word that denies stands in another line than the verb: items of a list, which the parse took for one sentence."""
    flip = drift.evidence
    return any(
        "\n" in p.text[slice(*sorted((p.start[k], p.start[c.head])))].strip("\n")
        for p, c in ((pair.s, flip.mine), (pair.o, flip.theirs))
        for k in c.negators
    )


@guard("Defeat for the Reds means they have failed to progress beyond the last eight of the cup since 2015.", "Ulm progressed in the cup.")
def of_another_name(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One side says it of a pronoun in whose sentence a name stands, the other of a name that this sentence does not have."""
    flip = drift.evidence
    sides = ((pair.s, pair.i, flip.mine), (pair.o, pair.j, flip.theirs))
    for (p, n, c), (q, _, d) in (sides, sides[::-1]):
        who, name = _subject(p, c), _subject(q, d)
        if who is None or name is None or p.pos[who] != "PRON" or q.pos[name] == "PRON" or not q.text[q.start[name]].isupper():
            continue
        names = {p.low[k] for k in range(p.sents[n][0], who) if p.pos[k] == "PROPN"}
        if names and q.low[name] not in {p.low[k] for k in range(*p.sents[n])}:
            return True
    return False


def _subject(p: Parse, c: Clause) -> int | None:
    found = p.sub(c.head, ("nsubj", "nsubjpass")) or [k for k in p.sub(p.head[c.head], ("nsubj", "nsubjpass")) if p.dep[c.head] == "xcomp"]
    return found[0] if found else None


@guard("The mayor wants to stop visitors with a bad leg from climbing the old tower.", "The mayor has new rules on climbing the old tower.")
def only_named(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One side only names the deed that a noun is about, «rules on climbing», or compares with it, «more than climbing»."""
    flip = drift.evidence
    return any(p.dep[c.head] == "pcomp" and (p.pos[p.head[p.head[c.head]]] == "NOUN" or p.low[p.head[c.head]] == "than" and p.low[p.head[c.head] - 1] != "rather")
               for p, c in ((pair.s, flip.mine), (pair.o, flip.theirs)))  # fmt: skip


@guard("The bats fly into the mast when dazzled by the lamp.", "The lamp was dimmed so that the bats are not dazzled.")
def avoided(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One side says when something happens, the other what is done so that it does not."""
    flip = drift.evidence
    opened = [_opened_by(p, c.head) for p, c in ((pair.s, flip.mine), (pair.o, flip.theirs))]
    return any(a & _WHEN and b & _SO_THAT for a, b in (opened, opened[::-1]))


def _opened_by(p: Parse, head: int) -> set[str]:
    """The small words right before a clause."""
    near = {p.low[k] for k in p.children[head] if k < head} | set(p.low[max(0, head - 1) : head])
    if p.dep[head] in ("advcl", "acl", "relcl", "ccomp") or _SO_THAT & set(p.low[max(0, head - 8) : head]):
        near |= set(p.low[max(0, head - 8) : head])
    return near


@guard("The coated hull is less likely to rust.", "The coated hull is not as likely to rust.")
def less_so(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«Less likely» on one side, «not as likely» on the other."""
    sides = [p.low[slice(*p.sents[n])] for p, n in ((pair.s, pair.i), (pair.o, pair.j))]
    return any(_after(a, ("less",)) & _after(b, ("not", "as"), ("not", "so"), ("n't", "as"), ("n't", "so")) for a, b in (sides, sides[::-1]))


def _after(low: Sequence[str], *openings: tuple[str, ...]) -> set[str]:
    """The words right behind each of these."""
    return {low[k + len(o)] for o in openings for k in range(len(low) - len(o)) if tuple(low[k : k + len(o)]) == o}


@guard("The lodger may not sublet without the owner's consent, which shall not be unreasonably withheld.", "Subletting needs the owner's consent, not to be refused unreasonably.")
def only_with(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«May not without» on one side, «needs» or «only with» on the other."""
    sides = [set(p.low[slice(*p.sents[n])]) for p, n in ((pair.s, pair.i), (pair.o, pair.j))]
    return any("without" in a and "without" not in b and (b & _NEEDS or {"only", "with"} <= b) for a, b in (sides, sides[::-1]))


@guard("The maker vouches that the pump is free from faults for ten weeks.", "There is a ten-week warranty by the maker against faults of the pump.")
def there_is(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One side says what something is, the other that there is something."""
    flip = drift.evidence
    said = [(p.lemma[c.head], any(p.dep[k] == "expl" for k in p.children[c.head])) for p, c in ((pair.s, flip.mine), (pair.o, flip.theirs))]
    return said[0][0] == said[1][0] == "be" and said[0][1] != said[1][1]
