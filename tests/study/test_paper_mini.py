"""The paper's table with a compressor that is trained on sentences and reads pages: whole, on tiny models."""

import json

import pytest

from tellback.config import StudySpec, parse, read_study
from tellback.report.pack import pack
from tellback.store import StudyFolder
from tellback.study.grid import setups
from tellback.study.run import run_study

PAGE = "The mill of Ulm ground {n} sacks in May {y}. Nobody of the town had ever seen such a spring. Tom called Ana before he sold the boat."


def test_the_point_and_the_table_train_alike():
    point, mini = read_study("smollm2-point"), read_study("paper-mini")
    assert (point.train, point.base_models, point.compressors, point.rates, point.decoder) == (
        mini.train, mini.base_models, mini.compressors, mini.rates, mini.decoder)  # fmt: skip
    assert point.corpus.options["tokens"] == mini.corpus.options["train_tokens"] and mini.longest_piece == point.corpus.options["tokens"][1]
    assert {s.by for s in setups(mini)} == {"sentence"} and len({s.key() for s in setups(mini)}) == 3
    whole = mini.model_copy(update={"by": "document", "longest_piece": None})
    assert {s.key() for s in setups(whole)}.isdisjoint(s.key() for s in setups(mini))


@pytest.fixture(scope="module")
def folder(saved_models, tmp_path_factory):
    """The study of that name on a tiny model, run to its end."""
    import yaml

    root = tmp_path_factory.mktemp("mini")
    pages = [{"text": PAGE.format(n=1000 + i, y=1900 + i)} for i in range(60)]
    (root / "c4_web_x.jsonl").write_text("".join(json.dumps(p) + "\n" for p in pages))
    tiny, content = saved_models["llama"], read_study("paper-mini").model_dump(mode="json")
    content |= {"base_models": [f"{tiny}@1"], "decoder": {"model": tiny, "train": "lora"}, "longest_piece": 60}
    content["compressors"] = [{"name": "pooling", "options": {"pool": "mean"}}]
    content["corpus"]["options"] |= {"sets": ["c4"], "n": 4, "relations": 4, "train_tokens": [30, 70]}
    content["train"] |= {"steps": 3, "stages": [{"steps": 3}], "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "trace_points": 5}
    content["probes"] |= {"n_documents": 4, "max_new_tokens": 2}
    (root / "mini.yaml").write_text(yaml.safe_dump(parse(StudySpec, content, "test").model_dump(mode="json")))
    return run_study(str(root / "mini.yaml"), root / "run", 1, None, data=root)


@pytest.mark.slow
def test_pages_are_read_sentence_by_sentence(folder):
    import pandas as pd

    import tellback

    rows = {json.loads(line)["compressor"]: json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()}
    assert set(rows) == {"identity", "no_memory", "pooling"} and all(row["status"] in ("done", "undertrained") for row in rows.values())
    details = StudyFolder(folder).result(rows["pooling"]["key"])["details"]
    assert details["accuracy_by_set"]["c4"]["n"] == 4
    assert rows["identity"]["qa_i"]["c4"]["faithful"] == 1.0  # the controls read the whole page
    reader = tellback.load(folder / rows["pooling"]["setup"])
    documents = pd.read_parquet(folder / "setups" / rows["pooling"]["key"] / "documents.parquet")
    source, told = documents.iloc[0][["source", "told"]]
    parts = [source[a:b] for a, b in reader.pieces(source)]
    assert len(parts) > 2 and told == " ".join(reader.tell_back(reader.compress(parts)))


@pytest.mark.slow
def test_where_the_files_lie_is_no_part_of_the_study(folder, tmp_path):
    """On another machine the files lie elsewhere: what is done stays done, and what is packed names no folder of the one before."""
    import shutil

    before = (folder / "results.jsonl").read_text()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(folder.parent / "c4_web_x.jsonl", elsewhere)
    shutil.copytree(folder, tmp_path / "run")
    run_study(str(folder.parent / "mini.yaml"), tmp_path / "run", 1, None, data=elsewhere)
    assert (tmp_path / "run" / "results.jsonl").read_text() == before and str(elsewhere) in (tmp_path / "run" / "study.yaml").read_text()
    pack(tmp_path / "run", tmp_path / "packed")
    texts = [p.read_text() for p in (tmp_path / "packed").rglob("*") if p.suffix in (".yaml", ".json", ".jsonl")]
    assert len(texts) > 5 and not any(str(root) in text for text in texts for root in (folder.parent, tmp_path))
    run_study(str(folder.parent / "mini.yaml"), tmp_path / "packed", 1, None, data=elsewhere)
    assert (tmp_path / "packed" / "results.jsonl").read_text() == before
