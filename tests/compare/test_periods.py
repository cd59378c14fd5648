"""What an amount is for: told with another period, and told with the same one in other words."""

import pytest

from tellback.compare.align import align
from tellback.compare.binding.periods import changed_periods
from tellback.facts.extract import extract

CASES = [
    ("Riders pay 38 euros a month for the stable, or 390 euros a year.",
     "A month at the stable costs riders €38; a year, €390.", "A week at the stable costs riders €38; a year, €390."),
    ("Take one 20 mg capsule three times a day with water. Use the drops twice a day.",
     "One capsule three times daily, and the drops twice daily.", "One capsule three times daily, and the drops twice weekly."),
    ("The feed takes 700 messages per hour. More than 15 per second are dropped.",
     "700 messages an hour are taken; over 15 a second are dropped.", "700 messages a minute are taken; over 15 a second are dropped."),
    ("store: keep=9m, purge every 1h", "A purge runs hourly.", "A purge runs daily."),
    ("The well gives 14 buckets a day.", "The well gives 98 buckets a week.", "14 buckets a week is what the well gives."),
    ("Dumps are made every 24 hours and read back weekly.", "Dumps are made daily, and read back each week.",
     "Dumps are made weekly, and read back daily."),
    ("Adults pay 25 per night, and pupils 9 per night.", "Pupils pay 9 a night, adults 25 a night.", "Pupils pay 9 a night, adults 25 a week."),
    ("Rent: 870/month. Deposit 1740.", "The rent is 870 a month.", "The rent is 870 a week."),
    ("She rows twice a week and fences twice a month.", "She fences twice a month and rows twice a week.",
     "She fences twice a week and rows twice a month."),
    ("Figs are 6 euros per kilo.", "A kilo of figs is 6 euros.", "Figs are 6 euros per piece."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "right", "wrong"), CASES)
def test_another_period_is_seen_and_the_same_one_is_not(source, right, wrong):
    assert not changed_periods(source, right)
    assert changed_periods(source, wrong)


def test_an_amount_per_another_period_is_a_drifted_fact():
    rows, invented = align(extract(CASES[0][0], fast=True), extract(CASES[0][2], fast=True))
    ((_, said),) = [(fact.value, said.value) for fact, outcome, said, _ in rows if outcome == "drifted"]
    assert said == "A week at the stable costs riders €38"
    assert not invented


@pytest.mark.parametrize(
    "text", ["It rained for a week.", "A year before, 38 riders came.", "Ten per cent of them left."]
)
def test_a_time_is_no_period(text):
    assert not changed_periods("Riders pay 38 a month, ten per day.", text)
