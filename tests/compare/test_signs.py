"""Signs, fields and cells in a comparison: each place counts, and one is not mistaken for that of another field."""

import pytest

from tellback.audit import audit

ROWS = "city,rain,open\nOslo,12,yes\nRiga,17,no\nBern,12,yes"


def said(source, output):
    return [(f.outcome, f.kind, f.source, f.output) for f in audit(source, output).findings]


@pytest.mark.parametrize(
    "source, output, finding",
    [
        ("tls: true\nverify: false", "tls: false\nverify: true", ("drifted", "boolean", "tls: true", "tls: false")),
        ("It fires when cpu > 90.", "It fires when cpu < 90.", ("replaced", "comparison", "cpu > 90", "cpu < 90")),
        ("Requires python >=3.10,<3.13.", "Requires python >=3.10,<=3.13.", ("replaced", "comparison", "<3.13", "<=3.13")),
        ("- [x] rotate keys\n- [x] patch", "- [x] rotate keys\n- [ ] patch", ("replaced", "boolean", "[x] patch", "[ ] patch")),
        ("if (!user.ready) stop();", "if (user.ready) stop();", ("missing", "denial", "!user.ready", None)),
        ("if (user.ready) stop();", "if (!user.ready) stop();", ("invented", "denial", None, "!user.ready")),
        ("They pump 900 litres per minute.", "They pump 900 litres per second.", ("replaced", "rate", "900 litres per minute", "900 litres per second")),
        (ROWS, ROWS.replace("Riga", "Turin"), ("replaced", "field", "Riga", "Turin")),
        (ROWS, ROWS.replace("17", "71"), ("replaced", "number", "17", "71")),
    ],
)
def test_one_place_changed_is_found_there(source, output, finding):
    assert finding in said(source, output)


@pytest.mark.parametrize(
    "source, output",
    [
        (ROWS, "city,rain,open\nBern,12,yes\nOslo,12,yes\nRiga,17,no"),
        (ROWS, "| city | open | rain |\n|---|---|---|\n| Oslo | yes | 12 |\n| Riga | no | 17 |\n| Bern | yes | 12 |"),
        (ROWS, '[{"city": "Oslo", "rain": 12, "open": true}, {"city": "Riga", "rain": 17, "open": false}, {"city": "Bern", "rain": 12, "open": true}]'),
        ("if a <> b", "if a != b"),
        ("paid $20 per month", "paid $20 a month"),
        ("bad: 9f3c2ab71e04d58c6b1f0a93e7d2c4458bb0916e", "bad: 9f3c2ab"),
        ("See /srv/app/jobs/import.py for it.", "See jobs/import.py for it."),
        ("It opens on **17** May.", "It opens on 17 May."),
        ("x = 2 ** 5 ** 3", "x = 2 ** 5 ** 3"),
    ],
)  # fmt: skip
def test_the_same_in_another_form_is_kept(source, output):
    assert not said(source, output)


def test_another_folder_is_another_file():
    assert said("See src/a/app.py there.", "See src/b/app.py there.") == [("replaced", "path", "src/a/app.py", "src/b/app.py")]
    assert said("See src/app.py:42 there.", "See src/app.py:43 there.") == [("replaced", "path", "src/app.py:42", "src/app.py:43")]
