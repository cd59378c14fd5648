"""The mock reader, chosen by name like the real ones: the same verdicts every time, without a model or a network.

`reply` answers the judge's own requests by the same rule, for a chat server on 127.0.0.1 that stands in for an endpoint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from tellback.config import Frozen, parse
from tellback.corpora.options import find_words
from tellback.readers.base import Beliefs, Surroundings, Told, VerdictReader
from tellback.readers.judge import outcome
from tellback.records import Verdict

READER = "mock"


class MockSettings(Frozen):
    """Of the reader `mock`."""

    rule: Literal["contains", "faithful", "unscored"] = Field(
        "contains", description="contains: the text says the option whose words come first; the others: always that outcome"
    )
    canned: dict[str, str | None] = Field(
        default_factory=dict, description="probe id -> what the text says (null: nothing), before any rule"
    )


class MockReader(VerdictReader):
    """Verdicts by rule, or from a table."""

    name = READER

    def __init__(self, settings: MockSettings | None = None):
        self.settings = settings or MockSettings()

    @classmethod
    def for_study(cls, options: Mapping[str, Any], around: Surroundings) -> MockReader:
        return cls(parse(MockSettings, options, f"reader {READER!r}, options"))

    @classmethod
    def for_audit(cls, model: str | None) -> MockReader:
        return cls()

    @classmethod
    def for_validation(cls) -> MockReader:
        return cls()

    def read_all(self, told: Sequence[Told], beliefs: Beliefs) -> list[list[Verdict]]:
        return [[self._verdict(d, p, text, beliefs.get(p.id)) for p in d.probes] for d, text in told]

    @property
    def about(self) -> dict[str, Any]:
        return {"reader": self.name, **self.settings.model_dump(mode="json")}

    def _verdict(self, document, probe, text: str, belief: str | None) -> Verdict:
        if probe.id in self.settings.canned:
            value, at = self.settings.canned[probe.id], None
            if value is not None and value not in probe.options:
                return Verdict(probe.id, READER, "unscored", why=f"the canned value {value!r} is none of the options")
        elif self.settings.rule == "unscored":
            return Verdict(probe.id, READER, "unscored", why="the mock scores nothing")
        elif self.settings.rule == "faithful":
            value, at = probe.fact.value, None
        else:
            value, at = first_said(text, {o: forms or (o,) for o, forms in probe.options.items()})
        quote = text[slice(*at)] if at else ""
        return replace(outcome(document, probe, value, quote, at, belief), reader=READER)


def first_said(text: str, options: Mapping[str, Sequence[str]]) -> tuple[str | None, tuple[int, int] | None]:
    """(the option whose words stand first in `text`, where); the longer one where two begin together."""
    found = [(at[0], -at[1], option, at) for option, forms in options.items() for f in forms if (at := find_words(text, f))]
    return min(found)[2:] if found else (None, None)


def reply(body: Mapping[str, Any]) -> str:
    """What a judge that reads by the rule `contains` replies to a chat request of the judge reader, as JSON."""
    content = body["messages"][-1]["content"]
    mark = content.split("\n", 1)[0]
    inside = content[len(mark) : content.rindex(mark)]
    text, questions = re.fullmatch(r"\nText:\n(.*)\n\nQuestions:\n(.*)\n", inside, re.DOTALL).groups()
    verdicts = []
    for question in json.loads(questions):
        value, at = first_said(text, {o: (o,) for o in question["options"]})
        verdicts.append({"id": question["id"], "value": value, "says": text[slice(*at)] if at else ""})
    return json.dumps({"verdicts": verdicts})
