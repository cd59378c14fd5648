"""Documents in pieces: compressed sentence by sentence, told back one by one, joined as they stood."""

import pytest
import torch

from tellback.compressors.memory import Memory
from tellback.compressors.memory_files import load_memory
from tellback.compressors.pieces import Pieces, pieces
from tellback.config import ReaderSpec
from tellback.errors import UsageError
from tellback.records import Document, Fact
from tellback.saved import build_reader
from tellback.study.reading import Reading, fact_tokens

TEXT = "Ana owns a red boat.  Tom has 47 oars!\nNobody rows."
SENTENCES = ["Ana owns a red boat.", "Tom has 47 oars!", "Nobody rows."]


def reader_of(model, compressor="pooling", **more):
    spec = {"base_model": model, "compressor": compressor, "rate": 2, "decoder": {"model": model, "train": "frozen"}, "by": "sentence"} | more
    reader = build_reader(ReaderSpec.model_validate(spec))
    reader.decoder.tells_back = True
    return reader


@pytest.fixture(scope="module")
def reader(saved_models):
    return reader_of(saved_models["llama"])


def test_a_text_is_cut_into_its_sentences_and_a_long_one_between_words():
    count = lambda text: len(text.split())  # noqa: E731
    assert [TEXT[a:b] for a, b in pieces(TEXT, None, count)] == SENTENCES
    long = "one two three four five six seven eight nine ten eleven."
    parts = [long[a:b] for a, b in pieces(long, 4, count)]
    assert " ".join(parts) == long and len(parts) == 3 and all(3 <= count(p) <= 4 for p in parts)
    assert pieces("unbreakable", 1, len) == [(0, 11)]  # a word stays whole
    assert pieces("  no end ", None, count) == [(2, 8)] and pieces("", None, count) == [(0, 0)]


def test_each_sentence_is_told_as_it_would_be_alone_and_the_texts_are_joined(reader):
    memory = reader.compress([TEXT, "Nobody rows."])
    alone = reader.compress(SENTENCES)
    assert isinstance(memory, Pieces) and memory.n_slots == [sum(alone.n_slots), alone.n_slots[2]]
    assert memory.n_tokens == [sum(alone.n_tokens), alone.n_tokens[2]]
    assert torch.allclose(memory.vectors[0], torch.cat(alone.vectors), atol=1e-6)
    told = reader.tell_back(alone)
    assert reader.tell_back(memory) == [f"{told[0]}  {told[1]}\n{told[2]}", told[2]]
    assert reader.ask(memory, "Who?", max_new=2)[1:] == reader.ask(alone.select([2]), "Who?", max_new=2)


def test_such_a_memory_is_saved_joined_and_selected_like_any(reader, tmp_path):
    memory = reader.compress([TEXT, "Nobody rows.", "Tom sat.  Ana stood."])
    memory.save(tmp_path / "m.safetensors")
    again = load_memory(tmp_path / "m.safetensors")
    assert (again.sizes, again.between, again.n_tokens) == (memory.sizes, memory.between, memory.n_tokens)
    parts = Memory.join([memory.select([0]), memory.select([1, 2])])
    assert reader.tell_back(again) == reader.tell_back(parts) == reader.tell_back(memory)
    assert reader.tell_back(memory.select([2, 0])) == [reader.tell_back(memory)[i] for i in (2, 0)]


def test_figures_and_facts_stand_at_the_tokens_of_the_pieces(reader):
    at = TEXT.index("47")
    document = Document("d", TEXT, (Fact("number", "k", "47", (at, at + 2), (0, len(TEXT))),))
    forced = Reading(reader, [document]).forced[0]
    alone = Reading(reader, [Document(str(i), s) for i, s in enumerate(SENTENCES)]).forced
    assert len(forced["loss"]) == sum(len(row["loss"]) for row in alone)
    (places,) = fact_tokens(reader, document)
    start = len(reader.decoder.lm.ids(SENTENCES[0])) + 1 + SENTENCES[1].index("47")  # a byte is a token here
    assert places.tolist() == [start, start + 1]
    assert forced["loss"][start] == pytest.approx(alone[1]["loss"][SENTENCES[1].index("47")], abs=1e-4)


def test_what_reads_whole_documents_goes_on_doing_so_and_what_writes_no_vectors_says_why(saved_models):
    whole = reader_of(saved_models["llama"], "identity", rate=1)
    assert whole.pieces(TEXT) == [(0, len(TEXT))] and whole.compress([TEXT]).texts == [TEXT]
    keys = reader_of(saved_models["llama"], {"name": "kv_slots", "options": {"k": 4}})
    with pytest.raises(UsageError, match="this compressor writes key_values"):
        keys.compress([TEXT])


def test_a_rate_above_a_sentence_leaves_it_one_slot(saved_models):
    reader = reader_of(saved_models["llama"], {"name": "pooling", "options": {"pool": "mean"}})
    assert reader.compress(["Tom sat. Ana stood up and went away."], rate=12).n_slots == [1 + 3]
    with pytest.raises(UsageError, match="is empty"):
        reader.compress([""])
