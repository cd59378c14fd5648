"""The one stemmer: forms of a word under one key, so that «painted» read as an adjective meets «paint» read as a verb.

Inflection only, by rule; derivation is left alone: «approval» is not «approve», «general» not «generous». Only the
sameness of two stems means anything; a stem is no word.
"""

from __future__ import annotations

from functools import lru_cache

from tellback.language.spelling import american

#: Words that are read as another, of which they are a spelling or say the same nearly always.
SYNONYMS = {"purchase": "buy", "kid": "child", "gray": "grey", "begin": "start", "commence": "start", "finish": "end"}
LEAST = 3  # letters of a stem


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of a word in lower case, whatever form of it is given, a lemma too."""
    word = american(SYNONYMS.get(word, word))
    for ending in ("ies", "ied"):
        if word.endswith(ending) and len(word) > 4:
            return word[:-3] + "y"
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= LEAST and any(v in root for v in "aeiouy"):
            if root[-1] == root[-2] and root[-1] not in "lsz":
                root = root[:-1]
            return root[:-1] if root.endswith("e") else root
    if word.endswith("es") and len(word) > 4 and word[-3] in "sxzh":
        return word[:-2]
    if word.endswith("s") and len(word) > 3 and word[-2] not in "sui":
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > LEAST else word
