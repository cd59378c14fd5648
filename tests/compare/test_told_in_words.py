"""Boxes, kin and speakers told in words of the output's own: right ones raise no alarm, turned ones do."""

import pytest

from tellback.audit import audit
from tellback.compare.values.boxes import _is_done
from tellback.language.speakers import turns

ALARMS = {"replaced", "drifted", "overwritten", "invented"}
LIST = "- [ ] paint the shed\n- [x] oil the gate\n- [ ] order the seeds"
PARCELS = "Parcel JD01777 for order OR-918 left hub K-2 with customs reference PL44. The replacement, order OR-981, travels under JD01999 and has not reached customs."
PASS = "2027-05-30T03:41:07Z INFO  antenna=2 acquired signal\n2027-05-30T03:52:18Z INFO  antenna=2 lost signal\n2027-05-30T03:58:00Z INFO  antenna=1 next pass"
CHAT = "Ida: I will oil the gate. Olle: I will order the seeds."
SETTINGS = "pump:\n  memory: 512Mi\n  image: hub.local/pump:5.12.0\nmeter:\n  memory: 4Gi\n  image: hub.local/meter:4.7.3\n"

RIGHT = [
    (LIST, "The gate is oiled; shed and seeds remain."),
    (LIST, "The gate was oiled. The shed still has to be painted, and the seeds have not been ordered."),
    (LIST, "Gate done, shed and seeds open."),
    ("- [x] changelog\n- [ ] upgrade guide", "The changelog is done, the upgrade guide is not."),
    ("Ida is Olle's wife.", "Olle is Ida's husband."),
    ("Karl is the son of Ida.", "Ida is Karl's mother."),
    ("Karl's father, Olle, keeps the mill.", "Olle, whose son is Karl, keeps the mill."),
    (CHAT, "Ida oils the gate, Olle orders the seeds."),
    ("The new oil is less likely to freeze.", "The new oil isn't as likely to freeze."),
    ("Nobody but the porter had a key.", "The porter had a key."),
    ("The rent is due on 12 January.", "The rent is due on 12/01."),
    ("The tests ran on `heron-3` at night.", "At night the tests ran on heron-3."),
    ("Runbook: https://wiki.example/ops/RB-118", "The runbook is RB-118."),
    ("Sales of CHF 12 to 14 million are planned.", "Sales of between 12 and 14 million francs are planned."),
    ("A 34-year-old welder without loss of consciousness takes 400 mg three times a day.", "34M welder, no LOC, 400 mg TID."),
    ("On Mon, 3 Feb 2025 Ida wrote: the fair opens in exactly three weeks, the rehearsal is the evening before.",
     "The fair opens on 24 February, with a rehearsal on the 23rd."),
    ("The owner vouches that the pump is free from faults for ten weeks.", "There is a ten-week warranty by the owner against faults of the pump."),
    ("The train left platform 8 with 203 seats free.", "It left (platform 8, 203 seats free)."),
    (SETTINGS, "The meter (4.7.3) gets 4 GiB of memory, the pump (5.12.0) 512 MiB."),
    ("The gap between board and wall must not exceed 30 cm.", "The gap between wall and board is limited to 30 cm."),
    ("Teams of less than six players may not enter the cup.", "Teams of six players or more may enter the cup."),
    ("Parcels are not taken after 12:30.", "Parcels are taken until 12:30."),
    ("The map cannot be copied.", "The map is not available to copy."),
    ("Please rebase merge request 31 first.", "MR 31 is to be rebased first."),
    ("def settle(order, user):\n    return ledger.close(order)\n", "settle() closes the order in the ledger."),
    ("Sales rose to 61.8 tonnes from 57.3 tonnes. Alder gave 38.9 tonnes and Birch 22.9 tonnes.", "It came to 38.9 tonnes from Alder, 22.9 tonnes from Birch."),
    ("The box weighs 160 kg.", "The weight of the box is 353 lb."),
    ("Tickets cost $1.50 each. A card is good for 10 rides.", "Ten rides on a card come to $15."),
    ("Hold it for 30 seconds. Wait 30 minutes.", "Wait half an hour after 30 s."),
    ("The mast is 12 m tall; the keel is 12 cm wide.", "The keel is 12 cm wide, the mast 12 m tall."),
    (PARCELS, "Order OR-918 left hub K-2 as JD01777 (customs ref. PL44). JD01999 carries the replacement order OR-981, which is not at customs yet."),
    ("The club asked for a permit. The office refused it at first. In June the office granted it.", "In June the office granted the permit."),
    ("The plan for the pier came up. The office refused it. The plan for the kiosk came up. The office approved it.", "The office approved the plan for the kiosk and refused that for the pier."),
    ("The harbour cost $ 53, 193, 914 to build.", "The harbour cost $53,193,914 to build."),
]
WRONG = [
    (LIST, "The shed is painted and the seeds are ordered. The gate still has to be oiled."),
    ("- [ ] move the old boiler", "The old boiler was moved."),
    ("Her son keeps the mill.", "Her father keeps the mill."),
    ("The mill belongs to Karl's father.", "The mill belongs to Karl's son."),
    (CHAT, "Olle will oil the gate and Ida will order the seeds."),
    ("Nobody was hurt in the mill.", "Three people were hurt in the mill."),
    ("Nobody has signed the lease.", "The tenant signed the lease."),
    ("Step 1: close the valve. Step 2: open the lid. Step 3: drain it.", "Drain it, then open the lid, then close the valve."),
    ("The rent is due on 12 January.", "The rent is due on 13/01."),
    ("The tests ran on `heron-3` at night.", "At night the tests ran on heron-4."),
    ("Runbook: https://wiki.example/ops/RB-118", "The runbook is RB-181."),
    ("Sales of CHF 12 to 14 million are planned.", "Sales of between 12 and 15 million francs are planned."),
    ("A 34-year-old welder takes 400 mg three times a day.", "43M welder, 400 mg three times a day."),
    ("On Mon, 3 Feb 2025 Ida wrote: the fair opens in exactly three weeks.", "The fair opens on 17 February."),
    (SETTINGS, "The meter (4.7.3) gets 512 MiB of memory, the pump (5.12.0) 4 GiB."),
    ("Teams of less than six players may not enter the cup.", "Teams of six players or more may not enter the cup."),
    ("Parcels are not taken after 12:30.", "Parcels are taken after 12:30."),
    ("The map cannot be copied.", "The map is available to copy."),
    ("def settle(order, user):\n    return ledger.close(order)\n", "refund() closes the order in the ledger."),
    ("Alder gave 38.9 tonnes and Birch 22.9 tonnes.", "It came to 22.9 tonnes from Alder, 38.9 tonnes from Birch."),
    ("The trike has a payload of 160 kg and a turning circle of 4.6 m.", "It carries up to 160 lb and turns within 4.6 metres."),
    ("Running costs are put at £0.18m a year, a fifth of which is heating.", "Annual costs are estimated at £1.8 million, 20% of it for heating."),
    ("Bread rolls take 45 g of flour each, and the oven is at 220 °C.", "Every roll needs 45 kg of flour. Bake at 220 °C."),
    (PASS, "Antenna 2 had the signal from 03:41:07 to 03:58:18 UTC."),
    (PARCELS, "Order OR-918 left hub K-2 as JD01999 (customs ref. PL44). JD01777 carries the replacement order OR-981, which is not at customs yet."),
    ("The request of plot 48 to keep bees was turned down.", "Plot 48 was granted permission to keep bees."),
    ("The guest asked for a refund of the March fee. Accounts refused it, as the stay was short.", "Accounts granted the refund of the March fee."),
    ('b77f613 revert: "offline search" (#1171), breaks on Android 9\n90aa3d2 docs: x (#1165)', "- Offline search was added (#1171)"),
]


@pytest.mark.parametrize(("source", "output"), RIGHT)
def test_the_same_in_other_words_is_no_alarm(source, output):
    assert [f for f in audit(source, output).findings if f.outcome in ALARMS] == []


@pytest.mark.parametrize(("source", "output"), WRONG)
def test_the_contrary_is_one(source, output):
    assert [f for f in audit(source, output).findings if f.outcome in ALARMS]


@pytest.mark.parametrize(("source", "output", "shown"), [
    ("primary = pg-3.internal:5432\nreplica = pg-5.internal:5433", "The primary store is pg-5.internal (port 5432), the replica pg-3.internal (port 5433).", "pg-3.internal"),
    ("In das Netz flossen 96 Mio. Euro.", "96 Milliarden Euro gingen in das Netz.", "96 Milliarden"),
    ("The number of lost-time accidents was 14, after 11 in the year before.", "By-catch fell, and lost-time accidents went down from 14 to 11.", "accidents"),
])  # fmt: skip
def test_a_finding_shows_of_what_it_is(source, output, shown):
    assert any(shown in f"{f.source} {f.output}" for f in audit(source, output).findings if f.outcome in ALARMS)


@pytest.mark.parametrize(("clause", "verb", "done"), [
    ("the shed is painted", "paint", True), ("we wrote it", "write", True), ("it has been written", "write", True), ("the shed is next", "paint", False),
    ("the shed", "paint", None), ("paint for the shed", "paint", None), ("not painted", "paint", False), ("the shed is done", "paint", True),
])  # fmt: skip
def test_what_a_clause_says_of_an_item(clause, verb, done):
    assert _is_done(clause, verb) is done


def test_labels_within_a_line_are_speakers_where_they_speak_of_themselves():
    assert [(turn.name, CHAT[turn.start : turn.end].strip()) for turn in turns(CHAT)] == [("Ida", "I will oil the gate."), ("Olle", "I will order the seeds.")]
    assert turns("It has two parts. Result: I/O is slow. Cause: My disk.") == ()
