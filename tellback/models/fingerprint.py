"""Which model this is, down to its bytes: a compressor trained on one base writes garbage on another, silently."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import torch

from tellback.models.lm import LM

PROBE = "The 3 boats of Mira cost 1,250.75 €,\n\tdidn't they? Déjà vu 漢字 🚢 <eos>"


@dataclass(frozen=True)
class Fingerprint:
    """Of a base model as it was loaded: sha256 of all its weights, and of what its tokenizer makes of text."""

    model: str
    weights: str
    tokenizer: str

    def __str__(self) -> str:
        return f"{self.model} (weights {self.weights[:12]}, tokenizer {self.tokenizer[:12]})"

    def same(self, other: Fingerprint) -> bool:
        """Whether it is the same model, whatever it is called."""
        return (self.weights, self.tokenizer) == (other.weights, other.tokenizer)


def fingerprint(lm: LM) -> Fingerprint:
    """Reads every weight (1.5 GB/s or so): take it once, right after loading, before anything trains."""
    digest = hashlib.sha256()
    for name, p in sorted(lm.model.named_parameters()):
        digest.update(f"{name} {p.dtype} {tuple(p.shape)}".encode())
        digest.update(memoryview(p.detach().contiguous().cpu().flatten().view(torch.uint8).numpy()))
    vocabulary = sorted(lm.tokenizer.get_vocab().items())
    spoken = json.dumps([vocabulary, lm.eos, lm.ids(PROBE)])
    return Fingerprint(lm.name, digest.hexdigest(), hashlib.sha256(spoken.encode()).hexdigest())
