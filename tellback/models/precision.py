"""Which numbers a device multiplies fastest."""

from __future__ import annotations

import torch

INSTRUCTIONS = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")  # of a CPU that multiplies bfloat16 itself, as torch names them


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether `device` has instructions for products of bfloat16 matrices; False where nobody says.

    A processor without them takes two to four times as long as in float32 (25 for 110 billion operations a second on one core).
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    if hasattr(torch.cpu, "get_capabilities"):
        found = torch.cpu.get_capabilities()
        return any(found.get(name) for name in INSTRUCTIONS)
    return torch.cpu._is_avx512_bf16_supported()  # an older torch knows no more
