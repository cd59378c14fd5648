"""Where a fact is lost: there in the memory and not told, then the decoder lost it; not there, then the compressor did.

A linear probe a kind of fact is fitted on memories of fresh training documents whose values are uniform, so that it can know
nothing of what is usual, and asked for the facts of a probe set. A memory says which values it holds, not whose they are: of a
kind that a document states m times, a value is there when the probe ranks it among the first m. Relations are read with their
roles: «Tom called Ana» and «Ana called Tom» are two values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tellback.analysis import linear_probe
from tellback.analysis.linear_probe import LinearProbe
from tellback.analysis.statistics import wilson
from tellback.reading import Reader
from tellback.records import Corpus, Document, Fact
from tellback.study.reading import Space, read_whole

MOST_SLOTS = 16  # whose places count; of longer memories the rest is in the mean alone
OTHER_STREAM = 1_000_003  # added to the seed: the probes' documents are no training documents
Label = tuple[str, str]  # kind, value with the names of its key as places


class WhereLost:
    """The probes of one trained reader, fitted once and asked of any set. Raises nothing: where the memory is no set of vectors,
    or nothing can be drawn to fit on, `of` gives None."""

    def __init__(self, reader: Reader, corpus: Corpus, n_train: int, seed: int):
        self.reader, self.corpus, self.n_train = reader, corpus, n_train
        self.probes: dict[str, tuple[LinearProbe, dict[Label, int]]] | None = None
        if corpus.training is None:
            return
        texts = corpus.training(n_train, seed + OTHER_STREAM, "uniform")
        fitted = [Document(f"fit-{i}", text, tuple(corpus.extract(text))) for i, text in enumerate(texts)]
        features, self.n_places = features_of(reader, fitted, None)
        if features is not None:
            self.probes = _fit(features, fitted)

    def of(self, set_name: str, outcomes: Mapping[str, str]) -> dict[str, Any] | None:
        """{"n_train", "kinds": {kind: cell}, "told": cell, "not_told": cell}, a cell being {"n", "there", "low", "high", "chance",
        "shuffled"}: the share of facts that the probe finds, what ranking at random would, and what it finds in the memory
        of another document. `outcomes`: probe id -> what became of it."""
        if self.probes is None:
            return None
        documents = self.corpus.sets[set_name]
        asked, _ = features_of(self.reader, documents, self.n_places)
        assert asked is not None
        rows = [
            row | {"told": outcomes[row["probe"]] == "faithful"}
            for i, document in enumerate(documents)
            for row in _read(document, asked[i], asked[i - len(documents) // 2], self.probes)
            if row["probe"] in outcomes
        ]
        return {
            "n_train": self.n_train,
            "kinds": cells(rows),
            "told": cell([r for r in rows if r["told"]]), "not_told": cell([r for r in rows if not r["told"]]),
        }  # fmt: skip


def label(fact: Fact) -> Label:
    """The value with each name of its key replaced by that name's place, so that it is the same for all names."""
    names = fact.key.partition(":")[2].split("|")
    return fact.kind, " ".join(f"#{names.index(w)}" if len(names) > 1 and w in names else w for w in fact.value.split())


def features_of(reader: Reader, documents: Sequence[Document], n_places: int | None) -> tuple[np.ndarray | None, int]:
    """Each document's slots in the decoder's space as one row: the first `n_places` in order, then their mean."""
    slots = read_whole(reader, documents).slots
    if slots is None or len(slots[1]) != 1:  # no vectors, or keys and values of several layers
        return None, 0
    space: Space = slots[1][0]
    n_places = min(MOST_SLOTS, max(len(s) for s in space)) if n_places is None else n_places
    rows = np.zeros((len(space), n_places + 1, space[0].shape[1]))
    for row, s in zip(rows, space, strict=True):
        row[: min(len(s), n_places)] = s[:n_places]
        row[-1] = s.mean(0)
    return rows.reshape(len(space), -1), n_places


def _fit(features: np.ndarray, documents: Sequence[Document]) -> dict[str, tuple[LinearProbe, dict[Label, int]]]:
    """One probe a kind, on the documents that state a fact of that kind."""
    seen: dict[str, dict[Label, int]] = defaultdict(dict)
    stated: dict[str, list[int]] = defaultdict(list)
    for i, document in enumerate(documents):
        for fact in document.facts:
            seen[fact.kind].setdefault(label(fact), len(seen[fact.kind]))
            if not stated[fact.kind] or stated[fact.kind][-1] != i:
                stated[fact.kind].append(i)
    out = {}
    for kind, labels in seen.items():
        y = np.zeros((len(stated[kind]), len(labels)))
        for row, i in zip(y, stated[kind], strict=True):
            row[[labels[label(f)] for f in documents[i].facts if f.kind == kind]] = 1
        out[kind] = linear_probe.fit(features[stated[kind]], y), labels
    return out


def _read(document: Document, own: np.ndarray, other: np.ndarray, probes: Mapping[str, tuple[LinearProbe, dict[Label, int]]]):
    """A row for each probe of the document whose kind and value were fitted."""
    for probe in document.probes:
        model, labels = probes.get(probe.fact.kind, (None, {}))
        wanted = labels.get(label(probe.fact))
        if model is None or wanted is None:
            continue
        m = sum(f.kind == probe.fact.kind for f in document.facts)
        there, shuffled = (linear_probe.among_the_first(model.scores(x[None])[0], wanted, m) for x in (own, other))
        yield {"probe": probe.id, "kind": probe.fact.kind, "there": there, "shuffled": shuffled, "chance": m / len(labels)}


def cells(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """A cell a kind of fact."""
    return {kind: cell([r for r in rows if r["kind"] == kind]) for kind in sorted({r["kind"] for r in rows})}


def cell(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    n = len(rows)
    if not n:
        return {"n": 0, "there": None, "low": None, "high": None, "chance": None, "shuffled": None}
    k = sum(r["there"] for r in rows)
    low, high = wilson(k, n)
    return {"n": n, "there": k / n, "low": low, "high": high, "chance": sum(r["chance"] for r in rows) / n,
            "shuffled": sum(r["shuffled"] for r in rows) / n}  # fmt: skip
