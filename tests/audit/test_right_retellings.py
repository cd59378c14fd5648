"""Right retellings raise no alarm, their wrong twins one: values and rules told in a form of their own."""

from __future__ import annotations

import pytest

from tellback.audit.examine import Options, examine
from tellback.audit.transcripts import flatten

# source, a right output, and a wrong one (None: that is tested elsewhere)
PAIRS = {
    "a share for a percentage": (
        "Olsen sold 20% of the mill to her cousin in May.", "In May Olsen's cousin bought a fifth of the mill.", "In May Olsen's cousin bought a third of the mill."),
    "products and a total": (
        "Order 5512: 12 lamps at 35.00, 4 rugs at 120.00.", "Order 5512 comes to 420 for the lamps and 480 for the rugs, 900 in total.", None),
    "a state by its code": (
        "The seeds come from Hill Farms, Amherst, MA, each spring.", "Each spring the seeds come from Hill Farms of Amherst, Massachusetts.",
        "Each spring the seeds come from Hill Farms of Amherst, Vermont."),
    "two names of a place": ("The team flew from Kiev to Basel on Monday.", "On Monday the team took a plane from Kyiv to Basel.", "On Monday the team took a plane from Lviv to Basel."),
    "a month that the end of a line parts": ("The choir will sing in the abbey in No-\nvember and again in spring.", "The choir sings in the abbey in November and in spring.", "The choir sings in the abbey in December and in spring."),
    "a day in German": ("Die Halle wurde am 4.8.2023 eröffnet und kostete 3,2 Mio. Euro.", "Die Halle kostete 3,2 Mio. Euro; eröffnet wurde sie am 4. August 2023.",
                        "Die Halle kostete 3,2 Mio. Euro; eröffnet wurde sie am 6. August 2023."),
    "a time in words": ("Log: 2025-04-02 16:04:51 backup finished, 14 files.", "The backup of 14 files was done at four in the afternoon.", "The backup of 14 files was done at seven in the evening."),
    "a quarter past": ("The train to Ulm leaves at 19:45 from platform 6.", "From platform 6 the train to Ulm leaves at quarter to eight.", "From platform 6 the train to Ulm leaves at quarter past eight."),
    "the unit of a field's name": ("poll:\n  intervalSeconds: 45\n  tries: 4", "It polls every 45 seconds and gives up after four tries.", "It polls every 45 minutes and gives up after four tries."),
    "milliseconds of a name": ("const net = { retries: 7, backoffMs: 3000 };", "The net retries 7 times with a backoff of three seconds.", None),
    "a number within code": ("Shipping: `weight >= 30` goes by lorry.", "From a weight of 30 on, shipping goes by lorry.", "From a weight of 50 on, shipping goes by lorry."),
    "degrees with their scale": ("The valve opens above 35 degrees and closes below 20 degrees.", "Above 35 °C the valve opens, below 20 °C it closes.", "Above 45 °C the valve opens, below 20 °C it closes."),
    "what came before": ("It was the ninth storm of the year in Rhyl.", "Rhyl had seen eight storms that year already before this one.", "Rhyl had seen three storms that year already before this one."),
    "an offer at the end": ("The club wants 600 new members by 2030.", "By 2030 the club wants 600 new members.\n\nLet me know if you'd like it shorter!", None),
    "points of a model": ("The club wants 600 new members by 2030.", "Sure! Here are the 3 main points of your text:\n\n- By 2030 the club wants 600 new members.", None),
    "a capital at the head of a line": ("The boiler failed twice and a valve was changed.", "## Session so far\n- Boiler: failed twice\n- Length of the outage is not known; a valve was changed.", None),
    "«no» of a joined noun": ("The soup is made without cream. It contains leeks and salt.", "The soup contains leeks and salt but no cream.", "The soup contains no leeks but cream and salt."),
    "before it happens": ("Don't post the letter, Ruth wants to check it first.", "Ruth wants to check the letter before anybody posts it.", None),
    "too late and earlier": ("The heating in the hall starts too late.", "The heating in the hall should start earlier.", None),
    "with what something must be had": ("Nobody is allowed in the pool without a cap.", "In the pool everybody must have a cap.", None),
    "a deed that something waits for": (
        "The scaffold has to be signed off by Ingrid before the first painter climbs it.", "No painter climbs the scaffold before Ingrid has approved it.",
        "Ingrid has approved the scaffold and the first painter has climbed it."),
    "what somebody must be there for": (
        "Only staff with a green key may open the vault, and two of them have to be present.", "Two holders of a green key must be there to open the vault.",
        "Staff with a green key have to open the vault."),
    "another thing that is allowed": (
        "Dogs are banned from the beach; horses are welcome.", "Horses are allowed on the beach, dogs are not.", "Dogs are allowed on the beach."),
    "a request that begins a sentence": (
        "Cool boiled eggs in ice water within ten minutes. Use a deep bowl.", "Chill boiled eggs fast in ice water, in a deep bowl.",
        "Cool boiled eggs in ice water within twenty minutes, in a deep bowl."),
    "an effect that is denied": (
        "You write that the toll has no effect, yet the counts fall sharply.", "The counts show an effect of the toll that the text denies.",
        "You write that the toll has an effect."),
    "what was agreed as a quality": (
        "It was agreed to charge 12 per metre for the first three metres and 8 beyond that.",
        "Under the agreed tariff, stalls pay 12 a metre for three metres and 8 after that.", None),
    "a cause told from the other end": (
        "The nightly load of sales_fact failed because the shop renamed the column till_no.", "A column rename at the shop broke the nightly sales_fact load.",
        None),
    "nothing until it was seen": (
        "Chef Bastien has to look over the eight menus before we print anything.", "Nothing is to be printed until chef Bastien has looked at those eight menus.",
        None),
    "a rule that is told nowhere else": (
        "Kitchen staff must tie back long hair. Watches other than plastic ones come off before the shift.",
        "- Long hair: tied back\n- Timepieces at the wrist: only plastic, the rest taken off beforehand",
        "- Long hair: tied back\n- Watches: only plastic ones at the shift\n- Holiday requests: only with the manager's signature"),
    "items of a list in one sentence": (
        "New in 2.1:\n- Removed the CSV importer\n- The `--dark` theme is now the default\n- Timeout raised from 20 s to 2 min\n- Added a search box",
        "2.1 makes the `--dark` theme the default, adds a search box, raises the timeout to 120 seconds and drops the CSV importer.",
        "2.1 makes the `--dark` theme the default, removes a search box and adds the CSV importer."),
    "a verb that became a noun": (
        "Striker Ines Roth will miss the final after tearing a muscle in the warm-up.", "A muscle tear suffered in the warm-up rules Roth out of the final.", None),
    "what was left out": (
        "Knee replaced on 3 May. No bandage because of the rash. Aspirin for 28 days.",
        "Knee replaced 3 May. Four weeks of aspirin; bandage omitted owing to the rash.",
        "Knee replaced 3 May. Four weeks of aspirin and a bandage because of the rash."),
    "a month cut short before a name": (
        "Families are matched in January. Applicants need a B in Spanish.", "Timeline: host matching Jan. Entry: Spanish grade B.", None),
    "digits in groups": ("Le club compte 3 600 membres et perçoit 12,50 € par an.", "Les 3600 membres du club paient 12,50 € par an.", None),
}  # fmt: skip


def wrong(source, output):
    return [f for f in examine(source, output, Options()).findings if f.level == "wrong"]


@pytest.mark.parametrize("name", PAIRS)
def test_a_right_one_is_silent_and_its_twin_is_not(name):
    source, right, false = PAIRS[name]
    assert wrong(source, right) == []
    assert false is None or wrong(source, false)


TALK = [
    ("user", "Move the shop's mail from Postfix to Exim, test box first. The live box stays on Postfix until I say so. Don't contact the host, use the docs."),
    ("assistant", "Exim is installed on the test box; 3 of 3 queues work. People have to set their passwords again."),
    ("user", "Keep the aliases as they are. I want to read the config before you install it anywhere. Don't bump the serial, I do that myself."),
    ("assistant", "The config is in etc/exim4.conf, 212 lines. I mailed Noor; no answer yet."),
    ("user", "Good. For the spam rules write to Noor again."),
]  # fmt: skip
RIGHT = (
    "**State.** Only the test box was moved. Its 3 queues work, hence people must set their passwords anew.",
    "## Constraints\n- The live box remains on Postfix until the user gives the word\n- The host is not to be contacted, only the docs used",
    "The mail moves from Postfix to Exim on the test box, without contacting the host.",
    "The aliases were kept as they were, and the serial is bumped by the user, not by the assistant.",
    "On the user's wish Noor was written to, with no answer so far.",
    "Pending: nothing was asked beyond this.",
    "The user wants to read the config before that happens.",
    "## Decisions agreed\n- Exim on the test box",
)
WRONG = (
    "The user has also approved the live box for the same move.",
    "The user has read the config and told us to install it on the test box.",
    "To do: bump the serial, then do the same move on the live box as the user told us.",
    "The user asked to delete the aliases.",
)


@pytest.fixture(scope="module")
def talk():
    return flatten((i, {"role": role, "content": text}) for i, (role, text) in enumerate(TALK, 1))


@pytest.mark.parametrize("output", RIGHT)
def test_what_users_asked_for_may_be_told_so(talk, output):
    assert wrong(talk, output) == []


@pytest.mark.parametrize("output", WRONG)
def test_what_they_did_not_ask_for_may_not(talk, output):
    assert [f for f in wrong(talk, output) if f.kind in ("instruction", "decision")]
