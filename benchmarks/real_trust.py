"""How far the readings of docs/results-real.md can be trusted: planted corruptions, and findings read one by one.

    python -m benchmarks.real_trust

plants and reads anew (some minutes, SmolLM2-135M) and writes that section of the page, and no other: it stands on no study.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.real_words import number, shown, table
from tellback.analysis.statistics import wilson

PAGE = Path(__file__).parents[1] / "docs" / "results-real.md"
HEADING = "## How far the instrument can be trusted"
PER_KIND = 5  # planted texts of each kind that the likelihood reader reads


def instrument(validation: Mapping[str, Any]) -> str:
    rules, lm = validation.get("audit", validation.get("span")), validation["likelihood"]
    rows = []
    for kind, of in rules["kinds"].items():
        theirs = lm["kinds"].get(kind)
        rows.append([kind, str(of["n"]), *(shown(of[x]) for x in ("precision", "recall", "f1")),
                     *(("–", "–") if theirs is None else (str(theirs["n"]), shown(theirs["f1"])))])  # fmt: skip
    quiet = [[kind, str(of["n"]), shown(of["alarmed"]), shown(of["unscored"])] for kind, of in rules["harmless"].items()]
    missed = [f"{b['what']} {b['value']:.3f} ({b['bar']})" for b in rules["bars"] if b["passed"] is False]
    bars = f"Of the {len(rules['bars'])} bars of `validate` `audit` misses: {', '.join(missed)}." if missed else (
        f"`audit` reaches all {len(rules['bars'])} bars of `validate`.")  # fmt: skip
    agree = ", ".join(f"{name} {number(k)}" for name, k in lm["agreement"].items())
    return f"""{HEADING}

`tellback validate audit` on {rules['n_texts']} texts with one planted corruption or one harmless change each, of {rules['n_passages']} public-domain passages that \
no rule was
tuned on; `tellback validate likelihood,audit --limit {lm['limit']}` (SmolLM2-135M, float32; {lm['n_texts']} of the same texts). A finding \
counts only where its
span overlaps the planted one and is at most twice as long; any finding on an untouched fact is a false alarm. The
last columns say which texts that say the same are called wrong anywhere, and in which some fact could not be judged: no bar
limits that. `free_paraphrase` are whole sentences told anew by a writer who knew no rule; nobody read them while rules were
mended on other texts, but how often they alarm was known then: as a rate they are no longer blind.

{table(["planted", "n", "precision of audit", "recall", "F1", "n of likelihood", "F1"], rows)}

{table(["harmless change", "n", "texts alarmed by audit", "with a fact unscored"], quiet)}

{bars} False alarms of `audit`: {number(rules['alarms']['per_1000_facts'])} in 1,000 untouched facts; of `likelihood`: \
{number(lm['alarms']['per_1000_facts'], '.0f')}. Agreement of `likelihood` with other readers
(Cohen's kappa): {agree}. The likelihood reader asks values only, and an option is always its answer: it never finds that a
value is missing."""


def checked() -> str:
    """What reading findings one by one, beside source and output, gave (benchmarks/real_checked.json)."""
    read = json.loads((Path(__file__).parent / "real_checked.json").read_text(encoding="utf-8"))
    by: dict[str, list[bool]] = {}
    for finding in read["findings"]:
        by.setdefault(finding["why"], []).append(finding["holds"])
    rows = [[why, f"{sum(holds)} of {len(holds)}", shown((sum(holds) / len(holds), *wilson(sum(holds), len(holds))))]
            for why, holds in sorted(by.items())]  # fmt: skip
    right = sum(f["holds"] for f in read["findings"])
    return f"""Read one by one: {len(read["findings"])} drifted facts, {read["how"]}. {right} hold.

{table(["why it was called drifted", "rightly", "share"], rows)}

What the method drops is often the «not», a word that is easy to guess: those are true reversals. Most of what does not hold
is a denial read into words that no longer stand beside what they denied. The drifted column of `selective_context` is too
high by that share; of `random_drop` nothing was read one by one."""


def validated() -> dict[str, Any]:
    """What `tellback validate audit` and `tellback validate likelihood,audit --limit 5` print with --json."""
    from tellback.validation.validate import validate

    found = {"audit": validate("audit"), "likelihood": validate("likelihood,audit", PER_KIND)}
    return {name: {k: v for k, v in of.to_dict().items() if k != "missed"} for name, of in found.items()}


def main() -> None:
    new = instrument(validated())
    text, n = re.subn(rf"^{re.escape(HEADING)}$.*?(?=^## )", lambda _: f"{new}\n\n", PAGE.read_text(encoding="utf-8"), count=1, flags=re.M | re.S)
    assert n == 1, f"{PAGE} has no section {HEADING!r}"
    PAGE.write_text(text, encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
