from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tellback.display.words import count, interval, markdown, number, rate_name, share, shown, visible


@given(st.text(alphabet=st.characters(), max_size=40))
def test_nothing_unseen_is_left_and_the_text_can_be_written(text):
    out = visible(text)
    out.encode("utf-8")
    assert not [c for c in out if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n\t\u200c\u200d"]


def test_bidi_and_control_characters_are_spelled_out():
    assert visible("a\u202eb\x00c\x1b\u2028\ud800") == "a⟨U+202E⟩b⟨U+0000⟩c⟨U+001B⟩⟨U+2028⟩⟨U+D800⟩"
    assert visible("é 木 \u0634\u200c\u062c\n") == "é 木 \u0634\u200c\u062c\n"


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "a | b", "`x`", "*a* _b_ **c**", "[x](http://e.example)", "# no heading", "- no list",
     "1. no list", "a_b_c", "$x$", "~~a~~", "&amp; \\", "> no quotation", "www.e.example", "@someone", "+ a", "=== x"],
)  # fmt: skip
def test_markdown_shows_hostile_text_literally(text):
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])
    tokens = parser.parse(markdown(text))
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(c.content for c in tokens[1].children) == text
    assert {c.type for c in tokens[1].children} <= {"text", "text_special"}


def test_mentions_and_bare_links_are_broken():
    assert "@" not in markdown("hi @someone")
    assert "://" not in markdown("see http://e.example")
    assert markdown("pocket-conflict@asked") == "pocket-conflict@asked"


def test_missing_is_never_zero():
    assert [number(None), share(None), count(None), shown({}), shown({"n": 0}), interval(None, 0.5)] == ["–"] * 5 + [""]


def test_numbers_say_what_they_are():
    assert share(0.214) == "21%"
    assert share(0.999) == "99.9%"
    assert share(1.0) == "100%"
    assert share(0.001) == "0.1%"
    assert [count(x) for x in (61_440, 999_999, 1_400_000, 6e8, 32e9)] == ["61.4k", "1M", "1.4M", "600M", "32B"]
    assert rate_name(4.0) == "4x"
    assert rate_name(None) == "no memory"
    assert shown({"n": 9, "faithful": 0.5, "low": {"faithful": 0.2}, "high": {"faithful": 0.8}}) == "50% [20, 80]"
