import math
from dataclasses import replace

import pytest
import torch

from tellback.config import ModelSpec
from tellback.errors import UsageError
from tellback.models.belief import closed_book
from tellback.models.decoder import Decoder
from tellback.models.load import load
from tellback.models.score import normalised
from tellback.readers import likelihood
from tellback.readers.likelihood import LikelihoodReader, LikelihoodSettings, ListedReader, _unrotated
from tellback.records import Document, Fact, Probe


def document(text="Mira has a white boat.", options=("white", "red", "blue", "green"), i=0):
    fact = Fact("colour", "boat", options[0], (0, 0), (0, len(text)))
    probe = Probe(f"d{i}/0", f"d{i}", "s", "qa_i", fact, "Question: Which boat?\nAnswer:", {o: () for o in options})
    return Document(f"d{i}", text, (fact,), (probe,))


@pytest.fixture(scope="module")
def decoder(saved_models):
    return Decoder(load(ModelSpec(name=saved_models["llama"]))).eval()


@pytest.mark.parametrize("kind", [LikelihoodReader, ListedReader])
def test_a_batch_reads_like_single_texts(decoder, kind):
    reader = kind(decoder)
    told = [(document(i=i), text) for i, text in enumerate(["Mira has a white boat.", "", "Red " * 30])]
    together = reader.read_all(told, {})
    for (d, text), (verdict,) in zip(told, together, strict=True):
        (alone,) = reader.read(d, text, {})
        assert alone.said == verdict.said and alone.probability == pytest.approx(verdict.probability, abs=1e-5)
        assert verdict.reader == reader.name and 0 < verdict.probability < 1


def test_it_is_the_probability_that_the_model_gives(decoder):
    d = document()
    lm, text = decoder.lm, "Mira has a white boat."
    expected = []
    for option in d.probes[0].options:
        ids = lm.ids(text) + lm.ids("\n" + d.probes[0].question)
        answer = lm.ids(" " + option)
        with torch.inference_mode():
            log_p = lm.model(torch.tensor([ids + answer])).logits[0].float().log_softmax(-1)
        expected.append([log_p[len(ids) - 1 + j, token].item() for j, token in enumerate(answer)])
    for by, scores in (("sum", map(sum, expected)), ("tokens", (sum(x) / len(x) for x in expected))):
        p = likelihood.shares(d.probes[0], list(scores))
        (verdict,) = LikelihoodReader(decoder, LikelihoodSettings(normalise=by)).read(d, text, {})
        assert verdict.probability == pytest.approx(p["white"], abs=1e-5)
        assert verdict.said == max(p, key=p.__getitem__)


def test_the_gain_of_a_text_that_says_nothing_is_none(decoder):
    d = document()
    by = {n: LikelihoodReader(decoder, LikelihoodSettings(normalise=n)) for n in ("sum", "gain")}
    (verdict,) = by["gain"].read(d, "", {})
    assert verdict.outcome == "unscored"
    with_text, bare = (by["sum"].read(d, text, {})[0].probability for text in (d.text, ""))
    others = [
        by["sum"].read(replace(d, probes=(replace(d.probes[0], fact=replace(d.probes[0].fact, value=o)),)), text, {})[0]
        .probability for o in ("red", "blue", "green") for text in (d.text, "")
    ]  # fmt: skip
    ratios = [with_text / bare, *(a / b for a, b in zip(others[::2], others[1::2], strict=True))]
    (verdict,) = by["gain"].read(d, d.text, {})
    assert verdict.probability == pytest.approx(ratios[0] / sum(ratios), abs=1e-4)


def test_of_nothing_it_says_what_is_believed(decoder):
    d = document()
    (verdict,) = LikelihoodReader(decoder).read(d, "", {})
    belief = closed_book(decoder, d.probes, 2)[d.probes[0].id]
    assert verdict.said == belief.top and verdict.probability == pytest.approx(belief.p["white"], abs=1e-5)


def test_length_is_normalised_where_asked():
    assert normalised([-2.0, -9.0], [1, 9], "sum") == [-2.0, -9.0]
    assert normalised([-2.0, -9.0], [1, 9], "tokens") == [-2.0, -1.0]


def test_a_liking_for_a_letter_cancels_out(decoder):
    k = 4
    liking = [0.0, -3.0, -3.0, -3.0]  # A, whatever it stands for
    assert _unrotated([liking] * k, k) == pytest.approx([math.log(1 / k)] * k)
    knows = [[0.0 if (j + turn) % k == 2 else -3.0 for j in range(k)] for turn in range(k)]
    assert max(range(k), key=_unrotated(knows, k).__getitem__) == 2


def test_the_order_of_the_options_does_not_matter(decoder):
    for kind in (LikelihoodReader, ListedReader):
        reader = kind(decoder)
        d = document()
        turned = dict(reversed(d.probes[0].options.items()))
        (a,) = reader.read(d, d.text, {})
        (b,) = reader.read(replace(d, probes=(replace(d.probes[0], options=turned),)), d.text, {})
        if kind is LikelihoodReader:  # a list read backwards is no cyclic order of the list
            assert a.said == b.said and a.probability == pytest.approx(b.probability, abs=1e-5)
        shifted = dict([*d.probes[0].options.items()][1:] + [*d.probes[0].options.items()][:1])
        (c,) = reader.read(replace(d, probes=(replace(d.probes[0], options=shifted),)), d.text, {})
        assert a.said == c.said and a.probability == pytest.approx(c.probability, abs=1e-5)


@pytest.mark.parametrize("log_p", [[], [math.nan, -1.0], [-math.inf, -1.0], [-1.0, -1.0, -3.0, -3.0]])
def test_what_cannot_be_scored_is_unscored(log_p):
    probe = document().probes[0]
    verdict = likelihood.judge(probe, document(), log_p, None)
    assert verdict.outcome == "unscored" and verdict.said is None and verdict.why


def test_words_that_the_model_does_not_know_are_unscored(tiny):
    reader = LikelihoodReader(Decoder(tiny()).eval())
    (verdict,) = reader.read(document(options=("Kyrgyz", "Quechua", "Tswana", "Xhosa")), "?", {})
    assert verdict.outcome == "unscored" and "tie" in verdict.why


def test_a_text_of_100k_characters_is_read_where_the_question_points(decoder):
    filler = "Nothing of note took place. " * 3600
    text = filler[:60_000] + "Which boat? The white boat. " + filler[60_000:100_000]
    assert len(text) > 100_000
    reader = LikelihoodReader(decoder, LikelihoodSettings(max_tokens=128))
    d = document()
    window = reader._window(text, d.probes[0], reader._prompts(d.probes[0]))
    assert len(window) == 128 and "boat" in decoder.lm.text(list(window))
    (verdict,) = reader.read(d, text, {})
    assert verdict.outcome != "unscored"


def test_a_question_that_leaves_no_room_is_a_usage_error(decoder):
    d = document(options=("white", "x" * 600))
    with pytest.raises(UsageError, match="no room for a text"):
        LikelihoodReader(decoder).read(d, "boat", {})


def test_pocket_models_have_no_words_for_lists(tiny):
    with pytest.raises(UsageError, match="no words for a list"):
        ListedReader(Decoder(tiny()))


def test_broken_letters_do_not_break_it(decoder):
    (verdict,) = LikelihoodReader(decoder).read(document(), "\ud800 white \x00", {})
    assert verdict.outcome != "unscored"
