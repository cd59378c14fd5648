"""The README of a saved setup: a model card with the hub's header, and what survives at which rate, as its study measured it.

Names come from folders, corpora and whoever saved it, so each is printed as text that does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tellback.display.words import code, inline, markdown, rate_name, share, shown, visible

#: Models that come as packages -> what they are on the hub.
ON_HUB = {"smollm2-135m": "HuggingFaceTB/SmolLM2-135M-Instruct", "gemma3-270m": "google/gemma-3-270m-it"}
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
PLAIN = re.compile(r"[\w./-]+")  # what may stand in a line of code
ASKS = {"qa_i": "values", "qa_ii": "relations"}
READINGS = (
    "A set's plain name is what was told back of it; `@asked` are answers to a question, `@likelihood` the likeliest of a question's "
    "options, `@shuffled` what the memory of another document says.", "",
)  # fmt: skip
UNMEASURED = (
    "Not measured: this setup was saved outside a study, so nothing is known of what it keeps. A study measures it: "
    "`tellback study mine.yaml` with this compressor, these models and documents of yours."
)


def model_card(
    name: str, compressor: str, about: str, rate: float | None, models: Sequence[str], trained: Mapping[str, Any],
    measured: Mapping[str, Any] | None,
) -> str:  # fmt: skip
    """The text of README.md. `models`: names of the compressor's LM and the decoder's. `trained`: what is known of the training;
    `measured`: a `measured.Measured` as plain values, None where no study measured it."""
    of_rate = "" if rate is None else f" at {rate:g} tokens a slot"
    base, decoder = map(_label, models)
    lines = [
        f"# {markdown(name)}", "",
        f"A context compressor: {code(compressor)}{of_rate}, on {code(base)}, read by {code(decoder)}. "
        f"What it does: {markdown(about)}.", "",
        "## What survives at which rate", "", *(_survives(measured) if measured else [UNMEASURED, ""]),
        *_training(trained, measured is None), *_use(name),
    ]  # fmt: skip
    return _header(name, models, measured) + "\n".join(lines) + "\n"


def _label(model: str) -> str:
    """A hub's name, or the last part of a path."""
    return model if HUB_NAME.fullmatch(model) else model.rstrip("/").split("/")[-1]


def _survives(measured: Mapping[str, Any]) -> list[str]:
    own, beside, n = measured["own"], measured["beside"], measured["controls"]
    lines = [
        f"Shares of the facts of a text that are still said after compression, with 95% intervals over *n* facts, of the study "
        f"{code(measured['study'])} on {code(measured['corpus'])}. Of *overwritten* facts it says what the model believed instead.", "",
        *_table([own], named=False), "", *(READINGS if any("@" in s["set"] for s in own["shares"]) else ()),
    ]  # fmt: skip
    if own["status"] != "done":
        why = f": {markdown(measured['why'])}" if measured["why"] else "."
        lines += [f"Its training had not converged (status {code(own['status'])}){why}", ""]
    if n is not None:
        held = measured["controls_hold"]
        lines += [f"{held} of the study's {n} controls hold" + ("." if held == n else "; while one fails, nothing follows from it."), ""]
    if beside:
        lines += ["In the same study: what bounds it (the source as memory, no memory), and this compressor at other rates.", "",
                  *_table(beside, named=True), ""]  # fmt: skip
    return [*lines, _how(measured), ""]


def _how(measured: Mapping[str, Any]) -> str:
    """The commands that give these figures again."""
    shipped = measured["built_in"] and PLAIN.fullmatch(measured["study"])
    study = measured["study"] if shipped else "study.yaml"
    where = "" if shipped else " (`study.yaml` lies in the study's folder)"
    packages = [f"{code(k)} {markdown(v)}" for k, v in measured["versions"].items() if v and k in ("tellback", "torch", "transformers")]
    return (
        f"Measured by `tellback study {study} --out DIR`{where}, with {', '.join(packages) or 'versions that were not kept'}; "
        f"`tellback results DIR --json` has the row {code(measured['own']['setup'])} whole."
    )


def _table(setups: Sequence[Mapping[str, Any]], named: bool) -> list[str]:
    """A row a share; of `named` setups of the primary reading alone."""
    heads = ["setup"] * named + ["rate", "facts of", "asked", "kept", "overwritten", "n"]
    lines = [heads, [":--"] * named + ["--:", ":--", ":--", "--:", "--:", "--:"]]
    for of in setups:
        for s in of["shares"]:
            if named and "@" in s["set"]:
                continue
            kept = {"n": s["n"], "faithful": s["faithful"], "low": {"faithful": s["low"]}, "high": {"faithful": s["high"]}}
            unscored = f" ({share(s['unscored'])} unscored)" if s["unscored"] else ""
            lines.append([
                *([markdown(of["setup"])] * named), rate_name(of["rate"]), markdown(s["set"]), markdown(ASKS.get(s["asks"], s["asks"])),
                inline(shown(kept)) + unscored, share(s["overwritten"]), f"{s['n']:,}",
            ])  # fmt: skip
    return [f"| {' | '.join(cells)} |" for cells in lines] if len(lines) > 2 else ["Nothing was asked of it."]


def _training(trained: Mapping[str, Any], alone: bool) -> list[str]:
    """What is known of the training; of one `alone` also whether it had converged, which a study says elsewhere."""
    said = [f"{trained[key]:,} {key}" for key in ("steps", "tokens") if isinstance(trained.get(key), int)]
    if isinstance(trained.get("held_out_loss"), float):
        said.append(f"a loss of {trained['held_out_loss']:.3f} nats a token on held-out texts")
    if not said:
        return []
    line = ", ".join(said) + "."
    if isinstance(longest := trained.get("longest"), int) and longest:
        line += f" Its longest text had {longest:,} tokens; expect it to lose more of longer ones."
    if alone and trained.get("undertrained"):
        line += f" It had not converged: {markdown(str(trained.get('why') or 'no reason was kept'))}"
    return ["## Training", "", line, ""]


def _use(name: str) -> list[str]:
    place = name if PLAIN.fullmatch(name) else "this-folder"
    return [
        "## Use", "", "```python", "import tellback", "", f'setup = tellback.load("{place}")  # this folder, or its hub name',
        'memory = setup.compress(["..."])', 'setup.tell_back(memory), setup.ask(memory, "...?")', "```", "", "```console",
        f"$ tellback compress {place} notes.txt --out notes.safetensors", f"$ tellback tell-back {place} notes.safetensors", "```",
    ]  # fmt: skip


def _header(name: str, models: Sequence[str], measured: Mapping[str, Any] | None) -> str:
    """The hub's metadata, as its own client writes it."""
    from huggingface_hub import ModelCardData

    whole = [re.sub(r"@\d+$", "", model) for model in models]  # of a model's first layers: the model
    bases = list(dict.fromkeys(on_hub for m in whole if HUB_NAME.fullmatch(on_hub := ON_HUB.get(m, m))))
    results = _results(measured) if measured else []
    data = ModelCardData(
        library_name="tellback", tags=["context-compression", "tellback"], base_model=bases or None,
        model_name=_flat(name) if results else None, eval_results=results or None,
    )  # fmt: skip
    return f"---\n{data.to_yaml()}\n---\n\n"


def _results(measured: Mapping[str, Any]) -> list[Any]:
    """The primary reading of each set, as the hub shows figures."""
    from huggingface_hub import EvalResult

    return [
        EvalResult(
            task_type="context-compression", task_name="Telling a compressed context back",
            dataset_type=_flat(measured["corpus"]), dataset_name=_flat(s["set"]), dataset_config=_flat(s["set"]), metric_type="faithful_share",
            metric_name=f"{ASKS.get(s['asks'], 'facts')} kept, n={s['n']}, 95% [{_round(s['low'])}, {_round(s['high'])}]",
            metric_value=_round(s["faithful"]),
        )
        for s in measured["own"]["shares"] if "@" not in s["set"]
    ]  # fmt: skip


def _flat(text: str) -> str:
    return visible(" ".join(text.split()))


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
