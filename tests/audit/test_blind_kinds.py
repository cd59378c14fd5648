"""Kinds of the thirteenth to the fifteenth blind set in other words: each right output beside its wrong twin."""

from __future__ import annotations

import pytest

from tellback.audit.examine import Options, examine, source_of

TABLE = "kiln,pots,cracked,glazed\nNorth,318,27,6\nSouth,1140,95,14\nRiver,522,88,8"
PLAN = "| Post | Planned | Spent |\n|---|---:|---:|\n| Roof timber | 7,400 | 6,150 |\n| Window glass | 2,900 | 3,310 |"
YEARS = "| Crop | 2023 | 2024 |\n|---|---:|---:|\n| Barley | 21.5 | 24.8 |\n| Oats | 9.6 | 8.1 |"
# source, a right output (None: there is none here), a wrong one (None: likewise)
PAIRS = {
    "a day that another sentence of the same matter means": (
        "[2025-04-09] Ida: The roofer left two days ago.\n[2025-04-09] Bo: My aunt comes on Friday, and the plumber called off yesterday. He has time in three weeks.",
        "The roofer left on 7 April 2025. The plumber called off on 8 April and has time about 30 April.",
        "The roofer left on 7 April 2025. The plumber called off on 3 April and has time about 30 April."),
    "a fraction of a unit": ("The well lies 750 m from the farm.", "The well lies three quarters of a kilometre from the farm.", "The well lies a quarter of a kilometre from the farm."),
    "what it was before it doubled": ("The toll doubled to 6 euros in May.", "In May the toll went from 3 to 6 euros.", "In May the toll went from 4 to 6 euros."),
    "a share in words": ("Rents rose by a fifth last year.", "Last year rents rose by 20%.", "Last year rents rose by 30%."),
    "the year to a month": ("In the year to June the mill sold 900 sacks.", "The mill sold 900 sacks in the twelve months to June.", "The mill sold 900 sacks in the fourteen months to June."),
    "working days by their names": ("The ferry runs on weekdays at nine.", "From Monday to Friday the ferry runs at nine.", None),
    "an hour that is near": ("The alarm went off at 23:56:10 in hall 4.", "The alarm went off in hall 4 at 23:56:10, just before midnight.", "The alarm went off in hall 4 at 23:56:10, just after midnight."),
    "a zone behind a part of the day": (
        '{"call": "K9", "at": "2026-02-03T08:30:00+01:00"}', "Call K9 is on 3 February 2026 at half past eight in the morning (UTC+1).",
        "Call K9 is on 3 February 2026 at half past eight in the evening (UTC+1)."),
    "whose money it is": ("The grant is CHF 80'000 for the moss garden.", "The moss garden gets 80,000 Swiss francs.", "The moss garden gets 80,000 Norwegian crowns."),
    "a version that a tag holds": ("We run `podman run -d mosquitto:2.0.18-openssl` on the shed's machine.", "Mosquitto 2.0.18 runs on the shed's machine.", "Mosquitto 2.1.18 runs on the shed's machine."),
    "a placeholder": ('log.push(`lift ${crate.id}`); // one line a crate', "Each crate leaves a line such as `lift <id>`.", "Each crate leaves a line such as `drop <id>`."),
    "a word that the end of a line parts": (
        "The warden does not ex-\npect the hut to open before May.", "The warden does not expect the hut to open until May.", "The warden expects the hut to open before May."),
    "a share of a range in German": (
        "Die Quote fiel von 14,3 auf 12,6 Prozent.", "Die Quote liegt bei 12,6 statt 14,3 Prozent.", "Die Quote liegt bei 12,6 statt 15,3 Prozent."),
    "who takes it up": (
        "Ida: I can't open the hall on Sunday, I'm in Ulm.\nBo: Then I'll open it.", "As Ida is in Ulm, Bo opens the hall on Sunday.", "As Bo is in Ulm, Ida opens the hall on Sunday."),
    "only those": ("Only pass holders may use the sauna.", "The sauna is off limits to anybody without a pass.", None),
    "no other": ("They hang the boat in the barn, it's the only room wide enough.", "They hang the boat in the barn because no other room is wide enough.", None),
    "at most what must not be more": ("A crate must not weigh more than 18 kg.", "Crates may weigh at most 18 kg.", "Crates must weigh at least 18 kg."),
    "what waits": (
        '{"role": "user", "content": "And no mailing list until the notice is printed."}\n{"role": "assistant", "content": "Understood."}\n', "The mailing list waits for the notice.",
        "The user wants the mailing list set up before the notice is printed."),
    "a table told by sentences": (
        TABLE, "South had the most pots: 1,140, of which 95 were cracked and 14 glazed. River had 522 pots with 88 cracked and eight glazed, North 318 with 27 and six.",
        "South had the most pots: 1,140, of which 95 were cracked and 14 glazed. River counted 88 cracked and 14 glazed ones among 522 pots."),
    "a column that is named": (PLAN, "Roof timber cost 6,150 (planned 7,400).", "Roof timber cost 7,400 (planned 6,150)."),
    "from one column to the next": (YEARS, "Barley rose from 21.5 to 24.8, oats fell from 9.6 to 8.1.", "Barley rose from 21.5 to 24.8, oats rose from 8.1 to 9.6."),
    "a sign": ("| Hut | Guests | Against the mean |\n|---|---|---|\n| Elm | 74 | -12% |\n| Oak | 91 | +6% |", "Elm had 74 guests, 12% below the mean.", "Elm had 74 guests, 12% above the mean."),
    "things side by side in a table": (
        "Crate KLM 40182-7 (seal TR-5520917) left Lund on voyage 0318N. Crate PQR 77305-1 (seal TR-5520971) follows on voyage 0319N.",
        "| | first | second |\n|---|---|---|\n| Crate | KLM 40182-7 | PQR 77305-1 |\n| Seal | TR-5520917 | TR-5520971 |\n| Voyage | 0318N | 0319N |", None),
    "the former and the latter": (
        "The Elm choir gave four concerts before 2,150 people, the Oak choir six before 3,020. The former sang under Ida Brandt, the latter under Bo Roth.",
        "Under Bo Roth the Oak choir sang six times before 3,020 people, Ida Brandt's Elm choir four times before 2,150.", None),
    "bar and psi": ("The hose holds 6 bar for an hour.", None, "For an hour the hose holds a pressure of 6 psi."),
    "seconds of a program": ("const gateWait = 35 * time.Second", None, "gateWait is 35 minutes."),
    "on by default": ("The change sits behind the flag fast_sort (off by default).", "The flag `fast_sort`, which is off by default, guards the change.", "The flag `fast_sort`, which is on by default, guards the change."),
    "what nobody needs": ("Guests need not bring a lamp.", "Guests may come without a lamp.", "Guests may not come without a lamp."),
    "what is to be removed": ("3fa91c2 Deprecate --old-sort, to be removed in 2.4 (#51)", "`--old-sort` is deprecated and will go in 2.4 (#51).", "`--old-sort` has been removed (#51)."),
    "what was inspected": ("The lift was inspected on Monday. The roof has not been painted.", "Still to do: paint the roof.", "Still to do: have the lift inspected; paint the roof."),
    "a box without its tick": ("- [x] Lease signed\n- [ ] Lift contract transferred\n", "Still to do: transfer the lift contract.", "The lift contract was transferred."),
    "millions of tonnes": ("The port shipped 4.2 million tonnes of ore.", "The port shipped 4.2m tonnes of ore.", "The port shipped 4.2bn tonnes of ore."),
}  # fmt: skip


def wrong(source: str, output: str) -> list[dict[str, object]]:
    read = source_of("s.jsonl" if source.startswith('{"role"') else "s.md", source, Options())
    return [f for f in examine(read, output, Options()).to_dict()["findings"] if f["level"] == "wrong"]


@pytest.mark.parametrize("name", [name for name, (_, right, _) in PAIRS.items() if right])
def test_a_right_one_is_silent(name):
    source, right, _ = PAIRS[name]
    assert wrong(source, right) == []


@pytest.mark.parametrize("name", [name for name, (_, _, false) in PAIRS.items() if false])
def test_a_wrong_one_is_not(name):
    source, _, false = PAIRS[name]
    assert wrong(source, false)
