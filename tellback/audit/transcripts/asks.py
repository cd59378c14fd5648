"""Clauses that ask for something: imperatives, rules, lists of them, and the single requests that a sentence joins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tellback.audit.transcripts.clauses import PIVOT, Clause, clause_at

_VERBS = """
    accept add adjust allow answer append apply approve archive ask assume attach avoid backport backup begin block bring build
    bump call cancel change check clean clear clone close collect comment commit compare compile compress configure confirm
    consider continue convert copy correct create cut debug decrease delete deploy describe design disable discard do document
    download draft drop dump edit email enable encrypt ensure exclude execute expand explain export extend extract fetch fill
    filter find finish fix follow force format forward generate get give grant guard handle hide hold ignore implement import
    improve include increase inform inline insert inspect install integrate investigate invite keep label launch leave let limit
    link lint list load lock log look lower maintain make mark measure mention merge migrate mock modify monitor move name notify
    omit open optimise optimize order organise organize overwrite pass patch pause pin plan port post prefer prepare preserve print
    profile promote propose protect provide prune publish pull purge push put raise read rebase rebuild record redo reduce refactor
    refer reformat register reject release reload remember remind remove rename render reorder repeat replace reply report request
    require reset resolve respect respond restart restore retain retry return reuse revert review revise rewrite roll rotate run
    save scan schedule search secure see select send separate set share ship show shrink simplify skip sort speed split squash
    stage start stay stick stop store strip submit summarise summarize switch sync tag take talk tell test tidy touch track
    translate treat trim truncate try turn uninstall unify unlock update upgrade upload use validate verify wait warn watch wipe
    wire work wrap write"""
VERBS = frozenset(_VERBS.split())
_VERB = "|".join(sorted(VERBS))

# what may stand before an imperative: list signs, a label, and words of politeness
LEAD = r"^[\s\-*•>#\"'“«_`(\d.)\]\[]*(?:[\w /'’-]{1,40}:[\s*_]*)?(?:(?:please|also|and|but|so|then|now|next|you|we|to|agents?)\s+)*"
RULE = re.compile(
    LEAD + r"(?:always|never|do not|don[’']?t|avoid|make sure|be sure|ensure|only|stop|remember to|refrain from|"
    r"under no circumstances|no (?:more )?\w+ing)\b",
    re.I,
)
STRONG = re.compile(
    r"\b(?:must(?! have)(?:n[’']t)?|(?:must|should|shall|may|to|you) (?:always|never)|"
    r"is (?:forbidden|prohibited|mandatory|required)|"
    r"are (?:forbidden|prohibited|mandatory|required)|(?:is|are) not allowed)\b",
    re.I,
)
WEAK = re.compile(
    r"\b(?:should(?:n[’']t)?(?! have)|(?:you|we) (?:need|have) to|i want you to|i(?:’|')?d like you to|off[- ]limits)\b",
    re.I,
)
_NEVER = re.compile(r"\bnever (?!\w+ed\b)\w+", re.I)
# after a word that is a noun as well: «Commit 3fa9c21 is pushed», «Review of #231», «Run 7 took»
_NOUN = re.compile(
    r"[ \t]+(?:of|is|was|are|were|has|had|have|took|takes|gave|gives|ran|went|results?|time|times|status|logs?|number|count|"
    r"\W*\d\S*|one|longer)\b",
    re.I,
)
_DENIED = r"(?:always|never|no|not to|do not|don[’']?t|must(?:n[’']t)?|avoid|make sure|ensure|refrain from|stop)"


@cache
def _plain() -> re.Pattern[str]:
    """The bare form of a verb where a clause begins. Made when it is first asked for: most texts hold no claim about requests."""
    return re.compile(
        LEAD + rf"(?:let[’']?s\s+(?:not\s+)?)?(?:not\s+to\s+)?(?:{_VERB}|no)\b(?P<next>[ \t]+\S+|[ \t]*$|[,.;])", re.I
    )


@cache
def _parts() -> re.Pattern[str]:
    """Where one request ends and the next begins."""
    return re.compile(
        rf"[;\n]\s*|,\s*(?:(?:and|but|or|then)\s+)*(?=(?:please\s+|also\s+|to\s+)?(?:{_DENIED}|{_VERB})\b)"
        rf"|\s+(?:and|but|then)\s+(?=(?:please\s+|also\s+)?(?:{_DENIED}|to\s+(?:{_VERB})|(?:{_VERB}))\b(?!-))"
        r"|,\s*(?:and\s+)?(?=(?:[\w/.`'’-]+\s+){1,5}(?:is|are|stays?|must|may|can|should|remains?|has|have|needs?)\b)",
        re.I,
    )


def is_plain(text: str) -> bool:
    """Whether a clause begins with the bare form of a verb, or with «no», as one who asks for something does."""
    found = _plain().match(text)
    return found is not None and not _NOUN.match(found["next"])


def is_rule(text: str) -> bool:
    """Whether a clause says what must always, never or only be done."""
    return bool(RULE.search(text) or STRONG.search(text))


def asks(text: str) -> bool:
    """Whether a clause of one who may give instructions is one."""
    return is_rule(text) or bool(WEAK.search(text) or _NEVER.search(text)) or is_plain(text)


def single(text: str, clause: Clause) -> Iterator[Clause]:
    """The single requests that a clause of `text` joins: «rename a to b, run the tests and never push»."""
    start, end = clause.span
    at = start
    for joint in _parts().finditer(text, start, end):
        if joint.start() > at and not PIVOT.match(text, joint.start(), end):
            yield from clause_at(text, at, joint.start())
            at = joint.end()
    if at == start:
        yield clause
    else:
        yield from clause_at(text, at, end)
