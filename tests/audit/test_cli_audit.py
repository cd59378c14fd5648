"""`tellback audit` as a user meets it: real facts, in processes of its own."""

import json
import os
import resource
import subprocess
import sys

import pytest

SOURCE = """# Handover
Marta Kovacs paid $4.5M on 14 March 1879. The service listens on port 8443 and reads `src/app.py`.
The IBAN is DE89 3704 0044 0532 0130 00. Version 2.3.1 was released. Response times fell by 12%.
"""
GOOD = """Marta Kovacs paid $4.5 million on 1879-03-14. The service listens on port 8443, reads src/app.py.
IBAN DE89 3704 0044 0532 0130 00. Version 2.3.1 was released. Response times fell by 12 percent.
"""
BAD = """Marta Kovacs paid $5.4M on 14 March 1879. The service listens on port 8443 and reads src/app.pyi.
The IBAN is DE02 1203 0000 0000 2020 51.
"""


def tellback(*arguments, stdin=None, **kwargs):
    return subprocess.run(
        [sys.executable, "-m", "tellback", *map(str, arguments)], capture_output=True, timeout=300, input=stdin, **kwargs
    )  # fmt: skip


@pytest.fixture
def files(tmp_path):
    for name, content in (("source.md", SOURCE), ("good.md", GOOD), ("bad.md", BAD)):
        (tmp_path / name).write_text(content)
    return tmp_path


def row_of(files, *arguments, **kwargs):
    done = tellback("audit", *arguments, "--json", cwd=files, **kwargs)
    assert done.returncode in (0, 1), done.stderr.decode()
    return json.loads(done.stdout)


def test_values_are_kept_with_sense_and_lost_with_words(files):
    good = row_of(files, "source.md", "good.md", "--fast")
    assert good["n_facts"] >= 7 and good["faithful"] == good["n_facts"] and good["invented"] == 0
    bad = row_of(files, "source.md", "bad.md", "--fast")
    assert bad["n_facts"] == good["n_facts"]
    found = {f["kind"]: f["outcome"] for f in bad["findings"]}
    lost = {"money": "replaced", "path": "replaced", "iban": "replaced", "version": "missing", "percent": "missing"}
    assert found == lost
    for finding in bad["findings"]:
        for side, text in (("source", SOURCE), ("output", BAD)):
            if finding[f"{side}_span"]:
                assert text[slice(*finding[f"{side}_span"])] == finding[side]


def imported(files, *arguments):
    """What `tellback audit` of two files imports."""
    probe = (
        f"import sys; sys.argv = ['tellback', 'audit', 'source.md', 'bad.md', *{list(arguments)!r}]\n"
        "from tellback.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 1\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=files, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "kept " in done.stdout
    return set(done.stderr.split())


def test_what_is_not_used_is_not_imported(files):
    found = imported(files, "--fast")
    assert not found & {"numpy", "spacy", "thinc", "torch", "pandas", "scipy", "requests", "yaml", "jinja2"}
    assert not found & {"tellback.config", "tellback.commands.use", "tellback.audit.transcripts.facts"}


@pytest.mark.slow
def test_the_parser_comes_without_torch_and_without_its_command_line(files):
    found = imported(files, "--html", "p.html")
    assert "spacy" in found and not found & {"torch", "transformers", "pandas", "requests", "httpx", "spacy.cli"}
    assert (files / "p.html").stat().st_size > 10_000


def test_it_starts_quickly(files):
    times = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        row_of(files, "source.md", "good.md", "--fast")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 2, times  # seconds of CPU, on a loaded machine too


def test_standard_input(files):
    assert row_of(files, "-", "good.md", "--fast", stdin=SOURCE.encode())["id"] == "-"
    assert row_of(files, "source.md", "-", "--fast", stdin=BAD.encode())["replaced"] >= 1
    pair = json.dumps({"id": "a", "source": SOURCE, "output": BAD})
    done = tellback("audit", "--pairs", "-", "--fast", "--json", "--workers", 1, stdin=pair.encode())
    assert json.loads(done.stdout)["id"] == "a"


@pytest.mark.slow
def test_many_pairs_on_two_cores_come_in_order(files):
    outputs = [GOOD if i % 3 else BAD for i in range(400)]
    lines = [json.dumps({"id": i, "source": SOURCE, "output": out}) for i, out in enumerate(outputs)]
    (files / "pairs.jsonl").write_text("\n".join(lines))
    done = tellback(
        "audit", "--pairs", "pairs.jsonl", "--workers", 2, "--fast", "--json", "--fail-under", "0.99", cwd=files
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and [r["id"] for r in rows] == list(range(400))
    assert {(r["faithful"] == r["n_facts"]) for r in rows[1::3]} == {True}
    assert {(r["faithful"] == r["n_facts"]) for r in rows[::3]} == {False}
    assert b"400 pairs: kept " in done.stderr


def test_an_endless_stream_is_answered_while_it_comes(files):
    """Answers come before the stream ends, so it is not held in memory."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tellback", "audit", "--pairs", "-", "--fast", "--json", "--workers", "1"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    line = json.dumps({"id": 1, "source": SOURCE, "output": BAD}).encode() + b"\n"
    for _ in range(200):
        process.stdin.write(line)
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["id"] == 1
    process.stdin.close()
    assert len(process.stdout.readlines()) == 199
    process.stdout.close()
    assert process.wait(timeout=60) == 1, "what is wrong gates"


def test_an_interrupt_and_a_closed_pipe_leave_no_process(files):
    lines = [json.dumps({"id": i, "source": SOURCE, "output": BAD}) for i in range(3000)]
    (files / "pairs.jsonl").write_text("\n".join(lines))
    done = subprocess.run(
        f"{sys.executable} -m tellback audit --pairs pairs.jsonl --fast --workers 2 | head -1", shell=True, cwd=files,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.startswith("0: kept ") and "Traceback" not in done.stderr


def test_an_output_longer_than_its_source(files):
    row = row_of(files, "bad.md", "source.md", "--fast")
    assert row["invented"] + row["replaced"] >= 2 and row["faithful"] < row["n_facts"]


@pytest.mark.slow
def test_ten_megabytes_on_the_fast_path(tmp_path):
    """Half a million facts, in about a hundred bytes of memory a character; a page for it is refused at once."""
    line = "In {y} the {n}th bridge of src/a{n}.py cost {n},500 dollars, or {n}.5% of what was paid before it.\n"
    with (tmp_path / "big.txt").open("w") as out:
        size = n = 0
        while size < 10_000_000:
            n += 1
            size += out.write(line.format(y=1800 + n % 200, n=n % 997))
    (tmp_path / "small.txt").write_text("In 1801 the bridge cost 1,500 dollars.")
    probe = (
        "import re, sys\nfrom tellback.cli import main\n"
        "sys.argv = ['tellback', 'audit', 'big.txt', 'small.txt', '--fast', '--json']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        # ru_maxrss would begin at the size of the process that started this one
        "status = open('/proc/self/status').read()\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) // 1024, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-2000:]
    megabytes = int(done.stderr.split()[-1])
    assert megabytes < 1500, megabytes
    refused = tellback("audit", "big.txt", "small.txt", "--fast", "--html", "p.html", cwd=tmp_path)
    assert refused.returncode == 2 and b"a page can show" in refused.stderr and not (tmp_path / "p.html").exists()


def test_help_names_every_option():
    text = tellback("audit", "--help", env=os.environ | {"COLUMNS": "200"}).stdout.decode()
    for option in ("--pairs", "--json", "--html", "--fail-under", "--bars", "--baseline", "--require", "--ignore", "--redact",
                   "--fast", "--source-format", "--belief", "--reader", "--workers"):  # fmt: skip
        assert option in text
    assert "exit 1" in tellback("diff", "--help").stdout.decode()
