"""LLMLingua-2: a token classifier says of each word whether it is kept. An adapter of the package `llmlingua`.

Paper: LLMLingua-2 (arXiv 2403.12968); the code is Microsoft's own (llmlingua 0.2.2, `PromptCompressor`). Different: its
target counts GPT-3.5's tokens and is met roughly; here the whole percentage that it is asked for is the largest whose
text fits n_slots tokens of the decoder, found by bisection. Its defaults are kept, so digits are not reserved unless
`reserve_digits` says so. What the package does by the way is kept out: no code from the hub is run, and the random
states that it seeds are put back. It downloads GPT-3.5's vocabulary when it starts (the package tiktoken, from the
network or from TIKTOKEN_CACHE_DIR), and it knows its two tokenizers by the model's name alone, so a path has to hold
«xlm-roberta-large» or «bert-base-multilingual-cased».
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from pydantic import Field

from tellback.compressors.base import Options
from tellback.compressors.text_method import OneByOne
from tellback.compressors.units import cut
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM

FAMILIES = ("xlm-roberta-large", "bert-base-multilingual-cased")
INSTALL = "pip install 'tellback[llmlingua]'"


class LLMLingua2Options(Options):
    model: str = Field(
        "microsoft/llmlingua-2-xlm-roberta-large-meetingbank", description="token classifier, by hub name or path"
    )
    reserve_digits: bool = Field(False, description="keep every word that holds a digit (force_reserve_digit)")
    reserve: tuple[str, ...] = Field((), description="tokens that are always kept (force_tokens)")


class LLMLingua2(OneByOne):
    """Drops the words that LLMLingua-2's classifier finds dispensable (trained elsewhere, text to text)."""

    name = "llmlingua2"
    Options = LLMLingua2Options

    def __init__(self, lm: LM, decoder: Decoder, rate: float | None, options: LLMLingua2Options, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        if not any(family in options.model for family in FAMILIES):
            raise UsageError(
                f"llmlingua2: expected a model whose name or path holds {' or '.join(FAMILIES)}, for the package knows its "
                f"tokenizers by name; got {options.model!r}. Rename the folder."
            )
        self.prompt_compressor = load(options.model, lm.model.device.type)

    def shorten_one(self, text: str, budget: int, query: str | None) -> str:
        low, high, best, least = 1, 99, "", text  # per cent; what is kept grows with it
        while low <= high:
            percent = (low + high) // 2
            kept = self.prompt_compressor.compress_prompt(
                [text], rate=percent / 100, force_tokens=list(self.options.reserve),
                force_reserve_digit=self.options.reserve_digits,
            )["compressed_prompt"]  # fmt: skip
            if self.size(kept) <= budget:
                best, low = kept, percent + 1
            else:
                high, least = percent - 1, kept
        return best or cut(least, self.size, budget)


def load(model: str, device: str):
    """The package's PromptCompressor of a token classifier. Raises UsageError when either cannot be had."""
    try:
        from llmlingua import PromptCompressor
    except ImportError as error:
        raise UsageError(f"llmlingua2 needs the package llmlingua ({error}). Run: {INSTALL}") from None
    try:
        with random_states():
            return PromptCompressor(
                model, device_map=device, model_config={"trust_remote_code": False}, use_llmlingua2=True
            )
    except (OSError, ValueError) as error:  # requests' errors are OSErrors
        raise UsageError(
            f"llmlingua2: {model!r} could not be loaded: {str(error).strip().splitlines()[0]} Expected a token "
            f"classifier by hub name or path, and GPT-3.5's vocabulary from the network or TIKTOKEN_CACHE_DIR."
        ) from None


@contextmanager
def random_states() -> Iterator[None]:
    """Whatever is seeded inside is put back: Python, NumPy, torch and how cuDNN was set."""
    cudnn = torch.backends.cudnn
    before = random.getstate(), np.random.get_state(), (cudnn.deterministic, cudnn.benchmark)
    with torch.random.fork_rng():
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])
            cudnn.deterministic, cudnn.benchmark = before[2]
