"""The output's side: claims beside their nearest sentences, what nothing supports, how new the words are."""

import pytest

from tellback.audit.texts import audit
from tellback.compare.support.claims import WINDOW, claims, novelty
from tellback.compare.support.unsupported import unsupported
from tellback.language.clauses import parse_of
from tellback.language.parser import parse

SOURCE = (
    "The council of Arden approved the new bridge on Monday after a long debate. Mayor Lena Fischer said that the work would "
    "begin in June. The bridge will cost two million euros. Residents of the old town had feared noise. A shopkeeper asked "
    "who would pay for the repairs. The harbour was closed in winter because of ice. A farmer from the northern valley brought "
    "apples and honey to the market every week. Two boats from Leeds carried coal and timber along the river. The baker sold "
    "his oven and moved to the capital with three sons. An old teacher wrote a history of the mill and its wheel."
)
KEPT = "The council of Arden approved the new bridge on Monday. Mayor Lena Fischer said the work would begin in June."


def read(source, output):
    return parse_of(parse(source)), parse_of(parse(output))


def words(p, places):
    return {p.low[i] for i in places}


def test_a_claim_stands_beside_the_sentences_that_hold_most_of_its_words():
    s, o = read(SOURCE, "A shopkeeper and residents of the town feared noise and repairs. The bridge was painted green.")
    first, second = claims(s, o)
    assert SOURCE[slice(*first.nearest)] == SOURCE[SOURCE.index("Residents") : SOURCE.index(" The harbour")]
    assert not first.lacking and not first.nowhere
    assert words(o, second.lacking) == words(o, second.nowhere) == {"painted", "green"}
    assert "bridge" in SOURCE[slice(*second.nearest)] and (second.pairs, second.new_pairs) == (2, 2)


def test_words_far_apart_are_lacking_and_not_nowhere():
    s, o = read(SOURCE, "The council closed the harbour because of the debate.")
    (claim,) = claims(s, o)
    assert claim.lacking and not claim.nowhere and s.sents[WINDOW:]


def test_a_claim_of_which_the_source_holds_nothing_has_no_nearest():
    (claim,) = claims(*read(SOURCE, "Seven penguins juggle lemons."))
    assert claim.nearest is None and claim.lacking == claim.words == claim.nowhere
    assert claims(*read(SOURCE, "It did so.")) == []


def test_novelty_is_none_of_nothing_zero_of_a_copy_and_rises():
    def of(output):
        return novelty(claims(*read(SOURCE, output)))

    assert of("It was so.") is None and of(KEPT) < 0.1 and of(SOURCE) == 0
    assert of("Penguins juggle lemons.") == 1
    twisted = "The mayor approved the noise. The council feared the old bridge on Monday."
    assert of(KEPT) < of(twisted) < of("Penguins juggle lemons."), "pairs are new though each word is the source's"
    assert of("Work.") == 0, "one word has no pair"


@pytest.mark.parametrize(
    "extra",
    [
        "Several teachers demanded better lunches for hungry pupils.",
        "Penguins juggle lemons while elephants whistle sonatas.",
        "He also promised free parking vouchers and discounted gym memberships.",
        "Engineers quarrelled about rusty screws, a shipment of which vanished overnight.",
        "The bridge inspired painters, whose colourful canvases toured galleries abroad.",
    ],
)
def test_what_stands_out_in_a_faithful_summary_is_unsupported(extra):
    s, o = read(SOURCE, f"{KEPT} {extra}")
    (found,) = unsupported(claims(s, o), s, o)
    at = f"{KEPT} {extra}"[slice(*found.span)]
    assert at in extra and len(at) > 0.5 * len(extra)


@pytest.mark.parametrize(
    "extra",
    [
        "The approval came on Monday.",  # a relative of a word of the source
        "Inhabitants of the historic town had feared noise.",
        "The construction starts in June and costs two million euros.",
        "Details follow.",
        "Next steps",
        "A shop owner wanted to know who would pay for the repairs.",
    ],
)
def test_a_sentence_in_other_words_is_no_finding(extra):
    s, o = read(SOURCE, f"{KEPT} {extra}")
    assert unsupported(claims(s, o), s, o) == []


@pytest.mark.parametrize(
    "output",
    [
        f"This session is being continued from an earlier conversation that exhausted its memory. {KEPT}",
        f"Sure thing, below follows a concise summary that spans fewer than forty syllables. {KEPT}",
        f"{KEPT} Please let me know whether you have further questions or requests.",
    ],
)
def test_what_an_output_says_of_itself_needs_no_support(output):
    s, o = read(SOURCE, output)
    assert unsupported(claims(s, o), s, o) == []
    inside = output.replace(KEPT, "").strip()
    s, o = read(SOURCE, f"The bridge will cost two million euros. {inside} {KEPT}")
    assert unsupported(claims(s, o), s, o), "only where an output begins and ends"


@pytest.mark.parametrize(
    ("told", "new", "found"),
    [
        ("The harbour was closed in winter because of ice.", "Frozen water kept all ships away from port.", False),
        ("The baker sold his oven and moved to the capital with three sons.",
         "Having given up bread making, a man left for a metropolis alongside his boys.", False),
        ("brought apples and honey to the market every week", "supplied fruits wherever stalls opened regularly", False),
        ("because of ice", "because of ice, said engineers whose expensive instruments measured frost", True),
        ("A shopkeeper asked", "Several pupils demanded better lunches. A shopkeeper asked", True),
    ],
)  # fmt: skip
def test_in_a_text_told_whole_a_rewording_stands_in_the_place_of_what_it_rewords(told, new, found):
    output = SOURCE.replace(told, new)
    assert output != SOURCE
    s, o = read(SOURCE, output)
    assert bool(unsupported(claims(s, o), s, o)) == found


def test_a_summary_in_its_own_words_raises_nothing():
    own = (
        "Local politicians gave green light to a river crossing. Construction starts this summer, the town's head announced. "
        "Locals had worried about loud machines."
    )
    s, o = read(SOURCE, own)
    found = claims(s, o)
    assert unsupported(found, s, o) == [] and novelty(found) > 0.6


def test_the_audit_shows_the_nearest_sentence_and_counts_it_as_wrong():
    extra = "The bridge inspired painters, whose colourful canvases toured galleries abroad."
    found = audit(SOURCE, f"{KEPT} {extra}")
    (finding,) = found.unsupported
    assert finding.level == "wrong" and "bridge" in finding.source and finding.output in extra
    assert SOURCE[slice(*finding.source_span)] == finding.source
    assert audit(SOURCE, f"{KEPT} {extra}", ignore=["painters"]).unsupported == ()
    assert audit(SOURCE, f"{KEPT} {extra}", fast=True).unsupported == ()


def test_risk_joins_findings_and_novelty():
    good, wrong = audit(SOURCE, KEPT), audit(SOURCE, KEPT.replace("Monday", "Tuesday").replace("June", "July"))
    assert good.risk == good.novelty == 0
    assert wrong.levels["wrong"] == 2 and wrong.risk == pytest.approx(1 - (1 - wrong.novelty / 2) / 4)
    assert audit(SOURCE, SOURCE).risk == 0
    assert audit(SOURCE, KEPT, fast=True).risk is None and audit(SOURCE, "").risk is None
