"""DeepEval: a metric for the share of facts kept; no model is asked. Needs deepeval (`pip install tellback[deepeval]`)."""

from __future__ import annotations

from typing import Any, Literal

from deepeval.metrics import BaseMetric
from deepeval.metrics.utils import check_llm_test_case_params
from deepeval.test_case import LLMTestCase, SingleTurnParams

from tellback.adapters.gate import gated
from tellback.audit.examine import Options, examine
from tellback.errors import UsageError

GAP = "\n\n"  # between the texts of a context


class FaithfulMetric(BaseMetric):
    """Share of the facts of a test case's `source` field that its actual output keeps, in [0, 1].

    `source`: which field holds what was summarised; of a context all texts together. It succeeds when the share is at
    least `threshold` and there is no finding of level `fail_on` (wrong | lost | nothing). Where nothing could
    be scored it raises UsageError, which DeepEval shows as the metric's error. After `measure`, `audit` holds the findings.
    """

    def __init__(
        self, threshold: float = 0.0, *, source: Literal["input", "context", "retrieval_context"] = "input",
        fail_on: str = "wrong", fast: bool = False,
    ) -> None:  # fmt: skip
        self.threshold, self.source, self.fail_on, self.fast = threshold, source, fail_on, fast
        field = SingleTurnParams(source)
        self._required_params = list(dict.fromkeys([SingleTurnParams.INPUT, SingleTurnParams.ACTUAL_OUTPUT, field]))
        self.audit = None

    def measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
        check_llm_test_case_params(test_case, self._required_params, None, None, self, None, test_case.multimodal)
        self.audit = examine(self._source(test_case), test_case.actual_output, Options(fast=self.fast))
        self.score = self.audit.score
        self.success, self.reason = gated(self.audit, self.fail_on, self.threshold)
        self.score_breakdown = {kind: score for kind, score in self.audit.scores.items() if score is not None}
        if self.score is None:
            raise UsageError(self.audit.unread or "the source holds no facts that could be scored")
        return self.score

    async def a_measure(self, test_case: LLMTestCase, *args: Any, **kwargs: Any) -> float:
        return self.measure(test_case)

    def is_successful(self) -> bool:
        return bool(self.success) and self.error is None

    def _source(self, test_case: LLMTestCase) -> str:
        given = getattr(test_case, self.source)
        return given if isinstance(given, str) else GAP.join(map(_words, given))

    @property
    def __name__(self) -> str:
        return "Faithful (tellback)"


def _words(piece: Any) -> str:
    """A retrieved text, which may stand in an object with where it was found."""
    return piece if isinstance(piece, str) else piece.context
