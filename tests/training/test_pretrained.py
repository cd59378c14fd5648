"""What a compressor on a pretrained model is trained with where nothing was asked for, and what is said before it begins."""

import json
import shutil

import pytest
import torch

from tellback.config import ModelSpec, SetupSpec, StudySpec, parse
from tellback.errors import UsageError
from tellback.models.load import load
from tellback.saved import build_reader
from tellback.study.single import train_into
from tellback.training import outlook, trainer
from tellback.training.data import Batches
from tellback.training.pair import Pair
from tellback.training.trainable import tables_of


def setup_spec(model, corpus="x.jsonl", decoder=None, train=None, compressor="pooling", mode=None):
    content = {"study": "s", "corpus": str(corpus), "base_model": model, "rate": 2, "seed": 0, "probes": {},
               "compressor": compressor, "decoder": {"model": decoder or model} | ({"train": mode} if mode else {}), "train": train or {}}  # fmt: skip
    return parse(SetupSpec, content, "test").as_pretrained()


def test_without_any_option_a_pretrained_base_gets_what_works():
    spec = setup_spec("owner/model")
    assert spec.decoder.train == "lora" and spec.train.dtype == "fastest" and not spec.train.embeddings
    assert spec.train.learning_rate == 3e-4 and spec.train.stages[0].learning_rate == {"adapter": 1e-3, "decoder": 1e-3}
    assert spec.train.steps == spec.train.stages[0].steps == 1000 and spec.train.copy_steps == 120
    study = parse(StudySpec, {"name": "x", "corpus": "y", "base_models": ["smollm2-135m@6"], "decoder": "smollm2-135m"}, "test")
    assert study.train.outcome() == spec.train.outcome() and study.decoder.train == "lora"
    again = StudySpec.model_validate(study.model_dump(mode="json"))  # a study's folder keeps every value resolved
    assert again == study


def test_what_is_given_stays_and_what_needs_no_training_is_left_alone():
    spec = setup_spec("owner/model", train={"learning_rate": 1e-5, "dtype": "bfloat16", "batch_size": 2}, mode="frozen")
    assert spec.train.learning_rate == 1e-5 and not spec.train.stages and spec.train.dtype == "bfloat16"
    assert spec.train.batch_size == 2 and spec.decoder.train == "frozen" and spec.train.steps == 1000
    assert setup_spec("owner/model", train={"steps": 7}).train.stages[0].steps == 7
    for model, compressor in (("pocket-llama-60k", "pooling"), ("tiny", "pooling"), ("owner/model", "selective_context")):
        plain = setup_spec(model, compressor=compressor)
        assert plain.train.dtype == "float32" and plain.train.steps == 2000 and plain.decoder.train == "full"


@pytest.mark.parametrize("tied", [False, True])
def test_embeddings_are_left_out_of_what_trains_tied_or_not(saved_models, tmp_path, tied):
    folder = shutil.copytree(saved_models["llama"], tmp_path / "model")
    whole = load(ModelSpec(name=str(folder)))
    whole.model.config.tie_word_embeddings = tied
    if tied:
        whole.model.lm_head.weight = whole.model.get_input_embeddings().weight
    whole.model.save_pretrained(folder)
    reader = build_reader(setup_spec(str(folder), decoder=saved_models["qwen3"], mode="full").reader)
    tables = [p for lm in (reader.compressor.lm, reader.decoder.lm) for p in tables_of(lm)]
    assert len({id(p) for p in tables}) == (3 if tied else 4) and not any(p.requires_grad for p in tables)
    assert all(p.requires_grad for p in reader.compressor.lm.model.model.layers.parameters())
    with_them = build_reader(setup_spec(str(folder), train={"embeddings": True}).reader)
    assert with_them.compressor.lm.model.get_input_embeddings().weight.requires_grad


@pytest.fixture
def pair_and_batches(saved_models):
    spec = setup_spec(saved_models["llama"] + "@1", decoder=saved_models["llama"])
    reader = build_reader(spec.reader)
    rows = [reader.decoder.lm.ids("Ana owns a boat.")] * 20
    return spec, Pair(reader.compressor, reader.decoder), Batches(rows, rows, 16, 0)


def test_the_outlook_counts_what_trains(pair_and_batches):
    spec, pair, batches = pair_and_batches
    found = outlook.outlook(pair, batches, spec.train, 2.0, True)
    assert sum(found.parts.values()) == sum(p.numel() for p in pair.parameters() if p.requires_grad)
    assert sum(found.parts.values()) + found.frozen == sum(p.numel() for p in pair.parameters())
    assert set(found.parts) == {"adapter", "compressor", "LoRA in the decoder"}
    more = outlook.outlook(pair, batches, spec.train.model_copy(update={"steps": 100_000}), 2.0, True)
    assert more.seconds > 20 * found.seconds > 0 and "GiB" in found.line and "LoRA in the decoder" in found.line


def test_the_outlook_knows_shards_shares_and_layers_that_are_made_again(pair_and_batches):
    spec, pair, batches = pair_and_batches

    def of(n=1, shards=1, **train):
        return outlook.outlook(pair, batches, spec.train.model_copy(update=train), 2.0, True, n, shards).bytes

    assert of(n=4, shards=4) < of(n=4) < of()
    assert of(n=4) == of(n=1, batch_size=spec.train.batch_size // 4)
    assert of(gradient_checkpointing=True) < of()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "bfloat16_weights"])
def test_what_a_training_holds_is_what_its_tensors_are(pair_and_batches, dtype, tmp_path, monkeypatch):
    """Weights as they compute, as they were and their masters, gradients and moments: each storage once, after the optimizer's step."""
    spec, pair, batches = pair_and_batches
    train = spec.train.model_copy(update={"dtype": dtype, "steps": 5, "copy_steps": 0})
    found = {}

    def count(self, loss, say):
        masters, kept = self.masters, getattr(self.masters, "full", [])
        state = [t for each in self.optimizer.state.values() for t in each.values() if t.ndim]
        weights = [*(p.data for p in pair.parameters()), *kept, *(p.data for p in masters.parameters.values())]
        all_ = {t.data_ptr(): t.nbytes for t in (*weights, *state, *gradients)}
        found["bytes"], found["trained"] = sum(all_.values()), sum(p.numel() for p in masters.parameters.values())

    gradients, clip = [], torch.nn.utils.clip_grad_norm_

    def clipped(own, *args, **more):
        gradients[:] = [p.grad for p in own if p.grad is not None]
        return clip(own, *args, **more)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", clipped)
    monkeypatch.setattr(trainer._Run, "look_up", count)
    trainer.train(pair, batches, train, 1e-3, 2.0, tmp_path, dict, print, None, "lora")
    total = sum({id(p): p.numel() for p in pair.parameters()}.values())
    due = outlook.held(found["trained"], total - found["trained"], train)
    assert found["bytes"] == pytest.approx(due.all, rel=0.01)


def test_too_little_memory_is_said_before_training_with_both_figures(pair_and_batches, monkeypatch):
    spec, pair, batches = pair_and_batches
    found = outlook.outlook(pair, batches, spec.train, 2.0, True)
    outlook.check_memory(found, torch.device("cpu"))
    monkeypatch.setattr(outlook, "free_bytes", lambda device: found.bytes - 1)
    with pytest.raises(UsageError, match=r"needs about .* GiB beside its models, .* GiB are free on cpu.*NAME@6"):
        outlook.check_memory(found, torch.device("cpu"))
    monkeypatch.setattr(outlook, "free_bytes", lambda device: None)  # where nobody says what is free, nothing is refused
    outlook.check_memory(found, torch.device("cpu"))


def test_a_training_begins_with_what_it_will_take_and_remembers_its_longest_document(saved_models, tmp_path, capsys):
    import tellback
    from tellback.commands.use import _compressed

    texts = [f"The boat of Ana has {i} sails." for i in range(30)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps({"text": t}) + "\n" for t in texts))
    spec = setup_spec(saved_models["llama"] + "@1", tmp_path / "mine.jsonl", saved_models["llama"],
                      {"steps": 5, "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "trace_points": 5})  # fmt: skip
    said: list[str] = []
    train_into(spec, tmp_path / "out", said.append)
    assert said[1].startswith("trains adapter ") and "frozen; in " in said[1] and "; about" in said[1]
    setup = tellback.load(str(tmp_path / "out"))
    longest = max(len(setup.decoder.lm.ids(t)) for t in texts)
    assert setup.longest_trained == longest
    _compressed(setup, [texts[0]], None, 8)
    assert "longer than" not in capsys.readouterr().err
    _compressed(setup, [texts[0], " ".join(texts[:3])], None, 8)
    assert f"1 of 2 documents longer than the {longest} tokens that it was trained on" in capsys.readouterr().err


def test_a_model_without_pad_token_gets_one_and_one_without_an_end_is_refused(saved_models, tmp_path):
    from transformers import AutoTokenizer

    folder = shutil.copytree(saved_models["llama"], tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.pad_token is None and load(ModelSpec(name=str(folder))).tokenizer.pad_token_id == 0
    tokenizer.eos_token = None
    tokenizer.save_pretrained(folder)
    with pytest.raises(UsageError, match="no end-of-text token"):
        load(ModelSpec(name=str(folder)))


def test_a_tokenizer_that_adds_specials_adds_none_to_a_document(saved_models, tmp_path):
    from tokenizers import processors
    from transformers import AutoTokenizer

    folder = shutil.copytree(saved_models["llama"], tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(single="<eos> $A <eos>", special_tokens=[("<eos>", 0)])
    tokenizer.save_pretrained(folder)
    lm = load(ModelSpec(name=str(folder)))
    assert lm.tokenizer("Ana").input_ids[0] == 0 and 0 not in lm.ids("Ana")
    reader = build_reader(setup_spec(str(folder)).reader)
    assert reader.compress(["Ana owns a boat."]).n_tokens == [len("Ana owns a boat.")]


def test_weights_of_another_model_or_without_a_head_are_refused(saved_models, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(saved_models["llama"], tmp_path / "headless")
    weights = load_file(folder / "model.safetensors")
    save_file({n: t for n, t in weights.items() if n != "lm_head.weight"}, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(UsageError, match=r"not those of a LlamaForCausalLM.*1 are missing, such as lm_head\.weight"):
        load(ModelSpec(name=str(folder)))
    other = shutil.copytree(saved_models["llama"], tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"model_type": "bert", "architectures": ["BertModel"]}))
    with pytest.raises(UsageError, match="are missing, such as .*one whole causal language model"):
        load(ModelSpec(name=str(other)))
    (other / "config.json").write_text(json.dumps(config | {"model_type": "martian"}))
    with pytest.raises(UsageError, match="could not be loaded.*martian"):
        load(ModelSpec(name=str(other)))


def test_a_gguf_says_how_it_becomes_a_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.gguf").write_bytes(b"GGUF")
    for name in (tmp_path / "mine", tmp_path / "mine" / "model.gguf"):
        with pytest.raises(UsageError, match=r"is a GGUF file.*Convert it once.*gguf_file=.model\.gguf"):
            load(ModelSpec(name=str(name)))


@pytest.mark.slow
def test_remedies_are_trained_with_on_a_pretrained_base(saved_models, tmp_path):
    from tellback.config import parse
    from tellback.study.setup import run_setup

    switches = {"twins": 0.5, "ramp": 0.5, "contrast": 0.5, "belief_weight": 1.0, "rank": -0.1, "norm": 0.1, "sharpen": 0.1}
    content = setup_spec(saved_models["llama"] + "@1", "real-sentences", saved_models["llama"], {
        "steps": 3, "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "trace_points": 5, "n_documents": 60, "remedy": switches,
    }).model_dump(mode="json")  # fmt: skip
    content |= {"probes": {"sets": ["passages-agree"], "n_documents": 2, "likelihood": False, "max_new_tokens": 2}}
    result = run_setup(parse(SetupSpec, content, "test"), tmp_path)
    assert result["row"]["status"] in ("done", "undertrained"), result["details"].get("traceback")
    assert result["details"]["train"]["remedy"]["twins"] == 0.5
