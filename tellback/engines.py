"""Who continues after a memory: the decoder itself, by transformers (`Here`, the default), or vLLM with the memory as prompt
embeddings (`Vllm`, the extra `vllm`): many texts at once, in blocks of a cache that is shared out.

vLLM starts from vectors in the decoder's input space, so it takes memories of vectors and of text; keys and values of a
compressor (`kv_slots`, `kvpress`) it cannot be handed. It gives no whole distributions, so no entropies; the words are the
likeliest ones, as here, but for rounding.
"""

from __future__ import annotations

import copy
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tellback.compressors.memory import Memory, Told
from tellback.compressors.pieces import Pieces
from tellback.errors import UsageError
from tellback.models.belief import answer
from tellback.models.decoder import Decoder, Prefix
from tellback.registry import choose

NO_VLLM = "the engine vllm needs: pip install 'tellback[vllm]', on a machine with a GPU."


class Engine(ABC):
    """Tells memories back and answers questions about them."""

    @classmethod
    @abstractmethod
    def of(cls, decoder: Decoder, **options: Any) -> Engine:
        """One that reads with the weights that `decoder` has now. Raises UsageError where it cannot be had."""

    @classmethod
    def available(cls, options: Mapping[str, Any]) -> None:
        """Raise UsageError, before anything is loaded, where this machine cannot have it, or not with these options."""
        return None

    @classmethod
    def check(cls, memory: Callable[[], Memory], decoder: Decoder) -> None:
        """Raise UsageError, before anything trains, where this engine cannot be had or cannot read such a memory with this decoder."""
        return None

    @abstractmethod
    def tell_back(self, memory: Memory, decoder: Decoder, caps: Sequence[int]) -> list[Told]:
        """What is told back of each memory, at most `caps[i]` tokens."""

    @abstractmethod
    def answer(
        self, memory: Memory, decoder: Decoder, rows: Sequence[int], questions: Sequence[str], max_new: int,
        prefix: Callable[[], Prefix] | None = None,
    ) -> list[str]:  # fmt: skip
        """The greedy answer to `questions[i]` after memory `rows[i]`, up to the end of text or of the line. `prefix` gives the
        memory as the decoder's cache, where somebody has made that already."""


class Here(Engine):
    """The decoder in this process."""

    @classmethod
    def of(cls, decoder: Decoder, **options: Any) -> Here:
        cls.available(options)
        return cls()

    @classmethod
    def available(cls, options: Mapping[str, Any]) -> None:
        if options:
            raise UsageError(f"the engine transformers has no options, got {', '.join(options)}. Leave them out.")

    def tell_back(self, memory: Memory, decoder: Decoder, caps: Sequence[int]) -> list[Told]:
        return memory.tell_back(decoder, caps)

    def answer(
        self, memory: Memory, decoder: Decoder, rows: Sequence[int], questions: Sequence[str], max_new: int,
        prefix: Callable[[], Prefix] | None = None,
    ) -> list[str]:  # fmt: skip
        return answer(decoder, prefix() if prefix else memory.prefix(decoder), rows, questions, max_new)


class Vllm(Engine):
    """A vLLM engine that holds the decoder's weights. `llm`: a `vllm.LLM` made with `enable_prompt_embeds=True`; `sampling`: the
    class `vllm.SamplingParams`. `Vllm.of(decoder)` makes both."""

    def __init__(self, llm: Any, sampling: Callable[..., Any]):
        self.llm, self.sampling = llm, sampling
        self._weights: tempfile.TemporaryDirectory | None = None  # that it was loaded from

    @classmethod
    def of(cls, decoder: Decoder, **options: Any) -> Vllm:
        """vLLM with the weights that `decoder` has now; `options` go to `vllm.LLM` (such as `gpu_memory_utilization`).

        Raises UsageError without vLLM, or where it cannot start with this model."""
        LLM, SamplingParams = _vllm()
        folder = tempfile.TemporaryDirectory(prefix="tellback-vllm-")
        write_decoder(decoder, Path(folder.name))
        try:
            llm = LLM(model=folder.name, enable_prompt_embeds=True, dtype=str(decoder.embedding.weight.dtype).removeprefix("torch."), **options)
        except Exception as error:  # each model, GPU and version has its own
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise UsageError(f"vLLM could not load the decoder {decoder.lm.name!r}: {reason} Leave --engine out to read here.") from None
        made = cls(llm, SamplingParams)
        made._weights = folder
        return made

    @classmethod
    def available(cls, options: Mapping[str, Any]) -> None:
        if sys.modules.get("vllm") is None and find_spec("vllm") is None:  # to import it takes long
            raise UsageError(NO_VLLM)

    @classmethod
    def check(cls, memory: Callable[[], Memory], decoder: Decoder) -> None:
        _vllm()
        _check_contrast(decoder)
        memory().input_vectors(decoder)

    def tell_back(self, memory: Memory, decoder: Decoder, caps: Sequence[int]) -> list[Told]:
        if not memory.generated or not decoder.tells_back:
            return memory.tell_back(decoder, caps)
        if isinstance(memory, Pieces):
            return memory.joined(self.tell_back(memory.told_by_itself, decoder, memory.caps(caps)))
        _check_contrast(decoder)
        start = decoder.start_PD()
        ids = self._continued([torch.cat([m, start]) for m in memory.input_vectors(decoder)], caps, [decoder.lm.eos])
        return [Told(decoder.lm.text(row)) for row in ids]

    def answer(
        self, memory: Memory, decoder: Decoder, rows: Sequence[int], questions: Sequence[str], max_new: int,
        prefix: Callable[[], Prefix] | None = None,
    ) -> list[str]:  # fmt: skip
        vectors = memory.input_vectors(decoder)
        prompts = [torch.cat([vectors[row], decoder.question_PD(question)]) for row, question in zip(rows, questions, strict=True)]
        ids = self._continued(prompts, [max_new] * len(prompts), [decoder.lm.eos, *decoder.line_end])
        return [decoder.lm.text(row).strip() for row in ids]

    @torch.inference_mode()
    def _continued(self, prompts: Sequence[Tensor], caps: Sequence[int], stops: Sequence[int]) -> list[list[int]]:
        """The likeliest tokens after each prompt (P_i x D), without the one that stopped it."""
        outputs = self.llm.generate(*requests(prompts, caps, stops, self.sampling), use_tqdm=False)
        assert len(outputs) == len(prompts), f"vLLM answered {len(outputs)} of {len(prompts)} requests"
        found = [list(output.outputs[0].token_ids) for output in outputs]
        return [row[: min([row.index(s) for s in stops if s in row], default=len(row))] for row in found]


def _vllm() -> tuple[Any, Any]:
    try:
        from vllm import LLM, SamplingParams
    except ImportError:
        raise UsageError(NO_VLLM) from None
    return LLM, SamplingParams


def _check_contrast(decoder: Decoder) -> None:
    if decoder.contrast:
        raise UsageError(f"vLLM tells back without contrast, and this decoder has contrast {decoder.contrast:g}. Leave --engine out.")


def requests(
    prompts: Sequence[Tensor], caps: Sequence[int], stops: Sequence[int], sampling: Callable[..., Any]
) -> tuple[list[dict[str, Tensor]], list[Any]]:
    """What `vllm.LLM.generate` takes: a prompt of embeddings (P_i x D, in main memory) and greedy sampling for each.

    The end is told by `stop_token_ids` alone: the end of text is one of them, whatever the model's own configuration calls so.
    """
    embeds = [{"prompt_embeds": prompt.detach().to("cpu").contiguous()} for prompt in prompts]
    params = [sampling(temperature=0.0, max_tokens=cap, stop_token_ids=list(stops), ignore_eos=True, detokenize=False) for cap in caps]
    return embeds, params


def write_decoder(decoder: Decoder, folder: Path) -> None:
    """The decoder's LM as transformers and vLLM load it; what LoRA trained is added to the weights that it belongs to."""
    model = decoder.model
    if any("lora_" in name for name, _ in model.named_parameters()):
        from peft.tuners.lora import LoraLayer

        model = copy.deepcopy(model)
        for name, layer in list(model.named_modules()):
            if isinstance(layer, LoraLayer):  # peft wraps each layer that it adapts
                layer.merge()
                model.set_submodule(name, layer.get_base_layer())
    model.save_pretrained(folder)
    decoder.lm.tokenizer.save_pretrained(folder)


ENGINES: dict[str, type[Engine]] = {"transformers": Here, "vllm": Vllm}


def engine_class(name: str) -> type[Engine]:
    """The engine called `name`. Raises UsageError for any other."""
    return choose("engine", name, ENGINES)


def make_engine(name: str, decoder: Decoder, **options: Any) -> Engine:
    """The engine called `name`, with the weights that `decoder` has now. Raises UsageError for any other, or where it cannot be had."""
    return engine_class(name).of(decoder, **options)
