"""Whether what a clause tells was done, is still to be done, may have been, or is only thought about.

Read off auxiliaries, adverbs and what governs the clause. Where neither says anything («the valve opens at noon»), the
status is open, and an open one contradicts none.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from tellback.language.clauses import Clause, Parse
from tellback.language.lexicon import words


class Status(Enum):
    """`value` is what people read."""

    DONE = "done"
    TO_DO = "to be done"
    MAYBE = "possible"
    THOUGHT = "considered"


_MUST = words("must shall will 'll wo need ought")
_MAY = words("may might")
_DOUBT = words("possibly perhaps maybe probably likely apparently allegedly reportedly supposedly presumably")
#: Verbs whose complement is still to be done.
_PLANNING = words("plan intend schedule expect have need go aim promise agree ask require remain want hope want order tell")
#: Verbs whose complement is only possible.
_SEEMING = words("seem appear believe think suspect allege suppose report rumour rumor presume")
#: Verbs whose complement or object is only thought about.
_CONSIDERING = words("consider contemplate discuss debate weigh mull evaluate explore")
_UNSURE = words("possible probable likely unclear unknown uncertain conceivable")
_TIMED = words("before after as")
#: Words that open what is waited for, wherever the parse hangs them, and how far in front of its verb they are looked for.
_WAITING, _REACH = words("before until till unless"), 12
_CONDITION = words("if unless when once until whether provided should")
#: Words that head a line of what is still to be done.
_HEADS = words("next todo pending remaining open outstanding upcoming planned")
_OPEN_LINE = re.compile(r"(?:^|\n)[ \t]*(?:[-*+]|\d+[.)]) \[ \] [^\n]*$")
_LINE_HEAD = re.compile(
    r"(?:^|\n|[.;] )\W*(?:still |yet )?(?:to[- ]do|left to do|outstanding|remaining|not (?:yet )?done|open (?:tasks|items|points)|to be done)\W{0,3}:[^\n.]*$", re.I
)
_BOX = re.compile(r"(?:^|\n)[ \t]*[-*+] \[ \] $")
_PAST = ("VBD", "VBN")
_COMPLEMENTS = ("attr", "acomp", "advmod", "prep")


@lru_cache(maxsize=4)
def statuses(p: Parse) -> dict[int, Status]:
    """Head of a clause -> its status, for each clause that has one."""
    return {c.head: found for c in p.clauses if (found := _status(p, c))}


def _status(p: Parse, c: Clause) -> Status | None:
    i = c.head
    kids = p.children[i]
    aux = [k for k in kids if p.dep[k] in ("aux", "auxpass") and p.low[k + 1] != ":"]  # «Will: I came»
    if p.lemma[i] == "be":
        return None  # states are neither done nor to be done
    if p.tag[i] in ("VB", "VBP") and not aux and _BOX.search(p.text, max(0, p.start[i] - 12), p.start[i]):
        return Status.TO_DO  # an item that is not ticked
    if p.tag[i] in _PAST and not aux and _OPEN_LINE.search(p.text, max(0, p.start[i] - 200), p.start[i]):
        return Status.TO_DO  # «[ ] Lift inspected»
    marks = {p.low[k] for k in kids if p.dep[k] in ("mark", "advmod")}
    if p.dep[i] == "advcl" and (first := min(p.tree(i))) > 0:
        marks.add(p.low[first - 1])  # the parser hangs «before» on the other verb at times
    if marks & _CONDITION or (marks & _TIMED and any(p.tag[k] in ("VBZ", "VBP") for k in aux)):
        return None  # «before Bo has signed it»
    if any(p.tag[k] in ("VBZ", "VBP") and _waited_for(p, k) for k in aux):
        return None  # «before Bo (the clerk) has signed it»
    forms = {p.low[k] for k in aux} | {p.lemma[k] for k in aux}
    doubted = any(p.low[k] in _DOUBT for k in c.own) and not forms & _MUST  # «will probably» is loose talk for «will»
    if forms & _MAY or {"could", "have"} <= forms or doubted:
        return Status.MAYBE
    above = _governor(p, i, forms)
    if above is not None:
        return above
    if forms & _MUST:
        return Status.TO_DO
    if p.dep[i] == "conj" and not aux and p.head[i] in p.predicates and _status_of_head(p, p.head[i]) is not Status.DONE:
        return None  # «is to be closed and the staff moved»
    if {"to", "be"} <= forms and p.tag[i] == "VBN" and p.dep[i] in ("ROOT", "acl", "relcl", "conj"):
        return Status.TO_DO  # «the old flag, to be removed in May»
    if p.tag[i] == "VBN" and p.dep[i] in ("ccomp", "conj") and not aux and _had_done(p, i):
        return Status.TO_DO  # «Still to do: have the lift inspected»
    if "to" in forms:
        return None  # an infinitive that nothing above explains
    if p.tag[i] == "VB" and not aux and _headed(p, i):
        return Status.TO_DO
    if p.tag[i] == "VBG" and "be" in forms or "would" in forms or "can" in forms or "should" in forms:
        return None
    present = {p.tag[k] for k in aux} & {"VBZ", "VBP"} and "have" not in forms
    done = p.tag[i] in _PAST or p.pos[i] == "ADJ"
    finite = p.tag[i] == "VBD" or aux or p.dep[i] in ("ROOT", "conj")
    return Status.DONE if done and finite and not present else None


def _waited_for(p: Parse, k: int) -> bool:
    """Whether «before» or «until» stands in front of an auxiliary with nothing but its subject between them."""
    for n in range(k - 1, max(p.sents[p.sent_of[k]][0], k - _REACH) - 1, -1):
        if p.low[n] in _WAITING:
            return p.low[n + 1] not in ("now", "then", "today")
        if p.pos[n] in ("VERB", "AUX", "CCONJ") or p.low[n] in (";", ":", "."):
            return False
    return False


def _status_of_head(p: Parse, i: int) -> Status | None:
    return next((_status(p, c) for c in p.clauses_of_sentence[p.sent_of[i]] if c.head == i), None)


def _governor(p: Parse, i: int, forms: set[str]) -> Status | None:
    """The status that the word above gives to the clause of `i`."""
    h = p.head[i]
    if p.dep[i] in ("xcomp", "ccomp") and h in p.predicates or p.dep[i] in ("xcomp", "advcl") and "to" in forms and h != i:
        verb, progressive = p.lemma[h], p.tag[h] == "VBG"
        if verb in _CONSIDERING:
            return Status.THOUGHT
        if any(p.low[k] in _UNSURE for k in p.children[h]) and not forms & _MUST:
            return Status.MAYBE  # «it is possible that»
        if p.dep[i] != "ccomp" and "to" in forms:
            if verb in _SEEMING:
                return Status.MAYBE
            if verb == "be" and p.dep[i] == "advcl" and any(p.dep[k] in _COMPLEMENTS for k in p.children[h]):
                return None  # «two must be there to lift it»: what for, and no duty
            if verb == "be" or verb in _PLANNING and (verb != "go" or progressive):
                return Status.TO_DO
    if p.dep[i] == "pcomp" and p.lemma[p.head[h]] in ("think", "talk"):
        return Status.THOUGHT  # «is thinking about closing»
    if p.dep[i] == "xcomp" and p.tag[i] == "VBG" and p.lemma[h] == "need":
        return Status.TO_DO
    if "to" in forms and p.dep[i] in ("xcomp", "acl", "relcl") and p.lemma[h] == "be":
        return Status.TO_DO  # «the form is to be signed»
    return None


def _had_done(p: Parse, i: int) -> bool:
    """Whether it is what a line of open tasks says to have done."""
    while p.dep[i] == "conj" and p.head[i] != i:
        i = p.head[i]
    h = p.head[i]
    return p.dep[i] == "ccomp" and p.low[h] in ("have", "get") and p.tag[h] in ("VB", "VBP") and not p.sub(h, ("nsubj", "aux")) and _headed(p, h)


def _headed(p: Parse, i: int) -> bool:
    """Whether a line begins with a word as «Next:» and goes on with the imperative `i`."""
    first = p.sents[p.sent_of[i]][0]
    before = range(max(first - 4, 0), i)
    if _LINE_HEAD.search(p.text, max(0, p.start[i] - 200), p.start[i]):
        return True
    return any(p.low[k] in _HEADS and ":" in p.low[k + 1 : k + 3] for k in before)


def thought_of(p: Parse) -> dict[str, list[int]]:
    """Stem of a noun -> its places, where the noun names a deed that is only thought about: «is considering a move»."""
    out: dict[str, list[int]] = {}
    for c in p.clauses:
        if p.lemma[c.head] in _CONSIDERING:
            for k in c.roles.get("patient", ()):
                if p.pos[k] == "NOUN":
                    out.setdefault(p.key[k], []).append(k)
    return out
