"""Support models: what their labels mean, ONNX and transformers alike, and every file that is not one."""

import json
import math

import numpy as np
import pytest

from tellback.errors import UsageError
from tellback.models.support.files import find
from tellback.models.support.labels import columns
from tellback.models.support.model import Judgement, SupportModel, load
from tests.support_models import WORDS, bert, overlap_onnx

pytest.importorskip("onnxruntime")
SOURCE = "Alice saw the red boat. The board rejected the plan."
SAID, NEW, DENIED = "Alice saw the boat.", "Alice sold the boat.", "Alice saw not the boat."
PAIRS = [(SOURCE, claim) for claim in (SAID, NEW, DENIED)]


def support(name):
    return [j.supported for j in SupportModel(find(name)).judge(PAIRS)]


@pytest.mark.parametrize(
    "labels",
    [
        {"entailment": "supported", "neutral": "neutral", "contradiction": "denied"},
        {"CONTRADICTION": "denied", "NEUTRAL": "neutral", "ENTAILMENT": "supported"},
        {"not_entailment": "unsupported", "entailment": "supported"},
        {"Hallucinated": "unsupported", "Consistent": "supported"},
        {"LABEL_0": "unsupported", "LABEL_1": "supported"},
        {"supported": "supported"},
        {"LABEL_0": "supported"},
    ],
)
def test_labels_are_read_from_the_config(tmp_path, labels):
    said, new, denied = support(overlap_onnx(tmp_path / "m", labels))
    assert said > 0.9 and new < 0.1 and denied < 0.1


def test_contradiction_is_told_from_silence(tmp_path):
    name = overlap_onnx(tmp_path / "m", {"contradiction": "denied", "neutral": "neutral", "entailment": "supported"})
    judged = SupportModel(find(name)).judge(PAIRS)
    assert [round(j.contradicted) for j in judged] == [0, 0, 1]


@pytest.mark.parametrize(
    "labels", [{"LABEL_0": "supported", "LABEL_1": "unsupported"}, {"hallucinated": "unsupported", "ok": "supported"}]
)
def test_a_token_classifier_marks_the_words(tmp_path, labels):
    model = SupportModel(find(overlap_onnx(tmp_path / "m", labels, tokens=True)))
    said, new, denied = model.judge(PAIRS)
    assert model.of_tokens and said.supported > 0.9 and not said.doubtful
    assert [NEW[a:b] for a, b in new.doubtful] == ["sold"] and [DENIED[a:b] for a, b in denied.doubtful] == ["not"]


def test_an_answer_does_not_hang_on_its_neighbours_or_on_a_fixed_width(tmp_path):
    labels = {"not_entailment": "unsupported", "entailment": "supported"}
    free, fixed = (SupportModel(find(overlap_onnx(tmp_path / str(n), labels, length=n))) for n in (None, 40))
    long = " ".join([SOURCE] * 30)
    pairs = [*PAIRS, ("Bob.", SAID), (long, SAID), (SAID, long), ("", "")]
    together = [j.supported for j in free.judge(pairs)]
    assert together == [free.judge([pair])[0].supported for pair in pairs]
    assert [j.supported for j in fixed.judge(PAIRS)] == pytest.approx(together[:3])
    assert fixed.longest == 40 and fixed.judge([(long, SAID)])[0].supported > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("tokens", [False, True])
def test_transformers_and_its_onnx_file_agree(tmp_path, tokens):
    """The same folder without and with an ONNX file, int8, made of it; and both as transformers itself reads it."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from benchmarks.entail_train.export import main

    labels = ("supported", "unsupported") if tokens else ("contradiction", "neutral", "entailment")
    whole = bert(tmp_path / "hf", labels, tokens)
    plain = SupportModel(find(whole)).judge(PAIRS)
    main([whole, str(tmp_path / "onnx")])
    small = SupportModel(find(str(tmp_path / "onnx"))).judge(PAIRS)
    assert [j.supported for j in small] == pytest.approx([j.supported for j in plain], abs=0.05)
    assert len({round(j.supported, 6) for j in plain}) == 3
    from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

    model = (
        (AutoModelForTokenClassification if tokens else AutoModelForSequenceClassification)
        .from_pretrained(whole)
        .eval()
    )
    read = AutoTokenizer.from_pretrained(whole)(*PAIRS[1], return_tensors="pt", return_token_type_ids=True)
    with torch.inference_mode():
        p = model(**read).logits[0].softmax(-1)
    want = min(p[t, 0] for t, of in enumerate(read.sequence_ids(0)) if of == 1) if tokens else p[2]
    assert plain[1].supported == pytest.approx(float(want), abs=1e-5)


def test_bars_come_from_the_config(tmp_path):
    name = overlap_onnx(tmp_path / "m", {"LABEL_0": "supported"})
    config = json.loads((tmp_path / "m/config.json").read_text())
    assert SupportModel(find(name)).bars == {}
    (tmp_path / "m/config.json").write_text(json.dumps(config | {"support_bars": {"denied": 0.3, "affirmed": 0.6}}))
    assert SupportModel(find(name)).bars == {"denied": 0.3, "affirmed": 0.6}


def test_one_logit_of_hallucination_is_turned():
    assert columns({0: "hallucination"}, 1, False, "m").turned and not columns({0: "LABEL_0"}, 1, False, "m").turned
    p, denied = columns({0: "x"}, 1, False, "m").probabilities(np.array([[0.0], [1000.0], [-2.0]]))
    assert p.tolist() == pytest.approx([0.5, 1.0, 1 / (1 + math.exp(2))]) and denied is None


@pytest.mark.parametrize(
    "names", [{0: "positive", 1: "negative"}, {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}, {i: "star" for i in range(5)}]
)
def test_labels_that_say_nothing_of_support_are_refused(names):
    with pytest.raises(UsageError, match="id2label"):
        columns(names, len(names), False, "m")


def damaged(tmp_path, what):
    folder = tmp_path / "m"
    name = overlap_onnx(folder, {"LABEL_0": "unsupported", "LABEL_1": "supported"}, config=what != "three")
    if what == "onnx":
        (folder / "model_int8.onnx").write_bytes(b"not a graph")
    elif what == "tokenizer":
        (folder / "tokenizer.json").write_text("{}")
    elif what == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    elif what == "config":
        (folder / "config.json").write_text("{cut")
    elif what == "empty":
        for path in folder.iterdir():
            path.unlink()
    elif what == "language model":
        (folder / "model_int8.onnx").unlink()
        (folder / "config.json").write_text('{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}')
    elif what == "own code":
        (folder / "model_int8.onnx").unlink()
        (folder / "config.json").write_text('{"model_type": "HHEMv2", "auto_map": {"AutoModel": "x.Y"}}')
    elif what == "weights":
        (folder / "model_int8.onnx").unlink()
        (folder / "config.json").write_text(
            '{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}'
        )
    return name


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("onnx", "cannot be read"), ("tokenizer", "tokenizer cannot be read"), ("no tokenizer", "has no tokenizer.json"),
        ("config", "is not JSON"), ("empty", "holds neither"), ("language model", "LlamaForCausalLM"),
        ("own code", "code of its own"), ("weights", "could not be loaded"),
    ],
)  # fmt: skip
def test_what_is_no_such_model_is_named(tmp_path, what, says):
    with pytest.raises(UsageError, match=says):
        SupportModel(find(damaged(tmp_path, what)))


@pytest.mark.parametrize("name", ["./nowhere", "nowhere", "/no/such/model", "someone/no-such-model"])
def test_a_name_that_leads_nowhere_is_said(name):
    with pytest.raises(UsageError, match="--entail"):
        find(name)


def test_of_a_hub_model_one_onnx_file_is_brought(tmp_path, monkeypatch):
    import huggingface_hub

    name, asked = overlap_onnx(tmp_path / "m" / "onnx", {"LABEL_0": "supported"}, file="model_quantized.onnx"), []
    held = ["config.json", "model.safetensors", "onnx/model.onnx", "onnx/model_quantized.onnx", "onnx/model_fp16.onnx"]
    monkeypatch.setattr(huggingface_hub, "list_repo_files", lambda name: held)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, allow_patterns: asked.extend(allow_patterns) or str(tmp_path / "m"))
    found = find("someone/model")
    assert found.onnx is not None and str(found.onnx.parent) == name and found.onnx.name == "model_quantized.onnx"
    assert "onnx/model_quantized.onnx" in asked and not {"*.safetensors", "onnx/model.onnx"} & set(asked)


def test_a_model_is_loaded_once(tmp_path):
    name = overlap_onnx(tmp_path / "m", {"LABEL_0": "supported"})
    assert load(name) is load(name)
    assert (
        load(name).judge([]) == []
        and isinstance(load(name).judge(PAIRS)[0], Judgement)
        and len(WORDS) == len(set(WORDS))
    )
