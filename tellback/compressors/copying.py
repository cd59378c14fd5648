"""Copying by force, token by token, and by inspection, line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tellback.compressors.units import Spans

MARKUP = re.compile(r"^\s*(?:[-*•>]+\s+|\d+[.)]\s+)?[\"'«“‘]?(.*?)[\"'»”’]?\s*$", re.DOTALL)


class SpanCopier:
    """What may come next while a source is copied: the continuation of a span, or the begin of another.

    A span begins and ends at a word; between two stands the token `separator` (None: there is only one span). No token
    is copied twice, and after `n_most` of them only the end is allowed. Follows one row of a decoding loop.
    """

    def __init__(
        self, ids: Sequence[int], words: Sequence[int | None], n_most: int, separator: int | None, end: int
    ):  # fmt: skip
        self.ids, self.words, self.n_most, self.separator, self.end = ids, words, n_most, separator, end
        self.free = [True] * len(ids)
        self.begins = [i for i, w in enumerate(words) if w is not None and (i == 0 or words[i - 1] != w)]
        self.borders = {*self.begins, len(ids), *(i for i, w in enumerate(words) if w is None)}
        self.spans: list[tuple[int, int]] = []  # closed, in the order in which they were copied
        self.open: list[tuple[int, int]] = []  # [first, next) of each place that the open span may be a copy of
        self.n_read = self.n_copied = 0

    def allow(self, row: int, so_far: list[int]) -> list[int]:
        """The ids that may follow `so_far`; the signature is that of a decoding loop's `allow`."""
        for token in so_far[self.n_read :]:
            self._read(token)
        self.n_read = len(so_far)
        if self.n_copied >= self.n_most:
            return [self.end]
        if not self.open:
            return [*{self.ids[i] for i in self._free_begins()}, *([self.end] if self.spans or not self._free_begins() else [])]
        allowed = {self.ids[at] for _, at in self.open if at < len(self.ids) and self.free[at]}
        if any(at in self.borders for _, at in self.open):
            allowed.add(self.end)
            if self.separator is not None:
                allowed.add(self.separator)
        return list(allowed)

    def chosen(self, so_far: list[int]) -> list[int]:
        """The words copied, in the order of copying, once `so_far` is all that was written."""
        for token in so_far[self.n_read :]:
            self._read(token)
        self.n_read = len(so_far)
        self._close()
        found = [self.words[i] for first, end in self.spans for i in range(first, end)]
        return [w for w in dict.fromkeys(found) if w is not None]

    def _free_begins(self) -> list[int]:
        return [i for i in self.begins if self.free[i]]

    def _read(self, token: int) -> None:
        open_at = self.open or [(i, i) for i in self._free_begins()]
        going_on = [(first, at + 1) for first, at in open_at
                    if at < len(self.ids) and self.free[at] and self.ids[at] == token]  # fmt: skip
        if going_on:
            self.open = going_on
            self.n_copied += 1
        else:  # the separator; one that also stands in the source there was taken as a part of it
            self._close()

    def _close(self) -> None:
        """End the open span at its last whole word, as a copy of the first place that it may be from."""
        if not self.open:
            return
        first, end = self.open[0]
        while end not in self.borders:
            end -= 1
        if end > first:
            self.spans.append((first, end))
            self.free[first:end] = [False] * (end - first)
        self.open = []


def find(line: str, text: str, units: Spans, taken: set[int]) -> list[int] | None:
    """The words of `text` that `line` copies, None where it copies none.

    Space may differ, and a bullet or quotation marks around the line do not count; nothing else may differ. It
    begins and ends where letters and digits do; what it copies counts up to the next space, so that «12» of «12.5» is
    the whole number. Of several places the first that is not `taken`.
    """
    for candidate in (line, MARKUP.sub(r"\1", line)):
        parts = candidate.split()
        if not parts:
            continue
        pattern = r"(?<!\w)" * parts[0][0].isalnum() + r"\s+".join(map(re.escape, parts)) + r"(?!\w)" * parts[-1][-1].isalnum()
        places = [
            [i for i, (a, b) in enumerate(units) if a < match.end() and b > match.start()]
            for match in re.finditer(pattern, text)
        ]
        if places:
            return next((p for p in places if not taken & set(p)), places[0])
    return None
