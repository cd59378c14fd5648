"""One step of a stack beside the same steps one by one: what a stack saves on this machine's device.

    python -m benchmarks.stacked [--sizes 60k,250k,1m] [--members 12] [--steps 200]

Both sides in one run: the compressor of `pocket-size` at 8x. Random ids; nothing is learned.
"""

from __future__ import annotations

import argparse
import time

import torch

from tellback.config import read_study
from tellback.models.load import find_device
from tellback.models.stacked import Flat, StackedLM
from tellback.study.grid import setups
from tellback.study.stacked import Member, _shape, plan_of, schedule_of
from tellback.training.stacked import StackedTraining, at_once
from tellback.training.stacked_loss import Table, TellingBack


def training(members: list[Member], steps: int, device: torch.device) -> StackedTraining:
    """A stack of `members` that reads random documents of 16 to 25 tokens."""
    flat, m = Flat([x.weights for x in members]), len(members)
    rng = torch.Generator().manual_seed(0)
    table = Table(torch.randint(3, 190, (steps, m, 32, 25), generator=rng), torch.randint(16, 26, (steps, m, 1), generator=rng).expand(-1, -1, 32).contiguous())
    first = members[0]
    loss = TellingBack(StackedLM(first.pair.compressor.lm.model), StackedLM(first.pair.decoder.lm.model), table, _shape(first),
                       [x.spec.train.remedy for x in members], None, device)  # fmt: skip
    plans = [plan_of(x.spec.model_copy(update={"train": x.spec.train.model_copy(update={"steps": steps})})) for x in members]
    return StackedTraining(flat, loss, schedule_of(first.spec.train, plans), device)


def seconds_a_step(run: StackedTraining, steps: int) -> tuple[float, float]:
    """(seconds a step, mean loss at the end), the first tenth left out."""
    found = []
    for snapshot in run.run([steps // 10, steps]):
        found.append((time.monotonic(), snapshot))
    (before, _), (after, last) = found
    return (after - before) / (steps - steps // 10), last.loss_M.mean().item()


def seconds_at_once(runs: list[StackedTraining], steps: int) -> float:
    """Seconds that stacks of several sizes take for `steps` steps each, all at once."""
    for run in runs:
        run.capture()
    started = time.monotonic()
    list(at_once([lambda run=run: [*run.run([steps])] for run in runs], runs))  # type: ignore[misc]
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="60k,250k,1m")
    parser.add_argument("--members", default="12")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--precision", default="highest", help="of float32 products: highest | high (TF32 on a GPU)")
    given = parser.parse_args()
    torch.set_float32_matmul_precision(given.precision)
    device = torch.device(find_device())
    print(f"device: {torch.cuda.get_device_name() if device.type == 'cuda' else 'cpu'}, {given.precision} precision of products")
    study = read_study("pocket-size")
    tiny = study.corpus.model_copy(update={"options": study.corpus.options | {"pretraining_steps": 8}})
    study = study.model_copy(update={"corpus": tiny, "decoder": study.decoder.model_copy(update={"model": study.base_models[0]})})
    first, found = [], {}
    for size in given.sizes.split(","):
        spec = next(s for s in setups(study) if not s.is_control and s.base_model.name == f"pocket-llama-{size}")
        member = Member.of(spec)
        alone, loss = seconds_a_step(training([member], given.steps, device), given.steps)
        print(f"{size:>5}  alone {1e3 * alone:7.2f} ms a step  (loss {loss:.4f})", flush=True)
        for m in map(int, given.members.split(",")):
            stacked, loss = seconds_a_step(training([member] * m, given.steps, device), given.steps)
            found[size, m] = stacked
            print(f"{size:>5}  {m:3} members {1e3 * stacked:7.2f} ms a step, {m * alone / stacked:5.1f} times as many a second as alone  (loss {loss:.4f})", flush=True)
        first.append(member)
    m = int(given.members.split(",")[0])
    together = seconds_at_once([training([member] * m, given.steps, device) for member in first], given.steps)
    one_by_one = given.steps * sum(found[size, m] for size in given.sizes.split(","))
    print(f"{len(first)} stacks of {m} at once: {together:.2f} s, one after another {one_by_one:.2f} s, {one_by_one / together:.2f} times as fast")


if __name__ == "__main__":
    main()
