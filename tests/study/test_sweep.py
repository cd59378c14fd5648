import csv
from pathlib import Path

import pytest

import tellback
from tellback.config import StudySpec, parse, read_study
from tellback.errors import UsageError
from tellback.study.grid import setups
from tellback.study.sweep import COLUMNS, beyond_the_edge, run_sweep, table, with_peak


def tried(**losses):
    """Trainings of one setup: learning rate -> held-out loss."""
    spec = setups(parse(StudySpec, {"name": "x", "corpus": "pocket", "base_models": ["tiny"]}, "x"))[-1]
    return [(with_peak(spec, float(lr)), {"loss": x, "fall": 0.0, "seconds": 1.0}) for lr, x in losses.items()]


def test_a_range_is_widened_where_the_best_is_at_its_edge():
    assert [s.train.learning_rate for s in beyond_the_edge(tried(**{"1e-3": 0.1, "2e-3": 0.2}))] == [5e-4]
    assert [s.train.learning_rate for s in beyond_the_edge(tried(**{"1e-3": 0.3, "2e-3": 0.2}))] == [4e-3]
    assert beyond_the_edge(tried(**{"1e-3": 0.3, "2e-3": 0.2, "4e-3": 0.4})) == []


@pytest.mark.parametrize("peaks", ["1e-3,nan", "inf", "0", "-1e-3"])
def test_a_peak_that_is_none_is_refused(tmp_path, peaks):
    with pytest.raises(UsageError, match="above 0 and finite"):
        run_sweep("smoke", tmp_path / "out", peaks, 1)
    assert not (tmp_path / "out").exists()


def test_the_least_held_out_loss_is_chosen():
    rows = table(tried(**{"1e-3": 0.3, "2e-3": 0.2, "4e-3": 0.4}))
    assert [r["chosen"] for r in rows] == [False, True, False] and set(rows[0]) == set(COLUMNS)


def test_over_seeds_the_mean_log_loss_decides_and_every_seed_goes_beyond_the_edge():
    done = []
    for seed, losses in enumerate([{"1e-3": 0.10, "2e-3": 0.11}, {"1e-3": 0.10, "2e-3": 0.30}, {"1e-3": 0.40, "2e-3": 0.10}]):
        for spec, found in tried(**losses):
            done.append((spec.model_copy(update={"seed": seed}), found))
    assert {r["learning_rate"] for r in table(done) if r["chosen"]} == {2e-3}  # the geometric means: 0.159 and 0.149
    assert [(s.seed, s.train.learning_rate) for s in beyond_the_edge(done)] == [(0, 4e-3), (1, 4e-3), (2, 4e-3)]
    diverged = [*done, (with_peak(done[0][0], 8e-3), {"loss": float("nan"), "fall": 0.0, "seconds": 1.0})]
    assert {r["learning_rate"] for r in table(diverged) if r["chosen"]} == {2e-3}


@pytest.mark.slow
def test_a_sweep_in_the_studys_own_folder_saves_it_the_training(tmp_path, monkeypatch):
    from tellback import store
    from tellback.study import setup as one

    config = tmp_path / "s.yaml"
    config.write_text(
        "name: s\ncorpus: pocket\nbase_models: [tiny]\nrates: [2]\ncontrols: []\n"
        "train: {steps: 5, n_documents: null, n_held_out: 8, trace_points: 5, batch_size: 4, tail: 0.2, learning_rate: 1.0e-3}\n"
        "probes: {n_documents: 2, sets: [pocket-conflict]}\n"
    )
    run_sweep(str(config), tmp_path / "out", "1e-3", 1)
    spec = setups(read_study(str(config)))[0]
    folder = tmp_path / "out" / "setups" / spec.key()
    assert (folder / store.TRAINED).is_file()
    monkeypatch.setattr(one, "train", None)  # not called
    row = one.run_setup(spec, folder)["row"]
    assert row["status"] != "failed" and row["train_tokens"] > 0


@pytest.mark.slow
def test_the_sweep_writes_its_table_and_skips_what_is_done(tmp_path, capsys):
    config = tmp_path / "s.yaml"
    config.write_text(
        "name: s\ncorpus: pocket\nbase_models: [tiny]\nrates: [2]\n"
        "train: {steps: 5, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 4}\n"
    )
    run_sweep(str(config), tmp_path / "out", "1e-4,1e-3", 1)
    rows = list(csv.DictReader((tmp_path / "out" / "sweep.csv").open()))
    assert len(rows) >= 3 and sum(r["chosen"] == "True" for r in rows) == 1
    assert "learning_rate: {" in capsys.readouterr().out
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").glob("setups/*/sweep.json")}
    run_sweep(str(config), tmp_path / "out", "1e-4,1e-3", 1)
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_the_early_study_uses_what_the_shipped_sweep_chose():
    path = Path(tellback.__file__).parent / "configs" / "pocket-early-sweep.csv"
    chosen = {f"{r['base_model']}@{float(r['rate']):g}": float(r["learning_rate"])
              for r in csv.DictReader(path.open()) if r["chosen"] == "True"}  # fmt: skip
    study = read_study("pocket-early")
    assert study.train.learning_rate == chosen
    assert {float(r["steps"]) for r in csv.DictReader(path.open())} == {study.train.steps}
