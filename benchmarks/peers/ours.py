"""The audit on the pairs of the peers, in the peers' form."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.peers.tools import Answer, Said
from tellback.audit.examine import Options, examine, source_of_row

OURS = "tellback audit"


def audited(pairs: Sequence[Mapping[str, Any]]) -> list[Answer | None]:
    """Messages are read as a transcript, where a pair has them. What the audit cannot tell is no finding."""
    options, out = Options(), []
    examine("Ada left.", "Ada left.", options)  # the parser is loaded before the clock runs
    for pair in pairs:
        begun = time.process_time()
        found = examine(source_of_row(pair.get("messages") or pair["source"], options), pair["output"], options)
        said = tuple(Said(f.level, f.source, f.output) for f in found.findings if f.level in ("wrong", "lost"))
        out.append(Answer(said, time.process_time() - begun, found.risk))
    return out
