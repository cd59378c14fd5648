"""A word told as its opposite among the same values, names and things, however the clause around them is built.

In «failed its pressure test» and «the sprinklers passed the pressure test» no parse need agree: the segments hold the same
words, the one has the word, the other its opposite, and neither text says the other thing of them.
"""

from __future__ import annotations

from tellback.compare.binding.among import ONCE, Among
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.kin import of_other_kin
from tellback.compare.sentences.surroundings import denied, of_another_clause, of_the_rest
from tellback.language.classes import classed, exclude
from tellback.language.clauses import Parse
from tellback.language.lexicon import NEGATORS, opposites, words
from tellback.language.opposites import PHRASAL
from tellback.language.stems import stem

#: What one side does the other suffers, and what says something else beside another noun.
_LEFT_OUT = frozenset(map(stem, words(
    "victory defeat beat lender borrower buyer seller "
    "creditor debtor plaintiff defendant employer employee deposit withdraw upload download push pull earn spend "
    "resign first last more less few most least start begin end stop new old former current early late high low long short "
    "large big small great little top bottom front rear back left right up down before after above below north south east west "
    "always never man woman male female doctor patient teacher student pupil landlord tenant parent child victim find "
    "birth death arrival departure entrance exit supporter opponent save waste remember forget senior junior initial "
    "final fast slow quick quickly slowly similar different same single major minor public private"
)))  # fmt: skip
#: What one side does the other suffers, so that the doer must be the same.
_TWO_SIDED = frozenset(map(stem, words(
    "win lose gain attack defend sell buy lend borrow export import hire enter leave arrive depart join quit"
)))  # fmt: skip
_CONVERSE = {stem(a): stem(b) for a, b in (("buy", "sell"), ("sell", "buy"), ("lend", "borrow"), ("borrow", "lend"))}
#: Verbs of which the result is a quality: «close the gate», «leave it open».
_STATES = frozenset(map(stem, words("open close closed shut lock unlock connect disconnect")))
#: What stands behind these is left out, or is all that there is: «closed except on Mondays», «open on Mondays only».
_TURNING = words("except excepting excluding only unless until till just")
_SMALL_VERBS = words("is are was were do does did may can will has have had must should")
_STOPS = (".", ";", ",", ":", "!", ")")
_PARTICLES = words("down up off out back aside over away in on")
_PERSONS = words("he she i we you")
_IT = words("it this them these that")
#: «Easy» and «a challenge» are opposites of other things.
_SORTS = {"VERB": 0, "NOUN": 0, "PROPN": 0, "AUX": 0, "ADJ": 1, "ADV": 1}


class OppositeAmong(TextRule):
    name = "opposite among the same words"
    kinds = ("negation", "attribution")
    reasons = (Reason.OPPOSITE_AMONG, Reason.MEMBER_AMONG)
    found = (
        Found("The buoys passed. The bilge pump failed its leak test and is to be looked at again.",
              "The buoys were good and the pump passed the leak test, though it needs another.", "failed", "passed"),
        Found("Soren Works reported a loss of 41 million for the spring, against a profit of 13 million a year earlier.",
              "Soren Works made a profit of 41 million this spring; the year before it had made 13 million.", "loss", "profit"),
        Found("The guest asked for a refund of the March fee. Accounts refused it, as the stay was short.",
              "Accounts granted the refund of the March fee.", "refused", "granted"),
        Found("Close every gate behind you. Do not light fires.", "Walkers leave gates open after themselves.", "Close", "open"),
    )  # fmt: skip
    harmless = (
        Harmless("The buoys passed. The bilge pump failed its leak test.", "The pump did not pass its leak test; the buoys did."),
        Harmless("Soren Works reported a loss of 41 million, against a profit of 13 million a year earlier.",
                 "A year ago Soren Works made a profit of 13 million; this time a loss of 41 million."),
        Harmless("Close every gate behind you.", "Gates must not be left open."),
        Harmless("Her straw hat had fallen behind her as she leapt back over the ditch.",
                 "Her straw hat had dropped behind her as she jumped back over the ditch."),
        Harmless("Headphones are forbidden in the hall; ear plugs are fine.", "Ear plugs are allowed in the hall, headphones are not."),
        Harmless("Flags must be no smaller than A3.", "Flags are A3 or larger."),
        Harmless("The club asked for a permit. The harbour office refused it at first. In June the office granted it.",
                 "In June the harbour office granted the permit."),
        Harmless("Ten of the 12 pumps passed the test.", "Two pumps failed the test."),
        Harmless("Anna is Peter's wife. They live in Ulm.", "Peter is Anna's husband, and they live in Ulm."),
        Harmless("The court upheld the fine against the mill at Ulm.", "The appeal of the mill at Ulm against the fine was rejected."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        texts = _Texts(s, o)
        out = []
        for k, key in enumerate(texts.o_key):
            found = texts.excluded(key) if o.is_content(k) or key in _STATES else ()
            m = next((m for m in found if texts.told_otherwise(m, k)), None)
            if m is not None:
                out.append(_placed(s, m, o, k))
        return out


def _placed(s: Parse, m: int, o: Parse, k: int) -> Placed:
    spans, said = (s.span(m, m), o.span(k, k)), (s.low[m], o.low[k])
    if exclude(s.key[m], o.key[k]):
        drift = Drift("attribution", *spans, Reason.MEMBER_AMONG, said, outcome="replaced")
    else:
        drift = Drift("negation", *spans, Reason.OPPOSITE_AMONG, said, with_clause=True)
    return Placed(s.sent_of[m], o.sent_of[k], drift)


def _within_name(p: Parse, k: int) -> bool:
    """Whether a word opens a name of several: «Western Australia»."""
    return k + 1 < len(p.low) and all(p.pos[j] == "PROPN" and p.text[p.start[j]].isupper() for j in (k, k + 1))


class _Texts:
    def __init__(self, s: Parse, o: Parse) -> None:
        self.s, self.o = s, o
        self.s_key, self.o_key = _with_particles(s), _with_particles(o)
        self.among = Among(s.text, o.text)
        self.places: dict[str, list[int]] = {}
        for m, key in enumerate(self.s_key):
            if s.is_content(m) or key in _STATES:
                self.places.setdefault(key, []).append(m)
        self.members: dict[int, set[str]] = {}
        for key in self.places:
            for n in classed(key):
                self.members.setdefault(n, set()).add(key)
        self.said = {self.o_key[k] for k in range(len(o.key)) if o.is_content(k)}

    def excluded(self, key: str) -> list[int]:
        """The places of the source's words that exclude a stem."""
        others = opposites(key) if key not in _LEFT_OUT else frozenset()
        others |= {_CONVERSE[key]} if key in _CONVERSE else set()
        others |= {other for n in classed(key) for other in self.members.get(n, ()) if exclude(key, other)}
        return [
            m
            for other in sorted(others)
            if other not in _LEFT_OUT or exclude(key, other)
            for m in self.places.get(other, ())
        ]

    def told_otherwise(self, m: int, k: int) -> bool:
        """Whether word `k` of the output is told where the source has its opposite, word `m`."""
        s, o = self.s, self.o
        x, y = self.s_key[m], self.o_key[k]
        if not self._may_stand_for(m, k):
            return False
        if exclude(x, y) and (y in self.places or _within_name(o, k) or s.low[m] == "media"):
            return False  # «the nephew of a patient» has an aunt; «Western Australia» has a north; «media» is no size
        if x in self.said or denied(s, m) != denied(o, k) or any(denied(p, at) for p, at in ((s, m), (o, k))):
            return False
        if (
            len({frozenset(_TURNING.intersection(p.low[slice(*p.sents[p.sent_of[at]])])) for p, at in ((s, m), (o, k))})
            > 1
        ):
            return False
        if _or_more(s, m, o, k) or _or_more(o, k, s, m):
            return False
        if any(_left_out(p, at) for p, at in ((s, m), (o, k))):
            return False
        if of_another_clause(s, m, o, k) or of_other_kin(s, m, o, k) or of_the_rest(s, m, o, k):
            return False
        here, there = self.among.source(s.start[m]), self.among.output(o.start[k])
        shared = here & there - {x, y}
        if not self.among.enough(shared, here, there) and not (exclude(x, y) and self._of_one_thing(m, k)) and not self._by_pronoun(m, k):
            return False
        # of what the source says the output's word as well?
        again = (self.among.source(s.start[n]) for n in self.places.get(y, ()))
        return not any(len((other & there) - {y}) >= min(len(shared), 2) for other in again)

    def _of_one_thing(self, m: int, k: int) -> bool:
        """Whether two members of a class, the one only in the source and the other only in the output, stand beside one word, or
        in sentences that share words."""
        s, o = self.s, self.o
        if o.key[k] in self.places:
            return False
        here, there = (set(p.key[slice(*p.sents[p.sent_of[at]])]) for p, at in ((s, m), (o, k)))
        once = [word for word in here & there if len(self.places.get(word, ())) == 1]
        return len(once) >= ONCE or bool(
            {s.key[n] for n in _beside(s, m)} & {o.key[n] for n in _beside(o, k)} & set(once)
        )

    def _by_pronoun(self, m: int, k: int) -> bool:
        """Whether one doer does to «it» what the output has done to a thing by its name, of which the sentence before speaks."""
        s, o = self.s, self.o
        n = s.sent_of[m]
        meant = any(s.low[c] in _IT for c in s.sub(m, ("dobj", "nsubjpass"))) and n and self._same_doer(m, k)
        if not meant or not opposites(self.s_key[m]).isdisjoint(self.places):
            return False  # the source says its opposite as well, of whatever
        things = {o.key[c] for c in o.sub(k, ("dobj", "nsubjpass")) if o.is_content(c)}
        return bool(things & set(s.key[slice(*s.sents[n - 1])]))

    def _may_stand_for(self, m: int, k: int) -> bool:
        x, y = self.s_key[m], self.o_key[k]
        if _SORTS.get(self.s.pos[m]) != _SORTS.get(self.o.pos[k]) and not {x, y} <= _STATES and not exclude(x, y):
            return False
        if {self.s.pos[m], self.o.pos[k]} == {"VERB"} and self._of_persons(m, k):
            return False
        return _TWO_SIDED.isdisjoint((x, y)) or self._same_doer(m, k)

    def _same_doer(self, m: int, k: int) -> bool:
        return bool(_doer(self.s, m) & _doer(self.o, k))

    def _of_persons(self, m: int, k: int) -> bool:
        """Whether somebody does the one and something else the other: «the hat fell as he jumped»."""
        pronouns = [{p.low[a] for a in p.sub(at, ("nsubj",))} & _PERSONS for p, at in ((self.s, m), (self.o, k))]
        mine, theirs = _doer(self.s, m), _doer(self.o, k)
        return bool(pronouns[0]) != bool(pronouns[1]) and bool(mine and theirs) and not mine & theirs


def _with_particles(p: Parse) -> list[str]:
    """The stems of a text, of «turned down» that of the verb it stands for."""
    keys = list(p.key)
    for k in p.predicates:
        for c in p.children[k]:
            if p.low[c] in _PARTICLES and (verb := PHRASAL.get(f"{p.lemma[k]} {p.low[c]}")):
                keys[k] = stem(verb)
    return keys


def _or_more(p: Parse, a: int, q: Parse, b: int) -> bool:
    """Whether one side says «no smaller than» and the other «or larger»."""
    return a > 0 < b and p.low[a - 1] in NEGATORS and p.low[a + 1 : a + 2] == ["than"] and q.low[b - 1] == "or"


def _left_out(p: Parse, k: int) -> bool:
    """Whether the sentence ends with a denial that leaves out its verb: «round tables are allowed; long ones are not»."""
    low = [word for word in p.low[slice(*p.sents[p.sent_of[k]])] if word.strip()]
    return any(a in _SMALL_VERBS and b in ("not", "n't") and (c in _STOPS) for a, b, c in zip(low, low[1:], [*low[2:], "."], strict=False))


def _doer(p: Parse, k: int) -> set[str]:
    """The words of who does the verb `k`, a pronoun as it stands where nobody knows whom it means."""
    found = [a for c in p.clauses_of_sentence[p.sent_of[k]] if c.head == k and not c.passive for a in p.sub(k, ("nsubj",))]
    return {word for a in found for word in (p.unit(a) or p.low[a]).split()} | {p.key[a] for a in found if p.pos[a] in ("NOUN", "PROPN")}


def _beside(p: Parse, k: int) -> list[int]:
    """The content words that a word hangs on or that hang on it."""
    return [n for n in (p.head[k], *p.children[k]) if n != k and p.is_content(n)]
