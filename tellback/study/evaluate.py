"""Everything that is read from a trained (or training-free) setup: told-back texts, answers, verdicts, figures.

The primary reading of a memory is its told-back text (`told`) as `cues` reads it, or, of a set whose answers stand in no
words that could be looked up, as the study's first other reader does; where there is no memory to tell back, it is the
answers (`asked`). Every other reader of told-back text is a reading of its own: `told-likelihood`, `told-judge`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tellback.config import ProbeSpec
from tellback.errors import UsageError
from tellback.models.belief import bare_question, option_ids, score_closed, surface
from tellback.models.decoder import Decoder, Prefix
from tellback.models.score import normalised, score_options
from tellback.readers import audit, cues, likelihood
from tellback.readers.base import Surroundings, VerdictReader
from tellback.readers.table import make
from tellback.reading import Reader, first_sentence
from tellback.records import Corpus, Document, Fact, Probe, Verdict
from tellback.study.reading import Reading, fact_tokens, readings


def make_readers(spec: ProbeSpec, corpus: Corpus, reader: Reader) -> list[VerdictReader]:
    """The readers of told-back text that `spec` names, beside `cues` and `audit`. Raises UsageError for one that cannot be had.

    A likelihood reader without a model of its own reads with the decoder's LM as it was before training.
    """
    if any(each.name == audit.READER for each in spec.readers) and not corpus.settings.get("stated"):
        raise UsageError(
            f"reader {audit.READER!r} reads the facts that a corpus states, and {corpus.name!r} gives none. Of benchmarks: "
            f"corpus: {{name: ..., options: {{stated: true}}}}; else leave the reader out."
        )
    named = [each for each in spec.readers if each.name not in (cues.READER, audit.READER)]
    if not named:
        return []
    decoder, world = reader.decoder, reader.spec.world or None
    if any(each.name.startswith("likelihood") and not each.options.get("model") for each in named):
        decoder = _untrained(reader, world)
    around = Surroundings(corpus, decoder, world)
    return [make(each, around) for each in named]


def _untrained(reader: Reader, world: Mapping[str, Any] | None) -> Decoder:
    """The decoder's LM as it was loaded."""
    if not reader.compressor.trainable or reader.spec.decoder.train == "frozen":
        return reader.decoder
    return likelihood.plain_lm(reader.spec.decoder.model, world)


def for_cues(document: Document, corpus: Corpus) -> Document:
    """The document with the probes that `cues` can read: where it needs them, those that have cues."""
    if not corpus.settings.get("cues_needed"):
        return document
    return _with(document, lambda p: bool(p.cues))


def _with(document: Document, wanted: Callable[[Probe], bool]) -> Document:
    return replace(document, probes=tuple(filter(wanted, document.probes)))


def read_set(
    reader: Reader, set_name: str, documents: Sequence[Document], corpus: Corpus, spec: ProbeSpec,
    beliefs: Mapping[str, str | None], shuffled: bool, readers: Sequence[VerdictReader] | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    """All readings of one probe set: (probe rows, document rows) as the setup's parquet files hold them.

    `readers`: those of `make_readers`, made once for several sets; None makes them here.
    """
    stated = audit.AuditReader(_untrained(reader, None)) if corpus.settings.get("stated") else None
    readers = make_readers(spec, corpus, reader) if readers is None else readers
    by_cues = any(each.name == cues.READER for each in spec.readers)
    main = readers[0] if readers and set_name in corpus.settings.get("by_options", ()) else None
    probes, texts = [], []
    for reading in readings(reader, documents):
        part, memory, figures = reading.documents, reading.memory, reading.forced
        told = [t.text for t in reading.told]
        asked = [_with(d, lambda p: bool(p.question)) for d in part]
        looked_for = [_with(d, lambda p: not p.question) for d in part]
        for i, (document, text) in enumerate(zip(asked, told, strict=True)):
            figure = figures[i] if figures else None
            texts.append({"set": set_name, "document_id": document.id, "source": document.text, "told": text,
                          **_document_figures(figure)})  # fmt: skip
            bits = _fact_bits(reader, document, figure)
            if text is not None and by_cues and main is None:
                probes += _rows(document, "told", cues.read(for_cues(document, corpus), text, corpus, beliefs), bits)
            if text is not None and stated is not None and looked_for[i].probes:
                probes += _rows(looked_for[i], "told", stated.read(looked_for[i], text, beliefs))
        # without a memory nothing is told back, and a reader of nothing says what it believes: the floor
        texts_read = [(d, t or "") for d, t in zip(asked, told, strict=True) if t is not None or memory.rate is None]
        for each in readers:
            name = "told" if each is main and memory.rate is not None else f"told-{each.name}"
            for (document, _), verdicts in zip(texts_read, each.read_all(texts_read, beliefs), strict=True):
                probes += _rows(document, name, verdicts)
        if shuffled and memory.rate is not None and len(part) > 1 and (by_cues or main is not None):
            # from half a batch away: neighbours are often pieces of one article, and speak of the same things; an odd
            # number, so that rows that come by turns do not meet their own sort alone
            order = [(i + (len(part) // 2 | 1)) % len(part) for i in range(len(part))]
            told_other = [told[i] for i in order]
            probes += _of_others(asked, [part[i] for i in order], told_other, corpus, beliefs, main)
        every_answer = set_name in corpus.settings.get("in_words", ())
        in_words = (main is None or every_answer) and (spec.answers or memory.rate is None)
        by_options = main is not None and memory.rate is None and not every_answer
        if by_options:
            probes += _scored(reader, reading.prefix, asked, spec, beliefs, "asked")
        if in_words:
            named = asked if every_answer else [for_cues(d, corpus) for d in asked]
            probes += _asked(reader, reading, named, spec, beliefs)
        if spec.likelihood:
            probes += _scored(reader, reading.prefix, asked, spec, beliefs)
    return probes, texts


def _of_others(
    documents: Sequence[Document], others: Sequence[Document], told: Sequence[str | None], corpus: Corpus,
    beliefs: Mapping[str, str | None], main: VerdictReader | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """What is read of each document in what was told back of another: next to nothing, or chance where a reader must
    choose an option."""
    pairs = []
    for document, other, text in zip(documents, others, told, strict=True):
        # what the other document says of the same things is no leak: those probes are left out
        spoken_of = {f.key for f in other.facts}
        if text is not None:
            pairs.append((_with(document, lambda p, s=spoken_of: p.fact.key not in s), text))
    if main is not None:
        read = main.read_all(pairs, beliefs)
    else:
        read = [cues.read(for_cues(document, corpus), text, corpus, beliefs) for document, text in pairs]
    return [row for (d, _), verdicts in zip(pairs, read, strict=True) for row in _rows(d, "shuffled", verdicts)]


def _document_figures(figure: dict[str, np.ndarray] | None) -> dict[str, float | None]:
    if figure is None:
        return {"loss": None, "entropy_bits": None, "token_accuracy": None}
    return {"loss": float(figure["loss"].mean()), "entropy_bits": float(figure["bits"].mean()),
            "token_accuracy": float(figure["right"].mean())}  # fmt: skip


def _fact_bits(reader: Reader, document: Document, figure: dict[str, np.ndarray] | None) -> dict[str, float]:
    """Mean entropy at the tokens of each fact, by the fact's key."""
    if figure is None:
        return {}
    places = fact_tokens(reader, document)
    return {f.key: float(figure["bits"][at].mean()) for f, at in zip(document.facts, places, strict=True) if len(at)}


def _flat(documents: Sequence[Document]) -> list[tuple[int, Document, Probe]]:
    return [(i, document, probe) for i, document in enumerate(documents) for probe in document.probes]


def _asked(reader: Reader, reading: Reading, documents: Sequence[Document], spec: ProbeSpec, beliefs: Mapping):
    flat = _flat(documents)
    questions = [p.question for _, _, p in flat]
    rows = [i for i, _, _ in flat]
    answers = reader.engine.answer(reading.memory, reader.decoder, rows, questions, spec.max_new_tokens, lambda: reading.prefix)
    out = []
    for (_, document, probe), text in zip(flat, answers, strict=True):
        stated = facts_in_answer(probe, first_sentence(text))
        verdict = cues.judge(probe, stated, document.facts, beliefs.get(probe.id))
        out += _rows(document, "asked", [verdict], spans=False)
    return out


def facts_in_answer(probe: Probe, text: str) -> list[Fact]:
    """The options that an answer names, as facts about the probe's key; longer options first, none inside another."""
    import re

    facts, taken = [], text.casefold()
    for option in sorted(probe.options, key=lambda o: -len(surface(probe, o))):
        for form in probe.options[option] or (option,):
            found = re.search(rf"(?<!\w){re.escape(form.casefold())}(?!\w)", taken)
            if found:
                facts.append(Fact(probe.fact.kind, probe.fact.key, option, found.span(), (0, len(text))))
                taken = taken[: found.start()] + "\0" * len(form) + taken[found.end() :]
                break
    return facts


def _scored(
    reader: Reader, prefix: Prefix, documents: Sequence[Document], spec: ProbeSpec, beliefs: Mapping,
    reading: str = "likelihood",
) -> list[dict[str, Any]]:  # fmt: skip
    flat = _flat(documents)
    decoder = reader.decoder
    options = [option_ids(decoder, p) for _, _, p in flat]
    questions = [decoder.question_ids(p.question) for _, _, p in flat]
    scored = score_options(decoder, prefix, [i for i, _, _ in flat], questions, options)
    if spec.normalise == "gain":  # over the question alone, or, where there is no memory, over the bare place of an answer
        if not prefix.mask_BN.shape[1]:
            questions = [decoder.question_ids(bare_question(p.question)) for _, _, p in flat]
        bare = score_closed(decoder, questions, options)
        scored = [[x - y for x, y in zip(s, b, strict=True)] for s, b in zip(scored, bare, strict=True)]
    out = []
    for (_, document, probe), summed, ids in zip(flat, scored, options, strict=True):
        log_p = normalised(summed, [len(row) for row in ids], spec.normalise)
        out += _rows(document, reading, [likelihood.judge(probe, document, log_p, beliefs.get(probe.id))])
    return out


def _rows(
    document: Document, reading: str, verdicts: Sequence[Verdict], bits: Mapping[str, float] | None = None,
    spans: bool = True,
) -> list[dict[str, Any]]:  # fmt: skip
    """Verdicts as rows of probes.parquet; `spans` is False when they do not lie in the told-back text."""
    by_id = {p.id: p for p in document.probes}
    rows = []
    for v in verdicts:
        probe = by_id[v.probe_id]
        fact, out = probe.fact, (v.output_span if spans else None) or (None, None)
        rows.append({
            "set": probe.set, "reading": reading, "reader": v.reader, "probe_id": probe.id,
            "document_id": document.id, "asks": probe.asks, "kind": fact.kind, "key": fact.key, "value": fact.value,
            "question": probe.question, "n_options": len(probe.options), "believed": probe.believed,
            "conflicts": probe.conflicts, "outcome": v.outcome, "said": v.said, "why": v.why,
            "probability": v.probability, "entropy_bits": (bits or {}).get(fact.key),
            "source_start": fact.span[0], "source_end": fact.span[1], "output_start": out[0], "output_end": out[1],
        })  # fmt: skip
    return rows
