"""`train.dtype: fastest`: what it is on a device, and that a training says and keeps what it was."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from tellback.config import TrainSpec
from tellback.models import decoder
from tellback.models.precision import multiplies_bfloat16
from tellback.training import precision
from tellback.training.precision import resolved

FASTEST = TrainSpec(dtype="fastest")
CPU = torch.device("cpu")


@pytest.mark.parametrize(("found", "expected"), [
    ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, False), ({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"bf16": True}, True), ({}, False),
])  # fmt: skip
def test_a_processor_that_multiplies_bfloat16_computes_in_it_and_another_in_float32(monkeypatch, found, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
    assert multiplies_bfloat16(CPU) is expected
    assert resolved(FASTEST, nn.Linear(2, 2)).dtype == ("bfloat16_weights" if expected else "float32")


def test_weights_that_were_loaded_in_fewer_bits_get_masters_on_any_device(monkeypatch):
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device: False)
    assert resolved(FASTEST, nn.Linear(2, 2).to(torch.bfloat16)).dtype == "bfloat16_weights"


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "bfloat16_weights"])
def test_what_was_asked_for_stays(dtype):
    assert resolved(TrainSpec(dtype=dtype), nn.Linear(2, 2)).dtype == dtype


def test_a_device_of_which_nobody_knows_computes_in_float32():
    assert not multiplies_bfloat16(torch.device("meta"))


def test_torch_that_names_no_capabilities_is_asked_as_it_can_be(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert multiplies_bfloat16(CPU)


@pytest.mark.parametrize(("width", "dtype", "as_index"), [(64, torch.float32, False), (576, torch.float32, True), (64, torch.bfloat16, True)])
def test_the_head_of_a_wide_model_is_read_once(width, dtype, as_index):
    found = decoder.last(3, torch.zeros(2, 7, width, dtype=dtype))
    assert isinstance(found, torch.Tensor) is as_index and (not as_index or found.tolist() == [4, 5, 6])
    assert decoder.last(0, torch.zeros(2, 7, width, dtype=dtype)) == 0
