"""Values told otherwise: what says the same raises no alarm, and what says something else in the same words does."""

import pytest

from tellback.audit import audit

ALARMS = {"replaced", "drifted", "overwritten", "invented"}

#: (source, what tells it rightly, what does not)
CASES = {
    "a path with fewer folders, and its line apart": (
        "The crash is in /srv/app/worker/queue_runner.py:212.",
        ["The crash is in worker/queue_runner.py at line 212.", "Line 212 of queue_runner.py crashes."],
        ["The crash is in queue_runner.py, line 221.", "The crash is in worker/queue_reader.py:212."],
    ),
    "a line that the source names apart": (
        "The crash is in queue_runner.py at line 212.",
        ["The crash is in queue_runner.py:212."],
        ["The crash is in queue_runner.py:221."],
    ),
    "a home folder": (
        "Logs are under /home/tove/.local/share/relay/log.txt now.",
        ["Logs are under ~/.local/share/relay/log.txt now."],
        ["Logs are under ~/.local/share/relays/log.txt now."],
    ),
    "a moment in words": (
        "Deployed 2024-12-31T23:30:00+02:00 to all regions.",
        ["Deployed to all regions on 31 December 2024 at 23:30 (UTC+2).", "Deployed to all regions at 21:30 UTC on 31 December 2024."],
        ["Deployed to all regions on 31 December 2024 at 22:30 (UTC+2).", "Deployed to all regions on 31 December 2023 at 23:30."],
    ),
    "short units": (
        "The lease lasts 90s, is renewed every 2m and takes 512Mi.",
        ["The lease lasts 90 seconds, is renewed every two minutes and takes 512 MiB."],
        ["The lease lasts 90 minutes.", "The lease is renewed every 2 hours.", "The lease takes 512 GiB."],
    ),
    "bytes by thousands": ("The volume has 3 TB.", ["The volume has 3,000 GB."], ["The volume has 3 GB.", "The volume has 3 TiB."]),
    "a digest cut": (
        "The digest is 0cf1a2b3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f.",
        ["The digest is 0cf1a2b3…6d7e8f.", "The digest is 0cf1a2b3d4e5..."],
        ["The digest is 0cf1a2b3…6d7e9f.", "The digest is 0cf1a2b4..."],
    ),
    "numbers side by side in a log": (
        "GET /items 404 127ms",
        ["GET /items returned 404 in 127 ms."],
        ["GET /items returned 404 in 172 ms.", "GET /items returned 403 in 127 ms."],
    ),
    "names inside a call": (
        "def load(path, retries=3):\n    raise TimeoutError(path)",
        ["load takes a path and 3 retries by default, and raises a TimeoutError."],
        ["load takes a path and 5 retries by default.", "load raises a ConnectionError."],
    ),
    "a host and its port": (
        "Redis is at 172.16.0.9:6379.",
        ["Redis is at 172.16.0.9 on port 6379."],
        ["Redis is at 172.16.0.9 on port 6397.", "Redis is at 172.16.0.8 on port 6379."],
    ),
    "German numbers and dates": (
        "Die Firma zahlte 1.250.000 Euro am 5. Oktober 2025 um 14:30 Uhr.",
        ["Die Firma zahlte 1,25 Mio. Euro am 05.10.2025.", "The firm paid 1.25 million euros on 5 October 2025 at 2:30 pm."],
        ["Die Firma zahlte 12,5 Millionen Euro.", "The firm paid 1.25 million euros on 5 November 2025."],
    ),
    "French numbers and times": (
        "Le loyer est de 1 150,50 € et le train part à 7 h 45.",
        ["Le loyer est de 1150,50 euros et le train part à 7h45."],
        ["Le loyer est de 1510,50 euros.", "Le train part à 7h54."],
    ),
    "a word parted at the end of a line": (
        "The council set aside 4.2 mil-\nlion pounds for Professor Lind-\nholm.",
        ["The council set aside £4.2 million for Professor Lindholm."],
        ["The council set aside 4.2 billion pounds for Professor Lindholm."],
    ),
    "a rounded number": (
        "The stadium holds 61,274 people.",
        ["The stadium holds about 61,000 people.", "The stadium holds over 60,000 people."],
        ["The stadium holds about 71,000 people.", "The stadium holds more than 62,000 people."],
    ),
    "a share": ("A quarter of the rooms are empty.", ["25% of the rooms are empty."], ["52% of the rooms are empty."]),
    "a fall told by a word": ("Sales in Oslo: -7%.", ["Sales in Oslo fell by 7%."], ["Sales in Oslo rose by 7%.", "Sales in Oslo: 7%."]),
    "what follows by arithmetic": (
        "Income was 400 and costs were 250.",
        ["Income was 400 and costs were 250, leaving 150."],
        ["Income was 400 and costs were 150."],
    ),
    "the day that was meant": (
        "[2024-02-28] Omar: The samples arrived yesterday, and we ship tomorrow.",
        ["The samples arrived on 27 February 2024 and ship on 29 February 2024."],
        ["The samples arrived on 26 February 2024."],
    ),
    "another unit beside it": (
        "The trail is 10 km long.",
        ["The trail is 10 km (6.2 miles) long.", "The trail is 6.2 miles long."],
        ["The trail is 10 km (62 miles) long.", "The trail is 10 miles long."],
    ),
    "a country and its adjective": (
        "The ship was built in Norway and sold to Poland.",
        ["The ship, built in a Norwegian yard, was sold to a Polish buyer."],
        ["The ship was built in a Swedish yard and sold to Poland."],
    ),
    "a chat's preamble": (
        "The firm paid $42 million to Ana Lopez on Friday.",
        ["Here's a summary in 12 words:\n\nthe firm paid $ 42 million to ana lopez on friday ."],
        ["Here's a summary in 12 words:\n\nthe firm paid $ 24 million to ana lopez on friday ."],
    ),
    "years and what they are given": (
        "Revenue was 12 million in 2021 and 15 million in 2022.",
        ["In 2022 revenue was 15 million, in 2021 it was 12 million."],
        ["Revenue was 15 million in 2021 and 12 million in 2022."],
    ),
    "rows of a table": (
        "| Item | Stock |\n|---|---|\n| Bolts | 450 |\n| Nuts | 320 |",
        ["There are 320 nuts and 450 bolts in stock."],
        ["There are 450 nuts and 320 bolts in stock."],
    ),
    "members of a map": (
        '{"alpha": {"port": 7001}, "beta": {"port": 7002}}',
        ["Beta is on port 7002, alpha on 7001."],
        ["Beta is on port 7001, alpha on 7002."],
    ),
    "what an amount is for": (
        "Employees get 25 days of holiday a year.",
        ["Employees get 25 days of holiday per year."],
        ["Employees get 25 days of holiday a month."],
    ),
    "a quarter of a year": (
        "Third-quarter revenue of Lund Paper was 3 million; in the fourth quarter of 2020 it was 4 million.",
        ["Lund Paper had revenue of 3 million in Q3, and of 4 million in 4Q 2020.", "Revenue of Lund Paper: 3 million in 3Q, 4 million in 4Q20."],
        ["Lund Paper had revenue of 3 million in Q2.", "Lund Paper had revenue of 4 million in 4Q21."],
    ),
    "a last quarter and a third one": (
        "Last quarter the costs at Lund rose. They hope to offset them by the end of the third quarter.",
        ["Lund hopes to offset the costs by the end of the third quarter."],
        ["Lund hopes to offset the costs by the end of the second quarter."],
    ),
    "a decimal in words": (
        "It has to stay under twelve point five Euros, and the tank holds two dot twenty five million litres.",
        ["It has to stay under 12.50 Euros.", "The tank holds 2.25 million litres."],
        ["It has to stay under 12.80 Euros.", "The tank holds 2.35 million litres."],
    ),
    "money in everyday words": (
        "Being late may cost us 5 mln bucks, and the taxi was 20 quid.",
        ["Being late may cost 5 million dollars.", "The taxi was £20."],
        ["Being late may cost 6 million dollars.", "The taxi was 20 euros."],
    ),
    "first letters with small words": (
        "Orders rose 19% year over year; the Department of Defense bought most boats.",
        ["Orders rose 19% YoY.", "The DoD bought most boats."],
        ["Orders rose 19% QoQ.", "The DoE bought most boats."],
    ),
    "letters joined by a sign": (
        "Lund spent 3 million on R&D and sold its share in B&W.",
        ["Lund spent 3 million on its R&D."],
        ["Lund spent 3 million on its M&A."],
    ),
    "an illness by both its names": (
        "The effect of COVID on the mill is unclear.",
        ["The effect of COVID-19 on the mill is unclear."],
        ["The effect of Zika on the mill is unclear."],
    ),
    "a dose": (
        "She takes metoprolol 25 mg twice a day and vitamin D 400 IU; the blood pressure was 130 mmHg.",
        ["Metoprolol 25 mg twice a day; vitamin D 400 IU; pressure 130 mmHg.", "She takes 25,000 µg of metoprolol twice a day."],
        ["Metoprolol 25 mcg twice a day.", "Metoprolol 25 µg twice a day.", "Vitamin D 400 mg."],
    ),
    "what lies between two numbers": (
        "Firing took 48 minutes before the repair and 31 after it. Of 260 tiles 41 cracked.",
        ["Firing is 17 minutes quicker since the repair.", "Of 260 tiles 41 cracked, the other 219 did not."],
        ["Firing is 27 minutes quicker since the repair.", "Of 260 tiles 41 cracked, the other 239 did not."],
    ),
    "what lies between two times and two days": (
        "08:10 the pump failed. 08:19 Orla was called. Beds dug on 3 May flowered late, those dug on 24 May did not flower.",
        ["Orla was called nine minutes later.", "Beds dug three weeks later did not flower."],
        ["Orla was called forty minutes later.", "Beds dug five weeks later did not flower."],
    ),
    "what lots cost": (
        "The stall sold 14 jars at €6 each and 25 combs at €9 each.",
        ["Jars brought in €84 and combs €225, together €309."],
        ["Jars brought in €94.", "Jars brought in €84 and combs €225, together €339."],
    ),
    "a share in words, and the year after": (
        "Of 412 births 104 were at night. The old ward closed in 1988, and the year after its roof fell in.",
        ["About a quarter of the births were at night.", "The roof fell in in 1989."],
        ["About a tenth of the births were at night.", "The roof fell in in 1992."],
    ),
    "an amount for a time, an age and a quarter of an hour": (
        "The drip gives 40 ml per hour. Guests under 12 pay nothing, and everybody else waits 15 minutes.",
        ["The drip gives 40 ml/h.", "Under-12s pay nothing.", "The others wait a quarter of an hour."],
        ["The drip gives 60 ml/h.", "Under-14s pay nothing."],
    ),
}  # fmt: skip


def alarms(source, output):
    return [(f.kind, f.outcome, f.source, f.output) for f in audit(source, output).findings if f.outcome in ALARMS]


@pytest.mark.parametrize(("source", "output"), [(s, o) for s, right, _ in CASES.values() for o in right])
def test_the_same_told_otherwise_raises_no_alarm(source, output):
    assert not alarms(source, output)


@pytest.mark.parametrize(("source", "output"), [(s, o) for s, _, wrong in CASES.values() for o in wrong])
def test_something_else_told_so_does(source, output):
    assert alarms(source, output) or audit(source, output).doubtful  # in other words it may be no more than doubtful, never silent


def test_an_exchange_is_shown_with_whose_the_values_are():
    found = alarms("The API is on port 8080 and the metrics are on port 9090.", "Metrics use 8080 while the API uses 9090.")
    assert [(source, output) for _, outcome, source, output in found if outcome == "drifted"] == [
        ("API is on port 8080", "API uses 9090"), ("metrics are on port 9090", "Metrics use 8080"),
    ]  # fmt: skip


def test_what_goes_from_one_value_to_another_has_one_subject():
    assert not alarms("The pool was raised from 5 to 10.", "The pool is 10 instead of 5.")


def test_a_value_said_twice_is_given_to_nobody_else():
    source = "Ana ran 5 km and Ben ran 7 km. Later Ana ran 7 km and Ben ran 5 km."
    assert not alarms(source, "Ana ran 7 km and Ben ran 5 km.")
