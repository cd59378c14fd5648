"""A support model beside the rules of an audit: it reads where they cannot, and never overrules a hard value.

Asked are the sentences of the output that the source does not hold word for word, each beside the sentences of the source that
its words come from, and the source's sentences of facts that the rules left open, each beside sentences of the output. So:

- a sentence that the model denies is *unsupported*, unless a finding of the rules already accuses it;
- a sentence that it affirms is no longer *unsupported* where only the rules said so;
- an open fact whose sentence the output supports is *faithful*, one that it contradicts (a model of three classes) is *drifted*;
- between the two bars nothing changes: what cannot be told stays untold.

What the rules found of values, identifiers and quotes stands, whatever the model says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tellback.audit.findings import UNSUPPORTED, Audit, Finding
from tellback.compare.support.claims import CLAIM
from tellback.readers.open_facts import sentence_of
from tellback.readers.windows import Claim, Windows, claims
from tellback.records import WRONG, Span

if TYPE_CHECKING:
    from tellback.models.support.model import Judgement, SupportModel


@dataclass(frozen=True)
class Bars:
    """Below `denied` a claim's probability of support makes it unsupported, from `affirmed` on it counts as said. Strict, for
    no model is calibrated on rewordings: docs/entail.md has what other bars cost with one of them."""

    denied: float = 0.01
    affirmed: float = 0.85


class EntailmentReader:
    """`model` judges pairs; `bars` say how sure it must be."""

    def __init__(self, model: SupportModel, bars: Bars | None = None) -> None:
        self.model = model
        self.bars = bars or Bars(**model.bars)
        self._claims = lru_cache(maxsize=1)(self._read)  # of the pair that was read last

    def refine(self, audit: Audit) -> Audit:
        """`audit` with what the model can tell."""
        if not audit.source.strip() or not audit.output.strip():
            return audit
        found = self._answered(self._added(audit, *self._claims(audit.source, audit.output)))
        return replace(found, doubt=self.doubt(audit.source, audit.output))

    def doubt(self, source: str, output: str) -> float:
        """The probability that the output's least supported sentence is not supported: 0 where all stand in the source word for
        word. (That none of them is, as if they were independent, told SummEdits' outputs apart less well, and a long
        output is then never trusted.)"""
        return max((1 - judgement.supported for judgement in self._claims(source, output)[1]), default=0.0)

    def _read(self, source: str, output: str) -> tuple[list[Claim], list[Judgement]]:
        asked = claims(output, Windows(source))
        return asked, self.model.judge([claim.texts(output, source) for claim in asked])

    def _added(self, audit: Audit, asked: Sequence[Claim], judged: Sequence[Judgement]) -> Audit:
        """With the sentences that nothing supports, and without those that the rules called so and the model affirms."""
        accused = [f.output_span for f in audit.findings if f.outcome in WRONG and f.output_span]
        kept, new = list(audit.unsupported), []
        for claim, judgement in zip(asked, judged, strict=True):
            if judgement.supported >= self.bars.affirmed:
                kept = [f for f in kept if not _inside(f.output_span, claim.span)]
            elif judgement.supported < self.bars.denied and not any(_inside(span, claim.span) for span in accused):
                new.append(self._finding(audit, claim, judgement))
        added = sorted([*kept, *new], key=lambda f: f.output_span or (0, 0))
        return replace(audit, unsupported=tuple(added))

    def _finding(self, audit: Audit, claim: Claim, judgement: Judgement) -> Finding:
        """On the words that the model doubts most, or on the whole sentence."""
        start, end = claim.span
        if judgement.doubtful:
            a, b = judgement.doubtful[0]
            start, end = start + a, start + b
        said = None if claim.nearest is None else audit.source[slice(*claim.nearest)]
        why = f"{self.model.name}: the source supports it with probability {judgement.supported:.2f}"
        return Finding(CLAIM, UNSUPPORTED, said, audit.output[start:end], claim.nearest, (start, end), why)

    def _answered(self, audit: Audit) -> Audit:
        """With the open facts whose sentence the output supports or contradicts."""
        open_ = [i for i, f in enumerate(audit.facts) if f.outcome == "unscored" and f.source_span]
        if not open_:
            return audit
        output = Windows(audit.output)
        statements = {i: sentence_of(audit.source, audit.facts[i]) for i in open_}
        texts = {s: output.of(s) for s in dict.fromkeys(statements.values())}
        asked = {
            s: (" ".join(audit.output[a:b] for a, b in sorted(window)), s) for s, window in texts.items() if window
        }
        judged = dict(zip(asked, self.model.judge(list(asked.values())), strict=True))
        facts = list(audit.facts)
        for i in open_:
            judgement = judged.get(statements[i])
            outcome = self._outcome(judgement, facts[i], statements[i])
            if outcome:
                why = f"{facts[i].why}; {self.model.name}: the output {'says' if outcome == 'faithful' else 'denies'} its sentence"
                facts[i] = replace(facts[i], outcome=outcome, why=why)
        return replace(audit, facts=tuple(facts))

    def _outcome(self, judgement: Judgement | None, fact: Finding, statement: str) -> str | None:
        """None where the model cannot tell. Of a model that judges words only those of the fact count."""
        if judgement is None:
            return None
        if judgement.supported >= self.bars.affirmed or self._words_stand(judgement, fact, statement):
            return "faithful"
        if judgement.contradicted is not None and judgement.contradicted >= self.bars.affirmed:
            return "drifted"
        return None

    def _words_stand(self, judgement: Judgement, fact: Finding, statement: str) -> bool:
        at = statement.find(fact.source or "\0")
        if not self.model.of_tokens or at < 0:
            return False
        place = at, at + len(fact.source or "")
        return not any(_inside(span, place) for span in judgement.doubtful)


def _inside(span: Span | None, place: Span) -> bool:
    """Whether two places share a character."""
    return span is not None and span[0] < place[1] and place[0] < span[1]
