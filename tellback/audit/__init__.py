"""The audit: (source, output) pairs in, findings out; no model, no network, no torch.

A source is read into facts, an output too; each fact of the source gets one outcome, in the vocabulary and precedence
of the study (records.OUTCOMES), and each hard fact of the output that the source does not hold, and that replaces none
of its facts, is `invented`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from tellback.audit.findings import INVENTED, Audit, Finding
from tellback.audit.texts import audit

__all__ = ["INVENTED", "Audit", "Finding", "audit"]


def _notebook(self: Audit) -> str:
    """What a notebook shows of an audit."""
    from tellback.audit.page import notebook

    return notebook(self)


#: Hung on here, so that what an audit is does not import how it is shown.
Audit._repr_html_ = _notebook  # type: ignore[attr-defined]


class _Callable(ModuleType):
    """`tellback.audit(source, output)` calls the function that this module is named after."""

    def __call__(self, *args: Any, **kwargs: Any) -> Audit:
        return audit(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
