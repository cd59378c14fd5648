"""What a rule of drift is, what it finds, and what keeps a finding from being told.

A rule says to the program what it found by its `Reason`, and to people by the text made from it. A guard is a harmless
change that looks like the rule's finding. Every rule and every guard has examples, which a test runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import ClassVar, NamedTuple

from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse
from tellback.records import Span


@unique
class Reason(Enum):
    """Why a sentence of the output contradicts one of the source. The value is what people read, with `Drift.words` put
    in the place of its braces; nothing reads that text back."""

    PAST_EVENTS_EXCHANGED = "two past events joined by «and» changed places"
    EVENTS_EXCHANGED = "the events around «{}» changed places"
    CLAUSES_EXCHANGED = "the clauses around «{}» changed places"
    PHRASES_EXCHANGED = "two phrases changed places"
    NOUN_PHRASES_EXCHANGED = "two noun phrases changed places"
    NUMBERS_EXCHANGED = "two numbers changed places"
    ADJECTIVES_EXCHANGED = "two adjectives changed places"
    ARGUMENTS_EXCHANGED = "subject and object changed places"
    VERBS_EXCHANGED = "two verbs changed places"
    CONNECTIVE_TURNED = "«{}» became «{}»"
    ORDER_TURNED = "the two events changed places"
    SLOTS_EXCHANGED = "each stands where the other stood"
    RUNS_EXCHANGED = "two words or names changed places"
    LONE_ROLE_CHANGED = "the doer became the one done to"
    NONE_AGAINST_SOME = "{} became {}: one side says that there are none"
    EXCEPTION_TURNED = "what one side leaves out, the other counts in"
    ONLY_AGAINST_EVERY = "one side says that only some do, the other that all do"
    QUANTIFIER_CHANGED = "{} became {}"
    DENIED_IN_WORDS = "one side denies what the other states"
    DONE_BY_ANOTHER = "the source says this of «{}», not of «{}»"
    SAID_BY_ANOTHER = "it was «{}» who said this, not «{}»"
    TOLD_OF_EACH_OTHER = "the output says of each what the source says of the other"
    TOLD_OF_ANOTHER = "the source says this of another"
    CHOICE_TURNED = "what was chosen and what was not changed places"
    STEPS_TURNED = "the steps are told in another order"
    CONDITION_DROPPED = "the source allows it on a condition only, the output without it"
    STATUS_AMONG = "what is {} is told as {}"
    STRENGTH_AMONG = "{} is told as {}"
    SHARE_RAISED = "the source says it of a part («{}»), the output of the whole («{}»)"
    CERTAINTY_RAISED = "the source leaves it open («{}»), the output is sure («{}»)"
    QUANTIFIER_AMONG = "the source says {} of them, the output {}"
    ONLY_TOLD_OF_ALL = "what the source says of these only, the output says of all"
    TOLD_AS_THERE = "the source denies or forbids it, the output states or allows it"
    LEFT_ALONE = "the source says to leave it alone, the output changes it"
    STEPS_RETOLD = "the steps are put in another order"
    STATUS_CHANGED = "a deed that is {} was told as {}"
    DENIED_IN_PLACE = "the output denies what the source states"
    OPPOSITE_IN_PLACE = "where the source has «{}», the output has the opposite, «{}»"
    OPPOSITE_AMONG = "the source says «{}» of this, the output «{}»"
    MEMBER_AMONG = "the source says «{}» of it, the output «{}»"
    MEMBER_IN_PLACE = "where the source has «{}», the output has «{}»"
    DENIAL_DROPPED = "the denial is gone, and what it denied is left"
    CLAUSE_DENIED = "the clause is denied on one side and stated on the other"
    NEEDED_OR_NOT = "one side says that it is needed, the other that it is not"
    ANTONYM = "antonym: «{}» against «{}»"
    THERE_AND_NOT_THERE = "one side says that there is what the other says that there is not"
    QUALITY_REPLACED = "another value of the same class"
    QUALITY_MISPLACED = "the source gives this quality to another subject"
    AMOUNT_MISPLACED = "the source gives this number to another subject"


@dataclass(frozen=True)
class Drift:
    """A contradiction between a sentence of the source and one of the output.

    `kind` is that of the fact that broke, `source` and `output` are its places in both texts. `with_clause`: the
    words at both places say little without their clauses. `evidence` is what the rule found it by, for its own guards.
    """

    kind: str
    source: Span
    output: Span
    reason: Reason
    words: tuple[str, ...] = ()
    outcome: str = "drifted"
    with_clause: bool = False
    evidence: object = field(default=None, compare=False, repr=False)

    @property
    def why(self) -> str:
        """The reason in words."""
        return self.reason.value.format(*self.words)


class Found(NamedTuple):
    """An example of a drift, with the words that the finding stands on in both texts."""

    source: str
    output: str
    at: str
    said: str


class Harmless(NamedTuple):
    """An example of a change that looks like the drift and is none."""

    source: str
    output: str


class Rule(ABC):
    """One kind of drift.

    `name` is for people, `kinds` are the kinds of fact that it breaks, `reasons` what it may say (no other rule says
    these). `found` and `harmless` are its examples, two of each at least.
    """

    name: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    reasons: ClassVar[tuple[Reason, ...]]
    found: ClassVar[tuple[Found, ...]]
    harmless: ClassVar[tuple[Harmless, ...]]

    @abstractmethod
    def find(self, pair: SentencePair) -> list[Drift]:
        """The drifts of this kind between the two sentences, surest first."""


class Placed(NamedTuple):
    """A drift between sentence `i` of the source and sentence `j` of the output."""

    i: int
    j: int
    drift: Drift


class TextRule(Rule):
    """A kind of drift that two sentences side by side do not show: what counts may stand anywhere in either text."""

    def find(self, pair: SentencePair) -> list[Drift]:
        return []

    @abstractmethod
    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        """The drifts of this kind between the two texts, surest first."""


class Guard(NamedTuple):
    """A harmless change that looks like a finding: `holds(pair, drift, found)` says whether `drift`, one of those that the
    rule `found`, is such a change. `example` is one that raises an alarm without this guard."""

    name: str
    holds: Callable[[SentencePair, Drift, Sequence[Drift]], bool]
    example: Harmless


def guard(source: str, output: str) -> Callable[[Callable[[SentencePair, Drift, Sequence[Drift]], bool]], Guard]:
    """Make a guard of a function, with its example."""

    def make(holds: Callable[[SentencePair, Drift, Sequence[Drift]], bool]) -> Guard:
        return Guard(holds.__name__, holds, Harmless(source, output))

    return make
