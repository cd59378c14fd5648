"""The audit's own error rates, from its validation, as the audit shows them beside each kind of finding.

    tellback validate span --json > validation.json
    python -m benchmarks.error_rates validation.json

writes tellback/auditing/error_rates.json. A replaced value is counted by its type; what was planted as an identifier
stands for every kind of identifier, places for names.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tellback.auditing import rates
from tellback.text.identifiers import IDENTIFIERS

TYPES = {"date": ["date"], "money": ["money"], "number": ["number"], "percent": ["percent"], "time": ["time"],
         "name": ["name"], "identifier": [*IDENTIFIERS]}  # fmt: skip
RELATIONS = ("roles", "negation", "order")


def main(path: Path) -> None:
    validation = json.loads(path.read_text(encoding="utf-8"))
    out = {}
    measured = [(validation["types"].get(kind), names) for kind, names in TYPES.items()]
    measured += [(validation["kinds"].get(kind), [kind]) for kind in RELATIONS]
    for figures, names in measured:
        for name in names if figures else ():
            of = {k: figures[k] and round(figures[k][0], 3) for k in ("precision", "recall")}
            out[name] = of | {"n": figures["n"]}
    target = Path(rates.__file__).with_name("error_rates.json")
    target.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
