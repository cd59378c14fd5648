"""Every reader by name, for studies, for audits and for their measuring. A reader is its file and one line here.

Nothing is imported before it is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tellback.registry import choose

if TYPE_CHECKING:
    from tellback.config import VerdictReaderSpec
    from tellback.readers.base import Surroundings, VerdictReader

#: name -> (module, class, one line about it)
READERS = {
    "cues": ("cues", "CuesReader", "looks values up in the text: deterministic, free; for sets whose answers stand in the text"),
    "audit": ("audit", "AuditReader", "every value and relation that the source states, by the audit's rules: deterministic"),
    "likelihood": ("likelihood", "LikelihoodReader", "a language model scores each option after text and question"),
    "likelihood-gain": ("likelihood", "GainReader", "by how much the text raises each option over the bare question"),
    "likelihood-listed": ("likelihood", "ListedReader", "it chooses from a printed list, in every cyclic order of the options"),
    "judge": ("judge", "JudgeReader", "a chat endpoint says what the text says, with a quote that is checked"),
    "mock": ("mock", "MockReader", "verdicts by rule or from a table, for tests"),
}
RENAMED = {"span": "audit"}  # what `tellback audit --reader` and `tellback validate` called it before -> its name


def reader_class(name: str) -> type[VerdictReader]:
    """The class of a registry name; raises UsageError for any other."""
    module, attribute, _ = choose("reader", name, READERS)
    return getattr(import_module(f"tellback.readers.{module}"), attribute)


def make(spec: VerdictReaderSpec, around: Surroundings) -> VerdictReader:
    """A study's reader `spec.name` with its options. Raises UsageError for an unknown name or option."""
    return reader_class(spec.name).for_study(spec.options, around)


def cost_line(name: str, cost: Mapping[str, Any]) -> str:
    """One line for the terminal."""
    money = "" if cost.get("cost") is None else f", cost {cost['cost']:.4f}"
    return (
        f"{name}: {cost['requests']} requests ({cost['cached']} of {cost['replies']} replies from the cache), "
        f"{cost['prompt_tokens']} + {cost['completion_tokens']} tokens{money}; {cost['unscored']} probes unscored"
    )
