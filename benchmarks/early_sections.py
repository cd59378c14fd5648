"""The section of docs/study.md on trainings that stop early (`benchmarks.early`): remedies, priors, and what survives along the way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks import early_priors
from benchmarks.early import (
    ARMS,
    CHOSEN,
    CURRICULUM,
    DOSES,
    EXCHANGES_ALL,
    FULL,
    PLAIN,
    PRIORS,
    STEPS,
    UNTOUCHED,
)
from benchmarks.early_trainings import (
    FIGURES,
    Training,
    at_size,
    cell,
    figures,
    largest,
    of_arm,
    outcomes,
    read,
    stuck,
)
from benchmarks.powered_sections import RELATIONS, SET, VALUES, table
from tellback.analysis.verdict import RULED_OUT, Contrast, contrast, fall_in_words, line_weights
from tellback.display.words import count, share
from tellback.report.groups import Group
from tellback.report.rows import number_along, share_along

GOAL_CUT, GOAL_LOSS, GOAL_FROM = 0.80, 0.02, 0.20  # of what is overwritten; of the ordinary loss; what plain must overwrite
RESAMPLES = 2000
TRIED = {DOSES[0]: "uniform colours and cities in a quarter of its documents", CURRICULUM: "the first quarter of its steps at 2x"}
PLACES = (0.2, 0.4, 0.6, 0.8, 1.0)  # of the steps


def page(results: Path, primary: Sequence[Group] = ()) -> str:
    """The section as Markdown, the `primary` study's trainings beside it; "" where nothing has been run."""
    if not results.is_file():
        return ""
    there = read(results)
    return "\n\n".join(filter(None, [_head(there), _confirming(there), _along(there), *early_priors.sections(there, primary), _screening(there)]))


def _head(there: dict[str, list[Training]]) -> str:
    n = sum(len(setups) for study, setups in there.items() if not study.startswith("whole"))
    return f"""## Where training stops early: remedies, priors, and the way there

The primary recipe overwrites next to nothing, so remedies and priors were asked at {STEPS:,} of its steps ([the design](study-design.md), with what was
changed in it and why; {n} trainings; `python -m benchmarks.early`, then this page's command). 8x, fresh documents, {sum(map(len, next(iter(there.values()))[0].outcomes.values()))} conflicting
facts, half of them values.{_short(there)}"""


def _short(there: dict[str, list[Training]]) -> str:
    """The findings in words, each with its figures."""
    plain, dosed, crossed = of_arm(there, PLAIN), of_arm(there, DOSES[0]), there.get("prior-" + "-".join(PRIORS[0])) or []
    lines = []
    if len({s.size for s in plain}) > 1:
        small, large = ([s for s in plain if s.size == size] for size in sorted({s.size for s in plain}))
        losses = [float(np.exp(np.mean(np.log([s.loss for s in side])))) for side in (small, large)]
        lines.append(
            f"**Size, stopped early.** The larger one overwrites {cell(large, ['overwritten'], VALUES)} of the values, the smaller {cell(small, ['overwritten'], VALUES)}; the "
            f"ordinary loss is {losses[1]:.3f} and {losses[0]:.3f}" + (": the larger is the one that is further from done, and no paradox is needed to say why."
                                                             if losses[1] > losses[0] else ".")
        )  # fmt: skip
    lines += [_remedy(words, plain, remedied) for words, remedied in ((TRIED[DOSES[0]], dosed), (TRIED[CURRICULUM], of_arm(there, CURRICULUM))) if plain and remedied]
    free = there.get("prior-" + "-".join(PRIORS[1])) or []
    if plain and crossed:
        large = largest(plain)
        stuck_before, stuck_after = ([s for s in side if stuck(s, VALUES)] for side in (large, crossed))
        told = (
            f". On that plateau it tells the usual value in {cell(stuck_before, ['overwritten'], VALUES)}, trained on uniform values in {cell(stuck_after, ['overwritten'], VALUES)}: "
            "what is told there is what the training documents say, whatever the LM believes" if stuck_before and stuck_after else ""
        )
        lines.append(
            f"**Whose prior.** Trained on documents with uniform values, the same LM, which believes the usual, overwrites {cell(crossed, ['overwritten'], VALUES)} for "
            f"{cell(large, ['overwritten'], VALUES)}, though it sits on the plateau of values no more seldom ({len(stuck_after)} of {len(crossed)} seeds, "
            f"{len(stuck_before)} of {len(large)}){told}."
            + (f" An LM that was pretrained on uniform values, trained on documents as the corpus has them, overwrites {cell(free, ['overwritten'], VALUES)}." if free else "")
        )
    return "".join(f"\n\n- {line}" for line in lines).replace("\n\n- ", "\n- ").replace("\n- ", "\n\n- ", 1)


def _remedy(words: str, plain: Sequence[Training], remedied: Sequence[Training]) -> str:
    """What a remedy does, in a sentence that begins with whether it reaches the goal."""
    by_size = "; ".join(
        f"at {count(size)} {cell(at_size(remedied, size), ['overwritten'], VALUES)} for {cell(at_size(plain, size), ['overwritten'], VALUES)}"
        for size in sorted({s.size for s in plain} & {s.size for s in remedied}, reverse=True)
    )
    return f"**{_reached(plain, remedied)}** With {words} it overwrites, of the values, {by_size}; of {' and '.join(UNTOUCHED)} the larger {_goal(plain, remedied)}"


def _screening(there: dict[str, list[Training]]) -> str:
    run = [arm for arm in ARMS if there.get(f"screen-{arm}")]
    if not run:
        return ""
    rows = [[arm + (" (exchanges all kinds)" if arm in EXCHANGES_ALL else ""), *figures(there[f"screen-{arm}"])] for arm in run]
    missing = [arm for arm in ARMS if arm not in run]
    return f"""### Every remedy, one seed

A look, not a finding: which plateau a training has left by then is a lottery of seeds. {f"Not run with this seed: {', '.join(missing)}." if missing else ""}

{table(["remedy", *FIGURES], rows)}"""


def _confirming(there: dict[str, list[Training]]) -> str:
    arms = [arm for arm in (PLAIN, *CHOSEN) if there.get(f"confirm-{arm}")]
    if not arms:
        return ""
    rows, lines = [], []
    for arm in arms:
        setups = of_arm(there, arm)
        for size in sorted({s.size for s in setups}):
            rows.append([arm, count(size), *figures([s for s in setups if s.size == size])])
    for arm in arms:
        lines.append(f"- *{arm}*: {_goal(of_arm(there, PLAIN), of_arm(there, arm)) if arm != PLAIN else _fall(of_arm(there, arm))}")
    return f"""### Remedies on five seeds and more

`uniform`: in a quarter of the training documents colours and cities are uniform; `{FULL}`: in all of them. *{UNTOUCHED[0]}* and *{UNTOUCHED[1]}* stay as the corpus has
them, so what becomes of these is what a remedy does beyond the kinds that it changes. `{CURRICULUM}`: the first quarter of the steps at 2x, then 8x; the documents are as
they were, so it changes no kind.

{table(["recipe", "parameters", *FIGURES], rows)}

The goal asks of the larger one: where plain overwrites at least {GOAL_FROM:.0%}, at least {GOAL_CUT:.0%} less of {" and ".join(UNTOUCHED)}, an ordinary loss at most {GOAL_LOSS:.0%}
worse, and no fall of faithfulness with size left. Reductions are resampled over seeds and facts; the losses are paired by seed.

{chr(10).join(lines)}"""


def _reached(plain: Sequence[Training], remedied: Sequence[Training]) -> str:
    """Whether the goal is reached, in words."""
    before, after = _paired(plain, remedied)
    cut, low, high = _reduction(outcomes(before, ["overwritten"], UNTOUCHED), outcomes(after, ["overwritten"], UNTOUCHED))
    if high < GOAL_CUT:
        return "The remedy does not reach its goal."
    fall = _contrast(remedied)
    if not cut >= GOAL_CUT or not (fall and fall.high < RULED_OUT) or _loss_ratio(before, after)[2] > 1 + GOAL_LOSS:
        return "A remedy was not shown."
    return "The remedy reaches its goal." if low >= GOAL_CUT else "The remedy reaches its goal by the estimate; the interval of how much less it overwrites holds less too."


def _paired(plain: Sequence[Training], remedied: Sequence[Training]) -> tuple[list[Training], list[Training]]:
    """The larger ones of the seeds that both have, in the same order."""
    both = {s.seed for s in largest(plain)} & {s.seed for s in largest(remedied)}
    before, after = ([s for s in largest(side) if s.seed in both] for side in (plain, remedied))
    return before, after


def _goal(plain: Sequence[Training], remedied: Sequence[Training]) -> str:
    """In words: how much less is overwritten, what it costs in ordinary loss, and whether a fall along the sizes is left."""
    before, after = _paired(plain, remedied)
    cut, low, high = _reduction(outcomes(before, ["overwritten"], UNTOUCHED), outcomes(after, ["overwritten"], UNTOUCHED))
    rate = outcomes(before, ["overwritten"], UNTOUCHED).mean()
    ratio, least, most = _loss_ratio(before, after)
    loss = f"{ratio:.2f} [{least:.2f}, {most:.2f}]"
    asked = "" if rate >= GOAL_FROM else f" (plain overwrites {share(rate)} there, below the {GOAL_FROM:.0%} from which the goal is asked)"
    if math.isnan(cut):
        return f"plain overwrites none, so there is nothing to remove; its ordinary loss is {loss} times plain's; {_fall(remedied)}"
    return f"overwrites {100 * cut:.0f}% [{100 * low:.0f}, {100 * high:.0f}] less{asked}; its ordinary loss is {loss} times plain's; {_fall(remedied)}"


def _loss_ratio(before: Sequence[Training], after: Sequence[Training]) -> tuple[float, float, float]:
    """How many times the ordinary loss of `before` that of `after` is, with its interval; geometric, paired by seed."""
    ratios = np.log([a.loss / b.loss for a, b in zip(after, before, strict=True)])
    reach = stats.t.ppf(0.975, len(ratios) - 1) * ratios.std(ddof=1) / math.sqrt(len(ratios)) if len(ratios) > 1 else math.inf
    return math.exp(ratios.mean()), math.exp(ratios.mean() - reach), math.exp(ratios.mean() + reach)


def _reduction(before_KD: np.ndarray, after_KD: np.ndarray) -> tuple[float, float, float]:
    """1 - after / before with its interval, seeds (the same on both sides) and facts resampled together."""
    if not before_KD.any():
        return math.nan, math.nan, math.nan
    rng, drawn = np.random.default_rng(0), []
    k, d = before_KD.shape
    for _ in range(RESAMPLES):
        at = np.ix_(rng.integers(k, size=k), rng.integers(d, size=d))
        base = before_KD[at].mean()
        drawn.append(1 - after_KD[at].mean() / base if base else math.nan)
    return (1 - after_KD.mean() / before_KD.mean(), *(float(q) for q in np.nanquantile(drawn, [0.025, 0.975])))


def _contrast(setups: Sequence[Training]) -> Contrast | None:
    """The fall of all facts kept from the smaller to the larger; None where one size was run."""
    sizes = sorted({s.size for s in setups})
    if len(sizes) < 2:
        return None
    return contrast([outcomes(at_size(setups, size), ["faithful"], (*VALUES, *RELATIONS)) for size in sizes], line_weights([float(s) for s in sizes]))


def _fall(setups: Sequence[Training]) -> str:
    found = _contrast(setups)
    return f"from the smaller to the larger the share of all facts that is kept {fall_in_words(found)}." if found else "one size was run."


def _along(there: dict[str, list[Training]]) -> str:
    stage = "confirm" if any(there.get(f"confirm-{arm}") for arm in (PLAIN, *CHOSEN)) else "screen"
    rows, n = [], 0
    for arm in ARMS:
        setups = of_arm(there, arm) if stage == "confirm" else there.get(f"screen-{arm}") or []
        for size in sorted({s.size for s in setups}):
            of = [s for s in setups if s.size == size]
            n = max(n, *(number_along(line, SET) for s in of for line in s.trace))
            cells = []
            for place in PLACES:
                at = [min(s.trace, key=lambda row, s=s: abs(row["step"] - place * s.trace[-1]["step"])) for s in of]
                kept, over = (np.mean([share_along(row, SET, o) for row in at]) for o in ("faithful", "overwritten"))
                cells.append(f"{share(float(kept))} / {share(float(over))}; {np.exp(np.mean(np.log([row['loss'] for row in at]))):.2f}")
            rows.append([arm, count(size), str(len(of)), *cells])
    if not rows:
        return ""
    return f"""### Along the training

Of {n} conflicting facts (values and relations), told back at five places: kept / overwritten; and the ordinary loss there.

{table(["recipe", "parameters", "seeds", *(f"{place:.0%} of the steps" for place in PLACES)], rows)}"""
