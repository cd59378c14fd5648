"""What may follow from a source, generously: two or three of its numbers, its times, its days."""

import time

import pytest

from tellback.compare.values.follows import Follows
from tellback.facts.extract import extract
from tellback.facts.kinds.table import read

SOURCE = (
    "Birchfield gave 36 tonnes, Old Mill 35 and Sandpit 19; £18,500 was paid, two fifths of it by the Friends. The dough rises for an hour "
    "and rests for 25 minutes. The ferry left at 07:40 and arrived at 11:25. The library is closed from 5 to 16 August."
)


@pytest.mark.parametrize(
    "told", ["90", "71", "17", "£7,400", "£11,100", "85 minutes", "225 minutes", "11:50 am", "8:40", "12 days", "7 August", "September", "53%", "72"]
)
def test_what_may_be_reckoned(told):
    assert Follows(extract(SOURCE, fast=True).values, SOURCE).may(read(told)), told


@pytest.mark.parametrize("told", ["48,000 euros", "£6,150", "1,764", "13:07", "2 November", "December", "3.7%"])
def test_what_may_not(told):
    assert not Follows(extract(SOURCE, fast=True).values, SOURCE).may(read(told)), told


def test_of_many_numbers_nothing_is_said_to_follow():
    text = ", ".join(str(n) for n in range(100, 200, 2)) + "."
    assert not Follows(extract(text, fast=True).values, text).may(read("204"))


def test_the_outputs_own_values_count_too():
    source = Follows(extract("The fete took 900 and 455 and paid 537.", fast=True).values, "")
    assert source.may(read("818"), [read("1,355")]) and not Follows((), "").may(read("818"))


def test_a_log_of_many_times_and_dates_takes_no_time():
    text = "\n".join(f"2026-01-{1 + n % 28:02} {n % 24:02}:{n % 60:02} job {n} took {n} s" for n in range(20_000))
    read_ = extract(text, fast=True)
    start = time.process_time()
    source = Follows(read_.values, text)
    for told in ("11:07", "the 3rd", "45 minutes", "12 days", "7 March"):
        if (value := read(told)) is not None:
            source.may(value)
    assert time.process_time() - start < 2
