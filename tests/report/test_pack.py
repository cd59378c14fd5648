import json

import pytest

from tellback.errors import UsageError
from tellback.report import write_report
from tellback.report.headline import headline, verdicts
from tellback.report.load import load
from tellback.report.pack import pack


@pytest.fixture
def whole(tmp_path):
    import study_folder

    return study_folder.write_pocket(tmp_path / "whole", seeds=(0, 1), n_documents=20, hostile=False)


@pytest.mark.slow
def test_a_packed_study_says_the_same_and_is_smaller(whole, tmp_path):
    size = pack(whole, tmp_path / "packed")
    before, after = load(whole), load(tmp_path / "packed")
    assert headline(before, True) == headline(after, True) and verdicts(before) == verdicts(after)
    assert [s.row for s in before.setups] == [s.row for s in after.setups]
    assert size < sum(p.stat().st_size for p in whole.rglob("*") if p.is_file())
    assert not list((tmp_path / "packed").rglob("*.safetensors"))
    write_report(tmp_path / "packed")
    assert pack(whole, tmp_path / "packed") == size  # again, in its place


@pytest.mark.slow
def test_texts_of_further_seeds_can_go_and_their_figures_stay(whole, tmp_path):
    size = pack(whole, tmp_path / "packed", 1)
    assert size < pack(whole, tmp_path / "all")
    before, after = load(whole), load(tmp_path / "packed")
    assert verdicts(before) == verdicts(after)
    name = after.conflict_set
    for setup in after.compressors:
        told = [row["told"] for row in setup.documents(name).values()]
        assert all(told) if setup.row["seed"] == 0 else not any(told)
    write_report(tmp_path / "packed")


def test_what_failed_is_tried_again_where_the_study_goes_on(whole, tmp_path):
    pack(whole, tmp_path / "packed")
    rows = [json.loads(line) for line in (tmp_path / "packed" / "results.jsonl").read_text().splitlines()]
    failed = [r["key"] for r in rows if r["status"] == "failed"]
    assert failed and not any((tmp_path / "packed" / "setups" / key).exists() for key in failed)


def test_nothing_else_is_overwritten(whole, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("x")
    for out in (whole, tmp_path / "other"):
        with pytest.raises(UsageError, match="--out"):
            pack(whole, out)
    assert (tmp_path / "other" / "mine.txt").read_text() == "x"
    with pytest.raises(UsageError, match="no results"):
        pack(tmp_path / "other", tmp_path / "p")


@pytest.mark.slow
def test_a_study_goes_on_from_what_was_packed(tmp_path, capsys):
    from tellback.study.run import run_study

    config = tmp_path / "s.yaml"
    config.write_text(
        "name: s\ncorpus: pocket\nbase_models: [tiny]\nrates: [2, 4]\ncontrols: []\n"
        "train: {steps: 5, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 4}\nprobes: {n_documents: 2}\n"
    )
    run_study(str(config), tmp_path / "out", 1, "*-2x-*", False)
    pack(tmp_path / "out", tmp_path / "packed")
    done = next((tmp_path / "packed" / "setups").iterdir()) / "result.json"
    before = done.stat().st_mtime_ns
    run_study(str(config), tmp_path / "packed", 1, None, False)
    assert done.stat().st_mtime_ns == before and len(list((tmp_path / "packed" / "setups").iterdir())) == 2
