import pytest
from stand_in import audit

from tellback.audit.baseline import compare_files, read_baseline
from tellback.audit.rows import dumps, row
from tellback.errors import UsageError

SOURCE = "The bridge by Eiffel cost 1500 in 1889, and Hugo sold it for 20."


def written(path, *rows):
    path.write_text("".join(dumps(r) + "\n" for r in rows))
    return str(path)


def compared(tmp_path, old, new, **kwargs):
    a = written(tmp_path / "a.json", *(row(audit(SOURCE, out), i, **kwargs) for i, out in old.items()))
    b = written(tmp_path / "b.json", *(row(audit(SOURCE, out), i, **kwargs) for i, out in new.items()))
    return compare_files(a, b)


@pytest.mark.parametrize("redact", [False, True])
def test_what_got_worse(tmp_path, redact):
    before = "The bridge by Eiffel cost 1500 in 1890."
    after = "The bridge by Eiffel cost 1600 in 1889. Sold to Zed."
    found = compared(tmp_path, {"x": before}, {"renamed": after}, redact=redact)
    assert found.regressed and found.n_pairs == 1
    # 1500 was kept, and is replaced now; Hugo was missing, and being replaced by Zed is no worse; 1890 was no fact of
    # its own but what 1889 became
    assert [(w["outcome"], w["kind"], w["source_span"]) for w in found.worse] == [("replaced", "number", [26, 30])]
    assert [(b["kind"], b["source_span"]) for b in found.better] == [("number", [34, 38])]
    assert found.lower == []
    assert not compared(tmp_path, {"x": before}, {"x": before}, redact=redact).regressed


def test_inventions_count_once_each(tmp_path):
    kept = SOURCE + " Seen by {} and by {}."
    found = compared(tmp_path, {1: kept.format("Zed", "Zed")}, {1: kept.format("Zed", "Kim")})
    assert [w["output"] for w in found.worse] == ["Kim"] and found.worse[0]["outcome"] == "invented"
    assert found.n_better == 1


def test_scores_by_kind_and_ids(tmp_path):
    found = compared(tmp_path, {1: SOURCE, 2: SOURCE, 3: ""}, {1: "by Eiffel", 2: SOURCE, 4: SOURCE})
    assert found.n_pairs == 2 and found.n_worse == 4 and found.only_old == [3] and found.only_new == [4]
    assert {(i, k): (a, b) for i, k, a, b in found.lower} == {
        (1, "all"): (1, 0.2),
        (1, "name"): (1, 0.5),
        (1, "number"): (1, 0),
    }
    assert found.to_dict()["lower"][0] == {"id": 1, "kind": "all", "old": 1.0, "new": 0.2}


def test_what_cannot_be_compared(tmp_path):
    one = row(audit(SOURCE, SOURCE), 1)
    a = written(tmp_path / "a.json", one)
    for content, words in (
        (row(audit(SOURCE + "!", SOURCE), 1), "not the one of"),
        (one | {"n_facts": 9}, "read with other"),
        (row(audit(SOURCE, SOURCE), 1, redact=True), "redacted"),
    ):
        with pytest.raises(UsageError, match=words):
            compare_files(a, written(tmp_path / "b.json", content))
    pairs = written(tmp_path / "c.json", one | {"id": 2}, one | {"id": 3})
    with pytest.raises(UsageError, match="no id in common"):
        compare_files(a, pairs)
    with pytest.raises(UsageError, match="holds 2 audits"):
        read_baseline(pairs).single(one)
    with pytest.raises(UsageError, match="occurs twice"):
        read_baseline(written(tmp_path / "d.json", one, one))
    for text, words in (
        ("", "is empty"),
        ("nonsense", "line 1: no JSON .* Give what `tellback audit --json` printed"),
        ('{"id": 1}', "n_facts: this key is required"),
    ):
        (tmp_path / "e.json").write_text(text)
        with pytest.raises(UsageError, match=words):
            read_baseline(str(tmp_path / "e.json"))


def test_a_place_that_was_narrowed_is_the_same_fact(tmp_path):
    def one(span, kind="money", outcome="replaced"):
        words = SOURCE[slice(*span)]
        fact = {
            "kind": kind,
            "outcome": outcome,
            "source": words,
            "output": None,
            "source_span": span,
            "output_span": None,
        }
        return row(audit(SOURCE, SOURCE), 1) | {"findings": [fact]}

    def worse(old, new):
        return compare_files(written(tmp_path / "a.json", old), written(tmp_path / "b.json", new)).n_worse

    assert worse(one([26, 30]), one([27, 30], outcome="missing")) == 0
    assert worse(one([26, 30]), one([30, 33])) == 1
    assert worse(one([26, 30]), one([26, 30], "date")) == 1
    assert worse(one([0, 60], "roles"), one([26, 60], "negation", "drifted")) == 0  # what broke in it is another matter
    assert worse(one([26, 30]), one([26, 30], outcome="unscored")) == 0
