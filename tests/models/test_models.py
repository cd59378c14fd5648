import math
import shutil

import pytest
import torch

from tellback.config import ModelSpec
from tellback.corpora.pocket import PocketSettings, World
from tellback.errors import UsageError
from tellback.models import pocket
from tellback.models.belief import closed_book, summary
from tellback.models.decode import PLAUSIBLE, greedy
from tellback.models.decoder import Decoder, empty_prefix
from tellback.models.load import MODELS, from_pretrained, load
from tellback.models.score import score_options


@pytest.mark.parametrize("family", ["qwen3", "llama"])
def test_any_saved_model_loads_by_path(saved_models, family):
    lm = load(ModelSpec(name=saved_models[family]))
    assert lm.family == family and not lm.model.training
    assert lm.text(lm.ids("Ana, 7 €")) == "Ana, 7 €"
    total = sum(p.numel() for p in lm.model.parameters())
    assert lm.n_parameters + lm.n_embedding == total and lm.n_embedding == 2 * 257 * 16


def test_what_is_no_model_is_a_users_fault(tmp_path):
    with pytest.raises(UsageError, match="Did you mean 'smollm2-135m'"):
        load(ModelSpec(name="smollm2-135"))
    with pytest.raises(UsageError, match="could not be loaded"):
        load(ModelSpec(name=str(tmp_path)))
    with pytest.raises(UsageError, match="could not be loaded"):
        load(ModelSpec(name="nobody/nothing"))


@torch.no_grad()
@pytest.mark.parametrize("family", ["qwen3", "llama"])
def test_the_first_layers_of_a_model_are_a_model_by_name(saved_models, family, capfd):
    whole, first = load(ModelSpec(name=saved_models[family])), load(ModelSpec(name=saved_models[family] + "@1"))
    assert first.name == saved_models[family] + "@1" and first.model.config.num_hidden_layers == 1
    ids = torch.tensor([whole.ids("Ana owns a boat.")])
    states = whole.model.base_model(ids, output_hidden_states=True).hidden_states
    found = first.model.base_model(ids).last_hidden_state
    assert torch.equal(found, whole.model.base_model.norm(states[1])) and not torch.equal(found, states[2])
    assert torch.equal(first.model(ids).logits, whole.model.lm_head(found))
    assert "UNEXPECTED" not in capfd.readouterr().err
    with pytest.raises(UsageError, match="has 2 layers, its first 3 were asked for"):
        load(ModelSpec(name=saved_models[family] + "@3"))
    with pytest.raises(UsageError, match="no layer"):
        load(ModelSpec(name=saved_models[family] + "@0"))


def test_a_pocket_model_has_no_part_by_name():
    with pytest.raises(UsageError, match="its sizes are 60k"):
        load(ModelSpec(name="pocket-llama-60k@1"))


@torch.no_grad()
def test_layers_that_attend_in_different_ways_keep_theirs(saved_models, tmp_path):
    """Gemma 3 says of each layer whether it sees a window or everything."""
    from transformers import AutoTokenizer, Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(0)
    kinds = ["sliding_attention", "full_attention", "sliding_attention"]
    config = Gemma3TextConfig(
        vocab_size=257, hidden_size=16, intermediate_size=32, num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=1,
        head_dim=8, max_position_embeddings=128, sliding_window=4, layer_types=kinds, bos_token_id=0, eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    Gemma3ForCausalLM(config).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(saved_models["llama"]).save_pretrained(tmp_path)
    whole, first = load(ModelSpec(name=str(tmp_path))), load(ModelSpec(name=f"{tmp_path}@2"))
    ids = torch.tensor([whole.ids("Ana owns a boat.")])
    states = whole.model.base_model(ids, output_hidden_states=True).hidden_states
    assert first.model.config.layer_types == kinds[:2] and first.n_embedding == whole.n_embedding == 257 * 16  # tied
    assert torch.allclose(first.model.base_model(ids).last_hidden_state, whole.model.base_model.norm(states[2]))


@torch.no_grad()
def test_in_bfloat16_the_head_reads_the_same_positions(saved_models):
    decoder = Decoder(load(ModelSpec(name=saved_models["llama"], dtype="bfloat16")))
    rows = [decoder.lm.ids("Ana owns a boat."), decoder.lm.ids("Bob.")]
    prefix = decoder.prefix([decoder.embed(row) for row in rows])
    _, last = decoder.extend(prefix, rows)
    logits_BTV, mask_BT = decoder.read(prefix, [decoder.embed(row) for row in rows])
    assert mask_BT[:, -1].all() and torch.equal(last, logits_BTV[:, -1])


@pytest.mark.parametrize("how", ["truncated", "other shape", "config", "tokenizer"])
def test_a_broken_model_folder_is_a_users_fault(saved_models, tmp_path, how):
    folder = shutil.copytree(saved_models["llama"], tmp_path / "broken")
    if how == "truncated":
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:1000])
    elif how == "other shape":
        config = folder / "config.json"
        config.write_text(config.read_text().replace('"hidden_size": 16', '"hidden_size": 24'))
    else:
        (folder / f"{how}.json").write_text("{")
    with pytest.raises(UsageError, match=rf"model '{folder}' could not be loaded: .*fetch or save the folder again"):
        load(ModelSpec(name=str(folder)))


@pytest.mark.parametrize("size", pocket.SIZES)
def test_sizes_are_what_they_are_called(size):
    n = {"60k": 60e3, "120k": 120e3, "250k": 250e3, "500k": 500e3, "1m": 1e6}[size]
    for family in ("llama", "qwen3"):
        lm = pocket.build(family, pocket.SIZES[size], World(), 0)
        assert lm.n_parameters == pytest.approx(n, rel=0.06) and lm.family == family


def test_shipped_models_believe_and_copy():
    from tellback.study.pretraining import measure

    for name in ("pocket-llama-60k", "pocket-llama-120k", "pocket-llama-250k"):
        found = measure(load(ModelSpec(name=name), {}), World(), 30)
        assert found["belief"]["mean_probability"] == pytest.approx(0.9, abs=0.03), name
        assert found["belief"]["top"] == 1.0 and found["copied"] >= 0.98, name


def test_shipped_weights_stay_small():
    from pathlib import Path

    assert sum(p.stat().st_size for p in (Path(pocket.__file__).parent / "weights").iterdir()) < 10e6


def test_pretraining_is_deterministic_and_its_seed_matters():
    world, size = World(), pocket.Size(16, 1, 2, 6, 1e-3)
    states = []
    for seed in (0, 0, 1):
        lm = pocket.build("llama", size, world, seed)
        pocket.pretrain(lm, pocket.Recipe(6, 1e-3, pocket.MIXTURE), world, seed)
        states.append(torch.cat([p.detach().flatten() for p in lm.model.parameters()]))
    assert torch.equal(states[0], states[1]) and not torch.equal(states[0], states[2])


def test_what_is_missing_is_pretrained_once_and_cached(monkeypatch, tmp_path):
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path))
    monkeypatch.setitem(pocket.SIZES, "60k", pocket.Size(16, 1, 2, 4, 1e-3))
    said = []
    first = pocket.load_pocket("pocket-qwen3-60k", 3, {"belief_strength": 0.8}, said.append)
    assert "pretraining" in said[0] and len(list(tmp_path.glob("*.safetensors"))) == 1
    n = len(said)
    again = pocket.load_pocket("pocket-qwen3-60k", 3, {"belief_strength": 0.8}, said.append)
    assert len(said) == n
    for p, q in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(p, q)
    assert torch.equal(again.model.get_output_embeddings().weight, again.model.get_input_embeddings().weight)


def test_fingerprint_follows_what_pretraining_depends_on():
    base = pocket.fingerprint("pocket-llama-60k", 0, World())
    assert base == pocket.fingerprint("pocket-llama-60k", 0, World(PocketSettings()))
    others = [
        pocket.fingerprint("pocket-llama-60k", 1, World()), pocket.fingerprint("pocket-qwen3-60k", 0, World()),
        pocket.fingerprint("pocket-llama-60k", 0, World(PocketSettings(belief_strength=0.8))),
        pocket.fingerprint("pocket-llama-60k", 0, World(PocketSettings(n_value_facts=7))),
    ]  # fmt: skip
    equal = World(PocketSettings(n_free=12, pretraining_steps=50))
    others += [pocket.fingerprint(name, 0, equal) for name in ("pocket-llama-60k", "pocket-llama-60k-copy")]
    assert len({base, *others}) == 7


def test_a_world_that_sets_the_steps_gives_every_size_as_many_and_its_decoder_the_whole_recipe():
    world = World(PocketSettings(n_free=12, pretraining_steps=50))
    recipes = [pocket.recipe_of(f"pocket-llama-{size}", world) for size in pocket.SIZES]
    assert {(r.steps, tuple(r.mixture)) for r in recipes} == {(50, ("document", "closed_question"))}
    assert pocket.recipe_of("pocket-llama-60k-copy", world) == pocket.recipe_of("pocket-llama-60k", World())


@pytest.mark.slow
def test_rebuilding_the_smallest_gives_the_shipped_one(tmp_path):
    """The same recipe: on the machine it was made on bit for bit, elsewhere (other rounding) with the same belief."""
    from tellback.study.pretraining import measure

    world = World()
    shipped = load(ModelSpec(name="pocket-llama-60k"), {})
    again = pocket.build("llama", pocket.SIZES["60k"], world, 0)
    pocket.pretrain(again, pocket.recipe_of("pocket-llama-60k", world), world, 0)
    theirs, ours = measure(shipped, world), measure(again, world)
    assert ours["belief"]["mean_probability"] == pytest.approx(theirs["belief"]["mean_probability"], abs=0.02)
    assert ours["belief"]["top"] == 1.0 and ours["copied"] >= 0.98


def test_greedy_is_generate(saved_models):
    """The loop gives what transformers' own generate gives, alone and in a ragged batch."""
    lm = from_pretrained(saved_models["qwen3"])
    decoder = Decoder(lm)
    prompts = ["Mira owns", "The boat of Mira is", "A"]
    ids = [lm.ids(p) for p in prompts]
    got, bits = greedy(decoder, empty_prefix(decoder, 3), [decoder.embed(row) for row in ids], 12)
    for row, mine, entropies in zip(ids, got, bits, strict=True):
        out = lm.model.generate(torch.tensor([row]), max_new_tokens=12, do_sample=False, pad_token_id=0)
        theirs = out[0, len(row) :].tolist()
        theirs = theirs[: theirs.index(lm.eos)] if lm.eos in theirs else theirs
        assert mine == theirs
        assert len(entropies) >= len(mine) and all(0 <= b <= 8.01 for b in entropies)


def test_a_contrast_takes_what_the_prefix_tells_more_than_what_the_model_would_say_anyway(saved_models):
    decoder = Decoder(load(ModelSpec(name=str(saved_models["llama"]))))
    start = [decoder.embed([3])] * 6
    prefix = decoder.prefix([decoder.embed([5 + i, 9, 4 + i]) for i in range(6)])
    plain, bits = greedy(decoder, prefix, start, 5)
    assert greedy(decoder, prefix, start, 5, contrast=1e-6) == (plain, bits)
    told, _ = greedy(decoder, prefix, start, 5, contrast=6.0)
    assert told != plain
    nothing = empty_prefix(decoder, 6)
    assert greedy(decoder, nothing, start, 5, contrast=6.0) == greedy(decoder, nothing, start, 5)  # no memory: no contrast
    with_, without = (decoder.read(p, start)[0][:, -1].log_softmax(-1) for p in (prefix, nothing))
    first = (with_ + 6.0 * (with_ - without)).masked_fill(with_ < with_.max(-1, keepdim=True).values + math.log(PLAUSIBLE), -math.inf)
    stops = first.argmax(-1) == decoder.lm.eos
    assert [row[0] for row, stop in zip(told, stops, strict=True) if not stop] == first.argmax(-1)[~stops].tolist()


def test_scores_are_the_lms_own_log_probabilities(saved_models):
    lm = from_pretrained(saved_models["llama"])
    decoder = Decoder(lm)
    source, question = lm.ids("Mira owns a white boat."), lm.ids(" It is")
    options = [lm.ids(" white"), lm.ids(" red"), lm.ids(" very dark blue")]
    with torch.inference_mode():
        prefix = decoder.prefix([decoder.embed(source), decoder.embed(source[:4])])
        ((*scores,),) = score_options(decoder, prefix, [0], [question], [options])
        for option, score in zip(options, scores, strict=True):
            whole = torch.tensor([source + question + option])
            log_p = lm.model(whole).logits[0, :-1].log_softmax(-1)
            expected = log_p.gather(1, whole[0, 1:, None])[-len(option) :].sum().item()
            assert score == pytest.approx(expected, abs=1e-4)


def test_belief_is_asked_once_a_question_and_matches_the_corpus(world):
    lm = load(ModelSpec(name="pocket-llama-60k"), {})
    decoder = Decoder(lm)
    probes = [p for d in World().probe_set("pocket-conflict", 30) for p in d.probes]
    beliefs = closed_book(decoder, probes)
    assert set(beliefs) == {p.id for p in probes}
    assert all(sum(b.p.values()) == pytest.approx(1, abs=1e-5) for b in beliefs.values())
    found = summary(beliefs, probes)
    assert found["n"] == len({p.question for p in probes}) and found["mean_probability"] > 0.85
    assert found["generated"] > 0.95
    assert summary({}, [p for p in probes if p.believed is None]) is None


def test_the_table_names_every_pocket_model():
    assert sum(name.startswith("pocket-") for name in MODELS) == 30  # each of them with -copy and -uniform
