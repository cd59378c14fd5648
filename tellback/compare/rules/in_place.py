"""A word told as one that excludes it, among the words that it stands among: «a comedy by Lund» told as «a drama by Lund».

A summary joins and reorders so much that its sentences are no pairs for the other rules; the words around one word stay
together all the same. Found is a word of the output where the source has another among the same words, if the two are
opposites or members of one class, and neither text has both there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.kin import of_other_kin
from tellback.compare.sentences.polarity import wished_otherwise
from tellback.compare.sentences.surroundings import (
    LEAST,
    Around,
    Surroundings,
    content_places,
    denied,
    of_another_clause,
    of_the_rest,
)
from tellback.language.classes import classed, exclude
from tellback.language.clauses import Parse
from tellback.language.lexicon import ORDINALS, exclusive, opposite, opposites
from tellback.language.stems import stem

#: «increases» is a noun or a verb, as the parse goes.
_SORTS = {"VERB": "word", "NOUN": "word", "PROPN": "word", "ADJ": "quality", "ADV": "quality"}
#: What one side does, the other suffers.
_TWO_SIDED = frozenset(map(stem, ("win", "lose", "victory", "defeat", "loss", "beat")))
_SUPERLATIVES = ("JJS", "RBS")
_COMPARATIVES = ("JJR", "RBR")


class InPlace(TextRule):
    name = "in the place of what excludes it"
    kinds = ("negation", "attribution")
    reasons = (Reason.OPPOSITE_IN_PLACE, Reason.MEMBER_IN_PLACE)
    found = (
        Found("The troupe opened the season at Ulm with a comedy by Lund. Tickets for the first night were cheap.",
              "For the first night of the season, which the troupe opened with a drama by Lund, tickets were cheap.", "comedy", "drama"),
        Found("The results were down since, as the firm says, increases in raw materials ate the profit.",
              "The firm says that decreases in raw materials and the strike at the port were the cause.", "increases", "decreases"),
        Found("Ekman signed the lease with his brother Olle in May, after long talks. The rent stays as it was.",
              "After long talks Ekman and his sister Olle signed the lease in May; the rent stays.", "brother", "sister"),
        Found("The medical school at Uppsala took sixty students this autumn. Most came from the north.",
              "Sixty students were taken this autumn by the law school at Uppsala.", "medical", "law"),
        Found("The goalkeeper hurt his knee in the second half of the match against Ulm, and left. Ulm won.",
              "In the match against Ulm the goalkeeper hurt his ankle in the second half.", "knee", "ankle"),
    )  # fmt: skip
    harmless = (
        Harmless("In March sales of yarn rose, in April they fell.", "Sales of yarn fell in April."),
        Harmless("He gave the white boat to Ana and the red boat to Ben.", "Ben has the red boat, and Ana the white one."),
        Harmless("The mill at Ulm was no longer empty.", "The mill at Ulm was full."),
        Harmless("We had drinks at the inn with Ana: beer for me, wine for her.", "Ana had wine at the inn."),
        Harmless("Ulm lost to Lyon after the break.", "Lyon won against Ulm after the break."),
        Harmless("They trained the model on small images of leaves. The large ones were kept for the test.",
                 "The model was trained on small images of leaves and tested on large ones."),
        Harmless("She has a list of the five most nutritious breads of the shop, and of the five worst ones.",
                 "She names the five least nutritious breads of the shop."),
        Harmless("The vents of the hall opened too late.", "In the hall the vents opened earlier in the end."),
        Harmless("The door of the cellar was never open at night.", "At night the door of the cellar was closed."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        texts = _Texts(s, o)
        found = {}
        for k in range(len(o.low)):
            if o.is_content(k) and (best := texts.rival(k)) is not None:
                found.setdefault((best, o.key[k]), _placed(s, best, o, k))
        return list(found.values())


def _placed(s: Parse, a: int, o: Parse, b: int) -> Placed:
    spans, said = (s.span(a, a), o.span(b, b)), (s.low[a], o.low[b])
    if opposite(s.key[a], o.key[b]):
        return Placed(s.sent_of[a], o.sent_of[b], Drift("negation", *spans, Reason.OPPOSITE_IN_PLACE, said))
    drift = Drift("attribution", *spans, Reason.MEMBER_IN_PLACE, said, outcome="replaced")
    return Placed(s.sent_of[a], o.sent_of[b], drift)


class _Texts:
    """Both texts, with an index of the source: where a stem stands, and which stems it has of a class."""

    def __init__(self, s: Parse, o: Parse) -> None:
        self.s, self.o = s, o
        self.here, self.there = Around(s), Around(o)
        self.places = content_places(s)
        self.members: dict[int, set[str]] = {}
        for key in self.places:
            for n in classed(key):
                self.members.setdefault(n, set()).add(key)

    def rival(self, k: int) -> int | None:
        """The word of the source that stands where word `k` of the output does and is excluded by it."""
        key, sort = self.o.key[k], _SORTS.get(self.o.pos[k])
        others = [other for other in self._excluded(key) if other in self.places] if sort else []
        if not others:
            return None
        around = self.there.of(k)
        if any(self.here.of(m).beside & around.beside for m in self.places.get(key, ())):
            return None  # the source says it too
        fits = [(n, m) for other in others for m in self.places[other] if (n := self._fit(around, m, sort)) >= LEAST]
        return max(fits, key=lambda fit: (fit[0], -fit[1]))[1] if fits else None

    def _excluded(self, key: str) -> Iterator[str]:
        yield from opposites(key)
        for n in classed(key):
            yield from (other for other in self.members.get(n, ()) if exclude(key, other))

    def _fit(self, around: Surroundings, m: int, sort: str) -> int:
        """How many words the two places share; 0 where one text has both words there, or denies one of them."""
        s, o, k = self.s, self.o, around.at
        mine, theirs = (p.key[slice(*p.sents[p.sent_of[at]])] for p, at in ((s, m), (o, k)))
        if _SORTS.get(s.pos[m]) != sort and not exclude(s.key[m], o.key[k]) or o.key[k] in mine or s.key[m] in theirs:
            return 0
        here = self.here.of(m)
        shared = here.shared(around)
        if shared < LEAST or denied(s, m) != denied(o, k):
            return 0
        if of_other_kin(s, m, o, k) or of_the_rest(s, m, o, k) or of_another_clause(s, m, o, k) or _other_doer(s, m, o, k) or _of_time(s, m) or _of_time(o, k):
            return 0
        if s.tag[m] in _SUPERLATIVES and any(
            x != m and s.tag[x] in _SUPERLATIVES for x in range(*s.sents[s.sent_of[m]])
        ):
            return 0  # «the most nutritious and the worst» has both ends
        if s.tag[m] in _COMPARATIVES and o.tag[k] in _COMPARATIVES and "than" in (*mine, *theirs):
            return 0  # they may compare with different things
        if wished_otherwise(s, m, o, k):
            return 0
        turned = any(opposite(x, y) for x in here.near - around.near for y in around.near - here.near)
        return 0 if turned else shared


def _of_time(p: Parse, k: int) -> bool:
    """Whether «last» counts back from today, or «third quarter» is a date."""
    return p.low[k] in ORDINALS and not exclusive(p.low[k], p.key[p.head[k]], ORDINALS)


def _other_doer(s: Parse, m: int, o: Parse, k: int) -> bool:
    """Whether two verbs have different subjects: «Ulm won against Lyon», «Lyon lost against Ulm». Of what has two sides that
    must be known."""
    mine, theirs = ({p.unit(x) for c in p.clauses_of_sentence[p.sent_of[at]] if c.head == at for x in c.roles.get("agent", ())}
                    for p, at in ((s, m), (o, k)))  # fmt: skip
    mine, theirs = ({w for unit in units for w in unit.split()} for units in (mine, theirs))
    if _TWO_SIDED.isdisjoint((s.key[m], o.key[k])) or s.pos[m] == o.pos[k] == "NOUN":
        return bool(mine and theirs) and not mine & theirs
    return not mine & theirs
