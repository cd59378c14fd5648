"""Saved folders and the hub: what was saved is what is loaded, on the model that it was trained on or not at all."""

import json
import shutil
from pathlib import Path

import pytest
import torch

import tellback
from tellback.config import CompressorSpec, DecoderSpec, ModelSpec, ReaderSpec, TrainSpec
from tellback.errors import UsageError
from tellback.models.fingerprint import fingerprint
from tellback.models.load import from_pretrained
from tellback.saved import CARD, WEIGHTS, Setup, build_reader
from tellback.training.data import Batches
from tellback.training.pair import Pair
from tellback.training.trainer import train

TEXTS = [f"Mira owns {n} white boats and {n + 3} red ones." for n in range(10, 22)]
STAGES = [{"steps": 2, "compressor": "frozen", "decoder": "frozen"}, {"steps": 2, "compressor": "lora", "decoder": "lora"}]
MODES = {
    "full": (TrainSpec(steps=3, learning_rate=1e-2), "full"),
    "lora": (TrainSpec(steps=3, learning_rate=1e-2, compressor="lora", lora_rank=2), "lora"),
    "frozen": (TrainSpec(steps=3, learning_rate=1e-2, compressor="frozen"), "frozen"),
    "stages": (TrainSpec(learning_rate=1e-2, lora_rank=2, stages=STAGES), "full"),
}


def trained(base, folder, mode="lora", decoder=None, compressor="pooling"):
    """A reader that was trained for a few steps, on models without pad token or marks."""
    spec, decoder_mode = MODES[mode]
    reader = build_reader(ReaderSpec(
        base_model=ModelSpec(name=base), rate=2.0, train=spec.model_copy(update={"trace_points": 5, "batch_size": 4}),
        compressor=CompressorSpec(name=compressor, options={"pool": "mean"} if compressor == "pooling" else {}),
        decoder=DecoderSpec(model=ModelSpec(name=decoder or base), train=decoder_mode),
    ))  # fmt: skip
    if reader.compressor.trainable:
        lm, other = reader.compressor.lm, reader.decoder.lm
        batches = Batches([lm.ids(t) for t in TEXTS], [other.ids(t) for t in TEXTS], 4, 0)
        folder.mkdir(exist_ok=True)
        pair = Pair(reader.compressor, reader.decoder)
        train(pair, batches, reader.spec.train, 1e-2, 2.0, folder, dict, lambda line: None, None, decoder_mode)
        reader.decoder.tells_back = True
    return reader


@pytest.fixture(scope="module")
def lora(saved_models, tmp_path_factory):
    """A LoRA-trained reader and the folder that it was saved into; read only."""
    work = tmp_path_factory.mktemp("saved")
    reader = trained(saved_models["llama"], work / "work", "lora", saved_models["qwen3"])
    reader.save_pretrained(work / "mine")
    return reader, work / "mine"


@pytest.fixture
def copied(lora, tmp_path):
    return Path(shutil.copytree(lora[1], tmp_path / "copy"))


def same_reader(a, b):
    ours, theirs = (dict(Pair(r.compressor, r.decoder).named_parameters()) for r in (a, b))
    assert all(torch.equal(ours[n], theirs[n]) for n in ours) and set(ours) == set(theirs)
    memories = [r.compress(TEXTS[:3]) for r in (a, b)]
    assert all(torch.equal(x, y) for x, y in zip(memories[0].vectors, memories[1].vectors, strict=True))
    assert a.told(memories[0]) == b.told(memories[1])
    assert a.tell_back(memories[1]) == b.tell_back(memories[0])  # each reads what the other wrote


@pytest.mark.parametrize("mode", list(MODES))
def test_saved_equals_loaded(saved_models, tmp_path, mode):
    reader = trained(saved_models["llama"], tmp_path / "work", mode, saved_models["qwen3"])
    reader.save_pretrained(tmp_path / "mine")
    again = tellback.load(str(tmp_path / "mine"))
    same_reader(reader, again)
    assert again.spec == reader.spec and again.decoder.tells_back
    again.save_pretrained(tmp_path / "twice")  # a copy of a copy
    assert (tmp_path / "twice" / WEIGHTS).read_bytes() == (tmp_path / "mine" / WEIGHTS).read_bytes()


def test_only_what_trained_is_saved(lora, saved_models, tmp_path):
    from safetensors import safe_open

    with safe_open(str(lora[1] / WEIGHTS), framework="pt") as file:
        names = set(file.keys())
    in_lms = {n for n in names if ".model." in n}
    assert in_lms and all("lora_" in n for n in in_lms) and any(n.startswith("compressor.adapter") for n in names)
    frozen = trained(saved_models["llama"], tmp_path / "work", "frozen")
    frozen.save_pretrained(tmp_path / "mine")
    with safe_open(str(tmp_path / "mine" / WEIGHTS), framework="pt") as file:
        # the mark after which the decoder tells back is no part of its LM and trains with the adapter
        assert not any(".model." in n or (n.startswith("decoder") and n != "decoder.ae_vector") for n in file.keys())  # noqa: SIM118
    assert {p.name for p in (tmp_path / "mine").iterdir()} == {CARD, WEIGHTS, "README.md"}


def test_a_method_that_is_not_trained_is_saved_without_weights(saved_models, tmp_path):
    reader = trained(saved_models["llama"], tmp_path / "work", "frozen", compressor="selective_context")
    reader.save_pretrained(tmp_path / "mine")
    assert not (tmp_path / "mine" / WEIGHTS).exists()
    again = Setup.from_pretrained(tmp_path / "mine")
    assert again.compress(TEXTS[:2]).texts == reader.compress(TEXTS[:2]).texts


def test_the_card_says_what_it_is(lora):
    card = json.loads((lora[1] / CARD).read_text())
    assert card["tellback"] == tellback.__version__ and card["reader"]["compressor"]["name"] == "pooling"
    assert card["reader"]["rate"] == 2.0 and card["reader"]["train"]["compressor"] == "lora"
    assert len(card["base"]["weights"]) == 64 and card["base"] != card["decoder"]


def changed_base(source, target, change):
    """A copy of a saved model with one weight or one token changed."""
    shutil.copytree(source, target)
    if change == "weights":
        lm = from_pretrained(str(target))
        with torch.no_grad():
            next(lm.model.parameters())[3, 3] += 1e-3
        lm.model.save_pretrained(target)
    else:
        tokenizer = json.loads((target / "tokenizer.json").read_text())
        vocab = tokenizer["model"]["vocab"]
        vocab["a"], vocab["b"] = vocab["b"], vocab["a"]
        (target / "tokenizer.json").write_text(json.dumps(tokenizer))
    return str(target)


@pytest.mark.parametrize("change", ["weights", "tokenizer"])
def test_another_base_is_refused_with_both_named(lora, saved_models, tmp_path, change):
    other = changed_base(saved_models["llama"], tmp_path / "other", change)
    with pytest.raises(UsageError) as refused:
        Setup.from_pretrained(lora[1], base_model=other, decoder=saved_models["qwen3"])
    said = str(refused.value)
    assert "the base model" in said and saved_models["llama"] in said and other in said
    with pytest.raises(UsageError, match="the decoder model"):
        Setup.from_pretrained(lora[1], decoder=changed_base(saved_models["qwen3"], tmp_path / "two", change))


def test_a_base_of_another_shape_is_refused(lora, saved_models):
    with pytest.raises(UsageError, match="was trained on the base model"):
        Setup.from_pretrained(lora[1], base_model=saved_models["qwen3"])


def test_a_base_that_moved_is_found_again(lora, saved_models, tmp_path):
    moved = shutil.copytree(saved_models["llama"], tmp_path / "moved" / Path(saved_models["llama"]).name)
    same_reader(lora[0], Setup.from_pretrained(lora[1], base_model=str(moved)))


def test_a_base_that_is_gone_is_asked_for(copied):
    card = (copied / CARD).read_text()
    spec = json.loads(card)["reader"]["base_model"]["name"]
    (copied / CARD).write_text(card.replace(spec, "./no-such-model"))
    with pytest.raises(UsageError, match="base_model="):
        tellback.load(str(copied))


def broken(folder, how):
    weights, card = folder / WEIGHTS, folder / CARD
    content = weights.read_bytes()
    if how == "truncated":
        weights.write_bytes(content[:-100])
    elif how == "flipped":
        weights.write_bytes(content[:-5] + bytes([content[-5] ^ 255]) + content[-4:])
    elif how == "missing":
        weights.unlink()
    elif how == "card":
        card.write_text(card.read_text()[:200])
    elif how == "half a card":
        card.write_text(json.dumps({"format": 1}))
    elif how == "newer":
        card.write_text(json.dumps(json.loads(card.read_text()) | {"format": 2}))
    elif how == "unknown key":
        value = json.loads(card.read_text())
        value["reader"]["ratee"] = value["reader"].pop("rate")
        card.write_text(json.dumps(value))


@pytest.mark.parametrize(
    ("how", "says"),
    [("truncated", "is broken"), ("flipped", "is broken"), ("missing", "is missing"), ("card", "missing or broken"),
     ("half a card", "reader: this key is required"), ("newer", "Install a newer one"), ("unknown key", "Did you mean 'rate'")],
)  # fmt: skip
def test_a_folder_that_is_not_whole_is_refused(copied, how, says):
    broken(copied, how)
    with pytest.raises(UsageError, match=says):
        tellback.load(str(copied))


@pytest.mark.parametrize(
    ("change", "says"),
    [({"format": "1"}, "format: .* integer"), ({"base": None}, "base: "), ({"base": {"model": "x"}}, "base.weights: this key"),
     ({"weights": "x"}, "weights: "), ({"weights": [1]}, "weights: "), ({"reader": [1]}, "reader: "),
     ({"tells_back": "perhaps"}, "tells_back: ")],
)  # fmt: skip
def test_a_card_with_a_wrong_value_is_refused_with_its_key(copied, change, says):
    path = copied / CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UsageError, match=rf"(?s){CARD}:.*{says}.*Fetch or save the folder again"):
        tellback.load(str(copied))
    path.write_text("[1]")
    with pytest.raises(UsageError, match="holds no JSON object"):
        tellback.load(str(copied))


def test_a_method_without_training_keeps_to_its_models_too(saved_models, tmp_path):
    reader = trained(saved_models["llama"], tmp_path / "work", compressor="truncate")
    reader.save_pretrained(tmp_path / "mine")
    assert tellback.load(str(tmp_path / "mine")).spec == reader.spec
    other = changed_base(saved_models["llama"], tmp_path / "other", "weights")
    with pytest.raises(UsageError, match="was made on the base model"):
        Setup.from_pretrained(tmp_path / "mine", base_model=other)
    with pytest.raises(UsageError, match="was made on the decoder model"):
        Setup.from_pretrained(tmp_path / "mine", decoder=other)


def test_what_was_made_from_a_relative_path_is_loaded_from_anywhere(saved_models, tmp_path, monkeypatch):
    shutil.copytree(saved_models["llama"], tmp_path / "models" / "llama")
    monkeypatch.chdir(tmp_path)
    reader = trained("models/llama", tmp_path / "work", "frozen")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    reader.save_pretrained(tmp_path / "mine")
    card = json.loads((tmp_path / "mine" / CARD).read_text())["reader"]
    whole = str(tmp_path / "models" / "llama")
    assert (card["base_model"]["name"], card["decoder"]["model"]["name"]) == (whole, whole)
    same_reader(reader, tellback.load(str(tmp_path / "mine")))


def test_a_folder_that_cannot_be_is_a_message(lora, tmp_path, monkeypatch):
    (tmp_path / "docs.txt").write_text("mine")
    for below in ("x", "x/y"):
        with pytest.raises(UsageError, match="docs.txt is a file"):
            lora[0].save_pretrained(tmp_path / "docs.txt" / below)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(UsageError, match="is the current folder"):
        lora[0].save_pretrained(".")
    assert list((tmp_path / "here").iterdir()) == [] and (tmp_path / "docs.txt").read_text() == "mine"


def test_a_folder_that_the_system_refuses_is_a_message(lora, tmp_path, monkeypatch):
    def refuse(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tellback.saved.os.replace", refuse)
    with pytest.raises(UsageError, match="could not be written: Permission denied"):
        lora[0].save_pretrained(tmp_path / "mine")


def test_weights_of_another_shape_are_refused(copied):
    card = json.loads((copied / CARD).read_text())
    card["reader"]["compressor"]["options"]["hidden"] = 5
    (copied / CARD).write_text(json.dumps(card))
    with pytest.raises(UsageError, match=r"compressor.adapter.1.bias should be \(5,\), the file has \(64,\)"):
        tellback.load(str(copied))
    card["reader"]["compressor"] = {"name": "memory_tokens", "options": {}}
    (copied / CARD).write_text(json.dumps(card))
    with pytest.raises(UsageError, match="no such weight"):
        tellback.load(str(copied))


def test_nothing_is_half_written(lora, tmp_path, monkeypatch):
    from tellback import saved

    monkeypatch.setattr(saved, "write_weights", lambda *a: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        lora[0].save_pretrained(tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_ours_is_not_overwritten(lora, tmp_path):
    lora[0].save_pretrained(tmp_path / "mine")
    lora[0].save_pretrained(tmp_path / "mine")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something else"):
        lora[0].save_pretrained(tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def test_push_and_fetch(lora, tmp_path, monkeypatch):
    import huggingface_hub

    class Api:
        def __init__(self, token=None):
            self.token = token

        def create_repo(self, repo, private, exist_ok):
            assert exist_ok and private and self.token == "secret"
            return f"https://hub/{repo}"

        def upload_folder(self, repo_id, folder_path, commit_message):
            shutil.copytree(folder_path, tmp_path / repo_id)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, allow_patterns: str(tmp_path / name))
    assert lora[0].push_to_hub("me/boats", private=True, token="secret") == "https://hub/me/boats"
    monkeypatch.chdir(tmp_path / "me")  # where no folder of that name is
    same_reader(lora[0], tellback.load("me/boats"))
    with pytest.raises(UsageError, match="owner/name"):
        lora[0].push_to_hub("boats")


def test_without_a_network_the_hub_is_a_message(lora, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="could not be fetched from the hub"):
        tellback.load("some-owner/no-such-setup")
    with pytest.raises(UsageError, match="could not be pushed"):
        lora[0].push_to_hub("some-owner/no-such-setup", token="x")


def test_a_fingerprint_is_of_the_bytes_not_the_name(saved_models, tmp_path):
    one = from_pretrained(saved_models["llama"])
    two = from_pretrained(shutil.copytree(saved_models["llama"], tmp_path / "two"))
    assert fingerprint(one).same(fingerprint(two)) and fingerprint(one) != fingerprint(two)
    half = from_pretrained(saved_models["llama"], "bfloat16")
    assert not fingerprint(one).same(fingerprint(half))
    assert fingerprint(one).tokenizer == fingerprint(half).tokenizer
