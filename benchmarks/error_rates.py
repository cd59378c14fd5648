"""The audit's own error rates, from its validation, as the audit shows them beside each kind of finding.

    tellback validate span --json > validation.json
    python -m benchmarks.error_rates validation.json

writes tellback/audit/error_rates.json, and the output of the example in docs/audit.md, which shows these rates. A
replaced value is counted by its type; what was planted as an identifier stands for every kind of identifier, places for
names.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tellback.audit import rates
from tellback.facts.kinds.table import named

TYPES = {"date": ["date"], "money": ["money"], "number": ["number"], "percent": ["percent"], "time": ["time"],
         "name": ["name"], "identifier": [*named("identifier")]}  # fmt: skip
RELATIONS = ("roles", "negation", "order")
PAGE = Path(__file__).parent.parent / "docs" / "audit.md"
FILES = re.compile(r"^`(\S+)`:\n\n```text\n(.*?)```", re.M | re.S)
EXAMPLE = re.compile(r"(```console\n\$ tellback (audit handover.*?)\n)(.*?)(```)", re.S)


def with_output(page: str) -> str:
    """The page with what its example prints now."""
    found = EXAMPLE.search(page)
    assert found is not None, "docs/audit.md has no example"
    with tempfile.TemporaryDirectory() as folder:
        for name, content in FILES.findall(page):
            Path(folder, name).write_text(content, encoding="utf-8")
        run = [sys.executable, "-m", "tellback", *found[2].split()]
        printed = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False).stdout
    shown = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return page[: found.start(3)] + shown + page[found.end(3) :]


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
    PAGE.write_text(with_output(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(target, PAGE, sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
