"""Instructions and decisions of a transcript: which an output keeps, turns around, loses, or makes up.

An instruction is what the user, or the program's system message, said must always, never, only ... be done. What a
tool returned or the agent itself wrote is none, whatever it says: an output that passes it on as one has invented it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tellback.audit.findings import INVENTED, Finding
from tellback.audit.transcripts.clauses import Clause, Index, clauses
from tellback.audit.transcripts.messages import DECISION, INSTRUCTION, Transcript
from tellback.language.stems import stem

GIVERS = ("user", "system")
KEPT = 0.6  # share of a clause's content words that another must hold to speak of the same thing
SUPPORTED = 0.5  # share of an output instruction's content words that a user must have said

# what may stand before an imperative: list signs, a label, and words of politeness
_LEAD = (
    r"^[\s\-*•>#\"'“«_`(\d.)\]\[]*(?:[\w /-]{1,40}:[\s*_]*)?(?:(?:please|also|and|but|so|then|you|we|to|agents?)\s+)*"
)
_IMPERATIVE = re.compile(
    _LEAD + r"(?:always|never|do not|don[’']?t|avoid|make sure|be sure|ensure|only|stop|remember to|refrain from|"
    r"under no circumstances|no (?:more )?\w+ing)\b",
    re.I,
)
_STRONG = re.compile(
    r"\b(?:must(?! have)(?:n[’']t)?|(?:must|should|shall|may|to|you) (?:always|never)|"
    r"is (?:forbidden|prohibited|mandatory|required)|"
    r"are (?:forbidden|prohibited|mandatory|required)|(?:is|are) not allowed)\b",
    re.I,
)
_WEAK = re.compile(
    r"\b(?:should(?:n[’']t)?(?! have)|(?:you|we) (?:need|have) to|i want you to|i(?:’|')?d like you to)\b", re.I
)
# what an output says that the user wanted
_REPORTED = re.compile(
    r"\busers?\b[^.\n]{0,40}?\b(?:ask(?:s|ed)?|wants?|wanted|request(?:s|ed)|told|instruct(?:s|ed)|prefer(?:s|red)?|"
    r"insist(?:s|ed)|requir(?:es|ed)|approv(?:es|ed)|authori[sz](?:es|ed)|confirm(?:s|ed)|agreed|allow(?:s|ed)|"
    r"permitted)\b",
    re.I,
)
_REPORTING = re.compile(
    r"^(?:ask|want|request|told|instruct|prefer|insist|requir|approv|authori|confirm|agre|allow|permit|explicit)"
)
_DECISION = re.compile(
    r"\b(?:we(?:[’']ve| have)? (?:decided|chose|agreed|settled|picked|opted|went with)|decided (?:to|on|against|that)|"
    r"decision:|let[’']?s (?:use|go|stick|keep|switch|drop|avoid|not)|(?:going|go|went) with|settled on|opted for|"
    r"we(?:[’']ll| will) (?:use|keep|stick|switch|drop)|i(?:[’']ll| will) (?:use|go with)|chose|chosen|picked)\b",
    re.I,
)
_VERSUS = re.compile(r"\b(?:over|instead of|rather than)\b", re.I)
_YES = re.compile(
    r"^\W*(?:y|yes|yep|yeah|ok|okay|sure|go ahead|go for it|do it|lgtm|approved?|sounds good|please do)\b", re.I
)


def instructions(transcript: Transcript, output: str) -> tuple[list[Finding], list[Finding]]:
    """(one finding an instruction of the transcript, the instructions of the output that nobody gave)."""
    said = _said(transcript, GIVERS)
    given = [c for c in said if c.words and _instructs(c.text)]
    told = [c for c in clauses(output) if c.words]
    index = Index(told)
    facts = [_match(INSTRUCTION, clause, index) for clause in given]
    support = _support(transcript, said)
    strange = [c for c in told if _tells(c.text) and not _supported(c, support)]
    others = _by_others(transcript) if strange else Index(())
    invented = [
        Finding(INSTRUCTION, INVENTED, None, c.text, None, c.span, _origin(transcript, others, c)) for c in strange
    ]
    return facts, invented


def decisions(transcript: Transcript, output: str) -> list[Finding]:
    """One finding for each decision that the user or the agent put into words."""
    made = [
        c
        for c in _said(transcript, ("user", "assistant"))
        if c.words and _DECISION.search(c.text) and not _instructs(c.text)
    ]
    index = Index(c for c in clauses(output) if c.words)
    return [_match(DECISION, clause, index) for clause in made]


def _said(transcript: Transcript, roles: Sequence[str]) -> list[Clause]:
    parts = [p for p in transcript.parts if p.form == "text" and p.role in roles]
    return _once(c for p in parts for c in clauses(transcript.text, *p.span))


def _once(found: Iterable[Clause]) -> list[Clause]:
    """Each text once: what a program repeats with every message is one thing said."""
    return list({" ".join(c.text.casefold().split()): c for c in reversed(list(found))}.values())[::-1]


def _instructs(text: str) -> bool:
    return bool(_IMPERATIVE.search(text) or _STRONG.search(text) or _WEAK.search(text))


def _tells(text: str) -> bool:
    """Whether a clause of an output passes something on as an instruction. «should» alone may describe a program."""
    return bool(_IMPERATIVE.search(text) or _STRONG.search(text) or _REPORTED.search(text))


def _match(kind: str, clause: Clause, index: Index) -> Finding:
    near, share = index.nearest(clause.words, clause.negative)
    found = (clause.text, clause.span)
    if near is None or share < KEPT:
        return Finding(kind, "missing", found[0], None, found[1], None, f"no sentence speaks of this {kind}")
    said = (near.text, near.span)

    def finding(outcome: str, why: str) -> Finding:
        return Finding(kind, outcome, found[0], said[0], found[1], said[1], why)

    if near.negative != clause.negative:
        now = "forbids or denies" if near.negative else "no longer forbids or denies"
        return finding("drifted", f"the same words, but the output {now} what is said")
    if _swapped(clause.text, near.text):
        return finding("drifted", "what was chosen and what was rejected changed places")
    lost = clause.values - near.values
    if lost and near.values - clause.values:
        return finding("replaced", f"says {_listed(near.values - clause.values)} for {_listed(lost)}")
    if lost:
        return finding("missing", f"speaks of it without {_listed(lost)}")
    return finding("faithful", f"shares {share:.0%} of its content words, and its sense")


def _swapped(source: str, output: str) -> bool:
    sides = []
    for text in (source, output):
        pivot = _VERSUS.search(text)
        if not pivot:
            return False
        parts = (text[: pivot.start()], text[pivot.end() :])
        sides.append([frozenset(stem(t.casefold()) for t in re.findall(r"[\w.+-]*\w", part)) for part in parts])
    (chosen, rejected), (now_chosen, now_rejected) = sides
    return bool((chosen - rejected) & (now_rejected - now_chosen)) and bool(
        (rejected - chosen) & (now_chosen - now_rejected)
    )


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)[:3])


def _support(transcript: Transcript, said: Sequence[Clause]) -> Index:
    """What a user stands behind: clauses, whole short messages, and the question that was answered with «yes»."""
    found = list(said)
    before: list[Clause] = []
    for part in transcript.parts:
        if part.form != "text":
            continue
        words = transcript.words(part)
        own = list(clauses(transcript.text, *part.span))
        if part.role == "assistant":
            before = own
        elif part.role in GIVERS:
            if len(words.split()) <= 60 and own:
                union = frozenset().union(*(c.words for c in own))
                values = frozenset().union(*(c.values for c in own))
                found += [Clause(words, part.span, union, values, negative) for negative in {c.negative for c in own}]
            if _YES.search(words) and len(words.split()) <= 12:
                found += before
            before = []
    return Index(found)


def _supported(clause: Clause, support: Index) -> bool:
    words = frozenset(w for w in clause.words if not _REPORTING.search(w))
    if not words:
        return True  # «the user agreed»: there is nothing in it to be carried out
    near, share = support.nearest(words, clause.negative)
    return near is not None and share >= SUPPORTED


def _by_others(transcript: Transcript) -> Index:
    """What stands in a transcript, but was said neither by a user nor by the system message."""
    parts = [p for p in transcript.parts if not (p.form == "text" and p.role in GIVERS)]
    return Index(c for p in parts for c in clauses(transcript.text, *p.span))


def _origin(transcript: Transcript, others: Index, clause: Clause) -> str:
    """Why an instruction counts as invented: who said it, if not a user."""
    near, share = others.nearest(clause.words, clause.negative)
    if near is None or share < KEPT:
        return "no user gave this instruction"
    part = transcript.part_at(near.span[0])
    who = "a tool returned it" if part.role == "tool" else "the agent said it"
    return f"no user gave this instruction; {who} (line {part.line} of the transcript)"
