"""docs/study-real.md, made of benchmarks/real_depth.json. Every number in it is computed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from benchmarks.real_depth_figures import (
    Row,
    against_belief,
    best_of_sweep,
    chosen,
    difference,
    interval,
    kept_share,
    matrix,
    pool_of,
    share,
    spread,
    swept,
)
from benchmarks.real_point_page import RESULTS, sections
from tellback.analysis.statistics import wilson

POOLED = {"mean": "averaged", "concat": "concatenated"}
ENOUGH = 0.90  # of the tokens of ordinary documents, at the lowest rate: else nothing can be concluded
IDENTITY, SHUFFLED = 0.98, 0.05
VALUES = ("known-conflict", "known-agree", "told-values", "passages-conflict", "passages-neutral")


def page(found: Mapping[str, Any], results: Path = RESULTS) -> str:
    """The page as Markdown; `results`: the folder of the packed studies that were run on a CPU."""
    points = [p for p in found["points"] if p["point"]]
    main = chosen(points)
    parts = [HEAD, what_ran(found, points), controls(found, main), table(found, main), question(main), words(main), relations(main),
             sweep(points), others(found, points), dynamics(main), stopped(found), told(found), *sections(results), NOT_SHOWN + not_reached(main)]  # fmt: skip
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


HEAD = """
# Trained compressors on real language, by depth

Written by `python -m benchmarks.real_depth page` from [real_depth.json](../benchmarks/real_depth.json) and the packed studies in
results/real; how these came to be is below. The question is the paper's (arXiv 2602.09789): does a larger compressor tell ordinary text back better, and what goes against
its belief worse? Here the compressors are the first layers of one pretrained model, so that its pretraining and tokenizer are the
same at every size, all read by one decoder that was taught to copy once. Intervals are 95%, over seeds and documents together.
"""

NOT_SHOWN = """
## What is not shown

- No model of 0.6B to 32B parameters: none was to be had. The first layers of a model are not a smaller model that was trained to be
  one: a depth's final norm never saw its states before this training.
- Single sentences of 7 to 18 words. Whether longer contexts behave alike was not tried here.
- Each depth has its own peak learning rate, chosen among few on one seed by ordinary held-out loss.
- Relations count only where the told-back sentence is the text's or its contrary word for word; anything else is left undecided.
- Compressor and decoder of two families (SmolLM2 and Gemma, each with its tokenizer) have been tried on tiny models alone
  (`tests/compressors/test_two_families.py`), and `smollm2-methods`, every trained method side by side, has not been run to its end
  (at 600 steps two of seven still stood on their plateau: [log.md](log.md)).
- Facts are asked of sentences that a template made (known facts) or that stand on the web; belief is that of SmolLM2-135M.
"""


def what_ran(found: Mapping[str, Any], points: Sequence[Row]) -> str:
    if not points:
        return "No point has been run yet."
    points = [p for p in points if p["point"]["pool"] == pool_of(points)]  # the others say of themselves where they ran
    first = points[0]
    cards = sorted({p["device"] for p in points})
    return (
        f"## What was run\n\n{len(points)} trainings on {', '.join(cards)} (torch {first['torch']}, transformers {first['transformers']}), "
        f"{first['steps']} steps each over {found['n_training']:,} real sentences of public-domain and web text; the corpus `real-sentences` "
        f"(`tellback list corpora`). Compressor: the first layers of SmolLM2-135M, groups of whose last states are {POOLED[pool_of(points)]} and go "
        f"through an adapter of 4 million parameters, the same at every depth and rate. Decoder: all 30 layers with LoRA of rank 16. bfloat16 "
        f"weights with float32 masters. To repeat it: `benchmarks/gpu_pack.py`, `benchmarks/gpu.py` and `benchmarks/real_depth.py` say how."
    )


def table(found: Mapping[str, Any], main: Mapping[tuple[int, float], list[Row]]) -> str:
    if not main:
        return ""
    belief = against_belief(found, "known-conflict")
    lines = [
        "## What survives\n",
        f"`known-conflict`: {found['made_of'].get('known-conflict', 0)} sentences that state another object than the true one; "
        f"{belief.count('1')} of them go against a measured belief, and *kept* and *overwritten* (the believed value is told) are shares of "
        f"those. `told-values`: real sentences, every second one with its value exchanged.\n",
        "| rate | layers | seeds | held-out loss | tokens right | whole sentences | conflicts kept | overwritten | agreeing kept | "
        "real values kept | memory speaks for the conflict | effective rank | bits a token |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for (layers, rate), rows in sorted(main.items(), key=lambda item: (item[0][1], item[0][0])):
        whole = interval(matrix(rows, lambda p: [c == "1" for c in p["ordinary"]["whole"]]))
        cells = [
            f"{rate:g}x", str(layers), str(len(rows)), spread(rows, lambda p: p["trace"][-1]["loss"]),
            spread(rows, lambda p: p["ordinary"]["accuracy"]), whole, share(rows, "known-conflict", "f", among=belief),
            share(rows, "known-conflict", "o", among=belief), share(rows, "known-agree", "f"), share(rows, "told-values", "f"),
            share(rows, "known-conflict", "1", "speaks"), spread(rows, lambda p: p["trace"][-1]["effective_rank"], 0),
            spread(rows, lambda p: p["trace"][-1]["bits"]),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def question(main: Mapping[tuple[int, float], list[Row]]) -> str:
    """The deepest less the shallowest, at each rate, on documents that both told back."""
    lines = []
    for rate in sorted({r for _, r in main}):
        depths = sorted(n for n, r in main if r == rate)
        if len(depths) < 2 or min(len(main[n, rate]) for n in (depths[0], depths[-1])) < 2:
            continue
        small, large = main[depths[0], rate], main[depths[-1], rate]
        kept = difference(small, large, lambda p: [c == "f" for c in p["sets"]["known-conflict"]["told"]])
        whole = difference(small, large, lambda p: [c == "1" for c in p["ordinary"]["whole"]])
        lines.append(f"- At {rate:g}x, {depths[-1]} layers less {depths[0]}: conflicting values kept {kept}, ordinary sentences told back "
                     f"whole {whole} ({len(large)} and {len(small)} seeds).")  # fmt: skip
    rows = [p for group in main.values() for p in group]
    if len(rows) > 3:
        rho = spearmanr([p["trace"][-1]["loss"] for p in rows], [kept_share(p) for p in rows]).statistic
        lines.append(f"- Over all {len(rows)} trainings, held-out loss and the share of conflicting values kept go together with a Spearman "
                     f"correlation of {rho:.2f}.")  # fmt: skip
    few = sorted({r for (_, r), rows in main.items() if len(rows) < 2})
    if few:
        lines.append(f"- At {', '.join(f'{r:g}x' for r in few)} some depth has one seed only: **nothing about depth follows from it**. In the pocket "
                     "world seeds of one size differ by more than sizes do ([there](study.md)).")  # fmt: skip
    return "## Does depth cost faithfulness?\n\n" + "\n".join(lines) if lines else ""


def words(main: Mapping[tuple[int, float], list[Row]]) -> str:
    """Which words of ordinary sentences are lost."""
    lines = []
    for (layers, rate), rows in sorted(main.items(), key=lambda item: (item[0][1], item[0][0])):
        cells = []
        for name in ("name", "number", "other", "first", "later"):
            lost, n = (sum(p["words"][name][i] for p in rows) for i in (0, 1))
            low, high = wilson(lost, n)
            cells.append(f"{lost / n:.3f} [{low:.3f}, {high:.3f}]" if n else "-")
        told_ = "".join(p["expected_more"] for p in rows)
        low, high = wilson(told_.count("1"), len(told_)) if told_ else (0.0, 1.0)
        cells.append(f"{told_.count('1') / len(told_):.2f} [{low:.2f}, {high:.2f}] of {len(told_)}" if told_ else "-")
        moved = sum(p["words"]["moved"] for p in rows)
        whole = share(rows, "known-conflict", "1", "whole")
        begin, rest = (share_lost(rows, part) for part in ("first", "later"))
        lines.append(f"| {rate:g}x | {layers} | " + " | ".join([*cells, str(moved), whole, begin, rest]) + " |")
    head = (
        "## Which words are lost\n\nOf the words of ordinary sentences the share that is not told back in its place: names (a capital within the "
        "sentence), numbers, others; a sentence's first three words and the rest. *Likelier*: of the sentences told otherwise, those whose "
        "told text SmolLM2-135M finds likelier than the source: the pull of belief. *Moved*: sentences told with the same words in another "
        "order. The last three columns are of the conflicting sentences: those told word for word, and the words lost of their first three, "
        "where a rare name stands, and of the rest, where the value stands.\n\n| rate | layers | names | numbers | others | first words | "
        "later words | likelier | moved | conflicting whole | their first words | their later words |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(lines) if lines else ""


def share_lost(rows: Sequence[Row], part: str) -> str:
    """The share of words lost in that part of the conflicting sentences."""
    counts = [p["sets"].get("known-conflict", {}).get("words", {}).get(part, (0, 0)) for p in rows]
    lost, n = (sum(c[i] for c in counts) for i in (0, 1))
    return f"{lost / n:.3f} [{wilson(lost, n)[0]:.3f}, {wilson(lost, n)[1]:.3f}]" if n else "-"


def relations(main: Mapping[tuple[int, float], list[Row]]) -> str:
    lines = []
    for (layers, rate), rows in sorted(main.items(), key=lambda item: (item[0][1], item[0][0])):
        told_ = [c for p in rows for c in p["sets"].get("told-relations", {}).get("told", "")]
        decided = [c for c in told_ if c in "fd"]
        if told_:
            low, high = wilson(decided.count("d"), len(decided)) if decided else (0.0, 1.0)
            turned = f"{decided.count('d') / len(decided):.2f} [{low:.2f}, {high:.2f}]" if decided else "-"
            lines.append(f"| {rate:g}x | {layers} | {len(told_)} | {len(decided)} | {turned} | {share(rows, 'told-relations', '1', 'speaks')} |")
    head = "## Relations\n\nSentences whose roles are exchanged or whose verb is denied, and others as they are: what was told word for word, or " \
           "as its contrary.\n\n| rate | layers | sentences x seeds | decided | of these turned round | memory speaks for the text |\n|---|---|---|---|---|---|\n"  # fmt: skip
    return head + "\n".join(lines) if lines else ""


def sweep(points: Sequence[Row]) -> str:
    scales = sorted({p["point"]["scale"] for p in swept(points)})
    depths = sorted({p["point"]["layers"] for p in swept(points)})
    at = {(p["point"]["layers"], p["point"]["scale"]): p for p in swept(points)}
    best = {n: p["point"]["scale"] for n, p in best_of_sweep(points).items()}
    lines = ["## Peak learning rates\n", "Held-out loss (tokens right) at 2x, seed 0; a peak of 1 is 3e-4 for the compressor, 1e-3 for adapter "
             "and LoRA. Bold: taken for the other seeds and rates.\n",
             "| layers | " + " | ".join(f"{s:g}" for s in scales) + " |", "|---" * (len(scales) + 1) + "|"]  # fmt: skip
    for n in depths:
        cells = []
        for s in scales:
            p = at.get((n, s))
            text = "-" if p is None else f"{p['trace'][-1]['loss']:.2f} ({p['ordinary']['accuracy']:.2f})"
            cells.append(f"**{text}**" if p is not None and best.get(n) == s else text)
        lines.append(f"| {n} | " + " | ".join(cells) + " |")
    return "\n".join(lines) if depths else ""


def others(found: Mapping[str, Any], points: Sequence[Row]) -> str:
    """Points that stand apart: pooled otherwise, each as it is."""
    rows = [p for p in points if p["point"]["pool"] != pool_of(points)]
    if not rows:
        return ""
    belief = against_belief(found, "known-conflict")
    lines = ["## Pooled otherwise\n", "One training each, so nothing but that it can be done follows from them.\n",
             "| layers | rate | pooling | trained | held-out loss | tokens right | conflicts kept | overwritten | missing | agreeing kept | "
             "real values kept |", "|---" * 11 + "|"]  # fmt: skip
    for p in rows:
        how = f"{p['steps']} steps, {p['device']}" + (f"; {p['note']}" if p.get("note") else "")
        told_ = [share([p], "known-conflict", c, among=belief) for c in "fom"]
        cells = [str(p["point"]["layers"]), f"{p['point']['rate']:g}x", POOLED[p["point"]["pool"]], how, f"{p['trace'][-1]['loss']:.2f}",
                 f"{p['ordinary']['accuracy']:.2f}", *told_, share([p], "known-agree", "f"), share([p], "told-values", "f")]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def dynamics(main: Mapping[tuple[int, float], list[Row]]) -> str:
    groups = [(k, rows) for k, rows in sorted(main.items(), key=lambda item: (item[0][1], item[0][0])) if rows[0]["trace"]]
    if not groups:
        return ""
    n = max(len(rows[0]["trace"]) for _, rows in groups)
    steps = groups[0][1][0]["steps"]
    lines = ["## How it learns\n", "Held-out loss, mean over seeds, at shares of the training:\n",
             "| rate | layers | " + " | ".join(f"{i / (n - 1):.0%}" for i in range(n)) + " |", "|---" * (n + 2) + "|"]  # fmt: skip
    for (layers, rate), rows in groups:
        losses = np.mean([[r["loss"] for r in p["trace"]] for p in rows], 0)
        lines.append(f"| {rate:g}x | {layers} | " + " | ".join(f"{x:.2f}" for x in losses) + " |")
    speed = spread([p for _, rows in groups for p in rows], lambda p: p["tokens_per_second"], 0)
    return "\n".join(lines) + f"\n\n{steps} steps; {speed} tokens/s a training, several of which shared the card."


def stopped(found: Mapping[str, Any]) -> str:
    """Trainings that the budget ended: how far their loss had fallen, and nothing else."""
    lines = [f"- {p['name']}: held-out loss {p['trace'][-1]['loss']:.2f}, tokens right {p['trace'][-1]['accuracy']:.2f} at the last of "
             f"{len(p['trace'])} looks; it told nothing back." for p in found.get("stopped", ())]  # fmt: skip
    return "The time was up for:\n\n" + "\n".join(lines) if lines else ""


def not_reached(main: Mapping[tuple[int, float], list[Row]]) -> str:
    """What of the plan (2, 6, 12 and 30 layers, 2x to 8x, three seeds) has no row yet."""
    missing = [f"{n} layers at {rate:g}x" for rate in (2.0, 4.0, 8.0) for n in (2, 6, 12, 30) if (n, rate) not in main]
    return f"- Not run to the end yet: {', '.join(missing)}.\n" if missing else ""


def controls(found: Mapping[str, Any], main: Mapping[tuple[int, float], list[Row]]) -> str:
    copy = next((p for p in found["points"] if p["name"] == "copy"), None)
    if copy is None or not main:
        return ""
    values = [c for name in VALUES for c in copy["sets"].get(name, {}).get("told", "") if c != "u"]
    rows = [p for group in main.values() for p in group]
    shuffled = [c for p in rows for name in VALUES for c in p["sets"].get(name, {}).get("shuffled", "") if c != "u"]
    no_memory = [c for c in found["no_memory"].get("known-conflict", "") if c != "-"]
    lowest = min(rate for _, rate in main)
    reached = {n: np.mean([p["ordinary"]["accuracy"] for p in group]) for (n, rate), group in main.items() if rate == lowest}
    identity, other = values.count("f") / len(values), shuffled.count("f") / len(shuffled)
    short = [f"{n} layers ({x:.2f})" for n, x in sorted(reached.items()) if x < ENOUGH]
    lines = [
        f"- Identity: of the source itself the decoder that was taught to copy tells {identity:.3f} of {len(values)} values (bar {IDENTITY}) and "
        f"{copy['ordinary']['accuracy']:.3f} of the ordinary tokens.",
        f"- Shuffled: in what was told of another document {other:.3f} of {len(shuffled)} values are found (bar {SHUFFLED}).",
        f"- No memory: the decoder prefers the conflicting sentence to the true one in {no_memory.count('1') / max(1, len(no_memory)):.2f} of "
        f"{len(no_memory)}: this is belief.",
        f"- At {lowest:g}x, " + (f"{', '.join(short)} tell back less than {ENOUGH:.2f} of the ordinary tokens, so **nothing can be concluded about "
                                 f"{'it' if len(short) == 1 else 'them'}**." if short else
                                 f"every depth tells back at least {ENOUGH:.2f} of the ordinary tokens."),
    ]  # fmt: skip
    held = identity >= IDENTITY and other <= SHUFFLED
    return "## Controls\n\n" + "\n".join(lines) + ("" if held else "\n\n**A control does not hold: nothing below can be concluded.**")


def told(found: Mapping[str, Any]) -> str:
    seen: set[str] = set()
    lines = []
    for case in found["cases"]:
        if case["source"] not in seen and len(lines) < 12:
            seen.add(case["source"])
            lines.append(f"- {case['point']}: «{_inert(case['source'])}» was told back as «{_inert(case['told'])}» ({case['outcome']})")
    return "## What it tells\n\n" + "\n".join(lines) if lines else ""


def _inert(text: str) -> str:
    """On one line, with nothing that Markdown or HTML would take for its own."""
    return "".join(f"\\{c}" if c in "*_[]<>`\\|" else c for c in " ".join(text.split()))
