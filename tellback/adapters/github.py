"""GitHub Actions: what the step of action.yml runs. Pairs from changed files, `tellback audit`, and the job's summary.

Settings come as environment variables, never as text in a command: file names of a pull request are strangers' words.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tellback.adapters.github_comment import comment
from tellback.audit.markdown import summary as in_markdown
from tellback.audit.rows import dumps
from tellback.errors import UsageError

OPTIONS = ("fail-on", "fail-under", "bars", "baseline", "require")
AUDITS, PAIRS = "audits.jsonl", "pairs.jsonl"


def main(environment: Mapping[str, str] = os.environ) -> int:
    """The exit code: that of `tellback audit`, 2 for settings that do not fit."""
    given = {name[len("TELLBACK_") :].lower().replace("_", "-"): value.strip()
             for name, value in environment.items() if name.startswith("TELLBACK_") and value.strip()}  # fmt: skip
    folder = Path(environment.get("RUNNER_TEMP") or ".")
    code, out, said = 0, b"", ""
    try:
        if command := arguments(given, folder / PAIRS):
            done = subprocess.run(
                [sys.executable, "-m", "tellback", "audit", *command], capture_output=True, check=False
            )
            code, out, said = done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")
    except UsageError as error:
        code, said = 2, f"error: {error}\n"
    (folder / AUDITS).write_bytes(out)
    print(said, end="", file=sys.stderr)
    text = summary([json.loads(line) for line in out.splitlines()], said, code)
    _append(environment.get("GITHUB_STEP_SUMMARY"), text)
    if given.get("comment") == "true":
        comment(text, environment)
    _append(environment.get("GITHUB_OUTPUT"), f"audits={folder / AUDITS}\n")
    return code


def arguments(given: Mapping[str, str], pairs: Path) -> list[str]:
    """Those of `tellback audit`; none where no file was changed. Pairs of changed files go to `pairs`. Raises UsageError."""
    what = [name for name in ("pairs", "changed", "source") if name in given]
    if len(what) != 1 or ("source" in given) != ("output" in given):
        raise UsageError("expected one of: source and output, pairs, changed.")
    out = ["--json", *(f"--{name}={given[name]}" for name in OPTIONS if name in given)]
    out += ["--fast"] * (given.get("fast") == "true")
    if "source" in given:
        return [*out, "--", given["source"], given["output"]]
    if "pairs" in given:
        return [*out, f"--pairs={given['pairs']}"]
    if "base" not in given:
        raise UsageError(
            "changed: expected a base, the commit that held the files before; there is none in this event."
        )
    with pairs.open("w", encoding="utf-8") as file:
        for pair in changed(given["base"], given["changed"].split("\n")):
            file.write(dumps(pair) + "\n")
    return [*out, f"--pairs={pairs}"] if pairs.stat().st_size else []


def changed(base: str, patterns: Sequence[str]) -> Iterator[dict[str, str]]:
    """{"id", "source", "output"} for each file that was changed since `base`: what it said there, and what it says now.

    `patterns`: git's pathspecs. New, removed and renamed files have no counterpart and give no pair; one that is no UTF-8
    text is named on standard error.
    """
    wanted = [pattern.strip() for pattern in patterns if pattern.strip()]
    fork = _git("merge-base", "--end-of-options", base, "HEAD").decode().strip()
    names = _git("diff", "--name-only", "-z", "--no-renames", "--diff-filter=M", "--relative", fork, "--", *wanted)
    for name in names.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        try:
            old, new = _git("show", f"{fork}:./{name}").decode("utf-8"), Path(name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            print(f"{name!r} is no UTF-8 text: left out", file=sys.stderr)
            continue
        yield {"id": name.encode("utf-8", "replace").decode(), "source": old, "output": new}


def _git(*command: str) -> bytes:
    done = subprocess.run(["git", *command], capture_output=True, check=False)
    if done.returncode:
        hint = "Is the base fetched? actions/checkout needs «fetch-depth: 0»."
        raise UsageError(f"git {command[0]}: {done.stderr.decode('utf-8', 'replace').strip()} {hint}")
    return done.stdout


def summary(rows: Sequence[Mapping[str, Any]], said: str, code: int) -> str:
    """The job's summary in Markdown; `said` is what stands below it where nothing was audited, else its last line."""
    verdict = {0: "passed", 1: "failed"}.get(code, "could not run")
    return in_markdown(rows, verdict, said.strip().split("\n")[-1] if rows else said)


def _append(path: str | None, text: str) -> None:
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main())
