import time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.facts.fold import fold
from tellback.facts.kinds.days import Date
from tellback.facts.kinds.quantity import Place, Quantity
from tellback.facts.kinds.table import KIND, read, same

SAME = [
    ["1,500", "1500", "1.5k", "fifteen hundred", "one thousand five hundred", "1.500,00", "1 500", "１５００", "1.5 thousand"],
    ["14 March 1879", "March 14, 1879", "1879-03-14", "14/03/1879", "14th of March, 1879", "Mar. 14, 1879"],
    ["$4.5M", "4.5 million dollars", "USD 4,500,000", "$4.5 million", "US$4.5 million", "4.5m USD", "$4,500,000"],
    ["50%", "50 percent", "50 per cent", "fifty percent", "50 %"],
    ["0.5", "half", "1/2", "½"],
    ["two-thirds", "2/3", "⅔"],
    ["5 km", "5 kilometres", "5km", "5,000 m", "five kilometers", "5-kilometer", "5\u00a0km"],
    ["90 minutes", "1.5 hours", "1½ hours", "one and a half hours"],
    ["3rd", "third"],
    ["twenty-first", "21st"],
    ["3 pm", "15:00", "3:00 p.m.", "three pm"],
    ["noon", "12:00", "12 pm"],
    ["-5", "minus five", "−5"],
    ["18°C", "18 °C", "18 degrees Celsius", "18 C", "18℃"],
    ["60 mph", "60 miles per hour"],
    ["100 km²", "100 square kilometres", "100 sq km"],
    ["nineteen eighty-four", "1984"],
    ["19th century", "nineteenth century"],
    ["1990s", "'90s"],
    ["£5m", "5 million pounds"],
    ["10 years", "10-year", "ten years"],
    ["a hundred", "one hundred", "100"],
    ["two hundred and five", "205"],
    ["half a million", "500,000"],
    ["Q3 2024", "third quarter of 2024"],
    ["2 GB", "2 gigabytes", "2GB"],
    ["three and a half", "3.5", "3½"],
]
DIFFERENT = [
    ("18", "8"), ("1,500", "15"), ("1,500", "1.5"), ("50%", "0.5"), ("50%", "50"), ("5 km", "5 miles"), ("5 km", "5"),
    ("$5", "€5"), ("third", "3"), ("1879", "14 March 1879"), ("March 1879", "14 March 1879"), ("3 pm", "3 am"),
    ("-5", "5"), ("1.500", "1,500"), ("10 GB", "10 MB"), ("1990s", "1990"), ("44 BC", "44"), ("Paris", "Parisian"),
    ("2 kB", "2 KiB"), ("10²", "102"), ("5 MB", "5 Mbit"),
]  # fmt: skip


@pytest.mark.parametrize("forms", SAME, ids=lambda forms: forms[0])
def test_one_value_however_written(forms):
    assert read(forms[0]) is not None
    for form in forms:
        assert same(forms[0], form), (read(forms[0]), read(form))


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_other_values_stay_apart(a, b):
    assert not same(a, b) and not same(b, a)


def test_an_ambiguous_date_has_both_readings():
    assert read("03/04/2020").readings == (Date(2020, 4, 3), Date(2020, 3, 4))
    assert same("03/04/2020", "3 April 2020") and same("03/04/2020", "March 4, 2020")
    assert read("12/25/2020").readings == (Date(2020, 12, 25),)
    assert read("45/45/2020") is None


def keeps(source, output):
    a, b = read(source), read(output)
    return KIND[a.kind].keeps(a, b)


def coarser(source, output):
    a, b = read(source), read(output)
    return KIND[a.kind].part_of(a, b)


def test_a_finer_date_keeps_a_coarser_one_but_not_back():
    whole = "14 March 1879"
    assert keeps("March 1879", whole) and keeps("1879", whole) and keeps("14 March", whole)
    assert not keeps(whole, "March 1879") and not keeps("1878", whole) and not keeps("1500", "15")
    assert coarser(whole, "1879") and not coarser("1879", whole) and not coarser(whole, "1880")


def test_a_reading_tells_number_and_unit():
    assert read("$4.5M").readings == (Quantity(Decimal(4500000), "USD"),)
    assert read("1.5 km").readings == (Quantity(Decimal(1500), "m"),)
    assert read("50%").readings[0].unit == "%" and read("7").readings[0].unit is None
    assert read("third").readings == (Place(3),)
    assert read("2/3").readings == (Quantity(Fraction(2, 3)), Quantity(Fraction(200, 3), "%"))
    assert read("hello") is None


@pytest.mark.parametrize("text", ["", " ", "\u200b", "hello world", "1.2.3", "…", "$", "1,2,3,", "--", "½½", "e5"])
def test_what_says_no_value_is_text(text):
    assert read(text) is None


def test_fold_keeps_the_way_back():
    text = "ﬁve\u200b １５ km—a½ x²\u00ad. “q” \u202e1\u00a0500"
    folded = fold(text)
    assert folded.text == "five 15 km—a½ x². \"q\" 1'500"
    start = folded.text.index("15")
    assert text[slice(*folded.span(start, start + 2))] == "１５"
    start = folded.text.index("1'500")
    assert text[slice(*folded.span(start, start + 5))] == "1\u00a0500"
    assert text[slice(*folded.span(0, 4))] == "ﬁve"


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_equals_itself(text):
    assert same(text, text) and read(text) == read(text)
    folded = fold(text)
    for i in range(len(folded.text)):
        start, end = folded.span(i, i + 1)
        assert 0 <= start < end <= len(text)


@given(st.integers(0, 999_999_999))
@settings(max_examples=200, deadline=None)
def test_digits_and_thousands_agree(n):
    assert same(str(n), f"{n:,}") and read(f"{n:,}").readings[0].number == n if n > 999 else True
    assert same(f"{n} km", f"{n}000 m")


@pytest.mark.parametrize("text", ["9" * 1_000_000, "1," * 200_000, "one and " * 50_000, "1.5e99", "(" * 100_000])
def test_long_strings_take_no_time(text):
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 10
