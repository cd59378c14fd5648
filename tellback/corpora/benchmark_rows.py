"""One reader of rows a benchmark: a row in, a Document with its probe out, or Skip with the reason why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tellback.corpora.benchmark_files import Row
from tellback.corpora.options import answer_type, find_words, question_type
from tellback.facts.fold import fold
from tellback.records import Document, Fact, Probe


class Skip(Exception):
    """A row that cannot be read; its message says why."""


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


def faitheval_counterfactual(row: Row, number: int) -> Document:
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


def faitheval_inconsistent(row: Row, number: int) -> Document:
    answers = _texts(_field(row, "answers", "answer"))
    options = _plain([*answers, "conflict", "unknown"])
    return _document("faitheval-inconsistent", number, row.get("id", row.get("qid")), _text(row, "context"),
                     _asked(_text(row, "question")), "conflict", options, "conflict")  # fmt: skip


def faitheval_unanswerable(row: Row, number: int) -> Document:
    answers = _texts(row.get("answers") or row.get("answer") or ())
    options = _plain(["unknown", *answers])
    return _document("faitheval-unanswerable", number, row.get("id", row.get("qid")), _text(row, "context"),
                     _asked(_text(row, "question")), "unknown", options, "unanswerable")  # fmt: skip


def conflictqa(split: str) -> Callable[[Row, int], Document]:
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


def squad(row: Row, number: int) -> Document:
    context = _text(row, "context")
    answers = _texts(row.get("answers") or row.get("answer") or ())
    if not answers:
        raise Skip("unanswerable")
    options = {answers[0]: answers}
    return _document("squad", number, row.get("id"), context, _asked(_text(row, "question")), answers[0], options,
                     question_type(_text(row, "question"), answers[0]))  # fmt: skip


def longbench(name: str) -> Callable[[Row, int], Document]:
    """LongBench: a question about a long text, any of the answers right."""

    def read(row: Row, number: int) -> Document:
        question, context = _text(row, "input"), _text(row, "context")
        answers = _texts(_field(row, "answers"))
        if not answers or answers[0].casefold() == "unanswerable":
            raise Skip("unanswerable")
        first, kind = answers[0], question_type(question, answers[0])
        options = {first: answers}
        if (plain := first.casefold().rstrip(".")) in (yes_no := {"yes": "no", "no": "yes"}):
            options, kind = options | {yes_no[plain]: ()}, "yes or no"
        return _document(name, number, row.get("_id"), context, _asked(question), first, options, kind)

    return read


def pwc(row: Row, number: int) -> Document:
    answer = _text(row, "answer", "output")
    return _document("pwc", number, row.get("id"), _text(row, "input", "context"),
                     _asked(_text(row, "prompt", "question")), answer, {answer: ()}, answer_type(answer))  # fmt: skip


def swapped(name: str) -> Callable[[Row, int], Document]:
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


def web(name: str) -> Callable[[Row, int], Document]:
    def read(row: Row, number: int) -> Document:
        return Document(f"{name}-{row.get('id', number)}", _text(row, "text", "content"))

    return read


def paws(row: Row, number: int) -> Document:
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


def cogs(row: Row, number: int) -> Document:
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
