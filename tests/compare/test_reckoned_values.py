"""Values that a reader of the source reckons raise no alarm, and the same sentences with a wrong result do."""

import pytest

from tellback.audit import audit
from tellback.compare.values.compared import compared
from tellback.compare.values.mentions import Mentions
from tellback.compare.values.summed import Sums
from tellback.facts.extract import extract

ALARMS = {"replaced", "drifted", "overwritten", "invented"}

TABLE = "Variety | Shelf | Crates | Price\nBramley | B2 | 65 | 31\nCox | A1 | 30 | 44\nRusset | C4 | 110 | 27"
MARKED = "| Depot | Vans | Drivers |\n|---|---|---|\n| Leeds | 12 | 15 |\n| Hull | 7 | 9 |\n| York | 5 | 6 |\n| Bath | 4 | 4 |"

#: (source, what a reader comes to, what it is not)
CASES = {
    "votes added up": (
        "The club voted 17 to 8 in favour, with three abstentions.",
        ["Twenty-eight members took part in the vote: 17 for, 8 against, 3 abstaining."],
        ["Twenty-nine members took part in the vote: 17 for, 8 against, 3 abstaining."],
    ),
    "rooms added up": (
        "Hall A seats 220 people, Hall B 140 and the annexe 65.",
        ["The three rooms seat 425 people between them."],
        ["The three rooms seat 475 people between them."],
    ),
    "the total of a column between bare bars": (
        TABLE,
        ["The list has 205 crates of three varieties: 65 of Bramley at 31, 30 of Cox at 44 and 110 of Russet at 27."],
        ["The list has 250 crates of three varieties: 65 of Bramley at 31, 30 of Cox at 44 and 110 of Russet at 27."],
    ),
    "the totals of a table": (MARKED, ["The four depots run 28 vans with 34 drivers."], ["The four depots run 32 vans with 34 drivers."]),
    "a length of time in two pieces": (
        "The train left Graz at 14:05 and got to Linz at 17:25.",
        ["The ride from Graz to Linz took three hours and twenty minutes.", "Graz to Linz took 3 h 20 min."],
        ["The ride from Graz to Linz took four hours and twenty minutes.", "The ride from Graz to Linz took three hours and forty minutes."],
    ),
    "pieces of minutes": (
        "The film runs for 135 minutes and there is no interval.",
        ["The film lasts two hours and a quarter, without interval.", "The film lasts two hours and 15 minutes, without interval."],
        ["The film lasts two hours and 50 minutes, without interval."],
    ),
    "a stopwatch": (
        "The full run took 31 min 42 s.", ["The full run was through in 31:42."], ["The full run was through in 31:24."],
    ),
    "before closing": (
        "The gallery is open from 11 to 18, on Fridays until 21. The last tour begins 50 minutes before closing.",
        ["The last tour begins at 17:10, on Fridays at 20:10."],
        ["The last tour begins at 17:50, on Fridays at 20:10."],
    ),
    "half an hour earlier": (
        "Doors close at 20:00. The bar stops serving half an hour earlier.",
        ["Last drinks are served at 19:30."],
        ["Last drinks are served at 19:45."],
    ),
    "German and French numbers": (
        "Der Ertrag der Werke betrug 2.481.700.000 Euro. Sie versorgen 31.400 Haushalte.",
        ["Die Werke erzielten einen Ertrag von rund 2,48 Milliarden Euro und versorgen 31 400 Haushalte."],
        ["Die Werke erzielten einen Ertrag von rund 2,84 Milliarden Euro und versorgen 31 400 Haushalte.",
         "Die Werke erzielten einen Ertrag von rund 2,48 Milliarden Euro und versorgen 34 100 Haushalte."],
    ),
    "a French number in words, a price without its sign": (
        "Les travaux durent treize semaines. Le loyer passe de 8,70 € à 9,20 € le mètre.",
        ["Les travaux durent 13 semaines. Le mètre coûtera 9,20 euros au lieu de 8,70."],
        ["Les travaux durent 16 semaines. Le mètre coûtera 9,20 euros au lieu de 8,70.",
         "Les travaux durent 13 semaines. Le mètre coûtera 9,20 euros au lieu de 8,20."],
    ),
    "a field's number before another one": (
        "2027-05-30T03:52:31Z INFO lane=3 250 kg unloaded at dock 7",
        ["Lane 3: 250 kg were unloaded at dock 7."],
        ["Lane 3: 350 kg were unloaded at dock 7."],
    ),
    "days that have a name": (
        "The shop closes at noon on 2026-12-24 and stays shut on 1 January.",
        ["The shop closes at noon on Christmas Eve and stays shut on New Year's Day."],
        ["The shop closes at noon on Boxing Day and stays shut on New Year's Day."],
    ),
    "a weekday with its day of the month": (
        "[Mon 2026-03-02 10:00] Ida: The lift is stuck.\n[Mon 2026-03-02 10:05] Olaf: The mechanic comes the day after tomorrow, he says.",
        ["Olaf says that the mechanic is expected on Wednesday the 4th."],
        ["Olaf says that the mechanic is expected on Thursday the 5th."],
    ),
    "gallons of one of two countries": (
        "The barrel holds 300 litres.",
        ["The barrel holds 300 litres (66 imperial gallons)."],
        ["The barrel holds 300 litres (96 imperial gallons)."],
    ),
    "years before another's": (
        "Ida left school in 1988, four years after her brother.", ["Her brother left school in 1984."], ["Her brother left school in 1982."],
    ),
    "what runs for months from a day": (
        "The permit runs for three months from 1 June.", ["The permit ends on 31 August.", "The permit is over by 1 September."],
        ["The permit ends on 31 July."],
    ),
    "what runs for months from a month": (
        "The course runs for five months from January.", ["The course ends in May."], ["The course ends in July."],
    ),
    "a delay": ("The ferry was delayed by three hours and sailed at 16:15.", ["The ferry, planned for 13:15, sailed at 16:15."], ["The ferry, planned for 12:15, sailed at 16:15."]),
    "so many hours late": ("The ferry sailed at 16:15, three hours late.", ["The ferry should have sailed at 13:15."], ["The ferry should have sailed at 14:15."]),
    "the day after a day": (
        "The count is on Thursday the 12th; the result follows two days later.", ["The result is due on the 14th."], ["The result is due on the 15th."],
    ),
    "the rest of a share": ("Only 35% of the tenants signed.", ["65% of the tenants did not sign."], ["75% of the tenants did not sign.", "65% of the tenants signed."]),
    "the rest of a number": (
        "Four of the nine valves passed the test.", ["Five of the nine valves did not pass the test.", "Five valves failed the test."],
        ["Six of the nine valves did not pass the test.", "Five of the nine valves passed the test.", "Four valves failed the test."],
    ),
    "all but so many": (
        "All but three of the tugs came back.", ["Three tugs did not come back."], ["Only three of the tugs came back."],
    ),
    "how long an exam lasts": ("The exam begins at 9:30 and lasts 150 minutes.", ["The exam ends at noon."], ["The exam ends at 12:30."]),
    "one week before a day": (
        "The regatta is on Sunday 22 June. The entry fee of 45 is due one week before.",
        ["The fee of 45 for the regatta of 22 June has to be paid by 15 June."],
        ["The fee of 45 for the regatta of 22 June has to be paid by 16 June."],
    ),
    "payable within days": (
        "The invoice is dated 3 May and payable within 30 days.",
        ["The invoice has to be paid by 2 June."],
        ["The invoice has to be paid by 12 June."],
    ),
    "fewer than asked for": (
        "The council gave the choir 14 evenings in the hall, five fewer than it had asked for.",
        ["Of the 19 evenings that the choir sought, 14 were granted."],
        ["Of the 21 evenings that the choir sought, 14 were granted.", "The council gave the choir 19 evenings in the hall."],
    ),
    "more than last year": (
        "The secretary counted 83 allotments, nine more than last year.",
        ["Last year there were 74 allotments."],
        ["The secretary counted 83 allotments, after 92 last year.", "Last year there were 92 allotments."],
    ),
    "the day of a month": (
        "The container left Bilbao on 6 May and should reach Cork around the 17th.",
        ["The container sailed on May 6 and is expected in Cork about May 17."],
        ["The container sailed on May 6 and is expected in Cork about June 17.", "It sailed on May 6 and is expected in Cork about May 7."],
    ),
    "the day of the next month": ("The audit starts on 28 June and has to be over by the 5th.", ["The audit runs from 28 June to 5 July."], ["The audit runs from 28 June to 15 July."]),
    "per thousand": (
        "A tester who misses more than four faults per thousand parts is trained again.",
        ["Four missed faults in a thousand parts are the limit."],
        ["Four missed faults in a hundred parts are the limit."],
    ),
    "halves of what is divided evenly": (
        "In the study, 180 ewes were divided equally between the clover pasture and the plain one.",
        ["The clover pasture was grazed by 90 of the 180 ewes."], ["The clover pasture was grazed by 80 of the 180 ewes."],
    ),
    "a part of a century": (
        "The bridge was painted once between 1990 and 2015.",
        ["In a quarter of a century the bridge was painted once."], ["In half a century the bridge was painted once."],
    ),
    "where a month ends": (
        "The hedge has to be cut before November or left until spring.",
        ["The hedge is cut by the end of October or left until spring."], ["The hedge is cut by the end of September or left until spring."],
    ),
    "until a year": ("She signed until 2028 and lives in Ulm.", [], ["She lives in Ulm and is under contract until 2027."]),
    "the first year": (
        "Cancelling in the first year costs 2%.", ["Cancelling within 12 months costs 2%."], ["Cancelling within 18 months costs 2%."],
    ),
    "logged": ("0540 fog, speed cut to 4 knots. 0925 Ola hears the bell of the Skarv buoy. 1310 anchored off Lyngør.",
               ["At 09:25 Ola heard the bell of the Skarv buoy.", "They anchored off Lyngør at 13:10."], ["At 09:52 Ola heard the bell of the Skarv buoy.", "At 21:25 Ola heard the bell of the Skarv buoy."]),
    "clock_in_words": ("The ferry leaves at 6.15 from pier two.", ["The ferry leaves pier two at a quarter past six."], ["The ferry leaves pier two at a quarter to six."]),
    "word_for_digit": ("The board passed the budget by five votes to one.", ["On the budget 5 voted for, 1 against."], ["On the budget 5 voted for, 3 against."]),
    "one_part": ("The new pump uses a seventh of the power.", ["The new pump gets by on one seventh of the power."], ["The new pump gets by on one fifth of the power."]),
    "far_apart": ("03:05 alarm in hall two. Rosa was called. 03:11 the fan was stopped. Nothing helped. 03:52 hall two was clear again.",
                  ["From the alarm to the end it took 47 minutes."], ["From the alarm to the end it took 57 minutes."]),
    "before_a_cut": ("The grant was cut by 20% to 12,000 euros.", ["Before the cut the grant had been 15,000 euros."], ["Before the cut the grant had been 16,000 euros."]),
    "midday": ("Lunch is served at midday.", ["Lunch is served at 12:00.", "Lunch is served at noon."], ["Lunch is served at 13:00."]),
}  # fmt: skip


def alarms(source, output):
    return [(f.kind, f.outcome, f.source, f.output) for f in audit(source, output).findings if f.outcome in ALARMS]


@pytest.mark.parametrize(("source", "output"), [(s, o) for s, right, _ in CASES.values() for o in right])
def test_what_a_reader_reckons_is_no_news(source, output):
    assert not alarms(source, output)


@pytest.mark.parametrize(("source", "output"), [(s, o) for s, _, wrong in CASES.values() for o in wrong])
def test_a_wrong_result_is(source, output):
    assert alarms(source, output) or audit(source, output).doubtful  # in other words it may be no more than doubtful, never silent


def test_a_gap_is_told_of_the_number_before_it_and_says_its_direction():
    s = Mentions(extract("It costs 61, eight more than last year. Rent is 910, down 40 on May. The 4-metre mast has 18 bolts, six fewer than planned."))
    assert [(s.said(k), s.said(c.base), c.other) for k, c in compared(s).items()] == [
        ("eight", "61", 53), ("40", "910", 950), ("six", "18", 24),
    ]  # fmt: skip


def test_a_gap_is_added_to_nothing():
    s = Mentions(extract("They sold 20 tents, 30 mats and 10 lamps, five more than planned."))
    o = Mentions(extract("They sold 60 things. They sold 65 things."))
    assert [Sums(s, compared(s)).of(o, n) is not None for n in range(2)] == [True, False]
