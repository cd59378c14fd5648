"""What the outputs of a support model mean, by the names of its labels.

Trained models name them in many ways: entailment / neutral / contradiction, entailment / not_entailment, supported, consistent,
hallucinated, or not at all. Where two classes have no names, 1 is «supported» of a claim (so MiniCheck) and «unsupported» of a
token (so LettuceDetect).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tellback.errors import UsageError

SUPPORTED = frozenset(
    "entailment entail entails entailed supported support supports consistent faithful factual grounded correct yes true".split()
)
WRONG = frozenset(
    "notentailment nonentailment notentailed unsupported notsupported nosupport inconsistent unfaithful nonfactual hallucinated "
    "hallucination ungrounded incorrect no false contradictionorneutral".split()
)
CONTRADICTED = frozenset(
    "contradiction contradict contradicts contradictory contradicted refuted refutes refute".split()
)


@dataclass(frozen=True)
class Columns:
    """Which logit says what; None: none does. Of one logit alone the sigmoid counts, `turned` where it says the contrary."""

    supported: int | None
    wrong: int | None = None
    contradicted: int | None = None
    turned: bool = False

    def probabilities(self, logits_NC: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """(probability of support [N], of contradiction [N] or None)."""
        logits_NC = logits_NC.astype(np.float64)
        if logits_NC.shape[-1] == 1:
            p_N = 1 / (1 + np.exp(-np.clip(logits_NC[..., 0], -60, 60)))
            return (1 - p_N if self.turned else p_N), None
        shifted_NC = np.exp(logits_NC - logits_NC.max(-1, keepdims=True))
        p_NC = shifted_NC / shifted_NC.sum(-1, keepdims=True)
        supported_N = p_NC[..., self.supported] if self.supported is not None else 1 - p_NC[..., self.wrong]
        return supported_N, None if self.contradicted is None else p_NC[..., self.contradicted]


def columns(names: Mapping[int, str], n: int, tokens: bool, model: str) -> Columns:
    """What each of `n` logits means, of a token (`tokens`) or of the whole claim. Raises UsageError where names do not tell."""
    plain = {i: re.sub(r"[^a-z]", "", names.get(i, "").lower()) for i in range(n)}
    of = {what: next((i for i, name in plain.items() if name in words), None)
          for what, words in (("supported", SUPPORTED), ("wrong", WRONG), ("contradicted", CONTRADICTED))}  # fmt: skip
    if n == 1:
        return Columns(0, turned=of["wrong"] is not None or of["contradicted"] is not None)
    if of["supported"] is not None or (n == 2 and of["wrong"] is not None):
        return Columns(**of)
    if n == 2 and of["contradicted"] is not None:
        return Columns(None, of["contradicted"])
    if n == 2 and all(name in ("", "label") for name in plain.values()):
        return Columns(0, 1) if tokens else Columns(1, 0)
    raise UsageError(
        f"model {model!r}: none of its {n} labels ({', '.join(names.get(i, str(i)) for i in range(n))}) says that a claim is "
        f"supported. Expected an NLI or support model, with id2label in its config.json such as "
        f'{{"0": "contradiction", "1": "neutral", "2": "entailment"}}.'
    )
