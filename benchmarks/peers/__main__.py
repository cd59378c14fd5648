"""The audit beside other tools that install from the package registry, on the same pairs.

    python -m benchmarks.peers --data DIR --out docs/audit-benchmark.md

DIR holds compactions.jsonl (summaries with and without one planted error) and the files of benchmarks.real_errors, in any
folders; what is absent is named and left out. Each peer gets an environment of its own below --cache, made once. A model
at an endpoint joins as judge with --judge.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.blocks import with_block
from benchmarks.peers import judge as judges
from benchmarks.peers.figures import compactions, on_set
from benchmarks.peers.ours import OURS, audited
from benchmarks.peers.page import block
from benchmarks.peers.tools import PEERS, Answer, answers
from benchmarks.real_errors.rows import sampled
from benchmarks.real_errors.sets import SETS, load
from tellback.errors import UsageError

Pair = Mapping[str, Any]
Tool = Callable[[Sequence[Pair]], list[Answer | None]]


def run(
    folder: Path, cache: Path, names: Sequence[str] | None = None, limit: int | None = 200, seed: int = 0,
    judge: Path | None = None, say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:  # fmt: skip
    """All figures, as JSON can hold them."""
    rows, sets, absent = _data(folder, names, limit, seed)
    pairs = [*rows, *({"source": r.source, "output": r.output} for s in sets for r in s.rows)]
    tools, accusing, about = _tools(cache, judge)
    out: dict[str, Any] = {"compactions": {}, "sets": {s.name: {} for s in sets}, "absent": absent, "left_out": {},
                           "limit": limit, "seed": seed, "about": about}  # fmt: skip
    for name, tool in tools.items():
        say(f"{name}: {len(pairs)} pairs")
        try:
            told = tool(pairs)
        except UsageError as error:
            out["left_out"][name] = str(error)
            say(f"left out: {name}: {error}")
            continue
        if rows:
            out["compactions"][name] = compactions(rows, told[: len(rows)]) | {"accuses": name in accusing}
        at = len(rows)
        for s in sets:
            if name in accusing:
                out["sets"][s.name][name] = on_set(s, told[at : at + len(s.rows)], seed)
            at += len(s.rows)
    return out


def _data(folder: Path, names: Sequence[str] | None, limit: int | None, seed: int):
    """(rows of compactions.jsonl, sets, what is absent and why). Raises UsageError where there is nothing at all."""
    sets, absent = load(folder, names)
    paths = sorted(folder.rglob("compactions.jsonl"))
    rows = (
        [json.loads(line) for line in paths[0].read_text(encoding="utf-8").splitlines() if line.strip()]
        if paths
        else []
    )
    if not rows:
        absent = {"compactions": "no file compactions.jsonl in the folder"} | absent
    if not rows and not sets:
        raise UsageError(f"--data {folder}: holds none of {', '.join(absent)}.")
    return rows, [replace(s, rows=sampled(s.rows, limit, seed)) for s in sets], absent


def _tools(cache: Path, judge: Path | None) -> tuple[dict[str, Tool], set[str], dict[str, str]]:
    """(name -> tool, those that can call an output wrong, name -> how it was run)."""
    tools: dict[str, Tool] = {OURS: audited}
    accusing, about = {OURS}, {OURS: "with the parser; messages read as a transcript"}
    for peer in PEERS:
        name = f"{peer.package} {peer.version}"
        tools[name] = lambda pairs, peer=peer: answers(peer, pairs, cache)
        accusing |= {name} if peer.accuses else set()
        about[name] = peer.how
    if judge is not None:
        at = judges.endpoint(judge)
        name = f"judge: {at.spec.model}"
        tools[name] = lambda pairs: judges.judged(at, pairs)
        accusing.add(name)
        about[name] = judges.ABOUT
    return tools, accusing, about


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with compactions.jsonl and the sets' files")
    parser.add_argument("--sets", help=f"some of {', '.join(SETS)}, with commas between; default: all that are there")
    parser.add_argument(
        "--limit", type=int, default=200, help="about so many rows of each set; default %(default)s, 0: all"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample, the halves and the intervals")
    parser.add_argument(
        "--cache", type=Path, default=Path("runs/peers"), help="the peers' environments; default %(default)s"
    )
    parser.add_argument(
        "--judge", type=Path, help="YAML of an OpenAI-compatible endpoint: base_url, model, api_key_env"
    )
    parser.add_argument("--out", type=Path, help="the page whose block of peers is replaced; without it, it is printed")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    given = parser.parse_args(arguments)
    names = [name.strip() for name in given.sets.split(",")] if given.sets else None
    try:
        found = run(given.data, given.cache, names, given.limit or None, given.seed, given.judge,
                    lambda line: print(line, file=sys.stderr, flush=True))  # fmt: skip
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    if given.json:
        print(json.dumps(found))
    elif given.out is None:
        print(block(found))
    if given.out is not None:
        before = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
        given.out.write_text(with_block(before, "peers", block(found)), encoding="utf-8")


if __name__ == "__main__":
    main()
