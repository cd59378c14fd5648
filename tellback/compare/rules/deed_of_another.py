"""A deed with its doer or receiver exchanged for another person of the text: «I will call» of Ana's told as «Ben will call».

Names are bound to predicates over the whole text, through «I» and «you» of whoever speaks. What the source says of one
person, and nowhere of the other, the output says of the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.clauses import own_keys
from tellback.compare.sentences.company import part_of
from tellback.compare.sentences.governors import MUTUAL_STEMS
from tellback.facts.relations import clause_span
from tellback.language.clauses import Clause, Parse
from tellback.language.columns import LIGHT
from tellback.language.lexicon import words
from tellback.language.speakers import turns
from tellback.language.stems import stem
from tellback.records import Span

#: Roles in which a person is looked for.
_ROLES = ("agent", "patient", "recipient", "with", "to", "for", "from", "against")
#: Share of the words of the smaller of two deeds that they must have in common, besides their verb and the names.
ALIKE = 0.6
#: Deeds of no more words than this are known by one of them.
ENOUGH = 2
#: What a clause says behind its last role, up to the next stop: «off at Christmas».
_REST = re.compile(r"(?: [\w'’-]+){1,6}(?=[,.;:!?\n]|$)")
_MODIFIERS = ("compound", "amod", "nmod", "poss")
_CALENDAR = words(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug sep "
    "oct nov dec monday tuesday wednesday thursday friday saturday sunday"
)
_STATES = frozenset(map(stem, ("be", "have")))
_EMPTY = frozenset(map(stem, LIGHT | {"say", "tell", "take", "give", "see", "call", "know"}))


@dataclass(frozen=True, eq=False)
class Deed:
    """A clause with a name (its words) in one of its roles, its other content words, and all names in it. `noun`: the stem of
    what the name only qualifies, «» where it fills the role itself."""

    clause: Clause
    sentence: int
    person: frozenset[str]
    name: str
    at: int
    rest: frozenset[str]
    all: frozenset[str]
    noun: str


class DeedOfAnother(TextRule):
    name = "deed of another"
    kinds = ("roles",)
    reasons = (Reason.DONE_BY_ANOTHER,)
    found = (
        Found("Ana: I will call the bank.\nBen: I will book the flights.", "Ben will call the bank. Ben will book the flights.",
              "I will call the bank", "Ben will call the bank"),
        Found("Ana Lund proposed a break at noon. Ben Roth objected, and Carl Voss agreed with Ana Lund.",
              "Ana Lund proposed a break at noon. Ben Roth objected, and Carl Voss agreed with Ben Roth.",
              "Carl Voss agreed with Ana Lund", "Carl Voss agreed with Ben Roth"),
    )  # fmt: skip
    harmless = (
        Harmless("Ana: I will call the bank.\nBen: I will book the flights.", "Ben will book the flights, Ana will call the bank."),
        Harmless("Ana Lund won in May. Ben Roth won in June.", "Ben Roth won in June, and Ana Lund won in May."),
        Harmless("Inspector Karl Roth of the Ulm Police says that the thieves came by the roof.",
                 "Police say that the thieves came by the roof."),
        Harmless("Ana Lund met Ben Roth in Ulm.", "Ben Roth met Ana Lund in Ulm."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        people = _people(s)
        mine, theirs = _deeds(s, people), _deeds(o, people)
        out = []
        for place, told in theirs.items():
            given = mine.get(place, [])
            for deed in told:
                other = _of_another(deed, given)
                if other is None or any(other.person & d.person and d.rest >= other.rest for d in told):
                    continue
                if _named_beside(s, other, deed) or deed.noun and _is_word(o, other) or deed.noun and not _exchanged(s, other, o, deed) or _said_without_verb(s, other.sentence, deed):
                    continue
                spans = _span(s, other), _span(o, deed)
                drift = Drift("roles", *spans, Reason.DONE_BY_ANOTHER, (other.name, deed.name), with_clause=True)
                out.append(Placed(other.sentence, deed.sentence, drift))
        return out


def _people(s: Parse) -> set[str]:
    """The words of the names that the source has, and of who speaks in it."""
    found = {word for name in s.voices.values() for word in name.split()}
    found |= {word for turn in turns(s.text) for word in turn.name.lower().split()}
    return found | {s.low[k] for k, pos in enumerate(s.pos) if pos == "PROPN"}


def _name(p: Parse, k: int, people: set[str]) -> str:
    """The name that the word `k` is or, as «I» or «you», stands for; «» for none. Other pronouns are left out: of whom they
    speak is known too seldom to accuse by it. A name without its capital is none."""
    if k in p.voices:
        return p.voices[k]
    if not p.text[p.start[k]].isupper() or k in p.refers:
        return ""
    return p.unit(k) if p.pos[k] == "PROPN" else p.low[k] if p.low[k] in people else ""


_REACH = 6  # words before a name in which its «by» is looked for
_OF = ("of", "in", "at", "from", "for", "near", "on")


def _qualifying(p: Parse, k: int) -> str:
    """The one name that says which thing the noun `k` is: «the Lisbon workshop», «the one in Porto»; «» for none."""
    near = [c for c in p.children[k] if p.dep[c] in _MODIFIERS]
    near += [m for c in p.sub(k, ("prep",)) if p.low[c] in _OF for m in p.sub(c, ("pobj",))]
    names = [c for c in near if p.pos[c] == "PROPN" and p.text[p.start[c]].isupper() and p.low[c] not in _CALENDAR]
    return p.unit(names[0]) if len(names) == 1 else ""


def _deeds(p: Parse, people: set[str]) -> Mapping[tuple[str, str], list[Deed]]:
    """(verb, role) -> the deeds in which a known name has that role."""
    out: dict[tuple[str, str], list[Deed]] = defaultdict(list)
    for c in p.clauses:
        if c.denied or c.key in _STATES:
            continue
        names = {role: [(n, k) for k in c.roles.get(role, ()) if (n := _name(p, k, people))] for role in _ROLES}
        all_words = frozenset(word for found in names.values() for n, _ in found for word in n.split())
        for role, found in names.items():
            if len(c.roles.get(role, ())) != 1:
                continue
            at = c.roles[role][0]
            if _of_later_verb(p, c, at) or p.dep[at] == "attr" and p.dep[c.head] == "relcl":
                continue  # «Ana was a Democrat who served»: Ana did
            name = found[0][0] if found else _qualifying(p, at)
            if name and set(name.split()) <= people:
                rest = frozenset(_rest(p, c, people))
                noun = "" if found else p.key[at]
                deed = Deed(c, p.sent_of[c.head], frozenset(name.split()), name, at, rest, all_words, noun)
                out[c.key, role].append(deed)
    return out


def _of_later_verb(p: Parse, c: Clause, at: int) -> bool:
    """Whether a name behind «by» stands behind another verb than the clause's: «drawn by Ann and built by Ben»."""
    by = next((k for k in range(at - 1, max(c.head, at - _REACH), -1) if p.low[k] == "by"), None)
    return by is not None and any(p.pos[k] == "VERB" for k in range(c.head + 1, by))


def _rest(p: Parse, c: Clause, people: set[str]) -> set[str]:
    """The content words of a deed and of what it opens, but its verb and names."""
    found = set(own_keys(p, c))
    for k in p.children[c.head]:
        if p.dep[k] in ("xcomp", "ccomp") and k in p.predicates:
            found |= {p.key[m] for m in p.tree(k) if p.pos[m] in ("VERB", "NOUN", "NUM", "PROPN")}
    names = {stem(word) for word in people} | people
    return found - names - _EMPTY - {c.key, p.key[c.head]}


def _of_another(deed: Deed, given: list[Deed]) -> Deed | None:
    """The deed of the source that is this one by its words, but of another person; None where the source says it of this
    person too, or where nothing but the verb says that they are one."""
    mutual = deed.clause.key in MUTUAL_STEMS
    if any(deed.all <= d.all or d.all <= deed.all if mutual else deed.person & d.person and _alike(deed, d) >= ALIKE / 2 for d in given):
        return None
    given = [d for d in given if d.noun == deed.noun]
    alike = [d for d in given if not deed.person & d.person and _is_alike(deed, d)]
    if alike:
        return max(alike, key=lambda d: len(d.rest & deed.rest))
    alone = len(given) == 1 and deed.clause.key not in _EMPTY and not given[0].rest and not deed.rest
    return given[0] if alone and not given[0].person & deed.person else None


def _exchanged(s: Parse, other: Deed, o: Parse, deed: Deed) -> bool:
    """Whether both names stand in both sentences: «drop the Lisbon workshop and keep the one in Porto»."""
    here, there = (set(p.low[slice(*p.sents[d.sentence])]) for p, d in ((s, other), (o, deed)))
    return other.person | deed.person <= here & there


def _is_word(o: Parse, other: Deed) -> bool:
    """Whether what qualifies a noun of a heading, «Seal Rescue Centre», is no name: the output has it in small letters."""
    return any(o.low[k] in other.person and o.text[o.start[k]].islower() for k in range(len(o.low)))


def _named_beside(p: Parse, one: Deed, other: Deed) -> bool:
    """Whether a text names the other one in its words for the one: «Inspector Roth of the Ulm Police said»."""
    return other.person <= {p.low[k] for k in p.tree(one.at)}


def _said_without_verb(s: Parse, sentence: int, deed: Deed) -> bool:
    """Whether the sentence says it of this person as well, in a part that leaves out the verb: «and Ruth in June»."""
    for k in range(*s.sents[sentence]):
        if s.low[k] in deed.person:
            part = part_of(s, sentence, k)
            if s.predicates.isdisjoint(part) and (not deed.rest or deed.rest & {s.key[m] for m in part}):
                return True
    return False


def _span(p: Parse, deed: Deed) -> Span:
    """The words of a deed, with the name."""
    first, last = clause_span(p, deed.clause)
    if p.sent_of[deed.at] != deed.sentence:
        return first, last
    name = p.span(*p.phrase(deed.at))
    end = max(last, name[1])
    rest = _REST.match(p.text, end)
    return min(first, name[0]), rest.end() if rest else end


def _is_alike(a: Deed, b: Deed) -> bool:
    """Whether two deeds of one verb share most of what else is said of them: two words at least, if they have as many."""
    common = len(a.rest & b.rest)
    enough = bool(a.noun) or common > 1 or common == 1 and max(len(a.rest), len(b.rest)) <= ENOUGH
    return enough and _alike(a, b) >= ALIKE


def _alike(a: Deed, b: Deed) -> float:
    if not a.rest or not b.rest:
        return 1.0
    return len(a.rest & b.rest) / min(len(a.rest), len(b.rest))
