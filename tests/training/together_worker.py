"""One of several processes that train together: what test_together.py starts, with a launcher's environment. Arguments: a folder
that gets a folder a case, and the cases as JSON."""

import json
import socket
import sys
from pathlib import Path

import torch

from tellback.compressors import build
from tellback.config import CompressorSpec, TrainSpec
from tellback.corpora.pocket import PocketSettings, World
from tellback.models.decoder import Decoder
from tellback.models.tiny import tiny_lm
from tellback.provenance import n_launched
from tellback.training import checkpoint, launched
from tellback.training.data import Batches
from tellback.training.objective import autoencode
from tellback.training.pair import Pair
from tellback.training.processes import ALONE, Copies
from tellback.training.shards import Shards
from tellback.training.trainable import choose_trainable, trained_weights
from tellback.training.trainer import train

BASE = {"steps": 6, "batch_size": 5, "trace_points": 6, "learning_rate": 1e-2, "checkpoint_seconds": 1000, "copy_steps": 2}
RATE = 2.0


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Killed(Exception):
    pass


def pair_of(spec, case, world):
    decoder = Decoder(tiny_lm(0, world))
    compressor = build(CompressorSpec(**case.get("compressor", {"name": "pooling"})), tiny_lm(1, world), decoder, RATE, 0)
    choose_trainable(compressor, decoder, spec, case["mode"])
    return Pair(compressor, decoder)


def run(case, folder, together):
    """Train as `case` says in `folder`; with "kill", only until after the checkpoint of that step."""
    world = World(PocketSettings(n_value_facts=2, n_relation_facts=1))
    spec = TrainSpec(**BASE | case.get("train", {}))
    pair = pair_of(spec, case, world.settings.model_dump())
    lm = pair.decoder.lm
    ids = [lm.ids(text)[: 12 + i % 7] for i, text in enumerate(world.texts(60, 0))]  # ragged
    batches = Batches(ids, ids, spec.batch_size, 0)
    copying = batches if case["mode"] != "frozen" and not spec.stages else None

    @torch.inference_mode()
    def evaluate():
        rows = ids[:3]
        return {"loss": autoencode(pair.compressor.encode(rows, list(map(len, rows)), RATE), pair.decoder, rows).item()}

    if "kill" in case:
        spec = spec.model_copy(update={"checkpoint_seconds": -1.0})
        save = together.save
        calls = []

        def killing(*arguments):
            save(*arguments)
            calls.append(1)
            if len(calls) == case["kill"]:
                raise Killed

        together.save = killing
    folder.mkdir(parents=True, exist_ok=True)
    try:
        train(pair, batches, spec, spec.learning_rate, RATE, folder, evaluate, lambda line: None, copying, case["mode"], together)
    except Killed:
        return
    finally:
        together.__dict__.pop("save", None)
    if not together.leads:
        return
    if together.spends_models:
        pair = pair_of(spec, case, world.settings.model_dump())
        checkpoint.resume(folder, trained_weights(pair))
    checkpoint.write_weights(pair, folder / "weights.safetensors")


def main(root, cases):
    torch.set_num_threads(1)
    if n_launched() > 1:
        launched._join("cpu")
    for name, case in cases.items():
        kinds = {"copies": Copies, "shards": Shards, "alone": lambda: ALONE}
        run(case, Path(root) / name, kinds[case["how"]]())


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
