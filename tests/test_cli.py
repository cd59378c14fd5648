"""The command line as a user meets it, in processes of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

SMOKE_SETUPS = 8


def tellback(*arguments, timeout=300, **kwargs):
    return subprocess.run(
        [sys.executable, "-m", "tellback", *map(str, arguments)], capture_output=True, text=True, timeout=timeout, **kwargs
    )  # fmt: skip


def rows(folder: Path):
    """Rows of a study without what time alone decides."""
    found = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k != "train_seconds"} for row in found]


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """One run of the smoke study, one worker."""
    folder = tmp_path_factory.mktemp("studies") / "smoke"
    started = time.monotonic()
    done = tellback("study", "smoke", "--out", folder, "--workers", 1)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, done, time.monotonic() - started


def test_help_is_quick_and_imports_no_torch():
    probe = "import sys, tellback.cli; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe]).returncode == 0
    times = []
    for _ in range(3):
        started = time.monotonic()
        assert "study" in tellback("--help").stdout
        times.append(time.monotonic() - started)
    assert min(times) < 0.5, times


def test_smoke_runs_every_stage_in_time(smoke):
    folder, done, seconds = smoke
    assert seconds < 60
    assert done.stdout.strip().splitlines()[-1] == str(folder / "report.html")
    from tellback.study.result import FIELDS

    found = rows(folder)
    assert len(found) == SMOKE_SETUPS
    assert all(set(r) == set(FIELDS) - {"train_seconds"} for r in found)
    assert {r["compressor"] for r in found} == {"identity", "no_memory", "pooling", "memory_tokens", "selective_context"}
    assert {r["status"] for r in found} <= {"done", "undertrained"}
    no_memory = next(r for r in found if r["compressor"] == "no_memory")
    assert no_memory["rate"] is None and no_memory["effective_rank"] is None
    counts = found[-1]["qa_i"]["pocket-agree"]
    shares = [counts[k] for k in ("faithful", "drifted", "overwritten", "replaced", "missing", "unscored")]
    assert counts["n"] == 4 and sum(shares) == pytest.approx(1) and set(counts["low"]) == {"faithful", "overwritten"}
    assert (folder / "report.html").stat().st_size > 10_000 and (folder / "report.md").is_file()
    pooling = next(r for r in found if r["compressor"] == "pooling")
    trace = [json.loads(x) for x in (folder / "setups" / pooling["key"] / "trace.jsonl").read_text().splitlines()]
    assert trace[-1]["step"] == 20 and {"loss", "effective_rank", "conditional_entropy_bits"} <= set(trace[0])


@pytest.mark.slow
def test_same_seed_same_results_also_with_two_workers(smoke, tmp_path):
    done = tellback("study", "smoke", "--out", tmp_path / "again", "--workers", 2)
    assert done.returncode == 0, done.stderr[-3000:]
    assert rows(tmp_path / "again") == rows(smoke[0])


@pytest.mark.slow
def test_finished_setups_are_skipped(smoke):
    folder, _, _ = smoke
    before = {p: p.stat().st_mtime_ns for p in folder.glob("setups/*/result.json")}
    again = tellback("study", "smoke", "--out", folder)
    assert again.returncode == 0 and again.stdout.count("(already)") == SMOKE_SETUPS
    assert {p: p.stat().st_mtime_ns for p in before} == before


@pytest.mark.slow
def test_results_and_report(smoke):
    folder, _, _ = smoke
    lines = tellback("results", folder, "--json").stdout.strip().splitlines()
    assert [json.loads(line) for line in lines] == [
        json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()
    ]
    assert "pocket-agree" in tellback("results", folder, env=os.environ | {"COLUMNS": "200"}).stdout
    (folder / "report.html").unlink()
    assert tellback("report", folder).stdout.strip() == str(folder / "report.html")
    assert (folder / "report.html").is_file()


def test_a_finished_setup_is_usable_from_python(smoke):
    import tellback as library

    setup = library.load(str(smoke[0] / "pooling-2x-tiny-s0"))
    memory = setup.compress(["Mira owns a white boat.", "Tom left before Ana."])
    assert memory.n_slots == [3, 3]
    assert len(setup.tell_back(memory)) == 2
    assert isinstance(setup.ask(memory, "Which colour is the boat of Mira ?")[0], str)
    from tellback.errors import UsageError

    with pytest.raises(UsageError, match="Did you mean 'pooling-2x-tiny-s0'"):
        library.load(str(smoke[0] / "pooling-2x-tiny-s1"))


@pytest.mark.slow
def test_a_killed_run_is_completed_by_the_same_command(smoke, tmp_path):
    config = tmp_path / "slow.yaml"
    text = (Path(sys.modules["tellback"].__file__).parent / "configs" / "smoke.yaml").read_text()
    config.write_text(text.replace("name: smoke", "name: slow").replace("steps: 20", "steps: 400, checkpoint_seconds: 0.2")
                      .replace("[pooling, memory_tokens, selective_context]", "[pooling]"))  # fmt: skip
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "tellback", "study", str(config), "--out", str(folder), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(folder.glob("setups/*/checkpoint.safetensors")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(folder.glob("setups/*/checkpoint.safetensors")), "the run ended before it could be killed"
    finished = {p: p.stat().st_mtime_ns for p in folder.glob("setups/*/result.json")}
    assert finished, "the controls come first and are done by then"
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert {p: p.stat().st_mtime_ns for p in finished} == finished
    assert not list(folder.glob("setups/*/checkpoint.safetensors"))
    straight = tellback("study", config, "--out", tmp_path / "straight", "--workers", 1)
    assert straight.returncode == 0
    assert rows(folder) == rows(tmp_path / "straight")


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(tmp_path):
    folder = tmp_path / "interrupted"
    process = subprocess.Popen(
        [sys.executable, "-m", "tellback", "study", "smoke", "--out", str(folder), "--workers", "2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs inherit «ignore»
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list(folder.glob("setups/*/spec.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and f"tellback study smoke --out {folder}" in error and "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["study", "pockett"], "Did you mean 'pocket'"),
        (["study", "{tmp}/none.yaml"], "there is no file"),
        (["study", "{tmp}"], "is a folder"),
        (["study", "{empty}"], "is empty"),
        (["results", "{tmp}"], "no results.jsonl"),
        (["report", "{tmp}"], "no results.jsonl"),
        (["list", "compresors"], "Did you mean 'compressors'"),
        (["study"], "Missing argument"),
        (["study", "smoke", "--only", "zzz", "--out", "{tmp}/x"], "matches no setup"),
        (["pretrain", "pocket-llama-61k"], "Did you mean 'pocket-llama-60k'"),
        (["merge", "{tmp}", "--out", "s3://bucket/x"], "--out s3://bucket/x is an address"),
        (["train", "--compressor", "pooling", "--base", "tiny", "--corpus", "pocket", "--out", "memory://x"], "is an address"),
        (["study", "{latin}"], "not UTF-8"),
        (["study", "{list}"], "should hold a mapping"),
        (["study", "{broken}"], "is not YAML"),
        (["study", "{compressor}"], "Did you mean 'pooling'"),
        (["study", "{model}"], "unknown model 'tinny'. Did you mean 'tiny'"),
        (["study", "{corpus}"], "unknown corpus 'pokcet'. Did you mean 'pocket'"),
        (["study", "{key}"], "Did you mean 'rates'"),
        (["study", "{set}", "--out", "{tmp}/y"], "Did you mean 'pocket-agree'"),
    ],
)
def test_a_users_fault_is_one_message_and_exit_2(tmp_path, arguments, says):
    base = "name: x\ncorpus: pocket\nbase_models: [tiny]\n"
    files = {
        "latin": b"name: caf\xe9\n", "empty": b"", "list": b"- 1\n", "broken": b"a: [1\n",
        "compressor": (base + "compressors: [poolling]\n").encode(),
        "model": base.replace("tiny", "tinny").encode(), "corpus": base.replace("pocket", "pokcet").encode(),
        "key": (base + "ratess: [2]\n").encode(), "set": (base + "probes: {sets: [pocket-agre]}\n").encode(),
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_bytes(content)
    places = {name: tmp_path / f"{name}.yaml" for name in files} | {"tmp": tmp_path}
    done = tellback(*[a.format(**places) for a in arguments])
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert says in done.stderr and "Traceback" not in done.stderr


def test_a_hook_that_nobody_can_be_asked_about_is_not_installed(tmp_path):
    done = tellback("hook", "install", "claude-code", stdin=subprocess.DEVNULL, env={**os.environ, "HOME": str(tmp_path)})
    assert done.returncode == 2 and "nothing was changed" in done.stderr and "--yes" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("package", "command"), [("torch", "plan pocket"), ("scipy", "list studies")])
def test_a_package_that_is_not_installed_is_named_with_the_extra_that_brings_it(package, command):
    probe = "import sys; sys.modules[sys.argv.pop(1)] = None\nfrom tellback.cli import main\nmain()"
    done = subprocess.run([sys.executable, "-c", probe, package, *command.split()], capture_output=True, text=True)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert f"needs {package}, which is not installed: pip install 'tellback[study]'" in done.stderr


def test_every_package_of_the_extras_for_studies_is_known_by_its_extra():
    from tellback.cli import EXTRAS

    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in ("study", "figures", "track"):
        for needed in project["optional-dependencies"][extra]:
            name = re.match(r"[\w-]+", needed)[0].removesuffix("-python").replace("-", "_")
            assert name == "tellback" or EXTRAS[name] == extra, needed


@pytest.mark.slow
def test_a_folder_of_another_study_is_refused(smoke, tmp_path):
    folder, _, _ = smoke
    before = (folder / "study.yaml").read_text()
    other = tmp_path / "other.yaml"
    other.write_text(before.replace("name: smoke", "name: other"))
    done = tellback("study", other, "--out", folder)
    assert done.returncode == 2 and "holds the study 'smoke'" in done.stderr
    larger = tmp_path / "larger.yaml"
    larger.write_text(before.replace("seeds:\n- 0\n", "seeds:\n- 0\n- 1\n"))
    done = tellback("study", larger, "--out", folder)
    assert done.returncode == 2 and "--extend" in done.stderr
    assert (folder / "study.yaml").read_text() == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something.txt").write_text("mine")
    done = tellback("study", "smoke", "--out", tmp_path / "full")
    assert done.returncode == 2 and "not empty" in done.stderr


@pytest.mark.parametrize("what", ["compressors", "models", "corpora", "studies"])
def test_list(what):
    done = tellback("list", what)
    expected = {"compressors": "memory_tokens", "models": "smollm2-135m", "corpora": "passages", "studies": "pocket-full"}
    assert done.returncode == 0 and expected[what] in done.stdout
    if what == "studies":  # each with a whole sentence
        assert all(line.endswith((".", "?")) for line in done.stdout.splitlines()), done.stdout
