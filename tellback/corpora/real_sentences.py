"""Real sentences, one a document: what a compressor on a pretrained model can be taught on a desk, and conflicting twins.

Sentences of 7 to 18 words from web pages, speeches, an encyclopaedia and novels, in a folder with the data, else of the shipped
public-domain passages (362 of them, enough to try, not to conclude). A fixed part of them is held out: reconstruction is
measured on it, and the twins are made of it. Probe sets:

- `known-agree`, `known-conflict` (with the data): facts that language models complete by themselves (known_1000 of ROME, arXiv
  2202.05262), as they are and with another object of the same relation;
- `told-values`: sentences with a value, every second one with another value of its kind and form;
- `told-relations`: sentences whose roles can be exchanged or whose verb can be denied, half of them with that done;
- the sentences of the shipped passages that state a fact, as `passages-conflict`, `passages-agree` and `passages-neutral`.

What a model believes of a question is measured, not assumed, but for the shipped passages.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from tellback.config import Frozen
from tellback.corpora.cloze import relations, stated, with_cues, with_values
from tellback.corpora.conflict import value_twin
from tellback.corpora.haystack import Count, estimated_tokens
from tellback.corpora.options import K, draw
from tellback.corpora.public_domain import passages as public_domain
from tellback.corpora.web_training import Training
from tellback.errors import UsageError
from tellback.language.sentences import sentences
from tellback.records import Corpus, Document, Fact, Probe

#: Files of a folder of data -> the field that holds the text; None: plain text, a paragraph a document.
FILES = {
    "c4_web_*.jsonl": "text", "olmo_c4_*.jsonl": "text", "state_union_*.jsonl": "text", "squad_dev_*.jsonl": "context",
    "gutenberg_*.txt": None,
}  # fmt: skip
KNOWN = "known_1000.json"
HELD_OUT = 0.1  # of the sentences


class SentenceSettings(Frozen):
    data: str | None = Field(None, description="folder with texts; null: the shipped public-domain passages alone")
    shortest: int = Field(7, ge=3, description="words of a sentence, at least")
    longest: int = Field(18, ge=3, description="words of a sentence, at most")
    tokens: tuple[int, int] | None = Field(
        None, description="tokens of a sentence, at least and at most; sentences with facts are only held to the second; null: any"
    )  # fmt: skip
    seed: int = Field(0, description="which sentences are held out, and what their twins say")

    def keeps(self, n: int) -> bool:
        return self.tokens is None or self.tokens[0] <= n <= self.tokens[1]


def real_sentences(
    settings: SentenceSettings, n_documents: int, n_held_out: int, count: Count = estimated_tokens
) -> Corpus:  # fmt: skip
    """The corpus, with at most `n_documents` in each probe set; `count`: the tokens of a text. Raises UsageError for a folder
    without any of the texts, and where no sentence is of the length that was asked for."""
    held, training = to_train_on(settings, count)
    sets = {
        **_known(settings), "told-values": _with_other_values(held, n_documents, settings.seed),
        "told-relations": relations(held, "told-relations", n_documents), **_of_passages(),
    }  # fmt: skip
    if settings.tokens is not None:
        sets = {name: [d for d in documents if count(d.text) <= settings.tokens[1]] for name, documents in sets.items()}
    of_a_kind: dict[str, int] = {}
    for probe in (p for documents in sets.values() for d in documents for p in d.probes):
        of_a_kind[probe.fact.kind] = min(len(probe.options), of_a_kind.get(probe.fact.kind, len(probe.options)))

    return Corpus(
        "real-sentences", {name: tuple(documents[:n_documents]) for name, documents in sets.items() if documents}, stated,
        tuple(held[:n_held_out]), training, of_a_kind,
        settings={"belief": "measured", "cues_needed": True, "by_options": ["told-relations"]}, twin=value_twin,
    )  # fmt: skip


def to_train_on(settings: SentenceSettings, count: Count) -> tuple[list[Document], Training]:
    """(held-out sentences, what draws the others). Raises UsageError where no sentence is of the length that was asked for."""
    rows = _rows(settings)
    n = max(1, round(HELD_OUT * len(rows)))
    held = [Document(f"sentence-{i}", text) for i, text in enumerate(rows[:n])]
    texts = rows[n:]
    if settings.tokens is not None:
        held = [d for d in held if settings.keeps(count(d.text))]
        texts = tuple(text for text in texts if settings.keeps(count(text)))
        if not held or not texts:
            raise UsageError(f"no sentence has {settings.tokens[0]} to {settings.tokens[1]} tokens. Widen `tokens`, or give more texts with `data`.")

    def training(n: int, seed: int, values: str) -> list[str]:
        return random.Random(f"sentences-{seed}").sample(texts, min(n, len(texts)))

    return held, training


@lru_cache(maxsize=4)
def _rows(settings: SentenceSettings) -> tuple[str, ...]:
    """Every sentence once, in an order drawn by the seed."""
    found = dict.fromkeys(s for text in _texts(settings.data) for s in _sentences(text, settings))
    rows = list(found)
    random.Random(f"held-out-{settings.seed}").shuffle(rows)
    return tuple(rows)


def _texts(data: str | None) -> Iterator[str]:
    yield from (p.text for p in public_domain().values())
    if data is None:
        return
    found = [(path, field) for pattern, field in FILES.items() for path in sorted(Path(data).glob(pattern))]
    if not found:
        raise UsageError(f"{data} holds none of the texts that sentences come from: expected files named {', '.join(FILES)}.")
    for path, field in found:
        text = path.read_text(encoding="utf-8")
        if field is None:
            yield from (" ".join(p.split()) for p in text.split("\n\n"))
        else:
            yield from (json.loads(line)[field] for line in text.split("\n") if line.strip())


def _sentences(text: str, settings: SentenceSettings) -> Iterator[str]:
    """The whole sentences of `text` that are prose: few digits and signs, no address, no remains of a page's layout."""
    for start, end in sentences(text):
        sentence = " ".join(text[start:end].split())
        letters = sum(c.isalpha() or c == " " for c in sentence)
        if (
            settings.shortest <= len(sentence.split()) <= settings.longest and len(sentence) < 12 * settings.longest
            and re.fullmatch(r"[A-Z\"“‘'].*[.!?][\"”’']?", sentence) and not re.search(r"https?:|www\.|[|<>{}\\^~*#_=]|\.\.\.", sentence)
            and letters >= 0.85 * len(sentence) and sum(not c.isascii() for c in sentence) <= 2
        ):  # fmt: skip
            yield sentence


def _known(settings: SentenceSettings) -> dict[str, list[Document]]:
    path = Path(settings.data or ".") / KNOWN
    if settings.data is None or not path.is_file():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    objects: dict[str, dict[str, None]] = {}
    for row in rows:
        objects.setdefault(row["relation_id"], {})[row["attribute"]] = None
    out: dict[str, list[Document]] = {"known-agree": [], "known-conflict": []}
    for row in random.Random(f"known-{settings.seed}").sample(rows, len(rows)):
        rng = random.Random(f"known-{settings.seed}-{row['known_id']}")
        true, prompt = row["attribute"], row["prompt"]
        others = draw(list(objects[row["relation_id"]]), K - 1, [true], prompt, rng)
        if len(prompt.split()) + 1 < settings.shortest or len(others) < K - 1:
            continue
        for name, value in (("known-agree", true), ("known-conflict", others[0])):
            document = _stating(f"known-{row['known_id']}-{name[6:]}", name, prompt, value, ".", (true, *others))
            document = with_cues(document)
            if document.probes[0].cues:
                out[name].append(document)
    return out


def _stating(
    document_id: str, set_name: str, before: str, value: str, after: str, options: Sequence[str], kind: str = "known"
) -> Document:
    """A sentence that says `value` after `before`, and is asked for it."""
    text = f"{before} {value}{after}"
    start = len(before) + 1
    fact = Fact(kind, document_id, value, (start, start + len(value)), (0, len(text)))
    probe = Probe(f"{document_id}/0", document_id, set_name, "qa_i", fact, before, {option: () for option in options},
                  conflicts=value != options[0])  # fmt: skip
    return Document(document_id, text, (fact,), (probe,))


def _with_other_values(documents: Sequence[Document], n: int, seed: int) -> list[Document]:
    """Sentences with a value that can be looked up; of every second one the twin, which says another value."""
    out: list[Document] = []
    for document in with_values(documents, "told-values", 1, seed):
        if len(out) == n:
            break
        for probe in document.probes[:1]:
            fact, options = probe.fact, tuple(probe.options)
            value = options[1] if len(out) % 2 else fact.value
            before, after = document.text[: fact.span[0]].rstrip(), document.text[fact.span[1] :]
            made = _stating(f"{document.id}-value-{'twin' if len(out) % 2 else 'as-is'}", "told-values", before, value, after, options, fact.kind)
            made = with_cues(replace(made, probes=(replace(made.probes[0], question=probe.question),)))
            if made.probes[0].cues:
                out.append(made)
    return out


def _of_passages() -> dict[str, list[Document]]:
    """Each fact of the shipped passages as a document of its own: the sentence that states it."""
    from tellback.corpora.passages import passages

    out: dict[str, list[Document]] = {}
    for name, documents in passages().sets.items():
        for probe in (p for d in documents for p in d.probes):
            source = next(d for d in documents if d.id == probe.document_id)
            start, end = probe.fact.sentence
            at = probe.fact.span[0] - start, probe.fact.span[1] - start
            fact = replace(probe.fact, span=at, sentence=(0, end - start))
            document_id = probe.id.replace("/", "-")
            own = replace(probe, document_id=document_id, fact=fact)
            out.setdefault(name, []).append(Document(document_id, source.text[start:end], (fact,), (own,)))
    return out
