"""The rules of drift in their order: one line a rule, with what silences it and which harmless changes it must not tell.

The order is that of trust: what stands in the wording before what stands in the parse, an exchange of places before a
change of words. A rule that `yields_to` others finds nothing where one of these has a finding that stands. `guards` are
harmless changes. `undone_by` are guards too: each is a second change that undoes the first, «A is taller than B» said as
«B is shorter than A». Either change alone would be a drift, so a rule that finds the other one is named in
`undone_with`: it finds nothing where that rule's finding was undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tellback.compare.rules import (
    antonym,
    block_exchange,
    clause_denied,
    denial_in_words,
    event_order,
    guards,
    none_against_some,
    quantifier,
    slot_exchange,
    tile_exchange,
    tile_verbs,
)
from tellback.compare.rules.antonym import Antonym
from tellback.compare.rules.base import Drift, Guard, Placed, Rule, TextRule
from tellback.compare.rules.block_exchange import BlockExchange
from tellback.compare.rules.bound_to_another import BoundToAnother
from tellback.compare.rules.certainty_raised import CertaintyRaised
from tellback.compare.rules.choice_turned import ChoiceTurned
from tellback.compare.rules.clause_denied import ClauseDenied
from tellback.compare.rules.condition_dropped import ConditionDropped
from tellback.compare.rules.connective import ConnectiveTurned
from tellback.compare.rules.deed_of_another import DeedOfAnother
from tellback.compare.rules.denial_dropped import DenialDropped
from tellback.compare.rules.denial_in_words import DeniedInWords
from tellback.compare.rules.denied_in_place import DeniedInPlace
from tellback.compare.rules.event_order import EventOrder
from tellback.compare.rules.exception import ExceptionTurned
from tellback.compare.rules.exclusive_quality import ExclusiveQuality
from tellback.compare.rules.in_place import InPlace
from tellback.compare.rules.left_alone import LeftAlone
from tellback.compare.rules.lone_role import LoneRole
from tellback.compare.rules.misplaced_amount import MisplacedAmount
from tellback.compare.rules.needed_or_not import NeededOrNot
from tellback.compare.rules.none_against_some import NoneAgainstSome
from tellback.compare.rules.opposite_among import OppositeAmong
from tellback.compare.rules.presence import PresenceTurned
from tellback.compare.rules.quantifier import QuantifierChanged
from tellback.compare.rules.quantifier_among import QuantifierAmong
from tellback.compare.rules.said_by_another import SaidByAnother
from tellback.compare.rules.share_raised import ShareRaised
from tellback.compare.rules.slot_exchange import SlotExchange
from tellback.compare.rules.status import StatusChanged
from tellback.compare.rules.status_among import StatusAmong
from tellback.compare.rules.steps_retold import StepsRetold
from tellback.compare.rules.steps_turned import StepsTurned
from tellback.compare.rules.strength_among import StrengthAmong
from tellback.compare.rules.tile_exchange import TileExchange
from tellback.compare.rules.told_as_there import ToldAsThere
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse


@dataclass(frozen=True)
class Line:
    """A rule and its place; see the top of this file.

    `alone`: where it finds something, no other is asked. `yields_to_all`: it is asked only where no other found anything.
    """

    rule: Rule
    guards: tuple[Guard, ...] = ()
    undone_by: tuple[Guard, ...] = ()
    yields_to: tuple[type[Rule], ...] = ()
    undone_with: tuple[type[Rule], ...] = ()
    alone: bool = False
    yields_to_all: bool = False


RULES = (
    Line(
        BlockExchange(),
        alone=True,
        guards=(
            block_exchange.one_phrase_moved,
            block_exchange.locative_inversion,
            block_exchange.governors_kept,
            block_exchange.members_of_a_list,
            block_exchange.mutual_relation,
        ),
    ),
    Line(ConnectiveTurned()),
    Line(
        EventOrder(),
        yields_to=(ConnectiveTurned,),
        guards=(event_order.denied_until, event_order.same_clause_opened),
    ),
    Line(
        SlotExchange(),
        guards=(slot_exchange.parts_kept_whole, slot_exchange.of_a_state),
        undone_by=(slot_exchange.governor_became_its_antonym, slot_exchange.comparative_became_its_antonym),
    ),
    Line(
        TileExchange(),
        yields_to=(SlotExchange,),
        undone_with=(SlotExchange,),
        guards=(
            tile_exchange.mutual_relation,
            tile_exchange.members_of_a_list,
            tile_exchange.identity,
            tile_exchange.label_moved,
            tile_verbs.voice_changed,
            tile_verbs.another_verb,
            tile_verbs.cause_by_a_verb,
            tile_verbs.had_or_there,
            tile_exchange.governors_kept,
            tile_exchange.parts_kept_whole,
            tile_verbs.nouns_became_verbs,
            tile_exchange.below_a_heading,
        ),
        undone_by=(tile_exchange.turned_round_between,),
    ),
    Line(
        LoneRole(),
        yields_to=(SlotExchange, TileExchange),
        undone_with=(SlotExchange,),
    ),
    Line(ExceptionTurned()),
    Line(NoneAgainstSome(), guards=(none_against_some.another_verb,)),
    Line(QuantifierChanged(), guards=(quantifier.same_words_denied_as_before,)),
    Line(
        DeniedInWords(),
        yields_to=(NoneAgainstSome,),
        guards=(denial_in_words.antonym_beside, denial_in_words.still_to_do, denial_in_words.lacking),
    ),
    Line(DenialDropped(), yields_to=(NoneAgainstSome, DeniedInWords)),
    Line(
        ClauseDenied(),
        yields_to=(ExceptionTurned, NoneAgainstSome, DeniedInWords, DenialDropped),
        guards=(clause_denied.still_to_do, clause_denied.before_it, clause_denied.of_other_files, clause_denied.of_all_others, clause_denied.no_other, clause_denied.denied_in_other_words, clause_denied.across_lines, clause_denied.avoided,
                clause_denied.of_another_name, clause_denied.only_named, clause_denied.less_so, clause_denied.only_with, clause_denied.there_is),
    ),
    Line(
        Antonym(),
        yields_to=(NoneAgainstSome, DeniedInWords, DenialDropped),
        undone_with=(SlotExchange, TileExchange),
        guards=(antonym.compared_with_another, antonym.wished_otherwise),
    ),
    Line(StatusChanged(), yields_to=(NoneAgainstSome, DeniedInWords, DenialDropped, ClauseDenied, Antonym)),
    Line(ExclusiveQuality(), yields_to=(SlotExchange,)),
    Line(MisplacedAmount(), yields_to_all=True),
)
#: Rules that look at the texts as wholes, in their order; where one of RULES points at the same place, that one is told.
TEXT_RULES: tuple[TextRule, ...] = (
    PresenceTurned(), StepsTurned(), ChoiceTurned(), DeedOfAnother(), SaidByAnother(), InPlace(), DeniedInPlace(),
    BoundToAnother(), OppositeAmong(), StepsRetold(), StatusAmong(), QuantifierAmong(), ToldAsThere(), ConditionDropped(),
    StrengthAmong(), CertaintyRaised(), ShareRaised(), LeftAlone(), NeededOrNot(),
)  # fmt: skip
#: Guards of every rule, asked of what stands in the end.
OF_EVERY_RULE = (guards.words_left_out, guards.only_asked, guards.of_the_rest, guards.of_the_other_side, guards.all_others)


def contradictions(
    pair: SentencePair, rules: Sequence[Line] = RULES, of_every_rule: Sequence[Guard] = OF_EVERY_RULE
) -> list[Drift]:
    """What the output's sentence says against the source's, by the rules in their order.

    Every rule asks for evidence on both sides: the same predicate, the same words, in places that exclude each other. A
    word that merely changed says nothing here.
    """
    told: dict[type[Rule], list[Drift]] = {}
    undone: set[type[Rule]] = set()
    for line in rules:
        rule = type(line.rule)
        silent = told.keys() & set(line.yields_to) or undone & set(line.undone_with) or line.yields_to_all and told
        if silent:
            continue
        found = _guarded(pair, line.rule.find(pair), line.guards)
        stands = _guarded(pair, found, line.undone_by)
        if len(stands) < len(found):
            undone.add(rule)
        if stands:
            told[rule] = stands
            if line.alone:
                break
    return _guarded(pair, [drift for found in told.values() for drift in found], of_every_rule)


def placed(s: Parse, o: Parse, rules: Sequence[TextRule] = TEXT_RULES) -> list[Placed]:
    """What the output says against the source by the rules that look at the texts as wholes."""
    return [found for rule in rules for found in rule.find_all(s, o)]


def _guarded(pair: SentencePair, found: Sequence[Drift], guards: Sequence[Guard]) -> list[Drift]:
    for one in guards:
        found = [drift for drift in found if not one.holds(pair, drift, found)]
    return list(found)
