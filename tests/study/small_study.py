"""A study that takes a second, what became of it, and a process of its own to run it in."""

import json
import multiprocessing as mp
import os
import shutil
import sys

import pytest

from tellback.errors import UsageError

CONFIG = """
name: s
corpus: pocket
base_models: [tiny]
compressors: COMPRESSORS
rates: [4]
controls: [no_memory]
train: {steps: 5, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 2, copy_steps: 0}
decoder: {model: tiny, train: frozen}
probes: {n_documents: 2, sets: [pocket-agree], likelihood: false, answers: false}
"""


def study(folder, compressors="[truncate]"):
    path = folder / "s.yaml"
    path.write_text(CONFIG.replace("COMPRESSORS", compressors))
    return str(path)


def statuses(out):
    return {r["setup"].split("-")[0]: r["status"] for r in map(json.loads, (out / "results.jsonl").read_text().splitlines())}


def copied(whole, folder):
    """A finished study to be broken, and the folder of its trained setup."""
    shutil.copytree(whole / "out", folder / "out")
    (weights,) = (folder / "out").glob("setups/*/weights.safetensors")
    return folder / "out", weights.parent


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def in_a_fork(do):
    """What `do` says in a process of its own: the message of its error, or ""."""

    def run(line):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (a captured one is a file, with a limit like others)
        try:
            do()
            line.send("")
        except (UsageError, OSError) as error:
            line.send(str(error))

    mine, other = mp.Pipe()
    process = mp.get_context("fork").Process(target=run, args=(other,))
    process.start()
    other.close()
    try:
        return mine.recv()
    except EOFError:
        pytest.fail("the process ended without a word")
    finally:
        process.join()


