"""Chunks as vectors or as tokens: the budget, the policies, and the order in which the decoder reads both."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.compressors.base import n_slots
from tellback.compressors.chunk_encoder import ChunkEncoder, ChunkEncoderOptions, expanded
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.load import from_pretrained
from tellback.training.objective import autoencode

IDS = list(range(3, 23))  # 20 tokens


def made(tiny, rate=4.0, **options):
    return ChunkEncoder(tiny(0), Decoder(tiny(1)), rate, ChunkEncoderOptions(**options))


@settings(max_examples=100, deadline=None)
@given(lengths=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=8), min_size=1, max_size=4), data=st.data())
def test_expansion_spends_the_budget_exactly(lengths, data):
    width = max(map(len, lengths))
    lengths_MK = torch.tensor([row + [0] * (width - len(row)) for row in lengths])
    extra = [data.draw(st.integers(0, sum(row) - len(row))) for row in lengths]
    score = torch.tensor([[data.draw(st.integers(0, 3)) for _ in range(width)] for _ in lengths]).float()
    score = score.masked_fill(lengths_MK == 0, -torch.inf)
    raw_MK = expanded(score, lengths_MK, torch.tensor(extra))
    assert ((raw_MK >= 0) & (raw_MK <= lengths_MK)).all()
    positions_MK = raw_MK + (raw_MK < lengths_MK)
    assert (positions_MK.sum(1) - torch.tensor([len(row) for row in lengths])).tolist() == extra
    part = (raw_MK > 0) & (raw_MK < lengths_MK)
    assert part.sum(1).max() <= 1  # at most one chunk is expanded in part
    for m, row in enumerate(lengths):  # no chunk is whole while a better one is not
        order = sorted(range(len(row)), key=lambda k: (-score[m, k], k))
        whole = [raw_MK[m, k] == lengths_MK[m, k] for k in order if row[k] > 1]
        assert whole == sorted(whole, reverse=True)


@pytest.mark.parametrize("policy", ["information", "first", "random", "query"])
@pytest.mark.parametrize("rate", [1.0, 2.0, 2.5, 4.0, 10.0])
def test_slots_are_exact_and_part_of_them_is_raw(tiny, policy, rate):
    compressor = made(tiny, rate, policy=policy)
    lengths = [1, 2, 3, 4, 5, 9, 10, 11, 96]
    rows = [[3 + (7 * i) % 40 for i in range(n)] for n in lengths]
    with torch.inference_mode():
        memory = compressor.encode(rows, lengths, rate)
    assert memory.n_slots == [n_slots(n, rate) for n in lengths]
    raw = len(memory.ids[-1])
    assert abs(raw / memory.n_slots[-1] - (0.5 if rate > 1 else 1)) < 0.15
    assert [len(v) + len(i) for v, i in zip(memory.vectors, memory.ids, strict=True)] == memory.n_slots


@pytest.mark.parametrize("options", [{}, {"policy": "none"}, {"policy": "first", "chunk": 31, "pool": "mean"}])
def test_a_long_document(tiny, options):
    with torch.inference_mode():
        memory = made(tiny, 10.0, **options).encode([[5] * 4097], [4097], 10.0)
    assert memory.n_slots == [410]


def test_what_falls_short_says_so(tiny):
    """Larger chunks and no expansion: fewer slots than the budget, and the memory's own rate tells."""
    memory = made(tiny, 4.0, policy="none", chunk=10).encode([IDS, IDS[:11]], [20, 11], 4.0)
    assert memory.n_slots == [2, 2] and memory.rate == 31 / 4


def test_the_decoder_reads_vectors_and_tokens_in_source_order(tiny):
    # rate 2.5 of 20 tokens: 8 slots; 4 chunks of 5; 4 more: the first chunk is whole
    compressor = made(tiny, 2.5, policy="first", chunk=5)
    memory = compressor.encode([IDS], [20], 2.5)
    assert memory.is_vector[0].tolist() == [False] * 5 + [True] * 3 and memory.ids[0].tolist() == IDS[:5]
    by_hand = torch.cat([compressor.decoder.embed(IDS[:5]), memory.vectors[0]])
    torch.testing.assert_close(memory.embeds(compressor.decoder)[0], by_hand)
    assert [len(s[0]) for s in memory.spaces] == [3, 3]  # geometry sees the vectors alone


@pytest.mark.parametrize("pool", ["last", "mean"])
def test_a_chunk_that_is_expanded_in_part(tiny, pool):
    # 4 chunks of 5 and 2 slots more: two tokens of the first, then a vector for its other three
    compressor = made(tiny, 3.4, policy="first", chunk=5, pool=pool)
    memory = compressor.encode([IDS], [20], 3.4)
    assert memory.n_slots == [6] and memory.is_vector[0].tolist() == [False, False, True, True, True, True]
    states = compressor.lm.model.base_model(torch.tensor(IDS).view(4, 5)).last_hidden_state
    wanted = states[:, -1] if pool == "last" else torch.cat([states[:1, 2:].mean(1), states[1:].mean(1)])
    torch.testing.assert_close(memory.own[0], wanted, atol=1e-6, rtol=1e-5)


def test_chunks_see_no_other(tiny):
    compressor = made(tiny, 5.0, policy="none")
    a, b = compressor.encode([IDS, [*IDS[:15], 30, 31, 32, 33, 34]], [20, 20], 5.0).own
    torch.testing.assert_close(a[:3], b[:3])
    assert not torch.allclose(a[3], b[3])


class TestPolicies:
    def expanded_chunk(self, compressor, ids, queries=None):
        """Which of four chunks of five stands as it is."""
        memory = compressor.encode([ids], [20], 2.5, queries)
        return [ids[at : at + 5] for at in range(0, 20, 5)].index(memory.ids[0].tolist())

    def test_information_is_the_base_models_surprise(self, tiny):
        compressor = made(tiny, 2.5, policy="information", chunk=5)
        model, ids = compressor.lm.model, IDS
        with torch.inference_mode():
            start = compressor.lm.tokenizer.bos_token_id
            log_p = model(torch.tensor([[start, *ids]])).logits[0, :-1].log_softmax(-1)
        bits = -log_p[range(20), ids].view(4, 5).mean(1)
        assert self.expanded_chunk(compressor, ids) == int(bits.argmax())

    def test_training_does_not_change_what_is_informative(self, tiny):
        compressor = made(tiny, 2.5, policy="information", chunk=5)
        chosen = self.expanded_chunk(compressor, IDS)
        with torch.no_grad():
            for p in compressor.parameters():
                p.add_(torch.randn_like(p))
        assert self.expanded_chunk(compressor, IDS) == chosen

    def test_the_copy_of_the_base_model_is_no_weight_of_ours(self, tiny):
        compressor, without = made(tiny, policy="information"), made(tiny, policy="first")
        assert compressor.state_dict().keys() == without.state_dict().keys()

    def test_a_query_expands_the_chunk_that_is_nearest(self, tiny):
        compressor = made(tiny, 2.5, policy="query", chunk=5)
        for k in range(4):
            assert self.expanded_chunk(compressor, IDS, [IDS[5 * k : 5 * k + 5]]) == k

    def test_without_a_query_information_decides(self, tiny):
        query, information = (made(tiny, 2.5, policy=p, chunk=5) for p in ("query", "information"))
        assert self.expanded_chunk(query, IDS) == self.expanded_chunk(information, IDS)

    def test_random_depends_on_document_and_seed(self, tiny):
        def chosen(seed, shift):
            options = ChunkEncoderOptions(policy="random", chunk=5)
            compressor = ChunkEncoder(tiny(0), Decoder(tiny(1)), 2.5, options, seed)
            return self.expanded_chunk(compressor, [i + shift for i in IDS])

        assert chosen(3, 0) == chosen(3, 0)
        assert len({chosen(3, shift) for shift in range(12)}) > 1
        assert len({chosen(seed, 0) for seed in range(12)}) > 1

    def test_one_query_a_document(self, tiny):
        with pytest.raises(UsageError, match="expected one query a document, got 2 for 1"):
            made(tiny, policy="query").compress(["Mira owns a white boat."], queries=["Who ?", "What ?"])


def test_gradients_reach_the_decoders_table_through_raw_tokens(tiny):
    compressor = made(tiny, 2.5, policy="first", chunk=5)
    table = compressor.decoder.embedding.weight
    memory = compressor.encode([IDS], [20], 2.5)
    memory.embeds(compressor.decoder)[0].square().sum().backward()
    assert table.grad[IDS[0]].abs().sum() > 0 and table.grad[IDS[7]].abs().sum() == 0
    assert compressor.adapter[0].weight.grad.abs().sum() > 0


def test_bfloat16_passes_train(tiny):
    compressor = made(tiny, 2.5)
    with torch.autocast("cpu", torch.bfloat16):
        loss = autoencode(compressor.encode([IDS, IDS[:9]], [20, 9], 2.5), compressor.decoder, [IDS, IDS[:9]])
    loss.backward()
    assert torch.isfinite(compressor.adapter[0].weight.grad).all()


def test_expansion_needs_the_decoders_tokenizer(tiny, saved_models):
    decoder = Decoder(from_pretrained(saved_models["llama"]))
    with pytest.raises(UsageError, match="Set options.policy to none"):
        ChunkEncoder(tiny(0), decoder, 4.0, ChunkEncoderOptions())
    memory = ChunkEncoder(tiny(0), decoder, 8.0, ChunkEncoderOptions(policy="none")).compress(["Mira owns a boat."])
    assert memory.n_tokens == [17] and memory.n_slots == [3]


def test_chunks_smaller_than_the_rate_are_refused(tiny):
    with pytest.raises(UsageError, match="Raise options.chunk to at least 4"):
        made(tiny, 4.0, chunk=3).encode([IDS], [20], 4.0)
    with pytest.raises(UsageError, match="is longer than the 512 positions"):
        made(tiny, 300.0).encode([[5] * 400], [400], 300.0)
