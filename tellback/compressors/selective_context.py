"""Drop the units of a text that a language model finds easiest to guess.

Paper: Selective Context (EMNLP 2023, Li et al.). As there: self-information -log2 p(token | prefix), sentence by
sentence, averaged over noun-phrase units (spaCy). Different: the paper drops units under a percentile; here the units
of highest self-information are kept, in source order, as long as they fit n_slots tokens of the decoder, so that the
rate asked for is never exceeded.
"""

from __future__ import annotations

from pydantic import Field

from tellback.compressors.base import Options
from tellback.compressors.information import self_information
from tellback.compressors.units import Spans, TextCompressor, Unit, keep, sentences, unit_means, unit_of_tokens


class SelectiveContextOptions(Options):
    unit: Unit = Field("word", description="what is kept or dropped as a whole")


class SelectiveContext(TextCompressor):
    """Keeps the units of highest self-information under the base LM (training-free, text to text)."""

    name = "selective_context"
    Options = SelectiveContextOptions

    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        return [self._keep(text, budget) for text, budget in zip(texts, budgets, strict=True)]

    def _keep(self, text: str, budget: int) -> str:
        offsets, bits = self._self_information(text)

        def rank(units: Spans) -> list[int]:
            information = unit_means(len(units), unit_of_tokens(units, offsets), bits)
            return sorted(range(len(units)), key=lambda i: (-information[i], i))

        return keep(text, self.options.unit, rank, self.size, budget)

    def _self_information(self, text: str) -> tuple[Spans, list[float]]:
        """Each token's place in the text and its bits, every sentence read on its own (one of more than 512 tokens in
        windows)."""
        rows, offsets = [], []
        for a, b in sentences(text):
            encoded = self.lm.tokenizer(
                text[a:b], add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True, verbose=False
            )
            rows.append(encoded.input_ids)
            offsets += [(a + s, a + e) for s, e in encoded.offset_mapping]
        return offsets, self_information(self.lm, self.lm.model, rows).tolist()
