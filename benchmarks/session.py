"""A coding agent's session of a given size, mostly logs, with compactions: how long `tellback audit` takes and what it needs.

    python -m benchmarks.session [--mb 5] [--rounds 1] [--fast] [--out session.jsonl]

prints the seconds and the peak of memory of the whole command, start-up included, and whether the planted errors were met.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PARTS = ("ledger", "tariff", "router", "sensor", "archive", "basket", "planner", "mirror", "signer", "gauge")
DEEDS = (
    "reads the old table",
    "retries too early",
    "drops the last row",
    "rounds the fee twice",
    "holds the lock too long",
)
CHOICES = ("a queue", "a single writer", "a nightly job", "one shared cache", "a feature flag")


def lines(mb: float, rounds: int, seed: int = 0) -> Iterator[dict]:
    """The lines of a session of about `mb` million characters: turns, calls, logs, and `rounds` compactions."""
    draw = random.Random(seed)
    turns = max(12, int(mb * 12))
    each = int(mb * 1e6 / turns)
    said: list[str] = []
    for turn in range(turns):
        part, deed, line = PARTS[turn % len(PARTS)], draw.choice(DEEDS), draw.randint(10, 900)
        file, ticket = f"services/{part}/{part}_{turn}.py", f"OPS-{draw.randint(1000, 9999)}"
        yield _user(
            f"Look into {ticket}: the {part} {deed}. Never touch services/{part}/vendor_{turn}. Keep the limit at {turn + 3}."
        )
        yield _agent(
            f"The {part} {deed} because of line {line} of {file}. We will use {draw.choice(CHOICES)} for {ticket}."
        )
        yield _call("Bash", {"command": f"pytest -q tests/{part}/test_{part}_{turn}.py"})
        yield _result(_log(draw, file, line, each))
        yield _call("Edit", {"file_path": f"/home/dev/app/{file}", "old_string": "x = 1", "new_string": f"x = {line}"})
        yield _result(f"The file /home/dev/app/{file} has been updated.")
        yield _agent(
            f"{file} is changed, and {turn + 2} tests of {part} pass. Still to do: the changelog entry for {ticket}."
        )
        said.append(
            f"{ticket}: {file} is changed (line {line}), {turn + 2} tests pass. Never touch services/{part}/vendor_{turn}."
        )
        if (turn + 1) % max(1, turns // rounds) == 0:
            yield {
                "type": "system",
                "subtype": "compact_boundary",
                "compactMetadata": {"trigger": "auto", "preTokens": 160000},
            }
            yield _summary(said, turn)


def _summary(said: list[str], turn: int) -> dict:
    told = "\n".join(f"- {line}" for line in said[-24:])
    text = (
        "This session is being continued from a previous conversation that ran out of context.\n"
        f"1. Work so far:\n{told}\n2. User requests:\n- Keep the limit at {turn + 93}.\n"
        "3. Pending tasks:\n- Move the whole gateway to Rust.\n"
    )
    return {"type": "user", "isCompactSummary": True, "message": {"role": "user", "content": text}}


def _user(text: str) -> dict:
    return {"type": "user", "message": {"role": "user", "content": text}}


def _agent(text: str) -> dict:
    return {"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": text}]}}


def _call(tool: str, given: dict) -> dict:
    return {
        "type": "assistant",
        "message": {"role": "assistant", "content": [{"type": "tool_use", "name": tool, "input": given}]},
    }


def _result(text: str) -> dict:
    return {"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "content": text}]}}


def _log(draw: random.Random, file: str, line: int, size: int) -> str:
    rows, n = [f"{file}:{line}: slow path taken"], 0
    while n < size:
        row = (
            f"2026-0{draw.randint(1, 9)}-{draw.randint(10, 28)}T{draw.randint(10, 23)}:{draw.randint(10, 59)}:{draw.randint(10, 59)}Z "
            f"{draw.choice(('INFO', 'WARN', 'DEBUG'))} {draw.choice(PARTS)}.{draw.randint(1, 99)} "
            f"req={draw.getrandbits(48):012x} took {draw.randint(1, 4000)}ms status={draw.choice((200, 204, 404, 500))}"
        )
        rows.append(row)
        n += len(row)
    return "\n".join(rows)


def write(path: Path, mb: float, rounds: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for line in lines(mb, rounds):
            file.write(json.dumps(line) + "\n")


def measure(path: Path, fast: bool) -> tuple[float, float, dict]:
    """(seconds, peak in MB, what was printed) of the whole command in a process of its own."""
    command = [sys.executable, "-m", "tellback", "audit", str(path), "--json", *(["--fast"] if fast else [])]
    code = (
        "import resource, subprocess, sys; r = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL); "
        "sys.stdout.buffer.write(r.stdout); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True)
    return time.perf_counter() - started, float(done.stderr), json.loads(done.stdout)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--mb", type=float, default=5)
    ask.add_argument("--rounds", type=int, default=1)
    ask.add_argument("--fast", action="store_true")
    ask.add_argument("--out", type=Path)
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = given.out or Path(folder) / "session.jsonl"
        write(path, given.mb, given.rounds)
        seconds, peak, found = measure(path, given.fast)
    size = given.mb if given.out is None else path.stat().st_size / 1e6
    print(f"{size:.1f} MB, {len(found['compactions'])} compactions: {seconds:.2f} s, peak {peak:.0f} MB")
    for n, row in enumerate(found["compactions"], 1):
        wrong = [(f["outcome"], f["kind"], f["output"]) for f in row["findings"] if f["level"] == "wrong"]
        print(f"  {n}: {row['missing']} lost, {len(wrong)} wrong: {wrong[:6]}")


if __name__ == "__main__":
    main()
