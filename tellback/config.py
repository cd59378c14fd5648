"""What a study is asked to do: small frozen models, checked at construction, nothing of torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tellback.errors import UsageError
from tellback.methods import Role, role_of
from tellback.registry import unknown

SCHEMA = 1  # of results.jsonl and of the setup folders
PROBE_VERSION = 1  # raised when the probes of a built-in set change
WORLDS = ("pocket",)  # corpora that are closed worlds


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Frozen):
    """A thing chosen by name, with options of its own. In YAML a bare string is the name."""

    name: str = Field(description="a registry name, a hub name or a path")

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class ModelSpec(Named):
    seed: int = Field(0, description="pretraining seed, for models that are pretrained here (pocket, tiny)")
    dtype: Literal["float32", "bfloat16"] = Field("float32", description="of the weights")

    @property
    def label(self) -> str:
        """The name for tables and setup names: a path's last part, the pretraining seed where it is not 0."""
        return self.name.rstrip("/").split("/")[-1] + (f"-p{self.seed}" if self.seed else "")


class CompressorSpec(Named):
    options: dict[str, Any] = Field(default_factory=dict, description="the method's own options")

    @property
    def label(self) -> str:
        values = "-".join(
            str(v.get("model", "")).split("/")[-1] if isinstance(v, dict) else str(v)
            for _, v in sorted(self.options.items())
        )
        return self.name + (f"-{values}" if values else "")


class CorpusSpec(Named):
    options: dict[str, Any] = Field(default_factory=dict, description="the corpus's own settings")

    @property
    def is_world(self) -> bool:
        """Whether it is a closed world, made anew from its settings, for which models are pretrained."""
        return self.name in WORLDS

    @property
    def world(self) -> dict[str, Any]:
        """The settings of its world; none where it is not one."""
        return self.options if self.is_world else {}


class DecoderSpec(Frozen):
    model: ModelSpec = Field(description="the LM that reads the memory")
    train: Literal["full", "lora", "frozen"] = Field("full", description="which of its weights train")

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"model": value} if isinstance(value, str) else value


Part = Literal["adapter", "compressor", "decoder"]  # the method's own weights, the compressor's LM, the decoder
Mode = Literal["full", "lora", "frozen"]
OBJECTIVES = ("autoencode", "continuation", "distillation", "hidden_distillation")


def _check_objectives(objectives: dict[str, float] | None) -> dict[str, float] | None:
    for name, weight in (objectives or {}).items():
        if name not in OBJECTIVES:
            raise ValueError(unknown("objective", name, list(OBJECTIVES)))
        if weight < 0:
            raise ValueError(f"the weight of {name!r} should be at least 0")
    if objectives is not None and not sum(objectives.values()) > 0:
        raise ValueError("at least one objective needs a weight above 0")
    return objectives


def _check_rates(rates: tuple[float, ...] | None) -> tuple[float, ...] | None:
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
    values: Literal["corpus", "uniform"] = Field(
        "corpus", description="values of the training documents: as the corpus that was believed, or uniform"
    )
    n_documents: int = Field(16000, ge=1, description="different training documents")
    n_held_out: int = Field(128, ge=8, description="held-out ordinary documents of the fixed evaluation batch")
    trace_points: int = Field(20, ge=5, description="evaluations on the held-out batch, evenly spaced")
    checkpoint_seconds: float = Field(30.0, ge=0, description="seconds between checkpoints")
    dtype: Literal["float32", "bfloat16"] = Field("float32", description="of the forward pass (mixed precision)")
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
    skip_longer: bool = Field(
        False, description="leave out documents that are too long for the decoder to tell back; false: they are an error"
    )

    _objectives = field_validator("objectives")(_check_objectives)
    _rates = field_validator("rates")(_check_rates)

    @model_validator(mode="after")
    def _steps_of_stages(self) -> TrainSpec:
        total = sum(stage.steps for stage in self.stages)
        if self.stages and "steps" in self.model_fields_set and self.steps != total:
            raise ValueError(f"steps is {self.steps}, its stages have {total} together. Leave steps out.")
        if self.stages:
            object.__setattr__(self, "steps", total)
        return self

    def outcome(self) -> dict[str, Any]:
        """What changes the trained weights, JSON-able. Fields that came after schema 1 count where they were set, so that
        what was trained before them keeps its key."""
        new = ("objectives", "mix", "unscored", "distil_on", "temperature", "rates", "micro_batch", "stages", "skip_longer")
        values = self.model_dump(mode="json", exclude={"checkpoint_seconds"})
        default = TrainSpec().model_dump(mode="json")
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


#: The names of readers of told-back text in studies that were written before a reader was renamed -> the names now.
RENAMED_READERS = {"span": "cues"}


class VerdictReaderSpec(Named):
    """A reader of told-back text: cues, likelihood, likelihood-gain, likelihood-listed, judge or mock."""

    options: dict[str, Any] = Field(default_factory=dict, description="the reader's own settings")

    @field_validator("name")
    @classmethod
    def _name_now(cls, name: str) -> str:
        return RENAMED_READERS.get(name, name)


class ProbeSpec(Frozen):
    sets: tuple[str, ...] | None = Field(None, description="probe sets of the corpus; null takes all of them")
    n_documents: int = Field(100, ge=1, description="documents in each set")
    seed: int = Field(0, description="draws the probe documents")
    answers: bool = Field(True, description="also ask each question from the memory, by generation")
    likelihood: bool = Field(True, description="also score each question's options by likelihood")
    max_new_tokens: int = Field(16, ge=1, description="of an answer")
    readers: tuple[VerdictReaderSpec, ...] = Field(
        (VerdictReaderSpec(name="cues"),), description="what reads told-back text; cues gives the main figures"
    )  # fmt: skip
    normalise: Literal["sum", "tokens", "gain"] = Field(
        "sum", description="log-probabilities of options, for belief and for a memory's options: of the whole option, "
        "their mean per token, or what the question adds to them (for a memory: what the memory adds to the question)"
    )  # fmt: skip

    def outcome(self) -> dict[str, Any]:
        """What changes the readings, JSON-able; fields that came after schema 1 count where they were set, and readers by
        their first names, so that a setup keeps its key."""
        values, default = self.model_dump(mode="json"), ProbeSpec().model_dump(mode="json")
        changed = {k: v for k, v in values.items() if k not in ("readers", "normalise") or v != default[k]}
        first = {now: before for before, now in RENAMED_READERS.items()}
        for reader in changed.get("readers", ()):
            reader["name"] = first.get(reader["name"], reader["name"])
        return changed


class GridSpec(Frozen):
    """A further part of a study's grid; what it leaves out is as in the study."""

    base_models: tuple[ModelSpec, ...] | None = None
    compressors: tuple[CompressorSpec, ...] | None = None
    rates: tuple[float, ...] | None = None
    seeds: tuple[int, ...] | None = None


class StudySpec(Frozen):
    name: str = Field(description="a folder holds one study of one name")
    corpus: CorpusSpec
    base_models: tuple[ModelSpec, ...] = Field(min_length=1)
    compressors: tuple[CompressorSpec, ...] = (CompressorSpec(name="pooling"),)
    rates: tuple[float, ...] = Field((4.0,), min_length=1)
    seeds: tuple[int, ...] = Field((0,), min_length=1)
    also: tuple[GridSpec, ...] = Field((), description="further parts of the grid, such as another family at one rate")
    pretrain_per_seed: bool = Field(
        False, description="seed s of a pocket compressor starts from the checkpoint pretrained with seed s"
    )
    decoder: DecoderSpec | None = Field(None, description="null: the first base model, trained along")
    train: TrainSpec = TrainSpec()
    probes: ProbeSpec = ProbeSpec()
    controls: tuple[Literal["identity", "no_memory", "shuffled"], ...] = ("identity", "no_memory", "shuffled")

    _rates = field_validator("rates")(_check_rates)

    @model_validator(mode="after")
    def _default_decoder(self) -> StudySpec:
        if self.decoder is None:
            object.__setattr__(self, "decoder", DecoderSpec(model=self.base_models[0]))
        return self


class ReaderSpec(Frozen):
    """What a compressor and its decoder are made from: enough to build them again and put trained weights in."""

    base_model: ModelSpec
    compressor: CompressorSpec
    rate: float | None = Field(description="tokens per slot where no other rate is asked for")
    seed: int = 0
    decoder: DecoderSpec
    train: TrainSpec = TrainSpec()
    world: dict[str, Any] = Field(default_factory=dict, description="settings of the pocket world, for its models")


class SetupSpec(Frozen):
    """One cell of a study: everything that decides its outcome, and nothing else but its study's name."""

    study: str
    corpus: CorpusSpec
    base_model: ModelSpec
    compressor: CompressorSpec
    rate: float | None = Field(description="tokens per slot; null where there is no memory")
    seed: int
    decoder: DecoderSpec
    train: TrainSpec
    probes: ProbeSpec
    shuffled: bool = True

    @property
    def name(self) -> str:
        """Readable and unique within a study's grid."""
        rate = "" if self.rate is None or self.is_control else f"-{self.rate:g}x"
        return f"{self.compressor.label}{rate}-{self.base_model.label}-s{self.seed}"

    @property
    def is_control(self) -> bool:
        """Whether it bounds the study's compressors instead of being one of them."""
        return role_of(self.compressor.name) is not Role.METHOD

    @property
    def reader(self) -> ReaderSpec:
        return ReaderSpec(
            base_model=self.base_model, compressor=self.compressor, rate=self.rate, seed=self.seed,
            decoder=self.decoder, train=self.train,
            world=self.corpus.world,
        )  # fmt: skip

    def key(self) -> str:
        """Hash of what changes the outcome; the study's name and how often it checkpoints do not."""
        what = self.model_dump(mode="json", exclude={"study", "train", "probes"})
        what |= {"train": self.train.outcome(), "probes": self.probes.outcome()}
        text = json.dumps({"schema": SCHEMA, "probe_version": PROBE_VERSION, **what}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


S = TypeVar("S", bound=BaseModel)
BUILT_IN = Path(__file__).parent / "configs"


def studies() -> dict[str, Path]:
    """The built-in studies by name."""
    return {path.stem: path for path in sorted(BUILT_IN.glob("*.yaml"))}


def read_study(config: str) -> StudySpec:
    """The study called `config`, or in the YAML file at that path.

    Raises UsageError when there is none, when the file is no YAML mapping, or when a key or value is not expected.
    """
    import yaml

    path = studies().get(config) or Path(config)
    if not path.is_file():
        raise UsageError(unknown("study", config, studies()) + " Or give the path of a YAML file.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: {error}. Save it as UTF-8.") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not YAML: {error}") from None
    if not isinstance(content, Mapping):
        raise UsageError(f"{path} should hold a mapping of study keys, it holds {type(content).__name__}.")
    return parse(StudySpec, content, str(path))


def parse(model: type[S], content: Mapping[str, Any], where: str) -> S:
    """`content` as a `model`; raises UsageError that names each wrong key, what was expected and what is near."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UsageError(f"{where}:\n" + "\n".join(f"  {_explain(model, e)}" for e in error.errors())) from None


def _explain(model: type[BaseModel], error: Mapping[str, Any]) -> str:
    at = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        owner = _owner(model, error["loc"][:-1])
        return unknown(f"key at {at}", str(error["loc"][-1]), list(owner.model_fields))
    if error["type"] == "missing":
        return f"{at}: this key is required."
    return f"{at}: {error['msg']} (got {error['input']!r})."


def _owner(model: type[BaseModel], path: tuple[Any, ...]) -> type[BaseModel]:
    """The model in whose fields the last part of an error's path was looked up."""
    import typing

    for part in path:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        nested = [a for a in (annotation, *typing.get_args(annotation)) if isinstance(a, type)]
        model = next((a for a in nested if issubclass(a, BaseModel)), model)
    return model
