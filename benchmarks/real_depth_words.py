"""Which words of a sentence were not told back, and whether what was told instead is what a language model expects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

CLASSES = ("name", "number", "other")
FIRST = 3  # words that count as a sentence's beginning
_WORD = re.compile(r"\w+(?:['’.,]\w+)*")


def words_of(text: str) -> list[str]:
    return _WORD.findall(text)


def class_of(words: Sequence[str], i: int) -> str:
    """`name`: capital where a sentence would have none; `number`: with a digit; `other`. The first word is `other`: its capital
    says nothing."""
    if any(c.isdigit() for c in words[i]):
        return "number"
    return "name" if i and words[i][0].isupper() and words[i] != "I" else "other"


def lost_words(source: str, told: str) -> list[bool]:
    """For each word of the source, whether the told text lacks it in its place; case does not matter."""
    mine, theirs = ([w.casefold() for w in words_of(text)] for text in (source, told))
    lost = [True] * len(mine)
    for at, _, size in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        lost[at : at + size] = [False] * size
    return lost


def moved(source: str, told: str) -> bool:
    """Whether the same words were told in another order."""
    mine, theirs = ([w.casefold() for w in words_of(text)] for text in (source, told))
    return mine != theirs and sorted(mine) == sorted(theirs)


def word_counts(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Of (source, told) pairs: by class of word, and of a sentence's first words and the rest, [lost, all]; sentences of which
    the same words were told in another order."""
    counts = {name: [0, 0] for name in (*CLASSES, "first", "later")}
    for source, told in pairs:
        words = words_of(source)
        for i, lost in enumerate(lost_words(source, told)):
            for name in (class_of(words, i), "first" if i < FIRST else "later"):
                counts[name][0] += lost
                counts[name][1] += 1
    return counts | {"moved": sum(moved(*pair) for pair in pairs), "sentences": len(pairs)}


def expected_more(pairs: Sequence[tuple[str, str]], model: str = "smollm2-135m") -> list[bool]:
    """Of pairs that differ, whether `model` finds what was told likelier than the source (log-probability of the whole)."""
    import torch

    from tellback.config import ModelSpec
    from tellback.models.load import load

    lm = load(ModelSpec(name=model))

    @torch.inference_mode()
    def log_p(text: str) -> float:
        ids = torch.tensor([[lm.eos, *lm.ids(text)]], device=lm.model.device)
        log_p_TV = lm.model(ids).logits[0, :-1].float().log_softmax(-1)
        return float(log_p_TV.gather(-1, ids[0, 1:, None]).sum())

    found: dict[str, float] = {}
    for text in {text for pair in pairs for text in pair}:
        found[text] = log_p(text)
    return [found[told] > found[source] for source, told in pairs]
