import torch
from torch import nn

from tellback.training.masters import Masters, NoMasters


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
        self.register_buffer("frequencies", torch.tensor([1.0, 1 / 3]))


def test_small_steps_are_not_lost_and_everything_is_float32_again():
    model = Model()
    nn.init.ones_(model.a.weight)  # where neighbours in bfloat16 are 1/256 apart
    frozen = model.b.weight.detach().clone()
    masters = Masters(model, dict(model.a.named_parameters()))
    before = masters.parameters["weight"].detach().clone()
    masters.start()
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16} and model.frequencies.dtype == torch.float32
    optimizer = torch.optim.SGD(masters.of(list(model.a.parameters())), lr=1e-6)
    for _ in range(50):
        model.b(model.a(torch.ones(2, 4, dtype=torch.bfloat16))).sum().backward()
        masters.take()
        optimizer.step()
        optimizer.zero_grad()
        masters.give()
    assert torch.equal(model.a.weight.float(), before.to(torch.bfloat16).float())  # bfloat16 alone would have stood still
    masters.end()
    assert {p.dtype for p in model.parameters()} == {torch.float32} and model.a.weight.grad is None
    assert torch.equal(model.b.weight, frozen) and not torch.equal(model.a.weight, before)
    assert torch.equal(model.a.weight, masters.parameters["weight"])
    assert 1e-6 < (model.a.weight - before).abs().max() < 1 / 512


def test_a_model_that_was_loaded_in_bfloat16_stays_in_it():
    model = Model().to(torch.bfloat16)
    masters = Masters(model, dict(model.a.named_parameters()))
    masters.start()
    model.b(model.a(torch.ones(2, 4, dtype=torch.bfloat16))).sum().backward()
    masters.take()
    assert all(p.dtype == p.grad.dtype == torch.float32 for p in masters.parameters.values()) and model.a.weight.grad is None
    masters.end()
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}


def test_without_masters_the_weights_are_the_optimizers():
    model = Model()
    same = NoMasters(dict(model.named_parameters()))
    assert same.of([model.a.weight]) == [model.a.weight] and same.parameters["a.weight"] is model.a.weight
