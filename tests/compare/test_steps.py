"""Steps told in their order in prose, and told in another."""

import pytest

from tellback.compare.binding.steps import turned_steps

LIST = "1. Empty the boiler.\n2. Unscrew both taps.\n3. Lift it off the hooks.\n4. Tile the wall."
RELEASE = "1. Lock the till\n2. Copy the ledger\n3. Load the new prices\n4. Wake the printers"
RECIPE = (
    "First roast the nuts until brown. Then add the honey and stir for a minute. Pour in the cream last and let it set."
)
CASES = [
    (LIST, "Empty the boiler and unscrew both taps; then lift it off its hooks, and finally tile the wall.",
     "Unscrew both taps before emptying the boiler; then lift it off its hooks, and finally tile the wall."),
    (LIST, "Before tiling the wall, lift the boiler off its hooks.", "Before lifting it off its hooks, tile the wall."),
    (LIST, "The wall is tiled once it is off the hooks.", "It is lifted off the hooks once the wall is tiled."),
    (RELEASE, "A release goes like this: till locked, ledger copied, new prices, printers woken.",
     "A release goes like this: till locked, new prices, ledger copied, printers woken."),
    (RELEASE, "The ledger is copied before the prices are loaded.", "The new prices are loaded before the ledger is copied."),
    (RECIPE, "The nuts come first, next the honey, and only after that the cream.",
     "The honey comes first, next the nuts until brown, and only after that the cream."),
    (RECIPE, "Nuts, then honey, then cream.", "Nuts, then cream, then honey."),
    ("First ring Ada. Then write to Bo. Book the barn last.", "Book the barn after writing to Bo; Ada is rung first.",
     "Book the barn first, then write to Bo."),
    ("Guests may light a fire, but only after signing the list.", "Fires may be lit by guests who have signed the list.",
     "Guests light a fire and sign the list afterwards."),
    ("As a workaround, save the profile before exporting the bills.", "Export the bills after the profile has been saved.",
     "The bills are exported as soon as possible, and the profile is saved afterwards."),
    ("The crane passed its test at 9:05. A gust stopped the lifting at 10:40.", "Lifting was stopped by a gust after the crane had passed its test.",
     "Once the gust had stopped the lifting, the crane passed its test."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "right", "wrong"), CASES)
def test_another_order_is_seen_and_the_same_one_is_not(source, right, wrong):
    assert not turned_steps(source, right)
    assert turned_steps(source, wrong)


@pytest.mark.parametrize(
    "output",
    [
        "One needs cream, honey and brown nuts.",
        "Cream is not poured in before the honey.",
        "Having added the honey to the nuts, pour in cream.",
    ],
)
def test_what_says_nothing_of_the_order_is_not_accused(output):
    assert not turned_steps(RECIPE, output)
