"""Storage that is full or may not be written ends a study in a message, and nothing that was done is lost."""

import contextlib
import json
import resource
import subprocess
import sys

import pytest
from small_study import in_a_fork, statuses, study

from tellback.errors import UsageError
from tellback.study.run import run_study


@contextlib.contextmanager
def mounted(folder, options):
    """A small file system of its own, where that may be had."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk(tmp_path):
    config = study(tmp_path, "[truncate, pooling]")
    with mounted(tmp_path / "small", "size=150k") as small:
        with pytest.raises(UsageError, match="No space left on device.*room.*finished stays"):
            run_study(config, small / "out", 1, None)
        finished = {p: p.stat().st_mtime_ns for p in small.glob("out/setups/*/result.json")}
        assert finished and not list(small.rglob(".*.[0-9]*"))
        assert all(json.loads(p.read_text())["row"]["status"] == "done" for p in finished), "no setup fails for want of room"
        subprocess.run(["mount", "-o", "remount,size=10m", str(small)], check=True)
        run_study(config, small / "out", 1, None)
        assert {p: p.stat().st_mtime_ns for p in finished} == finished
        assert "failed" not in statuses(small / "out").values() and len(statuses(small / "out")) == 3


@pytest.mark.parametrize("bytes_", [300, pytest.param(3000, marks=pytest.mark.slow), pytest.param(6000, marks=pytest.mark.slow)])
def test_files_that_may_not_grow(tmp_path, bytes_):
    config = study(tmp_path)

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, resource.RLIM_INFINITY))
        run_study(config, tmp_path / "out", 1, None)

    assert "File too large" in in_a_fork(limited)
    run_study(config, tmp_path / "out", 1, None)
    assert set(statuses(tmp_path / "out").values()) == {"done"}


def test_a_checkpoint_that_finds_no_room(tmp_path):
    config = study(tmp_path, "[pooling]")

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))
        run_study(config, tmp_path / "out", 1, None)

    assert "weights.safetensors" in (said := in_a_fork(limited)) and "File too large" in said
    assert not list((tmp_path / "out").rglob(".*.[0-9]*"))


def test_a_folder_that_may_not_be_written(tmp_path):
    config = study(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="file.* cannot be written"):
        run_study(config, tmp_path / "file" / "out", 1, None)
    with mounted(tmp_path / "ro", "ro"), pytest.raises(UsageError, match="Read-only file system. Give another --out"):
        run_study(config, tmp_path / "ro" / "out", 1, None)


@pytest.mark.slow
def test_a_finished_study_that_may_not_be_written_any_more(tmp_path):
    config = study(tmp_path)
    with mounted(tmp_path / "ro", "size=10m") as place:
        run_study(config, place / "out", 1, None)
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        done = subprocess.run([sys.executable, "-m", "tellback", "report", str(place / "out")], capture_output=True, text=True)
        assert done.returncode == 2 and "Read-only file system" in done.stderr and "Traceback" not in done.stderr


