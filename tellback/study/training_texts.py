"""What a setup trains on: texts of its corpus, as its remedy wants them, that its decoder can tell back."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tellback.compressors.base import n_slots
from tellback.config import SetupSpec, TrainSpec
from tellback.errors import UsageError
from tellback.models.lm import LM
from tellback.reading import Reader
from tellback.records import Corpus

Say = Callable[[str], None]


def drawn(corpus: Corpus, spec: SetupSpec, n: int) -> list[str]:
    """`n` training texts, a share of them with uniform values where the remedy says so."""
    assert corpus.training is not None
    remedy = spec.train.remedy
    n_uniform = round(remedy.uniform * n)
    texts = corpus.training(n - n_uniform, spec.seed, spec.train.values)
    if n_uniform:
        kinds = f":{'+'.join(remedy.uniform_kinds)}" if remedy.uniform_kinds else ""
        texts = texts + corpus.training(n_uniform, spec.seed, f"uniform{kinds}")
    return texts


def in_pieces(reader: Reader, texts: Sequence[str]) -> list[str]:
    """What of `texts` is compressed by itself."""
    return [text[a:b] for text in texts for a, b in reader.pieces(text)] if reader.in_pieces else list(texts)


def twins_of(corpus: Corpus, lm: LM, texts: Sequence[str], ids: Sequence[list[int]], seed: int) -> tuple[list[list[int]], list[list[int]]]:
    """The ids of each text's twin, twice: for the compressor and for the decoder. A text without a twin of its length is its own."""
    assert corpus.twin is not None
    rng, out = random.Random(f"twins-{seed}"), []
    for text, row in zip(texts, ids, strict=True):
        other = corpus.twin(text, rng)
        twin = lm.ids(other) if other is not None else row
        out.append(twin if len(twin) == len(row) else row)
    return out, out


def too_long_to_tell_back(reader: Reader, train: TrainSpec, rate: float | None, n: Sequence[int]) -> dict[int, str]:
    """Which of documents of `n` tokens cannot be told back at the lowest of the rates that are trained, and why."""
    lowest = train.lowest_rate(rate)
    return reader.too_long(n, [n_slots(k, lowest) if lowest and k else 0 for k in n])


def that_can_be_told_back(
    reader: Reader, train: TrainSpec, rate: float | None, texts: Sequence[str], held: Sequence[str], say: Say
) -> tuple[list[str], list[list[int]]]:  # fmt: skip
    """The training documents that can be told back, and their ids in the decoder's tokens. Raises UsageError for the first
    that cannot, also of those that are `held` out, unless `skip_longer` leaves them out."""
    ids = [reader.decoder.lm.ids(text) for text in texts]
    longer = too_long_to_tell_back(reader, train, rate, [len(row) for row in ids])
    if train.skip_longer:
        if longer:
            say(f"left out {len(longer):,} of {len(texts):,} training documents that are too long to tell back")
        kept = [i for i in range(len(texts)) if i not in longer]
        if not kept or not held:
            raise UsageError("no document is short enough to be told back. Split the documents or raise the rate.")
        return [texts[i] for i in kept], [ids[i] for i in kept]
    held_longer = too_long_to_tell_back(reader, train, rate, [len(reader.decoder.lm.ids(text)) for text in held])
    for which, members, found in (("training", texts, longer), ("held-out", held, held_longer)):
        for i, why in found.items():
            raise UsageError(
                f"{which} document {i} («{' '.join(members[i][:60].split())}…») {why} Split it (paragraphs do well), raise the "
                f"rate, or leave such documents out with skip_longer: true under `train` (--set skip_longer=true)."
            )
    return list(texts), ids
