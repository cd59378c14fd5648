"""Pocket models that are not there yet, pretrained many seeds at a time: the same steps as `models.pocket.pretrain` takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import torch

from tellback.config import ModelSpec, SetupSpec
from tellback.corpora.pocket import PocketSettings, World
from tellback.models.pocket import SIZES, Exercises, Recipe, build, found, recipe_of, save_in_cache
from tellback.models.stacked import Flat, StackedLM
from tellback.training.stacked import TOGETHER, Schedule, StackedTraining, at_once
from tellback.training.stacked_loss import NextToken
from tellback.training.trainer import learning_rate_scale

Say = Callable[[str], None]


def pretrain_missing(specs: Sequence[SetupSpec], device: torch.device, pool: Executor, say: Say) -> None:
    """Pretrain every pocket model of `specs` that is neither in the package nor in the cache, and put it there."""
    wanted: dict[tuple[str, str], tuple[World, dict[int, Any]]] = {}
    for spec in specs:
        world = World(PocketSettings(**spec.corpus.world))
        for model in (spec.base_model, spec.decoder.model):
            if found(model.name, model.seed, world) is None:
                wanted.setdefault((model.name, world.settings.model_dump_json()), (world, {}))[1][model.seed] = model
    asked: dict[tuple, Any] = {}
    for (name, _), (world, seeds) in wanted.items():
        for seed in seeds:
            if (what := _read_by(name, world, seed)) not in asked:
                asked[what] = pool.submit(draw_exercises, world.settings.model_dump(), name, seed)
    lines = list(wanted.items())
    for at in range(0, len(lines), TOGETHER):
        stacks = [
            PretrainingStack(list(seeds.values()), world, [asked[_read_by(name, world, seed)].result() for seed in seeds], device)
            for (name, _), (world, seeds) in lines[at : at + TOGETHER]
        ]
        say("pretraining " + ", ".join(map(str, stacks)))
        for i in at_once([stack.train for stack in stacks], [stack.training for stack in stacks]):
            say(f"pretrained {stacks[i]}")


def _read_by(name: str, world: World, seed: int) -> tuple:
    """What a pretraining reads depends on: sizes share it."""
    recipe = recipe_of(name, world)
    return recipe.steps, tuple(recipe.mixture.items()), recipe.values, world.settings.model_dump_json(), seed


def draw_exercises(settings: dict[str, Any], name: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The ids and labels (steps x B x T; -100: not scored) of a model's pretraining, step for step."""
    world = World(PocketSettings(**settings))
    recipe = recipe_of(name, world)
    exercises = Exercises(world, seed, recipe.mixture, recipe.values)
    batches = [exercises.batch(exercises.kinds()) for _ in range(recipe.steps)]
    longest = max(ids.shape[1] for ids, _ in batches)
    ids = np.zeros((recipe.steps, batches[0][0].shape[0], longest), np.int16)
    labels = np.full_like(ids, -100)
    for i, (given, wanted) in enumerate(batches):
        ids[i, :, : given.shape[1]], labels[i, :, : given.shape[1]] = given, wanted
    return ids, labels


class PretrainingStack:
    """Models of one name, one a seed, ready to be pretrained together."""

    def __init__(self, models: Sequence[ModelSpec], world: World, drawn: Sequence[tuple[np.ndarray, np.ndarray]], device: torch.device):
        self.models, self.world, self.name = models, world, models[0].name
        self.recipe, (_, family, size, *_) = recipe_of(self.name, world), self.name.split("-")
        self.lms = [build(family, SIZES[size], world, model.seed) for model in models]
        self.parameters = [dict(lm.model.named_parameters()) for lm in self.lms]
        self.flat = Flat(self.parameters)
        loss = NextToken(StackedLM(self.lms[0].model), _joined([ids for ids, _ in drawn], 0), _joined([labels for _, labels in drawn], -100), device)
        self.training = StackedTraining(self.flat, loss, one_cycle(self.recipe, len(models)), device)

    def __str__(self) -> str:
        return f"{self.name} ({len(self.models)} seeds)"

    def train(self) -> None:
        """Pretrain, and put the models into the cache."""
        (last,) = self.training.run([self.recipe.steps])
        for model, named, row, lm in zip(self.models, self.parameters, last.weights_MP, self.lms, strict=True):
            self.flat.put(row, named)
            save_in_cache(lm, self.name, model.seed, self.world)


def _joined(arrays: Sequence[np.ndarray], fill: int) -> torch.Tensor:
    """Of steps x B x T_m: steps x M x B x T."""
    longest = max(a.shape[-1] for a in arrays)
    return torch.stack([torch.from_numpy(np.pad(a, ((0, 0), (0, 0), (0, longest - a.shape[-1])), constant_values=fill)) for a in arrays], 1)


def one_cycle(recipe: Recipe, n: int) -> Schedule:
    """torch's OneCycleLR with its defaults: the trainer's rise and fall of the learning rate, while the first moment's decay goes from
    0.95 to 0.85 and back."""
    scales = torch.tensor([learning_rate_scale(step, recipe.steps) for step in range(recipe.steps)], dtype=torch.float64)
    lowest = torch.where(torch.arange(recipe.steps) <= 0.3 * recipe.steps - 1, 1 / 25, 1 / 250_000)
    decays = 0.95 - 0.1 * (scales - lowest) / (1 - lowest)
    return Schedule((recipe.learning_rate * scales).float()[:, None].expand(-1, n), decays.float(), 0.01, 1.0)
