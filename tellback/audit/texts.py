"""Two texts in, an Audit out: every fact of the source looked for in the output; no model, no network, no torch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from tellback.audit.findings import DOUBTFUL, INVENTED, UNSUPPORTED, Audit, Finding
from tellback.errors import UsageError
from tellback.records import Fact, Span

if TYPE_CHECKING:
    from tellback.compare.support.claims import Claim
    from tellback.facts.extract import Extracted


def audit(
    source: str,
    output: str,
    *,
    fast: bool = False,
    require: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    beliefs: Callable[[Fact, str], bool] | None = None,
    session: bool = False,
) -> Audit:
    """What became in `output` of every fact of `source`, and what `output` invents.

    `fast` reads values, identifiers and quotes only, without the parser. `require`: strings that must survive (kind
    "required"): a value in any of its forms, other words literally. `ignore`: regular expressions; a fact in whose words
    one is found is no fact. `beliefs(fact, value)` says whether a model believes that value of that fact, which parts
    overwritten facts from replaced ones. `session`: the source is what people and an agent said, of which a compaction repeats values
    as they are; in other texts a new value in a sentence told in other words is only doubtful (compare/support/retold.py). What a sentence repeats word for word is one fact, and so is a name however
    often it stands; every other place of a value is a fact of its own. Raises UsageError for a broken expression.
    """
    from tellback.facts.extract import extract
    from tellback.facts.fold import fold

    read, said = extract(source, fast=fast), extract(output, fast=fast)
    patterns = [_pattern(p) for p in ignore or ()]
    required = [_required(words, source, output, said) for words in require or ()]
    if not fold(source).text.strip():
        return Audit(source, output, tuple(required), unread="the source is empty: there are no facts to look for")
    found, invented = _judged(read, said, beliefs)
    facts = [f for f in found if not _ignored(f.source, patterns)]
    invented = [f for f in invented if not _ignored(f.output, patterns)]
    unsupported, told, novelty = _supported(read, said)
    doubtful: list[Finding] = []
    if told and not session:
        invented, doubtful = _doubted(invented, read, said, told)
    accused = [f.output_span for f in (*facts, *invented) if f.level == "wrong" and f.output_span]
    unsupported = [f for f in unsupported if not _ignored(f.output, patterns) and not _touches(f.output_span, accused)]
    unread = _unread(read, said)
    return Audit(source, output, (*required, *facts), tuple(invented), tuple(unsupported), unread, novelty, doubtful=tuple(doubtful))


def _judged(
    read: Extracted, said: Extracted, beliefs: Callable[[Fact, str], bool] | None
) -> tuple[list[Finding], list[Finding]]:  # fmt: skip
    """One Finding a fact of the source, in the order of the facts, and the invented ones."""
    from tellback.compare.align import align
    from tellback.facts.extract import RELATIONS

    rows, invented = align(read, said, beliefs)
    values = iter(rows)
    if read.doc is not None and said.doc is not None:
        from tellback.compare.relations import judge

        relations = iter(judge(read.relations, said.relations, read.doc, said.doc))
    else:
        why = f"the output could not be read for relations: {said.unsupported or 'it is empty'}"
        outcome = "unscored" if said.unsupported else "missing"
        relations = iter([(fact, outcome, None, why) for fact in read.relations])
    judged = [next(relations if fact.kind in RELATIONS else values) for fact in read.facts]
    findings = [_finding(read.text, said.text, *row) for row in judged]
    extra = [Finding(f.kind, INVENTED, None, said.text[slice(*f.span)], None, f.span, _INVENTED_WHY) for f in invented]
    return findings, extra


def _doubted(invented: list[Finding], read: Extracted, said: Extracted, told: Sequence[Claim]) -> tuple[list[Finding], list[Finding]]:
    """(what is invented, what is doubtful): a value that may follow from the source is no news in a sentence told in other words."""
    from tellback.compare.support.retold import is_retold
    from tellback.compare.values.follows import Follows
    from tellback.facts.kinds.table import named
    from tellback.facts.kinds.table import read as value_of

    values, follows = named("value"), Follows(read.values, read.text)

    def doubted(f: Finding) -> bool:
        if f.kind not in values or f.output is None or f.output_span is None or not is_retold(told, f.output_span):
            return False
        value = value_of(f.output.strip(" .,;:"))
        if value is None:
            return False
        # nothing follows from itself, or from another mention of it
        beside = (v for mention, v in zip(said.mentions, said.values, strict=True) if not _touches(mention.span, [f.output_span]) and set(v.keys).isdisjoint(value.keys))
        return follows.may(value, islice(beside, MOST_BESIDE))

    new = [f for f in invented if doubted(f)]
    return [f for f in invented if f not in new], [replace(f, outcome=DOUBTFUL, why=_DOUBTFUL_WHY) for f in new]


def _supported(read: Extracted, said: Extracted) -> tuple[list[Finding], list[Claim], float | None]:
    """What the output says in ordinary words that nothing in the source supports, its sentences beside the nearest ones, and how
    new its words are."""
    if read.doc is None or said.doc is None:
        return [], [], None
    from tellback.compare.support.claims import CLAIM, claims, novelty
    from tellback.compare.support.unsupported import unsupported
    from tellback.language.clauses import parse_of

    source, output = parse_of(read.doc), parse_of(said.doc)
    told = claims(source, output)
    found = []
    for one in unsupported(told, source, output):
        nearest = None if one.nearest is None else read.text[slice(*one.nearest)]
        found.append(Finding(CLAIM, UNSUPPORTED, nearest, said.text[slice(*one.span)], one.nearest, one.span, one.why))
    return found, told, novelty(told)


def _touches(span: Span | None, places: Iterable[Span]) -> bool:
    return span is not None and any(span[0] < b and a < span[1] for a, b in places)


MOST_BESIDE = 40  # values of the output that another of its values may be reckoned from
_INVENTED_WHY = "the source says it nowhere, and it stands in no fact's place"
_DOUBTFUL_WHY = "the source says it nowhere; its sentence is told in other words, so it may follow from the source"


def _finding(source: str, output: str, fact: Fact, outcome: str, theirs: Fact | None, why: str) -> Finding:
    words = None if theirs is None else output[slice(*theirs.span)]
    span = None if theirs is None else theirs.span
    return Finding(fact.kind, outcome, source[slice(*fact.span)], words, fact.span, span, why)


def _required(words: str, source: str, output: str, said: Extracted) -> Finding:
    """Whether `words` survive: as a value in any form, or letter by letter between word edges, in any case."""
    from tellback.facts.kinds.table import KIND, read

    value = read(words)
    at = _literal(words, source)
    if value is not None:
        for mention, theirs in zip(said.mentions, said.values, strict=True):
            if KIND[value.kind].same(value, theirs):
                say = output[slice(*mention.span)]
                return Finding("required", "faithful", words, say, at, mention.span, "required, and the output says it")
    span = _literal(words, output) if value is None else None
    if span:
        return Finding(
            "required", "faithful", words, output[slice(*span)], at, span, "required, and the output says it"
        )
    return Finding("required", "missing", words, None, at, None, "required, and the output does not say it")


def _literal(words: str, text: str) -> Span | None:
    parts = [re.escape(part) for part in words.split()]
    if not parts:
        raise UsageError("expected a fact that must survive, got an empty string. Leave it out.")
    match = re.search(r"(?<!\w)" + r"\s+".join(parts) + r"(?!\w)", text, re.IGNORECASE)
    return match.span() if match else None


def _pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise UsageError(f"ignore: {pattern!r} is no regular expression ({error}).") from None


def _ignored(words: str | None, patterns: Iterable[re.Pattern[str]]) -> bool:
    return words is not None and any(pattern.search(words) for pattern in patterns)


def _unread(read: Extracted, said: Extracted) -> str | None:
    notes = [f"{name}: {r.unsupported}" for name, r in (("source", read), ("output", said)) if r.unsupported]
    return "; ".join(notes) or None
