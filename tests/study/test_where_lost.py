import numpy as np
import pytest

from tellback.analysis import linear_probe
from tellback.corpora.grammar import KINDS, NAMES, Statement, extract, sentence, vocabulary
from tellback.corpora.pocket import PocketSettings, World
from tellback.study import where_lost
from tellback.study.where_lost import WhereLost, label


def test_a_linear_probe_finds_what_is_linear_and_nothing_in_noise():
    rng = np.random.default_rng(0)
    wanted = rng.integers(0, 5, 600)
    y = np.eye(5)[wanted]
    x = y @ rng.standard_normal((5, 12)) + 0.1 * rng.standard_normal((600, 12))
    probe, noise = linear_probe.fit(x[:500], y[:500]), linear_probe.fit(rng.standard_normal((500, 12)), y[:500])
    right = [linear_probe.among_the_first(s, w, 1) for s, w in zip(probe.scores(x[500:]), wanted[500:], strict=True)]
    by_chance = [linear_probe.among_the_first(s, w, 1) for s, w in zip(noise.scores(x[500:]), wanted[500:], strict=True)]
    assert np.mean(right) > 0.97 and 0.05 < np.mean(by_chance) < 0.4
    assert not linear_probe.among_the_first(np.array([3.0, 2.0, 1.0]), 2, 2)


def test_a_label_is_the_same_for_all_names_and_another_for_the_other_role():
    world = World()
    labels = {}
    for (kind, about), _ in world.usual.items():
        for option in world.options(kind, about):
            labels.setdefault(kind, set()).add(label(extract(sentence(Statement(kind, about, option)))[0]))
    assert {kind: len(found) for kind, found in labels.items()} == {
        "colour": 8, "city": 8, "job": 8, "number": 8, "roles": 16, "negation": 8, "order": 8
    }  # fmt: skip
    assert not any(name in value.split() for found in labels.values() for _, value in found for name in NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("keeps", ["words in order", "nothing"])
def test_what_the_memory_holds_is_found_and_what_it_does_not_hold_is_not(monkeypatch, keeps):
    """A memory that is the document's words, with who of a pair stands first; and one that says nothing."""
    index = {w: i for i, w in enumerate(vocabulary())}

    def features(reader, documents, n_places):
        rows = np.zeros((len(documents), 3 * len(index)))
        for row, document in zip(rows, documents, strict=True):
            for fact in document.facts if keeps != "nothing" else ():
                words = label(fact)[1].split()
                for i, word in enumerate(words):
                    row[index.get(word, int(word[1:]) if word[0] == "#" else 0) + len(index) * min(i, 2)] = 1
        return rows, 1

    monkeypatch.setattr(where_lost, "features_of", features)
    corpus = World(PocketSettings(relation_conflicts=0.5)).corpus(("pocket-conflict",), 120)
    probes = [p for d in corpus.sets["pocket-conflict"] for p in d.probes]
    outcomes = {p.id: "faithful" if i % 2 else "overwritten" for i, p in enumerate(probes)}
    found = WhereLost(None, corpus, 1500, 0).of("pocket-conflict", outcomes)
    both = [found["told"], found["not_told"]]
    assert sum(cell["n"] for cell in both) == len(probes) == 120
    for cell in both:
        if keeps == "nothing":
            assert cell["there"] < 3 * cell["chance"] + 0.1
        else:
            assert cell["there"] > 0.8 and cell["shuffled"] < 0.35
    assert set(found["kinds"]) <= set(KINDS) and found["n_train"] == 1500


@pytest.mark.slow
def test_a_setup_says_where_its_facts_are_lost(tmp_path):
    from tellback.config import StudySpec, parse
    from tellback.study.grid import setups
    from tellback.study.setup import run_setup

    study = parse(StudySpec, {
        "name": "x", "corpus": "pocket", "base_models": ["tiny"], "controls": [], "rates": [4],
        "train": {"steps": 5, "n_documents": 100, "n_held_out": 8, "batch_size": 4, "trace_points": 5, "copy_steps": 0},
        "probes": {"n_documents": 12, "linear": 200, "sets": ["pocket-conflict"]},
    }, "x")  # fmt: skip
    result = run_setup(setups(study)[0], tmp_path)
    assert result["row"]["status"] != "failed", result["details"]
    found = result["details"]["where_lost"]["pocket-conflict"]
    assert found["told"]["n"] + found["not_told"]["n"] == 12 and found["not_told"]["chance"] > 0


@pytest.mark.parametrize("keeps", ["the value", "nothing"])
def test_a_value_of_no_closed_list_is_found_where_the_memory_holds_it(monkeypatch, tiny, keeps):
    """A memory that is a turned and noisy embedding of the document's value, which no training text had; and one of noise."""
    from tellback.models.decoder import Decoder
    from tellback.reading import Reader
    from tellback.records import Corpus, Document, Fact, Probe
    from tellback.study import open_values

    decoder, rng = Decoder(tiny(1)), np.random.default_rng(0)
    words = [w for w in vocabulary() if len(decoder.lm.ids(f" {w}")) == 1]
    turn = rng.standard_normal((decoder.lm.width, 20))

    def documents(name, values, options):
        out = []
        for i, value in enumerate(values):
            fact = Fact("name", f"{name}{i}", value, (0, len(value)), (0, len(value)))
            others = [w for w in options if w != value][i % 7 : i % 7 + 3]
            out.append(Document(f"{name}{i}", value, (fact,), (Probe(f"{name}{i}/0", f"{name}{i}", name, "qa_i", fact, "It is", {o: () for o in (value, *others)}),)))
        return tuple(out)

    def features(reader, found, n_places):
        exact = finder._embedded([d.text for d in found]) @ turn if keeps == "the value" else 0.0
        return exact + 0.01 * rng.standard_normal((len(found), 20)), 1

    seen, new = words[: len(words) // 2] * 6, words[len(words) // 2 :]
    finder = open_values.OpenValues.__new__(open_values.OpenValues)
    finder.reader = Reader(None, decoder)
    monkeypatch.setattr(open_values, "features_of", features)
    monkeypatch.setattr(open_values, "with_values", lambda found, *more: list(documents("fit", [d.text for d in found], words)))
    sets = {"asked": documents("asked", new, words)}
    corpus = Corpus("x", sets, lambda text, probes: [], training=lambda n, seed, values: seen[:n])
    finder.__init__(finder.reader, corpus, 10_000, 0)
    outcomes = {p.id: "faithful" if i % 2 else "missing" for i, d in enumerate(sets["asked"]) for p in d.probes}
    found = finder.of("asked", outcomes)
    told, lost = found["told"], found["not_told"]
    assert told["n"] + lost["n"] == len(new) and told["chance"] == pytest.approx(0.25)
    if keeps == "the value":
        assert min(told["there"], lost["there"]) > 0.6 > told["shuffled"] and found["kinds"]["name"]["n"] == len(new)
    else:
        assert max(told["there"], lost["there"]) < 0.6
    finder.__init__(finder.reader, Corpus("y", sets, corpus.extract), 10, 0)
    assert finder.of("asked", outcomes) is None  # nothing to fit on
