"""A language model chooses what to keep of a text and may only copy it.

Paper: Copy-Paste (arXiv 2510.00508), which prompts for, or prefers, answers made of copied spans. Different: there it
answers a question from a context; here it compresses the context, with or without a query, and copying is not hoped for
but held to. A local LM is decoded under constraint by default: each token continues a span of the source that begins
and ends at a word, or begins another, and no word is taken twice. What an endpoint (or an unconstrained LM) writes is
read line by line, and a line that does not stand in the source word for word is refused and asked for again. The
memory holds the chosen words in source order, within n_slots tokens of the decoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from tellback.compressors.base import Options, plain_encoding
from tellback.compressors.copying import SpanCopier, find
from tellback.compressors.text_method import Task, TextCompressor
from tellback.compressors.units import fill_or_cut, join, unit_of_tokens, words
from tellback.compressors.writing import LocalWriter, Request, Written, start_of, writer
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.endpoint import EndpointSpec
from tellback.models.lm import LM

ASK = "Copy the parts of that text that matter most, word for word, one a line, at most {n} words. Add nothing.{more}"
CUE = "Copied:\n"


class CopyPasteOptions(Options):
    endpoint: EndpointSpec | None = Field(None, description="who chooses; null: the base LM")
    constrained: bool | None = Field(None, description="decode only what copies; null: for a local LM yes")
    tries: int = Field(3, ge=1, description="requests before lines that are not copied, or too many, are an error")
    over: Literal["error", "cut"] = Field("error", description="what lines that are copied but too many are, in the end")


class CopyPaste(TextCompressor):
    """Spans that a language model copies out of the source, in source order (training-free, text to text)."""

    name = "copy_paste"
    Options = CopyPasteOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float | None, options: CopyPasteOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        if options.constrained and options.endpoint is not None:
            raise UsageError("copy_paste: an endpoint cannot be decoded under constraint. Leave one of the two options out.")
        self.writer = writer(lm, options.endpoint)
        self.constrained = options.endpoint is None and options.constrained is not False

    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        tasks = list(zip(texts, budgets, queries, strict=True))
        return [self._decode(task) for task in tasks] if self.constrained else self._ask(tasks)

    def _request(self, task: Task, trouble: str = "") -> Request:
        text, budget, query = task
        n = max(1, len(words(text)) * budget // self.size(text))
        more = (f" Take what answers this: {query}" if query else "") + (f" Last time: {trouble}" if trouble else "")
        return Request(text, ASK.format(n=n, more=more), CUE)

    def _decode(self, task: Task) -> str:
        """Under constraint: the LM only chooses where to begin, how far to go and where to go on."""
        text, budget, _ = task
        units, lm = words(text), self.lm
        encoded = plain_encoding(lm, text)
        most = max(1, len(encoded.input_ids) * budget // self.size(text))  # the budget, in the LM's tokens
        line_end = (lm.ids("\n")[-1:] or [None])[0]
        copier = SpanCopier(encoded.input_ids, unit_of_tokens(units, encoded.offset_mapping), most, line_end, lm.eos)
        writes = LocalWriter(lm)
        ids = writes.generate(self._request(task), 2 * most, writes.ends, copier.allow)
        chosen = copier.chosen(ids)
        if not chosen:
            self._notes[task] = "nothing was copied"
        return fill_or_cut(text, units, chosen, self.size, budget)

    def _ask(self, tasks: list[Task]) -> list[str]:
        """Ask until every line is a copy and all fit, or the tries are over."""
        done: dict[Task, str] = {}
        kept: dict[Task, list[int]] = {}
        trouble: dict[Task, str] = {}
        for _ in range(self.options.tries):
            waiting = [task for task in tasks if task not in done]
            requests = [self._request(task, trouble.get(task, "")) for task in waiting]
            for task, written in zip(waiting, self.writer.write(requests, [t[1] for t in waiting]), strict=True):
                kept[task], trouble[task] = self._check(task, written)
                if not trouble[task]:
                    done[task] = join(task[0], words(task[0]), kept[task])
            if len(done) == len(tasks):
                break
        for task in tasks:
            if task not in done:
                done[task] = self._cut(task, kept[task], trouble[task])
        return [done[task] for task in tasks]

    def _check(self, task: Task, written: Written) -> tuple[list[int], str]:
        """The words that `written` copies, none if any line is no copy, and what is wrong with it."""
        text, budget, _ = task
        units = words(text)
        kept: list[int] = []
        refused = []
        for line in lines(written):
            found = find(line, text, units, set(kept))
            kept += found or []
            if found is None:
                refused.append(line.strip())
        if refused:
            return [], f"{len(refused)} line(s) do not stand in the text, such as {start_of(refused[0])}."
        size = self.size(join(text, units, set(kept)))
        if size > budget:
            return kept, f"{size} tokens were copied, at most {budget} fit."
        return kept, "" if kept else "nothing was copied."

    def _cut(self, task: Task, kept: list[int], trouble: str) -> str:
        text, budget, _ = task
        if kept and self.options.over == "cut":
            self._notes[task] = f"{trouble} The rest was left out."
            return fill_or_cut(text, words(text), list(dict.fromkeys(kept)), self.size, budget)
        raise UsageError(
            f"copy_paste: expected lines copied from {start_of(text)} in at most {budget} tokens, got in the last of "
            f"{self.options.tries} tries: {trouble} Raise `tries`, take a model that follows the request, set over: cut "
            f"for what is copied but too long, or leave the endpoint out: a local LM can be held to copying."
        )


def lines(written: Written) -> Sequence[str]:
    """The lines of an answer that may be copies: no empty ones, no code fences, no last one that was cut off."""
    found = written.text.splitlines()
    found = found if written.ended else found[:-1]
    return [line for line in found if line.strip() and set(line.strip()) != {"`"}]
