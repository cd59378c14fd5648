"""Which sentences hold the rarest of some words: how all that looks for a sentence's like goes through a text in linear time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

#: Sentences that hold a word, at most, for it to single them out.
RARE = 64
#: The rarest words are looked at in any case.
ALWAYS = 2


def rarest(
    words: Iterable[str], holding: Mapping[str, Sequence[int]], rare: int = RARE
) -> Iterator[tuple[str, Sequence[int]]]:
    """(word, the sentences that hold it) for each of `words` that some sentence holds, rarest first; of equals by the word. One
    that more than `rare` sentences hold singles none out and is left out, but for the ALWAYS rarest."""
    found = sorted((word for word in words if word in holding), key=lambda word: (len(holding[word]), word))
    for n, word in enumerate(found):
        at = holding[word]
        if len(at) > rare and n >= ALWAYS:
            return
        yield word, at[: 4 * rare]
