"""What a model adds to the rules: answers to open questions, and which replaced facts it believes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tellback.audit import Audit, Finding
from tellback.errors import UsageError
from tellback.readers import asked as readers
from tellback.readers import beliefs

SOURCE = "It was late. Alice hit Bob in the yard. Nobody saw it."
OUTPUT = "In the yard Bob got a blow from Alice."


def unscored():
    start = SOURCE.index("Alice")
    fact = Finding(
        "roles", "unscored", "Alice hit Bob", "Bob got a blow", (start, start + 13), (12, 26), "too different"
    )
    return Audit(SOURCE, OUTPUT, (fact, Finding("name", "missing", "x", None, None, None, "")))


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """An endpoint that answers what it is told to, and the requests that it got."""
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "cache"))
    seen, answers = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            body = json.dumps({"choices": [{"message": {"content": answers[-1]}, "finish_reason": "stop"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    spec = tmp_path / "judge.yaml"
    spec.write_text(
        f"base_url: http://127.0.0.1:{server.server_port}/v1\nmodel: m\nbackoff: 0\ntries: 1\ncache: false\n"
    )
    yield str(spec), seen, answers
    server.shutdown()


@pytest.mark.parametrize(
    ("said", "outcome"),
    [("says", "faithful"), ("denies", "drifted"), ("silent", "missing"), ("perhaps", "unscored")],
)
def test_a_judge_answers_what_the_rules_leave_open(judge, said, outcome):
    spec, seen, answers = judge
    answers.append(json.dumps({"answer": said}))
    found = readers.answer(unscored(), "judge", spec)
    assert [f.outcome for f in found.facts] == [outcome, "missing"] and len(seen) == 1
    asked = seen[0]["messages"][1]["content"]
    assert asked == f"Statement:\nAlice hit Bob in the yard.\n\nText:\n{OUTPUT}"
    if outcome != "unscored":
        assert found.facts[0].why == f"the judge answers: {said}"


def test_readers_without_their_model(tmp_path):
    assert readers.answer(unscored(), "span", None) == unscored()
    for reader in ("judge", "likelihood"):
        with pytest.raises(UsageError, match="--reader-model"):
            readers.answer(unscored(), reader, None)
    with pytest.raises(UsageError, match="Did you mean 'judge'"):
        readers.answer(unscored(), "jugde", None)
    (tmp_path / "j.yaml").write_text("model: m\n")
    with pytest.raises(UsageError, match="base_url: this key is required"):
        readers.answer(unscored(), "judge", str(tmp_path / "j.yaml"))
    with pytest.raises(UsageError, match="unknown model"):
        readers.answer(unscored(), "likelihood", "nomodel")


def test_the_likelihood_reader_runs(saved_models):
    found = readers.answer(unscored(), "likelihood", saved_models["llama"])
    assert found.facts[0].outcome in ("faithful", "drifted", "missing")
    assert found.facts[0].why.startswith("the likeliest answer is: ")
    assert readers.answer(unscored(), "likelihood", saved_models["llama"]) == found


def replaced(n):
    source = "".join(f"The strawberry of {c} is {c}. " for c in ("white", "blue", "pink", "green")[:n])
    facts = []
    for i, c in enumerate(("white", "blue", "pink", "green")[:n]):
        at = source.index(f"is {c}") + 3
        outcome, output = ("replaced", "red") if i == 0 else ("faithful", c)
        facts.append(Finding("colour", outcome, c, output, (at, at + len(c)), (0, 3), "says another"))
    return Audit(source, "red", tuple(facts))


def test_overwritten_is_replaced_by_what_the_model_believes():
    asked = []

    def believes(value):
        def score(questions, options):
            asked.extend(zip(questions, options, strict=True))
            return [[0.0 if o == f" {value}" else -1.0 for o in row] for row in options]

        return score

    found = beliefs.split_by(replaced(4), believes("red"), "m")
    assert [f.outcome for f in found.facts] == ["overwritten", "faithful", "faithful", "faithful"]
    question, options = asked[0]
    assert question == "The strawberry of white is" and sorted(options) == [
        " blue",
        " green",
        " pink",
        " red",
        " white",
    ]
    other = beliefs.split_by(replaced(4), believes("pink"), "m")
    assert other.facts[0].outcome == "replaced" and other.facts[0].why == "says another; m believes pink"
    few = beliefs.split_by(replaced(2), believes("red"), "m")
    assert few.facts[0].outcome == "replaced" and "too few values" in few.facts[0].why


def test_a_real_model_is_asked(saved_models):
    found = beliefs.split(replaced(4), saved_models["qwen3"])
    assert found.facts[0].outcome in ("overwritten", "replaced") and "believes" in found.facts[0].why
