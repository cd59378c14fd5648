"""The page as a file: everything escaped, unseen characters shown, a policy that lets nothing else run."""

import base64
import hashlib
import html
import re

import pytest
from stand_in import audit

from tellback.audit import page
from tellback.audit.rows import redacted
from tellback.errors import UsageError

SOURCE = "Seen by <script>alert('s')</script> and by Eiffel in 1889 \u202ereversed\u202c \x07bell."
OUTPUT = "Seen by Zed</style><img src=x onerror=alert(1)> in 1890 and of 7."


def test_foreign_text_is_inert():
    text = page.render(audit(SOURCE, OUTPUT), "a<b>&\u202e.txt", ["all: 50% kept"])
    assert text.count("<script>") == 1 and text.count("</style>") == 1 and "<img" not in text
    assert "\u202e" not in text and "\x07" not in text and "⟨U+202E⟩" in text and "⟨U+0007⟩" in text
    assert "a&lt;b&gt;&amp;⟨U+202E⟩.txt" in text and "Below the bar: all: 50% kept." in text


def test_policy_names_the_script_and_the_style():
    text = page.render(audit(SOURCE, OUTPUT))
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1])
    assert policy.startswith("default-src 'none'")
    for tag in ("script", "style"):
        content = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    addresses = text.replace("http://www.w3.org/2000/svg", "")  # the name of a sort of elements
    assert "unsafe" not in policy and "http:" not in addresses and "https:" not in addresses


def test_the_texts_are_whole():
    text = page.render(audit("a costs 15\n\n  and of Marta", "a costs 16"))
    bodies = re.findall(r'<div class="text"[^>]*>(.*?)</div>', text, re.S)
    assert [html.unescape(re.sub("<[^>]+>", "", b)) for b in bodies] == ["a costs 15\n\n  and of Marta", "a costs 16"]
    assert 'data-facts="1"' in text and "number: the source says" in re.sub(r"\s+", " ", re.sub("<[^>]+>", "", text))


def test_overlapping_facts():
    from tellback.audit import Audit, Finding

    facts = (
        Finding("role", "drifted", "Ann saw Bob", "Bob saw Ann", (0, 11), (0, 11), "swapped"),
        Finding("name", "faithful", "Bob", "Bob", (8, 11), (0, 3), ""),
        Finding("name", "missing", "gone", None, (90, 99), None, "outside of the text"),
    )
    text = page.render(Audit("Ann saw Bob", "Bob saw Ann", facts))
    pieces = re.findall(r'<a class="o-(\w+)" href="#r\d+" data-facts="([^"]+)" title="[^"]*">([^<]*)</a>', text)
    # facts are numbered as they are listed, findings first; the shorter of two decides the colour
    assert pieces == [
        ("drifted", "1", "Ann saw "),
        ("faithful", "3 1", "Bob"),
        ("faithful", "3 1", "Bob"),
        ("drifted", "1", " saw Ann"),
    ]


def test_empty_unread_and_long():
    assert "no facts were found" in page.render(audit("", "")).casefold()
    assert "Not read in full: Spanish is not read" in page.render(audit("¿", "x"))
    long = audit("a " * page.MOST_CHARACTERS, "")
    with pytest.raises(UsageError, match="--redact"):
        page.render(long)
    assert len(page.render(long, redact=True)) < 100_000


def test_redacted_page_holds_no_words():
    found = audit(SOURCE, "Seen by Eiffel and of Zed in 1890.")
    text = page.render(found, redact=True)
    for word in ("Eiffel", "1889", "1890", "reversed", "Zed"):
        assert word not in text
    assert all(f.source in text for f in redacted(found).findings if f.source)


def test_notebook():
    text = page.notebook(audit(SOURCE, OUTPUT))
    assert text.startswith('<iframe sandbox="allow-scripts" srcdoc="') and text.count("<") == 2
    assert "<script>alert('s')" not in html.unescape(text).replace("<script>\n", "")
    assert len(page.notebook(audit("a " * page.MOST_CHARACTERS, ""))) < 100_000


def test_many_facts_take_linear_time():
    import time

    def seconds(n):
        found = audit(" ".join(f"it cost {i}" for i in range(n)), " ".join(f"it cost {i}" for i in range(0, n, 2)))
        started = time.process_time()
        page.render(found)
        return time.process_time() - started

    seconds(50)
    small, large = seconds(500), seconds(4000)
    assert large < 32 * max(small, 0.02), (small, large)  # eight times as much; a square would be 64
