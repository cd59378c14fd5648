import pytest
import torch

from tellback.compressors import build
from tellback.compressors.text_memory import Source
from tellback.config import CompressorSpec, TrainSpec
from tellback.models.decoder import Decoder
from tellback.models.load import from_pretrained
from tellback.training import objective
from tellback.training.data import Batch, Batches, split
from tellback.training.pair import AUTOENCODE, Pair, Step, draw
from tellback.training.trainable import choose_trainable

METHODS = [("pooling", {"pool": "mean"}), ("memory_tokens", {"k": 8})]


@pytest.fixture(scope="module")
def ids(world, tiny):
    lm = tiny()
    return [lm.ids(text) for text in world.texts(20, 0)]


def pair_of(tiny, method=METHODS[0], mode="full", spec=None):
    decoder = Decoder(tiny(0))
    compressor = build(CompressorSpec(name=method[0], options=method[1]), tiny(1), decoder, 2.0, 0)
    choose_trainable(compressor, decoder, spec or TrainSpec(), mode)
    return Pair(compressor, decoder)


def whole(rows):
    return Batch(rows, rows)


def memory_of(rows):
    return Source([""] * len(rows), rows, [len(r) for r in rows])


@pytest.mark.parametrize("method", METHODS, ids=["pooling", "memory_tokens"])
@pytest.mark.parametrize("distil_on", ["continuation", "telling_back"])
@pytest.mark.parametrize("name", ["autoencode", "continuation", "distillation", "hidden_distillation"])
def test_each_objectives_gradient_reaches_the_compressor(tiny, ids, method, distil_on, name):
    spec = TrainSpec(objectives={name: 1.0}, distil_on=distil_on)
    pair = pair_of(tiny, method, "frozen", spec)
    pair.keep_teacher(False)
    pair(whole(ids[:3]), Step(2.0, spec.objectives, 0.6), spec).backward()
    for part, p in pair.compressor.named_parameters():
        if "lm_head" not in part and part != "pad":  # the head reads nothing, mean pooling pads nothing
            assert p.grad is not None and p.grad.abs().sum() > 0, part
    assert all(p.grad is None for p in pair.decoder.parameters())


@pytest.mark.parametrize("method", [*METHODS, ("pooling", {}), ("kv_slots", {})], ids=["mean", "memory_tokens", "concat", "kv_slots"])
@pytest.mark.parametrize("objectives", [AUTOENCODE, {"continuation": 1.0}], ids=lambda weights: next(iter(weights)))
def test_a_ragged_batch_is_its_documents_one_at_a_time(tiny, ids, method, objectives):
    """Loss to 1e-5, and gradients: however a batch is padded and put together, it is the same step."""
    rows, spec = [row[: 7 + 3 * i] for i, row in enumerate(ids[:4])], TrainSpec(objectives=objectives)
    pair, step = pair_of(tiny, method, "full", spec), Step(2.0, objectives, 0.6)
    loss = pair(whole(rows), step, spec)
    loss.backward()
    together = {name: p.grad.clone() for name, p in pair.named_parameters() if p.grad is not None}
    pair.zero_grad()
    counts = pair.counts(whole(rows), step, spec)
    alone = sum(pair(whole([row]), step, spec, counts) for row in rows)
    alone.backward()
    assert loss.item() == pytest.approx(alone.item(), abs=1e-5)
    assert together and all(torch.allclose(grad, dict(pair.named_parameters())[name].grad, atol=1e-6) for name, grad in together.items())


def test_distillation_of_the_source_itself_is_nothing(tiny, ids):
    decoder, rows, rest = Decoder(tiny(0)), [r[:6] for r in ids[:4]], [r[6:] for r in ids[:4]]
    with torch.no_grad():
        for p in decoder.model.parameters():
            p.mul_(6.0 if p.dim() > 1 else 1.0)  # as it is drawn, a tiny model hardly looks back
        vectors = [decoder.embed(r) for r in rest]
        teacher = objective.follow(memory_of(rows), decoder, vectors, hidden=True)
        other = objective.follow(memory_of([r[::-1] for r in rows]), decoder, vectors, hidden=True)
        scored = objective.next_targets(rest, decoder.lm.eos) != -100
        for loss in (objective.sequence_distillation, objective.hidden_distillation):
            assert loss(teacher, teacher, scored).item() == pytest.approx(0, abs=1e-6)
            assert loss(other, teacher, scored).item() > 1e-4


def test_sequence_distillation_is_the_kl_divergence(tiny):
    torch.manual_seed(0)
    student, teacher = (objective.Followed(torch.randn(2, 3, 5), []) for _ in range(2))
    scored = torch.tensor([[False, True, True], [True, True, True]])
    p, q = (f.logits_BTV.div(2.0).softmax(-1)[scored] for f in (student, teacher))
    expected = 4.0 * (q * (q / p).log()).sum(-1).mean()
    assert objective.sequence_distillation(student, teacher, scored, 2.0).item() == pytest.approx(expected.item(), abs=1e-6)


def test_hidden_distillation_does_not_depend_on_a_layers_scale():
    torch.manual_seed(0)
    ours, theirs = torch.randn(2, 3, 5), torch.randn(2, 3, 5)
    scored = torch.tensor([[False, True, True], [True, True, True]])
    one, many = (objective.hidden_distillation(objective.Followed(ours, [ours * s]), objective.Followed(theirs, [theirs * s]), scored)
                 for s in (1.0, 50.0))  # fmt: skip
    assert one.item() == pytest.approx(many.item(), rel=1e-4) and one > 0.1
    unscored = theirs.clone()
    unscored[0, 0] += 100  # a position that is not scored changes nothing
    found = objective.hidden_distillation(objective.Followed(ours, [ours]), objective.Followed(ours, [unscored]), scored)
    assert found.item() == pytest.approx(one.item(), rel=1e-4)


def test_continuation_is_the_lms_own_loss_after_the_source(tiny, ids):
    """With the text itself as memory, the loss on the second part is what the plain LM has there."""
    decoder, row = Decoder(tiny(0)), ids[0]
    first, rest, eos = row[:7], row[7:], decoder.lm.eos
    with torch.no_grad():
        got = objective.cross_entropy(
            objective.follow(memory_of([first]), decoder, [decoder.embed(rest)]).logits_BTV,
            objective.next_targets([rest], eos, 3),
        )
        logits = decoder.model(torch.tensor([row])).logits[0]
        wanted = torch.tensor([*row[1:], eos])
        expected = torch.nn.functional.cross_entropy(logits[9:], wanted[9:])
    assert got.item() == pytest.approx(expected.item(), abs=1e-5)


def test_next_targets_leave_the_given_tokens_unscored():
    assert objective.next_targets([[5, 6, 7], [8]], 2).tolist() == [[6, 7, 2], [-100, -100, 2]]
    assert objective.next_targets([[5, 6, 7], [8]], 2, 3).tolist() == [[-100, -100, 2], [-100, -100, -100]]
    assert objective.cross_entropy(torch.randn(1, 2, 9), torch.full((1, 2), -100)).item() == 0.0


def test_a_step_depends_on_the_seed_and_its_number_alone():
    spec = TrainSpec(objectives={"autoencode": 1.0, "continuation": 3.0}, mix="sample", rates=(2, 4, 8))
    a, b = ([draw(spec, spec.objectives, 2.0, 7, i) for i in range(400)] for _ in range(2))
    assert a == b and a != [draw(spec, spec.objectives, 2.0, 8, i) for i in range(400)]
    assert {s.rate for s in a} == {2.0, 4.0, 8.0} and all(0.25 <= s.share <= 0.75 for s in a)
    names = [next(iter(s.weights)) for s in a]
    assert all(len(s.weights) == 1 for s in a) and 0.68 < names.count("continuation") / 400 < 0.82
    assert draw(TrainSpec(), AUTOENCODE, 3.0, 0, 5) == Step(3.0, AUTOENCODE)


def test_documents_are_cut_where_the_share_says(tiny, ids):
    lm = tiny()
    batch = whole([ids[0], ids[1][:5], ids[2][:1]])
    first, rest = split(batch, 0.4, lm, lm)
    assert len(rest) == 2  # one token has no next text
    assert [a + b for a, b in zip(first.target, rest, strict=True)] == batch.target[:2]
    assert [len(r) for r in first.target] == [round(0.4 * len(ids[0])), 2] and first.source == first.target


def test_with_two_tokenizers_the_compressor_reads_the_first_parts_text(tiny, saved_models):
    own, other = tiny(), from_pretrained(saved_models["llama"])
    text = "Zoë owns 漢字 boats"
    batch = Batch([own.ids(text)], [other.ids(text)])
    for share in (0.1, 0.2, 0.5, 0.6):
        first, rest = split(batch, share, other, other) if share == 0.1 else split(batch, share, own, other)
        assert first.target[0] + rest[0] == batch.target[0]
        assert not other.text(first.target[0]).endswith("\ufffd")
        if share > 0.1:
            assert first.source[0] == own.ids(other.text(first.target[0]))


def test_a_sum_is_the_sum_of_its_weighted_terms(tiny, ids):
    names = ("autoencode", "continuation", "distillation", "hidden_distillation")
    weights = dict(zip(names, (1.0, 0.5, 2.0, 0.25), strict=True))
    spec, pair = TrainSpec(objectives=weights), pair_of(tiny)
    pair.keep_teacher(True)
    with torch.no_grad():
        each = {n: pair(whole(ids[:4]), Step(2.0, {n: 1.0}, 0.5), spec).item() for n in names}
        together = pair(whole(ids[:4]), Step(2.0, weights, 0.5), spec).item()
    assert together == pytest.approx(sum(weights[n] * each[n] for n in names), rel=1e-5)


def test_the_teacher_stays_as_it_was_loaded(tiny, ids):
    spec, pair = TrainSpec(objectives={"distillation": 1.0}), pair_of(tiny)
    pair.keep_teacher(decoder_trains=True)
    assert not any("teacher" in name for name, _ in pair.named_parameters())
    rows, decoder = ids[:3], Decoder(tiny(0))
    with torch.no_grad():
        for p in pair.decoder.parameters():
            p.add_(0.1)
        vectors = [decoder.embed(r[6:]) for r in rows]
        wanted = objective.next_targets([r[6:] for r in rows], decoder.lm.eos)
        student = objective.follow(memory_of([r[:6] for r in rows]), decoder, vectors)
        again = pair._distil(student, [r[:6] for r in rows], [r[6:] for r in rows], wanted, {"distillation"}, spec)
    assert again["distillation"].item() == pytest.approx(0, abs=1e-6)


def test_parts_of_hidden_distillation_add_up_nearly(tiny, ids):
    """Each part is scaled by its own teacher's deviation, so that the whole need not be read first."""
    spec, batch, step = TrainSpec(objectives={"hidden_distillation": 1.0}), whole(ids[:4]), Step(2.0, {"hidden_distillation": 1.0}, 0.4)
    pair = pair_of(tiny)
    pair.keep_teacher(False)
    with torch.no_grad():
        counts, loss = pair.counts(batch, step, spec), pair(batch, step, spec).item()
        assert sum(pair(part, step, spec, counts).item() for part in batch.parts(1)) == pytest.approx(loss, rel=0.1)


def test_a_frozen_decoder_learns_the_mark_after_which_it_tells_back(saved_models, tmp_path):
    """An LM without a mark of its own gets a vector: it trains with the adapter, and is saved with it."""
    from tellback.training.checkpoint import read_weights, write_weights
    from tellback.training.trainable import optimizer_groups, stages_of, trained_weights

    def made(spec):
        base, decoder = from_pretrained(saved_models["llama"]), Decoder(from_pretrained(saved_models["llama"]))
        compressor = build(CompressorSpec(name="memory_tokens"), base, decoder, 2.0)
        choose_trainable(compressor, decoder, spec, "frozen")
        return Pair(compressor, decoder)

    spec = TrainSpec(objectives={"distillation": 1.0}, distil_on="telling_back")
    pair = made(spec)
    lm = pair.decoder.lm
    trained = trained_weights(pair)
    assert {n for n in trained if n.startswith("decoder.")} == {"decoder.ae_vector"}
    groups = optimizer_groups(pair, trained, stages_of(spec, 1e-3, "frozen")[0])
    assert any(p is pair.decoder.ae_vector for group in groups for p in group["params"])
    pair.keep_teacher(decoder_trains=True)
    (teacher,) = pair._teacher  # its mark stays; the frozen weights are no second copy
    assert teacher.ae_vector is not pair.decoder.ae_vector and not teacher.ae_vector.requires_grad
    assert all(a is b for a, b in zip(teacher.model.parameters(), pair.decoder.model.parameters(), strict=True))
    batch = whole([lm.ids("Mira owns a boat."), lm.ids("Tom left.")])
    pair(batch, Step(2.0, AUTOENCODE), spec).backward()
    assert pair.decoder.ae_vector.grad.abs().sum() > 0
    with torch.no_grad():
        pair.decoder.ae_vector.add_(1.0)
    write_weights(pair, tmp_path / "w")
    again = made(spec)
    read_weights(again, tmp_path / "w")
    assert torch.equal(again.decoder.ae_vector, pair.decoder.ae_vector)


@pytest.mark.parametrize("weights", [AUTOENCODE, {"autoencode": 1.0, "continuation": 0.5, "distillation": 0.5}],
                         ids=["autoencode", "sum"])  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 3])
def test_accumulated_gradients_are_the_batchs(tiny, ids, weights, size):
    spec, batch = TrainSpec(objectives=weights), whole([ids[0], ids[1][:5], ids[2][:9], ids[3][:2], ids[4][:1]])
    step = Step(2.0, weights, 0.4)

    def gradients(parts):
        pair = pair_of(tiny)
        pair.keep_teacher(True)
        counts = pair.counts(batch, step, spec) if len(parts) > 1 else None
        loss = sum(pair(part, step, spec, counts) for part in parts)
        loss.backward()
        return loss.item(), {n: p.grad for n, p in pair.named_parameters() if p.grad is not None}

    loss, expected = gradients([batch])
    got, found = gradients(batch.parts(size))
    assert got == pytest.approx(loss, abs=1e-5) and set(found) == set(expected)
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], atol=2e-6, rtol=1e-3, msg=name)


def test_ragged_documents_make_mixed_batches_only_where_lengths_are_rare(ids):
    rare = [[1] * n for n in range(1, 41)]
    batches = Batches(rare, rare, 8, 0)
    seen = [len(row) for i in range(5) for row in batches[i].target]
    assert sorted(seen) == list(range(1, 41))
    assert all(max(map(len, batches[i].target)) - min(map(len, batches[i].target)) < 8 for i in range(5))
    common = [[1] * 10] * 80 + [[1] * n for n in (3, 4, 5)]
    assert {len(row) for i in range(20) for row in Batches(common, common, 8, 0)[i].target} == {10}


def test_a_model_in_train_mode_would_lose_its_memory_and_raises(tiny, ids):
    """transformers drops the cache under gradient checkpointing in train mode, and says so only in a log."""
    pair = pair_of(tiny, mode="frozen")
    pair.decoder.model.gradient_checkpointing_enable()
    memory = pair.memory(whole(ids[:2]), 2.0)
    pair.decoder.model.train()
    with pytest.raises(AssertionError, match="cache"):
        objective.follow(memory, pair.decoder, [pair.decoder.embed(r) for r in ids[:2]])
    pair.train()  # the LMs stay in eval mode whatever is asked
    assert pair.training and not pair.decoder.model.training and not pair.compressor.lm.model.training
    objective.follow(memory, pair.decoder, [pair.decoder.embed(r) for r in ids[:2]])
