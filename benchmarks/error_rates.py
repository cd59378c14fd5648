"""The audit's own error rates, measured, as the audit shows them beside each kind of finding.

    python -m benchmarks.error_rates

writes tellback/audit/error_rates.json, with a hash of what was measured, and the output of the example in docs/audit.md,
which shows these rates. It takes about two minutes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tellback.audit import rates
from tellback.language.light import import_spacy

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


def main() -> None:
    import_spacy()
    from tellback.readers.audit import AuditReader
    from tellback.validation.fingerprint import fingerprint
    from tellback.validation.rates import error_rates

    content = {"measured": fingerprint()} | error_rates(AuditReader.for_validation())
    target = Path(rates.__file__).with_name("error_rates.json")
    text = json.dumps(content, indent=1)
    text = re.sub(r"\[\s+([^\[\]]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)  # a share on one line
    target.write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(with_output(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(target, PAGE, sep="\n")


if __name__ == "__main__":
    main()
