"""A causal language model with its tokenizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


@dataclass
class LM:
    """A causal language model and its tokenizer."""

    name: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @property
    def family(self) -> str:
        return self.model.config.model_type

    @property
    def width(self) -> int:
        return self.model.config.get_text_config().hidden_size

    @property
    def max_positions(self) -> int:
        return self.model.config.get_text_config().max_position_embeddings

    @property
    def eos(self) -> int:
        return self.tokenizer.eos_token_id

    @property
    def n_embedding(self) -> int:
        """Parameters of the input embedding and, where it is not the same tensor, of the output head."""
        tables = {id(m.weight): m.weight.numel() for m in (self.model.get_input_embeddings(), self._head()) if m}
        return sum(tables.values())

    def _head(self):
        return self.model.get_output_embeddings()

    @property
    def n_parameters(self) -> int:
        """Parameters without embeddings."""
        return sum(p.numel() for p in self.model.parameters()) - self.n_embedding

    def ids(self, text: str) -> list[int]:
        """Token ids of `text`, without special tokens."""
        return self.tokenizer(text, add_special_tokens=False, verbose=False).input_ids

    def same_tokens(self, other: LM) -> bool:
        """Whether both make the same ids of every text."""
        if self.tokenizer is other.tokenizer:
            return True
        ours, theirs = (getattr(lm.tokenizer, "backend_tokenizer", None) for lm in (self, other))
        return ours is not None and theirs is not None and ours.to_str() == theirs.to_str()

    def text(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def marker(self, token: str) -> int | None:
        """The id of one of tellback's own special tokens where this tokenizer has it."""
        return self.tokenizer.get_vocab().get(token)
