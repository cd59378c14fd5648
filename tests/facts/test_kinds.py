"""The contract of a kind of fact, over the whole table: its examples are found, told apart, written and read again."""

from decimal import Decimal

import pytest

from tellback.facts.extract import extract
from tellback.facts.kinds.base import Value
from tellback.facts.kinds.quantity import Quantity
from tellback.facts.kinds.table import KIND, KINDS, named
from tellback.facts.kinds.units import CURRENCIES, CURRENCY_WORDS, LONG_UNITS, UNITS
from tellback.facts.scan import scan

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def values(text, kind=None):
    """What `text` says of a kind; of any kind with None. Names are found in a parse."""
    read = extract(text) if kind and kind.group == "name" else scan(text)
    return [value for value in read.values if kind is None or value.kind == kind.name]


def value(text, kind):
    (found,) = values(text, kind)
    return found


@every_kind
def test_every_kind_has_examples_of_all_four_sorts(kind):
    examples = kind.examples
    assert examples.found and examples.same and examples.other and examples.none
    assert KIND[kind.name] is kind and kind.group in ("value", "identifier", "quote", "sign", "name")


@every_kind
def test_what_is_found_has_its_canonical_form_and_is_no_other_fact(kind):
    for text, canonical in kind.examples.found.items():
        assert [kind.write(found) for found in values(text, kind)] == [canonical], text
        assert kind.group == "name" or len(values(text)) == 1, text


@every_kind
def test_two_wordings_are_one_and_two_values_are_two(kind):
    for a, b in kind.examples.same:
        one, other = value(a, kind), value(b, kind)
        assert kind.same(one, other) and kind.same(other, one) and kind.keeps(one, other), (a, b)
        assert not kind.part_of(one, other), (a, b)
    for a, b in kind.examples.other:
        one, other = value(a, kind), value(b, kind)
        assert not kind.same(one, other) and not kind.same(other, one), (a, b)


@every_kind
def test_what_holds_no_such_value(kind):
    for text in kind.examples.none:
        assert not values(text, kind), text


@every_kind
def test_what_is_written_is_read_again(kind):
    texts = [*kind.examples.found, *(text for pair in (*kind.examples.same, *kind.examples.other) for text in pair)]
    for text in texts:
        said = value(text, kind)
        again = kind.read(kind.write(said))
        assert again is not None and kind.same(again, said) and kind.write(again) == kind.write(said), text
        assert again == said or len(said.readings) > 1, text


def test_a_text_made_of_all_examples_holds_exactly_them():
    found = [(kind.name, c, text) for kind in KINDS if kind.group != "name" for text, c in kind.examples.found.items()]
    text = "\n\n".join(text for *_, text in found)
    scanned = scan(text)
    assert [(v.kind, KIND[v.kind].write(v)) for v in scanned.values] == [(name, canonical) for name, canonical, _ in found]


def test_part_of_is_one_way():
    parts = [
        ("on 14 March 1879", "in March 1879"), ("on 14 March 1879", "in 1879"), ("on 14 March 1879", "on 14 March"),
        ("ran 5 km", "ran 5"), ("rose 12%", "rose 12"), ("paid $5", "paid 5"), ("in Q3 2024", "in 2024"),
        ("at 2024-03-14T15:30:00Z", "on 14 March 2024"), ("at 2024-03-14T15:30:00Z", "at 15:30"),
        ("at 2024-03-14T15:30:00.250Z", "at 2024-03-14T15:30:00Z"), ("at 2024-03-14T15:30:00Z", "at 2024-03-14 15:30"),
    ]  # fmt: skip
    for whole, part in parts:
        (a,), (b,) = values(whole), values(part)
        assert KIND[a.kind].part_of(a, b) and not KIND[b.kind].part_of(b, a), (whole, part)
        assert not KIND[a.kind].same(a, b)


def test_more_keeps_less_but_not_back():
    for less, more in [("in 1879", "on 14 March 1879"), ("at 15:30", "at 2024-03-14T15:30Z"), ("Smith, 42,", "42 years")]:
        (a,), (b,) = values(less), values(more)
        assert KIND[a.kind].keeps(a, b), (less, more)
    (age,), (bare,) = values("42 years"), values("Smith, 42,")
    assert KIND[age.kind].keeps(age, bare)
    (metres,), (bare,) = values("5 km"), values("Smith, 5,")
    assert not KIND[metres.kind].keeps(metres, bare)


def test_every_unit_is_written_as_it_is_read():
    bases = {base for base, _ in (*UNITS.values(), *LONG_UNITS.values())} - {"%"}
    money = {*CURRENCIES, *CURRENCY_WORDS.values()}
    for name, units in (("number", bases), ("percent", {"%"}), ("money", money)):
        for unit in units:
            said = Value(name, (Quantity(Decimal(5), unit),))
            again = KIND[name].read(KIND[name].write(said))
            assert again and again.keys[0] == said.keys[0], (name, unit, again)


def test_groups_are_the_table():
    assert named("value", "identifier", "quote", "sign", "name") == tuple(KIND)
    assert "command" in named("identifier") and "name" not in named("value", "identifier")
