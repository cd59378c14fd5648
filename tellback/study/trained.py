"""What a training leaves in a setup's folder, and how it gets back into the models."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tellback import store
from tellback.errors import UsageError
from tellback.reading import Reader
from tellback.saved import Setup, build_reader
from tellback.training import checkpoint, snapshots
from tellback.training.checkpoint import Progress, read_weights, write_weights
from tellback.training.pair import Pair
from tellback.training.trainable import trained_weights

TRAINED = store.TRAINED


def write_trained(folder: Path, pair: Pair, reader: Reader, progress: Progress) -> None:
    assert reader.bases is not None
    on = dict(zip(("base", "decoder"), map(asdict, reader.bases), strict=True))
    write_weights(pair, folder / store.WEIGHTS, {"trained_on": json.dumps(on)})
    store.write_json(folder / TRAINED, vars(progress))


def has_trained(folder: Path) -> bool:
    """Whether a training has ended in `folder`, alone or in a stack."""
    return ((folder / TRAINED).is_file() and (folder / store.WEIGHTS).is_file()) or snapshots.there(folder)


def trained_already(folder: Path, pair: Pair, figures: Callable[[], dict[str, Any]], reader: Reader) -> Progress:
    """The progress of the training that has ended in `folder`, its weights put in place."""
    if (folder / TRAINED).is_file() and (folder / store.WEIGHTS).is_file():
        try:
            progress = Progress(**json.loads((folder / TRAINED).read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise UsageError(f"{folder / TRAINED} is broken: {error}. Remove it to train again.") from None
        read_weights(pair, folder / store.WEIGHTS)
        checkpoint.write_trace(folder, progress)
        return progress
    progress = snapshots.read(folder, dict(pair.named_parameters()), figures)
    write_trained(folder, pair, reader, progress)
    checkpoint.write_trace(folder, progress)
    (folder / snapshots.FILE).unlink()
    return progress


def made_again(reader: Setup, folder: Path) -> Pair:
    """Whole models, with the weights of the checkpoint, in place of the shards that a training has left in `reader`."""
    fresh = build_reader(reader.spec)
    reader.compressor, reader.decoder = fresh.compressor, fresh.decoder
    reader.decoder.tells_back = True
    pair = Pair(reader.compressor, reader.decoder)
    checkpoint.resume(folder, trained_weights(pair))
    return pair
