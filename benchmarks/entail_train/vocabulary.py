"""What a corpus says of its own words: their forms, what stands near them in meaning, entities and phrases to borrow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import numpy as np

from benchmarks.entail_train.lexicon import opposites, synonyms

CONTENT = ("NOUN", "VERB", "ADJ", "ADV")
#: Similar enough to be mistaken for, too different to mean the same: cosines of the single words' vectors.
NEAR, SAME = 0.25, 0.62
LEAST = 4  # times that a word must stand in the corpus to be borrowed


class Vocabulary:
    """Counted over spaCy documents. `vectors(words)` gives unit vectors [N, D] of single words."""

    def __init__(self, docs: Sequence[Any], vectors: Callable[[Sequence[str]], np.ndarray]) -> None:
        seen: Counter[tuple[str, str, str]] = Counter()
        self.entities: dict[str, list[tuple[int, str]]] = defaultdict(list)  # type -> (document, words)
        for number, doc in enumerate(docs):
            seen.update((t.lemma_.lower(), t.tag_, t.lower_) for t in doc if t.is_alpha and t.pos_ in CONTENT)
            for entity in doc.ents:
                if 1 <= len(entity) <= 4 and entity.text.strip() == entity.text and "\n" not in entity.text:
                    self.entities[entity.label_].append((number, entity.text))
        best: dict[tuple[str, str], tuple[int, str]] = {}
        for (lemma, tag, form), n in seen.items():
            best[lemma, tag] = max(best.get((lemma, tag), (0, "")), (n, form))
        self.forms = {key: form for key, (n, form) in best.items()}
        self.synonyms, self.opposites = synonyms(), opposites()
        by_tag: dict[str, dict[str, int]] = defaultdict(dict)
        for (lemma, tag, _), n in seen.items():
            by_tag[tag][lemma] = by_tag[tag].get(lemma, 0) + n
        self._near = {tag: self._neighbours(counts, vectors) for tag, counts in by_tag.items()}

    def form(self, lemma: str, tag: str) -> str | None:
        """The form of `lemma` that the corpus writes with this tag."""
        found = self.forms.get((lemma, tag))
        return found or (lemma if tag in ("JJ", "RB", "NN", "VB", "VBP") else None)

    def same(self, token: Any, rng: Random) -> str | None:
        """A word that can stand for `token`, in its form."""
        words = sorted(self.synonyms.get((token.pos_, token.lemma_.lower()), ()))
        return self._drawn(words, token, rng)

    def opposite(self, token: Any, rng: Random) -> str | None:
        return self._drawn(self.opposites.get(token.lemma_.lower(), ()), token, rng)

    def near(self, token: Any, rng: Random) -> str | None:
        """A word of like use that means something else, in the form of `token`."""
        return self._drawn(self._near.get(token.tag_, {}).get(token.lemma_.lower(), ()), token, rng)

    def entity(self, label: str, document: int, avoid: str, rng: Random) -> str | None:
        """Another entity of the type, from the same document half of the time where it has one."""
        every = self.entities.get(label, [])
        mine = [text for number, text in every if number == document and text.lower() not in avoid.lower()]
        if mine and rng.random() < 0.5:
            return rng.choice(mine)
        for _ in range(8):
            text = rng.choice(every)[1] if every else ""
            if text and text.lower() not in avoid.lower():
                return text
        return None

    def _drawn(self, lemmas: Sequence[str], token: Any, rng: Random) -> str | None:
        forms = [f for lemma in lemmas if (f := self.form(lemma, token.tag_)) and f != token.lower_]
        if not forms:
            return None
        form = rng.choice(forms)
        return form.capitalize() if token.text[0].isupper() else form

    def _neighbours(
        self, counts: dict[str, int], vectors: Callable[[Sequence[str]], np.ndarray]
    ) -> dict[str, list[str]]:
        words = sorted(w for w, n in counts.items() if n >= LEAST and len(w) > 2)
        if len(words) < 20:
            return {}
        close = vectors(words)
        close = close @ close.T
        out = {}
        for i, word in enumerate(words):
            order = np.argsort(-close[i])
            fits = [words[j] for j in order if NEAR < close[i, j] < SAME and words[j][:4] != word[:4]][:24]
            same = {s for pos in CONTENT for s in self.synonyms.get((pos, word), ())}
            out[word] = [w for w in fits if w not in same]
        return out
