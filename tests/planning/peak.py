"""How much memory a step takes at most: every storage that is alive, counted at each operation."""

from __future__ import annotations

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten


class Peak(TorchDispatchMode):
    """Inside, `bytes` is the most that was alive at once of `held` (tensors that are there already) and what operations have made."""

    def __init__(self, held):
        super().__init__()
        self.alive, self.bytes = {}, 0
        for tensor in held:
            self._add(tensor)

    def _add(self, tensor):
        storage = tensor.untyped_storage()
        ref = StorageWeakRef(storage)
        if ref.cdata not in self.alive or self.alive[ref.cdata][0].expired():
            self.alive[ref.cdata] = ref, storage.nbytes()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for found in tree_flatten(out)[0]:
            if isinstance(found, torch.Tensor):
                self._add(found)
        self.alive = {key: held for key, held in self.alive.items() if not held[0].expired()}
        self.bytes = max(self.bytes, sum(n for _, n in self.alive.values()))
        return out
