"""Rebuild the small entailment reader.

    python -m benchmarks.entail_train --texts c4.jsonl --texts novel.txt --out runs/entail

Texts are JSON lines with "text" or plain text; the project's public-domain passages are always among them. Pairs, checkpoint
and model lie in --out; a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.entail_train import base
from benchmarks.entail_train.judged import judged
from benchmarks.entail_train.pairs import Pair, hand_made, pairs
from benchmarks.entail_train.texts import parsed, texts
from benchmarks.entail_train.vocabulary import Vocabulary
from tellback.errors import UsageError

HELD_OUT = 1000  # pairs, of documents of their own


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.entail_train", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--texts", type=Path, action="append", default=[], help="texts to make pairs of; may be repeated"
    )
    parser.add_argument("--per-file", type=int, help="pieces of each file at most; default: all")
    parser.add_argument("--judged", type=Path, help="a folder with pairs that people wrote or judged (judged.py names the sets)")
    parser.add_argument("--per-set", type=int, help="judged pairs of each set at most; default: all")
    parser.add_argument("--base", help=f"folder of all-MiniLM-L6-v2; default: the package {base.PACKAGE}")
    parser.add_argument("--pairs", type=int, default=28000, help="pairs to train on; default %(default)s")
    parser.add_argument("--layers", type=int, help="keep so many of the base's layers; default: all")
    parser.add_argument("--words", type=int, help="keep so many word pieces, the most frequent in the pairs; default: all")
    parser.add_argument("--start", type=Path, help="begin with the weights of this checkpoint.pt, of as many layers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    try:
        given.out.mkdir(parents=True, exist_ok=True)
        where = base.folder(given.base)
        train, held = _pairs(given, where, say)
        from benchmarks.entail_train.export import calibrate, export
        from benchmarks.entail_train.fit import fit

        model, tokenizer = fit(where, train, held, given.out, given.layers, given.seed, say, start=given.start)
        say(json.dumps(export(model, tokenizer, given.out / "model", given.words, train)))
        say(json.dumps(calibrate(given.out / "model", held)))
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _pairs(given, where: Path, say) -> tuple[list[Pair], list[Pair]]:
    """(to train on, held out), made once and kept in the folder."""
    path = given.out / "pairs.jsonl"
    if not path.exists():
        docs = parsed(texts(given.texts, given.per_file))
        say(f"{len(docs)} texts of {sum(map(len, docs))} tokens")
        vocabulary = Vocabulary(docs, base.vectors(where))
        held_docs = docs[160::20]  # none of the passages, whose changes by hand are trained on
        mine = [doc for i, doc in enumerate(docs) if i < 160 or (i - 160) % 20]
        held = [p for p, _ in zip(pairs(held_docs, vocabulary, given.seed), range(HELD_OUT), strict=False)]
        made = hand_made()
        seed = given.seed
        while len(made) < given.pairs:
            made += [p for p, _ in zip(pairs(mine, vocabulary, seed), range(given.pairs - len(made)), strict=False)]
            seed += 1
        from random import Random

        if given.judged is not None:
            people, theirs = judged(given.judged, vocabulary, given.seed, given.per_set)
            say(f"{len(people)} pairs that people wrote or judged, {sum(p.faithful for p in people)} of them faithful")
            held[HELD_OUT // 2 :] = theirs[: HELD_OUT - HELD_OUT // 2]
            made += people
        Random(given.seed).shuffle(made)
        part = path.with_suffix(".part")
        part.write_text("".join(json.dumps(asdict(p)) + "\n" for p in [*held, *made]), encoding="utf-8")
        part.replace(path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    every = [Pair(r["source"], r["claim"], None if r["wrong"] is None else tuple((a, b) for a, b in r["wrong"])) for r in rows]
    return every[HELD_OUT:], every[:HELD_OUT]


if __name__ == "__main__":
    main()
