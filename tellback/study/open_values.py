"""Where a value of real text is lost: `where_lost` for values that are no closed list, so that no classes can be fitted.

A linear map is fitted from memories of fresh training sentences to the decoder's own embeddings of the values that they state (the
mean over a value's tokens). A value is there when, of a question's options, its embedding lies nearest to what the map makes of the
document's memory. Relations have no embedding of that sort and are not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from tellback.analysis import linear_probe
from tellback.corpora.cloze import with_values
from tellback.reading import Reader
from tellback.records import Corpus, Document, Probe
from tellback.study.where_lost import OTHER_STREAM, cell, cells, features_of

LEAST = 8  # values to fit on


class OpenValues:
    """The map of one trained reader, fitted once and asked of any set. Raises nothing: where the memory is no set of vectors, or
    too few sentences with a value can be drawn, `of` gives None."""

    def __init__(self, reader: Reader, corpus: Corpus, n_train: int, seed: int):
        self.reader, self.corpus = reader, corpus
        self.probe: linear_probe.LinearProbe | None = None
        texts = corpus.training(n_train, seed + OTHER_STREAM, "corpus") if corpus.training else []
        fitted = with_values([Document(f"fit-{i}", text) for i, text in enumerate(texts)], "fit", 1, seed)
        fitted = [d for d in fitted if d.probes]
        self.n_train = len(fitted)
        if len(fitted) < LEAST:
            return
        features, self.n_places = features_of(reader, fitted, None)
        if features is not None:
            self.probe = linear_probe.fit(features, self._embedded([d.probes[0].fact.value for d in fitted]))

    def of(self, set_name: str, outcomes: Mapping[str, str]) -> dict[str, Any] | None:
        """As `WhereLost.of`."""
        documents = self.corpus.sets[set_name]
        if self.probe is None or not any(asked(d) for d in documents):
            return None
        features, _ = features_of(self.reader, documents, self.n_places)
        assert features is not None
        found = self.probe.scores(features) - self.probe.bias_C  # away from the mean value, which no memory has to say
        rows = []
        for i, document in enumerate(documents):
            for probe in asked(document):
                if probe.id in outcomes:
                    there, shuffled = (self._nearest(found[j], probe) for j in (i, i - len(documents) // 2))
                    rows.append({"probe": probe.id, "kind": probe.fact.kind, "there": there, "shuffled": shuffled,
                                 "chance": 1 / len(probe.options), "told": outcomes[probe.id] == "faithful"})  # fmt: skip
        return {"n_train": self.n_train, "kinds": cells(rows), "told": cell([r for r in rows if r["told"]]),
                "not_told": cell([r for r in rows if not r["told"]])}  # fmt: skip

    def _nearest(self, found_D: np.ndarray, probe: Probe) -> bool:
        assert self.probe is not None
        options_KD = self._embedded(list(probe.options)) - self.probe.bias_C
        cosine_K = options_KD @ found_D / np.maximum(np.linalg.norm(options_KD, axis=1), 1e-12)
        return linear_probe.among_the_first(cosine_K, list(probe.options).index(probe.fact.value), 1)

    @torch.inference_mode()
    def _embedded(self, values: Sequence[str]) -> np.ndarray:
        """The mean embedding of each value's tokens, as they stand within a sentence."""
        decoder = self.reader.decoder
        return np.stack([decoder.embed(decoder.lm.ids(f" {value}")).float().mean(0).cpu().numpy() for value in values])


def asked(document: Document) -> list[Probe]:
    """The questions of a document whose answer is one of several values."""
    return [p for p in document.probes if p.asks == "qa_i" and len(p.options) > 1 and p.fact.value in p.options]
