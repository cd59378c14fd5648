"""Of the section on trainings that stop early: whose prior is told, and the curriculum at full length."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.early import CELLS, CONFIRMED, CURRICULUM, OTHER_DECODERS, OTHER_SIZES, PLAIN, PRIORS, WHOLE, model
from benchmarks.early_trainings import FIGURES, Training, cell, figures, largest, of_arm, outcomes, stuck
from benchmarks.powered_sections import RELATIONS, SET, VALUES, table
from tellback.config import read_study
from tellback.display.words import count, share
from tellback.report.groups import Group

LM = {"believes": "believes the usual", "free": "pretrained on uniform values"}
DOCUMENTS = {"corpus": "as the corpus", "uniform": "uniform"}
READ_BY = {"along": "trained along", "frozen": "frozen", "larger": "four times larger, trained along"}


def sections(there: dict[str, list[Training]], primary: Sequence[Group]) -> list[str]:
    """Whose prior, and the curriculum at full length beside the trainings of `primary`, as Markdown; "" for what was not run."""
    return [_priors(there), _whole(there.get(f"whole-{CURRICULUM}") or [], primary)]


def _priors(there: dict[str, list[Training]]) -> str:
    rows = []
    for decoder in ("along", *OTHER_DECODERS):
        of = {key: _cell_of(there, key, decoder) for key in CELLS}
        if not any(setups for key, setups in of.items() if decoder != "along" or key in PRIORS):
            continue
        for (lm, values), setups in of.items():
            read = figures(setups) if setups else ["not run", *["-"] * (len(FIGURES) - 1)]
            rows.append([READ_BY[decoder], LM[lm], DOCUMENTS[values], *read])
    if not rows:
        return ""
    sized = [
        [READ_BY["along"] + f", {count(found[0].size)}", LM[lm], DOCUMENTS[values], *figures(found)]
        for size in OTHER_SIZES for lm, values in CELLS if (found := _at_size(there, (lm, values), size))
    ]  # fmt: skip
    rows = rows[: len(CELLS)] + (sized if any(_at_size(there, key, size) for size in OTHER_SIZES for key in PRIORS) else []) + rows[len(CELLS) :]
    absent = [READ_BY[d] for d in OTHER_DECODERS if not any(_cell_of(there, key, d) for key in CELLS)]
    left = f" Not run: the decoder {' and '.join(absent)}." if absent else ""
    return f"""### Whose prior?

The decoder that reads, times the compressor's LM, times the values of the training documents; the larger size of the remedies where no other is named, {CONFIRMED.stop - CONFIRMED.start} seeds wanted (of the first row more
were read). Every decoder believes the usual before it is trained.{left}

{table(["decoder", "compressor's LM", "training values", *FIGURES], rows)}{"".join(_in_words(there, decoder, lead) for decoder, lead in LEADS.items())}{_at_sizes(there)}"""


#: Decoder -> how the sentence about it begins.
LEADS = {"frozen": "A frozen decoder keeps what it believes;", "larger": "A decoder four times larger, trained along, believed the usual too before that;"}


def _in_words(there: dict[str, list[Training]], decoder: str, lead: str) -> str:
    """In words, what another decoder tells, by the values of the training documents."""
    usual, uniform = (_cell_of(there, ("believes", values), decoder) for values in ("corpus", "uniform"))
    if not usual or not uniform:
        return ""
    free = [_cell_of(there, ("free", values), decoder) for values in ("corpus", "uniform")]
    every = [*usual, *uniform, *free[0], *free[1]]
    stuck_in = sum(stuck(s, VALUES) for s in every)
    without = f" Of a compressor whose LM believes nothing it tells {cell(free[0], ['overwritten'], VALUES)} and {cell(free[1], ['overwritten'], VALUES)} so." if all(free) else ""
    return (
        f"\n\n{lead} of the values that go against that, {cell(usual, ['overwritten'], VALUES)} are told as the usual one where the compressor was trained on "
        f"documents as the corpus has them, and {cell(uniform, ['overwritten'], VALUES)} where on uniform ones.{without} {stuck_in} of these {len(every)} trainings sit on the plateau of values."
    )


def _at_size(there: dict[str, list[Training]], key: tuple[str, str], size: str) -> list[Training]:
    """The trainings of a cell at another size than the largest of the remedies, the decoder trained along."""
    found = there.get("-".join(("prior", size, *key))) or []
    return found or ([] if key in PRIORS else [s for s in of_arm(there, PLAIN) if s.model == model(size).name])


def _at_sizes(there: dict[str, list[Training]]) -> str:
    """In words, at each other size, what the LM that believes the usual tells by the values of the training documents."""
    said = []
    for size in OTHER_SIZES:
        usual, uniform = (_at_size(there, ("believes", values), size) for values in ("corpus", "uniform"))
        if usual and uniform:
            said.append(f"at {count(uniform[0].size)} {cell(usual, ['overwritten'], VALUES)} with the usual documents and {cell(uniform, ['overwritten'], VALUES)} with uniform ones")
    return f"\n\nAt other sizes the LM that believes the usual overwrites: {'; '.join(said)}." if said else ""


def _cell_of(there: dict[str, list[Training]], key: tuple[str, str], decoder: str) -> list[Training]:
    if decoder != "along":
        return there.get("-".join(("prior", *key, decoder))) or []
    return there.get("-".join(("prior", *key))) or [] if key in PRIORS else largest(of_arm(there, PLAIN))


def _whole(remedied: Sequence[Training], primary: Sequence[Group]) -> str:
    """Kind by kind, what the curriculum keeps at the primary's length, beside the primary's own trainings of that size and those seeds."""
    if not remedied:
        return ""
    size, seeds = remedied[0].size, {s.seed for s in remedied}
    group = min(primary, key=lambda g: abs(math.log(g.size / size)), default=None)
    plain = [s for s in group.setups if s.row["seed"] in seeds] if group else []
    rows = []
    for kind in (*VALUES, *RELATIONS):
        before = [found["faithful"] for s in plain if (found := s.details["qa_by_kind"][SET].get(kind)) and found["n"]]
        lost = (sum(kind in s.details["gate"]["lost_kinds"] for s in plain), sum(kind in s.lost_kinds for s in remedied))
        kept = (float(np.mean(before)) if before else math.nan, float(outcomes(remedied, ["faithful"], [kind]).mean()))
        rows.append([kind, *(f"{'-' if math.isnan(k) else share(k)}, lost by {n} of {of}" for k, n, of in zip(kept, lost, (len(plain), len(remedied)), strict=True))])
    losses = [float(np.exp(np.mean(np.log(found)))) if found else math.nan
              for found in ([s.row["reconstruction_loss"] for s in plain], [s.loss for s in remedied])]  # fmt: skip
    rows.append(["*ordinary loss*", *("-" if math.isnan(loss) else f"{loss:.4f}" for loss in losses)])
    return f"""### The curriculum at the primary study's length

The first quarter of all {read_study("pocket-size").train.steps:,} steps at 2x; {count(size)}, {len(seeds)} of {WHOLE} seeds wanted. Beside it the plain trainings of the primary study of that size and these seeds: facts that go
against belief that are kept, and how many trainings lost the kind.

{table(["kind", "plain", CURRICULUM], rows)}"""

