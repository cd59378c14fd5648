"""Training documents as ids, in batches of one length where that is possible, so that no position is padding."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tellback.models.lm import LM

SPARE = 1.1  # of fresh documents, since those of rare lengths are left out
RARE = 0.1  # documents whose length is rarer than a batch are left out only while they are fewer than this share


def fresh(steps: int, batch_size: int) -> int:
    """How many documents a training of `steps` takes in which none is seen twice."""
    return math.ceil(SPARE * steps * batch_size) + 10 * batch_size


@dataclass(frozen=True)
class Batch:
    """Documents: the compressor's ids and the decoder's (the same lists when they share a tokenizer)."""

    source: list[list[int]]
    target: list[list[int]]

    def parts(self, size: int | None) -> list[Batch]:
        """The batch cut into batches of `size` documents (None: not cut)."""
        if size is None or size >= len(self.target):
            return [self]
        return [Batch(self.source[i : i + size], self.target[i : i + size]) for i in range(0, len(self.target), size)]


def split(batch: Batch, share: float, source_lm: LM, target_lm: LM) -> tuple[Batch, list[list[int]]]:
    """(first parts, the rests in the decoder's tokens): each document is cut after `share` of its tokens.

    Documents of one token have no rest and are left out. Where the compressor has another tokenizer it reads the first
    part's text, and no cut falls inside a character.
    """
    same, source, target, rests = batch.source == batch.target, [], [], []
    for row in batch.target:
        if len(row) < 2:
            continue
        cut = min(max(1, round(share * len(row))), len(row) - 1)
        first = row
        if not same:
            while cut > 1 and target_lm.text(row[:cut]).endswith("\ufffd"):
                cut -= 1
            first = source_lm.ids(target_lm.text(row[:cut]))
        source.append(row[:cut] if same else first)
        target.append(row[:cut])
        rests.append(row[cut:])
    return Batch(source, target), rests


class Batches:
    """An endless, seekable order of batches: batch `i` depends on the documents, the seed and `i` alone.

    A batch holds documents of one length. Only where more than a tenth of the documents have lengths too rare for a
    whole batch do those make batches of their own, of neighbouring lengths; otherwise they are left out.
    """

    def __init__(self, source: Sequence[list[int]], target: Sequence[list[int]], batch_size: int, seed: int):
        self.source, self.target, self.batch_size, self.seed = source, target, batch_size, seed
        self.groups: dict[tuple[int, int], list[int]] = {}
        for i, (s, t) in enumerate(zip(source, target, strict=True)):
            self.groups.setdefault((len(s), len(t)), []).append(i)
        rare = sum(len(members) for members in self.groups.values() if len(members) < batch_size)
        self.mixes = rare > RARE * len(source)
        self._epoch, self._order = -1, []

    def _shuffle(self, epoch: int) -> list[list[int]]:
        rng = random.Random(f"batches-{self.seed}-{epoch}")
        batches, rest = [], []
        for _, members in sorted(self.groups.items()):
            members = rng.sample(members, len(members))
            whole = len(members) - len(members) % self.batch_size
            batches += [members[i : i + self.batch_size] for i in range(0, whole, self.batch_size)]
            rest += members[whole:]
        if self.mixes or not batches:
            rest.sort(key=lambda i: len(self.target[i]))
            batches += [rest[i : i + self.batch_size] for i in range(0, len(rest), self.batch_size)]
        rng.shuffle(batches)
        return batches

    def __getitem__(self, i: int) -> Batch:
        if not self._order:
            self._order = self._shuffle(0)
        epoch = i // len(self._order)  # the groups never change, so every epoch has the same number of batches
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._shuffle(epoch)
        members = self._order[i % len(self._order)]
        return Batch([self.source[m] for m in members], [self.target[m] for m in members])
