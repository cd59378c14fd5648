"""The fixed held-out batch of ordinary documents: what training is traced on and reconstruction is measured on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from tellback.analysis.geometry import rank_over_layers, summary_over_layers
from tellback.reading import Reader
from tellback.records import Corpus
from tellback.study.evaluate import compress_all, fact_tokens, teacher_forced
from tellback.training.gate import plateaus

Layers = list[list[np.ndarray]]  # per layer, per document: slots [n_i, d]
N_SLOTS = 256  # pooled for the effective rank, the same number for every setup


class HeldOut:
    """Figures of `reader` on the corpus's ordinary documents."""

    def __init__(self, reader: Reader, corpus: Corpus):
        self.reader, self.documents = reader, corpus.ordinary
        self.by_kind: dict[str, list[tuple[int, np.ndarray]]] = {}  # kind -> (document, token positions) of its facts
        for i, document in enumerate(self.documents):
            for fact, at in zip(document.facts, fact_tokens(reader, document), strict=True):
                self.by_kind.setdefault(fact.kind, []).append((i, at))
        self.n_tokens = {kind: float(np.mean([len(at) for _, at in found])) for kind, found in self.by_kind.items()}
        self.chance, self.belief = plateaus(corpus.n_options, self.n_tokens, corpus.belief_strength)

    @torch.inference_mode()
    def slots(self) -> tuple[Layers, Layers] | None:
        """Slots before and after the projector, per layer and document; None where the memory has no geometry."""
        own: Layers = []
        vectors: Layers = []
        for memory in compress_all(self.reader, self.documents):
            spaces = memory.layer_spaces
            if spaces is None:
                return None
            for out, side in ((own, 0), (vectors, 1)):
                out += [[] for _ in spaces[len(out) :]]
                for documents, space in zip(out, spaces, strict=True):
                    documents += [m.float().cpu().numpy() for m in space[side]]
        return own, vectors

    def figures(self) -> dict[str, Any]:
        """One row of the trace: loss (nats per token), loss by kind, entropy (bits per token), effective ranks."""
        rows = teacher_forced(self.reader, self.documents)
        if rows is None:
            return {}
        slots = self.slots()
        return {
            "loss": float(np.concatenate([r["loss"] for r in rows]).mean()),
            "loss_by_kind": {
                kind: float(np.concatenate([rows[i]["loss"][at] for i, at in found]).mean())
                for kind, found in sorted(self.by_kind.items())
            },
            "effective_rank": slots and rank_over_layers(slots[1], N_SLOTS, 0),
            "effective_rank_own": slots and rank_over_layers(slots[0], N_SLOTS, 0),
            "conditional_entropy_bits": float(np.concatenate([r["bits"] for r in rows]).mean()),
        }

    def loss_by_kind(self) -> dict[str, dict[str, Any]] | None:
        """Row figure: per kind the loss, what guessing among the options would cost, and on how many tokens."""
        figures = self.figures()
        if not figures:
            return None
        return {
            kind: {"loss": loss, "chance": self.chance.get(kind), "belief": self.belief.get(kind),
                   "n_tokens": int(sum(len(at) for _, at in self.by_kind[kind]))}
            for kind, loss in figures["loss_by_kind"].items()
        }  # fmt: skip

    def geometry(self, untrained: Layers | None) -> dict[str, Any] | None:
        """The geometry of the memories now; `untrained`: the second half of `slots()` before training."""
        slots = self.slots()
        return slots and summary_over_layers(slots[0], slots[1], untrained, N_SLOTS, 0)
