"""Slots to the exact number, memory files that are whole or refused, and memories that only their writer reads."""

import json
import math
import os
import re
from itertools import pairwise
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from tellback.compressors import COMPRESSORS, build, compressor_class
from tellback.compressors.base import n_slots
from tellback.compressors.key_values import KeyValues
from tellback.compressors.memory import Memory, Slots
from tellback.compressors.memory_files import load_memory
from tellback.compressors.memory_tokens import AppendedTokens
from tellback.compressors.text_memory import AnnotatedText, Source, Text
from tellback.config import CompressorSpec
from tellback.errors import UsageError
from tellback.models.decoder import Decoder

TRAINED = [name for name in COMPRESSORS if compressor_class(name).trainable]
RATES = {"identity": 1.0, "no_memory": None}
TEXTS = ["Mira owns a white boat.", "Tom left before Ana.", "Oslo."]


def made(name, tiny, rate=4.0, seed=0, decoder=None, **options):
    decoder = decoder or Decoder(tiny(1))
    return build(CompressorSpec(name=name, options=options), tiny(0), decoder, rate, seed)


def segments(n, rate, k, room):
    """The segments of a document of `n` tokens, for an LM of `room` positions."""
    lm = SimpleNamespace(max_positions=room, name="any")
    return AppendedTokens.segments(SimpleNamespace(options=SimpleNamespace(k=k), lm=lm), range(n), n, rate)


class TestCounts:
    @given(st.integers(1, 10**6), st.floats(1, 10**4))
    def test_ceiling(self, n, rate):
        slots = n_slots(n, rate)
        assert 1 <= slots <= n and (slots - 1) * rate <= n * (1 + 1e-9) and slots * rate >= n - 1e-3

    def test_a_rate_above_the_length_gives_one_slot(self):
        assert [n_slots(n, rate) for n, rate in ((1, 1), (1, 2), (3, 4), (3, 1e12), (4, 4), (5, 4))] == [1, 1, 1, 1, 1, 2]

    @pytest.mark.parametrize("name", TRAINED)
    @pytest.mark.parametrize("rate", [1.0, 4.0, 10.0])
    def test_exact_number_of_slots(self, name, rate, tiny):
        """At the edges of a slot, and for documents that no window holds (the tiny LM has 512 positions)."""
        compressor, lengths = made(name, tiny, rate), [1, int(rate) - 1, int(rate), int(rate) + 1, 1024, 4097]
        lengths = [n for n in lengths if n]
        texts = [" ".join(["boat"] * n) for n in lengths]
        with torch.inference_mode():
            memory = compressor.compress(texts)
            prefix = memory.select([0, 1, 2]).prefix(compressor.decoder)
        assert memory.n_tokens == lengths
        assert memory.n_slots == [math.ceil(n / rate) for n in lengths]
        assert prefix.n_positions.tolist() == memory.n_slots[:3]

    @pytest.mark.parametrize("name", TRAINED)
    def test_a_batch_of_any_lengths_at_another_rate(self, name, tiny):
        texts = [" ".join(["boat"] * n) for n in (7, 8, 13, 14, 600)]
        with torch.inference_mode():
            try:
                memory = made(name, tiny).compress(texts, rate=7)
            except UsageError as error:  # a method may be built for one rate; then it says so
                assert "rate 4" in str(error)
            else:
                assert memory.n_slots == [1, 2, 2, 2, 86]

    @pytest.mark.parametrize("name", TRAINED)
    def test_one_slot_for_more_than_a_window_holds_is_exact_or_refused(self, name, tiny):
        """No method may drop what a slot has no room for."""
        with torch.inference_mode():
            try:
                memory = made(name, tiny, 600.0).compress([" ".join(["boat"] * 1300)])
            except UsageError as error:
                assert re.search("lower the rate|lower options|raise options", str(error), re.I)
            else:
                assert memory.n_slots == [3]

    @given(st.integers(1, 5000), st.floats(1, 64), st.integers(1, 70))
    @settings(max_examples=200, deadline=None)
    def test_segments_hold_all_tokens_and_end_where_their_slots_end(self, n, rate, k):
        parts = segments(n, rate, k, 512)
        assert [t for piece, _ in parts for t in piece] == list(range(n))
        edges = [0, *[piece[-1] + 1 for piece, _ in parts]]
        counts = [(n_slots(e, rate) - (n_slots(s, rate) if s else 0)) for s, e in pairwise(edges)]
        assert [count for _, count in parts] == counts and min(counts) >= 1 and max(counts) <= k
        assert max(len(piece) + count for piece, count in parts) <= 512

    def test_rate_10_in_segments_of_1024(self):
        parts = segments(4097, 10.0, 103, 1024 + 110)
        assert [count for _, count in parts] == [102, 103, 103, 102]  # 410 together
        assert [len(piece) for piece, _ in parts] == [1020, 1030, 1030, 1017]


MEMORIES = {
    "slots": Slots([torch.randn(n, 16) for n in (2, 1, 3)], [torch.randn(n, 8) for n in (2, 1, 3)], [8, 3, 9]),
    "key_values": KeyValues([torch.randn(n, 1, 2, 2, 8) for n in (2, 1, 3)], [8, 3, 9]),
    "text": Text(["a boat", "鹿", ""], [[5, 6], [7], []], [8, 3, 9]),
    "source": Source(["a boat", "鹿", "b"], [[5, 6], [7], [8]], [2, 1, 1]),
}


@pytest.mark.parametrize("kind", MEMORIES)
class TestFiles:
    def test_made_by_hand_is_read_by_anyone(self, kind, tiny, tmp_path):
        memory = MEMORIES[kind]
        memory.save(tmp_path / "m")
        again = load_memory(str(tmp_path / "m"))
        assert type(again) is type(memory) and again.written_by is None
        assert again.n_slots == memory.n_slots and again.n_tokens == memory.n_tokens
        for a, b in zip(memory.tensors().values(), again.tensors().values(), strict=True):
            assert torch.equal(a, b)
        again.check_reader(made("identity", tiny))
        assert list(tmp_path.iterdir()) == [tmp_path / "m"]

    def test_cut_short_anywhere_is_refused(self, kind, tmp_path):
        MEMORIES[kind].save(tmp_path / "m")
        whole = (tmp_path / "m").read_bytes()
        for n in {0, 4, 9, len(whole) // 2, len(whole) - 1}:
            (tmp_path / "cut").write_bytes(whole[:n])
            with pytest.raises(UsageError, match="no memory file, or not a whole one"):
                load_memory(tmp_path / "cut")
        (tmp_path / "cut").write_bytes(whole + b"more")
        with pytest.raises(UsageError, match="no memory file"):
            load_memory(tmp_path / "cut")

    def test_other_tensors_are_refused(self, kind, tmp_path):
        MEMORIES[kind].save(tmp_path / "m")
        tensors = load_file(tmp_path / "m")
        one_more = {name: torch.cat([t, t[:1]]) for name, t in tensors.items()}
        wrong = [{n: t for n, t in tensors.items() if n != gone} for gone in tensors]
        wrong += [tensors | {"more": torch.zeros(1)}, tensors | {"n_slots": tensors["n_slots"].float()}]
        wrong += [tensors | {name: t} for name, t in one_more.items() if name not in ("n_tokens", "n_slots")]
        wrong += [tensors | {"n_tokens": one_more["n_tokens"]}, tensors | {"n_slots": -tensors["n_slots"]}]
        wrong += [tensors | {"n_tokens": tensors["n_tokens"] * 0}]
        wrong += [tensors | {name: t[None].contiguous()} for name, t in tensors.items()]
        for case in wrong:
            save_file(case, tmp_path / "bad", metadata={"memory": kind})
            with pytest.raises(UsageError, match=f"broken memory file of kind '{kind}'"):
                load_memory(tmp_path / "bad")

    def test_another_header_is_refused(self, kind, tmp_path):
        tensors = {k: v.contiguous() for k, v in MEMORIES[kind].tensors().items()}
        for header in ("not JSON", '{"compressor": "pooling"}', "[1]"):
            save_file(tensors, tmp_path / "bad", metadata={"memory": kind, "written_by": header})
            with pytest.raises(UsageError, match="broken memory file"):
                load_memory(tmp_path / "bad")
        save_file(tensors, tmp_path / "bad", metadata={"memory": "pickles"})
        with pytest.raises(UsageError, match="its kind is 'pickles'.*slots, .*key_values"):
            load_memory(tmp_path / "bad")
        save_file(tensors, tmp_path / "bad")
        with pytest.raises(UsageError, match="holds no memory"):
            load_memory(tmp_path / "bad")

    def test_a_failed_write_leaves_what_was_there(self, kind, tmp_path, monkeypatch):
        memory = MEMORIES[kind]
        memory.save(tmp_path / "m")
        before = (tmp_path / "m").read_bytes()

        def full(*args):
            raise OSError("no space left")

        monkeypatch.setattr("tellback.compressors.files.os.replace", full)
        with pytest.raises(UsageError, match="no space left"):
            memory.save(tmp_path / "m")
        assert [p.name for p in tmp_path.iterdir()] == ["m"] and (tmp_path / "m").read_bytes() == before
        with pytest.raises(UsageError, match="could not be written"):
            memory.save(tmp_path / "nowhere" / "m")

    def test_a_shape_that_the_decoder_does_not_read_is_refused(self, kind, saved_models):
        from tellback.models.load import from_pretrained

        lm = from_pretrained(saved_models["llama"])
        other = {
            "slots": Slots([torch.randn(2, 17)], [torch.randn(2, 17)], [8]),
            "key_values": KeyValues([torch.randn(2, 2, 2, 2, 8)], [8]),
            "text": Text(["a"], [[257]], [8]),
            "source": Source(["a"], [[-1]], [1]),
        }[kind]
        with pytest.raises(UsageError, match="Read it with the setup that wrote it"):
            other.check_reader(build(CompressorSpec(name="identity"), lm, Decoder(lm), 1.0))


class TestPaths:
    def test_what_is_no_file_is_not_replaced(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "link").symlink_to(tmp_path / "pipe")
        for name in ("pipe", "link"):
            with pytest.raises(UsageError, match=f"{name} is there already and is no regular file"):
                MEMORIES["slots"].save(tmp_path / name)
        assert (tmp_path / "pipe").is_fifo() and (tmp_path / "link").is_symlink() and len(list(tmp_path.iterdir())) == 2

    def test_a_link_is_written_through(self, tmp_path):
        (tmp_path / "folder").mkdir()
        target, link = tmp_path / "folder" / "m", tmp_path / "link"
        link.symlink_to(target)
        for _ in range(2):  # a link to nothing yet, and to a file
            MEMORIES["slots"].save(link)
            assert link.is_symlink() and target.is_file() and load_memory(link).n_slots == [2, 1, 3]

    @pytest.mark.parametrize("mask", [0o022, 0o077])
    def test_files_have_the_mode_that_the_umask_gives(self, tmp_path, mask):
        from tellback.training.checkpoint import write_weights

        before = os.umask(mask)
        try:
            MEMORIES["text"].save(tmp_path / "m")
            write_weights(torch.nn.Linear(2, 2), tmp_path / "w")
        finally:
            os.umask(before)
        assert {(tmp_path / name).stat().st_mode & 0o777 for name in "mw"} == {0o666 & ~mask}


class TestJoin:
    @pytest.mark.parametrize("name", ["pooling", "kv_slots", "chunk_encoder", "truncate", "identity", "no_memory"])
    def test_parts_make_the_whole(self, name, tiny):
        compressor = made(name, tiny, RATES.get(name, 4.0))
        with torch.inference_mode():
            whole = compressor.compress(TEXTS)
            joined = Memory.join([whole.select([0]), whole.select([1, 2])])
        assert type(joined) is type(whole) and joined.written_by == whole.written_by
        assert all(torch.equal(a, b) for a, b in zip(joined.tensors().values(), whole.tensors().values(), strict=True))
        with pytest.raises(UsageError, match="make no one batch"):
            Memory.join([whole, made("truncate" if name != "truncate" else "random_drop", tiny).compress(TEXTS)])

    def test_notes_on_some_are_kept(self):
        plain, noted = Text(["a"], [[5]], [3]), AnnotatedText(["b"], [[6, 7]], [9], ["cut"])
        for parts, notes in (([plain, noted], ["", "cut"]), ([noted, plain, noted], ["cut", "", "cut"])):
            joined = Memory.join(parts)
            assert joined.notes == notes and joined.n_tokens == [t for part in parts for t in part.n_tokens]
            assert joined.texts == [text for part in parts for text in part.texts]


class TestWriter:
    def test_header_names_the_compressor(self, tiny, tmp_path):
        from safetensors import safe_open

        compressor = made("memory_tokens", tiny)
        compressor.compress(TEXTS).save(tmp_path / "m")
        with safe_open(tmp_path / "m", framework="pt") as file:
            header = json.loads(file.metadata()["written_by"])
        assert header == {"compressor": "memory_tokens", "base_model": "tiny", "rate": 4.0,
                          "fingerprint": compressor.fingerprint()}  # fmt: skip
        assert len(compressor.fingerprint()) == 64

    def test_fingerprints_follow_what_decides_a_memory(self, tiny, saved_models):
        from tellback.models.load import from_pretrained

        base = made("pooling", tiny, pool="mean").fingerprint()
        assert base == made("pooling", tiny, pool="mean").fingerprint()
        lm = from_pretrained(saved_models["llama"])
        others = [
            made("pooling", tiny, pool="eos"), made("pooling", tiny, pool="mean", seed=1), made("memory_tokens", tiny),
            made("identity", tiny), made("no_memory", tiny), made("identity", tiny, decoder=Decoder(lm)),
            made("selective_context", tiny), made("selective_context", tiny, unit="sentence"),
        ]  # fmt: skip
        assert len({base, *[c.fingerprint() for c in others]}) == 1 + len(others)
        # a rate only says how much is written: a compressor that takes any rate reads them all
        assert made("selective_context", tiny, 2.0).fingerprint() == made("selective_context", tiny, 4.0).fingerprint()

    def test_where_a_model_lies_is_no_part_of_its_identity(self, saved_models, tmp_path):
        import shutil

        from tellback.models.load import from_pretrained

        folders = [saved_models["llama"], tmp_path / "llama", tmp_path / "moved"]
        for folder in folders[1:]:
            shutil.copytree(saved_models["llama"], folder)
        models = [from_pretrained(str(folder)) for folder in folders]
        assert len({build(CompressorSpec(name="selective_context"), lm, Decoder(lm), 4.0).fingerprint() for lm in models}) == 1

    @pytest.mark.parametrize("which", ["base", "decoder"])
    def test_two_models_of_one_name_are_told_apart_by_their_weights(self, tiny, which):
        def print_of(seeds):
            return build(CompressorSpec(name="selective_context"), tiny(seeds[0]), Decoder(tiny(seeds[1])), 4.0).fingerprint()

        assert tiny(0).name == tiny(5).name
        assert print_of((0, 1)) == print_of((0, 1)) != print_of((5, 1) if which == "base" else (0, 5))

    def test_a_models_weights_are_read_once_while_they_stay(self, tiny, monkeypatch):
        from tellback.compressors import signature

        read, of_model = [], signature.of_model
        monkeypatch.setattr(signature, "of_model", lambda lm: read.append(lm) or of_model(lm))
        base, decoder = tiny(0), Decoder(tiny(1))
        first = [build(CompressorSpec(name="truncate"), base, decoder, rate) for rate in (2.0, 4.0)]
        memory = first[0].compress(TEXTS)
        assert not read  # a memory that nobody signs costs nothing
        memory.check_reader(first[1])
        assert len(read) == 2
        with torch.no_grad():
            decoder.model.get_input_embeddings().weight.add_(0.1)
        assert first[1].fingerprint() != memory.written_by.fingerprint and len(read) == 3

    def test_another_compressors_memory_is_refused_with_both_named(self, tiny, tmp_path):
        writer, reader = made("pooling", tiny), made("memory_tokens", tiny)
        memory = writer.compress(TEXTS)
        memory.check_reader(writer)
        both = r"written by pooling at 4x on tiny \(\w{8}\) and cannot be read with memory_tokens at 4x on tiny \(\w{8}\)"
        with pytest.raises(UsageError, match=both):
            memory.check_reader(reader)
        memory.save(tmp_path / "m")
        load_memory(tmp_path / "m").check_reader(writer)
        with pytest.raises(UsageError, match=both):
            load_memory(tmp_path / "m").select([2, 0]).check_reader(reader)
        with pytest.raises(UsageError, match="written by pooling at 4x"):
            load_memory(tmp_path / "m").check_reader(made("pooling", tiny, seed=1))

    def test_training_makes_another_compressor(self, tiny, tmp_path):
        compressor = made("pooling", tiny)
        memory = compressor.compress(TEXTS)
        memory.save(tmp_path / "m")
        before, late = compressor.fingerprint(), compressor.compress(TEXTS)
        optimizer = torch.optim.AdamW(compressor.parameters(), lr=1e-3, fused=True)
        late.vectors[0].sum().backward()
        optimizer.step()
        assert compressor.fingerprint() != before
        assert memory.written_by.fingerprint == before  # it was asked for in time
        with pytest.raises(UsageError, match="has trained on since it wrote"):
            late.save(tmp_path / "late")
        assert not (tmp_path / "late").exists()
        with pytest.raises(UsageError, match="written by pooling"):
            load_memory(tmp_path / "m").check_reader(compressor)

    def test_weights_are_read_when_a_signature_is_asked_for_and_then_once(self, tiny, monkeypatch):
        from tellback.compressors import base

        calls = []
        monkeypatch.setattr(base, "fingerprint", lambda *a: calls.append(1) or "x" * 64)
        compressor = made("pooling", tiny)
        memories = [compressor.compress(TEXTS) for _ in range(3)]
        for memory in memories:
            memory.check_reader(compressor)
        assert not calls
        assert {m.written_by.fingerprint for m in memories} == {"x" * 64} and len(calls) == 1


@pytest.mark.parametrize("name", [n for n in COMPRESSORS if compressor_class(n).trainable])
def test_what_a_memory_takes_grows_with_its_slots(name, tiny):
    decoder = Decoder(tiny(1))
    compressor = build(CompressorSpec(name=name), tiny(0), decoder, 2.0)
    with torch.inference_mode():
        short, long = (compressor.encode([[5] * n], [n], 2.0) for n in (8, 16))
    assert 0 < short.n_bytes < long.n_bytes == sum(s.select([0]).n_bytes for s in (long,))


def test_a_notebook_shows_a_memory():
    from tellback.compressors.text_memory import Text

    text = Text(["<b>"] * 30, [[1, 2]] * 30, [8] * 30)._repr_html_()
    assert "30 documents: 240 tokens in 60 slots (4 tokens a slot)" in text and "… and 10 more" in text and "<b>&lt;" not in text
