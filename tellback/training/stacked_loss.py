"""The losses of a stack: telling back through pooled memories with its remedies, and an LM's own, all read off tables by step.

Shapes: M members, B batch, T tokens of the longest document, N slots of the longest, S = N + 1 + T positions of the decoder,
C compressor width, D decoder width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from tellback.compressors.base import n_slots
from tellback.compressors.pooling import group_sizes, mean_weights
from tellback.config import RemedySpec
from tellback.models.stacked import StackedLM, Weights, linear, norm, of

NOTHING = -100


@dataclass(frozen=True)
class Table:
    """What each member reads at each step: ids (steps x M x B x T, zeros on the right) and lengths (steps x M x B); where a
    remedy needs them, the ids of the documents' twins."""

    ids: Tensor
    lengths: Tensor
    twins: Tensor | None = None

    @staticmethod
    def stack(members: Sequence[Table]) -> Table:
        """Of tables of one member each (steps x B x T), padded to the longest."""
        longest = max(m.ids.shape[-1] for m in members)
        pad = [(0, longest - m.ids.shape[-1]) for m in members]
        twins = None
        if any(m.twins is not None for m in members):
            twins = torch.stack([F.pad(m.ids if m.twins is None else m.twins, p) for m, p in zip(members, pad, strict=True)], 1)
        return Table(torch.stack([F.pad(m.ids, p) for m, p in zip(members, pad, strict=True)], 1), torch.stack([m.lengths for m in members], 1), twins)


@dataclass(frozen=True)
class Shape:
    """What is the same for all members of a stack: pooling, rate, marks; remedies differ by member."""

    pool: str
    rate: float
    ae: int
    eos: int


class TellingBack:
    """The mean cross-entropy (nats per token, the end included) of telling each member's batch back, with its remedy."""

    def __init__(self, compressor: StackedLM, decoder: StackedLM, table: Table, shape: Shape, remedies: Sequence[RemedySpec],
                 before: Weights | None, device: torch.device):  # fmt: skip
        self.compressor, self.decoder, self.shape, self.device = compressor, decoder, shape, device
        self.ids, self.lengths = table.ids.to(device), table.lengths.to(device)
        self.twins = None if table.twins is None else table.twins.to(device)
        self.before = before and {name: t.to(device) for name, t in of("decoder.model.", before).items()}
        columns = {name: torch.tensor([getattr(r, name) for r in remedies], device=device, dtype=torch.float32)
                   for name in ("belief_weight", "sharpen", "contrast", "norm", "margin")}  # fmt: skip
        self.remedies = {name: c for name, c in columns.items() if name == "margin" or bool(c.any())}
        self.ends = torch.tensor([shape.eos, NOTHING], device=device)
        self._make_tables(table.ids.shape[-1])

    def _make_tables(self, longest: int) -> None:
        """By length of a document: how its states are pooled (N x T), what stands where in the decoder (S) and what each
        position predicts (S). Places of a padded row: slots, the mark, its tokens; of targets: tokens, the end, nothing."""
        rate, most = self.shape.rate, n_slots(longest, self.shape.rate)
        pool = torch.zeros(longest + 1, most, longest)
        order = torch.full((longest + 1, most + 1 + longest), most + longest)
        wanted = torch.full((longest + 1, most + 1 + longest), longest + 1)
        for length in range(1, longest + 1):
            n = n_slots(length, rate)
            pool[length, :n, :length] = mean_weights([group_sizes(length, n, rate)], length)[0]
            order[length, : n + 1 + length] = torch.tensor([*range(n), *range(most, most + 1 + length)])
            wanted[length, n : n + 1 + length] = torch.arange(length + 1)
            wanted[length, n + length] = longest
        self.pool, self.order, self.wanted, self.most = pool.to(self.device), order.to(self.device), wanted.to(self.device), most

    def __call__(self, w: Weights, step: Tensor) -> Tensor:
        ids_MBT, lengths_MB = _at(self.ids, step), _at(self.lengths, step)
        one_hot = self.decoder.one_hot(ids_MBT)
        slots_MBND = self._slots(w, one_hot, lengths_MB)
        logits_MBSV, wanted_MBS = self._read(w, slots_MBND, one_hot, lengths_MB), self._targets(ids_MBT, lengths_MB)
        log_p = logits_MBSV.log_softmax(-1)
        told = log_p.gather(-1, wanted_MBS.clamp(min=0)[..., None])[..., 0]
        scored = (wanted_MBS != NOTHING).to(told.dtype)
        if self.remedies.keys() == {"margin"}:
            return -(told * scored).sum((1, 2)) / scored.sum((1, 2))
        return self._with_remedies(w, slots_MBND, ids_MBT, one_hot, lengths_MB, log_p, told, scored, wanted_MBS, step)

    def _slots(self, w: Weights, one_hot_MBTV: Tensor, lengths_MB: Tensor) -> Tensor:
        """The memories (M x B x N x D) of the documents; slots past a document's own hold nothing that is read."""
        lm, own = of("compressor.model.", w), of("compressor.", w)
        states = self.compressor.hidden(lm, self.compressor.embed(lm, one_hot_MBTV))
        if self.shape.pool == "mean":
            pooled = _by_length(self.pool, lengths_MB) @ states
        else:
            rate = int(self.shape.rate)
            room = self.most * rate
            states = F.pad(states, (0, 0, 0, room - states.shape[2]))
            real = torch.arange(room, device=states.device) < lengths_MB[..., None]
            pooled = torch.where(real[..., None], states, own["pad"][:, None, None]).unflatten(2, (-1, rate)).flatten(3)
        inner = F.gelu(linear(norm(pooled, own["adapter.0.weight"], None), own["adapter.1.weight"], own["adapter.1.bias"]))
        return linear(inner, own["adapter.3.weight"], own["adapter.3.bias"])

    def _read(self, w: Weights, slots_MBND: Tensor, one_hot_MBTV: Tensor, lengths_MB: Tensor) -> Tensor:
        """Logits (M x B x S x V) of the decoder that reads slots, mark and tokens."""
        lm = of("decoder.model.", w)
        all_ = torch.cat([slots_MBND, self._marked(lm, one_hot_MBTV)], 2)
        order = _by_length(self.order, lengths_MB)
        return self.decoder.logits(lm, all_.gather(2, order[..., None].expand(-1, -1, -1, all_.shape[-1])))

    def _marked(self, lm: Weights, one_hot_MBTV: Tensor) -> Tensor:
        """Embeddings of the mark that starts telling back and of the tokens (M x B x 1 + T x D)."""
        mark_MD = lm["model.embed_tokens.weight"][:, self.shape.ae]
        return torch.cat([mark_MD[:, None, None].expand(-1, one_hot_MBTV.shape[1], -1, -1), self.decoder.embed(lm, one_hot_MBTV)], 2)

    def _targets(self, ids_MBT: Tensor, lengths_MB: Tensor) -> Tensor:
        texts = torch.cat([ids_MBT, self.ends.expand(*ids_MBT.shape[:2], 2)], 2)
        return texts.gather(2, _by_length(self.wanted, lengths_MB))

    # -- remedies: what `remedies.loss` says, for each member with its own weights ----------------------------------------

    def _with_remedies(self, w, slots_MBND, ids_MBT, one_hot, lengths_MB, log_p, told, scored, wanted_MBS, step) -> Tensor:
        misled = torch.zeros_like(told)
        if {"belief_weight", "sharpen"} & self.remedies.keys():
            misled = self._misled(ids_MBT, one_hot, lengths_MB, wanted_MBS)
        weight = scored
        if "belief_weight" in self.remedies:
            weight = scored * (1 + self.remedies["belief_weight"][:, None, None] * misled)
        total = -(told * weight).sum((1, 2)) / weight.sum((1, 2))
        if "sharpen" in self.remedies:
            entropy = -(log_p.exp() * log_p).sum(-1)
            total = total + self.remedies["sharpen"] * (entropy * misled).sum((1, 2)) / misled.sum((1, 2)).clamp(min=1e-6)
        if "contrast" in self.remedies:
            total = total + self.remedies["contrast"] * self._contrast(w, one_hot, lengths_MB, told, wanted_MBS, step)
        if "norm" in self.remedies:
            total = total + self.remedies["norm"] * self._norm_spread(slots_MBND, lengths_MB)
        return total

    @torch.no_grad()
    def _misled(self, ids_MBT: Tensor, one_hot_MBTV: Tensor, lengths_MB: Tensor, wanted_MBS: Tensor) -> Tensor:
        """How sure the decoder of before, without any memory, is of another token than the wanted one (M x B x S)."""
        assert self.before is not None
        logits = self.decoder.logits(self.before, self._marked(self.before, one_hot_MBTV))
        p, first = logits.softmax(-1).max(-1)  # M x B x (1 + T): position k predicts token k
        at = _by_length(self.wanted, lengths_MB).clamp(max=ids_MBT.shape[-1])
        # the end stands in the targets' table behind the longest text; in a text it is predicted at its own length
        ends = at == ids_MBT.shape[-1]
        at = torch.where(ends, lengths_MB[..., None].expand_as(at), at)
        p, first = p.gather(2, at), first.gather(2, at)
        return p * ((first != wanted_MBS) & (wanted_MBS != NOTHING))

    def _contrast(self, w, one_hot, lengths_MB, told, wanted_MBS, step) -> Tensor:
        assert self.twins is not None
        twins_MBT = _at(self.twins, step)
        others = self._read(w, self._slots(w, self.decoder.one_hot(twins_MBT), lengths_MB), one_hot, lengths_MB)
        by_others = others.log_softmax(-1).gather(-1, wanted_MBS.clamp(min=0)[..., None])[..., 0]
        differs = ((wanted_MBS != NOTHING) & (self._targets(twins_MBT, lengths_MB) != wanted_MBS)).to(told.dtype)
        short = F.relu(self.remedies["margin"][:, None, None] - (told - by_others))
        return (short * differs).sum((1, 2)) / differs.sum((1, 2)).clamp(min=1)

    def _norm_spread(self, slots_MBND: Tensor, lengths_MB: Tensor) -> Tensor:
        real = (_by_length(self.pool, lengths_MB).sum(-1) > 0).to(slots_MBND.dtype)
        norms, n = slots_MBND.norm(dim=-1), real.sum((1, 2))
        mean = (norms * real).sum((1, 2)) / n
        variance = ((norms - mean[:, None, None]).square() * real).sum((1, 2)) / n
        return variance / mean.square().clamp(min=1e-12)


class NextToken:
    """Each member's mean cross-entropy (nats per token) of its LM on ids and labels (steps x M x B x T; -100: not scored)."""

    def __init__(self, lm: StackedLM, ids: Tensor, labels: Tensor, device: torch.device):
        self.lm, self.ids, self.labels = lm, ids.to(device), labels.to(device)

    def __call__(self, w: Weights, step: Tensor) -> Tensor:
        ids, labels = _at(self.ids, step), _at(self.labels, step)[..., 1:]
        log_p = self.lm.logits(w, self.lm.embed(w, self.lm.one_hot(ids)))[:, :, :-1].log_softmax(-1)
        told = log_p.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
        scored = (labels != NOTHING).to(told.dtype)
        return -(told * scored).sum((1, 2)) / scored.sum((1, 2))


def _at(table: Tensor, step: Tensor) -> Tensor:
    return table.index_select(0, step[None])[0].long()


def _by_length(table: Tensor, lengths_MB: Tensor) -> Tensor:
    return table.index_select(0, lengths_MB.flatten()).unflatten(0, lengths_MB.shape)
