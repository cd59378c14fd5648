"""promptfoo: a Python assertion that holds the model's output against a variable of the test. Needs nothing but tellback.

# faithful.py, beside promptfooconfig.yaml
from tellback.adapters.promptfoo import get_assert

# promptfooconfig.yaml
assert:
  - type: python
    value: file://faithful.py
    config: {source: document, fail_on: wrong, at_least: 0.9}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tellback.adapters.gate import gated
from tellback.audit.examine import Options, examine
from tellback.errors import UsageError

SETTINGS = ("source", "fail_on", "at_least", "fast")


def get_assert(output: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """promptfoo's GradingResult: pass, the share of facts kept as score, the reason, and named scores by kind of fact.

    `context["config"]` may name the variable that holds the source (default "source"), the level of finding that fails
    (fail_on: wrong | lost | nothing), the least share of facts kept (at_least), and `fast`. Of an output that is JSON
    the values are read. Where nothing could be scored it does not pass, and 0 stands for the score that promptfoo wants.
    """
    config, variables = context.get("config") or {}, context.get("vars") or {}
    if unknown := sorted(set(config) - set(SETTINGS)):
        raise UsageError(f"config: expected some of {', '.join(SETTINGS)}; got {', '.join(unknown)}.")
    name = config.get("source", "source")
    if name not in variables:
        raise UsageError(f"the test has no variable {name!r} to take the source from. It has: {sorted(variables)}.")
    audit = examine(_text(variables[name]), _text(output), Options(fast=config.get("fast", False)))
    passed, why = gated(audit, config.get("fail_on", "wrong"), config.get("at_least"))
    named = {kind: score for kind, score in audit.scores.items() if score is not None}
    return {"pass": passed, "score": audit.score or 0.0, "reason": why, "named_scores": named}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "\n".join(_values(value))


def _values(value: Any) -> Iterator[str]:
    """Every value of a JSON object or list, as «name: value» where it has a name."""
    for name, one in value.items() if isinstance(value, dict) else ((None, one) for one in value):
        if isinstance(one, dict | list):
            yield from _values(one)
        elif one is not None:
            yield f"{name}: {one}" if name else str(one)
