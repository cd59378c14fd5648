"""The likelihood reader: an LM itself scores a question's options; the likeliest is what it says.

`judge` decides from log-probabilities, whatever the LM read (a memory, or told-back text). `LikelihoodReader` lets a plain
LM read the told-back text and the question, in one of two forms: each option as the continuation, with no options in the
prompt; or the options printed as a list and their letters scored, averaged over every cyclic order, so that a liking for
a letter or a place cancels out.

An option that is long, or rare in every text, is unlikely for that alone. `normalise` chooses: `sum`, the whole option as
it is; `tokens`, its mean per token; `gain`, by how much the text raises it over the bare question (domain-conditional
PMI: Holtzman et al., arXiv 2104.08315), which leaves a text that says nothing unscored.

Whatever the text says, some option is the likeliest: this reader never says `missing`, and what it says of a text that
does not speak of the matter is the LM's belief (the `no_memory` row shows how that looks).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from tellback.config import Frozen, ModelSpec, parse
from tellback.errors import UsageError
from tellback.readers.base import Beliefs, Surroundings, Told, VerdictReader
from tellback.readers.lms import lm_called, plain_lm
from tellback.records import Document, Probe, Verdict

if TYPE_CHECKING:
    from tellback.models.decoder import Decoder

READER, GAIN, LISTED = "likelihood", "likelihood-gain", "likelihood-listed"
MEASURED_WITH = "smollm2-135m"  # the LM that `tellback validate` measures these readers with
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TEXTS = 8  # told-back texts that are kept as keys and values at a time
LEAST_ROOM = 32  # positions for the text; an LM with fewer reads nothing


def judge(
    probe: Probe, document: Document, log_p: Sequence[float], belief: str | None, reader: str = READER
) -> Verdict:  # fmt: skip
    """The outcome when the options of `probe` have log-probabilities `log_p` (nats, in the options' order).

    An option that cannot be scored (NaN, infinite) leaves the probe unscored, and so do options that tie for the first
    place: an LM whose tokenizer does not know the words gives them all the same. Precedence as for every reader.
    """
    if not log_p or not all(math.isfinite(x) for x in log_p):
        return Verdict(probe.id, reader, "unscored", why="an option has no likelihood")
    if len(log_p) > 1 and sorted(log_p)[-1] == sorted(log_p)[-2]:
        return Verdict(probe.id, reader, "unscored", why="the likeliest options tie")
    p = shares(probe, log_p)
    said = max(p, key=p.__getitem__)
    fact = probe.fact
    elsewhere = {f.value for f in document.facts if f.kind == fact.kind and f.key != fact.key}
    if said == fact.value:
        outcome = "faithful"
    elif said in fact.contraries or said in elsewhere:
        outcome = "drifted"
    else:
        outcome = "overwritten" if said == belief else "replaced"
    return Verdict(probe.id, reader, outcome, said, None, f"{said!r} is the likeliest option", p[fact.value])


def shares(probe: Probe, log_p: Sequence[float]) -> Mapping[str, float]:
    """Probability of each option among the options."""
    top = max(log_p)
    weights = [math.exp(x - top) for x in log_p]
    return {option: w / sum(weights) for option, w in zip(probe.options, weights, strict=True)}


class LikelihoodSettings(Frozen):
    """Of the readers `likelihood` and `likelihood-listed`."""

    model: dict[str, Any] | str | None = Field(None, description="the LM that reads; null: the decoder's, as it was loaded")
    normalise: Literal["sum", "tokens", "gain"] = Field(
        "sum", description="log-probability of the whole option, its mean per token, or what the text adds to it (of a "
        "listed letter: no matter)"
    )  # fmt: skip
    max_tokens: int = Field(2048, ge=LEAST_ROOM, description="most tokens of a text that are read; a longer one in part")


class LikelihoodReader(VerdictReader):
    """A plain LM that reads told-back text and scores each option as its continuation.

    Of a text with more tokens than the LM has positions for (or than `max_tokens`) it reads, for each question, the one
    window that shares most words with the question; windows overlap by half.
    """

    name = READER
    uses_torch = True
    defaults: ClassVar[Mapping[str, Any]] = {}  # settings of this reader where a study sets none

    def __init__(self, decoder: Decoder, settings: LikelihoodSettings | None = None, scores: Scores | None = None):
        self.decoder, self.settings = decoder, settings or LikelihoodSettings.model_validate(self.defaults)
        self.name = self.called(self.settings)
        self._scores: Scores = {} if scores is None else scores

    @classmethod
    def called(cls, settings: LikelihoodSettings) -> str:
        """The name that figures of a reader with these settings go by."""
        return GAIN if settings.normalise == "gain" else READER

    @classmethod
    def for_study(cls, options: Mapping[str, Any], around: Surroundings) -> LikelihoodReader:
        settings = parse(LikelihoodSettings, {**cls.defaults, **options}, f"reader {cls.name!r}, options")
        decoder = around.decoder
        if settings.model is not None:
            decoder = plain_lm(ModelSpec.model_validate(settings.model), around.world)
        if decoder is None:
            raise UsageError(f"reader {cls.name!r} needs a language model. Name one: options: {{model: smollm2-135m}}.")
        return cls(decoder, settings, around.scores)

    @classmethod
    def for_audit(cls, model: str | None) -> LikelihoodReader:
        """`model`: a model's name, or the path of its folder."""
        if model is None:
            raise UsageError(f"--reader {cls.name} needs --reader-model NAME: a model's name or the path of its folder.")
        return cls(lm_called(model))

    @classmethod
    def for_validation(cls) -> LikelihoodReader:
        return cls(lm_called(MEASURED_WITH))

    @property
    def about(self) -> dict[str, Any]:
        return {"reader": self.name, **self.settings.model_dump(mode="json"), "model": self.decoder.lm.name}

    def read_all(self, told: Sequence[Told], beliefs: Beliefs) -> list[list[Verdict]]:
        """Raises UsageError when a question leaves the LM fewer than LEAST_ROOM positions for the text."""
        flat = [(i, document, probe) for i, (document, _) in enumerate(told) for probe in document.probes]
        asked = [self._prompts(probe) for _, _, probe in flat]
        windows = [self._window(told[i][1], probe, prompts) for (i, _, probe), prompts in zip(flat, asked, strict=True)]
        scored = self._scored(windows, asked)
        out: list[list[Verdict]] = [[] for _ in told]
        for (i, document, probe), prompts, log_p in zip(flat, asked, scored, strict=True):
            mixed = self._mixed(log_p, prompts)
            out[i].append(judge(probe, document, mixed, beliefs.get(probe.id), self.name))
        return out

    def _prompts(self, probe: Probe) -> list[Prompt]:
        """(question ids, ids of each option), once or in several orders."""
        from tellback.models.belief import option_ids

        return [(self.decoder.question_ids(probe.question), option_ids(self.decoder, probe))]

    def _scored(self, windows: Sequence[tuple[int, ...]], asked: Sequence[Sequence[Prompt]]) -> list[list[list[float]]]:
        """For each probe, prompt and option the log-probability (nats), or what the text adds to it."""
        scored = self._score(windows, asked)
        if self.settings.normalise != "gain":
            return scored
        bare = self._score([()] * len(asked), asked)
        return [[[x - y for x, y in zip(s[0], b[0], strict=True)]] for s, b in zip(scored, bare, strict=True)]

    def _mixed(self, log_p: Sequence[Sequence[float]], prompts: Sequence[Prompt]) -> Sequence[float]:
        """One log-probability (nats) an option, from those of each prompt."""
        from tellback.models.score import normalised

        return normalised(log_p[0], [len(ids) for ids in prompts[0][1]], self.settings.normalise)

    def _window(self, text: str, probe: Probe, prompts: Sequence[Prompt]) -> tuple[int, ...]:
        """The token ids that are read before the question."""
        ids = self.decoder.lm.ids(text.encode("utf-8", "replace").decode("utf-8"))
        longest = max(len(question) + max(map(len, options)) for question, options in prompts)
        room = min(self.settings.max_tokens, self.decoder.lm.max_positions - longest - 1)
        if room < LEAST_ROOM:
            raise UsageError(
                f"reader {self.name!r}: the question of probe {probe.id!r} takes {longest} tokens, and the model "
                f"{self.decoder.lm.name!r} has {self.decoder.lm.max_positions} positions: no room for a text. Choose a model "
                f"that reads longer texts."
            )
        if len(ids) <= room:
            return tuple(ids)
        starts = [*range(0, len(ids) - room, max(1, room // 2)), len(ids) - room]
        sought = _words(probe.question)
        best = max(starts, key=lambda at: len(sought & _words(self.decoder.lm.text(ids[at : at + room]))))
        return tuple(ids[best : best + room])

    def _score(
        self, windows: Sequence[tuple[int, ...]], asked: Sequence[Sequence[Prompt]]
    ) -> list[list[list[float]]]:
        """For each probe, prompt and option the log-probability (nats); what was scored before is not scored again."""
        keys = [(id(self.decoder), window, str(prompts)) for window, prompts in zip(windows, asked, strict=True)]
        new = {key: i for i, key in enumerate(keys) if key not in self._scores}
        found = self._score_new([windows[i] for i in new.values()], [asked[i] for i in new.values()])
        self._scores.update(zip(new, found, strict=True))
        return [self._scores[key] for key in keys]

    def _score_new(
        self, windows: Sequence[tuple[int, ...]], asked: Sequence[Sequence[Prompt]]
    ) -> list[list[list[float]]]:
        """A text is read once for all its questions."""
        import torch

        from tellback.models.score import score_options

        out: list[list[list[float]]] = [[] for _ in asked]
        texts = sorted(set(windows), key=lambda ids: (len(ids), ids))  # of like length together: little padding
        for at in range(0, len(texts), TEXTS):
            part = texts[at : at + TEXTS]
            row = {ids: i for i, ids in enumerate(part)}
            with torch.inference_mode():
                prefix = self.decoder.prefix([self.decoder.embed(list(ids)) for ids in part])
            mine = [i for i, ids in enumerate(windows) if ids in row]
            flat = [(row[windows[i]], question, options) for i in mine for question, options in asked[i]]
            rows, questions, options = zip(*flat, strict=True)
            scored = iter(score_options(self.decoder, prefix, rows, questions, options, batch_size=TEXTS))
            for i in mine:
                out[i] = [next(scored) for _ in asked[i]]
        return out


class GainReader(LikelihoodReader):
    """By how much the text raises each option over the bare question."""

    name = GAIN
    defaults = {"normalise": "gain"}


class ListedReader(LikelihoodReader):
    """The options stand in the prompt as a list; their letters are scored, over every cyclic order."""

    name = LISTED

    def __init__(self, decoder: Decoder, settings: LikelihoodSettings | None = None, scores: Scores | None = None):
        super().__init__(decoder, settings, scores)
        if decoder.ask_id is not None:
            raise UsageError(
                f"reader {LISTED!r}: the model {decoder.lm.name!r} has no words for a list of options. Use {READER!r}."
            )

    @classmethod
    def called(cls, settings: LikelihoodSettings) -> str:
        return LISTED

    def _prompts(self, probe: Probe) -> list[Prompt]:
        from tellback.models.belief import surface

        k = len(probe.options)
        if k > len(LETTERS):
            raise UsageError(f"probe {probe.id!r} has {k} options, a list holds at most {len(LETTERS)}. Use {READER!r}.")
        options = [surface(probe, o) for o in probe.options]
        question = re.sub(r"\s*Answer:\s*$", "", probe.question)
        letters = [self.decoder.lm.ids(f" {letter}") for letter in LETTERS[:k]]
        out = []
        for turn in range(k):
            shown = "\n".join(f"{LETTERS[j]}. {options[(j + turn) % k]}" for j in range(k))
            out.append((self.decoder.question_ids(f"{question}\n{shown}\nAnswer:"), letters))
        return out

    def _scored(self, windows: Sequence[tuple[int, ...]], asked: Sequence[Sequence[Prompt]]) -> list[list[list[float]]]:
        return self._score(windows, asked)

    def _mixed(self, log_p: Sequence[Sequence[float]], prompts: Sequence[Prompt]) -> Sequence[float]:
        return _unrotated(log_p, len(prompts))


Prompt = tuple[list[int], list[list[int]]]  # ids of a question, ids of each option
#: (the decoder, a text, a question's prompts) -> log-probabilities: what readers of one untrained LM can share.
Scores = dict[tuple[int, tuple[int, ...], str], list[list[float]]]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.casefold()))


def _unrotated(log_p: Sequence[Sequence[float]], k: int) -> list[float]:
    """Log of each option's mean probability over the orders; in order `turn`, letter j stood for option (j + turn) % k."""
    total = [0.0] * k
    for turn, row in enumerate(log_p):
        top = max(row)
        weights = [math.exp(x - top) for x in row]
        for j, w in enumerate(weights):
            total[(j + turn) % k] += w / sum(weights) / k
    return [math.log(x) if x > 0 else -math.inf for x in total]
