"""What stands with what: values, names and things that an output gives to each other's company, and those that it does not."""

import pytest

from tellback.compare.align import align
from tellback.compare.binding.exchange import exchanged
from tellback.compare.binding.misplaced import misplaced
from tellback.compare.binding.tokens import tokens
from tellback.facts.extract import extract

TABLE = "| Loaf | Flour (g) | Water (g) |\n|---|---|---|\n| Oslo | 510 | 430 |\n| Turin | 470 | 395 |\n"
ROWS = "day;harbour;waves_cm;wind_kn\n2024-03-01;Aalesund;140;21\n2024-03-01;Bodo;85;17\n"
SETTINGS = "intake:\n  pump: 7311\noutlet:\n  pump: 7422\n"
HASHES = "9c1d7e02b4aa51f3c7d08e66b2094bd15ae7f001", "41ab77c9d0e25f86a3b1c94d7e8f60215bb3ca9e"
TOLD = [
    (TABLE, "Turin takes 510 g of flour, Oslo 470 g."),
    (TABLE, "For Oslo one weighs 430 g of flour and 510 g of water."),
    (ROWS, "At Aalesund there were 21 cm of waves and 140 knots of wind."),
    (SETTINGS, "The outlet uses pump 7311 and the intake pump 7422."),
    ("The gate answers on hub.local:4141; logs go to ink.local:5252.",
     "The gate can be reached at hub.local, port 5252. Logs are sent to ink.local on port 4141."),
    (f"The build that broke is {HASHES[0]} (\"new kerning\"). The last sound one is {HASHES[1]}.",
     f"It broke with {HASHES[1][:7]} (\"new kerning\"); {HASHES[0][:7]} was the last sound build."),
    ("IndexError in ledger.py line 71, called from clerk.py line 19.",
     "`clerk.py:71` raised the IndexError; the caller was `ledger.py:19`."),
    ("Okafor won the slalom in 51.3 seconds and Brandt the downhill in 98.7.",
     "The downhill was won by Okafor (98.7 s), the slalom by Brandt (51.3 s)."),
    ("The pine hall sells tickets at the door, while Cedar has gone over to an app.",
     "Cedar still sells tickets at the door; Pine has an app for it."),
    ("The abbot praised the masons for the arch, and the glaziers are now mending the windows.",
     "The masons are at work on the windows. The abbot had praise for the glaziers and their arch."),
    ("Mrs. Ekholm opened the fair in April. Mr. Sato proposed the night market by the river.",
     "It was Sato who opened the fair; the night market by the river was proposed by Ekholm."),
]  # fmt: skip
KEPT = [
    (TABLE, "Turin takes 470 g of flour, Oslo 510 g."),
    (TABLE, "For Oslo one weighs 510 g of flour and 430 g of water."),
    (ROWS, "At Aalesund there were 140 cm of waves and 21 knots of wind, at Bodo 85 and 17."),
    (SETTINGS, "The outlet uses pump 7422 and the intake pump 7311."),
    ("The gate answers on hub.local:4141; logs go to ink.local:5252.",
     "The gate can be reached at hub.local, port 4141. Logs are sent to ink.local on port 5252."),
    (f"The build that broke is {HASHES[0]} (\"new kerning\"). The last sound one is {HASHES[1]}.",
     f"{HASHES[1][:7]} was the last sound build, and it broke with {HASHES[0][:7]} (\"new kerning\")."),
    ("IndexError in ledger.py line 71, called from clerk.py line 19.",
     "`ledger.py:71` raised the IndexError; the caller was `clerk.py:19`."),
    ("Okafor won the slalom in 51.3 seconds and Brandt the downhill in 98.7.",
     "The downhill was won by Brandt (98.7 s), the slalom by Okafor (51.3 s)."),
    ("Okafor won the slalom in 51.3 seconds and Brandt the downhill in 98.7.",
     "Okafor and Brandt won slalom and downhill, in 51.3 and 98.7 seconds."),
    ("The pine hall sells tickets at the door, while Cedar has gone over to an app.",
     "Cedar has an app for its tickets; at Pine they are still sold at the door."),
    ("The abbot praised the masons for the arch, and the glaziers are now mending the windows.",
     "The glaziers are at work on the windows. The abbot had praise for the masons and their arch."),
    ("The pool on Elm Street shuts in May. Its owner, Ida Lund, has run it since 1990 and wants to paint.",
     "Having run the Elm Street pool since 1990, Ida Lund is shutting it in May to paint."),
    ("Rent at the mill rose 12% in March. Fees fell 7%, the clerk said.",
     "The mill's rent grew while fees were down 7% in March. The clerk said that the rise was 12%."),
    ("Lager is kept at 4 degrees, stout at 9.", "Unlike lager at 4 degrees, stout is kept at 9."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "output"), TOLD)
def test_what_was_given_to_each_other_is_seen(source, output):
    (one, other), *_ = exchanged(source, output)
    for bound in (one, other):
        said = source[slice(*bound.source)], output[slice(*bound.output)]
        assert tokens(said[0]).all[0].key == tokens(said[1]).all[0].key


@pytest.mark.parametrize(("source", "output"), KEPT)
def test_what_was_only_reordered_is_not(source, output):
    assert not exchanged(source, output)


ASTRAY = [
    (TABLE, "Turin is baked in two batches, with 395 g of water and 510 g of flour; Oslo is quicker.", "510"),
    ("Ulf Brandt wrote the words, Ida Moreau composed the music, and Paul Keita directed the first evening at Lund.",
     "The work had its first evening at Lund under the direction of Ulf Brandt; the words are by another.", "Brandt"),
    ("The clock server answered on 10.9.0.4:123, nobody listens on 10.9.0.4:37.",
     "On 10.9.0.4 the clock server can be reached at 37; nobody answers elsewhere.", "37"),
    ("#77 (new fonts) landed at noon and was rolled back an hour later as the nightly print failed. #81 (spelling) is still in.",
     "The new fonts landed and stayed. #81 was rolled back because the nightly print failed.", "#81"),
]  # fmt: skip
NOT_ASTRAY = [
    (TABLE, "Turin is baked in two batches, with 395 g of water and 470 g of flour; Oslo is quicker."),
    ("Ferro Ltd. was founded in Ulm in 1990. The company has 300 people.", "Ferro Ltd. of Ulm has 300 people."),
    ("Ida Lund opened the fair in Ulm. Paul Keita's band played the first waltz.", "The first waltz at Lund's fair was played by Keita."),
    ("The clock server answered on 10.9.0.4:123, nobody listens on 10.9.0.4:37.",
     "The clock server can be reached at 10.9.0.4, port 123; 37 is closed."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "output", "said"), ASTRAY)
def test_what_is_told_with_anothers_company_is_seen(source, output, said):
    assert said in [output[slice(*one.output)] for one in misplaced(source, output)]


@pytest.mark.parametrize(("source", "output"), NOT_ASTRAY)
def test_what_is_told_with_its_own_company_is_not(source, output):
    assert not misplaced(source, output)


def test_values_of_each_other_are_drifted_facts():
    rows, invented = align(extract(ROWS, fast=True), extract(TOLD[2][1], fast=True))
    broken = {fact.value for fact, outcome, *_ in rows if outcome == "drifted"}
    assert broken == {"140", "21"}
    assert not invented


def test_a_wall_parts_more_than_a_comma():
    t = tokens("Ana rows, Ben swims; Cara runs. Dan sits.")
    assert t.gap == [0, 3, 0, 5, 0, 6, 0]
    assert [t.all[k].key for k in t.segment(0, 5)] == [t.all[k].key for k in range(4)]
