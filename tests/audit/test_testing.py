import pytest

from tellback.testing import assert_faithful

SOURCE = "by Eiffel it cost 1500 and of Marta in 1889"


@pytest.fixture(autouse=True)
def _simple(simple):
    pass


def test_it_holds():
    assert assert_faithful(SOURCE, SOURCE).score == 1.0
    assert assert_faithful(SOURCE, "by Eiffel 1500 and 1889", at_least=0.75).counts["missing"] == 1
    assert assert_faithful(SOURCE, "1500 and 1889", kinds=["number"]).score == 0.5
    assert_faithful(SOURCE, SOURCE + " and of Zed", invented=1)


@pytest.mark.parametrize(
    ("output", "kwargs", "words"),
    [
        ("by Eiffel 1500 and 1889", {}, "75% of the facts kept, at least 95% wanted"),
        ("it cost 1600", {"kinds": ["number"], "at_least": 0.5}, "0% of the facts kept"),
        (SOURCE + " and of Zed", {"invented": 0}, "1 facts invented, at most 0 allowed"),
        ("by Eiffel it cost 1600 and of Marta in 1889" + " by Ann" * 20, {}, "21 findings say something wrong"),
        ("by Eiffel it cost 1600 and of Marta in 1889", {"at_least": 0.5, "wrong": 0}, "1 finding says something wrong"),
        (SOURCE, {"kinds": ["colour"]}, "no facts of the kinds colour"),
    ],
)
def test_it_fails_with_the_findings(output, kwargs, words):
    with pytest.raises(AssertionError, match=words):
        assert_faithful(SOURCE, output, **kwargs)


def test_the_message_names_facts():
    with pytest.raises(AssertionError) as error:
        assert_faithful(SOURCE, "by Eiffel it cost 1600 and of Marta in 1889 \x1b")
    assert "replaced number: source '1500', output '1600' (says 1600 for 1500)" in str(error.value)
    with pytest.raises(AssertionError, match="Spanish"):
        assert_faithful("¿", "x")
