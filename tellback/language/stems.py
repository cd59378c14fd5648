"""The one stemmer: the forms of a word under one key, so that «painted» read as an adjective meets «paint» read as a verb.

Snowball's English stemmer, and a few words that are read as another. Only the sameness of two stems means anything: a
stem is no word. Own rules for inflection alone (no «approval» with «approve») found the same errors, and had one false
alarm and eight unscored facts more among the 160 sentences told anew of `tellback validate`.
"""

from __future__ import annotations

from functools import lru_cache

from snowballstemmer import stemmer

#: Words that are read as another, of which they are a spelling or say the same nearly always.
SYNONYMS = {"purchase": "buy", "kid": "child", "gray": "grey", "begin": "start", "commence": "start", "finish": "end"}


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of a word in lower case, whatever form of it is given, a lemma too."""
    # a stemmer of its own for each word, for it keeps the word in itself, and audits may run in threads
    return stemmer("english").stemWord(SYNONYMS.get(word, word))
