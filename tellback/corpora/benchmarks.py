"""The field's benchmarks as documents with probes: by hub name, or from files of your own.

Each benchmark is one reader of rows: a row in, a Document or the reason why there is none out. Rows come from a hub
(`datasets`, streamed) or from a folder with JSON, JSONL, CSV, TSV or Parquet files; nothing is guessed: a row without
the fields that its benchmark has is counted as skipped, with the reason. Rows about one text are one document.

A probe's options are of one type and at least four wherever the benchmark allows it; where it has no options of its
own, the others are answers of the same type to other questions of the same benchmark, drawn by a seed. Options are
scored by likelihood; a set says whether its answers can also be read off the text by their words (`verbatim`), so that
`cues` can read it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tellback.corpora.benchmark_files import Row, from_folder, from_hub
from tellback.errors import UsageError
from tellback.facts.fold import fold
from tellback.records import Document, Fact, Probe
from tellback.registry import choose

K = 4  # options of a probe, where the benchmark does not bring its own


class Skip(Exception):
    """A row that cannot be read; its message says why."""


@dataclass(frozen=True)
class Benchmark:
    """One benchmark: where it lies on the hub and how a row becomes a Document with probes."""

    name: str
    about: str
    hub: tuple[str, str | None, str] | None  # repository, configuration, split
    files: tuple[str, ...]  # how its files begin, when it is read from a folder
    read: Callable[[Row, int], Document]
    licence: str
    web: bool = False  # texts without questions
    verbatim: bool = True  # its answers stand in the source word for word, and say there what was asked


@dataclass(frozen=True)
class Loaded:
    """What was read: `documents`, where they came from, and how many rows were left out for which reason."""

    name: str
    documents: tuple[Document, ...]
    origin: str
    skipped: Mapping[str, int]


def _field(row: Row, *names: str) -> Any:
    """The first of `names` that the row has with content; Skip when it has none."""
    for name in names:
        value = row.get(name)
        if value is not None and value != "" and value != []:
            return value
    raise Skip(f"no {' or '.join(names)}")


def _text(row: Row, *names: str) -> str:
    value = _field(row, *names)
    if isinstance(value, (list, tuple)):
        value = value[0]
    if not isinstance(value, str) or not value.strip():
        raise Skip(f"{names[0]} is no text")
    return value.strip()


def _texts(value: Any) -> tuple[str, ...]:
    """Every gold answer of a row: a string, a list, SQuAD's {"text": [...]} or a list written as JSON."""
    if isinstance(value, Mapping):
        value = value.get("text", ())
    if isinstance(value, str) and value.startswith("["):
        try:
            value = json.loads(value)
        except json.JSONDecodeError:
            value = [value]
    found = list(value) if isinstance(value, (list, tuple)) else [value]
    return tuple(dict.fromkeys(str(x).strip() for x in found if str(x).strip()))


def find_words(text: str, words: str) -> tuple[int, int] | None:
    """Where `words` stand in `text` as whole words («Paris» is not in «Parisian», nor 15 in 1,500); None if nowhere.

    Full-width letters, curly quotes and odd spaces are as plain ones; letters of another script are other letters.
    """
    folded, words = fold(text), fold(words).text
    edge = r"(?<![\w.,]){}(?![\w]|[.,]\d)" if words[:1].isdigit() else r"(?<!\w){}(?!\w)"
    found = re.search(edge.format(re.escape(words)), folded.text, re.IGNORECASE) if words else None
    return folded.span(*found.span()) if found else None


def _sentence(text: str, span: tuple[int, int]) -> tuple[int, int]:
    start = max((m.end() for m in re.finditer(r"[.!?]\s+", text[: span[0]])), default=0)
    end = re.compile(r"[.!?](?=\s|$)").search(text, span[1])
    return start, end.end() if end else len(text)


def _document(
    name: str, number: int, row_id: Any, text: str, question: str, value: str, options: Mapping[str, tuple[str, ...]],
    kind: str, asks: str = "qa_i", contraries: Sequence[str] = (), conflicts: bool = False,
) -> Document:  # fmt: skip
    """One document with one probe. An answer that no words of the text say has the empty span (0, 0)."""
    document_id = f"{name}-{row_id if row_id is not None else number}"
    forms = options.get(value) or (value,)
    span = next((s for form in forms if (s := find_words(text, form))), (0, 0))
    fact = Fact(kind, f"{document_id}:{question}", value, span, _sentence(text, span), tuple(contraries))
    probe = Probe(f"{document_id}/0", document_id, name, asks, fact, question, options, None, conflicts)
    return Document(document_id, text, (fact,), (probe,))


def _plain(options: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Options that say themselves; of two that differ only in how they are typed, the first."""
    kept: dict[str, str] = {}
    for option in options:
        kept.setdefault(fold(option).text.casefold(), option)
    return {option: () for option in kept.values()}


def _asked(question: str) -> str:
    """A question as an LM that only completes text can take it."""
    return f"Question: {question.strip()}\nAnswer:"


def _faitheval_counterfactual(row: Row, number: int) -> Document:
    choices = _field(row, "choices")
    texts = _texts(choices)
    answer = _text(row, "answer", "answers")
    if answer not in texts:
        label = row.get("answerKey")
        labels = list(choices.get("label", ())) if isinstance(choices, Mapping) else []
        if label not in labels:
            raise Skip("the answer is none of the choices")
        answer = texts[labels.index(label)]
    if len(texts) < 2:
        raise Skip("fewer than two choices")
    return _document("faitheval-counterfactual", number, row.get("id"), _text(row, "context"),
                     _asked(_text(row, "question")), answer, _plain(texts), "choice", conflicts=True)  # fmt: skip


def _faitheval_inconsistent(row: Row, number: int) -> Document:
    answers = _texts(_field(row, "answers", "answer"))
    options = _plain([*answers, "conflict", "unknown"])
    return _document("faitheval-inconsistent", number, row.get("id", row.get("qid")), _text(row, "context"),
                     _asked(_text(row, "question")), "conflict", options, "conflict")  # fmt: skip


def _faitheval_unanswerable(row: Row, number: int) -> Document:
    answers = _texts(row.get("answers") or row.get("answer") or ())
    options = _plain(["unknown", *answers])
    return _document("faitheval-unanswerable", number, row.get("id", row.get("qid")), _text(row, "context"),
                     _asked(_text(row, "question")), "unknown", options, "unanswerable")  # fmt: skip


def _conflictqa(split: str) -> Callable[[Row, int], Document]:
    """ConflictQA: the context argues against what *another* model believes; that belief only builds contexts."""

    def read(row: Row, number: int) -> Document:
        name, question = f"conflictqa-{split}", _text(row, "question")
        if "ck_text" in row:  # rows that carry one context each, with the answer that it supports
            value = _predicate(_text(row, "ck_target_answer"))
            conflicts = row.get("ck_relation") == "conflicting"
            return _document(name, number, row.get("qid"), _text(row, "ck_text"), _asked(question), value,
                             _plain([value]), f"conflictqa-{split}", conflicts=conflicts)  # fmt: skip
        value, other = _text(row, "counter_answer"), _text(row, "memory_answer")
        if value == other:
            raise Skip("both answers are the same")
        return _document(name, number, row.get("id"), _text(row, "counter_memory"), _asked(question), value,
                         _plain([value, other]), f"conflictqa-{split}", conflicts=True)  # fmt: skip

    return read


def _predicate(answer: str) -> str:
    """What a one-sentence answer says of its subject («Ann Lee is a lawyer.»: «lawyer»), so that it fits any subject."""
    found = re.search(r"\b(?:is|was|are|were)\s+(?:(?:born|located)\s+in\s+)?(?:an?\s+|the\s+)?(.+)", answer.rstrip(". "))
    said = found.group(1) if found else answer.rstrip(". ")
    return re.split(r",? (?:who|which|that|at|for)\b", said)[0]


def _squad(row: Row, number: int) -> Document:
    context = _text(row, "context")
    answers = _texts(row.get("answers") or row.get("answer") or ())
    if not answers:
        raise Skip("unanswerable")
    options = {answers[0]: answers}
    return _document("squad", number, row.get("id"), context, _asked(_text(row, "question")), answers[0], options,
                     question_type(_text(row, "question"), answers[0]))  # fmt: skip


def _pwc(row: Row, number: int) -> Document:
    answer = _text(row, "answer", "output")
    return _document("pwc", number, row.get("id"), _text(row, "input", "context"),
                     _asked(_text(row, "prompt", "question")), answer, {answer: ()}, answer_type(answer))  # fmt: skip


def _swapped(name: str) -> Callable[[Row, int], Document]:
    """Entity swaps: the context gives another entity of the same type than the original did."""

    def read(row: Row, number: int) -> Document:
        text = _text(row, "sub_context", "context", "replaced_context")
        value = _texts(_field(row, "sub_answer", "sub_answers", "replaced_answer", "answer"))
        original = _texts(_field(row, "org_answer", "org_answers", "original_answer", "obj"))
        options = {value[0]: value, original[0]: original}
        if value[0] == original[0]:
            raise Skip("the swap changed nothing")
        return _document(name, number, row.get("id"), text, _asked(_text(row, "question", "query")), value[0], options,
                         answer_type(value[0]), conflicts=True)  # fmt: skip

    return read


def _web(name: str) -> Callable[[Row, int], Document]:
    def read(row: Row, number: int) -> Document:
        return Document(f"{name}-{row.get('id', number)}", _text(row, "text", "content"))

    return read


def _paws(row: Row, number: int) -> Document:
    """A pair of sentences with the same words: does the second say what the first says?"""
    first, second = _text(row, "sentence1"), _text(row, "sentence2")
    label = str(_field(row, "label", "gold_label", "noisy_label"))
    if label not in ("0", "1"):
        raise Skip("label is neither 0 nor 1")
    value = "yes" if label == "1" else "no"
    question = f"Statement: {second}\nIs the statement the same as the text, yes or no? Answer:"
    return _document("paws", number, row.get("id"), first, question, value, _plain(["yes", "no"]), "roles", "qa_ii",
                     ["no" if value == "yes" else "yes"])  # fmt: skip


_COGS_ROLE = re.compile(r"(\w+) \. (agent|theme|recipient) \( x _ \d+ , (?:x _ (\d+)|(\w+)) \)")


def _cogs(row: Row, number: int) -> Document:
    """Who did what to whom, from the gold logical form: the agent among all who take part."""
    sentence, form = _text(row, "sentence"), _text(row, "logical form", "logical_form")
    words = sentence.split()
    roles: dict[str, dict[str, str]] = {}
    for verb, role, index, name in _COGS_ROLE.findall(form):
        roles.setdefault(verb, {})[role] = name or words[int(index)]
    found = next(((v, r) for v, r in roles.items() if "agent" in r and len(set(r.values())) > 1), None)
    if found is None:
        raise Skip("no verb with an agent and another role")
    verb, parts = found
    others = [x for role, x in parts.items() if role != "agent"]
    question = f"Question: Who is the agent of «{verb}»?\nAnswer:"
    return _document("cogs", number, row.get("id"), sentence, question, parts["agent"],
                     _plain([parts["agent"], *others]), "roles", "qa_ii", others)  # fmt: skip


BENCHMARKS = {
    b.name: b
    for b in (
        Benchmark("faitheval-counterfactual", "contexts that say what no model believes; four choices",
                  ("Salesforce/FaithEval-counterfactual-v1.0", None, "test"), ("faitheval_counterfactual",),
                  _faitheval_counterfactual, "research use", verbatim=False),
        Benchmark("faitheval-inconsistent", "contexts that contradict themselves",
                  ("Salesforce/FaithEval-inconsistent-v1.0", None, "test"), ("faitheval_inconsistent",),
                  _faitheval_inconsistent, "research use", verbatim=False),
        Benchmark("faitheval-unanswerable", "contexts that do not hold the answer",
                  ("Salesforce/FaithEval-unanswerable-v1.0", None, "test"), ("faitheval_unanswerable",),
                  _faitheval_unanswerable, "research use", verbatim=False),
        Benchmark("conflictqa-popqa", "contexts for and against what a model believes of people and things",
                  ("osunlp/ConflictQA", "ConflictQA-popQA-chatgpt", "test"), ("conflictqa_popqa",),
                  _conflictqa("popqa"), "Apache-2.0", verbatim=False),
        Benchmark("conflictqa-strategyqa", "the same, of questions that take more than one step",
                  ("osunlp/ConflictQA", "ConflictQA-strategyQA-chatgpt", "test"), ("conflictqa_strategyqa",),
                  _conflictqa("strategyqa"), "Apache-2.0", verbatim=False),
        Benchmark("squad", "Wikipedia paragraphs with questions whose answers stand in them",
                  ("rajpurkar/squad_v2", None, "validation"), ("squad",), _squad, "CC BY-SA 4.0"),
        Benchmark("pwc", "prompts with context: questions about a passage", ("sggetao/PwC", None, "test"), ("pwc",),
                  _pwc, "CC BY-NC-SA 4.0", verbatim=False),
        Benchmark("nq-swap", "Natural Questions with the answer's entity swapped for another of its type",
                  ("pminervini/NQ-Swap", None, "dev"), ("nq_swap", "nqswap"), _swapped("nq-swap"), "CC BY-SA 3.0"),
        Benchmark("dynamicqa", "facts that change over time or are disputed, with swapped contexts",
                  ("copenlu/dynamicqa", "temporal", "test"), ("dynamicqa",), _swapped("dynamicqa"), "MIT"),
        Benchmark("c4", "web pages", ("allenai/c4", "en", "validation"), ("c4",), _web("c4"), "ODC-By",
                  web=True),
        Benchmark("fineweb", "web pages, filtered", ("HuggingFaceFW/fineweb", "sample-10BT", "train"), ("fineweb",),
                  _web("fineweb"), "ODC-By", web=True),
        Benchmark("paws", "pairs of sentences with the same words in another order",
                  ("google-research-datasets/paws", "labeled_final", "test"), ("paws",), _paws, "as PAWS",
                  verbatim=False),
        Benchmark("cogs", "sentences with gold agents, themes and recipients", None, ("cogs",), _cogs, "MIT",
                  verbatim=False),
    )
}  # fmt: skip


def answer_type(answer: str) -> str:
    """A coarse type of an answer, so that options are of one type: year, number, name or phrase."""
    if re.fullmatch(r"1\d{3}|20\d{2}", answer):
        return "year"
    if re.search(r"\d", answer):
        return "number"
    words = [w for w in answer.split() if w.lower() not in ("the", "of", "and", "a", "de", "von")]
    return "name" if words and all(w[:1].isupper() for w in words) else "phrase"


def question_type(question: str, answer: str) -> str:
    """The type of an answer as its question tells it (person, place, date, amount), else as its words do."""
    for kind, asks in _ASKS.items():
        if re.search(asks, question, re.IGNORECASE):
            return kind
    return answer_type(answer)


_ASKS = {
    "date": r"\bwhen\b|\b(?:what|which|in what|in which) (?:year|century|decade|month|date|day)\b",
    "amount": r"\bhow (?:many|much|long|large|big|far|old|tall|high)\b|\bwhat (?:percentage|percent|number)\b",
    "place": r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:country|city|state|region|continent|town|river|county|place)\b",
    "person": r"^\W*(?:\w+ )?(?:who|whom|whose)\b",
}


def load_benchmark(
    name: str, data: Path | None = None, n: int | None = None, seed: int = 0, longest: int | None = None
) -> Loaded:  # fmt: skip
    """The first `n` rows of a benchmark that can be read, as documents; rows about one text make one document.

    `data`: a folder with its files (names begin as Benchmark.files say) or one file; None: the hub. Rows that repeat a
    document and its question are left out, and so are texts of more than `longest` characters. Raises UsageError for an unknown name and for a file that cannot be read,
    Absent (a UsageError) when neither place has it.
    """
    benchmark = choose("benchmark", name, BENCHMARKS)
    rows, origin = from_folder(name, benchmark.files, data) if data else from_hub(name, benchmark.hub)
    documents: list[Document] = []
    skipped: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    # options of other rows are drawn from more rows than are asked for, so that small samples have them too
    wanted = None if n is None else max(4 * n, 200)
    for number, row in enumerate(rows, 1):
        if wanted is not None and len(documents) >= wanted:
            break
        try:
            if not isinstance(row, Mapping):
                raise Skip("no object with fields")
            document = benchmark.read(row, number)
            if longest is not None and len(document.text) > longest:
                raise Skip(f"longer than {longest:,} characters")
        except Skip as reason:
            skipped[str(reason)] = skipped.get(str(reason), 0) + 1
            continue
        key = (document.text, document.probes[0].question if document.probes else "")
        if key in seen:
            skipped["repeats an earlier row"] = skipped.get("repeats an earlier row", 0) + 1
            continue
        seen.add(key)
        documents.append(document)
    if not documents:
        why = "; ".join(f"{v} x {k}" for k, v in skipped.items()) or "it is empty"
        raise UsageError(f"benchmark {name!r} ({origin}) has no row that can be read: {why}.")
    return Loaded(name, _joined(_with_options(documents, seed)[:n]), origin, skipped)


def _joined(documents: Sequence[Document]) -> tuple[Document, ...]:
    """Documents with one text as one document, so that a text is never resampled as if it were several."""
    by_text: dict[str, Document] = {}
    for d in documents:
        first = by_text.setdefault(d.text, d)
        if first is not d:
            probes = tuple(replace(p, document_id=first.id) for p in d.probes)
            by_text[d.text] = replace(first, facts=first.facts + d.facts, probes=first.probes + probes)
    return tuple(by_text.values())


def draw(values: Sequence[str], n: int, taken: Sequence[str], text: str, rng: random.Random) -> list[str]:
    """Up to `n` of `values`, in random order: none stands in `text`, and none is within another or one of `taken`."""
    plain = fold(text).text.casefold()
    held = [fold(t).text.casefold() for t in taken]
    out: list[str] = []
    for value in rng.sample(values, len(values)):
        if len(out) == n:
            break
        words = fold(value).text.casefold()
        if words in plain and find_words(text, value) or any(words in t or t in words for t in held):
            continue
        out.append(value)
        held.append(words)
    return out


def _with_options(documents: Sequence[Document], seed: int) -> list[Document]:
    """Probes with fewer than K options get answers of the same kind from other documents."""
    values: dict[str, dict[str, None]] = {}
    for d in documents:
        for p in d.probes:
            values.setdefault(p.fact.kind, {}).update(dict.fromkeys([p.fact.value]))
    closed = {"choice", "conflict", "unanswerable", "roles", "conflictqa-strategyqa"}  # a benchmark's own options
    out = []
    for d in documents:
        probes = []
        for p in d.probes:
            if len(p.options) < K and p.fact.kind not in closed:
                rng = random.Random(f"options-{seed}-{p.id}")
                taken = [form for o, forms in p.options.items() for form in (o, *forms)]
                drawn = draw(list(values[p.fact.kind]), K - len(p.options), taken, d.text, rng)
                p = replace(p, options=dict(p.options) | {v: () for v in drawn})
            probes.append(p)
        out.append(replace(d, probes=tuple(probes)))
    return out
