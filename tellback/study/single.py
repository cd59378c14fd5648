"""One compressor, trained outside any study, into a saved folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tellback.config import SetupSpec
from tellback.errors import UsageError
from tellback.saved import check_place, is_saved, read_card, save
from tellback.store import write_json
from tellback.training.checkpoint import path_in


def train_into(spec: SetupSpec, out: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Train `spec` and save it as `out`, or go on where that stopped; gives what the card says of the training.

    Until it is done everything lies in OUT.training beside. Raises UsageError when `out` or OUT.training holds
    something else, or cannot be made. A compressor that needs no training is saved as it is.
    """
    import torch

    from tellback.study.setup import assemble, train_setup

    key = spec.key()
    check_place(out)
    if is_saved(out):
        held = read_card(out).training or {}
        if held.get("key") == key:
            return held | {"already": True}
        raise UsageError(f"{out} holds another saved setup. Give another --out, or remove the folder.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not empty and holds no saved setup. Give another --out.")
    work = out.parent / f"{out.name}.training"
    begun = work / "spec.json"
    if begun.is_file() and json.loads(begun.read_text(encoding="utf-8"))["key"] != key:
        raise UsageError(f"{work} holds the beginning of another training. Give another --out, or remove that folder.")
    torch.set_num_threads(spec.train.n_threads)
    say("loading")
    setup = assemble(spec)
    about: dict[str, Any] = {"key": key, "corpus": spec.corpus.name}
    if setup.reader.compressor.trainable:
        work.mkdir(parents=True, exist_ok=True)
        write_json(begun, {"name": spec.name, "key": key, "spec": spec.model_dump(mode="json")})
        try:
            progress, verdict = train_setup(setup, work, say)
        except UsageError:
            if not path_in(work).is_file():  # refused before it began: nothing to go on with
                shutil.rmtree(work)
            raise
        about |= {"steps": progress.step, "tokens": progress.tokens, "longest": progress.longest, "seconds": round(progress.seconds, 1),
                  "held_out_loss": progress.trace[-1]["loss"], "undertrained": verdict["undertrained"],
                  "why": verdict["why"]}  # fmt: skip
    save(setup.reader, out, about)
    shutil.rmtree(work, ignore_errors=True)
    return about
