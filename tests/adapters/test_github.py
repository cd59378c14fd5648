"""The GitHub Action: its file, and its step run as a runner would run it, in a repository of its own."""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tellback.adapters.github import OPTIONS, arguments, summary
from tellback.adapters.github_comment import comment
from tellback.errors import UsageError

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, AUDIT = ACTION["runs"]["steps"]
OLD = "Marta Kovacs paid 1500 dollars on 14 March 1879. The port is 8443."
WRONG = "Marta Kovacs paid 1700 dollars on 14 March 1879. The port is 8443."
LOST = "Marta Kovacs paid 1500 dollars on 14 March 1879."


def test_every_input_reaches_the_step_as_a_variable_and_none_as_text_of_its_command():
    used = {name: value for name, value in AUDIT["env"].items()}
    assert set(used.values()) == {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]}
    names = {name.lower().replace("_", "-").removeprefix("tellback-").removeprefix("github-") for name in used}
    assert names == set(ACTION["inputs"])
    assert set(OPTIONS) <= set(ACTION["inputs"])
    for step in (INSTALL, AUDIT):
        assert "${{" not in step["run"] and step["shell"] == "bash"
    assert "$GITHUB_ACTION_PATH" in INSTALL["run"] and (ROOT / "pyproject.toml").exists()
    assert ACTION["outputs"]["audits"]["value"] == "${{ steps.audit.outputs.audits }}"


@pytest.fixture
def runner(tmp_path):
    """Runs the step with inputs; gives (exit code, summary, audits, standard error)."""
    python = tmp_path / "temp" / "tellback" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')  # what the first step would have installed
    python.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()

    def run(**inputs):
        files = {name: tmp_path / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        for path in files.values():
            path.unlink(missing_ok=True)
        known = {name: re.sub(r"\$\{\{ inputs\.([\w-]+) }}", lambda m: inputs.get(m[1].replace("-", "_"), ""), value)
                 for name, value in AUDIT["env"].items()}  # fmt: skip
        environment = os.environ | known | {name: str(path) for name, path in files.items()}
        environment |= {"RUNNER_TEMP": str(tmp_path / "temp"), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["bash", "-e", "-c", AUDIT["run"]], cwd=work, env=environment, capture_output=True, text=True, check=False
        )
        audits = Path(files["GITHUB_OUTPUT"].read_text().strip().removeprefix("audits="))
        rows = [json.loads(line) for line in audits.read_text(encoding="utf-8").splitlines()]
        return done.returncode, files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"), rows, done.stderr

    run.work = work
    return run


def git(folder, *command):
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *command], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_one_pair_of_files(runner):
    (runner.work / "a b.txt").write_text(OLD)
    (runner.work / "-o.txt").write_text(WRONG)
    code, text, rows, _ = runner(source="a b.txt", output="-o.txt", fast="true")
    assert code == 1 and rows[0]["levels"]["wrong"] == 1
    assert "## tellback audit: failed" in text and "1500" in text and "1700" in text
    (runner.work / "-o.txt").write_text(LOST)
    assert runner(source="a b.txt", output="-o.txt", fast="true")[0] == 0
    assert runner(source="a b.txt", output="-o.txt", fast="true", fail_on="lost")[0] == 1
    assert runner(source="a b.txt", output="-o.txt", fast="true", fail_under="0.9")[0] == 1


@pytest.mark.slow
def test_files_that_a_branch_changed(runner):
    work = runner.work
    git(work, "init", "-q", "-b", "main")
    for name in ("AGENTS.md", "notes.md", "naïve.md", "code.py", "gone.md"):
        (work / name).write_text(OLD, encoding="utf-8")
    git(work, "add", "-A")
    git(work, "commit", "-qm", "first")
    base = git(work, "rev-parse", "HEAD")
    for name, text in {"AGENTS.md": WRONG, "naïve.md": LOST, "code.py": WRONG, "new.md": WRONG}.items():
        (work / name).write_text(text, encoding="utf-8")
    (work / "gone.md").unlink()
    git(work, "add", "-A")
    git(work, "commit", "-qm", "second")
    code, text, rows, _ = runner(changed="*.md\n", base=base, fast="true")
    assert code == 1 and sorted(row["id"] for row in rows) == ["AGENTS.md", "naïve.md"]
    assert text.index("AGENTS.md") < text.index("naïve.md"), "worst first"
    assert runner(changed="naïve.md", base=base, fast="true")[0] == 0
    code, text, rows, _ = runner(changed="*.rst", base=base, fast="true")
    assert (code, rows) == (0, []) and "No pair to audit" in text
    code, text, _, words = runner(changed="*.md", base="0" * 40, fast="true")
    assert code == 2 and "fetch-depth: 0" in words and "could not run" in text
    assert runner(changed="*.md", base="--output=x", fast="true")[0] == 2 and not (work / "x").exists()
    assert runner(changed="*.md", fast="true")[0] == 2


def test_settings_that_do_not_fit(tmp_path):
    for given in (
        {},
        {"source": "a"},
        {"output": "a"},
        {"source": "a", "output": "b", "pairs": "c"},
        {"pairs": "a", "changed": "b"},
    ):
        with pytest.raises(UsageError, match="expected one of: source and output, pairs, changed"):
            arguments(given, tmp_path / "pairs")
    assert arguments({"pairs": "p.jsonl", "bars": "b.yaml", "fast": "false"}, tmp_path) == [
        "--json",
        "--bars=b.yaml",
        "--pairs=p.jsonl",
    ]


def test_the_summary_shows_strangers_words_and_lets_them_do_nothing():
    found = {
        "kind": "number",
        "outcome": "replaced",
        "level": "wrong",
        "source": "<img src=x> | `7`\u202e",
        "output": "@all",
        "why": "a\n# b",
    }
    row = {
        "id": "<b>x</b>|y",
        "levels": {"wrong": 1, "lost": 0, "cannot tell": 0},
        "scores": {"all": None},
        "findings": [found] * 12,
    }
    text = summary([row] * 25, "\x1b[31mbelow the bar", 1)
    assert (
        "<img" not in text and "<b>" not in text and "\u202e" not in text and "\x1b" not in text and "@all" not in text
    )
    assert "… and 2 more" in text and "… and 5 more pairs" in text
    assert all(line.count(" | ") == 4 for line in text.split("\n")[4:7])


class Comments(BaseHTTPRequestHandler):
    """GitHub's comments on pull request 7 of o/r, in memory; others' comments stand before ours."""

    def do_GET(self):
        page = int(re.search(r"page=(\d+)$", self.path)[1])
        self.answer(200, self.server.kept[100 * (page - 1) : 100 * page])

    def do_POST(self):
        self.write(lambda body: self.server.kept.append({"id": 900, "user": {"type": "Bot"}} | body), "/repos/o/r/issues/7/comments")

    def do_PATCH(self):
        self.write(lambda body: self.server.kept[-1].update(body), "/repos/o/r/issues/comments/900")

    def write(self, do, path):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.headers["authorization"] != "Bearer t0ken":
            return self.answer(403, {"message": "Resource not accessible"})
        assert self.path == path
        do(body)
        self.server.written.append(self.command)
        return self.answer(201, {})

    def answer(self, code, body):
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Comments)
    mark = {"body": "<!-- tellback audit -->\nnot ours", "user": {"type": "User"}}
    server.kept, server.written = [{"id": i, **mark} for i in range(130)], []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    (tmp_path / "event.json").write_text('{"pull_request": {"number": 7}}')
    yield server, {
        "GITHUB_API_URL": f"http://127.0.0.1:{server.server_port}", "GITHUB_REPOSITORY": "o/r", "GITHUB_TOKEN": "t0ken",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"), "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    server.shutdown()


def test_one_comment_is_written_and_then_written_over(hub, monkeypatch):
    server, environment = hub
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert comment("first", environment) and comment("second", environment)
    assert server.written == ["POST", "PATCH"] and server.kept[-1]["body"] == "<!-- tellback audit -->\nsecond"


def test_where_no_comment_can_be_the_audit_stands_without_it(hub, tmp_path, capsys, monkeypatch):
    server, environment = hub
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (tmp_path / "push.json").write_text('{"ref": "main"}')
    for other in ({"GITHUB_EVENT_PATH": str(tmp_path / "push.json")}, {"GITHUB_EVENT_PATH": "none"}, {"GITHUB_TOKEN": ""}, {"GITHUB_TOKEN": "old"}):
        assert not comment("x", environment | other)
        assert "no comment was written" in capsys.readouterr().err
    assert server.written == []
