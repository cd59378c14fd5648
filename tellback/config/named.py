"""What is chosen by name, with options of its own: models, compressors, corpora; and how a mapping becomes one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tellback.errors import UsageError
from tellback.registry import unknown

S = TypeVar("S", bound=BaseModel)
Unit = Literal["document", "sentence"]  # what is compressed by itself
WORLDS = ("pocket",)  # corpora that are closed worlds
MADE_HERE = ("pocket-", "tiny", "dry/")  # how the names of models begin that are made here


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)  # what is no number is no JSON either


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
    def pretrained(self) -> bool:
        """Whether it came with weights that somebody trained on text: neither a pocket model nor a fake."""
        return not self.name.startswith(MADE_HERE)

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
        """The settings of its world, of which models are made; none where it is not one. Which `kinds` of fact documents are about
        changes nothing of the world."""
        return {name: value for name, value in self.options.items() if name != "kinds"} if self.is_world else {}


def placeless(content: dict[str, Any]) -> dict[str, Any]:
    """What was dumped of a study or a setup, without the folder in which its corpus's files lie: that is no part of an outcome, and
    is another one on the machine where a study goes on."""
    corpus = content["corpus"]
    options = {name: value for name, value in corpus["options"].items() if name != "data"}
    return content | {"corpus": corpus | {"options": options}}


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
