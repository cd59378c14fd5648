import json

import pytest

from tellback.config import CorpusSpec, ProbeSpec
from tellback.corpora.load import load_corpus
from tellback.corpora.web_training import web_training
from tellback.errors import UsageError


@pytest.fixture
def folder(tmp_path):
    rows = [{"text": f"Page {i} says that the mill of Ulm ground {1000 + i} sacks in May . " * 3} for i in range(600)]
    (tmp_path / "c4_web.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    return tmp_path


def test_training_begins_behind_what_is_asked_and_held_out(folder):
    corpus = load_corpus(CorpusSpec(name="benchmarks", options={"sets": ["c4"], "data": str(folder), "n": 5, "train": "c4", "train_words": 16}), ProbeSpec(n_documents=5), 8)
    texts = corpus.training(50, 0, "corpus")
    asked = {d.text.split()[1] for documents in corpus.sets.values() for d in documents}
    held = {d.text for d in corpus.ordinary}
    assert len(held) == 8 and texts and not held & set(texts)
    assert all(len(t.split()) <= 16 for t in texts)
    assert not asked & {t.split()[1] for t in texts if t.startswith("Page")}
    assert corpus.training(50, 0, "corpus") == texts != corpus.training(50, 1, "corpus")


def test_only_web_pages_are_trained_on(folder):
    with pytest.raises(UsageError, match="squad"):
        web_training("squad", folder, 16, 0, 4)
    with pytest.raises(UsageError, match="no text left"):
        web_training("c4", folder, 16, 600, 4)[1](5, 0, "corpus")


def test_sentences_that_are_asked_are_not_trained_on(tmp_path):
    rows = [{"text": f"Page {i} says that the mill of Ulm ground {1000 + i} sacks. Nobody of Ulm had ever seen such a wet spring."} for i in range(40)]
    (tmp_path / "c4_web_x.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    options = {"sets": ["c4"], "data": str(tmp_path), "n": 5, "train": "real-sentences", "train_tokens": [9, 12]}
    corpus = load_corpus(CorpusSpec(name="benchmarks", options=options), ProbeSpec(n_documents=5), 8, lambda text: len(text.split()))
    texts = corpus.training(10**6, 0, "corpus")
    asked = {s + "." for documents in corpus.sets.values() for d in documents for s in d.text.rstrip(".").split(". ")}
    assert asked and texts and not asked & {*texts, *(d.text for d in corpus.ordinary)}
    assert any(t.startswith("Page") for t in texts) and all(9 <= len(t.split()) <= 12 for t in texts)
