"""The sets, read from their published files: one function a set, and the table of them.

A loader is given the folder and finds its files by name, at any depth; `load` names what is absent and leaves it out.
Labels are 1 for an unfaithful output, whichever way the set counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.real_errors.rows import Row, Set
from tellback.errors import UsageError
from tellback.records import Span


class Absent(Exception):
    """The files of a set are not in the folder; says which were looked for."""


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


def frank(folder: Path) -> Set:
    rows = [
        Row(r["id"], r["source"], r["output"], r["label"], tuple(r["types"]), group=r["half"])
        for r in _lines(folder, r"frank.*\.jsonl")
    ]
    return Set("FRANK", tuple(rows), False, "unfaithful: people marked an error in some sentence")


def summedits(folder: Path) -> Set:
    rows = [
        Row(r["id"], r["source"], r["output"], r["label"], tuple(r["types"]), _edited(r["spans"]), group=r["half"])
        for r in _lines(folder, r"summedits.*\.jsonl")
    ]
    return Set("SummEdits", tuple(rows), True, "edits of good summaries; span: what an edit put in or changed")


def bump(folder: Path) -> Set:
    rows = [
        Row(r["id"], r["source"], r["output"], r["label"], tuple(r["types"]), _edited(r["spans"]), r["pair"])
        for r in _lines(folder, r"bump.*\.jsonl")
    ]
    return Set("BUMP", tuple(rows), True, "each summary and its twin with one error that a person wrote into it")


def ragtruth(folder: Path) -> Set:
    """response.jsonl and source_info.jsonl: the test split, responses of good quality, as its authors evaluate."""
    sources = {r["source_id"]: r for r in _lines(folder, r"source_info\.jsonl")}
    rows = []
    for r in _lines(folder, r"response\.jsonl"):
        if r["split"] != "test" or r["quality"] != "good":
            continue
        source, labels = sources[r["source_id"]], r["labels"]
        rows.append(
            Row(f"ragtruth-{r['id']}", _grounds(source["source_info"]), r["response"], int(bool(labels)),
                _distinct(one["label_type"] for one in labels), _spans((one["start"], one["end"]) for one in labels),
                group=source["task_type"])
        )  # fmt: skip
    how = "test split, quality «good»; unfaithful: any marked span; the source of a question is question and passages"
    return Set("RAGTruth", tuple(rows), True, how)


def qags(folder: Path) -> Set:
    """mturk_cnndm.jsonl and mturk_xsum.jsonl: each sentence judged yes or no by three people."""
    rows = []
    for group in ("cnndm", "xsum"):
        for i, r in enumerate(_lines(folder, rf"mturk_{group}\.jsonl")):
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
    tables = list(_tables(folder, {"machine_summaries", "consistency", "text"}))
    for r in tables:
        for output, mean in zip(r["machine_summaries"], r["consistency"], strict=True):
            yield r["text"], output, mean < 5
    if tables:
        return
    stories = {path.name: path for path in folder.rglob("*.story")}
    for r in _lines(folder, r"(.*\.)?model_annotations\.aligned.*\.jsonl"):
        story = stories.get(Path(r.get("filepath", "")).name)
        if "text" not in r and story is None:
            raise Absent("its model_annotations.aligned.jsonl holds no articles, and CNN/DM's .story files are not there")
        text = r["text"] if "text" in r else _story(story.read_text(encoding="utf-8"))
        yield text, r["decoded"], any(one["consistency"] < 5 for one in r["expert_annotations"])


def _story(content: str) -> str:
    """The article of a .story file: its lines in one, without the highlights, as the authors join them."""
    return " ".join(line.strip() for line in content.split("@highlight")[0].split("\n") if line.strip())


def faithbench(folder: Path) -> Set:
    """data_for_release/batch_N.json; «benign» spans (unsupported, but true) are no errors, as the authors pool them."""
    rows = []
    for path in _files(folder, r"batch_\d+\.json"):
        for r in json.loads(path.read_text(encoding="utf-8"))["samples"]:
            bad = [a for a in r["annotations"] if any(_is_error(label) for label in a["label"])]
            rows.append(
                Row(f"faithbench-{path.stem}-{r['sample_id']}", r["source"], r["summary"], int(bool(bad)),
                    _distinct(label for a in bad for label in a["label"] if _is_error(label)),
                    _spans((a["summary_start"], a["summary_end"]) for a in bad))
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
    tables = list(_tables(folder, {"dataset", "doc", "claim", "label"}))
    yield from tables
    if not tables:
        try:
            yield from _lines(folder, r".*aggrefact.*\.jsonl")
        except Absent as error:
            raise Absent(f"no dev-*.parquet, test-*.parquet with its columns and {error}") from None


def _tables(folder: Path, columns: set[str]) -> Iterator[Mapping[str, Any]]:
    """Rows of the Parquet files that have these columns: on the hub all are called by their split."""
    for path in sorted(folder.rglob("*.parquet")):
        import pyarrow.parquet

        if columns <= set(pyarrow.parquet.read_schema(path).names):
            yield from pyarrow.parquet.read_table(path).to_pylist()


SETS: dict[str, Callable[[Path], Set]] = {
    "FRANK": frank, "SummEdits": summedits, "BUMP": bump, "RAGTruth": ragtruth, "QAGS": qags, "SummEval": summeval,
    "FaithBench": faithbench, "LLM-AggreFact": aggrefact,
}  # fmt: skip


def _files(folder: Path, pattern: str) -> list[Path]:
    found = sorted(p for p in folder.rglob("*") if re.fullmatch(pattern, p.name, re.I) and p.is_file())
    if not found:
        raise Absent(f"no file {_plain(pattern)} in the folder")
    return found


def _plain(pattern: str) -> str:
    """The pattern as people write file names."""
    return pattern.replace(r"(.*\.)?", "*").replace(r"\d+", "N").replace(".*", "*").replace("\\", "")


def _lines(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in _files(folder, pattern):
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines if line.strip())


def _edited(edits: Iterable[tuple[int, int, str, bool]]) -> tuple[Span, ...]:
    """Spans of edits (start, end, what was done, ...); what was deleted stands nowhere in the output."""
    return _spans((edit[0], edit[1]) for edit in edits if edit[2] != "delete")


def _spans(spans: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Sorted, and those that overlap joined: two people who mark the same words mark one error."""
    joined: list[Span] = []
    for start, end in sorted((int(a), int(b)) for a, b in spans if b > a):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _grounds(info: str | Mapping[str, Any]) -> str:
    """RAGTruth's grounds as one text: an article, question and passages, or the data as JSON."""
    if isinstance(info, str):
        return info
    if "passages" in info:
        return f"{info['question']}\n\n{info['passages']}"
    return json.dumps(info, indent=1, ensure_ascii=False)
