"""Two sections of docs/study-real.md, of packed studies: one training on a core of a CPU, and the paper's table read with it.

Both are a study's folder as `tellback pack` wrote it; one that is not there has no section. Every number in them is taken from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "results" / "real"
ENOUGH, MINUTES = 0.90, 20.0  # of the held-out tokens, and in how long on one core
NAMES = {"c4": "web pages (C4)", "faitheval-counterfactual": "FaithEval", "conflictqa-popqa": "ConflictQA", "told-values": "real values",
         "known-conflict": "known facts, another value", "known-agree": "known facts", "told-relations": "relations"}  # fmt: skip
Row = Mapping[str, Any]


def sections(folder: Path = RESULTS) -> list[str]:
    return [point(folder / "smollm2-point"), paper(folder / "paper-mini")]


def rows_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Compressor -> its finished row with its details and its trace; nothing where there is no study."""
    if not (folder / "results.jsonl").is_file():
        return {}
    out = {}
    for row in map(json.loads, (folder / "results.jsonl").read_text(encoding="utf-8").splitlines()):
        own = folder / "setups" / row["key"]
        if row["status"] not in ("done", "undertrained") or not (own / "result.json").is_file():
            continue
        details = json.loads((own / "result.json").read_text(encoding="utf-8"))["details"]
        trace = [json.loads(x) for x in (own / "trace.jsonl").read_text().splitlines()] if (own / "trace.jsonl").is_file() else []
        out[row["compressor"]] = row | {"details": details, "trace": trace}
    return out


def _pooled(row: Row) -> str:
    """How groups of states become a slot, by the setup's own name."""
    return "averaged states" if "-mean-" in str(row.get("setup")) else "concatenated states"


def note_of(folder: Path) -> str:
    """What somebody noted of how a run came to be, beside its results."""
    path = folder / "note.md"
    return path.read_text(encoding="utf-8").strip() + "\n\n" if path.is_file() else ""


def point(folder: Path) -> str:
    rows = rows_of(folder)
    trained = rows.get("pooling")
    if trained is None:
        return going_on(folder.with_name(folder.name + "-trace"))
    trace = trained["trace"]
    lines = [
        "## On one core of a CPU\n",
        f"`tellback study smollm2-point`: {trained['base_model']}, {_pooled(trained)} at {trained['rate']:g}x, "
        f"{trained['details']['train']['steps']} steps of {trained['details']['train']['batch_size']} sentences of 12 to 16 tokens, one thread. "
        f"{_speed(trained)}\n",
        note_of(folder), *_looks(trace),
    ]  # fmt: skip
    lines += ["", _reached(trace), "", _controls(folder), "", *_survives(rows)]
    return "\n".join(lines)


def going_on(folder: Path) -> str:
    """A training of which only the looks at held-out sentences are there: it was not at its end, or nothing was told back yet."""
    if not (folder / "trace.jsonl").is_file():
        return ""
    trace = [json.loads(line) for line in (folder / "trace.jsonl").read_text(encoding="utf-8").splitlines()]
    return "\n".join(["## On one core of a CPU\n", note_of(folder), *_looks(trace), "", _reached(trace), "",
                      "It has told nothing back yet, so nothing is said here of what survives."])  # fmt: skip


def _looks(trace: Sequence[Row]) -> list[str]:
    lines = ["Held-out sentences, along the training:\n",
             "| step | minutes of the processor | minutes of the clock | loss | tokens right |", "|---|---|---|---|---|"]  # fmt: skip
    return lines + [f"| {t['step']} | {_minutes(t.get('processor_seconds'))} | {_minutes(t['seconds'])} | {t['loss']:.2f} | {t['token_accuracy']:.3f} |" for t in trace]


def _minutes(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 60:.1f}"


def _speed(trained: Row) -> str:
    """Between the first and the last look of which the processor's time is known."""
    known = [t for t in trained["trace"] if t.get("processor_seconds") is not None]
    if len(known) < 2:
        return ""
    first, last = known[0], known[-1]
    per_second = (last["tokens"] - first["tokens"]) / (last["processor_seconds"] - first["processor_seconds"])
    return f"{per_second:.0f} tokens a second of the processor from step {first['step']} to {last['step']}, looks at held-out sentences included."


def _reached(trace: Sequence[Row]) -> str:
    there = next((t for t in trace if t["token_accuracy"] >= ENOUGH), None)
    if there is None:
        best = max(t["token_accuracy"] for t in trace)
        return f"The bar, {ENOUGH:.2f} in {MINUTES:.0f} minutes, was **not reached**: {best:.3f} at the most."
    clock = there["seconds"] / 60
    if any(t.get("processor_seconds") is None for t in trace):
        return (f"{ENOUGH:.2f} was reached at step {there['step']}, after {clock:.0f} minutes of the clock of a shared machine; the bar of "
                f"{MINUTES:.0f} minutes on one core is **not shown**: the processor's time is not known of all steps.")  # fmt: skip
    minutes, copying = (t["processor_seconds"] / 60 for t in (there, trace[0]))
    return (f"{ENOUGH:.2f} was reached by step {there['step']}, after {minutes:.1f} minutes of the processor, the first {copying:.1f} of which taught the "
            f"decoder to copy ({clock:.1f} minutes of the clock); the bar is {MINUTES:.0f} minutes: {'met' if minutes <= MINUTES else '**missed**'} by the "
            f"processor, {'met' if clock <= MINUTES else '**missed**'} by the clock.")  # fmt: skip


def _controls(folder: Path) -> str:
    if not (folder / "controls.json").is_file():
        return "Its controls were not judged yet, so nothing can be concluded."
    found = json.loads((folder / "controls.json").read_text(encoding="utf-8"))
    failed, unknown = ([c for c in found if c["holds"] is holds] for holds in (False, None))
    words = f"{len(found) - len(failed) - len(unknown)} of {len(found)} controls hold."
    for c in failed:
        words += f" Not so: {c['control']} on {_name(c.get('set') or 'all')} ({c['expected']}; got {c['got']:.2f})."
    if unknown:
        names = ", ".join(dict.fromkeys(f"{c['control']} on {_name((c.get('set') or 'all').removesuffix('@told'))}" for c in unknown))
        words += f" Nobody can say of {len(unknown)}: {names} (a decoder that was not taught to tell back tells nothing without a memory; what a belief "
        words += "is worth is not known of real facts)."
    return words + (" So nothing can be concluded from it alone." if failed else "")


def _survives(rows: Mapping[str, Row]) -> list[str]:
    trained = rows["pooling"]
    lines = ["| what is asked | kept | overwritten or drifted | no memory | source | linear probe finds |", "|---|---|---|---|---|---|"]
    for asks, wrong in (("qa_i", "overwritten"), ("qa_ii", "drifted")):
        for name, counts in trained[asks].items():
            if "@" in name or not counts["n"]:
                continue
            floor, ceiling = (_share(rows.get(who, {}).get(asks, {}).get(name), "faithful") for who in ("no_memory", "identity"))
            lines.append(f"| {_name(name)} | {_with_n(counts)} | {_share(counts, wrong)} | {floor} | {ceiling} | {_probe(trained, name)} |")
    return lines


def _probe(trained: Row, name: str) -> str:
    cells = [c for c in (trained["details"].get("where_lost") or {}).get(name, {}).get("kinds", {}).values() if c.get("n")]
    n = sum(c["n"] for c in cells)
    return f"{sum(c['there'] * c['n'] for c in cells) / n:.2f} of {n} (another's memory {sum(c['shuffled'] * c['n'] for c in cells) / n:.2f})" if n else "-"


def paper(folder: Path) -> str:
    rows = rows_of(folder)
    trained = rows.get("pooling")
    if trained is None:
        return ""
    i = [name for name in trained["qa_i"] if "@" not in name and trained["qa_i"][name]["n"]]
    ii = [name for name in trained["qa_ii"] if "@" not in name and trained["qa_ii"][name]["n"]]
    told = trained["details"]["accuracy_by_set"]
    head = ["compressor", "Recons. (sentences)", *(f"Recons. ({_name(n)})" for n in i), *(f"QA(i) {_name(n)}" for n in i), *(f"QA(ii) {_name(n)}" for n in ii)]
    cells = [f"{trained['base_model']} {trained['rate']:g}x", f"{trained['token_accuracy']:.2f}", *(_interval(told.get(n)) for n in i),
             *(_cell(rows, "qa_i", n) for n in i), *(_cell(rows, "qa_ii", n) for n in ii)]  # fmt: skip
    return "\n".join([
        "## The paper's table, small\n",
        f"`tellback study paper-mini`, the code path of `paper27`, with the compressor of the section before ({trained['status']}). It was trained on "
        f"single sentences, so contexts are cut: **each sentence is compressed and told back by itself** (one of more than 16 tokens in parts), and the "
        f"texts are joined. Recons. is the share of tokens right, the true text before each being given; QA(i) the values kept, QA(ii) the relations. "
        f"*Chance* guesses among a question's options, the *floor* answers without the text, the *ceiling* has the text itself; intervals over documents, "
        f"one seed.\n",
        note_of(folder) + "| " + " | ".join(head) + " |", "|---" * len(head) + "|", "| " + " | ".join(cells) + " |", "", _controls(folder),
    ])  # fmt: skip


def _cell(rows: Mapping[str, Row], asks: str, name: str) -> str:
    trained = rows["pooling"]
    floor, ceiling = (_share(rows.get(who, {}).get(asks, {}).get(name), "faithful") for who in ("no_memory", "identity"))
    chance = trained["details"].get("chance_by_set", {}).get(name)
    wrong = "overwritten" if asks == "qa_i" else "drifted"
    return f"{_with_n(trained[asks][name])}; {wrong} {_share(trained[asks][name], wrong)}; chance {'-' if chance is None else f'{chance:.2f}'}, floor {floor}, ceiling {ceiling}"


def _with_n(counts: Row) -> str:
    low, high = (counts[end]["faithful"] for end in ("low", "high"))
    unscored = round(counts["unscored"] * counts["n"])
    return f"{counts['faithful']:.2f} [{low:.2f}, {high:.2f}] n={counts['n']}" + (f", {unscored} unscored" if unscored else "")


def _share(counts: Row | None, outcome: str) -> str:
    return f"{counts[outcome]:.2f}" if counts and counts["n"] else "-"


def _interval(found: Row | None) -> str:
    return f"{found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}] n={found['n']}" if found else "-"


def _name(name: str) -> str:
    set_name, _, kind = name.partition("-relations")
    return NAMES.get(name) or (f"{NAMES.get(set_name, set_name)}, relations" if kind == "" and name != set_name else name)
