"""What runs a support model: onnxruntime for ONNX files, torch for what has weights alone. Token ids in, logits out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from tellback.errors import UsageError
from tellback.models.support.files import EXTRA, Files
from tellback.provenance import n_cores

#: ids, mask and types [B, T] by their usual names -> logits [B, C] of a claim, or [B, T, C] of its tokens
Run = Callable[[Mapping[str, np.ndarray]], np.ndarray]


def onnx(files: Files) -> tuple[Run, int | None]:
    """(what runs the model, the one length that it takes: None for any). Raises UsageError for a file that is no such model."""
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise UsageError(f"--entail {files.name}: an ONNX model needs onnxruntime. Try {EXTRA}.") from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = _threads()
    try:
        session = onnxruntime.InferenceSession(str(files.onnx), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own, of many classes
        raise UsageError(
            f"--entail {files.name}: {files.onnx} cannot be read ({str(error).splitlines()[0][:200]})."
        ) from None
    inputs = {i.name: i for i in session.get_inputs()}
    wanted = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in inputs]
    output = session.get_outputs()[0]
    if "input_ids" not in inputs or set(inputs) - set(wanted) or len(output.shape) not in (2, 3):
        raise UsageError(
            f"--entail {files.name}: {files.onnx} takes {', '.join(inputs)} and gives shape {output.shape}. Expected a classifier "
            f"of input_ids and attention_mask with logits of a claim or of its tokens."
        )
    size = inputs["input_ids"].shape[1]

    def run(batch: Mapping[str, np.ndarray]) -> np.ndarray:
        return session.run([output.name], {name: batch[name].astype(np.int64) for name in wanted})[0]

    return run, size if isinstance(size, int) else None


def torch(files: Files) -> Run:
    """A transformers model from safetensors; code that a model brings is never run."""
    try:
        import torch
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoModelForTokenClassification
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--entail {files.name}: a model that is not ONNX needs {error.name}. Try pip install 'tellback[study]'."
        ) from None
    if "auto_map" in files.config and "model_type" in files.config and not _is_known(files.config["model_type"]):
        raise UsageError(
            f"--entail {files.name}: brings code of its own, which is not run. Give one whose class transformers has, or ONNX."
        )
    logging.disable_progress_bar()
    classes = {"Sequence": AutoModelForSequenceClassification, "Token": AutoModelForTokenClassification}
    name = (files.config.get("architectures") or [""])[0]
    kind = next((cls for part, cls in classes.items() if f"For{part}Classification" in name), None)
    if kind is None:
        raise UsageError(
            f"--entail {files.name}: is a {name or 'model without a class'}. Expected a sequence or token classifier."
        )
    try:
        model = kind.from_pretrained(
            files.folder, config=AutoConfig.from_pretrained(files.folder), use_safetensors=True
        ).eval()
    except Exception as error:  # a broken file: each library's own
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UsageError(f"--entail {files.name}: could not be loaded ({reason[:200]}).") from None
    typed = files.config.get("type_vocab_size", 0) > 1

    def run(batch: Mapping[str, np.ndarray]) -> np.ndarray:
        names = ("input_ids", "attention_mask", *(["token_type_ids"] if typed else []))
        with torch.inference_mode():
            return model(**{name: torch.as_tensor(batch[name]) for name in names}).logits.float().numpy()

    return run


def _is_known(model_type: str) -> bool:
    from transformers import CONFIG_MAPPING

    return model_type in CONFIG_MAPPING


def _threads() -> int:
    """As many as OMP_NUM_THREADS allows, else one a core."""
    import os

    return int(os.environ.get("OMP_NUM_THREADS") or n_cores())
