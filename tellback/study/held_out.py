"""The fixed held-out batch of ordinary documents: what training is traced on and reconstruction is measured on."""

from __future__ import annotations

from typing import Any

import numpy as np

from tellback.analysis.geometry import rank_over_layers, spread_over_layers, summary_over_layers
from tellback.reading import Reader
from tellback.records import Corpus
from tellback.study.reading import Layers, SetReading, fact_tokens, read_whole
from tellback.training.gate import plateaus

N_SLOTS = 256  # pooled for the effective rank, the same number for every setup


class HeldOut:
    """Figures of `reader` on the corpus's ordinary documents. A reading of them serves every figure, for as long as no
    weight changes."""

    def __init__(self, reader: Reader, corpus: Corpus):
        self.reader, self.documents = reader, corpus.ordinary
        self.by_kind: dict[str, list[tuple[int, np.ndarray]]] = {}  # kind -> (document, token positions) of its facts
        for i, document in enumerate(self.documents):
            for fact, at in zip(document.facts, fact_tokens(reader, document), strict=True):
                self.by_kind.setdefault(fact.kind, []).append((i, at))
        self.n_tokens = {kind: float(np.mean([len(at) for _, at in found])) for kind, found in self.by_kind.items()}
        self.chance, self.belief = plateaus(corpus.n_options, self.n_tokens, corpus.belief_strength)

    def read(self, tell: bool = False) -> SetReading:
        return read_whole(self.reader, self.documents, tell)

    def figures(self) -> dict[str, Any]:
        """One row of the trace, of the weights as they are: loss (nats per token), token accuracy, loss by kind, entropy (bits per
        token), effective ranks. A loss that is not finite stands alone: slots that are none have no rank."""
        reading = self.read()
        if reading.forced is None:
            return {}
        loss = mean_of(reading, "loss")
        if not np.isfinite(loss):
            return {"loss": loss}
        own, vectors = reading.slots or (None, None)
        return {
            "loss": loss,
            "token_accuracy": mean_of(reading, "right"),
            "loss_by_kind": self._by_kind(reading),
            "effective_rank": vectors and rank_over_layers(vectors, N_SLOTS, 0),
            "effective_rank_own": own and rank_over_layers(own, N_SLOTS, 0),
            "conditional_entropy_bits": mean_of(reading, "bits"),
        }

    def _by_kind(self, reading: SetReading) -> dict[str, float]:
        """Mean loss at the tokens of each kind of fact."""
        return {kind: float(np.concatenate([reading.forced[i]["loss"][at] for i, at in found]).mean())
                for kind, found in sorted(self.by_kind.items())}  # fmt: skip

    def loss_by_kind(self, reading: SetReading) -> dict[str, dict[str, Any]] | None:
        """Row figure: per kind the loss, what guessing among the options would cost, and on how many tokens."""
        if reading.forced is None:
            return None
        return {
            kind: {"loss": loss, "chance": self.chance.get(kind), "belief": self.belief.get(kind),
                   "n_tokens": int(sum(len(at) for _, at in self.by_kind[kind]))}
            for kind, loss in self._by_kind(reading).items()
        }  # fmt: skip


def mean_of(reading: SetReading, figure: str) -> float:
    """Mean over all positions of a set that was read teacher-forced."""
    return float(np.concatenate([row[figure] for row in reading.forced]).mean())


def geometry(reading: SetReading, untrained: Layers | None) -> dict[str, Any] | None:
    """The geometry of a set's memories; `untrained`: their slots after the projector before training."""
    if reading.slots is None:
        return None
    found = summary_over_layers(*reading.slots, untrained, N_SLOTS, 0)
    return found and found | {"spread": spread_over_layers(reading.slots[1])}
