"""«Before» became «after» between words that stayed: read off the wording of two nearly equal sentences."""

from __future__ import annotations

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule
from tellback.compare.sentences.pair import SentencePair
from tellback.language.lexicon import TURNED

_TURNING = frozenset(word for turned in TURNED for word in turned)


class ConnectiveTurned(Rule):
    name = "connective turned"
    kinds = ("order",)
    reasons = (Reason.CONNECTIVE_TURNED,)
    found = (
        Found("Clara fed the horses before she lit the stove.", "Clara fed the horses after she lit the stove.", "before", "after"),
        Found("The previous owner painted the door.", "The next owner painted the door.", "previous", "next"),
    )  # fmt: skip
    harmless = (
        Harmless("Clara fed the horses before she lit the stove.", "Clara lit the stove after she fed the horses."),
        Harmless("The bell rang after the meal.", "After the meal the bell rang."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o, sw, ow = pair.s, pair.o, pair.s_words, pair.o_words
        mine = sorted(s.low[k] for k in sw if s.low[k] in _TURNING)
        theirs = sorted(o.low[k] for k in ow if o.low[k] in _TURNING)
        if not mine or not theirs or mine == theirs or pair.alignment is None:
            return []
        out = []
        for n, w in enumerate(sw):
            k = _in_its_place(n, pair.alignment, ow) if s.low[w] in _TURNING else None
            if k is not None and frozenset((s.low[w], o.low[k])) in TURNED:
                words = s.low[w], o.low[k]
                out.append(Drift("order", s.span(w, w), o.span(k, k), Reason.CONNECTIVE_TURNED, words))
        return out


def _in_its_place(n: int, to_output: dict[int, int], output: list[int]) -> int | None:
    """The word of the output between the words that stood before and behind word number `n` of the source."""
    if n in to_output:
        return None
    before, after = (to_output.get(n - 1) if n else -1), to_output.get(n + 1)
    at = before + 1 if before is not None else (after - 1 if after is not None else None)
    if at is None or not 0 <= at < len(output) or (after is not None and after != at + 1):
        return None
    return output[at]
