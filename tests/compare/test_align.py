import pytest

from tellback.compare.align import align
from tellback.compare.precedence import decide
from tellback.compare.values.places import Places, Text, alike
from tellback.facts.extract import extract


def rows(source, output, fast=True, beliefs=None):
    judged, invented = align(extract(source, fast=fast), extract(output, fast=fast), beliefs)
    return [
        (source[slice(*fact.span)], outcome, None if said is None else output[slice(*said.span)])
        for fact, outcome, said, _ in judged
    ], [output[slice(*f.span)] for f in invented]


def findings(source, output, **options):
    judged, invented = rows(source, output, **options)
    return [row for row in judged if row[1] != "faithful"] + [("", "invented", words) for words in invented]


FIRM = "The firm was founded in 1990 in a barn. It has 500 staff and 20 offices. Revenue rose 12% to $3.2 billion."


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("1990", "1991", ("1990", "replaced", "1991")),
        ("500 staff", "510 staff", ("500", "replaced", "510")),
        ("20 offices", "twenty offices", None),
        ("12%", "12 percent", None),
        ("12%", "13%", ("12", "replaced", "13")),
        ("$3.2 billion", "$2.3 billion", ("3.2", "replaced", "2.3")),
        ("$3.2 billion", "3,200,000,000 dollars", None),
        ("$3.2 billion", "€3.2 billion", ("$3.2 billion", "replaced", "€3.2 billion")),
        (" in 1990", "", ("1990", "missing", None)),
        (" and 20 offices", "", ("20", "missing", None)),
        ("a barn", "a barn near Route 66", ("", "invented", "66")),
        ("1990", "20", ("1990", "drifted", "20")),
    ],
)
def test_one_changed_value_is_one_finding_on_its_words(old, new, expected):
    assert findings(FIRM, FIRM.replace(old, new)) == ([expected] if expected else [])


def test_a_summary_that_drops_a_sentence_loses_its_facts_and_replaces_none():
    kept = "The firm was founded in 1990 in a barn. Revenue rose 12% to $3.2 billion."
    assert findings(FIRM, kept) == [("500", "missing", None), ("20", "missing", None)]


def test_each_value_of_the_output_replaces_one_at_most():
    found = findings("Ana has 5 red hens and 7 red hens.", "Ana has 9 red hens.")
    assert sorted(row[1] for row in found) == ["missing", "replaced"]


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("Tom has 5 dogs and Ana has 7 cats.", "Tom has 7 dogs and Ana has 5 cats.", [("5 dogs", "7 dogs"), ("7 cats", "5 cats")]),
        ("Léa is 12. Hugo is 15.", "Hugo is 12.", [("15", "12")]),
        ("The tower cost $5 million. The bridge cost $9 million.", "The tower cost $9 million.", [("5", "9")]),
    ],
)
def test_a_value_given_to_another_subject_drifts(source, output, expected):
    drifted = [(said, theirs) for said, outcome, theirs in findings(source, output) if outcome == "drifted"]
    assert drifted == expected


def test_the_same_values_in_another_order_are_kept():
    assert findings("Tom has 5 dogs and Ana has 7 cats.", "Ana has 7 cats, and Tom 5 dogs.") == []
    assert findings("In 1990 he left. In 1995 he came back.", "He came back in 1995, after he had left in 1990.") == []


def test_of_a_value_said_twice_each_place_counts():
    source = "The tower opened in 1990 with a party. The bridge of the town was closed in 1990 for repair."
    assert findings(source, source.replace("closed in 1990", "closed in 1993")) == [("1990", "replaced", "1993")]
    assert findings(source, source.replace("closed in 1990", "closed")) == [("1990", "missing", None)]
    assert findings(source, "In 1990 the tower opened with a party, and the bridge of the town was closed for repair.") == []


@pytest.mark.parametrize(
    ("source", "output", "outcome"),
    [
        ("He was born on 14 March 1879 in Ulm.", "In Ulm he was born on 1879-03-14.", "faithful"),
        ("He was born on 14 March 1879 in Ulm.", "He was born in Ulm in 1879, on 14 March.", "faithful"),
        ("He was born in 1879 in Ulm.", "He was born on 14 March 1879 in Ulm.", "faithful"),
        ("He was born on 14 March 1879 in Ulm.", "He was born in 1879 in Ulm.", "missing"),
        ("He was born on 14 March 1879 in Ulm.", "He was born on 15 March 1879 in Ulm.", "replaced"),
        ("It was signed on 03/04/2020 there.", "It was signed there on 4 March 2020.", "faithful"),
        ("Dr. Smith, 42, came.", "Dr. Smith is 42 years old and came.", "faithful"),
        ("She had two sons there.", "Both sons she had there.", "faithful"),
        ("It took one year to build.", "It took a year to build.", "faithful"),
        ("It weighs 5 kg now.", "It weighs 5 now.", "missing"),
        ("It weighs 5 kg now.", "It weighs 5 lbs now.", "replaced"),
        ("It has 18 rooms.", "It has 8 rooms.", "replaced"),
    ],
)
def test_forms_and_precision(source, output, outcome):
    assert rows(source, output)[0][0][1] == outcome


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("src/app.py", "src/app.pyi"), ("DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01"), ("v1.2.3", "v1.2.4"),
        ("ABC-123", "ABC-132"), ("192.168.0.1", "192.168.0.10"), ("bob@x.org", "bob@x.com"), ("3e8abcd1", "3e8abcd7"),
        ("+49 30 1234567", "+49 30 1234568"), ("MAX_LEN", "MIN_LEN"), ("https://x.org/a", "https://x.org/b"),
        ("AB-123-CD", "AB-132-CD"), ("`make test`", "`make tests`"),
    ],
)  # fmt: skip
def test_identifiers_are_whole(mine, theirs):
    source, output = f"We saw that {mine} was used there.", f"We saw that {theirs} was used there."
    assert findings(source, output) == [(mine.strip("`"), "replaced", theirs.strip("`"))]
    assert findings(source, source) == [] == findings(source, f"There {mine} was used, we saw.")


def test_an_identifier_is_kept_whatever_surrounds_it():
    assert findings("Edit `src/app.py` first.", "First, src/app.py must be edited.") == []
    assert findings("IBAN DE89 3704 0044 0532 0130 00 is his.", "His IBAN: DE89370400440532013000") == []


def test_beliefs_part_overwritten_from_replaced():
    source, output = "The tower opened in 1889 in spring.", "The tower opened in 1900 in spring."
    asked = []

    def believes(fact, value):
        asked.append((fact.value, value))
        return value == "1900"

    assert findings(source, output, beliefs=believes) == [("1889", "overwritten", "1900")]
    assert asked == [("1889", "1900")]
    assert findings(source, output, beliefs=lambda fact, value: False) == [("1889", "replaced", "1900")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Dr. John Smith", "J. Smith", None),
        ("Dr. John Smith", "Smith", None),
        ("Dr. John Smith", "Peter Smith", ("John", "replaced", "Peter")),
        ("Paris", "London", ("Paris", "replaced", "London")),
        ("Paris", "Parisian", ("Paris", "replaced", "Parisian")),
        ("World Health Organization", "WHO", None),
        (" near Paris", "", ("Paris", "missing", None)),
        ("the United States", "the U.S.", None),
        ("a hotel", "a hotel of Miguel Torres", ("", "invented", "Miguel Torres")),
    ],
)
def test_names(old, new, expected):
    source = (
        "Yesterday Dr. John Smith of the World Health Organization met two reporters in a hotel near Paris. "
        "They had come from the United States by ship."
    )
    assert findings(source, source.replace(old, new), fast=False) == ([expected] if expected else [])


def test_a_pronoun_in_a_names_place_keeps_it():
    source = "Marie Curie was born in Warsaw. Curie moved to Paris with her sister."
    assert findings(source, "Marie Curie was born in Warsaw. She moved to Paris with her sister.", fast=False) == []
    assert findings("Marie Curie was born in Warsaw. She moved to Paris.", source.replace(" with her sister", ""), fast=False) == []


def test_places_find_the_sentence_again():
    def text(s):
        return Text(s, extract(s, fast=True).sentences)

    source, output = text("The red fox slept. Dogs bark loudly."), text("Loud dogs were barking. A fox that is red slept.")
    places = Places(source, output)
    assert [places.candidates(i)[0][1] for i in (0, 1)] == [1, 0]
    assert places.verbatim(0) is None and Places(source, source).verbatim(1) == 1
    here = (["in", "born"], ["near", "ulm"])
    assert alike(here, here) == 1.0 and alike(here, (["x"], ["y"])) == 0.0


def test_precedence():
    tests = {"broken": lambda x: x == "b", "given_elsewhere": lambda x: x == "e", "believed": lambda x: x == "v"}
    assert decide(True, [], **tests)[0] == "faithful" and decide(False, [], **tests)[0] == "missing"
    assert decide(True, ["x"], **tests) == ("replaced", "x", "other")
    assert decide(True, ["x", "v"], **tests) == ("overwritten", "v", "believed")
    assert decide(True, ["v", "e"], **tests) == ("drifted", "e", "elsewhere")
    assert decide(True, ["v", "e", "b"], **tests) == ("drifted", "b", "broken")


TOWN = "The firm moved to Leeds in 1990. {} It was a quiet year for the town."


@pytest.mark.parametrize(
    ("source", "output"),
    [
        (
            "Third, the schools must answer for the quality of their teachers.",
            "Thirdly, the schools must answer for their teachers' quality.",
        ),
        ("The wage rises by a dollar an hour.", "The wage rises by $1 an hour."),
        ("The wage rises by $1 an hour.", "The wage rises by a dollar an hour."),
        ("The siege lasted for a decade.", "The siege lasted for ten years."),
        ("He rubbed the lens twice with a cloth.", "He rubbed the lens two times with a cloth."),
        ("He rubbed the lens two times with a cloth.", "He rubbed the lens twice with a cloth."),
        (
            "The clerk sat there from nine in the morning until four in the afternoon.",
            "The clerk sat there from 9 a.m. to 4 p.m.",
        ),
        ("The ticket cost 50 cents.", "The ticket cost $0.50."),
        ("The rate fell by 0.5 percent.", "The rate fell by half a percent."),
        ("The keeper died aged 42.", "The keeper died when he was forty-two years old."),
        ("The rate rose by 25 basis points.", "The rate rose by 0.25 percentage points."),
    ],
)
def test_value_in_another_form_raises_no_alarm(source, output):
    assert findings(TOWN.format(source), TOWN.format(output)) == []


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("The wage rises by a dollar an hour.", "The wage rises by $2 an hour."),
        (
            "The clerk sat there from nine in the morning until four in the afternoon.",
            "The clerk sat there from 9 p.m. to 4 p.m.",
        ),
        ("The ticket cost 50 cents.", "The ticket cost $0.60."),
        ("The siege lasted for ten years.", "The siege lasted for twenty years."),
        ("He took two in the morning and one at night.", "He took three in the morning and one at night."),
        ("The siege lasted for a decade.", "The siege lasted for 12 years."),
        ("He rubbed the lens twice with a cloth.", "He rubbed the lens three times with a cloth."),
    ],
)
def test_another_value_in_another_form_is_found(source, output):
    assert findings(TOWN.format(source), TOWN.format(output))


RUN = "The backup ran at 2024-03-14T15:30:00Z on the first host."


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("at 2024-03-14T16:30:00+01:00", None),
        ("at 2024-03-14 15:30:00.000 UTC", None),
        ("on 14 March 2024 at 15:30", None),
        ("at 2025-03-14T15:30:00Z", "replaced"),
        ("at 2024-03-14T15:30:00+01:00", "replaced"),
        ("on 14 March 2024", "missing"),
    ],
)
def test_a_timestamp_is_one_value_in_whatever_zone_and_wording(told, expected):
    found = findings(RUN, RUN.replace("at 2024-03-14T15:30:00Z", told))
    assert [row[1] for row in found] == ([expected] if expected else [])


def test_every_digit_of_a_timestamp_counts():
    for stamp in ("2024-03-14 15:30:21,123", "14/Mar/2024:15:30:21 +0100", "Thu Mar 14 15:30:21 2024 +0100"):
        line = f"started\n[{stamp}] the first host is up\nstopped"
        for i, char in enumerate(line):
            if char.isdigit():
                changed = line[:i] + str((int(char) + 1) % 10) + line[i + 1 :]
                assert findings(line, changed), changed
