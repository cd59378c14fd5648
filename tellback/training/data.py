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
    """Documents: the compressor's ids and the decoder's (the same lists when they share a tokenizer); where a remedy needs
    them, those of each document's twin, of the same lengths."""

    source: list[list[int]]
    target: list[list[int]]
    twin_source: list[list[int]] | None = None
    twin_target: list[list[int]] | None = None

    def parts(self, size: int | None) -> list[Batch]:
        """The batch cut into batches of `size` documents (None: not cut)."""
        if size is None or size >= len(self.target):
            return [self]
        return [self.select(range(len(self.target))[i : i + size]) for i in range(0, len(self.target), size)]

    def select(self, rows: Sequence[int]) -> Batch:
        """The documents at `rows`, in that order."""
        fields = (self.source, self.target, self.twin_source, self.twin_target)
        return Batch(*(f and [f[i] for i in rows] for f in fields))  # type: ignore[misc]


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


@dataclass(frozen=True)
class Twinning:
    """How many of a batch's documents are their twins: a share that rises over the first `ramp` steps."""

    share: float
    ramp: int

    def at(self, i: int) -> float:
        return self.share * (min(1.0, i / self.ramp) if self.ramp else 1.0)


class Batches:
    """An endless, seekable order of batches: batch `i` depends on the documents, the seed and `i` alone.

    With `twins` (the compressor's and the decoder's ids of each document's twin) and `Twinning`, some documents of a batch
    are their twins, and each has the other one beside it. A batch holds documents of one length, or, with a `bucket` of so many
    tokens, of lengths that differ by less. Only where more than a tenth of the documents have lengths too rare for a
    whole batch do those make batches of their own, of neighbouring lengths; otherwise they are left out.
    """

    def __init__(
        self, source: Sequence[list[int]], target: Sequence[list[int]], batch_size: int, seed: int,
        twins: tuple[Sequence[list[int]], Sequence[list[int]]] | None = None, twinning: Twinning | None = None, bucket: int = 1,
    ):  # fmt: skip
        self.source, self.target, self.batch_size, self.seed = source, target, batch_size, seed
        self.twins, self.twinning = twins, twinning or Twinning(0.0, 0)
        self.groups: dict[tuple[int, int], list[int]] = {}
        for i, (s, t) in enumerate(zip(source, target, strict=True)):
            self.groups.setdefault((-(-len(s) // bucket), -(-len(t) // bucket)), []).append(i)
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
        batch = Batch([self.source[m] for m in members], [self.target[m] for m in members])
        return self._with_twins(batch, members, i) if self.twins else batch

    def _with_twins(self, batch: Batch, members: Sequence[int], i: int) -> Batch:
        """The batch with a twin beside each document; some have changed places with theirs."""
        assert self.twins is not None
        rng, share = random.Random(f"twins-{self.seed}-{i}"), self.twinning.at(i)
        taken = [rng.random() < share for _ in members]
        own = list(zip(batch.source, batch.target, strict=True))
        other = [(self.twins[0][m], self.twins[1][m]) for m in members]
        first, second = zip(*((o, d) if t else (d, o) for d, o, t in zip(own, other, taken, strict=True)), strict=True)
        return Batch([s for s, _ in first], [t for _, t in first], [s for s, _ in second], [t for _, t in second])
