"""Language models that read as they were loaded, each loaded once in a process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tellback.config import ModelSpec
from tellback.errors import UsageError
from tellback.models.load import check_name

if TYPE_CHECKING:
    from tellback.models.decoder import Decoder


@lru_cache(maxsize=2)
def _loaded(spec: str, world: str) -> Decoder:
    from tellback.models.decoder import Decoder
    from tellback.models.load import load

    return Decoder(load(ModelSpec.model_validate_json(spec), json.loads(world))).eval()


def plain_lm(spec: ModelSpec, world: Mapping[str, Any] | None = None) -> Decoder:
    """The LM of `spec` as it is loaded, once in a process."""
    return _loaded(spec.model_dump_json(), json.dumps(dict(world or {}), sort_keys=True))


def lm_called(name: str) -> Decoder:
    """The LM of a name that a user gave. Raises UsageError where it is unknown, or where what runs it is not installed."""
    check_name(name)
    try:
        return plain_lm(ModelSpec(name=name))
    except ModuleNotFoundError as error:
        raise UsageError(
            f"a model needs {error.name}, which is not installed. Try pip install tellback[study]."
        ) from None
