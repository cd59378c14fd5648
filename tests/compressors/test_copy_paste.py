"""Only copies come through: by constrained decoding, or because everything else is refused."""

import random

import pytest
import torch
from chat_server import Server, completion
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.compressors import build
from tellback.compressors.base import n_slots
from tellback.compressors.copying import SpanCopier, find
from tellback.compressors.units import unit_of_tokens, words
from tellback.config import CompressorSpec
from tellback.errors import UsageError
from tellback.models.decode import greedy
from tellback.models.decoder import Decoder, empty_prefix
from tellback.models.load import from_pretrained

TEXT = "Mira owns a white boat. Tom did not call Ana. The boat of Leo is red. Nora lives in Oslo. Finn keeps six hens."
END, LINE = 100, 101


def made(tiny, rate=4.0, url=None, **options):
    if url is not None:
        options["endpoint"] = {"base_url": url, "model": "m", "backoff": 0.0, "cache": False}
    return build(CompressorSpec(name="copy_paste", options=options), tiny(0), Decoder(tiny(1)), rate)


class TestSpanCopier:
    # tokens 1 2 | 3 | 1 4 | 5: four words, of which two begin alike
    IDS, WORDS = [1, 2, 3, 1, 4, 5], [0, 0, 1, 2, 2, 3]

    def copier(self, n_most=9, separator=LINE):
        return SpanCopier(self.IDS, self.WORDS, n_most, separator, END)

    def walk(self, copier, *tokens):
        so_far = []
        for token in tokens:
            assert token in copier.allow(0, so_far), (token, so_far, copier.allow(0, so_far))
            so_far.append(token)
        return set(copier.allow(0, so_far))

    def test_it_begins_at_a_word_and_goes_on_as_any_place_does(self):
        assert self.walk(self.copier()) == {1, 3, 5}  # no end before anything was copied
        assert self.walk(self.copier(), 1) == {2, 4}  # either place; no end within a word
        assert self.walk(self.copier(), 1, 4) == {5, LINE, END}
        assert self.walk(self.copier(), 1, 2) == {3, LINE, END}

    def test_no_token_is_taken_twice(self):
        assert self.walk(self.copier(), 1, 2, LINE) == {3, 1, 5, END}
        assert self.walk(self.copier(), 1, 2, LINE, 1) == {4}
        assert self.walk(self.copier(), 5, LINE, 3, 1, 4) == {LINE, END}  # the next is taken
        assert self.walk(self.copier(), 1, 2, 3, 1, 4, 5, LINE) == {END}

    def test_the_most_and_a_tokenizer_without_lines(self):
        assert self.walk(self.copier(n_most=2), 1, 2) == {END}
        assert self.walk(self.copier(separator=None), 1, 2) == {3, END}

    def test_what_was_chosen_in_the_order_of_choosing(self):
        assert self.copier().chosen([5, LINE, 1, 2, 3]) == [3, 0, 1]
        assert self.copier().chosen([3, 1]) == [1]  # a word that was cut off does not count
        assert self.copier().chosen([1]) == [] == self.copier().chosen([])

    def test_a_place_that_runs_into_what_is_taken_is_left(self):
        assert SpanCopier([9, 5, 8, 9, 5, 7], range(6), 9, LINE, END).chosen([5, LINE, 9, 5]) == [1, 3, 4]

    def test_a_separator_that_stands_in_the_source_is_copied(self):
        copier = SpanCopier([1, LINE, 2, 3], [0, None, 1, 2], 9, LINE, END)
        assert set(copier.allow(0, [1])) == {LINE, END}
        assert set(copier.allow(0, [1, LINE])) == {2, LINE, END} and copier.chosen([1, LINE, 2]) == [0, 1]

    @settings(max_examples=60)
    @given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.randoms(), st.integers(1, 12))
    def test_any_walk_copies_whole_words_and_ends(self, sizes, rng, n_most):
        owners = [w for w, size in enumerate(sizes) for _ in range(size)] or [0]
        ids = [rng.randint(1, 3) for _ in owners]
        copier, so_far = SpanCopier(ids, owners, n_most, LINE, END), []
        for _ in range(3 * len(ids) + 3):
            token = rng.choice(sorted(copier.allow(0, so_far)))
            if token == END:
                break
            so_far.append(token)
        else:
            pytest.fail("it never ended")
        chosen = copier.chosen(so_far)
        taken = [i for first, end in copier.spans for i in range(first, end)]
        assert len(taken) == len(set(taken)) <= n_most and len(set(chosen)) == len(chosen)
        assert all({i for i, w in enumerate(owners) if w == word} <= set(taken) for word in chosen)


class TestFind:
    @pytest.mark.parametrize(("line", "words_found"), [
        ("white boat.", [3, 4]), ("white   boat", [3, 4]), ("- white boat.", [3, 4]), ("2. «white boat.»", [3, 4]),
        ("boat of Leo", [11, 12, 13]), ("ite bo", None), ("White boat", None), ("a red boat", None), ("", None),
        ("boat", [4]), ("Oslo. Finn", [19, 20]), ("* ", None), ('"Nora lives"', [16, 17]),
    ])  # fmt: skip
    def test_lines(self, line, words_found):
        assert find(line, TEXT, words(TEXT), set()) == words_found

    def test_what_stands_before_a_point_counts_as_the_whole_number(self):
        text = "It cost 12.5 kg."
        assert find("12", text, words(text), set()) == [2] and find("cost 12", text, words(text), set()) == [1, 2]
        assert find("2.5", text, words(text), set()) is None and find("cost 12,5", text, words(text), set()) is None

    def test_of_several_places_the_first_that_is_free(self):
        assert find("boat", TEXT, words(TEXT), {4}) == [11] and find("boat", TEXT, words(TEXT), {4, 11}) == [4]


class TestConstrained:
    @pytest.mark.parametrize("family", ["qwen3", "llama"])
    @pytest.mark.parametrize("rate", [1.3, 3.0, 20.0])
    def test_a_random_lm_copies_whole_words_in_source_order(self, saved_models, family, rate):
        lm = from_pretrained(saved_models[family])
        text = "Mira owns a white boat.\nTom paid 12.5 kg to Ana."
        memory = build(CompressorSpec(name="copy_paste"), lm, Decoder(lm), rate).compress([text])
        source = iter(text.split())
        assert all(word in source for word in memory.texts[0].split())
        assert memory.n_slots[0] <= n_slots(memory.n_tokens[0], rate)
        assert memory.texts[0] or rate == 20.0

    def test_an_lm_of_another_tokenizer_than_the_decoders(self, saved_models, tiny):
        lm, decoder = from_pretrained(saved_models["llama"]), Decoder(tiny(1))
        memory = build(CompressorSpec(name="copy_paste"), lm, decoder, 3.0).compress([TEXT])
        source = iter(TEXT.split())
        assert memory.texts[0] and all(word in source for word in memory.texts[0].split())

    def test_the_lms_preference_decides(self, tiny, monkeypatch):
        """An LM that likes nothing better than one word begins its copy there."""
        compressor = made(tiny)
        liked = compressor.lm.ids("Nora")[0]
        inner = compressor.lm.model.lm_head.forward

        def forward(hidden):
            logits = inner(hidden) * 1e-3
            logits[..., liked] += 5
            return logits

        monkeypatch.setattr(compressor.lm.model.lm_head, "forward", forward)
        assert compressor.compress([TEXT]).texts[0].startswith("Nora lives")

    def test_an_endpoint_cannot_be_constrained(self, tiny):
        with pytest.raises(UsageError, match="cannot be decoded under constraint"):
            made(tiny, url="http://127.0.0.1:9/v1", constrained=True)


class TestAllow:
    def test_the_loop_takes_the_likeliest_of_what_is_allowed(self, saved_models):
        lm = from_pretrained(saved_models["qwen3"])
        decoder = Decoder(lm)
        start = [decoder.embed(lm.ids("Ana")), decoder.embed(lm.ids("Mira owns"))]
        free, bits = greedy(decoder, empty_prefix(decoder, 2), start, 6)
        same, _ = greedy(decoder, empty_prefix(decoder, 2), start, 6, allow=lambda row, ids: None)
        assert same == free
        rng = random.Random(0)
        allowed = [sorted(rng.sample(range(1, 257), 5)) for _ in range(6)]
        seen = []
        got, narrowed = greedy(
            decoder, empty_prefix(decoder, 2), start, [6, 4],
            allow=lambda row, ids: seen.append((row, len(ids))) or (allowed[len(ids)] if row == 0 else None),
        )  # fmt: skip
        assert len(got[0]) == 6 and all(t in allowed[i] for i, t in enumerate(got[0])) and got[1] == free[1][:4]
        assert sorted(seen) == [(0, i) for i in range(6)] + [(1, i) for i in range(4)]
        with torch.inference_mode():
            logits = lm.model(torch.tensor([lm.ids("Ana")])).logits[0, -1]
        assert got[0][0] == max(allowed[0], key=lambda t: logits[t]) and narrowed[0][0] == pytest.approx(bits[0][0], abs=1e-4)

    def test_a_row_ends_where_the_end_is_allowed_alone(self, saved_models):
        lm = from_pretrained(saved_models["qwen3"])
        decoder = Decoder(lm)
        (ids,), _ = greedy(decoder, empty_prefix(decoder, 1), [decoder.embed([5])], 6,
                           allow=lambda row, ids: [7] if len(ids) < 2 else [lm.eos])  # fmt: skip
        assert ids == [7, 7]


class TestRefused:
    def test_copied_lines_are_put_in_source_order(self, tiny):
        server = Server(completion("```\n- Nora lives in Oslo.\n\n- Mira owns a\n```"))
        with server.running() as url:
            memory = made(tiny, 3.0, url=url).compress([TEXT])
        assert memory.texts == ["Mira owns a Nora lives in Oslo."] and len(server.seen) == 1

    def test_what_is_not_copied_is_asked_for_again(self, tiny):
        server = Server(completion("Nora lives in Rome."), completion("Nora lives in Oslo."))
        with server.running() as url:
            memory = made(tiny, url=url).compress([TEXT], queries=["Where is Nora ?"])
        assert memory.texts == ["Nora lives in Oslo."]
        first, second = (s["messages"][1]["content"].splitlines()[-1] for s in server.seen)
        assert "Where is Nora ?" in first and "«Nora lives in Rome.»" in second and "Last time" not in first

    @pytest.mark.parametrize(("reply", "says"), [
        (completion("Nora lives in Rome.\nNora lives in Oslo."), r"1 line\(s\) do not stand in the text, such as «Nora lives in Rome.»"),
        (completion(TEXT), r"\d+ tokens were copied, at most \d+ fit"),
        (completion("```\n```"), "nothing was copied"),
        (completion("Nora lives in", finish="length"), "nothing was copied"),
    ])  # fmt: skip
    def test_in_the_end_it_is_an_error(self, tiny, reply, says):
        server = Server(reply)
        with server.running() as url, pytest.raises(UsageError, match=rf"in the last of 2 tries: {says}"):
            made(tiny, url=url, tries=2).compress([TEXT])
        assert len(server.seen) == 2

    def test_too_much_may_be_cut_but_never_what_is_no_copy(self, tiny):
        with Server(completion(f"Finn keeps six hens.\n{TEXT}")).running() as url:
            memory = made(tiny, url=url, tries=1, over="cut").compress([TEXT])
        assert "Finn keeps six hens." in memory.texts[0] and "tokens were copied" in memory.notes[0]
        with Server(completion("Rome.")).running() as url, pytest.raises(UsageError, match="do not stand"):
            made(tiny, url=url, tries=1, over="cut").compress([TEXT])

    def test_one_document_that_fails_does_not_pass_for_another(self, tiny):
        other = "Ana met Tom. Leo left. Iris works as a baker in Lima."
        server = Server(lambda body: completion("Leo left." if "baker" in body["messages"][1]["content"] else "Rome."))
        with server.running() as url:
            compressor = made(tiny, url=url, tries=2)
            assert compressor.compress([other]).texts == ["Leo left."]
            with pytest.raises(UsageError, match="«Mira owns"):
                compressor.compress([other, TEXT])

    def test_an_unconstrained_local_lm_is_held_to_the_same(self, saved_models):
        lm = from_pretrained(saved_models["llama"])
        compressor = build(CompressorSpec(name="copy_paste", options={"constrained": False}), lm, Decoder(lm), 2.0)
        with pytest.raises(UsageError, match="copy_paste: expected lines copied from «Ana left Oslo"):
            compressor.compress(["Ana left Oslo today."])


def test_units_of_tokens_cover_every_word_that_can_be_copied(tiny):
    lm = tiny(0)
    offsets = lm.tokenizer(TEXT, add_special_tokens=False, return_offsets_mapping=True).offset_mapping
    assert set(unit_of_tokens(words(TEXT), offsets)) == set(range(len(words(TEXT))))
