"""A language model writes a summary of the asked-for length: what agents do when their context is full.

No paper; the practice of «compaction». Different from most of it: the length asked for is met or the call fails, and
the document is fenced as data. The budget is n_slots tokens of the decoder; the request names it in words. A local LM
is stopped at the budget, so its summary is never too long: what it left unfinished is dropped with its last sentence,
and the shortfall shows in n_slots. An endpoint cannot be stopped at a word; it is asked again, for less, and then
`over` decides. Greedy, so that the same document gives the same summary.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tellback.compressors.base import Options
from tellback.compressors.text_method import TextCompressor
from tellback.compressors.units import cut_back, words
from tellback.compressors.writing import Request, Written, start_of, writer
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.endpoint import EndpointSpec
from tellback.models.lm import LM

ASK = "Summarise that text in at most {n} words, in whole sentences, with its names and numbers as they are.{more}"
CUE = "Summary:"
AGAIN = " The last summary was too long: {n} words, no more."


class LLMSummaryOptions(Options):
    endpoint: EndpointSpec | None = Field(None, description="who writes; null: the base LM")
    tries: int = Field(3, ge=1, description="requests, each firmer than the last, before a summary is too long")
    over: Literal["error", "cut"] = Field("error", description="what an endpoint's summary that is still too long is")


class LLMSummary(TextCompressor):
    """A summary by the base LM or an endpoint, within the budget (training-free, text to text)."""

    name = "llm_summary"
    Options = LLMSummaryOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float | None, options: LLMSummaryOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self.writer = writer(lm, options.endpoint)

    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        n_words = [max(1, len(words(t)) * b // self.size(t)) for t, b in zip(texts, budgets, strict=True)]
        done: dict[int, str] = {}
        waiting, last = list(range(len(texts))), {}
        for attempt in range(self.options.tries):
            requests = [self._request(texts[i], n_words[i], queries[i], attempt) for i in waiting]
            last |= zip(waiting, self.writer.write(requests, [budgets[i] for i in waiting]), strict=True)
            done |= {i: last[i].text for i in waiting if last[i].ended and self.size(last[i].text) <= budgets[i]}
            waiting = [i for i in waiting if i not in done]
            for i in waiting:
                n_words[i] = max(1, n_words[i] * 2 // 3)
            if not waiting:
                break
        for i in waiting:
            done[i] = self._too_long((texts[i], budgets[i], queries[i]), last[i])
        for i, text in done.items():
            if not text:
                self._notes[texts[i], budgets[i], queries[i]] = "nothing that fits was written"
        return [done[i] for i in range(len(texts))]

    def _request(self, text: str, n: int, query: str | None, attempt: int) -> Request:
        more = (f" Keep what answers this: {query}" if query else "") + (AGAIN.format(n=n) if attempt else "")
        return Request(text, ASK.format(n=n, more=more), CUE)

    def _too_long(self, task: tuple[str, int, str | None], written: Written) -> str:
        text, budget, _ = task
        kept = cut_back(written.text, self.size, budget, unfinished=not written.ended)
        if self.writer.capped:
            return kept
        given = f"{self.size(written.text)} tokens{'' if written.ended else ' and more'}"
        if self.options.over == "error":
            raise UsageError(
                f"llm_summary: asked for at most {budget} tokens about {start_of(text)}, got {given} in the last of "
                f"{self.options.tries} tries. Raise `tries`, lower the rate, take a model that keeps to a length, or set "
                f"over: cut."
            )
        self._notes[task] = f"cut back from {given} to the {budget} asked for"
        return kept
