"""The facts of a validation text as probes, for readers that are asked: a model's likelihood, a judge, the mock.

Each value of the source is a cloze, its options the value itself, what the output has of that kind and the source has
not, and substitutes of the same form up to K. Relations are not asked.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from random import Random

from tellback.audit.findings import Finding
from tellback.config import ModelSpec, VerdictReaderSpec, parse
from tellback.corpora.benchmarks import K, draw, find_words
from tellback.corpora.substitutes import another
from tellback.errors import UsageError
from tellback.facts.extract import Extracted, extract
from tellback.facts.kinds.table import KIND, named
from tellback.readers.table import Surroundings, VerdictReader, make
from tellback.records import Corpus, Document, Fact, Probe

MODEL = "smollm2-135m"  # what the likelihood reader reads with
JUDGE = "TELLBACK_JUDGE"  # environment variable: a YAML file with base_url, model and, where needed, api_key_env
KINDS = frozenset(named("value", "identifier", "name")) - {"ordinal"}


def document_of(source: str, output: str) -> Document:
    """The source with one probe a value; ids and substitutes are the same every time."""
    read, said = _read(source), _read(output)
    theirs: dict[str, dict[str, None]] = {}
    for mention in said.mentions:
        theirs.setdefault(mention.kind, {})[output[slice(*mention.span)]] = None
    probes = [p for i, fact in enumerate(read.facts) if (p := _probe(i, fact, source, theirs)) is not None]
    return Document("text", source, tuple(p.fact for p in probes), tuple(probes))


@lru_cache(maxsize=64)
def _read(text: str) -> Extracted:
    return extract(text)


def _probe(number: int, fact: Fact, source: str, theirs: dict[str, dict[str, None]]) -> Probe | None:
    value = source[slice(*fact.span)]
    question = " ".join(source[fact.sentence[0] : fact.span[0]].split())
    if fact.kind not in KINDS or not question:
        return None
    rng = Random(f"{fact.kind}-{value}")
    others = draw(list(theirs.get(fact.kind, ())), K - 1, [value], source, rng)
    group = KIND[fact.kind].group
    kind = "identifier" if group == "identifier" else fact.kind
    for _ in range(20):
        new = another(value, kind, rng, avoid=source) if len(others) < K - 1 else None
        if new is None:
            break
        others += draw([new], 1, [value, *others], source, rng)
    if not others:
        return None
    stated = Fact(fact.kind, f"text/{number}", value, fact.span, fact.sentence)
    return Probe(f"text/{number}", "text", "validation", "qa_i", stated, question, {o: () for o in (value, *others)})


def findings(reader: VerdictReader, source: str, output: str) -> Sequence[Finding]:
    """What `reader` says became of each value of the source."""
    document = document_of(source, output)
    out = []
    for probe, verdict in zip(document.probes, reader.read(document, output, {}), strict=True):
        at = verdict.output_span or (find_words(output, verdict.said) if verdict.said is not None else None)
        words = None if at is None else output[slice(*at)]
        fact = probe.fact
        out.append(Finding(fact.kind, verdict.outcome, fact.value, words, fact.span, at, verdict.why))
    return out


@lru_cache(maxsize=4)
def reader_called(name: str) -> VerdictReader:
    """The reader as `validate` runs it. Raises UsageError for a judge of which nothing says where it is."""
    corpus = Corpus("validation", {}, lambda text, probes: [])
    if name == "likelihood":
        spec = VerdictReaderSpec(name=name, options={"model": ModelSpec(name=MODEL).model_dump()})
    elif name == "judge":
        spec = VerdictReaderSpec(name=name, options={"endpoint": _endpoint()})
    else:
        spec = VerdictReaderSpec(name=name)
    return make(spec, Surroundings(corpus))


def _endpoint() -> dict:
    import yaml

    from tellback.models.endpoint import EndpointSpec

    path = os.environ.get(JUDGE, "")
    if not path or not Path(path).is_file():
        raise UsageError(
            f"reader 'judge': expected in the environment variable {JUDGE} the path of a YAML file with base_url, model "
            f"and, where needed, api_key_env, got {path or 'nothing'!r}."
        )
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise UsageError(f"{path}: expected lines such as «base_url: http://127.0.0.1:8000/v1» and «model: NAME».")
    return parse(EndpointSpec, content, path).model_dump()
