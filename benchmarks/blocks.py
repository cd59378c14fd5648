"""docs/audit-benchmark.md is written by several scripts: each replaces the block between its own markers and nothing else."""

from __future__ import annotations

import re

#: The blocks, in their order on the page: what people marked stands above what was planted.
BLOCKS = ("retellings", "real errors", "findings right", "peers", "planted errors")
HEAD = """# The audit beside what people would use instead

Three measures. Retellings by somebody who had not seen the audit: what it gives on a stranger's texts. The outputs of public sets,
with errors that people marked. Below them, errors planted by this project in texts that are otherwise their source: what the audit
is built to name.
"""


def with_block(page: str, name: str, block: str) -> str:
    """`page` ("": a new one) with `block` in the place of the block `name`; an absent one is put in its order."""
    assert name in BLOCKS
    begin, end = _markers(name)
    new = f"{begin}\n{block.strip()}\n{end}"
    if begin in page and end in page:
        return re.sub(f"{begin}.*?{end}", lambda _: new, page, flags=re.DOTALL)
    for later in BLOCKS[BLOCKS.index(name) + 1 :]:
        if (mark := _markers(later)[0]) in page:
            return page.replace(mark, f"{new}\n\n{mark}", 1)
    return f"{(page or HEAD).rstrip()}\n\n{new}\n"


def _markers(name: str) -> tuple[str, str]:
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
