"""Two blocks of words changed places around a middle that stands as it stood: «Alice hit Bob», «Bob hit Alice».

Read off word order alone. Passive voice, dative alternation and fronting never give that form, because they move one
block or change the middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.governors import governors_of, mutual, run_heads
from tellback.compare.sentences.pair import SentencePair, forms
from tellback.language.clauses import Parse
from tellback.language.columns import NOMINAL
from tellback.language.lexicon import SEQUELS, STATIVE, words

CAUSAL = words("because so therefore if unless although though")
SUBORDINATE = words("before after until till since because if unless once")
#: Words at either edge of two blocks that may belong to them, though they seem not to have moved.
_EDGE = 2


@dataclass(frozen=True, eq=False)
class Blocks:
    """The words of the source in both blocks and between them, and what the blocks are; `before` and `behind` are the
    words of the output in the places of `a` and of `b`, so that `b` stands before and `a` behind."""

    a: list[int]
    middle: list[int]
    b: list[int]
    before: list[int]
    behind: list[int]
    categories: tuple[str, str]


class BlockExchange(Rule):
    name = "block exchange"
    kinds = ("roles", "order", "attribution")
    reasons = (
        Reason.PAST_EVENTS_EXCHANGED,
        Reason.EVENTS_EXCHANGED,
        Reason.CLAUSES_EXCHANGED,
        Reason.PHRASES_EXCHANGED,
        Reason.NOUN_PHRASES_EXCHANGED,
        Reason.NUMBERS_EXCHANGED,
        Reason.ADJECTIVES_EXCHANGED,
        Reason.ARGUMENTS_EXCHANGED,
        Reason.VERBS_EXCHANGED,
    )
    found = (
        Found("The tug towed the barge.", "The barge towed the tug.", "tug towed the barge", "barge towed the tug"),
        Found(
            "Clara locked the gate and called the guard.",
            "Clara called the guard and locked the gate.",
            "locked the gate and called the guard",
            "called the guard and locked the gate",
        ),
        Found("The hall has two doors and nine windows.", "The hall has nine doors and two windows.",
              "two doors and nine", "nine doors and two"),
        Found("The roof was repaired before the tower was painted.", "The tower was painted before the roof was repaired.",
              "roof was repaired before the tower was painted", "tower was painted before the roof was repaired"),
    )  # fmt: skip
    harmless = (
        Harmless("The tug towed the barge.", "The barge was towed by the tug."),
        Harmless("Peter and Clara rowed the boat.", "Clara and Peter rowed the boat."),
        Harmless("The mayor sent the clerk a note.", "The mayor sent a note to the clerk."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        blocks, s = _exchanged(pair), pair.s
        if blocks is None:
            return []
        a, b = blocks.a, blocks.b
        if {"", "adverb"} & set(blocks.categories) or s.pos[a[0]] == s.pos[b[0]] == "ADP":
            return []
        read = _reading(s, blocks)
        if read is None:
            return []
        kind, reason, *words = read
        output = pair.o.span(blocks.before[0], blocks.behind[-1])
        return [Drift(kind, s.span(a[0], b[-1]), output, reason, tuple(words), evidence=blocks)]


def _exchanged(pair: SentencePair) -> Blocks | None:
    s, o, sw, ow = pair.s, pair.o, pair.s_words, pair.o_words
    found = find_blocks(forms(s, sw), forms(o, ow)) or find_blocks(forms(s, sw, False), forms(o, ow, False))
    if found is None:
        return None
    start, n_a, n_b, end = found
    a, middle, b = sw[start : start + n_a], sw[start + n_a : end - n_b], sw[end - n_b : end]
    return Blocks(a, middle, b, ow[start : start + n_b], ow[end - n_a : end], (_category(s, a), _category(s, b)))


def find_blocks(s: list[str], o: list[str]) -> tuple[int, int, int, int] | None:
    """(start, length of A, length of B, end) of the exchange «P A M B Q» -> «P B M A Q» with M not empty."""
    if s == o or len(s) != len(o):
        return None
    p = 0
    while s[p] == o[p]:
        p += 1
    e = len(s)
    while s[e - 1] == o[e - 1]:
        e -= 1
    if e - p < 3 and e - p < len(s) - 1 or sorted(s[p:e]) != sorted(o[p:e]):
        return None
    # the blocks may begin or end with the same words, which then seem not to have moved
    for left in range(min(p, _EDGE) + 1):
        for right in range(min(len(s) - e, _EDGE) + 1):
            found = _split(s[p - left : e + right], o[p - left : e + right])
            if found:
                return p - left, *found, e + right
    return None


def _split(a: list[str], b: list[str]) -> tuple[int, int] | None:
    n = len(a)
    for i in range(1, n - 1):
        if a[:i] != b[n - i :]:
            continue
        for j in range(1, n - i):
            if a[n - j :] == b[:j] and a[i : n - j] == b[j : n - i]:
                return i, j
    return None


def _category(p: Parse, block: list[int]) -> str:
    """What a block is: clause, nominal, verb, number, adjective, adverb, or nothing of these."""
    tags = [p.pos[i] for i in block]
    heads = run_heads(p, block)
    verbs = [i for i in block if i in p.predicates and (i in heads or i == block[0])]
    if verbs and len(block) > 1 and not any(p.pos[i] in NOMINAL for i in heads[:1]):
        return "clause"
    if any(t in ("NOUN", "PROPN", "PRON") for t in tags):
        return "nominal"
    if verbs or "VERB" in tags or "AUX" in tags:
        return "verb"
    for name, wanted in (("number", "NUM"), ("adjective", "ADJ"), ("adverb", "ADV")):
        if wanted in tags:
            return name
    return ""


def _reading(s: Parse, blocks: Blocks) -> tuple[str, Reason, *tuple[str, ...]] | None:
    """(kind, reason, words of the reason) of an exchange, by what the blocks are and what stands between them."""
    a, b, m, kinds = blocks.a, blocks.b, blocks.middle, blocks.categories
    between = {s.pos[k] for k in m}
    governs = {"VERB", "AUX", "ADP", "SCONJ", "PART"} & between
    if {s.low[k] for k in m} <= {"and", "then"} and _past_events(s, a, b):
        return "order", Reason.PAST_EVENTS_EXCHANGED
    if "clause" in kinds:
        joint = next((s.low[k] for k in m if s.low[k] in SUBORDINATE | SEQUELS), None)
        if joint is None:
            return None
        if joint in CAUSAL:
            return "roles", Reason.CLAUSES_EXCHANGED, joint
        return "order", Reason.EVENTS_EXCHANGED, joint
    if kinds[0] != kinds[1]:
        fits = governs and set(kinds) <= {"nominal", "number", "adjective"}
        return ("roles", Reason.PHRASES_EXCHANGED) if fits else None
    if kinds[0] == "nominal" and governs:
        qualities = _are_modifiers(s, a, b) and not _are_arguments(s, a[0], b[-1])
        return "attribution" if qualities else "roles", Reason.NOUN_PHRASES_EXCHANGED
    if kinds[0] in ("number", "adjective") and between & {"NOUN", "PROPN", "VERB", "ADP"}:
        if _are_arguments(s, a[0], b[-1]):
            return "roles", Reason.ARGUMENTS_EXCHANGED
        number = kinds[0] == "number"
        return "attribution", Reason.NUMBERS_EXCHANGED if number else Reason.ADJECTIVES_EXCHANGED
    if kinds[0] == "verb" and between & {"NOUN", "PROPN", "ADP", "ADV", "PRON"}:
        return "roles", Reason.VERBS_EXCHANGED
    return None


def _past_events(p: Parse, a: list[int], b: list[int]) -> bool:
    x, y = (next((k for k in block if p.pos[k] not in ("ADV", "PART")), block[0]) for block in (a, b))
    return all(p.tag[k] == "VBD" and p.pos[k] == "VERB" and p.lemma[k] not in STATIVE for k in (x, y))


def _are_modifiers(p: Parse, a: list[int], b: list[int]) -> bool:
    return p.dep[a[-1]] in ("compound", "amod", "poss") and p.dep[b[-1]] in ("compound", "amod", "poss")


def _are_arguments(p: Parse, first: int, last: int) -> bool:
    """Whether the two blocks' edges lie in the subject and in the object of one verb."""
    x, y = _noun_of(p, first), _noun_of(p, last)
    return p.dep[x] in ("nsubj", "nsubjpass") and p.dep[y] in ("dobj", "pobj", "dative") and x != y


def _noun_of(p: Parse, i: int) -> int:
    """The word that heads the noun phrase of `i`."""
    while p.dep[i] in ("amod", "compound", "nummod", "poss", "det", "case", "nmod", "quantmod", "advmod"):
        i = p.head[i]
    return i


@guard("In March in Lyon the judge slept badly.", "In Lyon the judge slept badly in March.")
def one_phrase_moved(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The same preposition stands before both blocks, so that one whole phrase has moved behind the other."""
    blocks: Blocks = drift.evidence
    s, sw, start = pair.s, pair.s_words, pair.s_words.index(blocks.a[0])
    n = len(blocks.middle)
    return start >= n and forms(s, sw[start - n : start]) == forms(s, blocks.middle)


@guard("A lamp hung above the stairs.", "Above the stairs hung a lamp.")
def locative_inversion(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """A prepositional phrase stands before the verb, and the subject behind it."""
    blocks: Blocks = drift.evidence
    opens = {pair.s.pos[blocks.a[0]], pair.s.pos[blocks.b[0]]}
    return drift.reason is not Reason.PAST_EVENTS_EXCHANGED and "ADP" in opens


@guard("Her fear of the dark was so strong that she wept.", "So strong was her fear of the dark that she wept.")
def governors_kept(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """Both phrases hang on what they hung on: a complement put before its subject."""
    blocks: Blocks = drift.evidence
    if drift.reason is not Reason.PHRASES_EXCHANGED:
        return False
    s, o = pair.s, pair.o
    kept = governors_of(s, blocks.a) == governors_of(o, blocks.behind)
    return kept and governors_of(s, blocks.b) == governors_of(o, blocks.before)


@guard("He spoke with Clara and with Ruth.", "He spoke with Ruth and with Clara.")
def members_of_a_list(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """Two members of one list: their order says nothing."""
    blocks, s = drift.evidence, pair.s
    if drift.reason is not Reason.NOUN_PHRASES_EXCHANGED:
        return False
    if {s.pos[k] for k in blocks.middle} & {"VERB", "AUX", "SCONJ"} or "CCONJ" not in {s.pos[k] for k in blocks.middle}:
        return False
    tops = [_first_conjunct(s, run_heads(s, block)[-1]) for block in (blocks.a, blocks.b)]
    return tops[0] == tops[1]


def _first_conjunct(p: Parse, i: int) -> int:
    """The first member of the list that the word `i` stands in; of «with A and with B», the first preposition."""
    while p.dep[i] in ("conj", "compound", "amod", "nmod") and p.head[i] != i:
        i = p.head[i]
    if p.dep[i] == "pobj":
        i = p.head[i]
        while p.dep[i] == "conj" and p.low[p.head[i]] == p.low[i]:
            i = p.head[i]
    return i


@guard("Clara resembles Ruth.", "Ruth resembles Clara.")
def mutual_relation(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """What stands between holds both ways round: «resembles», «as old as», «is the»."""
    blocks, s = drift.evidence, pair.s
    if drift.reason is not Reason.NOUN_PHRASES_EXCHANGED:
        return False
    words = [s.low[k] for k in blocks.middle]
    if mutual(s, blocks.middle) or words.count("as") > 1 or words == ["with"]:
        return True
    joins = {s.pos[k] for k in blocks.middle} <= {"AUX", "DET", "ADV", "PRON"}
    if joins and all(s.lemma[k] == "be" for k in blocks.middle if s.pos[k] == "AUX"):
        # «Paris is the capital» may be turned, «is a» not
        return not any(s.low[k] in ("a", "an") for k in (*blocks.middle, *blocks.b))
    return False
