"""Models that packages carry as GGUF, converted once and kept in the user's cache."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tellback.errors import UsageError

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def converted(target: Path, convert: Callable[[Path], dict[str, Any]]) -> Path:
    """`target`, made by `convert` where it is not there yet: it appears whole or not at all, and two processes that convert at
    once end with one good copy. `convert` gives what its source.json says."""
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        note = convert(made)
        (made / "source.json").write_text(json.dumps(note, indent=2) + "\n")
        made.chmod(0o755)  # mkdtemp lets nobody else in
        try:
            made.rename(target)
        except OSError:  # another process was first; its copy is as good as ours
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return target


def dense_model(source: Path) -> PreTrainedModel:
    """The GGUF at `source` in float32. Raises UsageError for an architecture that transformers does not read from a GGUF."""
    import torch
    import transformers
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()

    # float32 and dequantize: else weights may stay packed and be cast at every matmul. transformers that has no
    # GgufConfig yet keeps none packed.
    dense = {"quantization_config": transformers.GgufConfig(dequantize=True)} if hasattr(transformers, "GgufConfig") else {}
    print(f"converting {source.name}, which is done once", file=sys.stderr, flush=True)
    try:
        with redirect_stderr(io.StringIO()):  # the bars that transformers draws there cannot be turned off
            packed = AutoModelForCausalLM.from_pretrained(str(source.parent), gguf_file=source.name, dtype=torch.float32, **dense)
    except ValueError as error:
        reason = next(iter(str(error).strip().splitlines()), "unknown")
        raise UsageError(
            f"{source.name}: transformers {transformers.__version__} reads no model out of it ({reason.rstrip('.')}). Convert it with its "
            f"own tools and give the folder."
        ) from None
    config = packed.config
    vars(config).pop("quantization_config", None)
    # a model that came from a GGUF refuses to be saved, dense as it is by now: its weights move to a plain one
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(packed.state_dict())
    return plain
