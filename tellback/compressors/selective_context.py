"""Drop the units of a text that a language model finds easiest to guess.

Paper: Selective Context (EMNLP 2023, Li et al.). As there: self-information -log2 p(token | prefix), sentence by
sentence, averaged over noun-phrase units (spaCy). Different: the paper drops units under a percentile; here the units
of highest self-information are kept, in source order, as long as they fit n_slots tokens of the decoder, so that the
rate asked for is never exceeded.
"""

from __future__ import annotations

from tellback.compressors.base import plain_encoding
from tellback.compressors.information import self_information
from tellback.compressors.text_method import ScoredUnits
from tellback.compressors.units import Spans, sentences


class SelectiveContext(ScoredUnits):
    """Keeps the units of highest self-information under the base LM (training-free, text to text)."""

    name = "selective_context"

    def score(self, text: str, query: str | None) -> tuple[Spans, list[float]]:
        return self._self_information(text)

    def _self_information(self, text: str) -> tuple[Spans, list[float]]:
        """Each token's place in the text and its bits, every sentence read on its own (one of more than 512 tokens in
        windows)."""
        rows, offsets = [], []
        for a, b in sentences(text):
            encoded = plain_encoding(self.lm, text[a:b])
            rows.append(encoded.input_ids)
            offsets += [(a + s, a + e) for s, e in encoded.offset_mapping]
        return offsets, self_information(self.lm, self.lm.model, rows).tolist()
