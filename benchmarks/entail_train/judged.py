"""Pairs that people wrote or judged, from the published files of sets that are not used to measure: where they lie in a folder,
a model also learns how people reword, which no rule makes.

Known by their files' names, others are passed over: ASSET (`asset.valid.orig`, `.simp.0` ...) and TurkCorpus (`*organized.tsv`),
sentences told in simpler words; SICK (`SICK*.txt`) and SNLI in e-SNLI's files (`s1.dev`, `s2.dev`, `labels.dev` ...), entailment;
WiCE (`wice.tokens*.jsonl`, `wice.claims*.jsonl`), claims of Wikipedia with their sources; BEGIN (`begin*.tsv`), answers with what
they were to be taken from. All these allow research; not all allow a model of them to be sold or handed on.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from zlib import crc32

from benchmarks.entail_train.changes import Place, drawn
from benchmarks.entail_train.pairs import Pair, _edited, _words
from benchmarks.entail_train.rewordings import said
from benchmarks.entail_train.vocabulary import Vocabulary
from tellback.corpora.conflict import parser
from tellback.errors import UsageError

MOST = 700  # characters of a source: what a model's window holds beside a claim
HELD = 20
LONGEST = 400  # characters of a claim
CHANGED = 0.45  # of the rewordings that get an error of their own
_PARTED = ((re.compile(r" ([.,;:!?%)\]])"), r"\1"), (re.compile(r"([(\[$£€]) "), r"\1"), (re.compile(r" ('s|'re|'ve|'ll|'d|'m|n't)\b"), r"\1"),
           (re.compile(r"`` ?| ?''"), '"'), (re.compile(r"(\d) - (?=\w)"), r"\1-"))  # fmt: skip


def judged(folder: Path, vocabulary: Vocabulary, seed: int, at_most: int | None = None) -> tuple[list[Pair], list[Pair]]:
    """(to train on, held out): the pairs of all files of `folder` that are known, `at_most` of each set, in an order drawn with
    `seed`. What is held out has sources of its own, one in HELD.

    Raises UsageError where no file is known.
    """
    rng = Random(seed)
    train, held = list[Pair](), list[Pair]()
    for of in (_simpler, _sick, _snli, _wice_tokens, _wice_claims, _begin):
        found = list(of(folder, vocabulary, rng))
        rng.shuffle(found)
        for source, pair in [(s, p) for s, p in found if len(p.claim) <= LONGEST][:at_most]:
            (train if crc32(source.encode()) % HELD else held).append(pair)
    if not train:
        raise UsageError(f"--judged {folder}: no file of ASSET, TurkCorpus, SICK, SNLI, WiCE or BEGIN under its published name.")
    rng.shuffle(held)
    return train, held


def _simpler(folder: Path, vocabulary: Vocabulary, rng: Random) -> Iterator[tuple[str, Pair]]:
    """Each rewording that differs, beside its sentence and up to two others; CHANGED of them with an error made by rule."""
    told = [pair for pair in {*_asset(folder), *_turk(folder)} if _differ(*pair)]
    told.sort()
    rng.shuffle(told)
    docs = parser().pipe((claim for _, claim in told), batch_size=64)
    sources = sorted({source for source, _ in told})
    for (source, claim), doc in zip(told, docs, strict=True):
        sentences = list(doc.sents)
        other = [rng.choice(sources) for _ in range(rng.choice((0, 0, 1, 2)))]
        window = [source, *(o for o in other if o != source)]
        rng.shuffle(window)
        text = " ".join(window)[: MOST + len(source)]
        if source not in text:
            text = source
        if rng.random() >= CHANGED:
            yield source, Pair(text, claim, ())
            continue
        edits = drawn(Place(rng.choice(sentences), -1, sentences, vocabulary), rng)
        if edits is None:
            continue
        changed, wrong = said(_edited(_words(doc[:]), edits, "claim"))
        if wrong and not _stands(changed, wrong, source):
            yield source, Pair(text, changed, tuple(wrong))


def _asset(folder: Path) -> Iterator[tuple[str, str]]:
    origs = folder / "asset.valid.orig"
    if origs.is_file():
        sources = origs.read_text(encoding="utf-8").splitlines()
        for path in sorted(folder.glob("asset.valid.simp.*")):
            for source, claim in zip(sources, path.read_text(encoding="utf-8").splitlines(), strict=True):
                yield _joined(source), _joined(claim)


def _turk(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*organized.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            _, source, *claims = line.split("\t")
            yield from ((_joined(source), _joined(claim)) for claim in claims if claim.strip())


def _sick(folder: Path, vocabulary: Vocabulary, rng: Random) -> Iterator[tuple[str, Pair]]:
    for path in sorted(folder.glob("SICK*.txt")):
        for row in _table(path):
            yield _pair(row["sentence_A"], row["sentence_B"], row["entailment_judgment"] == "ENTAILMENT")


def _snli(folder: Path, vocabulary: Vocabulary, rng: Random) -> Iterator[tuple[str, Pair]]:
    for path in sorted(folder.glob("labels.*")):
        columns = [(folder / f"{name}{path.suffix}").read_text(encoding="utf-8").splitlines() for name in ("s1", "s2", "labels")]
        for source, claim, label in zip(*columns, strict=True):
            yield _pair(source, claim, label.strip() == "entailment")


def _wice_tokens(folder: Path, vocabulary: Vocabulary, rng: Random) -> Iterator[tuple[str, Pair]]:
    for row in _lines(folder, "wice.tokens*.jsonl"):
        spans, at = [], 0
        for token, wrong in zip(row["claim_tokens"], row["non_supported_spans"], strict=True):
            at = row["claim"].index(token, at)
            spans += [(at, at + len(token))] if wrong else []
            at += len(token)
        source = _evidence(row)
        if source and spans:
            yield source, Pair(source, row["claim"], tuple(spans))


def _wice_claims(folder: Path, vocabulary: Vocabulary, rng: Random) -> Iterator[tuple[str, Pair]]:
    for row in _lines(folder, "wice.claims*.jsonl"):
        if row["label"] != "partially_supported":  # those have their words among the tokens
            source = _evidence(row) or " ".join(rng.sample(row["evidence"], min(3, len(row["evidence"]))))
            yield source, Pair(source[:MOST], row["claim"], () if row["label"] == "supported" else None)


def _begin(folder: Path, vocabulary: Vocabulary, rng: Random) -> Iterator[tuple[str, Pair]]:
    for path in sorted(folder.glob("begin*.tsv")):
        for row in _table(path):
            if row["begin_label"] in ("Fully attributable", "Not fully attributable"):
                yield _pair(row["knowledge"][:MOST], row["response"], row["begin_label"] == "Fully attributable")


def _pair(source: str, claim: str, right: bool) -> tuple[str, Pair]:
    return source, Pair(_joined(source), _joined(claim), () if right else None)


def _evidence(row: dict) -> str:
    """The sentences that were marked as saying it, of one mark."""
    marked = min(row["supporting_sentences"] or [[]], key=len)
    return " ".join(row["evidence"][i] for i in marked)[:MOST]


def _joined(text: str) -> str:
    """Without the spaces that a tokenizer put in."""
    text = text.replace("-LRB-", "(").replace("-RRB-", ")").replace("&amp;", "&").replace("&quot;", '"')
    for pattern, new in _PARTED:
        text = pattern.sub(new, text)
    return " ".join(text.split())


def _differ(source: str, claim: str) -> bool:
    a, b = re.findall(r"\w+", source.lower()), re.findall(r"\w+", claim.lower())
    return 3 < len(b) < 60 and len(a) < 80 and len({*b} - {*a}) >= 2


def _stands(claim: str, wrong: Sequence[tuple[int, int]], source: str) -> bool:
    """Whether all that was put in stands in the source, so that it may be no error there."""
    return all(claim[a:b].lower() in source.lower() for a, b in wrong)


def _lines(folder: Path, pattern: str) -> Iterator[dict]:
    for path in sorted(folder.glob(pattern)):
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def _table(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
