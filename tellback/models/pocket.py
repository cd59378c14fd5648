"""The pocket LMs: five sizes in two architectures that believe the pocket world's usual facts and can copy.

One recipe for every size: the same stream of documents, questions and copying exercises, batch for batch. Only the
shape and the learning rate (smaller for wider models) differ. A world that sets `pretraining_steps` trains every size for
as many steps, on documents and closed questions alone: a compressor needs to believe, not to copy. Its decoder is the
model of the same name with `-copy`, which has the whole recipe. Padding is on the right and the models are causal, so no
attention mask is needed.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tellback.corpora.grammar import VALUES, Statement, question, tokenizer, vocabulary
from tellback.corpora.pocket import PocketSettings, World
from tellback.models.lm import LM
from tellback.store import cache_dir

RECIPE = 1  # raised when pretraining changes, so that no stale weights are found


@dataclass(frozen=True)
class Size:
    """Shape and pretraining of one size; parameters without embeddings are about 13 x width^2 x layers."""

    width: int
    layers: int
    heads: int
    steps: int
    learning_rate: float


SIZES = {
    "60k": Size(48, 2, 4, 8000, 4e-3),
    "120k": Size(56, 3, 4, 7000, 3e-3),
    "250k": Size(80, 3, 5, 6000, 2e-3),
    "500k": Size(112, 3, 4, 5000, 1.5e-3),
    "1m": Size(140, 4, 5, 5000, 1e-3),
}
#: What one pretraining step is about, as shares: reading documents, copying, questions with and without a document.
MIXTURE = {"document": 0.35, "copy": 0.40, "closed_question": 0.10, "open_question": 0.15}
#: The same where the world sets the steps: what makes a model believe, and nothing else.
BELIEVING = {"document": 0.55, "closed_question": 0.45}
BATCH = 32
COPY = "copy"  # the ending of a name: of the whole recipe, whatever the world sets
UNIFORM = "uniform"  # the ending of a name: of a model whose documents have uniform values, so that it believes nothing


@dataclass(frozen=True)
class Recipe:
    """How long, how fast and on what a model is pretrained."""

    steps: int
    learning_rate: float
    mixture: Mapping[str, float]
    values: str = "corpus"  # of the documents and questions that it reads


def recipe_of(name: str, world: World) -> Recipe:
    """The recipe of the model `name` in `world`. Without copying twice the peak is best (60k: 4e-3 to 8e-3)."""
    _, _, size_name, *variant = name.split("-")
    size, steps = SIZES[size_name], world.settings.pretraining_steps
    values = UNIFORM if UNIFORM in variant else "corpus"
    if steps is None or COPY in variant:
        return Recipe(size.steps, size.learning_rate, MIXTURE, values)
    return Recipe(steps, 2 * size.learning_rate, BELIEVING, values)


def shape_of(family: str, size: Size) -> Any:
    """The configuration of a pocket LM of `family` (llama | qwen3)."""
    from transformers import LlamaConfig, Qwen3Config

    return (Qwen3Config if family == "qwen3" else LlamaConfig)(
        vocab_size=len(vocabulary()), hidden_size=size.width, intermediate_size=3 * size.width,
        num_hidden_layers=size.layers, num_attention_heads=size.heads, num_key_value_heads=size.heads,
        head_dim=size.width // size.heads, tie_word_embeddings=True, max_position_embeddings=512,
        pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip


def build(family: str, size: Size, world: World, seed: int) -> LM:
    """An untrained pocket LM of `family` (llama | qwen3)."""
    from transformers import LlamaForCausalLM, Qwen3ForCausalLM

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = (Qwen3ForCausalLM if family == "qwen3" else LlamaForCausalLM)(shape_of(family, size))
    return LM(f"pocket-{family}", model, tokenizer())


class Exercises:
    """The endless pretraining stream: pairs of (what is given, what is to be predicted), in token ids."""

    def __init__(self, world: World, seed: int, mixture: Mapping[str, float] = MIXTURE, values: str = "corpus"):
        self.world, self.mixture, self.values = world, mixture, values
        self.index = {word: i for i, word in enumerate(vocabulary())}
        self.ae, self.ask, self.eos = (self.index[t] for t in ("<ae>", "<ask>", "<eos>"))
        self.words = [i for w, i in self.index.items() if not w.startswith("<")]
        self.rng = random.Random(f"exercises-{seed}")
        self.streams = {values: world.stream(f"pretraining-{seed}", values) for values in ("corpus", "uniform")}
        self.n_facts = world.settings.n_value_facts + world.settings.n_relation_facts

    def kinds(self) -> str:
        return self.rng.choices(list(self.mixture), list(self.mixture.values()))[0]

    def batch(self, kind: str) -> tuple[Tensor, Tensor]:
        """(ids, labels), both B x T; labels are -100 where nothing is to be predicted."""
        pairs = [getattr(self, kind)() for _ in range(BATCH)]
        longest = max(len(a) + len(b) for a, b in pairs)
        ids = torch.zeros(BATCH, longest, dtype=torch.long)
        labels = torch.full((BATCH, longest), -100)
        for row, (given, target) in enumerate(pairs):
            ids[row, : len(given) + len(target)] = torch.tensor(given + target)
            labels[row, len(given) : len(given) + len(target)] = torch.tensor(target)
        return ids, labels

    def ids(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        return [self.index[w] for words in sentences for w in words]

    def draw(self, values: str) -> tuple[list[Statement], list[list[str]]]:
        """A document of the world, half of the time cut short, so that no length is the only one known."""
        statements, sentences = next(self.streams[values])
        n = self.n_facts if self.rng.random() < 0.5 else self.rng.randint(1, self.n_facts)
        return statements[:n], sentences[:n]

    def document(self):
        return [self.ae], [*self.ids(self.draw(self.values)[1]), self.eos]

    def copy(self):
        if self.rng.random() < 0.5:
            x = self.rng.choices(self.words, k=self.rng.randint(4, 8 * self.n_facts))
        elif self.rng.random() < 0.3:
            statements = self.world.statements(self.rng, "uniform", "held_out")
            x = self.ids(self.world.words(statements, self.rng)[: self.rng.randint(1, self.n_facts)])
        else:
            x = self.ids(self.draw("uniform")[1])
        return [*x, self.ae], [*x, self.eos]

    def closed_question(self):
        return self._question(self.rng.choice(self.draw(self.values)[0]))

    def open_question(self):
        statements, sentences = self.draw("uniform")
        question, answer = self._question(self.rng.choice(statements))
        return self.ids(sentences) + question, answer

    def _question(self, statement: Statement):
        asked = question(statement.kind, statement.about).split()
        answer = [*statement.value.split(), "."]
        return [self.ask, *self.ids([asked])], [*self.ids([answer]), self.eos]


def pretrain(lm: LM, recipe: Recipe, world: World, seed: int, say: Callable[[str], None] = lambda line: None) -> None:
    """Train `lm` in place by `recipe`; one line to `say` every tenth of the way. Deterministic for one thread."""
    exercises, steps = Exercises(world, seed, recipe.mixture, recipe.values), recipe.steps
    optimizer = torch.optim.AdamW(lm.model.parameters(), lr=recipe.learning_rate, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, total_steps=steps)
    lm.model.train()
    running: dict[str, float] = {}
    for step in range(1, steps + 1):
        kind = exercises.kinds()
        ids, labels = exercises.batch(kind)
        logits = lm.model(input_ids=ids, use_cache=False).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(lm.model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        running[kind] = 0.95 * running.get(kind, loss.item()) + 0.05 * loss.item()
        if step % max(1, steps // 10) == 0:
            losses = "  ".join(f"{k} {v:.3f}" for k, v in sorted(running.items()))
            say(f"{lm.name}  step {step:,}/{steps:,}  loss: {losses}")
    lm.model.eval()


def load_pocket(
    name: str, seed: int, settings: Mapping[str, Any], say: Callable[[str], None] = lambda line: print(line, flush=True)
) -> LM:  # fmt: skip
    """The pocket LM `name` (pocket-FAMILY-SIZE) of the world with `settings`, pretrained with `seed`.

    Comes from the package, else from the user's cache, else it is pretrained now and cached.
    """
    _, family, size_name, *_ = name.split("-")
    world = World(PocketSettings(**settings))
    lm = build(family, SIZES[size_name], world, seed)
    lm.name = name + (f"-p{seed}" if seed else "")
    if (file := found(name, seed, world)) is not None:
        _load_weights(lm, file)
        return lm
    say(f"{lm.name}: pretraining for this world (once; then cached in {cache_dir()})")
    pretrain(lm, recipe_of(name, world), world, seed, say)
    save_in_cache(lm, name, seed, world)
    return lm


def found(name: str, seed: int, world: World) -> Path | None:
    """The file of the model's weights, in the package or in the user's cache; None where it is yet to be pretrained."""
    file = f"{name}-{fingerprint(name, seed, world)}.safetensors"
    return next((f / file for f in (Path(__file__).parent / "weights", cache_dir()) if (f / file).is_file()), None)


def save_in_cache(lm: LM, name: str, seed: int, world: World) -> None:
    cache_dir().mkdir(parents=True, exist_ok=True)
    save_weights(lm, cache_dir() / f"{name}-{fingerprint(name, seed, world)}.safetensors")


def fingerprint(name: str, seed: int, world: World) -> str:
    """Hash of all that pretraining depends on."""
    size, recipe = SIZES[name.split("-")[2]], recipe_of(name, world)
    what = [RECIPE, name, seed, BATCH, dict(recipe.mixture), vars(size), world.settings.outcome(), vocabulary(),
            VALUES]  # fmt: skip
    if world.settings.pretraining_steps is not None:
        what.append([recipe.steps, recipe.learning_rate])
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def save_weights(lm: LM, path: Path) -> None:
    """Atomically: a reader never sees half a file. The tied output head is not written twice."""
    from safetensors.torch import save_file

    tensors = {k: v.contiguous() for k, v in lm.model.state_dict().items() if k != "lm_head.weight"}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    save_file(tensors, str(temporary))
    os.replace(temporary, path)


def _load_weights(lm: LM, path: Path) -> None:
    from safetensors.torch import load_file

    missing, unexpected = lm.model.load_state_dict(load_file(str(path)), strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (path, missing, unexpected)
