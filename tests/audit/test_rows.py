import json

from stand_in import audit

from tellback.audit.rows import COUNTS, digest, dumps, redacted, row
from tellback.audit.tally import Tally
from tellback.audit.terminal import headline
from tellback.records import OUTCOMES

SOURCE = "The bridge by Eiffel cost 1500 in 1889, and Hugo sold it for 20."
OUTPUT = "The bridge by Eiffel cost 1700 in 1889. Seen by 33 men and by Bruno and by 44 dogs."


def test_a_row_has_the_contract():
    found = row(audit(SOURCE, OUTPUT), 7)
    assert list(found)[:12] == ["id", *COUNTS, "findings"]
    assert all(isinstance(found[name], int) for name in COUNTS)
    assert sum(found[o] for o in OUTCOMES) == found["n_facts"] == 5
    assert (found["faithful"], found["replaced"], found["invented"]) == (2, 3, 1)
    assert found["findings"][0] == {
        "kind": "number", "outcome": "invented", "source": None, "output": "44", "source_span": None,
        "output_span": (75, 77), "why": "the source has no such fact", "level": "wrong",
    }  # fmt: skip
    for finding in found["findings"]:
        for side, text in (("source", SOURCE), ("output", OUTPUT)):
            if span := finding[f"{side}_span"]:
                assert text[slice(*span)] == finding[side]
    assert found["scores"] == {"all": 0.4, "name": 0.5, "number": 1 / 3}


def test_redacted_rows_hold_no_words():
    found = audit(SOURCE, OUTPUT)
    text = dumps(row(found, "a", redact=True))
    for word in ("Eiffel", "1500", "1700", "1889", "Hugo", "20", "33", "Bruno"):
        assert f'"{word}"' not in text and f" {word} " not in text
    hidden = redacted(found)
    assert hidden.counts == found.counts and [f.source_span for f in hidden.facts] == [
        f.source_span for f in found.facts
    ]
    same, other = (next(f for f in hidden.facts if f.outcome == o) for o in ("faithful", "replaced"))
    assert same.source == same.output != other.source  # equal words have equal hashes
    elsewhere = redacted(audit(SOURCE + " ", OUTPUT))
    assert (
        elsewhere.facts[hidden.facts.index(same)].source != same.source
    )  # keyed by the source: no dictionary of short numbers helps
    assert digest(SOURCE) in text and digest(SOURCE)[:12] not in str(hidden)


def test_json_of_text_that_no_encoding_has():
    found = json.loads(dumps({"output": "broken \ud800 and \u202e and \x00"}))
    assert found == {"output": "broken \ud800 and \u202e and \x00"}
    assert dumps({"x": "\ud800é"}).encode("utf-8") == b'{"x": "\\ud800\xc3\xa9"}'


def test_tally():
    tally = Tally.of(audit(SOURCE, OUTPUT))
    tally.add(Tally.of(audit("a paid 5", "a paid 5")).by_kind)
    assert (tally.n_facts(), tally.count("faithful"), tally.count("invented")) == (6, 3, 1)
    assert tally.score("number") == 0.5 and tally.score("colour") is None
    assert tally.kinds() == ["number", "name"]
    assert headline(tally) == "kept 3 of 6 facts (50%); wrong: 1 invented, 3 replaced"
    assert headline(Tally()) == "no facts were found in the source"
    only_invented = Tally.of(audit("", "a b Zed"))
    assert only_invented.score() is None and only_invented.kinds() == ["name"]
