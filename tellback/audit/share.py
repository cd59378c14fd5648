"""A report that can be shown to others: what was lost and what is wrong by kind and place, without a word of any text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tellback.display.words import NOTHING, markdown
from tellback.errors import UsageError

SUFFIXES = (".json", ".md", ".html")
FIELDS = ("when", "trigger", "tokens_before", "tokens_before_counted", "tokens_after", "tokens_after_counted", "unread")
_COUNTED = (
    "n_facts",
    "faithful",
    "replaced",
    "overwritten",
    "drifted",
    "missing",
    "unscored",
    "invented",
    "unsupported",
    "doubtful",
)


def check(path: Path) -> None:
    """Raise UsageError for a report in no form that is written."""
    if path.suffix not in SUFFIXES:
        raise UsageError(f"--share writes {', '.join(SUFFIXES)}, got {path.name!r}.")


def write(path: Path, rows: Sequence[Mapping[str, Any]], survival: Mapping[str, Any]) -> None:
    """Write the report of redacted audits: JSON of counts and places, or the same as a table or a page."""
    from tellback.store import write_atomically  # with pydantic's models, which one pair does not need

    content = {"audits": [bare(row) for row in rows], "survival": survival}
    if path.suffix == ".json":
        text = json.dumps(content, ensure_ascii=True, indent=1) + "\n"
    elif path.suffix == ".html":
        from tellback.audit.session_page import shared_page  # jinja2 where it is needed only

        text = shared_page(content["audits"], survival)
    else:
        text = _markdown(content)
    try:
        write_atomically(path, text)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def bare(row: Mapping[str, Any]) -> dict[str, Any]:
    """Of a row what holds no words: no path, no name, no hash of words, no reason that quotes them."""
    kept = {name: row[name] for name in (*FIELDS, *_COUNTED) if name in row}
    if isinstance(kept.get("unread"), str):
        kept["unread"] = kept["unread"].split("«")[0].rstrip(" :") or None
    findings = [
        {name: f[name] for name in ("kind", "outcome", "level", "source_span", "output_span")}
        for f in row.get("findings", ())
    ]
    return kept | {"findings": findings}


def _markdown(content: Mapping[str, Any]) -> str:
    lines = ["# What the compactions lost", "", "No words of the texts are in this report.", ""]
    for n, row in enumerate(content["audits"], 1):
        size = f"{row.get('tokens_before') or NOTHING} → {row.get('tokens_after') or NOTHING} tokens"
        lines += [f"## {n}. {markdown(str(row.get('when') or 'no time'))}, {size}", ""]
        if row.get("unread"):
            lines += [markdown(row["unread"]), ""]
        counts = Counter((f["level"], f["outcome"], f["kind"]) for f in row["findings"])
        if counts:
            lines += ["| level | outcome | kind | findings |", "|---|---|---|---|"]
            lines += [f"| {' | '.join(map(markdown, key))} | {k} |" for key, k in sorted(counts.items(), reverse=True)]
            lines.append("")
    if content["survival"]:
        rounds = max(map(len, content["survival"].values()))
        lines += ["## Said before the first, held after each", ""]
        lines += [f"| kind | {' | '.join(f'after {i + 1}' for i in range(rounds))} |", "|---" * (rounds + 1) + "|"]
        for kind, curve in content["survival"].items():
            cells = [NOTHING if point is None else f"{point[0]}/{point[1]}" for point in curve]
            lines.append(f"| {markdown(kind)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
