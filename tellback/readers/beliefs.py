"""Which replaced facts are what a model believes: then the compressor has overwritten the source, not just erred.

A belief is measured without the source: the words that lead up to the value, and after them the likelihood of the
source's value, of the output's, and of other values of the same kind, so that a guess seldom hits.
"""

from __future__ import annotations

from tellback.audit.findings import Audit
from tellback.readers.asked import scorer
from tellback.readers.audit import LEAST, options, split_by

__all__ = ["LEAST", "options", "split", "split_by"]


def split(audit: Audit, model: str) -> Audit:
    """`audit` with those replaced facts as overwritten whose new value `model` holds for likeliest of the options.

    Facts for which there are not LEAST options stay replaced, and say so.
    """
    return split_by(audit, scorer(model), model) if any(f.outcome == "replaced" for f in audit.facts) else audit
