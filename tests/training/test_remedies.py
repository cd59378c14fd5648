import pytest
import torch

from tellback.analysis.geometry import effective_rank
from tellback.compressors import build
from tellback.config import CompressorSpec, RemedySpec, TrainSpec
from tellback.corpora.pocket import PocketSettings, World
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.training import remedies
from tellback.training.data import Batches, Twinning
from tellback.training.objective import targets
from tellback.training.pair import AUTOENCODE, Pair, Step, draw

SWITCHES = {
    "belief_weight": 300.0, "rank": 0.1, "norm": 0.5, "contrast": 0.5, "sharpen": 0.5,
}  # fmt: skip


@pytest.fixture(scope="module")
def texts():
    return World().texts(40, 0)


@pytest.fixture(scope="module")
def batch(tiny, texts):
    import random

    lm = tiny()
    ids = [lm.ids(text) for text in texts]
    twins = [lm.ids(World().twin(text, random.Random(i))) for i, text in enumerate(texts)]
    return Batches(ids, ids, 6, 0, (twins, twins), Twinning(0.5, 10))[7]


def pair_of(tiny, **remedy):
    decoder = Decoder(tiny(1))
    pair = Pair(build(CompressorSpec(name="pooling", options={"pool": "mean"}), tiny(0), decoder, 2.0, 0), decoder)
    spec = TrainSpec(remedy=RemedySpec(**remedy))
    if spec.remedy.needs_belief:
        pair.keep_teacher(True)
    return pair, spec


def loss_of(tiny, batch, **remedy):
    pair, spec = pair_of(tiny, **remedy)
    return pair, pair(batch, Step(2.0, AUTOENCODE), spec)


@pytest.mark.parametrize("switch", SWITCHES)
def test_each_switch_changes_the_loss_and_gradients_are_finite(tiny, batch, switch):
    _, plain = loss_of(tiny, batch)
    pair, with_it = loss_of(tiny, batch, **{switch: SWITCHES[switch]})
    assert abs(plain.item() - with_it.item()) > 1e-6
    with_it.backward()
    grads = [p.grad for p in pair.parameters() if p.grad is not None]
    assert grads and all(torch.isfinite(g).all() for g in grads)


def test_all_at_once_and_none_at_all(tiny, batch):
    pair, _ = pair_of(tiny)
    nothing = remedies.loss(pair.memory(batch, 2.0), pair.decoder, batch.target, RemedySpec(), None, lambda: None)
    assert torch.allclose(nothing, loss_of(tiny, batch)[1])
    assert torch.isfinite(loss_of(tiny, batch, **SWITCHES)[1])


def test_log_rank_is_the_effective_rank_of_the_study():
    x = torch.randn(60, 8, generator=torch.Generator().manual_seed(0)) * torch.linspace(0.1, 2, 8)
    assert remedies.log_rank(x).exp().item() == pytest.approx(effective_rank(x.numpy()), rel=1e-4)
    assert remedies.norm_spread(torch.eye(5)) == 0 and remedies.norm_spread(x) > 0.01


def test_belief_misleads_only_where_it_is_sure_of_another_token(tiny, batch):
    believer = Decoder(tiny(3))
    wanted = targets(batch.target, believer.lm.eos)
    misled = remedies.misled(believer, batch.target, wanted)
    assert misled.shape == wanted.shape and ((misled >= 0) & (misled <= 1)).all()
    row, ids = 0, batch.target[0]
    vectors = torch.cat([believer.start_PD(), believer.embed(ids)])[None]
    p, first = believer.model(inputs_embeds=vectors).logits[0].softmax(-1).max(-1)
    expected = torch.where(first == torch.tensor([*ids, believer.lm.eos]), torch.zeros(()), p)
    assert torch.allclose(misled[row, -len(expected):], expected, atol=1e-5)


def test_contrast_is_zero_where_the_twin_is_the_document_itself(tiny, batch):
    same = type(batch)(batch.source, batch.target, batch.source, batch.target)
    assert torch.allclose(loss_of(tiny, same, contrast=5.0)[1], loss_of(tiny, same)[1])
    margins = [loss_of(tiny, batch, contrast=1.0, margin=m)[1].item() for m in (1.0, 4.0)]
    assert margins[0] < margins[1]


def test_twins_rise_over_the_ramp_and_are_another_document_of_the_same_length(texts, tiny):
    lm = tiny()
    ids = [lm.ids(text) for text in texts]
    marks = [[-1] * len(row) for row in ids]
    batches = Batches(ids, ids, 6, 0, (marks, marks), Twinning(0.5, 100))
    taken = [[row[0] == -1 for row in batches[i].target] for i in (0, *range(200, 260))]
    assert not any(taken[0]) and 0.35 < sum(map(sum, taken[1:])) / sum(map(len, taken[1:])) < 0.65
    assert [r[0] == -1 for r in batches[220].twin_target] == [r[0] != -1 for r in batches[220].target]
    assert batches[220] == batches[220]


def test_a_twin_has_one_value_exchanged(texts):
    import random

    world = World()
    extract = world.corpus(("pocket-agree",), 1).extract
    for i, text in enumerate(texts):
        twin = world.twin(text, random.Random(i))
        before, after = extract(text), extract(twin)
        changed = [(a.kind, a.key) for a, b in zip(before, after, strict=True) if (a.key, a.value) != (b.key, b.value)]
        assert len(changed) == 1 and len(text.split()) == len(twin.split())
    assert world.twin("Nothing is said here.", random.Random(0)) is None


def test_values_are_uniform_in_the_named_kinds_alone():
    world = World(PocketSettings())
    with pytest.raises(UsageError, match="colour"):
        world.texts(1, 0, "uniform:color")
    usual, extract = {"colour": [], "city": [], "roles": []}, world.corpus(("pocket-agree",), 1).extract
    for text in world.texts(600, 0, "uniform:colour"):
        for fact in extract(text):
            if fact.kind in usual:
                usual[fact.kind].append(world.usual[fact.kind, tuple(fact.key.split(":")[1].split("|"))] == fact.value)
    shares = {kind: sum(found) / len(found) for kind, found in usual.items()}
    assert shares["colour"] < 0.25 and shares["city"] > 0.85 and shares["roles"] > 0.8


@pytest.mark.parametrize("remedy, objectives, can_twin, same, words", [
    ({"rank": 1.0}, ["continuation"], True, True, "objectives are continuation"), ({"contrast": 1.0}, ["autoencode"], False, True, "exchange a value"),
    ({"twins": 0.5}, ["autoencode"], True, False, "share their tokens"),
])  # fmt: skip
def test_what_cannot_be_had_is_said_before_training(remedy, objectives, can_twin, same, words):
    with pytest.raises(UsageError, match=words):
        remedies.check(RemedySpec(**remedy), objectives, can_twin, same)


def test_memories_without_vectors_have_no_rank(tiny, batch):
    pair, spec = pair_of(tiny, rank=1.0)
    with pytest.raises(UsageError, match="vectors"):
        remedies.loss(pair.memory(batch, 2.0, copying=True), pair.decoder, batch.target, spec.remedy, None, lambda: None)


def test_without_a_remedy_a_training_keeps_its_key():
    assert "remedy" not in TrainSpec().outcome() and TrainSpec(remedy=RemedySpec(uniform=0.25)).outcome()["remedy"]["uniform"] == 0.25


@pytest.mark.slow
def test_a_setup_trains_with_all_of_them(tmp_path):
    from tellback.config import StudySpec, parse
    from tellback.study.grid import setups
    from tellback.study.setup import run_setup

    study = parse(StudySpec, {
        "name": "x", "corpus": "pocket", "base_models": ["tiny"], "controls": [], "rates": [4],
        "train": {"steps": 6, "n_documents": 100, "n_held_out": 8, "batch_size": 4, "trace_points": 5,
                  "remedy": {"uniform": 0.25, "uniform_kinds": ["colour"], "twins": 0.5, "ramp": 0.5, **SWITCHES}},
        "probes": {"n_documents": 4, "sets": ["pocket-conflict"]},
    }, "x")  # fmt: skip
    result = run_setup(setups(study)[0], tmp_path)
    assert result["row"]["status"] != "failed", result["details"]


def test_a_curriculum_goes_through_its_rates_and_ends_at_the_setup_s_own():
    spec = TrainSpec(steps=100, remedy=RemedySpec(curriculum=(2.0, 4.0), curriculum_share=0.5))
    rates = [draw(spec, AUTOENCODE, 8.0, 0, i).rate for i in range(100)]
    assert rates == [2.0] * 25 + [4.0] * 25 + [8.0] * 50
    many = spec.model_copy(update={"rates": (6.0, 7.0)})
    assert {draw(many, AUTOENCODE, 8.0, 0, i).rate for i in range(50, 100)} == {6.0, 7.0}
    assert draw(many, AUTOENCODE, 8.0, 0, 30).rate == 4.0
    with pytest.raises(ValueError, match="at least 1"):
        RemedySpec(curriculum=(0.5,))


def test_what_was_trained_before_there_was_a_curriculum_keeps_its_key():
    assert "remedy" not in TrainSpec().outcome()
    assert "curriculum" not in TrainSpec(remedy=RemedySpec(rank=1.0)).outcome()["remedy"]
    with_it = [TrainSpec(remedy=RemedySpec(curriculum=(2.0,), curriculum_share=share)).outcome() for share in (0.25, 0.5)]
    assert with_it[0] != with_it[1] and with_it[0] != TrainSpec().outcome()


def test_every_rate_that_is_trained_counts_for_what_fits():
    assert TrainSpec(rates=(8.0, 4.0), remedy=RemedySpec(curriculum=(2.0,))).further_rates == (8.0, 4.0, 2.0)
    assert TrainSpec().further_rates == ()
    assert TrainSpec(remedy=RemedySpec(curriculum=(2.0,))).lowest_rate(8.0) == 2.0
    assert TrainSpec().lowest_rate(8.0) == 8.0 and TrainSpec().lowest_rate(None) is None
