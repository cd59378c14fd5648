"""Who said it: a claim of an output held against what users, the agent, tools and earlier summaries said.

What users asked for must stand in their own turns. What is still to be done may also be the agent's own unfinished work,
and a decision may be the agent's; what only a tool or an earlier summary says is nobody's word.
"""

from __future__ import annotations

import re
from functools import cached_property

from tellback.audit.findings import DOUBTFUL, INVENTED, Finding
from tellback.audit.transcripts.asks import RULE, STRONG, asks, is_plain, is_rule, single
from tellback.audit.transcripts.clauses import PIVOT, STOP, Clause, Index
from tellback.audit.transcripts.content import WITHHELD, content
from tellback.audit.transcripts.messages import DECISION, INSTRUCTION, Transcript
from tellback.audit.transcripts.news import is_news
from tellback.audit.transcripts.offers import refused
from tellback.audit.transcripts.shares import ACTS, is_held, share_of, together, weight, windows
from tellback.audit.transcripts.stance import PROTECTS, conflict, standing
from tellback.audit.transcripts.stretches import nobody_forbade, turned_in_part
from tellback.audit.transcripts.told import Claim
from tellback.audit.transcripts.voices import ASSISTANT, SUMMARY, SYSTEM, USER
from tellback.language.stems import stem

GIVERS = (USER, SYSTEM)
SUPPORTED = 0.4  # share of a claim's content words that one turn, or a few sentences of a long one, must hold
UNHEARD = 0.35  # the same in a text whose speakers are unknown: less is no support
GATHERED = 0.65  # the same of all turns together
TOUCHED = 0.25  # the same of users' turns, of what is told of them and stands in the agent's reports
WELL = 0.75  # share of an approval's words that one turn holds, whichever verb it has
LEAST = 1.5  # weight of the words of what a list says without naming a user
PASSED_ON = 0.85  # the same of what the agent, a tool or an earlier summary said, for a request to be theirs
QUOTED = 0.6  # the same for a message that is given as the user's own words
BRIEF = 12  # words of an answer that agrees to what the agent just asked
NEAR = 6
_YES = re.compile(
    r"^\W*(?:y|yes|yep|yeah|ok|okay|sure|go ahead|go for it|do it|lgtm|approved?|sounds good|please do|right|good|great|"
    r"perfect|agreed|fine)\b|^\W*(?:the )?(?:first|second|third|former|latter|option|variant|go with|take|let[’']?s (?:go|take|use|do))\b"
    r"|\b(?:otherwise|(?:all )?the rest(?: is| looks)?) (?:it is |it[’']s )?(?:fine|ok(?:ay)?|good|right|yes)\b"
    r"|^\W*\(?[a-d1-9]\)?(?: it is| please|[,.;!]|\s*$)",
    re.I,
)
_UNFINISHED = re.compile(
    r"\b(?:still|yet|todo|to[- ]do|remain\w*|next|pending|left|fail\w*|open|later|then|afterwards|not|need\w*|will|[’']ll|"
    r"going to|plan\w*|until|must|should|await\w*|block\w*)\b",
    re.I,
)
_OFFER = re.compile(r"\?\s*$|\b(?:could|might|may|shall i|should i|if you (?:want|like)|would you)\b", re.I)
_DIRECTIVE = re.compile(
    r"\b(?:must|should|shall|ought|need\w*|requir\w*|ha(?:ve|s|d) to|ask\w*|want\w*|wish\w*|request\w*|order\w*|told|"
    r"instruct\w*|urg\w+|demand\w*|oblig\w*|will|going to|forb\w+|allow\w*|permit\w*|may not|can ?not|can[’']t|bann?\w*|"
    r"never|always|not to|do not|don[’']t|only|rules?|law|polic\w+|mandatory|expect\w*|responsible|duty|to be|until|agreed|"
    r"decid\w*|insist\w*|keep|prefer\w*|advis\w*|recommend\w*|warn\w*|call\w* (?:on|for))\b",
    re.I,
)
_NAME = re.compile(r"(?<=[\w,;:] )[A-Z][a-z]+\b")
_NOTHING = re.compile(
    r"\W*(?:there (?:is|are|was|were) )?(?:nothing|none|no (?:other|further|open|more|pending|remaining|additional|outstanding|new) "
    r"(?:\w+ )?(?:tasks?|work|steps?|items?|requests?|instructions?|questions?|wish\w*|asks?)|n/?a\b|all done|everything (?:is |was )?done|(?:wait|await)\w* (?:for|the|until|your|approval|review|feedback)\b)\b(?! (?:may|must|should|can|else (?:may|must)))",
    re.I,
)
_UNDECIDED = re.compile(r"\bundecided\b|\bnot (?:yet )?(?:been )?decided\b|\bto be decided\b|\bopen question\b|\bthink\w* (?:about|over)\b|\bwhether\b", re.I)
_HELD_BACK = re.compile(r"\b(?:until|till|unless|before) (?:i|we)\b(?: (?:have|had|’ve|'ve))? ?(?:sa(?:y|id)|tell|told|confirm|approve|decide|give|agree|sign|hear|ask|spoke|talk)\w*", re.I)
_BEFORE = re.compile(r"\bbefore ((?:[\w'’-]+ ?){1,5})", re.I)
_FIRST = re.compile(r"\b(?:before|after|once|until|first|then|when|if)\b", re.I)
_BY_USER = re.compile(r"\b(?:the|your|our|per|by|explicit)\s+users?\b|\buser\b|\busers? (?:ask|want|request|said|told|prefer|insist|approv|agree)\w*", re.I)
_MODAL = re.compile(r"^(?:requir|allow|permit|forbid|ban|need|must|may|should|expect|oblig)")
#: What is forbidden beside what is allowed: «only pencils», «pens are forbidden».
_OPPOSITE = re.compile(r"\b(?:forbidden|banned|prohibited|not allowed|not permitted|required|allowed)\b", re.I)
_HAS_TO = re.compile(r"\bha(?:s|ve) to\b", re.I)
#: What stands in front of the comma is what it speaks of: «depends on the bursar, whom the user still has to ask».
_RELATIVE = re.compile(r"^\W*(?:whom?|whose|which)\b", re.I)
_ONLY = re.compile(r"\b(?:alone|only|just|nothing but|limited to)\b", re.I)
_NOUNS = frozenset(map(stem, ("pull", "request", "plan", "design", "change", "test", "review", "report")))
_ALWAYS = re.compile(r"\b(?:always|never)\b", re.I)
_VERSION = re.compile(r"\d+(?:\.\d+)+")


class Authority:
    """What was said in a transcript, by who said it; each side is indexed when a claim first asks for it."""

    def __init__(self, transcript: Transcript, read: Transcript | None = None):
        """`read`: what of a long transcript's tool output is looked through."""
        self.transcript = transcript
        self.read = read or transcript

    def judge(self, claim: Claim) -> Finding | None:
        """What is wrong with a claim: nobody gave it (invented), or it turns round what was given (drifted, replaced)."""
        clause = claim.clause
        if _NOTHING.match(clause.text):
            return None  # «Pending: nothing was asked beyond this.»
        words = content(claim)
        if not any(w[0].isalpha() for w in words) or (
            sum(map(weight, words)) < 1 and not _BY_USER.search(clause.text)
        ):
            return None  # «the user agreed»: there is nothing in it to be carried out
        if _RELATIVE.match(claim.clause.text) and sum(map(weight, words)) < LEAST:
            return None
        asked = (c for c in self._asked.ranked(words, NEAR) if c.words)
        against = ((c, why) for c in asked if (why := conflict(c, clause) or turned_in_part(c, clause)))
        given, why = next(against, (None, None))
        kind = DECISION if claim.sort == "decided" else INSTRUCTION
        near, share = self.best(claim, words) if claim.sort != "plain" else (given, 1.0)
        if claim.sort != "plain" and (near is None or share < (QUOTED if claim.sort == "message" else SUPPORTED)):
            if given is None and (WITHHELD.search(clause.text) or self._condensed(claim, words)):
                return None
            origin, passed_on = self._origin(claim)
            origin += "" if given is None else f"; a user said «{given.text}»"
            news = given is not None or passed_on or claim.sort not in ("asked", "pending") or is_news(words, self.others, self.users, is_rule(clause.text) or bool(_BY_USER.search(clause.text)))
            return Finding(kind, INVENTED if news else DOUBTFUL, None, clause.text, None, clause.span, origin)
        if given is not None:
            return Finding(INSTRUCTION, "drifted", given.text, clause.text, given.span, clause.span, str(why))
        if claim.sort == "asked" and nobody_forbade(clause, self.turns.clauses):
            return Finding(kind, INVENTED, None, clause.text, None, clause.span, "no user forbade this, or asked to keep it so")
        return None if near is None else self._turned(kind, claim, near)

    def _condensed(self, claim: Claim, words: frozenset[str]) -> bool:
        """Whether a claim that no turn supports may still join what users asked with what the agent then reported, or says too
        little to be held against anything."""
        if claim.sort not in ("asked", "pending"):
            return False
        if claim.sort == "asked" and not _BY_USER.search(claim.clause.text) and sum(map(weight, words)) < LEAST:
            known = any(is_held(w, self.users) or self.turns.holds(w) for w in words)
            return known or not (is_rule(claim.clause.text) or _ALWAYS.search(claim.clause.text))  # «never tell Zed», whom nobody named, says enough
        return share_of(words, self._told) >= GATHERED and (claim.sort == "pending" or share_of(words, self.users) >= TOUCHED)

    def unheard(self, claim: Claim) -> Finding | None:
        """A claim of which the text holds next to nothing, and that speaks of things of which it never speaks."""
        words = content(claim)
        heard = self._directives if is_rule(claim.clause.text) else self.turns
        held = max((share_of(words, near) for near in heard.ranked(words, NEAR)), default=0.0)
        nowhere = sum(not self.turns.holds(w) and not is_held(w, self.users) for w in words if len(w) > 2 and not _MODAL.match(w) and not w[:1].isdigit())
        if len(words) < 3 or held >= UNHEARD or nowhere < 2 or _OPPOSITE.search(claim.clause.text) and nowhere < 3:
            return None
        why = "no sentence of the source says so"
        return Finding(INSTRUCTION, INVENTED, None, claim.clause.text, None, claim.clause.span, why)

    def best(self, claim: Claim, words: frozenset[str]) -> tuple[Clause | None, float]:
        """The clause that supports a claim best, of those who may make it, and how much of it."""
        users = _BY_USER.search(claim.clause.text)
        sides = [self.turns]
        if _UNDECIDED.search(claim.clause.text):
            sides.append(self._agents)  # what is open may be the agent's question
        elif claim.sort == "pending":
            sides.append(self._unfinished)
        elif not users and (claim.sort in ("decided", "approved") or STRONG.search(claim.clause.text) and not RULE.search(claim.clause.text)):
            sides.append(self._agents)  # «people must log in again»: the agent may say what follows
        if users and (claim.clause.negative or _ONLY.search(claim.clause.text)):
            sides.append(self._refused)  # «No, only Brazil» says of what was offered that it is not wanted
        found = ((near, share_of(words, near)) for side in sides for near in side.ranked(words, NEAR))
        near, share = max(found, key=lambda pair: pair[1], default=(None, 0.0))
        deeds = {w for w in words if w in ACTS} - _NOUNS
        heard = [c for side in sides for c in side.ranked(words, NEAR)]
        own = max((share_of(words, c) for c in self.turns.ranked(words, NEAR)), default=0.0)
        if claim.sort == "approved" and deeds and own < WELL and not any(is_held(w, c) for c in heard for w in deeds):
            return None, 0.0  # whoever spoke of the thing did not approve this deed
        # a list may gather what several turns asked for
        gathered = share_of(words, self.users) if claim.sort == "asked" else 0.0
        return near, max(share, gathered if gathered >= GATHERED else 0.0)

    def _turned(self, kind: str, claim: Claim, near: Clause) -> Finding | None:
        """Somebody gave it, but with another value or to another person."""
        clause = claim.clause

        def finding(outcome: str, why: str) -> Finding:
            return Finding(kind, outcome, near.text, clause.text, near.span, clause.span, why)

        if claim.sort == "approved" and not clause.negative and (near.negative or _HELD_BACK.search(near.text)):
            return finding("drifted", "says that it was approved, where it was held back")
        if claim.sort in ("asked", "approved") and (waiting := self._waits(clause, near)) is not None:
            return Finding(kind, "drifted", waiting.text, clause.text, waiting.span, clause.span, "drops what had to come before")
        strange = [v for v in clause.values if v not in self._folded]
        instead = [v for v in near.values - clause.values if "/" in v or v[:1].isdigit()]
        told = claim.sort == "message" or any(_VERSION.fullmatch(v) for v in strange)
        if told and strange and instead:
            return finding("replaced", f"says {strange[0]} where a user said {instead[0]}")
        for name in _NAME.findall(clause.text.rpartition(":")[2]):
            others = [n for n in _NAME.findall(near.text) if n.rstrip("s") not in clause.text and self._is_name(n)]
            if others and not re.search(rf"\b{name.rstrip('s')}", self._spoken, re.I):
                return finding("replaced", f"names {name} where {others[0]} was named")
        return None

    def _waits(self, clause: Clause, near: Clause) -> Clause | None:
        """The clause of a user by which something must come before a deed that the claim says was asked for or approved, without
        it: «I want to read it before it runs anywhere»."""
        if not _BY_USER.search(clause.text) or clause.negative or _FIRST.search(clause.text):
            return None
        given = [c for c in self.turns.ranked(clause.words, NEAR) if c.span[0] >= near.span[0] or c.span == near.span]
        for c in given:
            behind = frozenset(stem(w) for found in _BEFORE.finditer(c.text) for w in found[1].casefold().split())
            deeds = behind & clause.words & ACTS
            if deeds and not any(deeds & o.words and not _BEFORE.search(o.text) and not o.negative for o in given if o is not c):
                return c
        return None

    def _is_name(self, word: str) -> bool:
        """Whether a capitalised word is written so wherever it stands."""
        return word.lower() not in STOP and not re.search(rf"\b{word.lower()}\b", self._spoken)

    def _origin(self, claim: Claim) -> tuple[str, bool]:
        """(why a claim counts as invented: who said it, if not a user; whether it passes on nearly all that somebody else said)."""
        what = {"pending": "task", "approved": "approval", "message": "message"}.get(claim.sort, "instruction")
        none = "nobody decided this" if claim.sort == "decided" else f"no user gave this {what}"
        words = content(claim)
        ranked = self.others.ranked(words, NEAR)
        near, share = max(((c, share_of(words, c)) for c in ranked), key=lambda pair: pair[1], default=(None, 0.0))
        if near is None or share < QUOTED:
            return none, False
        part = self.read.part_at(near.span[0])
        who = {ASSISTANT: "the agent said it", SUMMARY: "an earlier summary says it"}.get(
            part.role, "a tool returned it"
        )
        return f"{none}; {who} (line {part.line} of the transcript)", share >= PASSED_ON or claim.sort == "pending" and part.role == ASSISTANT

    @cached_property
    def _asked(self) -> Index:
        """What users asked for or decided, one request a clause: what an output may not contradict."""
        text = self.transcript.text
        found = (c for whole in self._clauses(GIVERS) for c in single(text, whole))
        return Index(standing([c for c in found if c.words and (asks(c.text) or PIVOT.search(c.text) or PROTECTS.search(c.text) or _HAS_TO.search(c.text))]))

    @cached_property
    def turns(self) -> Index:
        """What a user stands behind: clauses, whole short turns, and the question that was answered with «yes»."""
        found: list[Clause] = []
        before: list[Clause] = []
        for part in self.transcript.parts:
            if part.form != "text":
                continue
            own = self.transcript.clauses(part)
            if part.role == ASSISTANT:
                before = own
            elif part.role in GIVERS:
                words = self.transcript.words(part)
                found += [*own, *windows(self.transcript.text, own, len(words.split()))]
                if _YES.search(words):  # a longer answer agrees to what was asked, not to all that was said
                    found += [c for c in before if len(words.split()) <= BRIEF]
                    found += [c for i, q in enumerate(before) if _asks_back(q)
                              for c in (q, together(self.transcript.text, before[max(0, i - 1) : i + 1]))]  # fmt: skip
                elif len(words.split()) <= BRIEF and any(asks(c.text) for c in own):  # «Do the gap too»
                    spoken = frozenset().union(*(c.words for c in own))
                    found += [c for c in before if c.words & spoken]
                before = []
        return Index(found)

    @cached_property
    def _directives(self) -> Index:
        """The sentences of a text that say what somebody has to do, wants, forbids or will do."""
        own = self._clauses(GIVERS)
        joined = [together(self.transcript.text, own[i : i + 2]) for i in range(len(own) - 1)]
        return Index(c for c in [*own, *joined] if _DIRECTIVE.search(c.text) or is_plain(c.text))

    @cached_property
    def users(self) -> Clause:
        """The words of all turns of users, as of one clause."""
        words = frozenset().union(*(c.words for c in self._clauses(GIVERS)))
        return Clause("", (0, 0), words, frozenset(), False)

    @cached_property
    def _told(self) -> Clause:
        """The words of all turns but for what the agent only offers."""
        found = (c for c in self._clauses((ASSISTANT,)) if not _OFFER.search(c.text))
        return Clause("", (0, 0), self.users.words.union(*(c.words for c in found)), frozenset(), False)

    @cached_property
    def _refused(self) -> Index:
        return Index(refused(self.transcript))

    @cached_property
    def _agents(self) -> Index:
        return Index(self._clauses((ASSISTANT, *GIVERS)))

    @cached_property
    def _unfinished(self) -> Index:
        """What the agent says is not done yet; what it only offers to do is not."""
        found = self._clauses((ASSISTANT,))
        return Index(c for c in found if _UNFINISHED.search(c.text) and not _OFFER.search(c.text))

    @cached_property
    def others(self) -> Index:
        """What stands in a transcript, but was said neither by a user nor by the system message."""
        parts = [p for p in self.read.parts if not (p.form == "text" and p.role in GIVERS)]
        return Index(c for p in parts for c in self.read.clauses(p))

    @cached_property
    def _folded(self) -> str:
        return self._spoken.casefold()

    @cached_property
    def _spoken(self) -> str:
        return "\n".join(self.transcript.words(p) for p in self.transcript.parts if p.form == "text")

    def _clauses(self, roles: tuple[str, ...]) -> list[Clause]:
        parts = [p for p in self.transcript.parts if p.form == "text" and p.role in roles]
        return [c for p in parts for c in self.transcript.clauses(p)]


def _asks_back(clause: Clause) -> bool:
    return clause.text.rstrip().endswith("?")
