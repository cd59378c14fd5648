"""Studies by name or by path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tellback.config.named import parse
from tellback.config.study import StudySpec
from tellback.errors import UsageError
from tellback.registry import no_file

BUILT_IN = Path(__file__).parents[1] / "configs"


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
        raise UsageError(no_file("study", config, studies(), (".yaml", ".yml")))
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: {error}. Save it as UTF-8.") from None
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not YAML: {error}") from None
    if content is None:
        raise UsageError(f"{path} is empty. It should hold a study; README.md has an example.")
    if not isinstance(content, Mapping):
        raise UsageError(f"{path} should hold a mapping of study keys, it holds {type(content).__name__}.")
    return parse(StudySpec, content, str(path))
