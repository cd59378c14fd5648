"""Where a result comes from: commit, packages, device, time. Nothing here decides an outcome."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGES = ("tellback", "torch", "transformers", "accelerate", "peft", "tokenizers", "numpy", "scipy", "sacrebleu",
            "rouge-score", "altair", "pyarrow")  # fmt: skip


def n_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def n_launched() -> int:
    """How many processes a launcher (`accelerate launch`, torchrun) started, of which this is one."""
    return int(os.environ.get("WORLD_SIZE", 1)) if "LOCAL_RANK" in os.environ else 1


@cache
def versions() -> dict[str, str | None]:
    """Installed version of each package that can change a figure; None where it is not installed."""
    out: dict[str, str | None] = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            out[name] = None
    return out


@cache
def commit() -> str | None:
    """The commit of the running source tree, with «+» when it is dirty; None outside a checkout."""
    here = Path(__file__).parent
    if not (here.parent / ".git").exists():
        return None
    try:
        head = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=here, capture_output=True, text=True)
        dirty = subprocess.run(["git", "status", "--porcelain", "--", "."], cwd=here, capture_output=True, text=True)
    except OSError:
        return None
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "") if head.returncode == 0 else None


def provenance(device: str, n_threads: int, seed: int) -> dict[str, object]:
    """What stands in spec.json beside the spec."""
    return {
        "commit": commit(), "versions": versions(), "device": device, "n_threads": n_threads, "seed": seed,
        "platform": platform.platform(), "n_cores": os.cpu_count(), "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }  # fmt: skip
