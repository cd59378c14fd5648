import json

import pytest

from tellback.config import CorpusSpec, ProbeSpec
from tellback.corpora.load import at_home, load_corpus
from tellback.errors import UsageError
from tellback.readers import cues

CITIES = {"Ellmar": "Dorval", "Sintra Bay": "Quorn", "Ostwick": "Hembly", "Karlow": "Pellgate", "Brunda": "Tessin"}
PROSE = """The old miller of the valley sold his last barrel of flour on Monday.

She carried 47 letters over the frozen lake before the spring came back. The captain never thanked the cook for it.

Tiny. Too short it is. Visit www.example.org for the rest of this page and more words. {"not": "prose at all", "but": "data, many words"}
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "gutenberg_mill.txt").write_text(PROSE)
    rows = [{"known_id": i, "attribute": city, "relation_id": "P36", "prompt": f"By the law of the land the capital of {place} is"}
            for i, (place, city) in enumerate(CITIES.items())]  # fmt: skip
    (folder / "known_1000.json").write_text(json.dumps(rows))
    return load_corpus(CorpusSpec(name="real-sentences", options={"data": str(folder)}), ProbeSpec(n_documents=12), 20)


@pytest.mark.slow
def test_a_document_is_one_whole_sentence_and_what_is_held_out_is_not_trained_on(corpus):
    texts = corpus.training(10**6, 0, "corpus")
    every = {*texts, *(d.text for d in corpus.ordinary)}
    assert all(7 <= len(t.split()) <= 18 and t[-1] in ".!?\"'”’" for t in every)
    assert not {d.text for d in corpus.ordinary} & set(texts) and len(set(texts)) == len(texts) > 250
    assert any("miller of the valley" in t for t in every) and any("47 letters" in t for t in every)
    assert not any(w in t for t in every for w in ("Too short", "www", "prose at all"))
    assert corpus.training(5, 1, "corpus") != corpus.training(5, 2, "corpus") == corpus.training(5, 2, "corpus")


@pytest.mark.slow
def test_a_known_fact_stands_as_it_is_and_with_another_object_of_its_relation(corpus):
    agree, conflict = corpus.sets["known-agree"], corpus.sets["known-conflict"]
    assert len(agree) == len(conflict) == len(CITIES)
    for a, c in zip(agree, conflict, strict=True):
        true, said = a.probes[0].fact.value, c.probes[0].fact.value
        assert true != said and said in CITIES.values() and CITIES[a.text.split(" of ")[-1].split(" is ")[0]] == true
        assert a.text.replace(true, said) == c.text and c.probes[0].conflicts and not a.probes[0].conflicts


@pytest.mark.slow
def test_each_sentence_reads_as_what_it_says_and_its_twin_does_not(corpus):
    for name in ("known-agree", "known-conflict", "told-values", "passages-conflict"):
        documents = corpus.sets[name]
        for d in documents:
            assert d.text[slice(*d.probes[0].fact.span)] == d.probes[0].fact.value or name.startswith("passages")
            assert cues.read(d, d.text, corpus, {})[0].outcome == "faithful"
            other = next(o for o in d.probes[0].options if o != d.probes[0].fact.value)
            changed = d.text.replace(d.probes[0].fact.value, other)
            if name != "passages-conflict":
                assert cues.read(d, changed, corpus, {d.probes[0].id: other})[0].outcome == "overwritten", changed
    assert {d.id.rsplit("-", 1)[1] for d in corpus.sets["told-values"]} == {"is", "twin"}


@pytest.mark.slow
def test_every_probe_has_an_id_of_its_own(corpus):
    """Beliefs are kept by it: one sentence asked for its value and for its relation is two probes."""
    ids = [p.id for documents in corpus.sets.values() for d in documents for p in d.probes]
    of_sentence = [{d.text for d in corpus.sets[name]} for name in ("told-values", "told-relations")]
    assert of_sentence[0] & of_sentence[1] and len(set(ids)) == len(ids)


def test_a_folder_without_texts_is_a_users_fault(tmp_path):
    with pytest.raises(UsageError, match="expected files named c4_web"):
        load_corpus(at_home(CorpusSpec(name="real-sentences"), tmp_path), ProbeSpec())


@pytest.mark.slow
def test_sentences_of_so_many_tokens_alone_are_trained_on_and_no_longer_one_is_asked(tmp_path):
    (tmp_path / "gutenberg_mill.txt").write_text(PROSE)

    def load(tokens):
        spec = CorpusSpec(name="real-sentences", options={"data": str(tmp_path), "tokens": tokens})
        return load_corpus(spec, ProbeSpec(n_documents=12), 20, lambda text: len(text.split()))

    corpus, every = load([12, 14]), load(None)
    texts = corpus.training(10**6, 0, "corpus")
    assert texts and all(12 <= len(t.split()) <= 14 for t in [*texts, *(d.text for d in corpus.ordinary)])
    assert set(texts) < set(every.training(10**6, 0, "corpus"))  # what is held out stays held out
    assert all(len(d.text.split()) <= 14 for documents in corpus.sets.values() for d in documents) and corpus.sets["told-values"]
    with pytest.raises(UsageError, match="no sentence has 400 to 500 tokens"):
        load([400, 500])
