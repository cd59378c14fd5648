"""Drop the units of a text that a language model finds easiest to guess.

Paper: Selective Context (EMNLP 2023, Li et al.). As there: self-information -log2 p(token | prefix), sentence by
sentence, averaged over noun-phrase units (spaCy). Different: the paper drops units under a percentile; here the units
of highest self-information are kept, in source order, as long as they fit n_slots tokens of the decoder, so that the
rate asked for is never exceeded.
"""

from __future__ import annotations

import math

from pydantic import Field

from tellback.compressors.base import Options, pad_right
from tellback.compressors.units import UNITS, Spans, TextCompressor, Unit, fill, sentences, unit_means, unit_of_tokens


class SelectiveContextOptions(Options):
    unit: Unit = Field("word", description="what is kept or dropped as a whole")


class SelectiveContext(TextCompressor):
    """Keeps the units of highest self-information under the base LM (training-free, text to text)."""

    name = "selective_context"
    Options = SelectiveContextOptions

    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        return [self._keep(text, budget) for text, budget in zip(texts, budgets, strict=True)]

    def _keep(self, text: str, budget: int) -> str:
        units = UNITS[self.options.unit](text)
        information = self._self_information(text, units)
        order = sorted(range(len(units)), key=lambda i: (-information[i], i))
        return fill(text, units, order, self.size, budget)

    def _self_information(self, text: str, units: Spans) -> list[float]:
        """Mean bits per token of each unit, each sentence read on its own."""
        start = self.lm.tokenizer.bos_token_id
        start = self.lm.eos if start is None else start
        found = [(a, self.lm.tokenizer(text[a:b], add_special_tokens=False, return_offsets_mapping=True))
                 for a, b in sentences(text)]  # fmt: skip
        given = pad_right([[start, *e.input_ids[: self.lm.max_positions - 1]] for _, e in found])
        given = given.to(self.lm.model.device)
        log_p = self.lm.model(given, use_cache=False).logits[:, :-1].float().log_softmax(-1)
        rows = (-log_p.gather(2, given[:, 1:, None])[..., 0] / math.log(2)).tolist()
        offsets, bits = [], []
        for (a, encoded), row in zip(found, rows, strict=True):
            for (s, e), value in zip(encoded.offset_mapping, row, strict=False):  # a row may be padded or cut
                offsets.append((a + s, a + e))
                bits.append(value)
        return unit_means(len(units), unit_of_tokens(units, offsets), bits)
