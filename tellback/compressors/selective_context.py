"""Drop the units of a text that a language model finds easiest to guess.

Paper: Selective Context (EMNLP 2023, Li et al.). As there: self-information -log2 p(token | prefix), sentence by
sentence, averaged over noun-phrase units (spaCy). Different: the paper drops units under a percentile; here the units
of highest self-information are kept, in source order, as long as they fit n_slots tokens of the decoder, so that the
rate asked for is never exceeded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

import torch
from pydantic import Field

from tellback.compressors.base import Compressor, Options, n_slots, pad_right
from tellback.compressors.memory import Text
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.load import LM

Spans = list[tuple[int, int]]


class SelectiveContextOptions(Options):
    unit: Literal["word", "phrase", "sentence"] = Field("word", description="what is kept or dropped as a whole")


class SelectiveContext(Compressor):
    """Keeps the units of highest self-information under the base LM (training-free, text to text)."""

    name = "selective_context"
    Options = SelectiveContextOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: SelectiveContextOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self._done: dict[tuple[str, int], tuple[str, list[int]]] = {}  # nothing trains, so a text is read once

    @torch.inference_mode()
    def compress(
        self, documents: Sequence[str], *, rate: float | None = None, queries: Sequence[str] | None = None
    ) -> Text:
        source = self.source_ids(documents)
        texts, ids = [], []
        for text, row in zip(documents, source, strict=True):
            kept, kept_ids = self._shorten(text, n_slots(len(row), rate or self.rate))
            texts.append(kept)
            ids.append(kept_ids)
        return Text(texts, ids, [len(row) for row in source])

    def _shorten(self, text: str, budget: int) -> tuple[str, list[int]]:
        if (text, budget) not in self._done:
            self._done[text, budget] = self._choose(text, budget)
        return self._done[text, budget]

    def _choose(self, text: str, budget: int) -> tuple[str, list[int]]:
        units = UNITS[self.options.unit](text)
        information = self._self_information(text, units)
        order = sorted(range(len(units)), key=lambda i: (-information[i], i))
        kept: set[int] = set()
        for i in order:  # greedy: a unit that no longer fits leaves room for a smaller one
            if len(self._ids(text, units, kept | {i})) <= budget:
                kept.add(i)
        return self._join(text, units, kept), self._ids(text, units, kept)

    def _ids(self, text: str, units: Spans, kept: set[int]) -> list[int]:
        return self.decoder.lm.ids(self._join(text, units, kept))

    @staticmethod
    def _join(text: str, units: Spans, kept: set[int]) -> str:
        """The kept units in source order; what stood between neighbours stays, a gap becomes one space."""
        out, last = [], None
        for i in sorted(kept):
            gap = text[units[last][1] : units[i][0]] if last == i - 1 and last is not None else " "
            out += [gap if last is not None else "", text[slice(*units[i])]]
            last = i
        return "".join(out)

    def _self_information(self, text: str, units: Spans) -> list[float]:
        """Mean bits per token of each unit, each sentence read on its own."""
        bits = [0.0] * len(units)
        counts = [0] * len(units)
        start = self.lm.tokenizer.bos_token_id
        start = self.lm.eos if start is None else start
        found = [(a, self.lm.tokenizer(text[a:b], add_special_tokens=False, return_offsets_mapping=True))
                 for a, b in sentences(text)]  # fmt: skip
        given = pad_right([[start, *e.input_ids[: self.lm.max_positions - 1]] for _, e in found])
        given = given.to(self.lm.model.device)
        log_p = self.lm.model(given, use_cache=False).logits[:, :-1].float().log_softmax(-1)
        values = (-log_p.gather(2, given[:, 1:, None])[..., 0] / math.log(2)).tolist()
        for (a, encoded), row in zip(found, values, strict=True):
            for (s, e), value in zip(encoded.offset_mapping, row, strict=False):
                # a token belongs to the unit that holds its last character: its space may stand before the unit
                unit = next((i for i, (ua, ub) in enumerate(units) if ua <= a + e - 1 < ub), None)
                if unit is not None and e > s:
                    bits[unit] += value
                    counts[unit] += 1
        return [b / n if n else 0.0 for b, n in zip(bits, counts, strict=True)]


def words(text: str) -> Spans:
    """Words with the punctuation that follows them."""
    return [m.span() for m in re.finditer(r"\S+", text)]


def sentences(text: str) -> Spans:
    return [m.span() for m in re.finditer(r"\S.*?(?:[.!?]+(?=\s|$)|$)", text, re.DOTALL)]


def phrases(text: str) -> Spans:
    """Noun phrases, and the words that stand in none."""
    chunks = [(c.start_char, c.end_char) for c in _spacy()(text).noun_chunks]
    out = []
    for a, b in words(text):
        inside = next((c for c in chunks if c[0] <= a < c[1]), None)
        if inside and out and out[-1][0] >= inside[0]:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


UNITS = {"word": words, "phrase": phrases, "sentence": sentences}


@cache
def _spacy():
    try:
        import en_core_web_sm
    except ImportError:
        raise UsageError(
            "selective_context with unit=phrase needs spaCy and its English model: "
            "pip install 'tellback[phrases]'. Or use unit=word."
        ) from None
    return en_core_web_sm.load(disable=["ner", "lemmatizer"])
