"""LLMLingua: what its compressed prompt lost. Works on what `PromptCompressor.compress_prompt` returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tellback.audit import Audit
from tellback.audit.examine import Options, examine
from tellback.errors import UsageError


def audit_compressed(context: str | Sequence[str], result: Mapping[str, Any], *, fast: bool = False) -> Audit:
    """The audit of `result` of compress_prompt(context, ...).

    `context` is what was given to it: one text, or a list of texts, which are joined by empty lines. Instruction and
    question, which compress_prompt puts around the context, should not be part of it. Raises UsageError when `result`
    has no "compressed_prompt".
    """
    if "compressed_prompt" not in result:
        raise UsageError(f"expected what compress_prompt returned, with \"compressed_prompt\"; got {sorted(result)}.")  # fmt: skip
    source = context if isinstance(context, str) else "\n\n".join(context)
    return examine(source, str(result["compressed_prompt"]), Options(fast=fast))
