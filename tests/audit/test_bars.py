import pytest
from stand_in import audit

from tellback.audit.bars import breaches, read_bars
from tellback.audit.tally import Tally
from tellback.errors import UsageError

KINDS = ["number", "name", "date", "identity"]


def bars_of(tmp_path, text):
    (tmp_path / "bars.yaml").write_text(text)
    return read_bars(tmp_path / "bars.yaml", KINDS)


def test_bars(tmp_path):
    bars = bars_of(tmp_path, "all: 0.95\nnumbers: 1.0\nidentities: 1\ninvented: 0\ndate: 0.5\n")
    assert bars == {"all": 0.95, "number": 1.0, "identity": 1.0, "invented": 0, "date": 0.5}
    tally = Tally.of(audit("it cost 15 and by Eiffel", "it cost 16 and by Eiffel and by Zed"))
    failed = [str(b) for b in breaches(bars, tally)]
    assert failed == [
        "all: 50% kept, at least 95% wanted", "number: 0% kept, at least 100% wanted",
        "invented: 1 found, at most 0 allowed",
    ]  # fmt: skip


def test_nothing_scored_reaches_no_bar():
    assert [str(b) for b in breaches({"all": 0.5}, Tally())] == ["all: nothing could be scored, so 50% cannot be shown"]
    assert breaches({"number": 1.0, "invented": 0}, Tally()) == []  # there is no such fact to lose


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("numbr: 1.0", "unknown bar 'numbr'. Did you mean 'number'"),
        ("all: 95", "all: expected a share between 0 and 1, got 95"),
        ("all: yes", "expected a share"),
        ("invented: 0.5", "invented: expected a whole number of findings, got 0.5"),
        ("invented: -1", "whole number"),
        ("- all", "expected lines such as"),
        ("", "expected lines such as"),
        ("a: [", "is no YAML"),
    ],
)
def test_wrong_bars(tmp_path, text, words):
    with pytest.raises(UsageError, match=words):
        bars_of(tmp_path, text)
