"""How a setup is trained."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from tellback.config.named import Frozen, ModelSpec
from tellback.errors import UsageError
from tellback.registry import unknown

Part = Literal["adapter", "compressor", "decoder"]  # the method's own weights, the compressor's LM, the decoder
Mode = Literal["full", "lora", "frozen"]
OBJECTIVES = ("autoencode", "continuation", "distillation", "hidden_distillation")


BESIDE = ("track", "prefetch")  # fields that change nothing of what comes out


def _check_objectives(objectives: dict[str, float] | None) -> dict[str, float] | None:
    for name, weight in (objectives or {}).items():
        if name not in OBJECTIVES:
            raise ValueError(unknown("objective", name, list(OBJECTIVES)))
        if weight < 0:
            raise ValueError(f"the weight of {name!r} should be at least 0")
    if objectives is not None and not sum(objectives.values()) > 0:
        raise ValueError("at least one objective needs a weight above 0")
    return objectives


def _check_peaks(peaks: Any) -> Any:
    for peak in peaks.values() if isinstance(peaks, dict) else () if peaks is None else (peaks,):
        if peak < 0:
            raise ValueError(f"a learning rate is at least 0, got {peak:g}")
    return peaks


def check_rates(rates: tuple[float, ...] | None) -> tuple[float, ...] | None:
    if any(rate < 1 for rate in rates or ()):
        raise ValueError("a rate is source tokens per slot, so it is at least 1")
    return rates


class StageSpec(Frozen):
    """A stretch of a training with its own learning rates and its own choice of what trains, as in LCLM's schedule.

    Each stage runs one whole cycle of the learning rate with a fresh optimizer. What is null is as in the training.
    """

    steps: int = Field(ge=1, description="optimizer steps")
    learning_rate: float | dict[Part, float] | None = Field(None, description="peak; a mapping gives one per part")
    compressor: Mode | None = Field(None, description="which weights of the compressor's LM train; its adapter always does")
    decoder: Mode | None = Field(None, description="which weights of the decoder train")
    objectives: dict[str, float] | None = Field(None, description="what is trained for, and each one's weight")

    _objectives = field_validator("objectives")(_check_objectives)
    _peaks = field_validator("learning_rate")(_check_peaks)


class RemedySpec(Frozen):
    """What may keep a compressor from overwriting; each by itself or together with others, all off by default
    (`training/remedies.py` says what each one does and what it is after)."""

    uniform: float = Field(0.0, ge=0.0, le=1.0, description="share of the training documents whose values are uniform")
    uniform_kinds: tuple[str, ...] = Field((), description="kinds of fact that are uniform there; none named: all")
    twins: float = Field(0.0, ge=0.0, le=1.0, description="share of a batch's documents whose twin is taken, one value exchanged")
    ramp: float = Field(0.0, ge=0.0, le=1.0, description="share of the steps over which `twins` rises from 0")
    belief_weight: float = Field(0.0, ge=0.0, description="tokens on which belief is sure and wrong weigh up to 1 + this")
    rank: float = Field(0.0, description="weight of the log effective rank of a batch's slots; above 0 narrows, below 0 widens")
    norm: float = Field(0.0, ge=0.0, description="weight of the spread of the slots' norms")
    contrast: float = Field(0.0, ge=0.0, description="weight of telling the source apart from its twin's memory")
    margin: float = Field(2.0, gt=0.0, description="of the contrast, in nats: a token that is told that much better costs nothing")
    sharpen: float = Field(0.0, ge=0.0, description="weight of the entropy (nats) where belief is sure and wrong")
    curriculum: tuple[float, ...] = Field(
        (), description="rates that come first, one after the other, each for as many steps; then the setup's own (or `rates`)"
    )
    curriculum_share: float = Field(0.5, gt=0.0, le=1.0, description="share of the steps that the rates of `curriculum` take together")

    _rates = field_validator("curriculum")(check_rates)

    @property
    def changes_loss(self) -> bool:
        return any((self.belief_weight, self.rank, self.norm, self.contrast, self.sharpen))

    @property
    def needs_belief(self) -> bool:
        """Whether the decoder as it was before training must say what it believes."""
        return any((self.belief_weight, self.sharpen))

    @property
    def needs_twins(self) -> bool:
        return bool(self.twins or self.contrast)

    def rate_at(self, step: int, steps: int) -> float | None:
        """The rate of `curriculum` that is trained at step `step` of `steps`; None once it is over, or where there is none."""
        through = step / (self.curriculum_share * steps)
        return self.curriculum[int(through * len(self.curriculum))] if self.curriculum and through < 1 else None


class TrainSpec(Frozen):
    steps: int = Field(2000, ge=1, description="optimizer steps; with stages, the sum of theirs")
    copy_steps: int = Field(
        800, ge=0, description="steps in which a decoder that cannot copy yet is taught to, before training"
    )
    batch_size: int = Field(32, ge=1, description="documents a step")
    learning_rate: float | dict[str, float] = Field(
        1e-3,
        description="peak of the one-cycle schedule; a mapping gives one per base model, compressor (its label) or "
        "compressor/base model, each with or without @rate, the nearest taken",
    )
    weight_decay: float = Field(0.01, ge=0)
    clip: float = Field(1.0, gt=0, description="largest gradient norm")
    compressor: Mode = Field(
        "full", description="which weights of the compressor's LM train; what the method adds to it always does"
    )
    lora_rank: int = Field(16, ge=1)
    embeddings: bool = Field(
        True, description="whether `full` trains an LM's table of embeddings and its head too: of small pretrained models they "
        "are most of the parameters, and a few thousand texts touch few of their rows"
    )  # fmt: skip
    values: Literal["corpus", "uniform"] = Field(
        "corpus", description="values of the training documents: as the corpus that was believed, or uniform"
    )
    n_documents: int | None = Field(
        16000, ge=1, description="different training documents; null: fresh ones at each step, none is seen twice"
    )
    n_held_out: int = Field(128, ge=8, description="held-out ordinary documents of the fixed evaluation batch")
    trace_points: int = Field(20, ge=5, description="evaluations on the held-out batch, evenly spaced")
    checkpoint_seconds: float = Field(30.0, ge=0, description="seconds between checkpoints")
    dtype: Literal["float32", "bfloat16", "bfloat16_weights", "fastest"] = Field(
        "float32", description="bfloat16: mixed precision; bfloat16_weights: weights, activations and gradients of the models "
        "in bfloat16, while the optimizer keeps its own copy in float32; fastest: bfloat16_weights where the device multiplies "
        "bfloat16 itself, else float32"
    )  # fmt: skip
    tail: float = Field(
        0.0, ge=0.0, lt=0.5, description="share of the steps, the last ones, at a constant low learning rate: what still "
        "moves there has not converged, whatever the schedule does"
    )  # fmt: skip
    n_threads: int = Field(1, ge=1, description="torch threads of each setup")
    objectives: dict[str, float] = Field(
        {"autoencode": 1.0},
        description="what is trained for, and each one's weight: autoencode (tell the source back), continuation (say "
        "what follows the source), distillation and hidden_distillation (predict, and represent, like the decoder that "
        "reads the source itself)",
    )
    mix: Literal["sum", "sample"] = Field(
        "sum", description="sum: every step minimises the weighted sum; sample: each step draws one objective, the "
        "weights being the shares of steps"
    )  # fmt: skip
    unscored: int = Field(
        1, ge=1, description="first tokens of the next text that are given, not predicted (ICAE: 8)"
    )  # fmt: skip
    distil_on: Literal["continuation", "telling_back"] = Field(
        "continuation", description="the tokens on which the decoder with memory is to be like the decoder with source"
    )
    temperature: float = Field(1.0, gt=0, description="of both distributions under distillation")
    rates: tuple[float, ...] | None = Field(
        None, description="one compressor for many rates: each step draws one of these; null: the setup's rate alone"
    )
    micro_batch: int | None = Field(
        None, ge=1, description="documents a forward pass; a step's gradients are accumulated. null: the whole batch"
    )
    stages: tuple[StageSpec, ...] = Field((), description="what trains when; none: everything from the start")
    remedy: RemedySpec = Field(RemedySpec(), description="against overwriting; all off by default")
    bucket: int = Field(
        1, ge=1, description="documents whose lengths, rounded up to a multiple of so many tokens, are the same make batches together: "
        "ragged texts in batches of like length; 1: of one length"
    )  # fmt: skip
    gradient_checkpointing: bool = Field(
        False, description="keep only each layer's input for the backward pass and make the rest again: less memory, a third more time"
    )
    compile: bool = Field(False, description="torch.compile each layer of both LMs; the first steps take minutes")
    track: Literal["tensorboard", "wandb", "trackio"] | None = Field(
        None, description="also follow each training in one of Accelerate's trackers, whose files lie in the setup's folder"
    )
    prefetch: bool | None = Field(
        None, description="draw the next batches while a step is computed, in a thread; changes no result. null: on CUDA, not on processors"
    )
    skip_longer: bool = Field(
        False, description="leave out documents that are too long for the decoder to tell back; false: they are an error"
    )

    _objectives = field_validator("objectives")(_check_objectives)
    _peaks = field_validator("learning_rate")(_check_peaks)
    _rates = field_validator("rates")(check_rates)

    @model_validator(mode="after")
    def _steps_of_stages(self) -> TrainSpec:
        total = sum(stage.steps for stage in self.stages)
        if self.stages and "steps" in self.model_fields_set and self.steps != total:
            raise ValueError(f"steps is {self.steps}, its stages have {total} together. Leave steps out.")
        if self.stages:
            object.__setattr__(self, "steps", total)
        return self

    @property
    def further_rates(self) -> tuple[float, ...]:
        """Rates that are trained beside the setup's own."""
        return (*(self.rates or ()), *self.remedy.curriculum)

    @property
    def keeps_masters(self) -> bool:
        """Whether models compute in bfloat16 and the optimizer in float32; of `fastest`, which a device decides, as GPUs do."""
        return self.dtype in ("bfloat16_weights", "fastest")

    def lowest_rate(self, rate: float | None) -> float | None:
        """The lowest of a setup's `rate` and those that are trained beside it, which has the most slots; None without any."""
        return min([*filter(None, [rate]), *self.further_rates], default=None)

    def outcome(self) -> dict[str, Any]:
        """What changes the trained weights, JSON-able. Fields that came after schema 1 count where they were set, so that
        what was trained before them keeps its key."""
        new = ("objectives", "mix", "unscored", "distil_on", "temperature", "rates", "micro_batch", "stages", "skip_longer",
               "tail", "remedy", "embeddings", "bucket", "gradient_checkpointing", "compile")
        values = self.model_dump(mode="json", exclude={"checkpoint_seconds", *BESIDE})
        default = TrainSpec().model_dump(mode="json")
        if not self.remedy.curriculum:  # it came later still
            for remedy in (values["remedy"], default["remedy"]):
                del remedy["curriculum"], remedy["curriculum_share"]
        return {k: v for k, v in values.items() if k not in new or v != default[k]}

    def rate_for(self, model: ModelSpec, rate: float | None, compressor: str = "") -> float:
        """The learning rate of a setup; `compressor` is its label. Raises UsageError when the mapping names neither."""
        if not isinstance(self.learning_rate, dict):
            return self.learning_rate
        at = f"@{rate:g}" if rate else ""
        names = (f"{compressor}/{model.name}", compressor, model.name)
        for name in (*(n + at for n in names), *names, "default"):
            if name in self.learning_rate:
                return self.learning_rate[name]
        raise UsageError(
            f"train.learning_rate names no rate for {model.name!r} (it has {', '.join(self.learning_rate)}). "
            f"Add it, or a 'default', or run `tellback sweep`."
        )
