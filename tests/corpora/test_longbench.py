"""LongBench's question sets, read from the layout that its authors publish: an archive, or what was unpacked from it."""

import json
import zipfile

import pytest

from tellback.config import CorpusSpec, ProbeSpec, StudySpec, parse
from tellback.corpora import longbench
from tellback.corpora.benchmarks import load_benchmark
from tellback.corpora.load import load_corpus
from tellback.corpora.longbench import LONGBENCH
from tellback.errors import UsageError
from tellback.study.grid import setups
from tellback.study.setup import run_setup

RIVERS = ["Oder", "Tagus", "Loire", "Neckar", "Drina", "Vistula"]


def row(i, question, context, answers, **more):
    return {"_id": f"{i:048x}", "input": question, "context": context, "answers": answers, "length": len(context.split()),
            "dataset": "hotpotqa", "language": "en", "all_classes": None} | more  # fmt: skip


HOTPOT = [row(i, f"Which river runs past mill {i}?", f"Passage 1:\nMill {i}\nMill {i} stands on the {river}.", [river, f"the river {river}"])
          for i, river in enumerate(RIVERS)] + [row(9, "Is mill 3 older than mill 4?", "Mill 3 is the older one.", ["yes"])]  # fmt: skip
QASPER = [row(20, "What is the loss?", "We train with a hinge loss.", ["hinge loss"]),
          row(21, "Who paid?", "Nobody is named.", ["Unanswerable"])]  # fmt: skip


def lines(rows):
    return "".join(json.dumps(r) + "\n" for r in rows)


def archive(path, files):
    with zipfile.ZipFile(path, "w") as made:
        for name, text in files.items():
            made.writestr(f"data/{name}", text)


@pytest.fixture
def folder(tmp_path):
    """As it is published; LongBench-E has files of its own, which are other rows."""
    archive(tmp_path / "data.zip", {"hotpotqa_e.jsonl": lines(QASPER), "hotpotqa.jsonl": lines(HOTPOT), "qasper.jsonl": lines(QASPER)})
    return tmp_path


def corpus(folder, name="longbench", **options):
    return load_corpus(CorpusSpec(name=name, options={"data": str(folder)} | options), ProbeSpec())


def test_the_archive_holds_every_set_and_absent_ones_are_named(folder):
    found = corpus(folder)
    assert list(found.sets) == ["longbench-qasper", "longbench-hotpotqa"]
    assert set(found.settings["skipped"]) == set(LONGBENCH) - set(found.sets)
    assert "expected musique.jsonl" in found.settings["skipped"]["longbench-musique"]
    assert found.settings["left_out"] == {"longbench-qasper": {"unanswerable": 1}}
    assert found.settings["origin"]["longbench-hotpotqa"] == "data.zip:data/hotpotqa.jsonl"


def test_a_row_is_a_document_that_is_asked_its_question(folder):
    documents = corpus(folder, "longbench-hotpotqa").sets["longbench-hotpotqa"]
    assert len(documents) == len(HOTPOT) and documents[0].text == HOTPOT[0]["context"]
    (probe,) = documents[0].probes
    assert probe.fact.value == "Oder" and probe.options["Oder"] == ("Oder", "the river Oder")
    assert probe.question == "Question: Which river runs past mill 0?\nAnswer:"
    assert len(probe.options) == 4 and set(probe.options) <= set(RIVERS)
    assert dict(documents[-1].probes[0].options) == {"yes": ("yes",), "no": ()}


@pytest.mark.parametrize("where", ["hotpotqa.jsonl", "data/hotpotqa.jsonl", "LongBench/data/hotpotqa.jsonl"])
def test_what_was_unpacked_is_read_the_same(tmp_path, folder, where):
    other = tmp_path / "unpacked"
    (other / where).parent.mkdir(parents=True)
    (other / where).write_text(lines(HOTPOT))
    read = [load_benchmark("longbench-hotpotqa", at).documents for at in (other, other / where, folder, folder / "data.zip")]
    assert read[0] == read[1] == read[2] == read[3]


def test_long_texts_are_read_unless_it_is_asked_otherwise(tmp_path):
    long = HOTPOT[0] | {"context": HOTPOT[0]["context"] + " Nothing else took place." * 2000}
    (tmp_path / "hotpotqa.jsonl").write_text(lines([long, *HOTPOT[1:]]))
    assert len(corpus(tmp_path).sets["longbench-hotpotqa"]) == len(HOTPOT)
    assert len(corpus(tmp_path, longest=1000).sets["longbench-hotpotqa"]) == len(HOTPOT) - 1


def test_files_that_are_broken_are_no_absent_ones(tmp_path, monkeypatch):
    (tmp_path / "data.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(UsageError, match="cannot be read as a zip archive"):
        corpus(tmp_path)
    archive(tmp_path / "data.zip", {"hotpotqa.jsonl": lines(HOTPOT[:1]) + "{\n"})
    with pytest.raises(UsageError, match=r"data/hotpotqa.jsonl, after 1 lines: .*Fetch the archive again"):
        corpus(tmp_path)
    with zipfile.ZipFile(tmp_path / "data.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data/hotpotqa.jsonl", lines(HOTPOT))
    with zipfile.ZipFile(tmp_path / "data.zip") as file:
        (member,) = file.infolist()
    content = bytearray((tmp_path / "data.zip").read_bytes())
    at = member.header_offset + 30 + len(member.filename)  # where what was compressed begins
    content[at : at + 40] = bytes(255 - byte for byte in content[at : at + 40])
    (tmp_path / "data.zip").write_bytes(content)
    with pytest.raises(UsageError, match="Fetch the archive again"):
        corpus(tmp_path)
    monkeypatch.setattr(longbench, "MOST", 10)
    with pytest.raises(UsageError, match="at most 10 are read"):
        corpus(tmp_path)
    with pytest.raises(UsageError, match="holds no set: .*data.zip of LongBench"):
        corpus(tmp_path.parent, sets=["longbench-musique"])
    with pytest.raises(UsageError, match="is no folder and no file"):
        corpus(tmp_path / "nowhere")


def test_a_study_of_it_asks_the_memory_and_reads_its_options(saved_models, folder, tmp_path):
    content = {
        "name": "long", "corpus": {"name": "longbench", "options": {"data": str(folder)}}, "base_models": [saved_models["llama"]],
        "compressors": ["truncate"], "rates": [2], "train": {"n_held_out": 8},
        "probes": {"max_new_tokens": 3, "readers": ["cues", {"name": "likelihood"}]},
    }  # fmt: skip
    for spec in setups(parse(StudySpec, content, "study")):
        row = run_setup(spec, tmp_path / "run" / spec.key())["row"]
        assert row["status"] == "done"
        qa, memory = row["qa_i"], spec.rate is not None
        assert qa["longbench-hotpotqa"]["n"] == qa["longbench-hotpotqa@likelihood"]["n"] == len(HOTPOT)
        assert {"longbench-hotpotqa@asked"} & set(qa) == ({"longbench-hotpotqa@asked"} if memory else set())
        if memory:  # answers that were generated: a random model names none of the options
            assert qa["longbench-hotpotqa@asked"]["missing"] == 1 and qa["longbench-hotpotqa"]["missing"] == 0
        else:
            assert qa["longbench-hotpotqa"]["missing"] == 1
