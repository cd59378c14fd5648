"""What an audit must reach: a share for all facts or for a kind, or the most findings of one outcome or level."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tellback.audit.inputs import read_text
from tellback.audit.tally import Tally
from tellback.audit.transcripts import messages
from tellback.display.words import share
from tellback.errors import UsageError
from tellback.records import LEVEL, LEVELS
from tellback.registry import unknown

ALL = "all"
#: Levels and outcomes of which a bar sets the most that are allowed.
LIMITS = (*LEVELS, *(outcome for outcome in LEVEL if outcome != "faithful"))
#: What `--fail-on` may be -> the bars that it sets.
GATES: Mapping[str, Mapping[str, float]] = {"wrong": {"wrong": 0}, "lost": {"wrong": 0, "lost": 0}, "nothing": {}}
DEFAULT_GATE = "wrong"
#: Types, the greatest value, and both in words.
_SHARE = (int | float, 1, "a share between 0 and 1")
_LIMIT = (int, math.inf, "a whole number of findings")


@dataclass(frozen=True, slots=True)
class Breach:
    """A bar that was not reached; `got` is None where nothing could be measured."""

    bar: str
    wanted: float
    got: float | None

    def __str__(self) -> str:
        if self.got is None:
            return f"{self.bar}: nothing could be scored, so {share(self.wanted)} cannot be shown"
        if self.bar in LIMITS:
            return f"{self.bar}: {self.got} found, at most {self.wanted} allowed"
        return f"{self.bar}: {share(self.got)} kept, at least {share(self.wanted)} wanted"


def read_bars(path: Path, kinds: Iterable[str] | None = None) -> dict[str, float]:
    """The bars of a YAML file: "all" or a kind -> least share in [0, 1]; an outcome or level -> greatest number.

    Kinds may be given in the plural. `kinds`: those that there are (default: all of the audit). Raises UsageError that
    names a key or value that does not fit.
    """
    import yaml

    try:
        content = yaml.safe_load(read_text(str(path)))
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is no YAML: {error}") from None
    if not isinstance(content, Mapping) or not content:
        raise UsageError(f"{path}: expected lines such as «all: 0.95» or «wrong: 0».")
    known = list(kinds if kinds is not None else known_kinds())
    return dict(_bar(str(key), value, known, path) for key, value in content.items())


def _bar(key: str, value: object, known: list[str], path: Path) -> tuple[str, float]:
    name = key if key in (ALL, *LIMITS, *known) else _singular(key, known)
    if name is None:
        raise UsageError(f"{path}: " + unknown("bar", key, [ALL, *LIMITS, *known]))
    kinds, most, wanted = _LIMIT if name in LIMITS else _SHARE
    if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value <= most:
        raise UsageError(f"{path}, {key}: expected {wanted}, got {value!r}.")
    return name, value


def _singular(key: str, known: list[str]) -> str | None:
    forms = (key.removesuffix("s"), key.removesuffix("es"), key.removesuffix("ies") + "y")
    return next((form for form in forms if form in known and form != key), None)


def breaches(bars: Mapping[str, float], tally: Tally) -> list[Breach]:
    """The bars that `tally` does not reach.

    "all" is not reached when nothing could be scored; a kind of which there is no fact asks for nothing.
    """
    found = []
    for bar, wanted in bars.items():
        if bar in LIMITS:
            got: float | None = tally.at(bar) if bar in LEVELS else tally.count(bar)
            fails = got > wanted
        else:
            kind = None if bar == ALL else bar
            got = tally.score(kind)
            fails = got < wanted if got is not None else kind is None or tally.n_facts(kind) > 0
        if fails:
            found.append(Breach(bar, wanted, got))
    return found


def known_kinds() -> list[str]:
    """Every kind of fact that an audit can name."""
    from tellback.facts.extract import KINDS

    return sorted({*KINDS, *messages.KINDS})
