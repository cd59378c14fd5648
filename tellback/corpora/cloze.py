"""Questions that any text can be asked: values as clozes, relations as a sentence against its conflicting twin.

A *cloze* is a sentence up to one of its values; the other options are values of the same type from other documents. A
*relation* is a sentence against the same sentence with its roles exchanged or its verb negated (corpora/conflict.py); it is
asked as QA(ii), has two options, and only likelihood or a judge can read it. Half of the texts are replaced by their twin,
which says the changed sentence: else a model that prefers what is usual would be right without reading.

`with_cues` says where the words of a value can be looked up: a probe gets the words around its value as cues when its own
source then reads as that value and as nothing else. A probe without cues is not for `cues`.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from tellback.corpora.options import K, draw, find_words
from tellback.corpora.passages import WINDOW
from tellback.corpora.passages import extract as extract_by_cues
from tellback.facts.fold import fold
from tellback.language.sentences import sentences
from tellback.records import Document, Fact, Probe, Span

KINDS = ("name", "number", "date", "money", "percent", "time")
LEAST_WORDS = 4  # before the value, for a cloze to ask anything
LONGEST = 400  # characters of a cloze
N_CUES = 8
_WORD = re.compile(r"[^\W\d_][\w'’-]{3,}")
_COMMON = frozenset(
    "that this with from have been were they their them there then than what when which while whom whose will would "
    "could should about after also because before between both during each even ever every into just like made make "
    "many more most much must only other over said same some such these those through under upon very well where your "
    "does didn doesn being having another first".split()
)


def with_values(documents: Sequence[Document], set_name: str, per_document: int, seed: int) -> list[Document]:
    """Each document with up to `per_document` clozes (QA(i)) of values that have K options; those without any as well.

    Options are values of the same kind and form (with or without digits, one word or several) from the other documents,
    drawn by `seed`; values of a text are asked once, the rarer kinds first.
    """
    from tellback.facts.extract import extract

    found = [list(_values(d.text, extract(d.text).facts)) for d in documents]
    pool: dict[tuple, dict[str, None]] = {}
    for document, values in zip(documents, found, strict=True):
        for fact, _ in values:
            pool.setdefault(_form(document, fact), {})[document.text[slice(*fact.span)]] = None
    return [_asked(d, values, pool, set_name, per_document, seed) for d, values in zip(documents, found, strict=True)]


def _values(text: str, facts: Sequence[Fact]) -> Iterator[tuple[Fact, str]]:
    """(fact, its cloze) of each value that stands once in the text and late enough in its sentence."""
    for fact in facts:
        words = text[slice(*fact.span)]
        question = " ".join(text[fact.sentence[0] : fact.span[0]].split())[-LONGEST:]
        once = len(re.findall(rf"(?<!\w){re.escape(words)}(?!\w)", text)) == 1
        if fact.kind in KINDS and once and "\n" not in words and len(question.split()) >= LEAST_WORDS:
            yield fact, question


def _form(document: Document, fact: Fact) -> tuple:
    words = document.text[slice(*fact.span)]
    return fact.kind, any(c.isdigit() for c in words), " " in words


def _asked(
    document: Document, values: Sequence[tuple[Fact, str]], pool: dict, set_name: str, most: int, seed: int
) -> Document:  # fmt: skip
    rarity = {kind: sum(len(v) for key, v in pool.items() if key[0] == kind) for kind in KINDS}
    probes, facts = [], []
    for fact, question in sorted(values, key=lambda v: (rarity[v[0].kind], v[0].span)):
        if len(probes) == most:
            break
        value = document.text[slice(*fact.span)]
        rng = random.Random(f"cloze-{seed}-{document.id}-{fact.span[0]}")
        others = draw(list(pool[_form(document, fact)]), K - 1, [value], document.text, rng)
        if len(others) < K - 1:
            continue
        probe_id = f"{document.id}/cloze-{fact.span[0]}"
        facts.append(Fact(fact.kind, probe_id, value, fact.span, fact.sentence))
        options = {option: () for option in (value, *others)}
        probes.append(Probe(probe_id, document.id, set_name, "qa_i", facts[-1], question, options))
    return replace(document, facts=(*document.facts, *facts), probes=(*document.probes, *probes))


def relations(documents: Sequence[Document], set_name: str, n: int) -> list[Document]:
    """Up to `n` texts with one relation each, role swaps first: one as it is, the twins of two, one as it is, and so on, so
    that the twins are not the second of every pair of rows that a benchmark writes about one question."""
    from tellback.corpora.conflict import negations, role_swaps

    if not n:
        return []
    swapped = [(d, "roles", edits) for d in documents for edits in _whole(d, role_swaps(d.text))]
    has_roles = {d.id for d, _, _ in swapped}
    others = (d for d in documents if d.id not in has_roles)
    denied = ((d, "negation", edits) for d in others for edits in _whole(d, negations(d.text)))
    chosen = [*swapped[:n], *islice(denied, max(0, n - len(swapped)))]
    return [_related(*of, set_name, twin=i % 4 in (1, 2)) for i, of in enumerate(chosen)]


def _whole(document: Document, changes: Iterable[list]) -> list[list]:
    """The first change whose edits lie in one sentence of at most LONGEST characters, as a list; else none."""
    return list(islice((edits for edits in changes if _around(document.text, edits)), 1))


def _around(text: str, edits: list) -> Span | None:
    start, end = min(e.start for e in edits), max(e.end for e in edits)
    held = (s for s in sentences(text) if s[0] <= start and end <= s[1] and s[1] - s[0] <= LONGEST)
    return next(held, None)


def _related(document: Document, kind: str, edits: list, set_name: str, twin: bool) -> Document:
    from tellback.corpora.conflict import apply

    span = _around(document.text, edits)
    assert span is not None
    plain = document.text[slice(*span)]
    changed, at = apply(plain, [replace(e, start=e.start - span[0]) for e in edits])
    value, contrary = (changed, plain) if twin else (plain, changed)
    text = document.text[: span[0]] + value + document.text[span[1] :]
    at = at if twin else tuple((e.start - span[0], e.end - span[0]) for e in edits)
    where = span[0] + min(a for a, _ in at), span[0] + max(b for _, b in at)
    document_id = f"{document.id}-{'twin' if twin else 'as-is'}"
    fact = Fact(kind, document_id, value, where, (span[0], span[0] + len(value)), (contrary,))
    probe = Probe(f"{document_id}/0", document_id, set_name, "qa_ii", fact, "The text says:", {value: (), contrary: ()},
                  conflicts=twin)  # fmt: skip
    return Document(document_id, text, (fact,), (probe,))


def with_cues(document: Document) -> Document:
    """The document whose probes have cues where `cues` can read them: its own source reads as their value alone."""
    return replace(document, probes=tuple(_cued(p, document.text) for p in document.probes))


def _cued(probe: Probe, text: str) -> Probe:
    forms = {option: [fold(f).text.casefold() for f in of or (option,)] for option, of in probe.options.items()}
    within = any(
        a != b and find_words(y, x) for a, of_a in forms.items() for b, of_b in forms.items() for x in of_a for y in of_b
    )
    if within or probe.asks != "qa_i" or probe.fact.span == (0, 0):
        return probe
    cued = replace(probe, cues=_cues(text, probe.fact.span, probe.fact.sentence))
    return cued if [f.value for f in stated(text, [cued])] == [probe.fact.value] else probe


def _cues(text: str, span: Span, sentence: Span) -> tuple[str, ...]:
    """The content words nearest to a value in its sentence, at most N_CUES, none of them the value's own."""
    own = {w.casefold() for w in re.findall(r"\w+", text[slice(*span)])}
    near: dict[str, int] = {}
    before, after = text[sentence[0] : span[0]], text[span[1] : sentence[1]]
    for words in (list(_WORD.finditer(before))[::-1], list(_WORD.finditer(after))):
        for distance, word in enumerate(words[:WINDOW]):
            plain = word[0].casefold()
            if plain not in own and plain not in _COMMON:
                near[word[0]] = min(distance, near.get(word[0], distance))
    return tuple(sorted(near, key=lambda w: (near[w], w))[:N_CUES])


def stated(text: str, probes: Sequence[Probe]) -> list[Fact]:
    """The facts that `text` states about what `probes` ask, by options and cues, however its letters are typed."""
    folded = fold(text)
    plain = [
        replace(
            p, cues=tuple(fold(c).text for c in p.cues),
            options={o: tuple(fold(f).text for f in forms or (o,)) for o, forms in p.options.items()},
        )
        for p in probes
    ]  # fmt: skip
    return [replace(f, span=folded.span(*f.span), sentence=folded.span(*f.sentence))
            for f in extract_by_cues(folded.text, plain)]  # fmt: skip
