"""A compressor of one family with a decoder of another, each with a tokenizer of its own: Llama with bytes, Gemma with pieces of words."""

import json

import pytest
import torch

from tellback.compressors import COMPRESSORS, build
from tellback.compressors.base import n_slots
from tellback.config import CompressorSpec, ModelSpec, StudySpec, parse
from tellback.errors import UsageError
from tellback.loading import load_reader
from tellback.models.decoder import Decoder
from tellback.models.load import load
from tellback.study.grid import setups
from tellback.study.setup import run_setup
from tellback.training.objective import autoencode

TEXTS = ["The boat of Ana has nine oars.", "Tom sold Zoë's old boat, and «nobody» knew — 12 of them.", "Nine boats."]
OPTIONS = {"chunk_encoder": {"policy": "none"}, "memory_tokens": {"k": 3}, "kv_slots": {"k": 3}}
TRAINED = [CompressorSpec(name=name, options=OPTIONS.get(name, {})) for name, method in COMPRESSORS.items() if method.trained]
TRAINED += [CompressorSpec(name="pooling", options={"pool": pool}) for pool in ("mean", "eos")]


def gemma(folder, layers=2, heads=2):
    """A tiny Gemma 3 as save_pretrained leaves it; its tokenizer marks spaces, joins letters, falls back to bytes, adds <bos>."""
    from tokenizers import Tokenizer, decoders, models, normalizers, processors
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

    merges = [("▁", "b"), ("o", "a"), ("▁b", "oa"), ("▁boa", "t"), ("n", "i"), ("T", "h"), ("Th", "e"), ("▁", "o")]
    letters = [chr(c) for c in range(33, 127)] + ["▁"]
    vocab = ["<pad>", "<eos>", "<bos>", *(f"<0x{i:02X}>" for i in range(256)), *letters, *("".join(m) for m in merges)]
    core = Tokenizer(models.BPE({t: i for i, t in enumerate(vocab)}, merges, byte_fallback=True))
    core.normalizer = normalizers.Replace(" ", "▁")
    core.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    core.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    torch.manual_seed(1)
    config = Gemma3TextConfig(
        vocab_size=len(vocab), hidden_size=24, intermediate_size=32, num_hidden_layers=layers, num_attention_heads=2, num_key_value_heads=heads,
        head_dim=8, max_position_embeddings=256, sliding_window=8, bos_token_id=2, eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    Gemma3ForCausalLM(config).save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<pad>", eos_token="<eos>", bos_token="<bos>").save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def families(saved_models, tmp_path_factory):
    root = tmp_path_factory.mktemp("families")
    return {"llama": saved_models["llama"], "gemma": gemma(root / "gemma"), "like llama": gemma(root / "like", heads=1)}


@pytest.fixture(scope="module")
def lms(families):
    return {name: load(ModelSpec(name=path)) for name, path in families.items()}


def test_the_two_tokenizers_differ_and_read_any_text(lms):
    llama, other = lms["llama"], lms["gemma"]
    assert not llama.same_tokens(other) and all(len(llama.ids(t)) != len(other.ids(t)) for t in TEXTS)
    assert [lm.text(lm.ids(t)) for lm in (llama, other) for t in TEXTS] == TEXTS * 2
    assert 2 not in other.ids(TEXTS[0]) and other.tokenizer(TEXTS[0]).input_ids[0] == 2  # no document begins with <bos>


@pytest.mark.parametrize("direction", [("llama", "gemma"), ("gemma", "llama")], ids="-".join)
@pytest.mark.parametrize("spec", TRAINED, ids=lambda spec: spec.label)
def test_the_seam_holds_or_says_why_not(spec, direction, lms):
    lm, decoder = lms[direction[0]], Decoder(lms[direction[1]])
    if spec.name == "kv_slots":
        with pytest.raises(UsageError, match=r"2 layers x 1 heads x 8.*2 layers x 2 heads x 8|2 layers x 2 heads x 8.*2 layers x 1 heads x 8"):
            build(spec, lm, decoder, 4.0)
        return
    compressor = build(spec, lm, decoder, 4.0)
    if spec.label == "pooling":  # concatenation: a group is so many of the compressor's own tokens
        with pytest.raises(UsageError, match="needs a compressor and a decoder with one tokenizer.*Use pool=mean or pool=eos"):
            compressor.compress(TEXTS)
        return
    ids = [decoder.lm.ids(t) for t in TEXTS]
    memory = compressor.compress(TEXTS)
    assert memory.n_tokens == [len(row) for row in ids] and memory.n_slots == [n_slots(len(row), 4.0) for row in ids]
    with torch.no_grad():
        together, mask = memory.logits(decoder, ids)
        for i, text in enumerate(TEXTS):
            alone, _ = compressor.compress([text]).logits(decoder, ids[i : i + 1])
            torch.testing.assert_close(together[i][mask[i]], alone[0], atol=1e-5, rtol=1e-4)
    autoencode(memory, decoder, ids).backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in lm.model.parameters())
    lm.model.zero_grad(), decoder.zero_grad()


def test_keys_and_values_of_one_shape_cross_families(lms):
    decoder = Decoder(lms["llama"])
    with pytest.raises(UsageError, match="not the plain rotary ones.*Use rope=encoder"):  # two kinds of layers turn keys in two ways
        build(CompressorSpec(name="kv_slots", options={"k": 3}), lms["like llama"], decoder, 4.0)
    compressor = build(CompressorSpec(name="kv_slots", options={"k": 3, "rope": "encoder"}), lms["like llama"], decoder, 4.0)
    memory = compressor.compress(TEXTS)
    assert memory.n_slots == [n_slots(len(decoder.lm.ids(t)), 4.0) for t in TEXTS]
    assert torch.isfinite(autoencode(memory, decoder, [decoder.lm.ids(t) for t in TEXTS]))


def test_raw_tokens_do_not_cross_tokenizers(lms):
    with pytest.raises(UsageError, match="Set options.policy to none"):
        build(CompressorSpec(name="chunk_encoder"), lms["gemma"], Decoder(lms["llama"]), 4.0)


@pytest.mark.slow
@pytest.mark.parametrize("direction", [("llama", "gemma"), ("gemma", "llama")], ids="-".join)
def test_a_study_across_families_trains_reads_and_is_loaded_again(families, tmp_path, direction):
    base, decoder = (families[name] for name in direction)
    rows = [{"text": f"The boat of Ana has {i} oars. Nobody saw {i + 3} of them."} for i in range(30)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = parse(StudySpec, {
        "name": "x", "corpus": str(tmp_path / "mine.jsonl"), "base_models": [f"{base}@1"], "rates": [2], "decoder": decoder, "controls": [],
        "compressors": [{"name": "pooling", "options": {"pool": "mean"}}, "segments"],
        "train": {"steps": 4, "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "trace_points": 5}, "by": "sentence", "longest_piece": 30,
    }, "test")  # fmt: skip
    assert study.train.dtype == "fastest"
    for spec in setups(study):
        result = run_setup(spec, tmp_path / "setups" / spec.key())
        assert result["row"]["status"] in ("done", "undertrained"), result["details"].get("traceback")
        reader = load_reader(tmp_path / "setups" / spec.key())
        text = rows[0]["text"]
        memory = reader.compress([text])
        assert reader.by == "sentence" and len(memory.sizes[0]) == len(reader.pieces(text)) > 1
        assert reader.tell_back(memory) == reader.tell_back(reader.compress([text]))
