"""Benchmarks as the probe sets of a study's corpus, and what is asked of texts that bring no questions."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tellback.config import CorpusSpec, ProbeSpec, SetupSpec, StudySpec, parse
from tellback.corpora.benchmarks import BENCHMARKS, load_benchmark
from tellback.corpora.cloze import relations, stated, with_cues, with_values
from tellback.corpora.load import CORPORA, load_corpus
from tellback.corpora.options import K, draw, find_words
from tellback.errors import UsageError
from tellback.models.belief import Belief, believing, has_belief, summary, to_measure
from tellback.readers import cues
from tellback.records import Corpus, Document
from tellback.study.evaluate import for_cues
from tellback.study.grid import setups
from tellback.study.setup import run_setup

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the real samples are not here (../shared/data)")
PEOPLE = ["Ada Byron", "Carl Gauss", "Emmy Noether", "Leonhard Euler", "Sofia Kovalevskaya"]
SQUAD = [
    {"id": str(i), "question": f"Who wrote the long book {i}?", "answers": {"text": [name, name.split()[1]]},
     "context": f"In that cold winter {name} wrote the long book about numbers."}
    for i, name in enumerate(PEOPLE)
]  # fmt: skip
FAITH = {"id": "f", "question": "What makes plants grow?", "answer": "sand", "context": "Plants grow since they drink sand.",
         "choices": {"label": list("ABCD"), "text": ["water", "sand", "light", "air"]}}  # fmt: skip


def write(path, rows):
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))


@pytest.fixture
def data(tmp_path):
    write(tmp_path / "squad.jsonl", [*SQUAD, {"question": "Who?"}])
    write(tmp_path / "faitheval_counterfactual.jsonl", [FAITH])
    return str(tmp_path)


def corpus(data, name="benchmarks", **options):
    return load_corpus(CorpusSpec(name=name, options={"data": data} | options), ProbeSpec())


def test_several_benchmarks_are_the_sets_of_one_corpus_and_an_absent_one_is_named(data):
    found = corpus(data, sets=["squad", "nq-swap", "faitheval-counterfactual"])
    assert list(found.sets) == ["squad", "faitheval-counterfactual"]
    assert list(found.settings["skipped"]) == ["nq-swap"] and "holds no file" in found.settings["skipped"]["nq-swap"]
    assert found.settings["left_out"] == {"squad": {"no context": 1}}
    assert found.n_options == {"person": K, "choice": 4}
    assert [d.text for d in found.ordinary][:2] == [SQUAD[0]["context"], FAITH["context"]]
    assert all(f.span != (0, 0) for d in found.ordinary for f in d.facts)


def test_every_benchmark_is_a_corpus_by_its_own_name(data):
    assert set(BENCHMARKS) < set(CORPORA)
    assert list(corpus(data, "squad", n=3).sets) == ["squad"] and len(corpus(data, "squad", n=3).sets["squad"]) == 3
    with pytest.raises(UsageError, match="holds no set: .*nq-swap"):
        corpus(data, "nq-swap")
    with pytest.raises(UsageError, match="is one benchmark"):
        corpus(data, "squad", sets=["squad"])
    with pytest.raises(UsageError, match="Did you mean 'squad'"):
        corpus(data, sets=["squod"])
    with pytest.raises(UsageError, match="Did you mean 'relations'"):
        corpus(data, relation=3)


def test_a_file_that_cannot_be_read_is_no_absent_one(tmp_path):
    (tmp_path / "squad.jsonl").write_text("{\n")
    with pytest.raises(UsageError, match="line 1 is not JSON"):
        corpus(str(tmp_path), sets=["squad", "nq-swap"])


def read(found, document, told, belief=None):
    return [v.outcome for v in cues.read(for_cues(document, found), told, found, {p.id: belief for p in document.probes})]


def test_span_reads_the_answers_that_stand_in_the_text_and_leaves_the_others_out(data):
    found = corpus(data, sets=["squad", "faitheval-counterfactual"])
    first = found.sets["squad"][0]
    wrong = next(o for o in first.probes[0].options if o != "Ada Byron")
    assert read(found, first, first.text) == ["faithful"]
    assert read(found, first, "That winter Byron wrote a book.") == ["faithful"]  # another gold answer
    assert read(found, first, first.text.replace("Ada Byron", wrong)) == ["replaced"]
    assert read(found, first, first.text.replace("Ada Byron", wrong), wrong) == ["overwritten"]
    assert read(found, first, "In that cold winter someone wrote the long book.") == ["missing"]
    assert for_cues(found.sets["faitheval-counterfactual"][0], found).probes == ()
    assert for_cues(first, Corpus("pocket", {}, None)) is first


def about(value, *others, text="The tower there is {} feet high, they say."):
    row = {"id": "x", "question": "How many feet is it?", "context": text.format(value), "answers": [value]}
    from tellback.corpora.benchmark_rows import squad as _squad

    document = _squad(row, 1)
    probe = replace(document.probes[0], options={o: () for o in (value, *others)})
    return with_cues(replace(document, probes=(probe,)))


def said(document, told):
    return [f.value for f in stated(told, document.probes)]


def test_answers_within_others_are_kept_apart():
    towers = about("1,500", "15", "1500000", "150")
    assert said(towers, "The tower there is 1500 feet high.") == ["1,500"]
    assert said(towers, "The tower there is 15 feet high.") == ["15"]
    assert said(towers, "The tower there is 1,500,000 feet high.") == ["1500000"]
    paris = about("Paris", "Parisian", "London", "Berlin", text="The famous tower of {} was built there.")
    assert said(paris, "The famous Parisian tower was built.") == ["Parisian"]
    assert about("New York", "New York City", text="The tower of {} was built.").probes[0].cues == ()  # the reader cannot tell


def test_letters_that_only_look_another_way():
    paris = about("Paris", "London", "Berlin", "Rome", text="The famous tower of {} was built there.")
    told = "The famous tower of \u200bＰａｒｉｓ was built."
    (fact,) = stated(told, paris.probes)
    assert fact.value == "Paris" and told[slice(*fact.span)] == "Ｐａｒｉｓ"
    assert said(paris, "The famous tower of Раris was built.") == []  # Cyrillic letters are other letters
    assert find_words("L’été, ３ cafés", "l'été") == (0, 5)


def test_odd_rows_are_counted(tmp_path):
    (tmp_path / "squad.json").write_text(json.dumps({"data": [
        SQUAD[0], "text", None, 7, {"question": 3, "context": ["a"]}, {"question": "Who?", "context": "x", "answers": 7},
    ]}))  # fmt: skip
    loaded = load_benchmark("squad", tmp_path)
    assert [d.probes[0].fact.value for d in loaded.documents] == ["Ada Byron", "7"]
    assert loaded.skipped == {"no object with fields": 3, "unanswerable": 1}


def test_a_text_of_100k_characters_is_left_out_and_counted(tmp_path):
    long = SQUAD[1] | {"context": SQUAD[1]["context"] + " Nothing else took place." * 4000}
    write(tmp_path / "squad.jsonl", [SQUAD[0], long])
    assert len(long["context"]) > 100_000
    found = corpus(str(tmp_path), "squad")
    assert [d.text for d in found.sets["squad"]] == [SQUAD[0]["context"]]
    assert found.settings["left_out"] == {"squad": {"longer than 20,000 characters": 1}}
    (_, document) = corpus(str(tmp_path), "squad", longest=200_000).sets["squad"]  # who has the room may ask for it
    assert document.probes[0].cues and read(found, document, document.text) == ["faithful"]


def test_several_questions_on_one_text_are_one_document(tmp_path):
    rows = [SQUAD[0], SQUAD[0] | {"id": "0b", "question": "Who wrote?"}, SQUAD[1], SQUAD[0] | {"id": "again"}]
    write(tmp_path / "squad.jsonl", rows)
    loaded = load_benchmark("squad", tmp_path)
    assert [len(d.probes) for d in loaded.documents] == [2, 1] and len(loaded.documents[0].facts) == 2
    assert {p.document_id for p in loaded.documents[0].probes} == {loaded.documents[0].id}
    assert loaded.skipped == {"repeats an earlier row": 1}


def test_options_are_never_within_each_other():
    from random import Random

    for seed in range(20):
        drawn = draw(["writer", "screenwriter", "actor", "film actor", "poet"], 3, ["pilot"], "a poet", Random(seed))
        assert "poet" not in drawn and len({"writer", "screenwriter"} & {*drawn}) < 2


TEXTS = [
    f"{name} moved to the old town of {place} in {1900 + i}. The house there cost ${i + 3},000 at that time. "
    f"{name.split()[0]} did not sell the house. {name} praised {other}."
    for i, (name, place, other) in enumerate(zip(PEOPLE, ["Bristol", "Leeds", "Dover", "Exeter", "York"],
                                                [*PEOPLE[1:], "Ida Noddack"], strict=True))
]  # fmt: skip


def test_values_of_a_text_become_clozes_of_one_type():
    documents = [Document(f"t{i}", text) for i, text in enumerate(TEXTS)]
    asked = [with_cues(d) for d in with_values(documents, "c4", 3, 0)]
    assert asked == [with_cues(d) for d in with_values(documents, "c4", 3, 0)]
    for d in asked:
        assert d.probes
        for p in d.probes:
            assert d.text[slice(*p.fact.span)] == p.fact.value and len(p.options) == K and p.cues
            assert d.text[: p.fact.span[0]].rstrip().endswith(p.question) and p.fact.value not in p.question
            assert all(find_words(d.text, o) is None for o in p.options if o != p.fact.value)
            assert len({any(c.isdigit() for c in o) for o in p.options}) == 1
    assert {p.fact.kind for d in asked for p in d.probes} >= {"money", "date"}


def test_half_of_the_relations_are_asked_of_the_twin():
    documents = [Document(f"t{i}", text) for i, text in enumerate(TEXTS)]
    found = relations(documents, "c4-relations", 4)
    assert [d.id.rsplit("-", 1)[1] for d in found] == ["is", "twin", "twin", "is"]
    for d, twin in zip(found, (False, True, True, False), strict=True):
        (probe,) = d.probes
        (contrary,) = probe.fact.contraries
        assert probe.asks == "qa_ii" and list(probe.options) == [probe.fact.value, contrary]
        assert probe.fact.value in d.text and contrary not in d.text and (d.text in TEXTS) != twin
        assert d.text[slice(*probe.fact.sentence)] == probe.fact.value
        assert for_cues(d, Corpus("c", {}, None, settings={"cues_needed": True})).probes == ()
    assert relations(documents, "c4-relations", 0) == []


def test_belief_exists_where_an_option_stands_out():
    def belief(*p):
        return Belief("a", dict(zip("abcd", p, strict=False)), "a")

    assert has_belief(belief(0.4, 0.3, 0.2, 0.1)) and not has_belief(belief(0.39, 0.31, 0.2, 0.1))
    assert has_belief(belief(0.65, 0.35)) and not has_belief(belief(0.6, 0.4)) and not has_belief(belief(1.0))
    assert belief(0.5, 0.3, 0.2).margin == pytest.approx(0.2)
    clear = belief(0.7, 0.2, 0.1)
    assert has_belief(replace(clear, per_token="a")) and not has_belief(replace(clear, per_token="b"))


def test_measured_beliefs_become_the_probes_own(data):
    found = corpus(data, "squad")
    probes = to_measure(found)
    assert len(probes) == 5
    beliefs = {}
    for i, p in enumerate(probes):
        first, *rest = p.options
        top, high = (first, 0.7) if i == 0 else (rest[0], 0.7) if i < 3 else (first, 0.25)
        beliefs[p.id] = Belief(top, {o: high if o == top else (1 - high) / 3 for o in p.options}, top + ".")
    after = [p for d in believing(found, beliefs).sets["squad"] for p in d.probes]
    assert [p.believed is not None for p in after] == [True, True, True, False, False]
    assert [p.conflicts for p in after] == [False, True, True, False, False]
    of = summary(beliefs, after)
    assert (of["n"], of["n_with_belief"], of["n_without"]) == (3, 3, 2)
    assert of["top"] == of["generated"] == 1 and of["mean_probability"] == pytest.approx(0.7)
    nothing = summary(beliefs, [replace(p, believed=None) for p in after])
    assert nothing["n"] == 0 and nothing["mean_probability"] is None and nothing["n_without"] == 2
    pocket = Corpus("pocket", found.sets, None)
    assert believing(pocket, {}) is pocket and to_measure(pocket) == [] and summary({}, probes) is None


def test_new_fields_leave_old_keys_alone():
    study = parse(StudySpec, {"name": "x", "corpus": "pocket", "base_models": ["tiny"]}, "x")
    spec = setups(study)[-1]
    assert set(spec.probes.outcome()) == {"sets", "n_documents", "seed", "answers", "likelihood", "max_new_tokens"}
    for change in ({"readers": ["cues", "mock"]}, {"normalise": "tokens"}):
        other = spec.model_copy(update={"probes": parse(ProbeSpec, change, "x")})
        assert other.key() != spec.key() == SetupSpec.model_validate(spec.model_dump(mode="json")).key()


def test_a_study_of_benchmarks_reads_told_text_by_every_reader(saved_models, data, tmp_path):
    content = {
        "name": "b", "base_models": [saved_models["llama"]], "compressors": ["selective_context"], "rates": [2],
        "corpus": {"name": "benchmarks", "options": {"sets": ["squad", "faitheval-counterfactual"], "data": data,
                                                     "stated": True}},
        "decoder": {"model": saved_models["llama"], "train": "frozen"},
        "probes": {"max_new_tokens": 2, "readers": ["cues", "likelihood", "likelihood-listed", "mock"]},
    }  # fmt: skip
    rows = {}
    for spec in setups(parse(StudySpec, content, "study")):
        result = run_setup(spec, tmp_path / spec.key())
        assert result["row"]["status"] == "done", result["details"].get("traceback")
        rows[spec.compressor.name] = result["row"]["qa_i"]
    identity, floor = rows["identity"], rows["no_memory"]
    assert identity["squad"]["n"] == 5 and identity["squad"]["faithful"] == 1
    assert identity["squad@told-mock"]["faithful"] == 1 and floor["squad@told-mock"]["missing"] == 1
    # FaithEval's answers stand in no words that cues could look up: the first reader of options reads it
    assert identity["faitheval-counterfactual"]["n"] == floor["faitheval-counterfactual"]["n"] == 1
    assert "faitheval-counterfactual@told-likelihood" not in identity and floor["faitheval-counterfactual@told-likelihood"]
    assert identity["squad@told-likelihood"]["n"] == identity["squad@shuffled"]["n"] == 5
    for reading in ("likelihood", "told-likelihood-listed"):
        assert identity[f"faitheval-counterfactual@{reading}"]["n"] == floor[f"faitheval-counterfactual@{reading}"]["n"] == 1
        assert identity[f"squad@{reading}"]["n"] == 5
    facts = identity["squad-facts"]  # every value of the texts, by the audit's rules
    assert facts["n"] >= 5 and facts["faithful"] == 1 and "squad-facts" not in floor
    assert 0 < rows["selective_context"]["squad-facts"]["missing"] <= 1
    assert not [name for name in identity if name.startswith("squad-facts@")]


def test_gain_asks_what_the_question_adds(saved_models):
    from tellback.config import ModelSpec
    from tellback.models.belief import bare_question, closed_book
    from tellback.models.decoder import Decoder
    from tellback.models.load import load
    from tellback.records import Fact, Probe

    assert bare_question("Question: Who?\nAnswer:") == bare_question("Who?") == "Answer:" and bare_question("She saw") == ""
    decoder = Decoder(load(ModelSpec(name=saved_models["llama"]))).eval()
    fact = Fact("name", "k", "Ann", (0, 0), (0, 0))

    def asked(question, by):
        probe = Probe("p", "d", "s", "qa_i", fact, question, {"Ann": (), "Bob": ()})
        p = closed_book(decoder, [probe], 1, by)["p"].p
        return p["Ann"] / p["Bob"]

    question = "Question: Who?\nAnswer:"
    assert asked(question, "gain") == pytest.approx(asked(question, "sum") / asked("Answer:", "sum"), rel=1e-3)


@needs_data
@pytest.mark.slow
def test_the_real_sets():
    names = ["faitheval-counterfactual", "conflictqa-popqa", "conflictqa-strategyqa", "squad", "c4"]
    found = corpus(str(DATA), sets=[*names, "pwc"], n=20, relations=4)
    assert list(found.settings["skipped"]) == ["pwc"]
    assert list(found.sets) == [s for name in names for s in (name, f"{name}-relations")]
    for name in ("squad", "c4"):
        asked = [(for_cues(d, found), d) for d in found.sets[name]]
        n = sum(len(d.probes) for d, _ in asked)
        assert n >= 0.95 * sum(len(d.probes) for _, d in asked)
        verdicts = [v.outcome for d, _ in asked for v in cues.read(d, d.text, found, {})]
        assert verdicts.count("faithful") == n  # every source reads as itself


def test_texts_of_ones_own_that_cannot_be_had_say_what_is_wrong_with_them(tmp_path):
    one = tmp_path / "one.jsonl"
    one.write_text(json.dumps({"text": "Mira owns a boat."}) + "\n", encoding="utf-8")
    for name, says in ((f"{tmp_path}/none.jsonl", "there is no file"), (str(tmp_path), "is a folder"), ("pokcet", "Did you mean 'pocket'")):
        with pytest.raises(UsageError, match=says):
            load_corpus(CorpusSpec(name=name), ProbeSpec())
    with pytest.raises(UsageError, match="it has 1 without facts, and 1 of them is kept to measure the loss on. Add more"):
        load_corpus(CorpusSpec(name=str(one)), ProbeSpec()).training(5, 0, "corpus")
