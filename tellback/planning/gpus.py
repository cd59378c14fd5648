"""Accelerators by name: memory and peak of dense bfloat16 products, by their vendors' data sheets."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 2**30


@dataclass(frozen=True)
class Gpu:
    name: str
    gib: float  # memory
    tflops: float  # dense bfloat16, as the data sheet has it
    tflops32: float  # float32 without tensor cores


GPUS = {
    g.name: g
    for g in (
        Gpu("a100", 80, 312, 19.5), Gpu("a100-40", 40, 312, 19.5), Gpu("h100", 80, 989, 67), Gpu("h200", 141, 989, 67),
        Gpu("b200", 180, 2250, 75), Gpu("l40s", 48, 362, 91.6), Gpu("a10g", 24, 70, 31.2), Gpu("rtx4090", 24, 165, 82.6),
    )
}  # fmt: skip
