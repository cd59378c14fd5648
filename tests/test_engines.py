"""vLLM behind the interface that tells back: what it is asked, by a stand-in with its signature that really decodes."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

import pytest
import torch

from tellback.compressors.key_values import KeyValues
from tellback.config import CompressorSpec, DecoderSpec, ModelSpec, ReaderSpec, TrainSpec
from tellback.engines import Here, Vllm, make_engine, requests
from tellback.errors import UsageError
from tellback.saved import build_reader
from tellback.store import read_table
from tellback.study import setup as trainer
from tellback.study.run import run_study

TEXTS = ["Mira owns a white boat.", "Tom left.", "The old mill by the river stands on 14 oak beams."]


@dataclass
class SamplingParams:
    """The fields of vLLM's that are used here; any other is refused, as it refuses them."""

    temperature: float = 1.0
    max_tokens: int | None = 16
    stop_token_ids: list[int] = field(default_factory=list)
    ignore_eos: bool = False
    detokenize: bool = True


class LLM:
    """Has the signature of vLLM's, and decodes with transformers what it is handed."""

    def __init__(self, model: str, *, tokenizer: str | None = None, dtype: str = "auto", enable_prompt_embeds: bool = False, **options):
        from transformers import AutoModelForCausalLM

        self.enable_prompt_embeds = enable_prompt_embeds
        self.model = AutoModelForCausalLM.from_pretrained(model, dtype=dtype)
        self.calls: list = []

    @torch.inference_mode()
    def generate(self, prompts, sampling_params=None, *, use_tqdm=True, lora_request=None, priority=None):
        assert self.enable_prompt_embeds and isinstance(prompts, list) and isinstance(sampling_params, Sequence)
        self.calls.append((prompts, sampling_params))
        out = []
        for prompt, params in zip(prompts, sampling_params, strict=True):
            (embeds,) = prompt.values()
            assert set(prompt) == {"prompt_embeds"} and embeds.ndim == 2 and embeds.device.type == "cpu"
            assert embeds.dtype == self.model.dtype and embeds.is_contiguous() and params.temperature == 0 and params.ignore_eos
            out.append(SimpleNamespace(outputs=[SimpleNamespace(token_ids=tuple(self._greedy(embeds, params)))]))
        return out

    def _greedy(self, embeds, params):
        ids, embeds = [], embeds[None]
        while len(ids) < params.max_tokens and not (ids and ids[-1] in params.stop_token_ids):  # the stop is among its tokens
            ids.append(int(self.model(inputs_embeds=embeds).logits[0, -1].argmax()))
            embeds = torch.cat([embeds, self.model.get_input_embeddings()(torch.tensor([[ids[-1]]]))], 1)
        return ids


@pytest.fixture
def vllm(monkeypatch):
    module = ModuleType("vllm")
    module.LLM, module.SamplingParams = LLM, SamplingParams
    monkeypatch.setitem(sys.modules, "vllm", module)


def reader(model, compressor="pooling", train="lora", decoder=None, **options):
    made = build_reader(ReaderSpec(
        base_model=ModelSpec(name=model), rate=4.0, train=TrainSpec(compressor=train, lora_rank=2),
        compressor=CompressorSpec(name=compressor, options=options), decoder=decoder or DecoderSpec(model=ModelSpec(name=model), train=train),
    ))  # fmt: skip
    torch.manual_seed(0)
    with torch.no_grad():
        for name, p in made.decoder.named_parameters():
            if "lora_B" in name or train == "full":
                p.add_(0.3 * torch.randn(p.shape))  # as if it had trained
    made.decoder.tells_back = True
    return made


@pytest.mark.parametrize("train", ["full", "lora", "frozen"])
def test_it_says_what_the_decoder_says(saved_models, vllm, train):
    made = reader(saved_models["llama"], train=train, pool="mean")
    memory = made.compress(TEXTS)
    told = made.tell_back(memory)
    asked = made.ask(memory, "Who owns it?", max_new=8), made.ask(memory, ["Who?", "What?"], rows=[2, 2])
    made.engine = make_engine("vllm", made.decoder)
    assert made.tell_back(memory) == told and len(set(told)) > 1
    assert (made.ask(memory, "Who owns it?", max_new=8), made.ask(memory, ["Who?", "What?"], rows=[2, 2])) == asked
    prompts, params = made.engine.llm.calls[0]
    assert [p["prompt_embeds"].shape for p in prompts] == [(n + 1, made.decoder.lm.width) for n in memory.n_slots]
    assert [p.max_tokens for p in params] == [int(1.25 * n) + 8 for n in memory.n_tokens]


def test_a_text_is_told_back_as_it_stands_and_asked_as_vectors(saved_models, vllm):
    made = reader(saved_models["qwen3"], "truncate", "frozen")
    memory = made.compress(TEXTS)
    answers = made.ask(memory, "Who owns it?")
    made.engine = make_engine("vllm", made.decoder)
    assert made.tell_back(memory) == memory.texts and made.engine.llm.calls == []
    assert made.ask(memory, "Who owns it?") == answers and len(made.engine.llm.calls) == 1


def test_keys_and_values_are_refused_with_what_to_do(saved_models, vllm):
    made = reader(saved_models["llama"], "kv_slots")
    memory = made.compress(TEXTS)
    assert isinstance(memory, KeyValues)
    made.engine = make_engine("vllm", made.decoder)
    with pytest.raises(UsageError, match="'key_values' is no sequence of vectors.*such as pooling"):
        made.tell_back(memory)
    with pytest.raises(UsageError, match="leave --engine out"):
        made.ask(memory, "Who?")


def test_contrast_is_refused(saved_models, vllm):
    model = saved_models["llama"]
    made = reader(model, pool="mean", decoder=DecoderSpec(model=ModelSpec(name=model), train="lora", contrast=2.0))
    made.engine = make_engine("vllm", made.decoder)
    with pytest.raises(UsageError, match="contrast 2"):
        made.tell_back(made.compress(TEXTS))


def test_a_request_is_greedy_and_ends_where_it_is_told():
    prompts = [torch.zeros(3, 4, requires_grad=True), torch.ones(1, 4)]
    embeds, params = requests(prompts, [5, 7], [2, 9], SamplingParams)
    assert [tuple(e["prompt_embeds"].shape) for e in embeds] == [(3, 4), (1, 4)]
    assert not any(e["prompt_embeds"].requires_grad for e in embeds)
    assert params == [SamplingParams(0.0, n, [2, 9], True, False) for n in (5, 7)]


def test_what_comes_after_the_end_is_no_text():
    class Fixed:
        def generate(self, prompts, sampling_params=None, *, use_tqdm=True):
            return [SimpleNamespace(outputs=[SimpleNamespace(token_ids=row)]) for row in ([5, 6, 2], [5, 6], [2], [9, 5, 2])]

    assert Vllm(Fixed(), SamplingParams)._continued([torch.zeros(1, 4)] * 4, [3] * 4, [2, 9]) == [[5, 6], [5, 6], [], []]


def test_without_it_the_extra_is_named(saved_models, monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    made = reader(saved_models["llama"], pool="mean")
    assert isinstance(made.engine, Here)
    with pytest.raises(UsageError, match=r"pip install 'tellback\[vllm\]'"):
        make_engine("vllm", made.decoder)
    with pytest.raises(UsageError, match="Did you mean 'vllm'"):
        make_engine("vlm", made.decoder)


def test_a_model_that_it_cannot_load_is_a_message(saved_models, monkeypatch):
    def refuse(**options):
        raise ValueError("No GPU was found.\nTraceback ...")

    module = ModuleType("vllm")
    module.LLM, module.SamplingParams = refuse, SamplingParams
    monkeypatch.setitem(sys.modules, "vllm", module)
    with pytest.raises(UsageError, match="could not load the decoder .*: No GPU was found. Leave --engine out"):
        Vllm.of(reader(saved_models["llama"], pool="mean").decoder)


STUDY = """
name: by_vllm
corpus: {{name: pocket, options: {{n_value_facts: 2, n_relation_facts: 1}}}}
base_models: [tiny]
compressors: [{compressors}]
rates: [4]
controls: [no_memory]
train: {{steps: 30, learning_rate: 0.01, copy_steps: 0, batch_size: 8, n_held_out: 8, trace_points: 5, n_documents: 40}}
probes: {{n_documents: 3, sets: [pocket-agree], likelihood: false{more}}}
"""


@pytest.mark.slow
def test_a_study_reads_with_the_engine_that_it_names(vllm, tmp_path, monkeypatch):
    """What the trained decoder says, transformers and the stand-in say alike; entropies of its own words are missing, not zero."""
    loaded = []
    of = Vllm.of.__func__
    monkeypatch.setattr(Vllm, "of", classmethod(lambda cls, decoder, **options: loaded.append(options) or of(cls, decoder, **options)))
    found = {}
    for name, more in (("transformers", ""), ("vllm", ", engine: {name: vllm, options: {gpu_memory_utilization: 0.5}}")):
        (tmp_path / f"{name}.yaml").write_text(STUDY.format(compressors="pooling", more=more))
        folder = run_study(str(tmp_path / f"{name}.yaml"), tmp_path / name, 1, None)
        setups = sorted(folder.glob("setups/*"), key=lambda s: json.loads((s / "spec.json").read_text())["name"])
        rows = [[{k: v for k, v in row.items() if "entropy" not in k} for row in read_table(s / "probes.parquet").to_pylist()] for s in setups]
        found[name] = rows, [[d["told"] for d in read_table(s / "documents.parquet").to_pylist()] for s in setups]
        own = [json.loads((s / "result.json").read_text())["details"]["entropy"] for s in setups]
        assert [bool(e["own_output_bits"]) for e in own] == [name == "transformers"] * 2
    assert found["vllm"] == found["transformers"] and any(found["vllm"][1][1])
    assert loaded == [{"gpu_memory_utilization": 0.5}] * 2, "one for each setup, with the weights that it has when it is read"


def test_a_study_that_the_engine_cannot_read_stops_before_it_trains(vllm, tmp_path, monkeypatch):
    (tmp_path / "s.yaml").write_text(STUDY.format(compressors="kv_slots", more=""))
    monkeypatch.setattr(trainer, "train", lambda *_: pytest.fail("it trained"))
    with pytest.raises(UsageError, match="'key_values' is no sequence of vectors"):
        run_study(str(tmp_path / "s.yaml"), tmp_path / "kv", 1, None, engine="vllm")
    with pytest.raises(UsageError, match="Did you mean 'vllm'"):
        run_study(str(tmp_path / "s.yaml"), tmp_path / "kv", 1, None, engine="vlm")
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(UsageError, match=r"pip install 'tellback\[vllm\]'"):
        run_study(str(tmp_path / "s.yaml"), tmp_path / "kv2", 1, "no_memory*", engine="vllm")


def test_an_engine_that_is_not_named_leaves_keys_as_they_were():
    from tellback.config import ProbeSpec

    assert "engine" not in ProbeSpec().outcome() and ProbeSpec(engine="transformers").outcome() == ProbeSpec().outcome()
    assert ProbeSpec(engine="vllm").outcome()["engine"] == {"name": "vllm", "options": {}}
