import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tellback.corpora.benchmarks import BENCHMARKS, load_benchmark
from tellback.corpora.options import K, answer_type, find_words
from tellback.errors import UsageError

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real samples are not here (../shared/data)")

SQUAD = [
    {"id": str(i), "question": f"Who wrote book {i}?", "answers": {"text": [name, name], "answer_start": [0, 0]},
     "context": f"{name} wrote book {i} in the winter."}
    for i, name in enumerate(["Ada Byron", "Carl Gauss", "Emmy Noether", "Leonhard Euler", "Sofia Kovalevskaya"])
]  # fmt: skip


def write(path: Path, rows: list[dict]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".json":
        path.write_text(json.dumps({"data": rows}))
    else:
        path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    return path


@pytest.mark.parametrize("ending", [".jsonl", ".json", ".parquet"])
def test_the_same_rows_from_every_kind_of_file(tmp_path, ending):
    write(tmp_path / f"squad_dev{ending}", SQUAD)
    loaded = load_benchmark("squad", tmp_path)
    assert [d.probes[0].fact.value for d in loaded.documents] == [r["answers"]["text"][0] for r in SQUAD]
    for d in loaded.documents:
        fact = d.probes[0].fact
        assert d.text[slice(*fact.span)] == fact.value
        assert len(d.probes[0].options) == K


def test_options_are_drawn_by_the_seed_alone(tmp_path):
    write(tmp_path / "squad.jsonl", SQUAD)
    options = [[list(d.probes[0].options) for d in load_benchmark("squad", tmp_path, seed=s).documents] for s in (0, 0, 1)]
    assert options[0] == options[1] != options[2]


def test_what_cannot_be_read_is_counted_and_never_guessed(tmp_path):
    rows = [*SQUAD, {"question": "?", "context": "x", "answers": {"text": []}}, {"question": "Who?"}, SQUAD[0]]
    write(tmp_path / "squad.jsonl", rows)
    loaded = load_benchmark("squad", tmp_path)
    assert len(loaded.documents) == len(SQUAD)
    assert loaded.skipped == {"unanswerable": 1, "no context": 1, "repeats an earlier row": 1}


def test_a_file_with_nothing_to_read_is_refused(tmp_path):
    write(tmp_path / "squad.jsonl", [{"question": "Who?"}])
    with pytest.raises(UsageError, match="no row that can be read: 1 x no context"):
        load_benchmark("squad", tmp_path)


def test_absent_and_unknown(tmp_path):
    with pytest.raises(UsageError, match="holds no file of benchmark 'nq-swap'"):
        load_benchmark("nq-swap", tmp_path)
    with pytest.raises(UsageError, match="Did you mean 'squad'"):
        load_benchmark("squod", tmp_path)
    (tmp_path / "squad.jsonl").write_text("{\n")
    with pytest.raises(UsageError, match="line 1 is not JSON"):
        load_benchmark("squad", tmp_path)


def test_the_hub_is_asked_by_its_name(monkeypatch):
    datasets = pytest.importorskip("datasets")
    asked = []

    def load_dataset(repository, configuration, *, split, streaming):
        asked.append((repository, configuration, split, streaming))
        return SQUAD

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    assert len(load_benchmark("squad").documents) == len(SQUAD)
    assert asked == [("rajpurkar/squad_v2", None, "validation", True)]


def test_an_answer_inside_another_word_is_not_found():
    assert find_words("a Parisian in Paris", "Paris") == (14, 19)
    assert find_words("It cost 1,500 in all", "1") is None and find_words("It cost 1,500 in all", "500") is None
    assert find_words("It cost 15. Then more", "15") == (8, 10)


def test_swapped_entities_conflict(tmp_path):
    write(tmp_path / "nq_swap.jsonl", [{"question": "who sings it", "org_context": "a", "sub_context": "Ann Lee sings it",
                                        "org_answer": ["Bo Ray"], "sub_answer": ["Ann Lee"]}])  # fmt: skip
    (document,) = load_benchmark("nq-swap", tmp_path).documents
    probe = document.probes[0]
    assert probe.conflicts and probe.fact.value == "Ann Lee" and "Bo Ray" in probe.options


def test_paws_asks_for_the_relation(tmp_path):
    write(tmp_path / "paws.jsonl", [{"id": 1, "sentence1": "A hit B", "sentence2": "B hit A", "label": 0}])
    probe = load_benchmark("paws", tmp_path).documents[0].probes[0]
    assert probe.asks == "qa_ii" and probe.fact.value == "no" and probe.fact.contraries == ("yes",)


def test_types():
    assert [answer_type(x) for x in ("1879", "15 km", "Ada Byron", "in the winter")] == ["year", "number", "name", "phrase"]


@needs_data
@pytest.mark.parametrize("name", ["faitheval-counterfactual", "conflictqa-popqa", "conflictqa-strategyqa", "squad", "c4", "cogs"])
def test_the_real_files(name):
    loaded = load_benchmark(name, DATA, 60)
    rows = [p for d in loaded.documents for p in d.probes] or loaded.documents
    assert len(rows) == 60 and len({r.id for r in rows}) == 60
    assert len({d.text for d in loaded.documents}) == len({d.id for d in loaded.documents}) == len(loaded.documents)
    for d in loaded.documents:
        for p in d.probes:
            assert p.fact.value in p.options and set(p.fact.contraries) <= set(p.options)
            if BENCHMARKS[name].verbatim:
                assert p.fact.span != (0, 0)
