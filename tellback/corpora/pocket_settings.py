"""What makes one pocket world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tellback.corpora.grammar import KINDS, NAMES, RELATION_KINDS, VALUE_KINDS


class PocketSettings(BaseModel):
    """What makes one pocket world. Two equal settings make the same world, word for word."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    n_names: int = Field(24, ge=12, le=48, description="names that the corpus speaks of; even, so that all have a pair")
    n_free: int = Field(
        0, ge=0, le=16, description="further names that the corpus speaks of without any usual value; even; 0: pocket-neutral "
        "is about held-out names"
    )  # fmt: skip
    n_held_out: int = Field(16, ge=12, le=20, description="names that the corpus never holds")
    n_values: int = Field(8, ge=4, le=12, description="values of each attribute")
    n_value_facts: int = Field(2, ge=1, le=8, description="facts with a value in each document")
    n_relation_facts: int = Field(1, ge=1, le=6, description="relations in each document")
    belief_strength: float = Field(0.9, gt=0.0, le=1.0, description="probability of the usual value in the corpus")
    seed: int = Field(0, description="draws which values are usual")
    kinds: tuple[str, ...] | None = Field(
        None, description="kinds of fact that documents are about; null: all. The world and its models know the others all the same"
    )
    relation_conflicts: float | None = Field(
        None, ge=0.0, le=1.0, description="share of pocket-conflict's documents whose unusual facts are relations; null: as "
        "many as fall on relations when facts are drawn alike"
    )  # fmt: skip
    pretraining_steps: int | None = Field(
        None, ge=1, description="of the pocket LMs, the same for every size; null: each size's own number"
    )

    def _chosen(self, kinds: Sequence[str]) -> list[str]:
        return [kind for kind in kinds if self.kinds is None or kind in self.kinds]

    @property
    def value_kinds(self) -> list[str]:
        """Those that documents are about."""
        return self._chosen(VALUE_KINDS)

    @property
    def relation_kinds(self) -> list[str]:
        return self._chosen(RELATION_KINDS)

    @property
    def all_kinds(self) -> list[str]:
        return self._chosen(KINDS)

    @model_validator(mode="after")
    def _kinds_are_there(self) -> PocketSettings:
        if unknown := [kind for kind in self.kinds or () if kind not in KINDS]:
            raise ValueError(f"kinds: {', '.join(unknown)} is none of {', '.join(KINDS)}")
        if not self.value_kinds or not self.relation_kinds:
            raise ValueError(f"kinds: a document has values and relations: one of {', '.join(VALUE_KINDS)} at least, and one of {', '.join(RELATION_KINDS)}")
        return self

    @model_validator(mode="after")
    def _fits(self) -> PocketSettings:
        if self.n_names % 2 or self.n_held_out % 2 or self.n_free % 2:
            raise ValueError("n_names, n_free and n_held_out must be even: relations join names in pairs")
        if self.n_names + self.n_free + self.n_held_out > len(NAMES):
            raise ValueError(f"n_names, n_free and n_held_out are more than the {len(NAMES)} names that there are")
        smallest = min(self.n_names, self.n_held_out, self.n_free or self.n_names)
        if self.n_value_facts + 2 * self.n_relation_facts > smallest:
            raise ValueError(
                f"a document of {self.n_value_facts} value facts and {self.n_relation_facts} relations needs "
                f"{self.n_value_facts + 2 * self.n_relation_facts} different names, more than there are"
            )
        return self

    def outcome(self) -> dict[str, Any]:
        """What makes the world, JSON-able. Fields that came later count where they were set, so that a world keeps its key."""
        later = ("n_free", "relation_conflicts", "pretraining_steps", "kinds")
        default = PocketSettings()
        return {k: v for k, v in self.model_dump(mode="json").items() if k not in later or v != getattr(default, k)}
