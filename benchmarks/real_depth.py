"""The study of depth on real language: what `benchmarks.gpu` brought home, judged, and the page that is made of it.

    python -m benchmarks.real_depth judge POINTS.jsonl... --carry CARRY --data DIR    # -> benchmarks/real_depth.json
    python -m benchmarks.real_depth page                                            # -> docs/study-real.md

Judging needs the corpus and a model that says what is believed (SmolLM2-135M, some minutes of one core); the page needs nothing but
the JSON file, which holds an outcome a document and no text of the data, but for some sentences of the shipped passages.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.gpu_pack import sentences_of
from benchmarks.real_depth_words import expected_more, word_counts
from tellback.corpora.real_sentences import SentenceSettings, real_sentences
from tellback.models.belief import Belief, has_belief
from tellback.readers import cues
from tellback.records import Corpus, Document
from tellback.store import write_json

HERE = Path(__file__).with_suffix(".json")
PAGE = Path(__file__).parents[1] / "docs" / "study-real.md"
LETTERS = {"faithful": "f", "drifted": "d", "overwritten": "o", "replaced": "r", "missing": "m", "unscored": "u"}
SHOWN = ("passages-conflict", "passages-agree", "passages-neutral")  # sets whose sentences ship, and may be quoted
N_CASES = 12
MOST_PAIRS = 100  # sentences told otherwise that a model scores, of one point


def judge(points: Sequence[Path], carry: Path, data: Path | None, out: Path, measured: Path | None = None) -> None:
    carried = sentences_of(carry / "a")
    corpus = real_sentences(SentenceSettings(**carried["settings"] | {"data": data and str(data)}), carried["n"], carried["n"])
    for name, documents in corpus.sets.items():
        assert [d.text for d in documents] == [d["text"] for d in carried["sets"][name]], f"{name}: another corpus was carried"
    every = {r["name"]: r for path in points for r in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    rows = {name: r for name, r in every.items() if r["status"] == "done"}
    beliefs = believed(corpus) if measured is None or not measured.is_file() else json.loads(measured.read_text(encoding="utf-8"))
    if measured is not None:
        write_json(measured, beliefs)
    ordinary = [d["text"] for d in carried["sets"]["ordinary"]]
    found: dict[str, Any] = {
        "made_of": {name: len(documents) for name, documents in carried["sets"].items()}, "n_training": len(carried["training"]),
        "beliefs": {name: "".join(letter(d, beliefs) for d in documents) for name, documents in corpus.sets.items()},
        "points": [], "cases": [],
        "stopped": [{"name": r["name"], "point": r["point"], "trace": [_rounded(t) for t in r["trace"]]} for r in every.values()
                    if r["status"] == "stopped" and len(r.get("trace", ())) > 1],
    }  # fmt: skip
    for row in rows.values():
        sets = {name: outcomes(documents, row["sets"][name], corpus, beliefs) for name, documents in corpus.sets.items()
                if name in row["sets"]}  # fmt: skip
        told = row["sets"]["ordinary"]
        pairs = list(zip(ordinary, told["told"], strict=True))
        otherwise = [pair for pair in pairs if not same(*pair)]
        kept = {k: row[k] for k in ("name", "steps", "tokens", "seconds", "tokens_per_second", "memory_mb", "trained", "device", "torch",
                                    "transformers", "whole_seconds", "note") if k in row}  # fmt: skip
        found["points"].append(kept | {
            "point": row.get("point"), "shuffled": row.get("shuffled"), "trace": [_rounded(r) for r in row.get("trace", ())], "sets": sets,
            "words": word_counts(pairs), "expected_more": "".join("01"[x] for x in expected_more(otherwise[:MOST_PAIRS])),
            "ordinary": {"loss": sum(told["loss"]) / sum(told["tokens"]), "accuracy": sum(told["right"]) / sum(told["tokens"]),
                         "whole": "".join("01"[same(t, s)] for t, s in zip(told["told"], ordinary, strict=True))},
        })  # fmt: skip
        found["cases"] += cases(row, corpus, beliefs)
    if "copy" in rows:
        found["no_memory"] = {name: speaks(rows["copy"]["belief"][name]) for name in corpus.sets}
    write_json(out, found)
    print(f"{len(found['points'])} points: {out}")


def believed(corpus: Corpus) -> dict[str, str | None]:
    """Probe -> what SmolLM2-135M answers without the source, where it believes anything (`has_belief`)."""
    from tellback.config import ModelSpec
    from tellback.models.belief import closed_book
    from tellback.models.decoder import Decoder
    from tellback.models.load import load

    probes = [p for documents in corpus.sets.values() for d in documents for p in d.probes if p.asks == "qa_i"]
    found: Mapping[str, Belief] = closed_book(Decoder(load(ModelSpec(name="smollm2-135m"))), probes, max_new=1)
    return {probe_id: belief.top if has_belief(belief) else None for probe_id, belief in found.items()}


def letter(document: Document, beliefs: Mapping[str, str | None]) -> str:
    """What is believed against the document: c (another value), a (the same), n (nothing), - (not asked)."""
    probe = document.probes[0]
    belief = beliefs.get(probe.id)
    return "-" if probe.id not in beliefs else "n" if belief is None else "a" if belief == probe.fact.value else "c"


def outcomes(
    documents: Sequence[Document], row: Mapping[str, Any], corpus: Corpus, beliefs: Mapping[str, str | None]
) -> dict[str, Any]:  # fmt: skip
    """One letter a document: `told`, the outcome of what was told back; `whole`, whether all of it was; `speaks`, as `speaks` says;
    `shuffled`, the outcome in what was told of another document. And which `words` are lost."""
    told = "".join(LETTERS[outcome(d, text, corpus, beliefs)] for d, text in zip(documents, row["told"], strict=True))
    whole = "".join("01"[same(text, d.text)] for d, text in zip(documents, row["told"], strict=True))
    half = len(documents) // 2 | 1  # from far away: neighbours may speak of the same things
    others = [row["told"][(i + half) % len(documents)] for i in range(len(documents))]
    shuffled = "".join(LETTERS[outcome(d, text, corpus, beliefs)] for d, text in zip(documents, others, strict=True))
    words = word_counts([(d.text, text) for d, text in zip(documents, row["told"], strict=True)])
    return {"told": told, "whole": whole, "speaks": speaks(row), "shuffled": shuffled, "words": words}


def speaks(row: Mapping[str, Any]) -> str:
    """Whether the text is likelier than its contrary, both after the same memory: 1, 0, or - where there is no contrary."""
    return "".join("-" if b is None else "01"[a < b] for a, b in zip(row["loss"], row["against"], strict=True))


def outcome(document: Document, told: str, corpus: Corpus, beliefs: Mapping[str, str | None]) -> str:
    """By cues, where a probe has some. A relation is faithful or drifted where the whole sentence is told, or its contrary;
    what is neither is unscored: nobody parsed it."""
    probe = document.probes[0]
    if probe.cues:
        return cues.read(document, told, corpus, beliefs)[0].outcome
    value = probe.fact.value
    contraries = [o for o in probe.options if o != value]
    if same(value, told):
        return "faithful"
    return "drifted" if any(same(c, told) for c in contraries) else "unscored"


def same(a: str, b: str) -> bool:
    """Whether both say the same words: case, spaces and the signs at the edges do not matter."""
    return _plain(a) == _plain(b)


def _plain(text: str) -> list[str]:
    return re.findall(r"\w+(?:['’]\w+)?", text.casefold())


def cases(row: Mapping[str, Any], corpus: Corpus, beliefs: Mapping[str, str | None]) -> list[dict[str, Any]]:
    """Sentences that were told back wrongly, of the sets that were made here: overwritten ones first."""
    out = []
    for name in SHOWN:
        for d, told in zip(corpus.sets.get(name, ()), row["sets"].get(name, {}).get("told", ()), strict=False):
            what = outcome(d, told, corpus, beliefs)
            if what in ("overwritten", "replaced", "drifted") and len(told) < 160:
                out.append({"point": row["name"], "set": name, "source": d.text, "told": told, "outcome": what})
    return sorted(out, key=lambda c: c["outcome"] != "overwritten")[:N_CASES]


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: None if v is None else round(v, 4) for k, v in row.items()}


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    judging = commands.add_parser("judge")
    judging.add_argument("points", type=Path, nargs="+", help="what benchmarks.gpu wrote; several are judged together")
    judging.add_argument("--carry", type=Path, required=True)
    judging.add_argument("--data", type=Path)
    judging.add_argument("--beliefs", type=Path, help="file that keeps what the model believes, which takes minutes to measure")
    judging.add_argument("--out", type=Path, default=HERE)
    paging = commands.add_parser("page")
    paging.add_argument("--results", type=Path, default=HERE)
    paging.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args(argv)
    if given.command == "judge":
        judge(given.points, given.carry, given.data, given.out, given.beliefs)
    else:
        from benchmarks.real_depth_page import page

        given.out.write_text(page(json.loads(given.results.read_text(encoding="utf-8"))), encoding="utf-8")
        print(given.out)


if __name__ == "__main__":
    main()
