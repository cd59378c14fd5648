"""Whatever the text: never a crash, every fact has one outcome, and a text keeps all of itself."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tellback.audit import page, rows, transcripts
from tellback.audit.examine import Options, examine
from tellback.audit.tally import Tally
from tellback.records import OUTCOMES

_WORDS = """
the a of in and not never Marta Dr. O'Neil's Léa Hugo U.S. 1,500 1.5k 15 $4.5M 50% 0.5 fifteen hundred 14 March 1879 1879-03-14
src/app.py https://x.io/a?b=1 a@b.co `git push` "quoted words" v1.2.3 DE89370400440532013000 18:30 first before after hit was by
who all no some it she - * # | ( ) [x](y) <b> </b> {"k": 1} \u202e \x00 \x07 \u2028 \ud800 é 漢字 עברית हिन्दी \U0001f600 ''' ``` $ \\
I don't always must. Error: KeyError exit code 1
"""
WORDS = _WORDS.split(" ")
SENTENCES = (
    "Alice hit Bob in the yard.", "Bob was not hit by Alice until 1889.", "Before the vote, he gave her the keys.",
    "None of the 12 towns paid $4.5M to Dr. Lena O'Neil.", "All of it was sold, and the rest of them never came!",
    "- The age of Léa is 30 | and that of Hugo is 18", "```bash\n$ git push origin main\n```", "<p>It must not run.</p>",
)  # fmt: skip
text = st.one_of(
    st.lists(st.sampled_from([*SENTENCES, *SENTENCES, *WORDS]), max_size=20).map(" ".join),
    st.text(max_size=200),
    st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
    st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8), st.integers().map(str)), max_size=30).map(
        "\n".join
    ),
)
EASY = [HealthCheck.too_slow, HealthCheck.data_too_large]


def holds(source, output, options):
    found = examine(source, output, options)
    counts = found.counts
    assert sum(counts[o] for o in OUTCOMES) == counts["n_facts"] == len(found.facts)
    assert counts["invented"] == len(found.invented) and all(f.outcome == "invented" for f in found.invented)
    whole = source if isinstance(source, str) else source.text
    for fact in (*found.facts, *found.invented):
        for side, said, span in (("s", fact.source, fact.source_span), ("o", fact.output, fact.output_span)):
            within = whole if side == "s" else output
            assert span is None or 0 <= span[0] <= span[1] <= len(within), (fact, within)
            assert span is None or said is not None, fact
        assert (fact.outcome == "invented") == (fact.source is None and fact.source_span is None), fact
    assert Tally.of(found).n_facts() == counts["n_facts"]
    json.loads(rows.dumps(rows.row(found, 1)))
    return found


def keeps_itself(source, options):
    found = holds(source, source, options)
    assert found.score in (1.0, None), found.findings
    assert not found.invented, found.invented


@pytest.mark.slow
@given(text, text)
@settings(max_examples=2000, deadline=None, suppress_health_check=EASY)
def test_two_thousand_texts(source, output):
    holds(source, output, Options(fast=True))
    keeps_itself(source, Options(fast=True))


@given(text, text)
@settings(max_examples=200, deadline=None, suppress_health_check=EASY)
@pytest.mark.slow
def test_with_the_parser(source, output):
    pytest.importorskip("spacy", reason="the parser is not installed")
    holds(source, output, Options())
    keeps_itself(source, Options())


@given(text, text, st.integers(0, 2**32))
@settings(max_examples=100, deadline=None, suppress_health_check=EASY)
def test_pages_and_transcripts(source, output, seed):
    found = holds(source, output, Options(fast=True))
    shown = page.render(found)
    assert shown.count("<script>") == 1 or not (found.facts or found.invented)
    assert not set(shown) & set("\u202e\x00\x07\ud800")
    shuffled = random.Random(seed)
    messages = [
        {"role": shuffled.choice(["user", "assistant", "tool"]), "content": part} for part in source.split("\n")
    ]
    read = transcripts.parse("".join(json.dumps(m) + "\n" for m in messages))
    holds(read, output, Options(fast=True))
