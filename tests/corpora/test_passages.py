"""The passages: well-formed rows, an exact reader on the source, and the right answer on planted corruptions."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest

from tellback.corpora.passages import SETS, corpus_of_rows, extract, passages
from tellback.errors import UsageError
from tellback.records import Document

ROWS = [
    json.loads(line)
    for line in resources.files("tellback.corpora").joinpath("data/passages.jsonl").read_text("utf-8").splitlines()
]
CORPUS = passages()
CASES = [
    pytest.param(document, probe, id=probe.id)
    for documents in CORPUS.sets.values()
    for document in documents
    for probe in document.probes
]
WHOLE = {  # every passage with the probes of all its sets, in the order of its facts
    d.id: Document(
        d.id,
        d.text,
        d.facts,
        tuple(
            sorted(
                (p for ds in CORPUS.sets.values() for x in ds if x.id == d.id for p in x.probes),
                key=lambda p: int(p.id.split("/")[1]),
            )
        ),
    )
    for d in CORPUS.ordinary
}


def said(text, probe):
    return [fact.value for fact in extract(text, [probe])]


def test_the_corpus_is_as_large_and_as_varied_as_a_study_needs():
    assert tuple(CORPUS.sets) == SETS and len(CORPUS.ordinary) == len(ROWS) >= 36
    conflicts = [p for d in CORPUS.sets["passages-conflict"] for p in d.probes]
    assert len(conflicts) >= 40 and all(p.conflicts and p.believed in p.options for p in conflicts)
    assert len(CORPUS.sets["passages-conflict"]) == len(ROWS)
    assert all(p.believed == p.fact.value for d in CORPUS.sets["passages-agree"] for p in d.probes)
    assert all(p.believed is None for d in CORPUS.sets["passages-neutral"] for p in d.probes)
    with_relations = [r for r in ROWS if any(f["asks"] == "qa_ii" for f in r["facts"])]
    assert len(with_relations) >= len(ROWS) / 2
    assert {f["kind"] for r in ROWS for f in r["facts"]} >= {"roles", "negation", "order", "colour", "place", "number"}


@pytest.mark.parametrize("row", ROWS, ids=[r["id"] for r in ROWS])
def test_a_passage_is_60_to_110_words_with_3_to_5_facts_of_4_options(row):
    assert 60 <= len(row["text"].split()) <= 110
    assert 3 <= len(row["facts"]) <= 5
    for fact in row["facts"]:
        assert len(fact["options"]) == 4 and all(fact["options"].values())
        assert (fact["kind"] in ("roles", "negation", "order")) == (fact["asks"] == "qa_ii") == bool(fact["contraries"])


def test_ids_and_keys_name_one_thing():
    for documents in (*CORPUS.sets.values(), CORPUS.ordinary):
        assert len({d.id for d in documents}) == len(documents)
    keys = [f.key for d in CORPUS.ordinary for f in d.facts]
    assert len(set(keys)) == len(keys)
    probes = [p.id for d in WHOLE.values() for p in d.probes]
    assert len(set(probes)) == len(probes) == len(keys)


def test_every_kind_has_one_number_of_options_so_that_its_chance_is_one_number():
    assert CORPUS.n_options == {f["kind"]: 4 for r in ROWS for f in r["facts"]}


@pytest.mark.parametrize("document", WHOLE.values(), ids=list(WHOLE))
def test_the_source_says_exactly_its_own_facts(document):
    assert tuple(extract(document.text, document.probes)) == document.facts
    assert all(document.text[slice(*f.span)] == f.value for f in document.facts)


@pytest.mark.parametrize("document", WHOLE.values(), ids=list(WHOLE))
def test_neither_case_nor_punctuation_nor_articles_matter(document):
    values = [f.value for f in document.facts]
    assert [f.value for f in extract(document.text.upper(), document.probes)] == values
    bare = re.sub(r"(?<=\w)[.,;]+(?= |$)", "", document.text)
    assert [f.value for f in extract(bare, document.probes)] == values
    without = re.sub(r"\b(?:a|an|the|The|A) ", "", document.text)
    assert [f.value for f in extract(without, document.probes)] == values


@pytest.mark.parametrize(("document", "probe"), CASES)
def test_without_its_sentence_a_fact_is_not_said(document, probe):
    start, end = probe.fact.sentence
    assert said(document.text[:start] + document.text[end:].lstrip(), probe) == []


@pytest.mark.parametrize(("document", "probe"), CASES)
def test_every_other_option_in_the_place_of_the_value_is_read(document, probe):
    start, end = probe.fact.span
    for option, forms in probe.options.items():
        for form in forms:
            assert said(document.text[:start] + form + document.text[end:], probe) == [option]


@pytest.mark.parametrize(("document", "probe"), CASES)
def test_both_values_said_are_both_read(document, probe):
    end = probe.fact.sentence[1]
    start = probe.fact.sentence[0]
    sentence = document.text[start:end]
    other = probe.believed if probe.conflicts else next(o for o in probe.options if o != probe.fact.value)
    text = document.text[:end] + " " + sentence.replace(probe.fact.value, probe.options[other][0]) + document.text[end:]
    assert set(said(text, probe)) == {probe.fact.value, other}


def probe_of(document_id, kind):
    return next(p for p in WHOLE[document_id].probes if p.fact.kind == kind)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("strawberries Aldby white fully ripe", ["white"]),
        ("Aldby's strawberry is Red!", ["red"]),
        ("The strawberries of Aldby are not white but red.", ["red"]),
        ("The strawberries are sweet. The houses are red.", []),
        ("The houses of Aldby are red.", []),
        ("The strawberries of Aldby are reddish.", []),
        ("", []),
    ],
)
def test_values_in_shortened_and_reworded_text(text, expected):
    assert said(text, probe_of("aldby", "colour")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("baker thanked miller saving ovens", ["the baker thanked the miller"]),
        ("The miller was thanked by the baker.", ["the baker thanked the miller"]),
        ("The miller thanked the baker.", ["the miller thanked the baker"]),
        ("The baker and the miller thanked everyone.", []),
    ],
)
def test_roles_are_contiguous_words(text, expected):
    assert said(text, probe_of("aldby", "roles")) == expected


def test_a_contraction_is_a_negation_and_the_bare_verb_is_not():
    probe = probe_of("bee-survey", "negation")
    assert said("The students didn’t count butterflies.", probe) == ["the students did not count the butterflies"]
    assert said("The students counted the butterflies.", probe) == list(probe.fact.contraries)


def test_a_far_value_in_text_without_full_stops_is_not_said_of_the_cue():
    far = " ".join(["word"] * 20)
    assert said(f"the strawberries {far} red", probe_of("aldby", "colour")) == []


def test_spans_are_offsets_into_the_text_that_was_read():
    text = "It is late. The strawberries of Aldby are red, they say."
    (fact,) = extract(text, [probe_of("aldby", "colour")])
    assert text[slice(*fact.span)] == "red" and text[slice(*fact.sentence)].startswith("The strawberries")


def changed(**changes):
    row = json.loads(json.dumps(ROWS[0]))
    row["facts"][0] |= changes
    return row


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (changed(sentence="No such sentence."), r"row 1 \(aldby\), facts\[0\]\.sentence"),
        (changed(value="mauve"), r"row 1 \(aldby\), facts\[0\]\.value"),
        (changed(believed="mauve"), r"facts\[0\]\.believed: 'mauve' is not among the options"),
        (changed(contraries=["mauve"]), r"facts\[0\]\.contraries"),
        (changed(asks="qa_iii"), r"row 1:\n  facts\.0\.asks"),
        (changed(options={"white": ["white"], "off-white": ["off-white"]}, believed=None), r"facts\[0\]\.options"),
        (changed(cues=["nothing"]), r"the source reads as \[\]"),
        ({"id": "x"}, r"row 1:\n  text: this key is required"),
    ],
)
def test_a_bad_row_is_named_with_its_field(row, message):
    with pytest.raises(UsageError, match=message):
        corpus_of_rows([row], "mine")


def test_an_id_that_occurs_twice_is_refused():
    with pytest.raises(UsageError, match=r"row 2, id: 'aldby' occurs twice"):
        corpus_of_rows([ROWS[0], ROWS[0]], "mine")
