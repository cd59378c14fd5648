"""A text's values, identifiers, quotes and names with what matching them asks, looked up in constant time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from tellback.compare.values.places import Text
from tellback.facts.extract import Extracted
from tellback.facts.kinds.table import KIND
from tellback.language.layout import Layout, layout
from tellback.language.sentences import Locator

_PLACEHOLDER = re.compile(r"<[a-z][\w -]*>|\$?\{[\w.]*\}|\.\.\.|%[sd]")
_VERSION = re.compile(r"v?\d+(?:\.\d+){2,}")
_LITERAL = 4  # letters of what stands around a placeholder

NAMES = "a name"  # the key of every name: names agree rather than being equal, so they are not found by their words


class Mentions:
    """One text's mentions with what matching asks of them, all lists parallel."""

    def __init__(self, read: Extracted) -> None:
        self.read = read
        self.mentions = read.mentions
        self.values = read.values
        self.starts = [mention.span[0] for mention in read.mentions]
        self.text = Text(read.text, read.sentences)
        self._around: dict[int, tuple[list[str], list[str]]] = {}
        self.sentence_at = Locator(read.sentences).index
        self.sentence = [self.sentence_at(m.span[0]) for m in self.mentions]
        self.kind = [KIND[m.kind] for m in self.mentions]
        self.group = [kind.group for kind in self.kind]
        self.words = [value.readings[0].words if group == "name" else () for value, group in zip(self.values, self.group, strict=True)]
        self.of_sentence: dict[int, list[int]] = defaultdict(list)
        self.rank: list[int] = []  # of each mention in its sentence
        self.said_in: dict[tuple[int, str], list[int]] = defaultdict(list)  # (sentence, key) -> mentions that keep it
        self.by_key: dict[str, list[int]] = defaultdict(list)
        self.by_bare: dict[str, list[int]] = defaultdict(list)  # number without its unit -> mentions
        self.finer: dict[str, list[int]] = defaultdict(list)  # key -> mentions that say it and more
        for k, (kind, value) in enumerate(zip(self.kind, self.values, strict=True)):
            here = self.of_sentence[self.sentence[k]]
            self.rank.append(len(here))
            here.append(k)
            bare = kind.bare(value)
            for key in self._kept_keys(k, bare):
                self.said_in[self.sentence[k], key].append(k)
            if bare is not None:
                self.by_bare[bare].append(k)
            if self.group[k] != "name":
                for key in value.keys:
                    self.by_key[key].append(k)
                for key in value.implied:
                    self.finer[key].append(k)

    def _kept_keys(self, k: int, bare: str | None) -> Iterable[str]:
        """Under what a mention is found in its sentence: all that it says, and its number without the unit."""
        if self.group[k] == "name":
            return (NAMES,)
        value = self.values[k]
        return dict.fromkeys((*value.keys, *value.implied, *(() if bare is None else (bare,))))

    def said(self, k: int) -> str:
        return self.read.text[slice(*self.mentions[k].span)]

    def number(self, k: int) -> str | None:
        """The key of the first number in a mention, without its unit and magnitude; None where it has none."""
        return self.kind[k].number(self.values[k], self.said(k))

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

    def column(self, k: int) -> str | None:
        """The name of the column of a table that a mention stands in, None where it stands in none."""
        cell = self.layout.at(self.mentions[k].span[0])
        return cell.key if cell and cell.key and cell.row is not None else None

    def at_rank(self, k: int, others: Sequence[int], most: int) -> Sequence[int]:
        """Of more than `most` mentions of one sentence of the other text, those at the rank of mention `k` in its own."""
        if len(others) <= most:
            return others
        share = self.rank[k] / len(self.of_sentence[self.sentence[k]])
        start = max(0, min(len(others) - most, int(share * len(others)) - most // 2))
        return others[start : start + most]

    @cached_property
    def layout(self) -> Layout:
        return layout(self.read.text)


def stands_in(words: str, text: str, lower: str = "") -> bool:
    """Whether an identifier stands in a text letter by letter, though it is read there as a part of something longer; one of
    letters alone in any case («WebKit»), where the text is given in small letters too."""
    if lower and words.isalpha() and re.search(rf"(?<![\w.-]){words.lower()}(?![\w-])", lower):
        return True
    if (literal := _PLACEHOLDER.split(words))[1:] and sum(map(len, literal)) >= _LITERAL:
        return all(part in text for part in literal) and re.search(r"\S{1,60}?".join(map(re.escape, literal)), text) is not None  # «open <id>» of «open ${next.id}»
    if "_" in words and words in text and re.search(rf"(?<![\w.-]){re.escape(words)}(?!\w)", text):
        return True  # «test_latch.c:210:test_pull:FAIL»
    if _VERSION.fullmatch(words):
        return words in text and re.search(rf"(?<![\w.]){re.escape(words)}(?!\.?\d|[.:/]\w)", text) is not None  # `broker:2.0.18-alpine`
    parts = words.split(".")
    if len(parts) > 1 and all(part.isidentifier() for part in parts):
        return all(re.search(rf"\b{part}\b", text) for part in parts)  # a method of a class: «Fetcher.get_page»
    return words in text and re.search(rf"(?<![\w.-]){re.escape(words)}(?!\w|[.:-]\w)", text) is not None
