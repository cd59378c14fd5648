"""Training documents as ids, in batches of one length, so that no position is padding."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Batch:
    """Documents of one length: the compressor's ids and the decoder's (the same lists when they share a tokenizer)."""

    source: list[list[int]]
    target: list[list[int]]


class Batches:
    """An endless, seekable order of batches: batch `i` depends on the documents, the seed and `i` alone."""

    def __init__(self, source: Sequence[list[int]], target: Sequence[list[int]], batch_size: int, seed: int):
        self.source, self.target, self.batch_size, self.seed = source, target, batch_size, seed
        self.groups: dict[tuple[int, int], list[int]] = {}
        for i, (s, t) in enumerate(zip(source, target, strict=True)):
            self.groups.setdefault((len(s), len(t)), []).append(i)
        self._epoch, self._order = -1, []

    def _shuffle(self, epoch: int) -> list[list[int]]:
        rng = random.Random(f"batches-{self.seed}-{epoch}")
        batches, rest = [], []
        for _, members in sorted(self.groups.items()):
            members = rng.sample(members, len(members))
            whole = len(members) - len(members) % self.batch_size
            batches += [members[i : i + self.batch_size] for i in range(0, whole, self.batch_size)]
            rest += members[whole:]
        if not batches:  # too few documents of one length for a whole batch: mix lengths
            rest.sort(key=lambda i: len(self.target[i]))
            batches = [rest[i : i + self.batch_size] for i in range(0, len(rest), self.batch_size)]
        rng.shuffle(batches)
        return batches

    def __getitem__(self, i: int) -> Batch:
        if not self._order:
            self._order = self._shuffle(0)
        epoch = i // len(self._order)  # every epoch has the same number of batches
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._shuffle(epoch)
        members = self._order[i % len(self._order)]
        return Batch([self.source[m] for m in members], [self.target[m] for m in members])
