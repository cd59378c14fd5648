"""The peers: which version, where its environment is made, and its answers."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellback.errors import UsageError

INSIDE = Path(__file__).with_name("inside.py")


@dataclass(frozen=True)
class Peer:
    """`accuses`: whether it can say that an output is wrong; a tool that only looks for what is lost cannot."""

    package: str
    version: str
    accuses: bool
    how: str

    @property
    def function(self) -> str:
        return self.package.replace("-", "_")


PEERS = (
    Peer("ancora-rag", "0.1.1", True, "each sentence of the output against chunks of the source, its own thresholds"),
    Peer("corroborate", "0.1.0", True, "numbers, dates and quotations of the output"),
    Peer("compaction-guard", "0.1.0", True, "each sentence of the source declared as a constraint; no model"),
    Peer("compact-audit", "0.1.0", False, "decisions, constraints, errors, edits and tasks, line by line; lost only"),
    Peer("ctxdrift", "0.1.0", False, "the pair as a session with one compaction; warnings and failures; lost only"),
)


@dataclass(frozen=True)
class Said:
    """One finding of any tool, ours too: `level` wrong or lost, and the words that it names."""

    level: str
    source: str | None
    output: str | None


@dataclass(frozen=True)
class Answer:
    """What a tool says of one pair, and the processor seconds that it took; None: not measured.

    `risk`: how wrong the output is, where the tool has a score of its own; None: the number of its accusations.
    """

    found: tuple[Said, ...]
    seconds: float | None
    risk: float | None = None

    def count(self, level: str) -> int:
        return sum(said.level == level for said in self.found)

    @property
    def score(self) -> float:
        return self.count("wrong") if self.risk is None else self.risk


def environment(peer: Peer, folder: Path) -> Path:
    """The Python of the peer's own environment, made below `folder` where it is not there yet.

    Raises UsageError that says why it cannot be had.
    """
    home = folder / f"{peer.package}-{peer.version}"
    python, ready = home / "bin" / "python", home / "ready"
    if not ready.exists():
        venv.create(home, with_pip=True, clear=True)
        command = [
            str(python),
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            f"{peer.package}=={peer.version}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UsageError(
                f"{peer.package} {peer.version} cannot be installed: {done.stderr.strip().splitlines()[-1:]}"
            )
        ready.touch()
    return python


def answers(peer: Peer, pairs: Sequence[Mapping[str, Any]], folder: Path) -> list[Answer | None]:
    """The peer's answer to each pair; None where it failed."""
    return run([str(environment(peer, folder)), str(INSIDE), peer.function], pairs)


def run(command: Sequence[str], pairs: Sequence[Mapping[str, Any]]) -> list[Answer | None]:
    """The answers of `command`, a line a pair. Raises UsageError where it gives fewer."""
    asked = "".join(json.dumps(pair) + "\n" for pair in pairs)
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    if len(told) != len(pairs):
        raise UsageError(f"{command[-1]} answered {len(told)} of {len(pairs)} pairs: {done.stderr.strip()[-200:]}")
    for failed in {one["failed"] for one in told if "failed" in one}:
        print(f"{command[-1]}: {failed}", file=sys.stderr)
    return [
        None if "failed" in one else Answer(tuple(Said(**f) for f in one["findings"]), one["seconds"]) for one in told
    ]
