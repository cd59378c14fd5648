"""The sets, read from their published files: one function a set, and the table of them.

A loader is given the folder and finds its files by name, at any depth; `load` names what is absent and leaves it out.
Labels are 1 for an unfaithful output, whichever way the set counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.real_errors.files import (
    Absent,
    changed,
    distinct,
    edited,
    files,
    grounds,
    json_list,
    lines,
    spans,
    story,
    tables,
)  # fmt: skip
from benchmarks.real_errors.rows import Row, Set
from tellback.errors import UsageError


def load(folder: Path, names: Iterable[str] | None = None) -> tuple[list[Set], dict[str, str]]:
    """(sets, name -> why it is absent). Raises UsageError for a folder that is none and for rows of another shape."""
    if not folder.is_dir():
        raise UsageError(f"--data {folder}: expected a folder that holds the sets' files; there is no such folder.")
    found, absent = [], {}
    for name in names or SETS:
        if name not in SETS:
            raise UsageError(f"--sets: expected some of {', '.join(SETS)}; got {name!r}.")
        try:
            found.append(SETS[name](folder))
        except Absent as error:
            absent[name] = str(error)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise UsageError(f"{name}: a row is not of the set's published shape ({error!r}).") from None
    return found, absent


FRANK_TYPES = ("RelE", "EntE", "CircE", "OutE", "GramE", "CorefE", "LinkE", "Other")


def frank(folder: Path) -> Set:
    """benchmark_data.json with human_annotations.json, the split on which its authors report; or rows made of them."""
    try:
        outputs = {(r["hash"], r["model_name"]): r for _, r in json_list(folder, r"benchmark_data\.json")}
    except Absent:
        return _frank_rows(folder)
    rows = []
    for i, (_, r) in enumerate(json_list(folder, r"human_annotations\.json")):
        text = outputs.get((r["hash"], r["model_name"]))
        if r["split"] == "test" and text is not None:
            wrong = tuple(name for name in FRANK_TYPES if r[name] < 1)
            group = {"bbc": "xsum"}.get(r["dataset"], r["dataset"])
            rows.append(Row(f"frank-{i}", text["article"], text["summary"], int(r["Factuality"] < 1), wrong, group=group))
    return Set("FRANK", tuple(rows), False, "test split; unfaithful: people marked an error in some sentence")


def _frank_rows(folder: Path) -> Set:
    rows = [
        Row(r["id"], r["source"], r["output"], r["label"], tuple(r["types"]), group=r["half"])
        for r in lines(folder, r"frank.*\.jsonl")
    ]
    return Set("FRANK", tuple(rows), False, "unfaithful: people marked an error in some sentence")


def summedits(folder: Path) -> Set:
    """summedits_DOMAIN.json, in which 1 means consistent; or rows made of them."""
    how = "edits of good summaries; span: what an edit put in or changed"
    try:
        found = list(json_list(folder, r"summedits_\w+\.json"))
    except Absent:
        return _summedits_rows(folder, how)
    rows = []
    for path, r in found:
        wrong, domain = 1 - int(r["label"]), path.stem.removeprefix("summedits_")
        places = changed(r["original_summary"], r["summary"]) if wrong else ()
        types = tuple(r["edit_types"]) if wrong else ()
        rows.append(Row(f"se-{domain}-{r['id']}", r["doc"], r["summary"], wrong, types, places, group=domain))
    return Set("SummEdits", tuple(rows), True, how)


def _summedits_rows(folder: Path, how: str) -> Set:
    rows = [
        Row(r["id"], r["source"], r["output"], r["label"], tuple(r["types"]), edited(r["spans"]), group=r["half"])
        for r in lines(folder, r"summedits.*\.jsonl")
    ]
    return Set("SummEdits", tuple(rows), True, how)


def bump(folder: Path) -> Set:
    rows = [
        Row(r["id"], r["source"], r["output"], r["label"], tuple(r["types"]), edited(r["spans"]), r["pair"])
        for r in lines(folder, r"bump.*\.jsonl")
    ]
    return Set("BUMP", tuple(rows), True, "each summary and its twin with one error that a person wrote into it")


def ragtruth(folder: Path) -> Set:
    """response.jsonl and source_info.jsonl: the test split, responses of good quality, as its authors evaluate."""
    sources = {r["source_id"]: r for r in lines(folder, r"source_info\.jsonl")}
    rows = []
    for r in lines(folder, r"response\.jsonl"):
        if r["split"] != "test" or r["quality"] != "good":
            continue
        source, labels = sources[r["source_id"]], r["labels"]
        rows.append(
            Row(f"ragtruth-{r['id']}", grounds(source["source_info"]), r["response"], int(bool(labels)),
                distinct(one["label_type"] for one in labels), spans((one["start"], one["end"]) for one in labels),
                group=source["task_type"])
        )  # fmt: skip
    how = "test split, quality «good»; unfaithful: any marked span; the source of a question is question and passages"
    return Set("RAGTruth", tuple(rows), True, how)


def qags(folder: Path) -> Set:
    """mturk_cnndm.jsonl and mturk_xsum.jsonl: each sentence judged yes or no by three people."""
    rows = []
    for group in ("cnndm", "xsum"):
        for i, r in enumerate(lines(folder, rf"mturk_{group}\.jsonl")):
            sentences = r["summary_sentences"]
            says = [[answer["response"] == "yes" for answer in s["responses"]] for s in sentences]
            wrong = any(2 * sum(votes) < len(votes) for votes in says)
            text = " ".join(s["sentence"] for s in sentences)
            rows.append(Row(f"qags-{group}-{i}", r["article"], text, int(wrong), group=group))
    return Set("QAGS", tuple(rows), False, "unfaithful: most of three people deny some sentence")


def summeval(folder: Path) -> Set:
    """model_annotations.aligned.jsonl with the articles in it (.paired.) or beside it (CNN/DM's .story files); or the Parquet
    file of the hub's mteb/summeval, which has the experts' means."""
    rows = [Row(f"summeval-{i}", text, output, int(wrong)) for i, (text, output, wrong) in enumerate(_summeval_rows(folder))]
    return Set("SummEval", tuple(rows), False, "unfaithful: not all three experts give consistency 5 of 5")


def _summeval_rows(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """(article, summary, whether some expert found it inconsistent)."""
    found = list(tables(folder, {"machine_summaries", "consistency", "text"}))
    for r in found:
        for output, mean in zip(r["machine_summaries"], r["consistency"], strict=True):
            yield r["text"], output, mean < 5
    if found:
        return
    stories = {path.name: path for path in folder.rglob("*.story")}
    for r in lines(folder, r"(.*\.)?model_annotations\.aligned.*\.jsonl"):
        beside = stories.get(Path(r.get("filepath", "")).name)
        if "text" not in r and beside is None:
            raise Absent("its model_annotations.aligned.jsonl holds no articles, and CNN/DM's .story files are not there")
        text = r["text"] if "text" in r else story(beside.read_text(encoding="utf-8"))
        yield text, r["decoded"], any(one["consistency"] < 5 for one in r["expert_annotations"])


def faithbench(folder: Path) -> Set:
    """data_for_release/batch_N.json; «benign» spans (unsupported, but true) are no errors, as the authors pool them."""
    rows = []
    for path in files(folder, r"batch_\d+\.json"):
        for r in json.loads(path.read_text(encoding="utf-8"))["samples"]:
            bad = [a for a in r["annotations"] if any(_is_error(label) for label in a["label"])]
            rows.append(
                Row(f"faithbench-{path.stem}-{r['sample_id']}", r["source"], r["summary"], int(bool(bad)),
                    distinct(label for a in bad for label in a["label"] if _is_error(label)),
                    spans((a["summary_start"], a["summary_end"]) for a in bad))
            )  # fmt: skip
    return Set("FaithBench", tuple(rows), True, "unfaithful: any span marked unwanted or questionable, not benign")


def _is_error(label: str) -> bool:
    return label.startswith(("Unwanted", "Questionable"))


def aggrefact(folder: Path) -> Set:
    """LLM-AggreFact's dev and test Parquet files (or the same rows as JSON lines); its 1 means supported."""
    rows = []
    for i, r in enumerate(_aggrefact_rows(folder)):
        rows.append(Row(f"aggrefact-{i}", r["doc"], r["claim"], 1 - int(r["label"]), group=r["dataset"]))
    return Set("LLM-AggreFact", tuple(rows), False, "single claims; unfaithful: its label 0, not supported")


def _aggrefact_rows(folder: Path) -> Iterator[Mapping[str, Any]]:
    found = list(tables(folder, {"dataset", "doc", "claim", "label"}))
    yield from found
    if not found:
        try:
            yield from lines(folder, r".*aggrefact.*\.jsonl")
        except Absent as error:
            raise Absent(f"no dev-*.parquet, test-*.parquet with its columns and {error}") from None


def asset(folder: Path) -> Set:
    """asset.test.orig and asset.test.simp.0 to .9: sentences that ten people told in simpler words, of which one a sentence is taken, in
    turn. All count as faithful, though some leave out a doubt or misspell a name: what alarms there is mostly a false alarm."""
    (path,) = files(folder, r"asset\.test\.orig")
    told = [each.read_text(encoding="utf-8").splitlines() for each in files(folder, r"asset\.test\.simp\.\d+")]
    sources = path.read_text(encoding="utf-8").splitlines()
    rows = [Row(f"asset-{i}", source, told[i % len(told)][i], 0) for i, source in enumerate(sources) if source.strip()]
    return Set("ASSET", tuple(rows), False, "sentences told in simpler words by people; none counts as unfaithful")


SETS: dict[str, Callable[[Path], Set]] = {
    "FRANK": frank, "SummEdits": summedits, "BUMP": bump, "RAGTruth": ragtruth, "QAGS": qags, "SummEval": summeval,
    "FaithBench": faithbench, "LLM-AggreFact": aggrefact, "ASSET": asset,
}  # fmt: skip
