"""A model that says whether a text supports a claim: any NLI or support cross-encoder, or a classifier of the claim's tokens.

By the path of a folder or a hub name. ONNX files run without torch (int8 ones first); what has weights alone needs
transformers. Windows that are too long are cut at their end, the claim only where it alone is too long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from tellback.errors import UsageError
from tellback.models.support import backends
from tellback.models.support.files import EXTRA, Files, find
from tellback.models.support.labels import columns
from tellback.records import Span

BATCH = 16  # pairs a run; sorted by length, so that little is padding
LONGEST = 256  # tokens of a pair: what a claim needs beside the sentences that were chosen for it
CLAIM = 0.6  # share of the tokens that a claim may take
DEFAULT_LONGEST = 512
BARS = "support_bars"  # of a config.json: from which probabilities on the model is to be believed
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which no tokenizer reads


@dataclass(frozen=True)
class Judgement:
    """`supported`: probability that the text supports the claim; `contradicted`: that it denies it, None where the model does
    not say; `doubtful`: characters of the claim whose tokens it holds for unsupported, worst first (token classifiers only)."""

    supported: float
    contradicted: float | None = None
    doubtful: tuple[Span, ...] = ()


@lru_cache(maxsize=2)
def load(name: str) -> SupportModel:
    """The model of a folder or hub name, once in a process. Raises UsageError where it cannot be used."""
    return SupportModel(find(name))


class SupportModel:
    """`of_tokens`: whether it judges the claim word by word. `bars`: what its config says of when it is to be believed."""

    def __init__(self, files: Files) -> None:
        self.name = files.name
        self._encoder = _tokenizer(files)
        self._size: int | None = None
        if files.onnx is not None:
            self._run, self._size = backends.onnx(files)
        else:
            self._run = backends.torch(files)
        positions = files.config.get("max_position_embeddings", DEFAULT_LONGEST)
        positions -= 2 * (files.config.get("model_type") in ("roberta", "xlm-roberta", "camembert"))  # two that pad
        self.longest = self._size or min(LONGEST, positions, files.longest or DEFAULT_LONGEST)
        pad = files.config.get("pad_token_id")
        self._pad = pad if isinstance(pad, int) else next(
            (i for t in ("[PAD]", "<pad>") if (i := self._encoder.token_to_id(t)) is not None), 0)  # fmt: skip
        self.bars: dict[str, float] = dict(files.config.get(BARS) or {})
        self._names = {int(i): str(label) for i, label in (files.config.get("id2label") or {}).items()}
        logits = self._logits([self._encoded("a", "b")])[0]
        self.of_tokens = logits.ndim == 2
        self._columns = columns(self._names, logits.shape[-1], self.of_tokens, files.name)

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[Judgement]:
        """One Judgement for each (text, claim), in order."""
        read = [self._encoded(text, claim) for text, claim in pairs]
        order = sorted(range(len(read)), key=lambda i: len(read[i].ids))
        out: list[Judgement | None] = [None] * len(pairs)
        for at in range(0, len(order), BATCH):
            chunk = order[at : at + BATCH]
            for i, logits in zip(chunk, self._logits([read[i] for i in chunk]), strict=True):
                out[i] = self._judgement(logits, read[i])
        return [j for j in out if j is not None]

    def _judgement(self, logits: np.ndarray, read: Any) -> Judgement:
        """Of tokens: a claim is as sure as its least supported token, and the doubtful ones are joined to words."""
        if not self.of_tokens:
            supported, contradicted = self._columns.probabilities(logits[None])
            return Judgement(float(supported[0]), None if contradicted is None else float(contradicted[0]))
        mine = [t for t, of in enumerate(read.sequence_ids) if of == 1 and read.offsets[t][1] > read.offsets[t][0]]
        if not mine:
            return Judgement(1.0)
        supported_T = self._columns.probabilities(logits[mine])[0]
        spans: list[tuple[float, int, int]] = []
        for p, t in zip(supported_T, mine, strict=True):
            start, end = read.offsets[t]
            if spans and start == spans[-1][2]:  # a piece of the word before it
                spans[-1] = (min(spans[-1][0], p), spans[-1][1], end)
            else:
                spans.append((p, start, end))
        doubtful = sorted(s for s in spans if s[0] < 0.5)
        return Judgement(float(supported_T.min()), None, tuple((start, end) for _, start, end in doubtful))

    def _encoded(self, text: str, claim: str) -> Any:
        """The pair's tokens: as much of the text as fits beside the claim."""
        text, claim = (_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", t) for t in (text, claim))
        room = int(CLAIM * self.longest)
        mine = self._encoder.encode(claim, add_special_tokens=False)
        if len(mine.ids) > room:
            claim = claim[: mine.offsets[room - 1][1]]
        read = self._encoder.encode(text, claim)
        while len(read.ids) > self.longest:
            theirs = [t for t, of in enumerate(read.sequence_ids) if of == 0]
            over = len(read.ids) - self.longest
            if len(theirs) <= over:
                raise UsageError(
                    f"--entail {self.name}: reads {self.longest} tokens, too few for a claim and its source."
                )
            text = text[: read.offsets[theirs[-over - 1]][1]]
            read = self._encoder.encode(text, claim)
        return read

    def _logits(self, read: Sequence[Any]) -> list[np.ndarray]:
        width = self._size or max(len(r.ids) for r in read)
        batch = {name: np.full((len(read), width), fill, np.int64) for name, fill in
                 (("input_ids", self._pad), ("attention_mask", 0), ("token_type_ids", 0))}  # fmt: skip
        for b, r in enumerate(read):
            batch["input_ids"][b, : len(r.ids)] = r.ids
            batch["attention_mask"][b, : len(r.ids)] = 1
            batch["token_type_ids"][b, : len(r.ids)] = r.type_ids
        return [
            logits[: len(r.ids)] if logits.ndim == 2 else logits
            for r, logits in zip(read, self._run(batch), strict=True)
        ]


def _tokenizer(files: Files) -> Any:
    """A `tokenizers.Tokenizer`, without its own cutting and padding."""
    try:
        from tokenizers import Tokenizer

        if files.tokenizer is not None:
            found = Tokenizer.from_file(str(files.tokenizer))
        else:
            from transformers import AutoTokenizer

            found = AutoTokenizer.from_pretrained(files.folder).backend_tokenizer
    except ModuleNotFoundError as error:
        raise UsageError(f"--entail {files.name}: needs {error.name}. Try {EXTRA}.") from None
    except Exception as error:  # tokenizers raises bare Exception
        raise UsageError(f"--entail {files.name}: its tokenizer cannot be read ({str(error)[:200]}).") from None
    found.no_truncation()
    found.no_padding()
    return found
