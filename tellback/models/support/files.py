"""The files of a support model: in a folder, or on the hub."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellback.errors import UsageError

#: ONNX files in the order in which they are taken: what is smallest and fastest on a CPU first.
ONNX = ("model_int8.onnx", "model_quantized.onnx", "model_qint8.onnx", "model.onnx")
EXTRA = "pip install 'tellback[entail]'"


@dataclass(frozen=True)
class Files:
    """`onnx` is None where there are weights for transformers only; `tokenizer` is None where there is no tokenizer.json."""

    name: str
    folder: Path
    onnx: Path | None
    tokenizer: Path | None
    config: dict[str, Any]
    longest: int | None  # tokens that its tokenizer says the model reads


def find(name: str) -> Files:
    """The files of a folder, or of a hub name. Raises UsageError where there is nothing to read."""
    folder = Path(name)
    if not folder.is_dir():
        if folder.exists() or "/" not in name.strip("/") or name.startswith((".", "/", "~")):
            raise UsageError(
                f"--entail {name}: there is no such folder. Give a folder with a model, or a hub name (owner/model)."
            )
        folder = _fetched(name)
    found = [p for pattern in ("*.onnx", "onnx/*.onnx") for p in sorted(folder.glob(pattern))]
    ranks = {n: i for i, n in enumerate(ONNX)}
    onnx = min(found, key=lambda p: (ranks.get(p.name, 1 if "int8" in p.name else 9), p.name), default=None)
    tokenizer = next(iter(sorted(folder.glob("tokenizer.json")) or sorted(folder.glob("*/tokenizer.json"))), None)
    config = _json(folder / "config.json")
    if onnx is None and not config:
        raise UsageError(
            f"--entail {name}: holds neither an .onnx file nor a config.json. Expected a whole model folder."
        )
    if onnx is not None and tokenizer is None:
        raise UsageError(
            f"--entail {name}: has no tokenizer.json beside {onnx.name}. Copy it from where the model comes from."
        )
    limit = _json(tokenizer.with_name("tokenizer_config.json")).get("model_max_length") if tokenizer else None
    return Files(name, folder, onnx, tokenizer, config, limit if isinstance(limit, int) and limit < 100_000 else None)


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}. Fetch the model again.") from None
    return found if isinstance(found, dict) else {}


def _fetched(name: str) -> Path:
    """The folder of a hub model; of several ONNX files only the one that is to be read is brought."""
    try:
        from huggingface_hub import list_repo_files, snapshot_download
    except ModuleNotFoundError:
        raise UsageError(f"--entail {name}: a model of the hub needs huggingface-hub. Try {EXTRA}.") from None
    try:
        held = list_repo_files(name)
        onnx = [f for wanted in ONNX for f in held if f.rsplit("/", 1)[-1] == wanted][:1]
        weights = onnx or ["*.safetensors"]
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.model", "*.txt", *weights]))
    except Exception as error:  # of the network, of the hub, of the name: each library's own
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UsageError(
            f"--entail {name}: not on this machine, and the hub did not give it ({reason[:200]})."
        ) from None
