"""One compressor, trained outside any study, into a saved folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tellback.config import SetupSpec
from tellback.errors import Stopped, UsageError
from tellback.models.load import find_device
from tellback.saved import check_place, is_saved, read_card, save
from tellback.store import read_json, write_json
from tellback.training import trackers
from tellback.training.checkpoint import there
from tellback.training.diverged import Diverged
from tellback.training.launched import here
from tellback.training.layers import check_compiler
from tellback.training.processes import Alone


def train_into(spec: SetupSpec, out: Path, say: Callable[[str], None]) -> dict[str, Any] | None:
    """Train `spec` and save it as `out`, or go on where that stopped; gives what the card says of the training.

    Until it is done everything lies in OUT.training beside. Raises UsageError when `out` or OUT.training holds
    something else, or cannot be made, and Stopped where the training diverged, of which nothing stays. A compressor that
    needs no training is saved as it is. Of several processes that a launcher started all train, and the first one does
    the rest; the others get None.
    """
    together = here(find_device())
    with together.one_voice():
        trackers.check_tracker(spec.train.track)
        check_compiler(spec.train, find_device())
        held = _held(spec, out) if together.leads else None
        if together.first(held is not None):
            return held
        return _train_into(spec, out, say if together.leads else lambda line: None, together)


def _work(out: Path) -> Path:
    return out.parent / f"{out.name}.training"


def _held(spec: SetupSpec, out: Path) -> dict[str, Any] | None:
    """What the card in `out` says, where it holds what is wanted; raises UsageError where anything else is in the way."""
    check_place(out)
    if is_saved(out):
        held = read_card(out).training or {}
        if held.get("key") == spec.key():
            return held | {"already": True}
        raise UsageError(f"{out} holds another saved setup. Give another --out, or remove the folder.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is not empty and holds no saved setup. Give another --out.")
    begun = _work(out) / "spec.json"
    if begun.is_file() and read_json(begun, "Remove its folder to begin anew.")["key"] != spec.key():
        raise UsageError(f"{_work(out)} holds the beginning of another training. Give another --out, or remove that folder.")
    return None


def _train_into(spec: SetupSpec, out: Path, say: Callable[[str], None], together: Alone) -> dict[str, Any] | None:
    import torch

    from tellback.study.setup import assemble, train_setup

    work = _work(out)
    torch.set_num_threads(spec.train.n_threads)
    say("loading")
    setup = assemble(spec)
    about: dict[str, Any] = {"key": spec.key(), "corpus": spec.corpus.name}
    if setup.reader.compressor.trainable:
        if together.leads:
            work.mkdir(parents=True, exist_ok=True)
            write_json(work / "spec.json", {"name": spec.name, "key": spec.key(), "spec": spec.model_dump(mode="json")})
        try:
            with together.as_one():
                progress, verdict = train_setup(setup, work, say, together)
        except UsageError:
            if together.leads and not there(work):  # refused before it began: nothing to go on with
                shutil.rmtree(work)
            raise
        except Diverged as error:  # the same command would come to the same
            if together.leads:
                shutil.rmtree(work)
            raise Stopped(str(error)) from None
        if not together.leads:
            return None
        about |= {"steps": progress.step, "tokens": progress.tokens, "longest": progress.longest, "seconds": round(progress.seconds, 1),
                  "held_out_loss": progress.trace[-1]["loss"], "undertrained": verdict["undertrained"],
                  "why": verdict["why"]}  # fmt: skip
    if not together.leads:
        return None
    setup.reader.training = about
    save(setup.reader, out)
    if (work / trackers.FOLDER).is_dir():  # a saved compressor has no place for it
        tracked = out.parent / f"{out.name}.{trackers.FOLDER}"
        shutil.rmtree(tracked, ignore_errors=True)
        os.replace(work / trackers.FOLDER, tracked)
    shutil.rmtree(work, ignore_errors=True)
    return about
