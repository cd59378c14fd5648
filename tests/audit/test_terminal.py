import io

from rich.console import Console
from stand_in import audit

from tellback.audit import rates, terminal


def printed(found, **kwargs):
    out = Console(file=io.StringIO(), width=100, highlight=False, **kwargs)
    terminal.show_audit(out, found)
    return out.file.getvalue()


def test_verdict_kinds_and_findings():
    text = printed(audit("by Eiffel it cost 1500 and of Marta", "by Eiffel it cost 1600 [bold]"))
    assert text.splitlines()[0] == "kept 1 of 3 facts (33%); wrong: 1 replaced; lost: 1 missing"
    assert text.index("number") < text.index("name ")  # worst first
    assert rates.cells("number")[0] in text  # its measured error rates stand beside each kind
    assert "replaced number  «1500» became «1600»  [source 18–22, output 18–22]\n    says 1600 for 1500" in text
    assert "missing name  the source says «Marta»" in text


def test_a_screenful():
    source = " ".join(f"it cost {i}" for i in range(100, 200))
    text = printed(audit(source, "it cost 777"))
    assert text.count("\n") <= terminal.LINES + 2
    assert "more (--json or --html for all)" in text
    shown = text.count("missing number") + text.count("replaced number")
    assert f"… and {100 - shown} more" in text
    terminal_of_24 = printed(audit(source, ""), force_terminal=True, height=24)
    assert terminal_of_24.count("\n") <= 24


def test_foreign_text_is_shown_and_does_nothing():
    text = printed(audit("made by Zed\x1b[31m\u202e and [link=x]by Kim[/link] 15", "16 \x1b]0;title\x07 by \ud800"))
    assert "\x1b" not in text and "\u202e" not in text and "\x07" not in text
    assert "«Kim»" in text


def test_long_words_are_cut():
    text = printed(audit("it cost " + "9" * 5000, ""))
    assert len(text) < 1500 and "…»" in text


def test_unread_and_empty():
    assert "not read in full: Spanish is not read" in printed(audit("¿", "x"))
    assert "no facts were found in the source" in printed(audit("", ""))


def test_measured_error_rates(monkeypatch):
    measured = {"number": rates.Rate((0.96, 0.9, 0.99), (1.0, 0.93, 1.0), (0.06, 0.02, 0.1)), "name": rates.Rate()}
    monkeypatch.setattr(rates, "error_rates", lambda: measured)
    assert rates.cells("number") == ("0.96 [0.90, 0.99]", "1.00 [0.93, 1.00]", "6% [2, 10]")
    assert rates.cells("name") == rates.cells("colour") == ("not measured",) * 3
    text = printed(audit("it cost 5", "it cost 6"))
    assert "told anew: alarms" in text and "1.00 [0.93, 1.00]  6% [2, 10]" in text


def test_the_shipped_rates_are_read():
    for kind, rate in rates.error_rates().items():
        shares = [share for share in (rate.found, rate.right, rate.anew) if share is not None]
        assert kind and shares and all(0 <= low <= value <= high <= 1 for value, low, high in shares)
