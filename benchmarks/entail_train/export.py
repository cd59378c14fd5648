"""From a trained model to the files that ship: a tokenizer of the words that are left, and an int8 ONNX file.

python -m benchmarks.entail_train.export FOLDER OUT      # any sequence or token classifier that transformers loads
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.entail_train.pairs import Pair

NAME = "model_int8.onnx"
OPSET = 17
FALSE_ALARMS, MOST_WRONG = 0.005, 0.02


def export(
    model: Any, tokenizer: Any, folder: Path, keep: int | None = None, pairs: Sequence[Pair] = ()
) -> dict[str, Any]:
    """Write `folder`: int8 ONNX, tokenizer.json, config.json. `keep`: so many of the vocabulary's words, the most frequent in
    `pairs`; others are then read in pieces. Gives the sizes in bytes and how far the logits moved."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    if keep is not None:
        prune(model, tokenizer, keep, pairs)
    tokenizer.save_pretrained(folder)
    model.config.save_pretrained(folder)
    whole = folder / "float.onnx"
    # two of unlike length, so that the mask is no constant of the graph
    read = tokenizer(["The dog chased the cat.", "It was late, and nobody saw it."], ["The cat ran.", "Nobody saw."], padding=True,
                     return_token_type_ids=True, return_tensors="pt")  # fmt: skip
    names = [n for n in ("input_ids", "attention_mask", "token_type_ids") if n in read]
    axes = {n: {0: "batch", 1: "tokens"} for n in names}
    model = model.eval().float()
    model.set_attn_implementation("eager")  # the fused kernels drop the mask of a traced graph
    with torch.inference_mode():
        logits = model(**{n: read[n] for n in names}).logits
        axes["logits"] = {0: "batch"} | ({1: "tokens"} if logits.ndim == 3 else {})
        torch.onnx.export(_Logits(model, names), tuple(read[n] for n in names), str(whole), input_names=names,
                          output_names=["logits"], dynamic_axes=axes, opset_version=OPSET, dynamo=False)  # fmt: skip
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(str(whole), str(folder / NAME), weight_type=QuantType.QInt8, per_channel=True)
    whole.unlink()
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / NAME), providers=["CPUExecutionProvider"])
    moved = np.abs(session.run(None, {n: read[n].numpy() for n in names})[0] - logits.numpy()).max()
    sizes = {p.name: p.stat().st_size for p in sorted(folder.iterdir()) if p.is_file()}
    return {"files": sizes, "moved": round(float(moved), 3)}


def calibrate(folder: Path, held_out: Sequence[Pair]) -> dict[str, Any]:
    """Write into the config from which probability of support on the model is to be believed, and give these bars: of the
    faithful claims that it did not train on 1 in 200 is below `denied`, and of those from `affirmed` on 1 in 50 is wrong."""
    from tellback.models.support.files import find
    from tellback.models.support.model import BARS, SupportModel

    judged = SupportModel(find(str(folder))).judge([(p.source, p.claim) for p in held_out])
    p_N, wrong_N = np.array([j.supported for j in judged]), np.array([not p.faithful for p in held_out])
    order_N = np.argsort(-p_N)
    share_N = np.cumsum(wrong_N[order_N]) / np.arange(1, len(p_N) + 1)
    sure_N = np.flatnonzero(share_N <= MOST_WRONG)
    affirmed = float(p_N[order_N[sure_N[-1]]]) if len(sure_N) else 1.0
    bars = {"denied": round(float(np.quantile(p_N[~wrong_N], FALSE_ALARMS)), 4), "affirmed": round(affirmed, 4)}
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {BARS: bars}, indent=1), encoding="utf-8")
    found = {"found": float((p_N[wrong_N] < bars["denied"]).mean()), "affirmed": float((p_N[~wrong_N] >= affirmed).mean())}
    return bars | {f"share {k}": round(v, 3) for k, v in found.items()}


def prune(model: Any, tokenizer: Any, keep: int, pairs: Sequence[Pair]) -> None:
    """Leave the `keep` most frequent word pieces, single characters and special tokens, in their order."""
    import torch
    from transformers import PreTrainedTokenizerFast

    held = json.loads(tokenizer.backend_tokenizer.to_str())
    vocabulary: dict[str, int] = held["model"]["vocab"]
    counts: Counter[int] = Counter()
    for pair in pairs:
        counts.update(tokenizer(f"{pair.source} {pair.claim}")["input_ids"])
    always = {
        i
        for word, i in vocabulary.items()
        if len(word.removeprefix("##")) == 1 and word.isascii() or word in tokenizer.all_special_tokens
    }
    rest = [i for i, _ in counts.most_common() if i not in always]
    unused = {i for word, i in vocabulary.items() if word.startswith("[unused")}
    others = [
        i for i in sorted(vocabulary.values()) if i not in always | unused and i not in counts
    ]  # by the base's own frequency
    kept = sorted({*always, *(rest + others)[: keep - len(always)]})
    new = {old: i for i, old in enumerate(kept)}
    held["model"]["vocab"] = {
        word: new[i] for word, i in sorted(vocabulary.items(), key=lambda row: row[1]) if i in new
    }
    for token in held["added_tokens"]:
        token["id"] = new[token["id"]]
    for of in held["post_processor"].get("special_tokens", {}).values():
        of["ids"] = [new[i] for i in of["ids"]]
    for end in ("sep", "cls"):
        if isinstance(held["post_processor"].get(end), list):
            held["post_processor"][end][1] = new[held["post_processor"][end][1]]
    from tokenizers import Tokenizer

    tokenizer._tokenizer = Tokenizer.from_str(json.dumps(held))
    assert isinstance(tokenizer, PreTrainedTokenizerFast)
    embeddings = model.get_input_embeddings()
    smaller = torch.nn.Embedding(len(kept), embeddings.embedding_dim, padding_idx=new[model.config.pad_token_id])
    smaller.weight.data = embeddings.weight.data[kept]
    model.set_input_embeddings(smaller)
    model.config.vocab_size, model.config.pad_token_id = len(kept), new[model.config.pad_token_id]


def _Logits(model: Any, names: Sequence[str]) -> Any:
    """The model with its inputs in order and its logits alone."""
    import torch

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            return self.model(**dict(zip(names, tensors, strict=True))).logits

    return Logits()


def main(arguments: Sequence[str]) -> None:
    from transformers import (
        AutoConfig,
        AutoModelForSequenceClassification,
        AutoModelForTokenClassification,
        AutoTokenizer,
    )

    source, out = arguments
    config = AutoConfig.from_pretrained(source)
    token = "ForTokenClassification" in (config.architectures or [""])[0]
    kind = AutoModelForTokenClassification if token else AutoModelForSequenceClassification
    print(
        json.dumps(
            export(kind.from_pretrained(source, use_safetensors=True), AutoTokenizer.from_pretrained(source), Path(out))
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
