"""docs/results-real.md and its figure: the finished study `real` as a document. Every number in it is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.real_figure import drawing
from benchmarks.real_results import Results
from benchmarks.real_trust import checked, instrument
from benchmarks.real_words import FEW, correlations, few, label, number, overwriting_in_words, shown, table
from tellback.analysis.statistics import Interval
from tellback.models.belief import ABOVE_CHANCE
from tellback.store import StudyFolder

OUTCOMES = ("faithful", "drifted", "overwritten", "replaced", "missing", "unscored")
NOT_RUN = {
    "llmlingua2": "it needs its classifier from the hub",
    "kvpress": "it keeps a part of the decoder's cache and no text, and a decoder that was never taught to tell back says "
    "nothing of one",
}
OVERLAPS = {"rouge_l": "ROUGE-L", "chrf": "chrF"}


def page(
    folder: StudyFolder, readers: Mapping[str, Any], beliefs: Mapping[str, Any], validation: Mapping[str, Any], figure: str
) -> tuple[str, str]:
    """(the document, its figure as SVG)."""
    r = Results(folder)
    parts = [
        _head(r), _short(r), _sets(r), _beliefs(beliefs), _readers(r, readers), _qa_i(r), _overlap(r, figure), _facts(r), _qa_ii(r),
        instrument(validation), _limits(r), "",
    ]  # fmt: skip
    return "\n\n".join(parts), drawing(r)


# -- sections ------------------------------------------------------------------------------------------------------


def _head(r: Results) -> str:
    skipped = "".join(f"\n\n**Left out:** {name}: {why}" for name, why in r.corpus["skipped"].items())
    failed = f"\n\n**Not run yet:** {', '.join(r.absent)}; the command above goes on with them." if r.absent else ""
    commits = ", ".join(sorted({row["commit"] for row in r.rows if row["commit"]}))
    return f"""# The field's benchmarks, told back

Written by `benchmarks/real.py`; do not edit. To run it again (a few hours on two cores; killed, it goes on):

```console
$ python -m benchmarks.real --data DIR     # the folder with the benchmarks' files; without --data from the hub
```

Every compressor that needs no training writes a shorter text of the same documents; {r.identity['decoder']} \
(SmolLM2-135M-Instruct, bfloat16) is
compressor and reader. QA(i) asks values (knowledge overwriting), QA(ii) who did what, negation and order (semantic
drift), as in arXiv 2602.09789. `identity` is the source itself: the ceiling of the reader. `no_memory` is its belief. Seed
{r.spec.seeds[0]}; in brackets 95%, documents resampled; n is the number of probes. Readings of commit {commits}; the words of this page may be later.{skipped}{failed}"""


def _short(r: Results) -> str:
    """What the tables below say, each number taken from them."""
    facts = [f"{s}-facts" for s in r.sets]
    two = [row for row in r.compressed if row["rate"] == min(x["rate"] for x in r.compressed)]
    rate = f"{two[0]['rate']:g}x"
    over = [(label(row), r.overlap(row["setup"], r.sets, "rouge_l"), r.share(row["setup"], facts, "told", "qa_i", "faithful"),
             r.share(row["setup"], facts, "told", "qa_ii", "faithful")) for row in two]  # fmt: skip
    lines = [
        f"- {name}: ROUGE-L {shown(overlap)}, values kept {shown(*values)}, relations kept {shown(*relations)}."
        for name, overlap, values, relations in over
    ]
    apart = max(over, key=lambda o: (o[1][0] or 0) - (o[3][0][0] or 0))
    silent = [s for s in r.sets if s in r.corpus["by_options"] and not _tells(r, s)]
    told = [s for s in r.sets if s in r.corpus["by_options"] and _tells(r, s)]
    words = [
        "## In short", f"Over the five sets together, at {rate}:" if len(r.sets) == 5 else f"Over {len(r.sets)} sets together, at {rate}:",
        "\n".join(lines),
        f"Surface overlap and facts part furthest for {apart[0]}: ROUGE-L {apart[1][0]:.2f}, relations kept {apart[3][0][0]:.2f}.",
    ]  # fmt: skip
    if silent:
        words.append(
            f"Of {', '.join(silent)} this reader can say nothing: with the whole source before it, it is no more often right "
            f"than with another document's source. What it says of {', '.join(told) or 'none of the others'} means something."
        )
    return "\n\n".join(words)


def _floor(r: Results, name: str, asks: str = "qa_i") -> tuple[Interval, int]:
    return r.share(r.identity["setup"], [name], "shuffled", asks, "faithful")


def _tells(r: Results, name: str, asks: str = "qa_i") -> bool:
    (_, low, _), _ = r.share(r.identity["setup"], [name], "told", asks, "faithful")
    (floor, _, _), _ = _floor(r, name, asks)
    return low is not None and floor is not None and low > floor


def _sets(r: Results) -> str:
    asked = r.probes[r.identity["setup"]]
    rows = []
    for name in r.sets:
        own = asked[(asked["set"] == name) & (asked.reading == "told")]
        docs = r.documents[r.identity["setup"]]
        texts = docs[docs["set"] == name]
        believed = own.believed.notna()
        left = "; ".join(f"{n} x {why}" for why, n in r.corpus["left_out"].get(name, {}).items()) or "none"
        k = sorted({int(x) for x in own.n_options})
        rows.append([
            name, r.corpus["origin"][name], str(len(texts)), f"{texts.source.str.split().str.len().mean():.0f}", str(len(own)),
            " to ".join(map(str, k if len(k) < 3 else (k[0], k[-1]))), f"{believed.sum()} / {(~believed).sum()}",
            str(int(own.conflicts.sum())), "options" if name in r.corpus["by_options"] else "words", left,
        ])  # fmt: skip
    note = (
        "Questions of which no belief exists never count as overwritten. ConflictQA's own memory_answer is another model's "
        "and is not used. C4's questions are clozes: a sentence of the page up to one of its values, against values of the "
        "same kind from other pages. ConflictQA strategyQA has two options, so that no share of overwriting can be set against chance there."
    )
    head = ["set", "file or repository", "texts", "words a text", "questions", "options", "belief exists / not",
            "source goes against it", "read by", "rows left out"]  # fmt: skip
    return "## What was asked\n\n" + table(head, rows) + "\n\n" + note


def _beliefs(beliefs: Mapping[str, Any]) -> str:
    rows = [[name, what, shown((c["right"], c["low"], c["high"]), c["n"]), number(c["chance"])]
            for name, of in beliefs.items() for what, c in of.items()]  # fmt: skip
    return f"""## What the reader believes

Its belief is the option that a question raises most over its bare place, without any text. It exists where it exceeds chance
by {ABOVE_CHANCE} among the options and is the likeliest by mean log-probability a token too. Whether that means anything, on
further texts that say what is so: how often the likeliest option is what the text says, where a belief exists and where it
does not.

{table(["set", "belief", "right", "chance"], rows)}"""


def _readers(r: Results, readers: Mapping[str, Any]) -> str:
    rows = []
    for name, readings in readers.items():
        for reading, of in readings.items():
            cells = [shown((c["right"], c["low"], c["high"])) + (f" ({c['unscored']} unscored)" if c["unscored"] else "")
                     for c in of.values()]  # fmt: skip
            rows.append([name, reading, str(next(iter(of.values()))["n"]), *cells])
    head = ["set", "reading", "n", "right with the source", "with another document's", "without text"]
    return f"""## Which reader can tell

On up to 25 texts of each set that the study does not ask, so that no reader is chosen on what it is used for. A reader is
worth something where it is right with the source and at chance with another document's.

{table(head, rows)}

So sets whose answers stand in no words that could be looked up (read by «options» above) are read by `likelihood-gain`:
by how much a text raises each option over the bare question. Of a text that says nothing it says nothing: unscored. A
printed list of options (`likelihood-listed`, every cyclic order averaged) is beyond a model of this size. SQuAD and C4
are read by `cues`, which looks up the values by their words."""


def _qa_i(r: Results) -> str:
    rows = []
    for name in r.sets:
        (floor, low, high), n = _floor(r, name)
        for row in r.rows:
            reading = "asked" if row["compressor"] == "no_memory" else "told"
            kept, n_asked = r.share(row["setup"], [name], reading, "qa_i", "faithful")
            each = [r.share(row["setup"], [name], reading, "qa_i", o)[0][0] for o in OUTCOMES[1:]]
            over, n_wrong, chance = r.belief_share(row["setup"], [name]) if reading == "told" else ((None,) * 3, 0, None)
            asked, _ = r.share(row["setup"], [name], "asked", "qa_i", "faithful")
            rows.append([name, label(row), shown(kept, n_asked), *map(number, each),
                         f"{few(over, n_wrong)} / {number(chance)}" if n_wrong else "–",
                         shown(asked) if reading == "told" else "–"])  # fmt: skip
        if name in r.corpus["by_options"]:
            rows.append([name, "*another document's source*", shown((floor, low, high), n), *["–"] * 7])
    together = [(label(row), *found) for row in r.rows for found in [r.belief_share(row["setup"], r.sets)] if found[1]]
    wrong = [[name, few(over, n), number(chance)] for name, over, n, chance in together]
    head = ["set", "memory", "faithful", *OUTCOMES[1:], "overwritten / (overwritten + replaced), against chance",
            "faithful when the memory is asked"]  # fmt: skip
    return f"""## QA(i): knowledge overwriting

Read from the told-back text. `no_memory` is what the LM answers without any text; *another document's source* is the floor
of a reader that must choose an option. The last column is the question put to the memory itself, answered in words and read
by `cues`; the one before it is over questions with at least four options whose source goes
against a belief: the share of wrong answers that are the belief, and what it would be if wrong answers were drawn blindly,
1 / (k - 1). † of fewer than {FEW} answers: its interval says next to nothing.

{table(head, rows)}

All sets together, wrong answers to questions of at least four options whose source goes against a belief:

{table(["memory", "overwritten / (overwritten + replaced)", "chance"], wrong)}

{overwriting_in_words([found[1:] for found in together])}"""


def _overlap(r: Results, figure: str) -> str:
    rows = []
    for row in r.compressed:
        for name in r.sets:
            rows.append([label(row), name, *(shown(r.overlap(row["setup"], [name], m)) for m in OVERLAPS),
                         shown(*r.share(row["setup"], [name], "told", "qa_i", "faithful")),
                         shown(*r.share(row["setup"], [f"{name}-facts"], "told", "qa_i", "faithful")),
                         shown(*r.share(row["setup"], [f"{name}-facts"], "told", "qa_ii", "faithful"))])  # fmt: skip
    kept = (("QA(i)", "", "qa_i"), ("values", "-facts", "qa_i"), ("relations", "-facts", "qa_ii"))
    figures = [
        (name, row["rate"], r.overlap(row["setup"], [name], "rouge_l")[0],
         {what: r.share(row["setup"], [name + ending], "told", asks, "faithful")[0][0] for what, ending, asks in kept})
        for row in r.compressed for name in r.sets
    ]  # fmt: skip
    head = ["memory", "set", *OVERLAPS.values(), "QA(i) faithful", "values kept", "relations kept"]
    return f"""## Surface overlap against what was kept

![Share kept against ROUGE-L, one panel a set]({figure})

{table(head, rows)}

{correlations(figures)}"""


def _facts(r: Results) -> str:
    facts = [f"{s}-facts" for s in r.sets]
    rows = []
    for asks, what in (("qa_i", "values"), ("qa_ii", "relations")):
        for row in [x for x in r.rows if x["compressor"] != "no_memory"]:
            kept, n = r.share(row["setup"], facts, "told", asks, "faithful")
            rows.append([what, label(row), shown(kept, n),
                         *(number(r.share(row["setup"], facts, "told", asks, o)[0][0], ".3f") for o in OUTCOMES[1:]),
                         number(r.share(row["setup"], facts, "told", asks, "faithful", "unscored")[0][0])])  # fmt: skip
    return f"""## Every fact that the texts state

All sets together: every value (numbers, dates, names, identifiers, quotes) and every relation (who did what to whom,
negation, order, quantifiers, attribution) that `tellback audit` reads out of the sources, and what it finds of each in the
told-back text. Its errors on fluent English are below. Where a method drops single words (`selective_context`,
`random_drop`) the text is no fluent English any more: of a sentence run together from several no exchange of places is
concluded, and one of which too little is left is unscored: the last column is what would be kept if all of those were, so that the
share kept lies between the two.

{table(["facts", "memory", "faithful", *OUTCOMES[1:], "faithful at most"], rows)}

{checked()}"""


def _qa_ii(r: Results) -> str:
    rows = []
    pairs = [f"{s}-relations" for s in r.sets if f"{s}-relations" in r.corpus["origin"]]
    for row in r.rows:
        name = label(row)
        for which, sets in [("all", pairs), *((s.removesuffix("-relations"), [s]) for s in pairs)]:
            told, n = r.share(row["setup"], sets, "asked" if row["compressor"] == "no_memory" else "told", "qa_ii", "faithful")
            other, _ = r.share(row["setup"], sets, "shuffled", "qa_ii", "faithful")
            if which == "all" or row["compressor"] in ("identity", "no_memory"):
                rows.append([name, which, shown(told, n), shown(other)])
    silent = "".join(f"\n\nOf {s} nothing can be said: with its own text the reader is not clearly more often right than with another's."
                     for s in pairs if not _tells(r, s, "qa_ii"))  # fmt: skip
    return f"""## QA(ii) as a question: a sentence against its twin

One sentence of a text against the same sentence with its roles exchanged or its verb denied; half of the texts say the
twin. Two options, so chance is 0.5; `likelihood-gain` says which of the two the told-back text raises more. Here a text
that dropped the sentence is a guess, while the table above calls it missing.

{table(["memory", "set", "right", "with another document's text"], rows)}{silent}"""


def _limits(r: Results) -> str:
    run = {row["compressor"] for row in r.rows}
    absent = "\n".join(f"- `{name}` was not run: {why}." for name, why in NOT_RUN.items() if name not in run)
    return f"""## What this does not say

- One reader of 135M parameters. Its ceiling is the `identity` row of each set; where that lies at the floor, nothing can
  be said of any method there. It asks and it compresses: `llm_summary` and `copy_paste` are as good as it is, no better.
- One seed, and 60 rows a set: differences within the intervals are none. Documents are paired across methods, the
  intervals above are not of differences.
- Size is not varied here: these figures say nothing about the size-fidelity paradox.
- `likelihood-gain` takes the reader's own belief out of its answers on purpose. What is overwritten by its reading was
  overwritten by more than a liking for the usual; `SET@told-likelihood` in the study's results keeps the belief in.
{absent}"""
