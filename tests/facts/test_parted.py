"""Text that a tokenizer has parted: read as its writer wrote it, with every offset where it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellback.audit.texts import audit
from tellback.facts.fold import fold
from tellback.facts.parted import as_written, joined


@pytest.mark.parametrize(("parted", "written"), [
    ("over 15, 000 flowers", "over 15,000 flowers"),
    ("a fine of $ 53, 193, 914 in 15, 000 days", "a fine of $ 53,193,914 in 15,000 days"),
    ("it surged to 31. 8 million and 7. 8 per cent", "it surged to 31.8 million and 7.8 per cent"),
    ("a 16 - year - old of the mum - of - two", "a 16-year-old of the mum-of-two"),
    ("he does n't want it , and it 's hers .", "he doesn't want it, and it's hers."),
    ("their `female parts' and `male anthers' are open", "their 'female parts' and 'male anthers' are open"),
    ("` it was so,' he said. ` no!' she said", "' it was so,' he said. ' no!' she said"),
    ("as if `` in a mill'', she said", 'as if "in a mill", she said'),
])  # fmt: skip
def test_what_a_tokenizer_put_in_is_left_out(parted, written):
    assert as_written(parted) == written and len(joined(parted)) == len(parted)


@pytest.mark.parametrize("text", [
    "pages 10, 200 and 300", "On May 7. 8 people came.", "run `git commit -m 'x'` and `users' table` or `don't`", "`echo 'hi'` and `a`",
    "use `a` then `b's` and it's", "a - b - C", "a list: 1, 2, 3", "the mill - old - was shut on Monday - Friday - and then", "```\nx='a'\n```",
])  # fmt: skip
def test_other_text_stays_as_it_is(text):
    assert joined(text) == text


@given(st.text(alphabet="`' ,.0123456789an-$\n", max_size=80))
def test_no_offset_moves(text):
    assert len(joined(text)) == len(text)
    folded = fold(text)
    assert all(0 <= folded.span(i, i + 1)[0] < folded.span(i, i + 1)[1] <= len(text) for i in range(len(folded.text)))


def test_numbers_behind_a_quotation_of_the_news_are_read():
    source = "The surgery took 20 minutes. ` it was a coin,' he said. The ` odd ' wire of 3, 700 metres cost $ 1, 250 then."
    found = audit(source, "The surgery took 20 minutes; the wire of 3,700 metres cost $1,250.")
    assert not [f for f in found.findings if f.level == "wrong"]
    wrong = audit(source, "The surgery took 25 minutes; the wire of 3,900 metres cost $1,250.")
    assert {f.output for f in wrong.findings if f.level == "wrong"} >= {"25", "3,900"}
