"""Tokens/s of batched telling-back beside transformers' own `generate`, from prefixes of one length.

    OMP_NUM_THREADS=1 python -m benchmarks.tell_back

Both sides read the same prefix tokens and write the same number of greedy tokens; ours also gives the entropy of each
prediction. The ratio is tokens/s, ours / transformers: at least 0.95.
"""

from __future__ import annotations

import sys

import torch

from benchmarks.interleaved import ratio
from benchmarks.models import decoder as make_decoder
from benchmarks.models import ids, midsize, pocket
from tellback.models.decode import greedy

BAR = "tokens/s at least 0.95, so at most 1.053"


def main(runs: int) -> None:
    torch.set_num_threads(1)
    print("telling back; seconds ours / transformers' generate for the same number of tokens")
    for label, lm, n_rows, n_prefix, n_new in (
        ("pocket-250k", pocket("250k"), 16, 8, 32), ("pocket-250k", pocket("250k"), 64, 8, 32), ("pocket-250k", pocket("250k"), 64, 64, 128),
        ("llama-19m", midsize(), 16, 64, 64), ("llama-19m", midsize(), 1, 512, 64),
    ):  # fmt: skip
        decoder = make_decoder(lm)
        rows = torch.tensor(ids(lm, n_rows, n_prefix))
        settings = dict(max_new_tokens=n_new, min_new_tokens=n_new, do_sample=False, pad_token_id=0)

        def theirs(lm=lm, rows=rows, settings=settings):
            with torch.inference_mode():
                return lm.model.generate(rows, attention_mask=torch.ones_like(rows), **settings)

        def ours(decoder=decoder, rows=rows, n_new=n_new):
            with torch.inference_mode():
                prefix = decoder.prefix(list(decoder.embed(rows[:, :-1])))
                return greedy(decoder, prefix, list(decoder.embed(rows[:, -1:])), n_new)[0]

        written, wanted = ours(), theirs()[:, n_prefix:].tolist()
        whole = [i for i, row in enumerate(written) if len(row) == n_new]  # a row may have met the end of text
        assert whole, "no row ran its whole length: the two sides would not do the same work"
        same = sum(written[i] == wanted[i] for i in whole)
        ratio(f"{label}, {n_rows} rows, prefix {n_prefix}, {n_new} new ({same}/{len(whole)} equal)", ours, theirs, BAR, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
