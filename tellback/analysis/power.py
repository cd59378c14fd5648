"""How often the verdict's rule errs, and what it can see, on simulated studies like the one at hand.

A study is simulated with the design's sizes, seeds, documents and facts a document. Seeds differ by `spread` (standard deviation
of a size's share kept), documents by how hard they are. Worlds without a paradox: *flat*, *rising spread* (0.4 to 1.6 times
along the sizes) and *in or out* (each seed leaves a plateau or stays on it, by chance). Worlds with one: a *fall* along the
sizes. In all of them the ordinary loss falls with size, which is what makes a false alarm possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tellback.analysis.verdict import paradox_verdict

HARD = 0.4  # standard deviation of documents' difficulty, in log-odds
OUT = 0.35  # lower than the others: what a seed on a plateau keeps
WORLDS = ("flat", "rising spread", "in or out", "fall")


@dataclass(frozen=True)
class Design:
    """What a study's rule is tried on."""

    sizes: Sequence[float]
    n_seeds: int
    n_documents: int
    facts: int = 2  # asked of each document
    spread: float = 0.05  # between seeds of one size
    level: float = 0.8  # share kept where nothing falls
    fall: float = 0.10  # from the smallest size to the largest, where something does


def rates(design: Design, n: int = 1000, seed: int = 0, worlds: Sequence[str] = WORLDS) -> dict[str, dict[str, float]]:
    """World -> the shares of `n` simulated studies in which each verdict is given."""
    out = {}
    for world in worlds:
        rng = np.random.default_rng([seed, WORLDS.index(world)])
        said = [_study(design, world, rng)["verdict"] for _ in range(n)]
        out[world] = {verdict: said.count(verdict) / n for verdict in ("paradox", "no paradox", "undecided")}
    return out


def _study(design: Design, world: str, rng: np.random.Generator) -> dict[str, Any]:
    n_sizes = len(design.sizes)
    along = np.linspace(0, 1, n_sizes)[:, None]
    spread = design.spread * (0.4 + 1.2 * along if world == "rising spread" else 1.0)
    level = design.level - (design.fall * (along - 0.5) if world == "fall" else 0.0)
    p = level + spread * rng.standard_normal((n_sizes, design.n_seeds))
    if world == "in or out":
        p = np.where(rng.random(p.shape) < 0.3, p - OUT, p + 0.3 / 0.7 * OUT * 0.3)
    p = np.clip(p, 0.01, 0.99)
    hard = HARD * rng.standard_normal(design.n_documents)
    chance = 1 / (1 + np.exp(-np.log(p / (1 - p))[:, :, None] - hard))
    kept = rng.binomial(design.facts, chance) / design.facts
    losses = np.exp(-0.3 * along + 0.15 * rng.standard_normal((n_sizes, design.n_seeds)))
    return paradox_verdict(dict(zip(design.sizes, kept, strict=True)), dict(zip(design.sizes, losses, strict=True)))


def in_words(found: dict[str, dict[str, float]], design: Design, n: int) -> str:
    """One sentence of `rates`."""
    false = max(found[w]["paradox"] for w in ("flat", "rising spread", "in or out") if w in found)
    return (
        f"How this rule does on {n:,} simulated studies of this design (seeds that differ by {100 * design.spread:.0f} points): it "
        f"cries paradox in at most {false:.1%} of those without one, says «no paradox» in {found['flat']['no paradox']:.0%} of flat "
        f"ones, and calls a fall of {100 * design.fall:.0f} points in {found['fall']['paradox']:.0%}."
    )
