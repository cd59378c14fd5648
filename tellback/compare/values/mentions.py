"""A text's values, identifiers, quotes and names with what matching them asks, looked up in constant time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from tellback.compare.values.places import Text
from tellback.facts.extract import VALUES, Extracted
from tellback.facts.kinds.amounts import read_whole
from tellback.facts.kinds.identifiers import IDENTIFIERS
from tellback.facts.scan import readings
from tellback.language.layout import Layout, layout
from tellback.language.sentences import Locator

_CLASS = {kind: "value" for kind in VALUES} | {kind: "identifier" for kind in IDENTIFIERS} | {"quote": "quote", "name": "name"}
_NUMBER = re.compile(r"\d[\d.,]*")


class Mentions:
    """One text's mentions with what matching asks of them, all lists parallel."""

    def __init__(self, read: Extracted) -> None:
        self.read = read
        self.mentions = read.mentions
        self.text = Text(read.text, read.sentences)
        self._around: dict[int, tuple[list[str], list[str]]] = {}
        where = Locator(read.sentences)
        self.sentence = [where.index(m.span[0]) for m in self.mentions]
        self.readings = [readings(m) for m in self.mentions]
        self.group = [_CLASS[m.kind] for m in self.mentions]
        self.words = [tuple(m.value.split()) if m.kind == "name" else () for m in self.mentions]
        self.of_sentence: dict[int, list[int]] = defaultdict(list)
        self.rank: list[int] = []  # of each mention in its sentence
        self.said_in: dict[tuple[int, str], list[int]] = defaultdict(list)  # (sentence, reading) -> mentions
        self.by_reading: dict[str, list[int]] = defaultdict(list)
        self.by_bare: dict[str, list[int]] = defaultdict(list)  # number without its unit -> mentions
        self.finer: dict[str, list[int]] = defaultdict(list)  # date -> mentions that say it and more
        for k, mention in enumerate(self.mentions):
            here = self.of_sentence[self.sentence[k]]
            self.rank.append(len(here))
            here.append(k)
            for key in self._keys(k):
                self.said_in[self.sentence[k], key].append(k)
            if self.group[k] == "value" and " " in self.readings[k][0]:
                self.by_bare[self.bare(k) or ""].append(k)
            if self.group[k] != "name":
                for reading in self.readings[k]:
                    self.by_reading[reading].append(k)
                    if mention.kind == "date":
                        for part in coarser_dates(reading):
                            self.finer[part].append(k)

    def _keys(self, k: int) -> Iterable[str]:
        """Under what a mention is found in its sentence: its readings, the coarser dates, the number without its unit."""
        mention = self.mentions[k]
        if mention.kind == "name":
            return ("name",)
        found = dict.fromkeys(self.readings[k])
        if mention.kind == "date":
            found |= dict.fromkeys(part for reading in self.readings[k] for part in coarser_dates(reading))
        elif self.group[k] == "value" and " " in self.readings[k][0]:
            found[self.bare(k) or ""] = None
        return found

    def said(self, k: int) -> str:
        return self.read.text[slice(*self.mentions[k].span)]

    def bare(self, k: int) -> str | None:
        """The number of a mention without its unit and magnitude, None where it has none of its own."""
        said = self.said(k)
        first = said.split(" ")[0]
        value = (read_whole(first) or read_whole(first.split("-")[0])) if said[:1].isalpha() else None
        found = _NUMBER.search(said)
        return found[0].replace(",", "").rstrip(".") if found else value.readings[0] if value else None

    def around(self, k: int) -> tuple[list[str], list[str]]:
        """The words before and after a mention; in a cell or a named field the name of that comes before all others, and
        its neighbours, which another order of columns or keys would change, are none."""
        if k not in self._around:
            span = self.mentions[k].span
            cell = self.layout.at(span[0])
            if cell is None or not cell.key:
                self._around[k] = self.text.around(span, self.read.sentences[self.sentence[k]])
            else:
                self._around[k] = self.text.around(span, (cell.start, cell.end), cell.key)
        return self._around[k]

    def field(self, k: int) -> str | None:
        """The name of the field or column that a mention is the value of, in small letters; None where it is of none."""
        cell = self.layout.at(self.mentions[k].span[0])
        return cell.key.casefold() if cell and cell.key else None

    @cached_property
    def layout(self) -> Layout:
        return layout(self.read.text)


def coarser_dates(reading: str) -> Iterable[str]:
    """The dates that say less than `reading` and agree."""
    if len(reading) == 10 and reading[4] == "-":  # 1879-03-14
        return reading[:7], reading[:4], f"--{reading[5:]}", f"--{reading[5:7]}"
    if len(reading) == 7 and reading[:2] != "--":  # 1879-03, --03-14, 2024-Q3
        return reading[:4], f"--{reading[5:]}"
    return (reading[:4],) if reading[:2] == "--" and len(reading) == 7 else ()
