"""Whether two clauses that speak of the same contradict each other as instructions: forbidden and asked for, chosen and
rejected, on a condition and without it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tellback.audit.transcripts.asks import VERBS, asks
from tellback.audit.transcripts.clauses import BASE, NEGATOR, PIVOT, STOP, Clause, Index
from tellback.audit.transcripts.limits import lifted
from tellback.language.lexicon import opposite
from tellback.language.stems import stem

#: Share of a clause's words that the other must hold to be its denial.
LATER = 12  # instructions that share most with one, of which a later one may stand in its place
SAME = 0.6
_CHANGES = """
    change modify touch edit alter update rewrite refactor remove delete drop rename move migrate replace upgrade bump clean
    overwrite reformat port convert patch break wipe purge rework redesign restructure squash merge extend retouch crop resize recolour recolor trim shorten
    reword rephrase translate rearrange reorder repaint tweak adjust"""
CHANGES = frozenset(stem(w) for w in _CHANGES.split())
_ACTS = frozenset(stem(w) for w in VERBS) | CHANGES
PROTECTS = re.compile(
    r"\b(?:(?:leav|keep)(?:e|s|es|ing)?\b.{1,60}\b(?:alone|as (?:it|they) (?:is|are|was|were|stands?)|untouched|unchanged|in place)|un(?:changed|touched|modified|altered|edited)|"
    r"(?:left|kept|stay\w*|remain\w*|alone|just) (?:exactly |just )?(?:as|the way) (?:it|they) (?:is|are|was|were|stands?|stood)|left alone|"
    r"off[- ]limits|as[- ]is|intact|hands off|(?:stay|keep|steer)s? (?:away|clear|out|off)|read[- ]only|frozen|(?:must|should|shall|has to|have to|is to|are to|will) (?:stay|remain|be kept|keep (?:its|their|the (?:same|current|existing|old)))|(?:stays?|remains?) (?:as|the same|put|on|at|in|where|with))\b",
    re.I,
)
_PERMITS = re.compile(
    r"\b(?:may|can|is free to|are free to|(?:is|are) (?:now )?(?:fine|ok|okay|allowed|permitted|welcome|acceptable))\b(?! not|not)",
    re.I,
)
_PLANNED = re.compile(r"\b(?:is|are|was|were) to be (?!left|kept|spared|protected)\w+|\b(?:must|should|will) be (?!left|kept|spared)\w+ed\b", re.I)
_WITHOUT_LEAVE = re.compile(
    r"\bwithout (?:ask|confirm|check|approv|review|permi|wait|consult|notif|tell|test|back)\w*|\beven if\b|\bregardless\b",
    re.I,
)
_NEVER_WITHOUT = re.compile(r"(?:\b(?:never|not)\b|n[’']t\b)[^,;.]*?\bwithout (?:an? |the )?(?!\w+ing\b)([\w-]*\w)", re.I)
_SPARED = re.compile(r"\b(?:no need|need not|needn[’']t|(?:do not|don[’']t) (?:have|need)) (?:to )?([a-z]+)", re.I)
#: «No threshold is changed without asking» keeps the condition.
_NONE_WITHOUT = re.compile(r"(?:\b(?:no|not|never|nothing|nobody|none|cannot)\b|n[’']t\b)[^,;.]*?\bwithout\b", re.I)
_NOT_YET = re.compile(
    r"\b(?:has|have|had|did|was|were|is|are)(?: still)? ?(?:not|n[’']t|never)\b|\b(?:not|nothing|n[’']t)\b.*\byet\b|\bnever \w+ed\b",
    re.I,
)
#: «Without a reset, a rebase or a force push».
_WITHOUT_DEED = re.compile(
    r"\bwithout ((?!ask|confirm|check|approv|review|permi|wait|consult|notif|tell|test|back)\w+(?: (?!and\b|or\b|but\b)\w+){0,3}"
    r"(?:(?:, (?!and\b|or\b|but\b)\w+(?: (?!and\b|or\b|but\b)\w+){0,2})*,? (?:or|nor) \w+(?: (?!and\b|or\b|but\b)\w+){0,2})?)",
    re.I,
)
#: «Wait for the user's word before the run» denies the run.
_WAITS = re.compile(r"^\W*(?:wait|hold|pause)\w*\b|\bwaits? (?:for|until|till|on)\b|\bhas to wait\b|\b(?:paus|suspend|halt)(?:e?s|ed|ing)?\b|\bon hold\b|\b(?:only|not) (?:after|once|when|before|until)\b|\b(?:is|are|stays?) (?:put off|postponed|deferred)\b", re.I)
_REMOVES = re.compile(r"\b(?:take|leave|cut|strip|throw|keep|put|rule)\w* (?:\S+ ){0,5}?(?:out|off|away|aside)\b|\b(?:remov|delet|drop|omit|exclud|strip|skip|avoid|redact|clear|get rid)\w*", re.I)
_STOPS = re.compile(r"\bstop(?:s|ped|ping)?\b", re.I)
_MAY = re.compile(r"\b(?:may|can|is free to|are free to|allowed|permitted)\b(?! not|not)", re.I)
_INSTEAD = re.compile(r"\b(?:over|instead of|rather than|in place of)\b\s*", re.I)
#: «SQLite it is», «then SQLite», «go with SQLite»
_SETTLED = re.compile(
    r"^\W*(?:ok(?:ay)?|good|fine|right|yes|then|so|alright)?[\s,]*(?:([\w.+#-]+(?: [\w.+#-]+){0,2}) (?:it is|then|please)\b"
    r"|(?:let[’']?s )?(?:go (?:with|for)|take|use|choose|stick (?:with|to)|keep) (?:the )?([\w.+#-]+(?: [\w.+#-]+){0,2}))",
    re.I,
)
NOT_BUT = re.compile(r"(?:\b(?:not|never)\b|n[’']t\b)[^.;]{0,80}?\bbut\b(?! (?:not|never|do|don)\b)", re.I)
_EXCEPTION = re.compile(r"\b(?:without|other(?: \w+)? than|any\w*(?: \w+)? (?:but|except)|(?:nothing|none|nobody) (?:but|except))\b", re.I)
_EXCEPTED = re.compile(rf"(?:\b(?:not|never|no|cannot)\b|n[’']t\b)[^,;]*?{_EXCEPTION.pattern}|\b(?:nothing|nobody|none|no one) (?:but|except)\b", re.I)
_CONDITION = re.compile(r"\b(?:when|once|after|if|unless|until|before|as soon as|only)\b", re.I)
_ASIDE = re.compile(r"\([^()]{0,80}\)")
_REJECTED_END = re.compile(r"[,;:.]\s|[()]|\s(?:for|in|on|at|of|to|as|from|with)\s")
#: Verbs that say little without what stands behind them.
_LIGHT = frozenset(map(stem, "run do make put go use get let have be take give show want".split()))
_DENIED_DEED = re.compile(r"\b(?:not|never|cannot|dont|mustnt)\b|n[’']t\b", re.I)
_PUT_OFF = re.compile(r"\b(?:before|until|till|unless|without|prior to|instead of|rather than|than|against)\b(?:\s+\S+){0,4}", re.I)
_EARLIER = re.compile(r"\b(?:before|until|till|unless|prior to)\b", re.I)
_LATER = re.compile(r"\b(?:after|once|only if|only when|as soon as)\b", re.I)
_AGENT = re.compile(r"\b(?:assistant|agent|me|us|myself|model|bot|claude|codex|ai)\b", re.I)
_TOKEN = re.compile(r"[\w.+/#@-]*[\w/]")
_EXTRA = frozenset(frozenset(pair.split("/")) for pair in "pass/fail merge/revert enable/disable keep/drop".split())


def standing(given: Sequence[Clause]) -> list[Clause]:
    """The instructions that hold at the end, of those given in order: a later one that contradicts an earlier one, or
    asks for the same with another value, takes its place."""
    last = {_bare(c): i for i, c in enumerate(given)}
    given = [c for i, c in enumerate(given) if last[_bare(c)] == i]
    index = Index(given)
    at = {c.span: i for i, c in enumerate(given)}
    out = []
    for i, clause in enumerate(given):
        later = (c for c in index.ranked(clause.words, LATER) if at[c.span] > i and len(clause.words & c.words) > 1)
        if not any(conflict(clause, c) for c in later):
            out.append(clause)
    return out


def _bare(clause: Clause) -> tuple[frozenset[str], bool]:
    """A clause without the numbers that it gives."""
    return frozenset(w for w in clause.words if not w[:1].isdigit()), clause.negative


def conflict(given: Clause, said: Clause) -> str | None:
    """Why `said` contradicts the instruction or decision `given`; None where it does not, or speaks of something else."""
    if not given.words & said.words:
        return None
    if swapped(given.text, said.text):
        return "what was chosen and what was rejected changed places"
    no_given, no_said = (denies(a) and not _only(a, b) for a, b in ((given.text, said.text), (said.text, given.text)))
    guarded, guards = bool(PROTECTS.search(given.text)), bool(PROTECTS.search(said.text))
    if _STOPS.search(given.text) and _STOPS.search(said.text):
        return None
    if (needed := _NEVER_WITHOUT.search(given.text)) and re.search(rf"\bwithout (?:an? |the )?{re.escape(needed[1])}(?!\w)", _NONE_WITHOUT.sub("", said.text), re.I):
        return "drops the condition on which it was asked for"
    if (spared := _SPARED.search(given.text)) and re.search(rf"\bwithout (?:\w+ly )?{re.escape(_root(spared[1]))}\w*ing\b", said.text, re.I):
        return None  # «no need to wait», «without waiting»
    held = given.words & said.words
    if no_given and not denies(said.text):
        no_said = no_said or _does_without(said.text, given) or bool(_WAITS.search(said.text)) or _denied_aside(said.text, given)
    elif no_said and not denies(given.text):
        no_given = _does_without(given.text, said)
    if (no_given and given.words & CHANGES or guarded) and not no_said and not guards:
        about = frozenset(w for w in things(given) if not w[:1].isdigit())
        about = about & _scope(given.text) or about  # «don't touch the bucket, the sync reads it»
        if _of_others(given, said):
            return None  # «do not change chapter 3», «change the key in chapter 5»
        planned = guarded and _PLANNED.search(said.text) and not _PLANNED.search(given.text)
        if about and about <= said.words and (said.words & CHANGES or _PERMITS.search(said.text) or planned):
            return "asks for, or allows, what was forbidden"
        if no_given and held & CHANGES and _MAY.search(said.text) and 2 * len(about & said.words) >= len(about):
            return "asks for, or allows, what was forbidden"
    if why := lifted(given, said):
        return why
    if _chosen_otherwise(given.text, said.text):
        return "what was chosen and what was rejected changed places"
    if len(held) / len(given.words) < 0.5:
        return None
    if _WITHOUT_LEAVE.search(_NONE_WITHOUT.sub("", said.text)) and not _WITHOUT_LEAVE.search(given.text) and _CONDITION.search(given.text):
        return "drops the condition on which it was asked for"
    if not no_said and not guards and asks(said.text) and _does_what_was_rejected(given, said):
        return "asks for what was rejected"
    return _denied(given, said, no_given or guarded, no_said or guards, held)


def _root(verb: str) -> str:
    return verb.removesuffix("e")


def _of_others(given: Clause, said: Clause) -> bool:
    """Whether both clauses number what they speak of, and otherwise."""
    mine, theirs = ({w for w in c.words if w[:1].isdigit()} for c in (given, said))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _denied_aside(text: str, other: Clause) -> bool:
    """Whether a clause denies in brackets what the other speaks of: «find the drain (no hardware changes)»."""
    asides = (aside for aside in _ASIDE.findall(text) if NEGATOR.search(aside))
    return any(stem(word.casefold()) in other.words for aside in asides for word in _TOKEN.findall(aside))


def _chosen_otherwise(given: str, said: str) -> bool:
    """Whether what was settled on in a few words, «SQLite it is», is told as rejected beside something else."""
    told = _INSTEAD.search(said)
    settled = _SETTLED.search(given) if told else None
    if not told or not settled or PIVOT.search(given):
        return False
    one = _last(settled[1] or settled[2], 4)
    rejected, chosen = _last(_REJECTED_END.split(said[told.end() :], maxsplit=1)[0], 3, first=True), _last(said[: told.start()], 4)
    return bool(one & (rejected - chosen)) and not one & chosen


def _does_without(text: str, other: Clause) -> bool:
    """Whether a clause says that something is done without a deed of the other clause: «without contacting any»."""
    return any(stem(word.casefold()) in other.words for deed in _WITHOUT_DEED.finditer(text) for word in deed[1].split())


def _does_what_was_rejected(given: Clause, said: Clause) -> bool:
    """Whether a request has the words that stood behind a «but not» of two words or more, and rejects nothing itself."""
    pivot = PIVOT.search(given.text)
    if pivot is None or PIVOT.search(said.text) or not re.search(r"\b(?:not|never)\b", pivot[0], re.I):
        return False
    rejected = _rejected(given.text) & given.words
    return len(rejected) > 1 and rejected <= said.words


def _rejected(text: str) -> frozenset[str]:
    pivot = PIVOT.search(text)
    if pivot is None:
        return frozenset()
    return _last(_REJECTED_END.split(text[pivot.end() :], maxsplit=1)[0], 4, first=True)


def _denied(given: Clause, said: Clause, no_given: bool, no_said: bool, held: frozenset[str]) -> str | None:
    if no_said and not no_given and (_NOT_YET.search(said.text) or NOT_BUT.search(said.text)):
        return None  # how far the work is, not what was asked; or what is wanted instead
    if no_said and not no_given and _REMOVES.search(given.text):
        return None  # «take the names out», «it holds no names»
    if no_given != no_said:
        # «not before the review» is «after the review»
        turned = (_EARLIER, _LATER)[no_said].search(given.text) and (_LATER, _EARLIER)[no_said].search(said.text)
        scope = held & _scope((given if no_given else said).text)
        # what one denies, the other rejects beside something else: they agree
        if not scope or (no_said and 2 * len(scope) <= len(held)) or scope & _rejected((said if no_given else given).text):
            return None
        if not one_deed(given, said):
            return None
        whole = len(held) >= SAME * len(given.words) or len(held) >= SAME * len(said.words) >= 2 * SAME
        if not whole or turned:
            return None
        if (no_given and (PROTECTS.search(given.text) is not None)) or (no_said and PROTECTS.search(said.text)):
            return None  # «stays unchanged» denies a change only
        return "forbids or denies what was said" if no_said else "no longer forbids or denies what was said"
    if no_given:
        return None
    rest, other = given.words - held, said.words - held
    for a in rest:
        for b in other:
            if (opposite(a, b) or frozenset((a, b)) in _EXTRA) and len(held) >= 2 and len(rest) == 1:
                return f"says «{b}» for «{a}»"
    return None


def _deeds(text: str) -> frozenset[str]:
    """What stands right behind each denial of a deed: «don't rename», «must not be renamed», «not to be run»."""
    found = (next((w for w in _TOKEN.findall(text, m.end(), m.end() + 60) if w.casefold() not in STOP), None) for m in _DENIED_DEED.finditer(text))
    return frozenset(stem(_base(w)) for w in found if w) - _LIGHT


def one_deed(given: Clause, said: Clause) -> bool:
    """Whether, of two clauses of which one denies, the other speaks of what it denies, as of something that is done."""
    if denies(given.text):
        deeds = _deeds(given.text)
        return not deeds or bool(deeds & _done(said.text))
    deeds = _deeds(said.text)
    return not deeds or bool(deeds & given.words or deeds & CHANGES and given.words & CHANGES)


def _done(text: str) -> frozenset[str]:
    """The words of a clause but for those in front of which something else is put: «before shipping», «without asking»."""
    return frozenset(stem(_base(w)) for w in _TOKEN.findall(_PUT_OFF.sub(" ", text)))


def _base(word: str) -> str:
    return BASE.get(word.casefold(), word.casefold())


def denies(text: str) -> bool:
    """Whether a clause forbids or denies; what it only rejects beside something chosen does not count."""
    text = _ASIDE.sub(" ", text)
    pivot = PIVOT.search(text)
    if pivot and _AGENT.search(text, pivot.end()):
        return True  # «bumped by the user, not by the assistant»
    if pivot:
        text = text[: pivot.start()]
    return NEGATOR.search(text) is not None


def _only(text: str, other: str) -> bool:
    """Whether a denial with an exception, «not without a review», «nothing but English», asks for what is excepted; beside
    another text with such an exception it denies."""
    return excepts(text) and not _EXCEPTION.search(other)


def excepts(text: str) -> bool:
    """Whether a clause denies all but one thing."""
    return _EXCEPTED.search(text) is not None


def _scope(text: str) -> frozenset[str]:
    """The words of that stretch of a clause, between commas, in which something is denied or guarded."""
    stretches = [t for t in re.split(r"[,;:()]|(?<=[.!?])\s|\band (?=(?:no|not|never|without)\b)|\b(?:but|since|because|as|although|though|while)\b", text) if NEGATOR.search(t) or PROTECTS.search(t)]
    return frozenset(stem(t.casefold()) for stretch in stretches or [text] for t in _TOKEN.findall(stretch))


def swapped(source: str, output: str) -> bool:
    """Whether what was chosen and what was rejected changed places."""
    sides = []
    for text in (source, output):
        pivot = PIVOT.search(text)
        if not pivot:
            return False
        parts = (_last(text[: pivot.start()], 8), _last(text[pivot.end() :], 8, first=True))
        sides.append(parts)
    (chosen, rejected), (now_chosen, now_rejected) = sides
    return bool((chosen - rejected) & (now_rejected - now_chosen)) and bool(
        (rejected - chosen) & (now_chosen - now_rejected)
    )


def _last(text: str, n: int, first: bool = False) -> frozenset[str]:
    words = [stem(t.casefold()) for t in _TOKEN.findall(text)]
    return frozenset(words[:n] if first else words[-n:])


def things(clause: Clause) -> frozenset[str]:
    """What a clause speaks of, without the deeds and the words of protection."""
    told = {
        stem(w)
        for w in ("leave", "alone", "unchanged", "untouched", "unmodified", "unaltered", "unedited", "stay", "keep", "limits", "off", "limit", "remain")
    }
    return frozenset(w for w in clause.words if w not in _ACTS and w not in told)
