"""Pocket models that are not there yet, pretrained many seeds at a time: the same steps as `models.pocket.pretrain` takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import torch

from tellback.config import ModelSpec, SetupSpec
from tellback.corpora.pocket import PocketSettings, World
from tellback.models.pocket import SIZES, Exercises, Recipe, build, found, recipe_of, save_in_cache
from tellback.models.stacked import Flat, StackedLM
from tellback.training.stacked import Schedule, StackedTraining
from tellback.training.stacked_loss import NextToken

Say = Callable[[str], None]


def pretrain_missing(specs: Sequence[SetupSpec], device: torch.device, pool: Executor, say: Say) -> None:
    """Pretrain every pocket model of `specs` that is neither in the package nor in the cache, and put it there."""
    wanted: dict[tuple[str, str], tuple[World, dict[int, Any]]] = {}
    for spec in specs:
        world = World(PocketSettings(**spec.corpus.options))
        for model in (spec.base_model, spec.decoder.model):
            if found(model.name, model.seed, world) is None:
                wanted.setdefault((model.name, world.settings.model_dump_json()), (world, {}))[1][model.seed] = model
    asked = {}
    for (name, settings), (world, seeds) in wanted.items():
        for seed in seeds:
            asked[name, settings, seed] = pool.submit(draw_exercises, world.settings.model_dump(), name, seed)
    for (name, settings), (world, seeds) in wanted.items():
        say(f"pretraining {name}, {len(seeds)} seeds at once")
        drawn = [asked[name, settings, seed].result() for seed in seeds]
        pretrain_stack(list(seeds.values()), world, drawn, device)


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


def pretrain_stack(models: Sequence[ModelSpec], world: World, drawn: Sequence[tuple[np.ndarray, np.ndarray]], device: torch.device) -> None:
    """Pretrain models of one name together, one a seed, and put them into the cache."""
    name = models[0].name
    recipe, (_, family, size, *_) = recipe_of(name, world), name.split("-")
    lms = [build(family, SIZES[size], world, model.seed) for model in models]
    parameters = [dict(lm.model.named_parameters()) for lm in lms]
    flat = Flat(parameters)
    longest = max(ids.shape[-1] for ids, _ in drawn)
    ids, labels = (
        torch.stack([torch.from_numpy(np.pad(d[i], ((0, 0), (0, 0), (0, longest - d[i].shape[-1])), constant_values=fill)) for d in drawn], 1)
        for i, fill in ((0, 0), (1, -100))
    )
    training = StackedTraining(flat, NextToken(StackedLM(lms[0].model), ids, labels, device), one_cycle(recipe, len(lms)), device)
    (last,) = training.run([recipe.steps])
    for model, named, row, lm in zip(models, parameters, last.weights_MP, lms, strict=True):
        flat.put(row, named)
        save_in_cache(lm, name, model.seed, world)


def one_cycle(recipe: Recipe, n: int) -> Schedule:
    """torch's OneCycleLR with its defaults: 30% warm-up from 1/25, then to 1/250,000, while the first moment's decay goes from
    0.95 to 0.85 and back."""
    up, rates, decays = 0.3 * recipe.steps - 1, [], []
    for step in range(recipe.steps):
        if step <= up:
            (low, high), (a, b), x = (1 / 25, 1.0), (0.95, 0.85), step / up
        else:
            (low, high), (a, b), x = (1.0, 1 / 250_000), (0.85, 0.95), (step - up) / (recipe.steps - 1 - up)
        cosine = (1 + math.cos(math.pi * min(1.0, x))) / 2
        rates.append(recipe.learning_rate * (high + (low - high) * cosine))
        decays.append(b + (a - b) * cosine)
    return Schedule(torch.tensor(rates)[:, None].expand(-1, n), torch.tensor(decays), 0.01, 1.0)
