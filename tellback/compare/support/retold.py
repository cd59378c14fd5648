"""Where an output tells its source in words of its own: what is new there may follow from the source.

A reader sums, subtracts and counts in a sentence of his own («in all», «a fortnight later»), and no list of such sums ends. So a value
that the source lacks is only doubtful in such a sentence, where it may follow from the source's numbers at all (values/follows.py).
The share was chosen on sets 6 to 9 of `benchmarks/retold`; on sets 10 and 11, which nobody had seen, it takes 33 of 47 new values of
right outputs and 1 of 6 of wrong ones, and of those that people called wrong in FRANK 14 of 58, in SummEdits 7 of 36.
"""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.support.claims import Claim
from tellback.records import Span

RETOLD = 0.4  # share of a sentence's content words that the nearest sentences lack
STRANGE = 0.95  # from here on it tells nothing that the source holds


def is_retold(found: Sequence[Claim], span: Span) -> bool:
    """Whether the sentence of the output that holds `span` tells something of the source in words of its own."""
    claim = next((c for c in found if c.span[0] <= span[0] < c.span[1]), None)
    return claim is not None and RETOLD <= len(claim.lacking) / len(claim.words) < STRANGE
