import json

import pytest

from tellback.errors import UsageError
from tellback.report.load import load
from tellback.report.recommend import candidates, recommend


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    import study_folder

    return load(study_folder.write_pocket(tmp_path_factory.mktemp("s"), seeds=(0, 1, 2, 3), n_documents=30, hostile=False))


def test_the_highest_rate_that_holds_and_its_smallest_size(study):
    found = candidates(study)
    assert [c.rate for c in found] == sorted((c.rate for c in found), reverse=True)
    bar = sorted(c.low for c in found)[-2]  # two candidates hold
    chosen, lines = recommend(study, bar)
    holding = [c for c in found if c.low >= bar]
    assert len(holding) == 2 and chosen == max(holding, key=lambda c: (c.rate, -c.size))
    assert lines[0].startswith(f"Take {chosen.words}") and "4 seeds, 30 documents" in lines[0]


def test_where_none_holds_it_says_so_and_names_the_nearest(study):
    chosen, lines = recommend(study, 1.0)
    assert chosen is None and lines[0].startswith("None holds: ") and max(c.low for c in candidates(study)) < 1
    assert max(candidates(study), key=lambda c: c.low).words in lines[1]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, 95.0])
def test_a_share_is_a_share(study, share):
    with pytest.raises(UsageError, match="share above 0 and at most 1"):
        recommend(study, share)


def test_few_seeds_are_named(tmp_path):
    import study_folder

    one = load(study_folder.write_pocket(tmp_path, seeds=(0,), n_documents=30, hostile=False))
    assert "fewer than three seeds" in " ".join(recommend(one, 0.01)[1])


def test_the_command_exits_with_1_where_nothing_holds(study, capsys, monkeypatch):
    from tellback import cli

    for share, code in (("0.01", 0), ("1", 1)):
        monkeypatch.setattr("sys.argv", ["tellback", "recommend", str(study.directory), "--min-faithful", share, "--json"])
        with pytest.raises(SystemExit) as end:
            cli.main()
        found = json.loads(capsys.readouterr().out)
        assert end.value.code == code and (found["recommended"] is None) == bool(code) and found["candidates"]


def test_a_folder_without_questions_is_refused(tmp_path):
    (tmp_path / "results.jsonl").write_text('{"setup": "x", "key": "k", "status": "done", "compressor": "pooling", "rate": 2, "seed": 0}\n')
    with pytest.raises(UsageError, match="no compressor that was asked"):
        candidates(load(tmp_path))
