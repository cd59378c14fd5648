"""A study's grid, what is asked of its setups, and one setup of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from tellback.config import pretrained
from tellback.config.named import CompressorSpec, CorpusSpec, Frozen, ModelSpec, Named, Unit, placeless
from tellback.config.train import TrainSpec, check_rates
from tellback.methods import Role, role_of

SCHEMA = 1  # of results.jsonl and of the setup folders
PROBE_VERSION = 1  # raised when the probes of a built-in set change


class DecoderSpec(Frozen):
    model: ModelSpec = Field(description="the LM that reads the memory")
    train: Literal["full", "lora", "frozen"] = Field("full", description="which of its weights train")
    contrast: float = Field(
        0.0, ge=0, description="belief-contrastive telling back: how much a token gains by being likelier with the memory than "
        "without it; 0: the likeliest token"
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"model": value} if isinstance(value, str) else value

    def on_pretrained(self) -> DecoderSpec:
        """With LoRA, where nothing was said of what trains."""
        return self if "train" in self.model_fields_set else self.model_copy(update={"train": "lora"})


#: The names of readers of told-back text in studies that were written before a reader was renamed -> the names now.
RENAMED_READERS = {"span": "cues"}


class VerdictReaderSpec(Named):
    """A reader of told-back text: cues, likelihood, likelihood-gain, likelihood-listed, judge or mock."""

    options: dict[str, Any] = Field(default_factory=dict, description="the reader's own settings")

    @field_validator("name")
    @classmethod
    def _name_now(cls, name: str) -> str:
        return RENAMED_READERS.get(name, name)


class EngineSpec(Named):
    """Who generates: transformers, the decoder in this process, or vllm."""

    options: dict[str, Any] = Field(default_factory=dict, description="the engine's own, such as gpu_memory_utilization of vllm")


HERE = EngineSpec(name="transformers")


class ProbeSpec(Frozen):
    sets: tuple[str, ...] | None = Field(None, description="probe sets of the corpus; null takes all of them")
    n_documents: int = Field(100, ge=1, description="documents in each set")
    at_most: dict[str, int] = Field(default_factory=dict, description="fewer documents than that in the sets named here")
    linear: int = Field(
        0, ge=0, description="fresh documents on whose memories a linear probe is fitted, which tells what the compressor lost "
        "from what the decoder did not tell; 0: none"
    )  # fmt: skip
    along: int = Field(
        0, ge=0, description="documents of each set that goes against belief that are told back and read at every place of the "
        "training's trace; 0: none"
    )  # fmt: skip
    seed: int = Field(0, description="draws the probe documents")
    answers: bool = Field(True, description="also ask each question from the memory, by generation")
    likelihood: bool = Field(True, description="also score each question's options by likelihood")
    max_new_tokens: int = Field(16, ge=1, description="of an answer")
    readers: tuple[VerdictReaderSpec, ...] = Field(
        (VerdictReaderSpec(name="cues"),), description="what reads told-back text; cues gives the main figures"
    )  # fmt: skip
    engine: EngineSpec = Field(
        HERE, description="what generates told-back texts and answers: transformers, or vllm, which needs its extra and a GPU, takes "
        "memories of vectors and of text, and gives no entropies"
    )  # fmt: skip
    normalise: Literal["sum", "tokens", "gain"] = Field(
        "sum", description="log-probabilities of options, for belief and for a memory's options: of the whole option, "
        "their mean per token, or what the question adds to them (for a memory: what the memory adds to the question)"
    )  # fmt: skip

    def outcome(self) -> dict[str, Any]:
        """What changes the readings, JSON-able; fields that came after schema 1 count where they were set, and readers by
        their first names, so that a setup keeps its key."""
        values, default = self.model_dump(mode="json"), ProbeSpec().model_dump(mode="json")
        later = ("readers", "engine", "normalise", "at_most", "linear", "along")
        changed = {k: v for k, v in values.items() if k not in later or v != default[k]}
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


class Cut(Frozen):
    """How documents are cut before they are compressed."""

    by: Unit = Field(
        "document", description="what a trained compressor compresses by itself: a document, or each sentence of it, told back one by "
        "one and joined"
    )  # fmt: skip
    longest_piece: int | None = Field(
        None, ge=1, description="by sentence: tokens of a sentence that is compressed whole; a longer one is cut between words. null: "
        "no limit"
    )  # fmt: skip


class StudySpec(Cut):
    name: str = Field(description="a folder holds one study of one name")
    corpus: CorpusSpec
    base_models: tuple[ModelSpec, ...] = Field(min_length=1)
    compressors: tuple[CompressorSpec, ...] = (CompressorSpec(name="pooling"),)
    rates: tuple[float, ...] = Field((4.0,), min_length=1)
    seeds: tuple[int, ...] = Field((0,), min_length=1)
    also: tuple[GridSpec, ...] = Field((), description="further parts of the grid, such as another family at one rate")
    primary_rate: float | None = Field(
        None, ge=1, description="the rate of the study's one primary question; verdicts at other rates are corrected for "
        "looking several times. null: the highest"
    )  # fmt: skip
    pretrain_per_seed: bool = Field(
        False, description="seed s of a pocket compressor starts from the checkpoint pretrained with seed s"
    )
    decoder: DecoderSpec | None = Field(None, description="null: the first base model, trained along")
    train: TrainSpec = TrainSpec()
    probes: ProbeSpec = ProbeSpec()
    controls: tuple[Literal["identity", "no_memory", "shuffled"], ...] = ("identity", "no_memory", "shuffled")

    _rates = field_validator("rates")(check_rates)

    @model_validator(mode="after")
    def _default_decoder(self) -> StudySpec:
        decoder = self.decoder or DecoderSpec(model=self.base_models[0])
        parts = (self, *self.also)
        models = [decoder.model, *(m for part in parts for m in part.base_models or ())]
        if pretrained.applies(models, [c for part in parts for c in part.compressors or ()]):
            object.__setattr__(self, "train", pretrained.for_pretrained(self.train))
            decoder = decoder.on_pretrained()
        object.__setattr__(self, "decoder", decoder)
        return self


class ReaderSpec(Cut):
    """What a compressor and its decoder are made from: enough to build them again and put trained weights in."""

    base_model: ModelSpec
    compressor: CompressorSpec
    rate: float | None = Field(description="tokens per slot where no other rate is asked for")
    seed: int = 0
    decoder: DecoderSpec
    train: TrainSpec = TrainSpec()
    world: dict[str, Any] = Field(default_factory=dict, description="settings of the pocket world, for its models")


class SetupSpec(Cut):
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

    def as_pretrained(self) -> SetupSpec:
        """With what a pretrained model needs in place of what was not given; the same where none trains."""
        if not pretrained.applies([self.base_model, self.decoder.model], [self.compressor]):
            return self
        return self.model_copy(update={"train": pretrained.for_pretrained(self.train), "decoder": self.decoder.on_pretrained()})

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
            world=self.corpus.world, by=self.by, longest_piece=self.longest_piece,
        )  # fmt: skip

    def key(self) -> str:
        """Hash of what changes the outcome; the study's name, where its files lie and how often it checkpoints do not."""
        what = placeless(self.model_dump(mode="json", exclude={"study", "train", "probes"}))
        what |= {"train": self.train.outcome(), "probes": self.probes.outcome()}
        if not self.decoder.contrast:  # it came later: a setup without it keeps its key
            del what["decoder"]["contrast"]
        if self.by == "document":  # so did this
            del what["by"], what["longest_piece"]
        text = json.dumps({"schema": SCHEMA, "probe_version": PROBE_VERSION, **what}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
