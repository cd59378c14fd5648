"""Words and figures of docs/results-real.md, and what follows from its own tables. Nothing here reads a study."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata, spearmanr

from tellback.analysis.statistics import Interval

FEW = 10  # answers; an interval over fewer is marked
LEAST = 4  # methods of one rate, from which a rank correlation is taken


def number(value: float | None, form: str = ".2f") -> str:
    return "–" if value is None or np.isnan(value) else format(value, form)


def shown(interval: Interval, n: int | None = None) -> str:
    value, low, high = interval
    if value is None:
        return "–"
    ends = "" if low is None else f" [{low:.2f}, {high:.2f}]"
    return f"{value:.2f}{ends}" + ("" if n is None else f" n={n}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)])


def label(row: Mapping[str, Any]) -> str:
    return row["compressor"] if row["compressor"] in ("identity", "no_memory") else f"{row['compressor']} {row['rate']:g}x"


def few(interval: Interval, n: int) -> str:
    """`shown`, with a † where it is of so few answers that its interval says next to nothing."""
    return shown(interval, n) + ("†" if 0 < n < FEW else "")


Figures = Sequence[tuple[str, float, float | None, Mapping[str, float | None]]]


def correlations(figures: Figures) -> str:
    """Rank correlations of overlap with what was kept, within each rate, as Markdown.

    `figures`: (set, rate, overlap, {what: share kept}) of each method on each set. They are taken as the tables show them, to two
    decimals, so that whoever reads the page can take them again.
    """
    cells: dict[tuple[str, float], dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for name, rate, overlap, kept in figures:
        for what, share in kept.items():
            if overlap is not None and share is not None:
                cells[name, rate][what].append((round(overlap, 2), round(share, 2)))
    whats = list(dict.fromkeys(what for *_, kept in figures for what in kept))
    rows = []
    for rate in sorted({rate for _, rate in cells}):
        for what in whats:
            found = [pairs for (_, r), of in cells.items() if r == rate and len(pairs := of[what]) >= LEAST]
            if not found:
                continue
            rho = [float(v) for v in (spearmanr(*zip(*pairs, strict=True)).statistic for pairs in found if _varies(pairs)) if np.isfinite(v)]
            n = sorted({len(pairs) for pairs in found})
            words = [number(float(np.mean(rho))), f"{min(rho):.2f} to {max(rho):.2f}"] if rho else ["–", "–"]
            rows.append([f"{rate:g}x", what, *words, str(len(rho)), " to ".join(map(str, n))])
    pooled = []
    for what in whats:
        enough = [pairs for of in cells.values() if len(pairs := of[what]) >= LEAST]
        pooled.append([what, number(_within(enough)), str(sum(map(len, enough)))])
    return f"""Rank correlation (Spearman) of ROUGE-L with what was kept, over the methods of one rate and set, where at least {LEAST} were run (over rates both follow
the rate, whatever the methods do):

{table(["rate", "of", "rho, mean of the sets", "sets from, to", "sets", "methods a set"], rows)}

These rates and sets together, ranks taken and centred within each rate and set:

{table(["of", "rho", "n"], pooled)}"""


def _varies(pairs: Sequence[tuple[float, float]]) -> bool:
    return all(np.ptp(side) > 0 for side in zip(*pairs, strict=True))


def _within(cells: Sequence[Sequence[tuple[float, float]]]) -> float | None:
    sides = [[], []]
    for pairs in cells:
        for side, values in zip(sides, zip(*pairs, strict=True), strict=True):
            ranks = rankdata(values)
            side.extend(ranks - ranks.mean())
    if not sides[0] or not all(np.ptp(side) > 0 for side in sides):
        return None
    return float(np.corrcoef(*sides)[0, 1])


def overwriting_in_words(found: Sequence[tuple[Interval, int, float | None]]) -> str:
    """Whether wrong answers are the belief more often than blindly drawn ones would be; `found`: (share, n, chance) a memory."""
    known = [(low, high, chance) for (_, low, high), _, chance in found if low is not None and high is not None and chance is not None]
    if not known:
        return "**No conclusion about overwriting:** no memory has an interval that could be set against chance."
    above, below = (sum(side) for side in zip(*((low > chance, high < chance) for low, high, chance in known), strict=True))
    if not above and not below:
        return (
            f"**Conclusion: no overwriting was shown.** Each of the {len(known)} intervals holds chance: on these sets, with this reader, it cannot be said "
            "that what these methods lose is replaced by the belief more often than by any other answer."
        )
    return (
        f"**Conclusion:** of {len(known)} intervals {above} lie above chance (wrong answers are the belief more often than blindly drawn), {below} below, "
        f"{len(known) - above - below} hold it; they are not corrected for their number."
    )
