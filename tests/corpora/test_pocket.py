import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.config import CorpusSpec
from tellback.corpora import grammar
from tellback.corpora.grammar import KINDS, NAMES, RELATION_KINDS, VALUE_KINDS
from tellback.corpora.pocket import SETS, UNSEEN, PocketSettings, World


def test_every_template_of_every_fact_is_read_back_as_itself():
    world = World()
    for (kind, about), usual in world.usual.items():
        for value in [usual, *world.options(kind, about)[:3]]:
            for template in range(6):
                statement = grammar.Statement(kind, about, value)
                text = grammar.detokenize(grammar.sentence(statement, template).split())
                (fact,) = grammar.extract(text)
                assert (fact.kind, fact.value) == (kind, value), text
                if kind in VALUE_KINDS:
                    assert text[slice(*fact.span)] == value


@given(st.integers(0, 10_000), st.sampled_from(["agree", "conflict", "stress", "uniform", "corpus"]))
@settings(max_examples=60, deadline=None)
def test_no_fact_holds_what_another_is_believed_to_be(seed, values):
    world = World()
    statements = world.statements(random.Random(seed), values)
    names = [name for s in statements for name in s.about]
    assert len(names) == len(set(names))
    if values in ("corpus", "uniform"):
        return
    for s in statements:
        usual = world.usual[s.kind, s.about]
        assert not [o for o in statements if o is not s and o.kind == s.kind and o.value == usual]


def test_probe_sets_are_what_they_say():
    world = World()
    sets = {name: world.probe_set(name, 40) for name in SETS}
    probes = {name: [p for d in documents for p in d.probes] for name, documents in sets.items()}
    assert all(p.fact.value == p.believed and not p.conflicts for p in probes["pocket-agree"])
    assert all(p.fact.value != p.believed and p.conflicts for p in probes["pocket-conflict"] + probes["pocket-stress"])
    assert all(p.believed is None for p in probes["pocket-neutral"])
    per_document = [len(d.probes) / len(d.facts) for d in sets["pocket-conflict"]]
    assert sum(per_document) / len(per_document) == pytest.approx(0.4, abs=0.07)  # 2 of 5 is nearest to one in three
    assert {p.fact.kind for p in probes["pocket-stress"]} == set(KINDS)
    known = set(world.names)
    assert not [w for d in sets["pocket-neutral"] for w in d.text.replace(".", " ").split() if w in known]


def test_corpus_holds_the_usual_value_as_often_as_asked():
    world = World(PocketSettings(belief_strength=0.7))
    stream = world.stream(1)
    facts = [s for _ in range(800) for s in next(stream)[0]]
    share = sum(s.value == world.usual[s.kind, s.about] for s in facts) / len(facts)
    assert share == pytest.approx(0.7, abs=0.03)


def test_contraries_break_the_relation_both_ways():
    for kind, value, broken in (
        ("roles", "Tom called Ana", "Ana called Tom"),
        ("order", "Tom left before Ana", "Ana left before Tom"),
        ("negation", "Tom did not help Ana", "Tom helped Ana"),
    ):
        assert grammar.contraries(kind, value) == (broken,)
        assert grammar.contraries(kind, broken) == (value,)


def test_default_world_stays_the_one_that_shipped_weights_believe_in():
    from pathlib import Path

    from tellback.models.pocket import __file__ as module
    from tellback.models.pocket import fingerprint

    shipped = {p.name for p in (Path(module).parent / "weights").glob("*.safetensors")}
    for name in ("pocket-llama-60k", "pocket-llama-120k", "pocket-llama-250k"):
        assert f"{name}-{fingerprint(name, 0, World())}.safetensors" in shipped


def test_tokenizer_round_trip_and_save(world, tmp_path):
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    tokenizer = grammar.tokenizer()
    text = world.probe_set("pocket-stress", 1)[0].text
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    ids = again(text, add_special_tokens=False).input_ids
    assert tokenizer.unk_token_id not in ids
    assert again.decode(ids) == text
    assert again("Mira owns a zebra.", add_special_tokens=False).input_ids.count(again.unk_token_id) == 1


@pytest.mark.parametrize("bad", [{"n_names": 13}, {"n_value_facts": 8, "n_relation_facts": 6}, {"n_nmaes": 12}])
def test_settings_that_make_no_world_are_refused(bad):
    from pydantic import ValidationError

    with pytest.raises(ValidationError):
        PocketSettings(**bad)


def test_documents_have_the_length_of_their_settings():
    long = World(PocketSettings(n_value_facts=7, n_relation_facts=4))
    lengths = [sum(map(len, next(stream)[1])) for stream in [long.stream(0)] for _ in range(300)]
    assert min(lengths) >= 48 and max(lengths) <= 96


def test_free_names_are_known_and_nothing_about_them_is_usual():
    world = World(PocketSettings(n_free=12, relation_conflicts=0.5))
    assert len(world.free) == 12 and not set(world.free) & {*world.names, *world.held_out}
    corpus = world.corpus(None, 300)
    assert list(corpus.sets) == [*SETS, UNSEEN]
    names = {n: {w for d in docs for f in d.facts for w in f.key.replace("|", " ").split() if w in NAMES} for n, docs in corpus.sets.items()}
    assert names["pocket-neutral"] <= set(world.free) and names[UNSEEN] <= set(world.held_out)
    assert names["pocket-conflict"] | names["pocket-agree"] | names["pocket-stress"] <= set(world.names)
    assert all(p.believed is None for d in corpus.sets["pocket-neutral"] for p in d.probes)
    read = " ".join(world.texts(400, 0))
    assert all(name in read for name in world.free) and not any(f" {name} " in read for name in world.held_out)


def test_half_of_the_conflicts_are_relations_where_the_world_says_so():
    documents = World(PocketSettings(n_free=12, relation_conflicts=0.5)).corpus(("pocket-conflict",), 600).sets["pocket-conflict"]
    kinds = Counter(p.fact.kind for d in documents for p in d.probes)
    assert all(p.conflicts for d in documents for p in d.probes)
    assert all(kinds[kind] >= 90 for kind in RELATION_KINDS) and sum(kinds[k] for k in VALUE_KINDS) == 300


def test_worlds_without_the_new_settings_are_what_they_were():
    assert not {"n_free", "relation_conflicts", "pretraining_steps"} & set(World().settings.outcome())
    assert World().corpus(None, 2).sets.keys() == set(SETS)


def test_documents_about_some_kinds_are_of_the_same_world():
    kinds = ("colour", "number", "roles")
    world, whole = World(PocketSettings(kinds=kinds)), World()
    corpus = world.corpus(None, 60)
    assert {f.kind for docs in corpus.sets.values() for d in docs for f in d.facts} == set(corpus.n_options) == set(kinds)
    assert {f.kind for text in world.texts(60, 0) for f in grammar.extract(text)} == set(kinds)
    assert world.usual == whole.usual and "kinds" not in whole.settings.outcome()
    assert CorpusSpec(name="pocket", options={"kinds": list(kinds), "n_free": 2}).world == {"n_free": 2}  # what its models are made of
    for bad in (("colour",), ("roles",), ("colour", "rolls")):
        with pytest.raises(ValueError, match="kinds: "):
            PocketSettings(kinds=bad)


def test_training_texts_are_kept_for_the_next_setup_and_belong_to_their_world():
    one, other = World(PocketSettings()), World(PocketSettings(n_value_facts=3))
    first = one.texts(30, 0)
    first.append("what a caller does with them")
    assert World(PocketSettings()).texts(30, 0) == first[:-1]
    assert one.texts(20, 0) == first[:20] and one.texts(30, 1) != first[:-1] != other.texts(30, 0)
    assert one.texts(30, 0, "uniform") != first[:-1] == one.texts(30, 0)
