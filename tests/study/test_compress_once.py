"""A setup compresses each document once, whatever is read off its memory."""

from collections import Counter

import pytest

from tellback.compressors.base import Compressor
from tellback.config import read_study
from tellback.study.grid import setups
from tellback.study.reading import read_whole, readings
from tellback.study.setup import assemble, run_setup


@pytest.fixture
def compressed(monkeypatch):
    """How often each document was given to a compressor, by the compressor's name."""
    found = Counter()
    compress = Compressor.compress

    def counted(self, documents, **more):
        found.update((self.name, text) for text in documents)
        return compress(self, documents, **more)

    monkeypatch.setattr(Compressor, "compress", counted)
    return found


def spec(only, **train):
    (found,) = setups(read_study("smoke"), only)
    return found.model_copy(update={"train": found.train.model_copy(update=train)})


@pytest.mark.parametrize("name", ["identity", "no_memory", "selective_context-2x"])
def test_what_needs_no_training_compresses_every_document_once(compressed, tmp_path, name):
    result = run_setup(spec(f"{name}-*"), tmp_path / "study" / "setups" / "x")
    assert result["row"]["status"] == "done", result["details"]
    of_sets = len({text for _, text in compressed})
    assert set(compressed.values()) == {1} and of_sets >= 16 + 2 * 4  # 16 ordinary documents and two sets of 4


def test_what_trains_compresses_probe_sets_once_and_held_out_documents_once_for_each_state_of_the_weights(
    compressed, tmp_path
):
    setup = spec("pooling-2x-*")
    result = run_setup(setup, tmp_path / "study" / "setups" / "x")
    assert result["row"]["status"] in ("done", "undertrained"), result["details"]
    held = {d.text for d in assemble(setup).corpus.ordinary}
    times = {text: n for (name, text), n in compressed.items() if name == "pooling"}
    evaluations = len((tmp_path / "study" / "setups" / "x" / "trace.jsonl").read_text().splitlines())
    assert {n for text, n in times.items() if text in held} == {1 + evaluations + 1}  # untrained, traced, trained
    assert {n for text, n in times.items() if text not in held} == {1}


def test_a_set_is_read_in_parts_that_fit(monkeypatch):
    from tellback.study import reading as module

    setup = assemble(spec("selective_context-2x-*"))
    documents = setup.corpus.ordinary
    whole = read_whole(setup.reader, documents, tell=True)
    longest = max(whole.n_tokens)
    monkeypatch.setattr(module, "TOKENS", 3 * longest)
    some = list(readings(setup.reader, documents))
    assert len(some) > 1 and [d for r in some for d in r.documents] == list(documents)
    assert all(len(r.documents) * max(r.memory.n_tokens) <= 3 * longest for r in some)
    again = read_whole(setup.reader, documents, tell=True)
    assert [t.text for t in again.told] == [t.text for t in whole.told] and again.n_slots == whole.n_slots
    assert len(again.forced) == len(documents) and again.slots is None
