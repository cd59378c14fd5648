"""Many pairs: in order, in bounded memory, with a bad line named."""

import io
import itertools
import json
import os
import time

import pytest

from tellback.audit import pairs
from tellback.audit.examine import Options
from tellback.errors import UsageError


def slow_first(chunk):
    """The first chunks take longest, so that answers arrive out of order."""
    time.sleep(0.3 if chunk == 0 else 0.0)
    return chunk, os.getpid()


def written(path, rows):
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
    return str(path)


def pair(i, source="it cost 15", output="it cost 15"):
    return {"id": i, "source": source, "output": output}


def test_order_and_backpressure():
    read = []
    chunks = (read.append(i) or i for i in range(40))
    results = pairs.ordered(slow_first, chunks, workers=2)
    first, worker = next(results)
    assert first == 0 and worker != os.getpid()
    assert len(read) <= pairs.AHEAD * 2  # no more were read than may be in flight
    assert [chunk for chunk, _ in results] == list(range(1, 40))


def test_a_run_that_is_given_up_ends():
    results = pairs.ordered(slow_first, itertools.count(), workers=1)
    assert next(results)[0] == 0
    results.close()  # returns: an endless stream is not read to its end


def test_rows_in_order(simple, tmp_path):
    path = written(tmp_path / "p.jsonl", [pair(i, output=f"it cost {15 + i % 2}") for i in range(150)] + ["", "  "])
    done = []
    answers = list(pairs.run(path, Options(), workers=1, progress=done.append))
    assert [a.row["id"] for a in answers] == list(range(150))
    assert [a.row["faithful"] for a in answers[:4]] == [1, 0, 1, 0] and answers[1].by_kind == {
        "number": {"replaced": 1}
    }
    assert done[-1] == 150 and len(done) >= 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 3: no JSON"),
        ("[1]", "line 3: expected an object"),
        ('{"id": 1, "source": "a"}', 'line 3: no "output"'),
        ('{"id": 1, "source": 5, "output": "b"}', '"source" is int, expected a string or a list of messages'),
        ('{"id": null, "source": "a", "output": "b"}', '"id" is NoneType, expected a string or a number'),
        ("[" * 100_000, "line 3: no JSON"),
    ],
)
def test_a_bad_line_is_named_before_anything_is_answered(simple, tmp_path, line, words):
    path = written(tmp_path / "p.jsonl", [pair(1), pair(2), line, pair(4)])
    answers = pairs.run(path, Options(), workers=1)
    with pytest.raises(UsageError, match=words):
        next(answers)


def test_of_a_stream_the_lines_before_the_bad_one_are_answered(simple, monkeypatch):
    content = (
        b'\xef\xbb\xbf{"id": 1, "source": "it cost 5", "output": ""}\n\n{"id": 2, "source": "\xff", "output": ""}\n'
    )
    monkeypatch.setattr(pairs, "_opened", lambda path: io.BytesIO(content))
    answers = pairs.run("-", Options(), workers=1)
    assert next(answers).row["missing"] == 1
    with pytest.raises(UsageError, match="-, line 3: not UTF-8"):
        next(answers)


def test_a_source_may_be_messages(simple, tmp_path):
    messages = [{"role": "user", "content": "Never push to main. It cost 15."}]
    path = written(
        tmp_path / "p.jsonl", [pair(1, messages, "It cost 15."), pair(2, json.dumps(messages), "It cost 15.")]
    )
    first, second = pairs.run(path, Options(), workers=1)
    assert first.by_kind["instruction"] == {"missing": 1} and "instruction" not in second.by_kind
    first, second = pairs.run(path, Options(source_format="transcript"), workers=1)
    assert first.by_kind == second.by_kind


def test_missing_file():
    with pytest.raises(UsageError, match="cannot be read"):
        next(pairs.run("nowhere.jsonl", Options()))
