"""What a report says, and that nothing a document says can do anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from html import unescape
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from tellback.errors import UsageError
from tellback.report import write_report
from tellback.report.cases import cases, chosen
from tellback.report.groups import kept_by_document
from tellback.report.headline import headline, verdicts
from tellback.report.load import load
from tellback.report.tables import controls_tables


class Page(HTMLParser):
    """Elements, attributes and text of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.attributes, self.text, self.titles = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def html(pocket):
    return (pocket / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def md(pocket):
    return (pocket / "report.md").read_text(encoding="utf-8")


SECTIONS = ["Controls", "Reconstruction and faithfulness", "Figures", "Case studies", "Loss by kind of fact", "Belief",
            "Models", "How the numbers are defined"]  # fmt: skip


def test_both_twins_have_the_sections_in_order(html, md):
    for text, mark in ((html, "<h2"), (md, "\n## ")):
        heads = [part[:80] for part in text.split(mark)[1:] if "Size and fidelity" not in part[:80]]  # the page alone explores
        assert len(heads) == len(SECTIONS)
        assert all(section in head for section, head in zip(SECTIONS, heads, strict=True))


def test_nothing_from_a_document_becomes_markup(html):
    page = Page(html)
    assert not {"iframe", "img", "object", "embed", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not [v for name, v in page.attributes if name in ("src", "href", "xlink:href") and v[:1] not in "#d"]
    assert "<script>" in "".join(page.text)  # the failed setup's error, shown as it is
    assert page.tags.count("form") == 1 and "action" not in dict(page.attributes)


def test_the_policy_names_the_one_script_and_the_one_style(html):
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1])
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "data:" in policy
    for tag in ("script", "style"):
        (own,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    data = re.findall(r'<script type="application/octet-stream"[^>]*>(.*?)</script>', html, re.S)
    assert len(data) >= 5 and all(re.fullmatch("[A-Za-z0-9+/=]+", each) for each in data)  # no word of a document as such


def test_nothing_unseen_is_written(html, md):
    for text in (html, md):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    assert "⟨U+202E⟩" in html


def test_markdown_has_no_html_and_tables_of_even_width(md):
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(md)
    inline = [c for t in tokens for c in t.children or []]
    assert not [t for t in tokens + inline if t.type in ("html_block", "html_inline", "link_open", "image")]
    tables = [i for i, t in enumerate(tokens) if t.type == "table_open"]
    assert len(tables) >= 10
    assert not re.search(r"^(\| :--.*)\n(?!\|)", md, re.MULTILINE)  # every table has a row


def test_headline_is_one_sentence_with_the_numbers_of_the_rows(pocket):
    study = load(pocket)
    words = headline(study, True)
    assert words.count(". ") == 0 and words.endswith(".")
    small, large = study.at(8.0)[0], study.at(8.0)[-1]
    for setup in (small, large):
        assert f"{100 * setup.share('pocket-conflict'):.0f}%" in words
        assert f"{100 * setup.share('pocket-conflict', 'overwritten'):.0f}%" in words
        assert f"{setup.row['reconstruction_loss']:.3f}" in words
    assert words.index("61.4k") < words.index("1.02M")
    assert "undecided" in words
    assert "allow no conclusion" not in words
    assert "allow no conclusion" in headline(study, False)


def test_headline_takes_its_direction_from_the_rows(pocket, tmp_path):
    """The same rows with sizes exchanged tell the opposite: nothing presumes that small is better."""
    before = headline(load(pocket), True)
    shutil.copytree(pocket, tmp_path / "s")
    rows = [json.loads(line) for line in (tmp_path / "s" / "results.jsonl").read_text().splitlines()]
    swap = {61_440: 1_015_808, 1_015_808: 61_440}
    for row in rows:
        row["n_parameters_compressor"] = swap.get(row["n_parameters_compressor"], row["n_parameters_compressor"])
    (tmp_path / "s" / "results.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    shares = re.findall(r"keeps (\S+)", before)
    assert re.findall(r"keeps (\S+)", headline(load(tmp_path / "s"), True)) == shares[::-1]


@pytest.mark.slow
def test_five_seeds_reach_a_verdict(folder, tmp_path):
    path = folder.write_pocket(tmp_path, seeds=(0, 1, 2, 3, 4, 5), n_documents=20, hostile=False)
    study = load(path)
    (where, words), (further, _) = verdicts(study)
    assert (where, further) == ("8x (the primary question)", "4x")
    assert words.startswith("Paradox:")  # this is how the synthetic rows are drawn
    assert "simulated studies of this design" in words
    assert "the size-fidelity paradox shows (along the sizes facts kept fall by " in headline(study, True)
    assert kept_by_document(study.at(8.0)[:2], "pocket-conflict").shape == (2, 20)


def test_unfinished_rows_are_marked_with_their_reason(html, md):
    assert html.count('<em class="tag">undertrained</em>') >= 5
    assert '<em class="tag">failed</em>' in html
    for text in (html, md):
        assert "the loss fell by 4.0% over the last 20% of its steps" in text
        assert "out of memory" in text
    assert "**(undertrained)**" in md and "**(failed)**" in md


def test_failed_rows_hold_no_zero(md):
    row = next(line for line in md.splitlines() if "**(failed)**" in line)
    assert set(re.findall(r"\| ([^|]*) (?=\|)", row)[2:]) == {"–"}


def test_controls_in_words(html, md):
    for text in (html, md):
        assert "Nothing can be concluded from this study: 3 of 5 controls hold" in text
        assert "lowest_rate" in text and "at 4x recovers at least 90%" in text
        assert "not measured" in text


def test_many_controls_are_folded_but_for_those_that_do_not_hold(folder, tmp_path):
    folder.write_pocket(tmp_path, hostile=False)
    controls = json.loads((tmp_path / "controls.json").read_text())
    more = [controls[0] | {"control": "shuffled", "setup": f"s{i}", "got": i / 1000} for i in range(20)]
    (tmp_path / "controls.json").write_text(json.dumps(controls + more))
    shown, every = controls_tables(load(tmp_path))
    words = [[cell.text for cell in row.cells] for row in shown.groups[0][1]]
    assert [w[0] for w in words if w[-1] != "holds"] == ["lowest_rate", "shuffled"]
    assert ["shuffled", "pocket-conflict", "keeps at least 98% of the facts", "0 to 0.019"] in [w[:4] for w in words]
    assert "20 of them" in [row.cells[0].small for row in shown.groups[0][1]]
    assert len(every.groups[0][1]) == len(controls) + 20


def test_figures_are_drawn_with_axes_and_no_id_twice(html):
    assert html.count('<svg aria-hidden="true" xmlns=') >= 20
    for title in ("held-out loss, nats/token", "conditional entropy, bits/token", "optimizer step",
                  "compressor parameters without embeddings", "effective rank, decoder&#39;s input space"):  # fmt: skip
        assert title in html.replace("decoder's", "decoder&#39;s")
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "Pearson r" in html and "Spearman ρ" in html
    assert "Spread of the memories by size" in html and "p, equal spread" in html


def test_what_is_unscored_stands_beside_the_share_with_what_it_could_hide():
    from tellback.metrics.counts import counts
    from tellback.report.tables import counts_cell

    cell = counts_cell(counts([["faithful"] * 3 + ["unscored"] * 2 + ["overwritten"] * 5]), "overwritten")
    assert cell.text.startswith("30%") and cell.small.splitlines()[1:] == ["n 10 · 2 unscored", "30% to 50% kept"]
    assert "unscored" not in counts_cell(counts([["faithful", "missing"]]), "overwritten").small


def test_case_studies_colour_facts_and_list_their_questions(pocket, html):
    found = cases(load(pocket))
    assert 1 <= len(found) <= 6
    for case in found:
        assert len(case.outputs) == 2
        rows = case.questions.groups[0][1]
        assert len(rows) == 5
        assert [row.cells[0].text for row in rows] == ["1", "2", "3", "4", "5"]
        numbers = {m.number for s in case.source for m in s.ends}
        assert numbers == {1, 2, 3, 4, 5}
    assert re.search(r'<mark class="o-overwritten" title="fact \d, overwritten: the source says', html)


def test_spans_point_at_the_words_that_were_said(pocket):
    for case in cases(load(pocket)):
        for i, output in enumerate(case.outputs):
            said = {row.cells[0].text: row.cells[5 + 2 * i].text for row in case.questions.groups[0][1]}
            for segment in output.segments:
                for mark in segment.ends:
                    assert segment.text == said[str(mark.number)]


def test_chosen_documents_tell_setups_apart_in_both_directions():
    small = {"a": {"1": "faithful", "2": "faithful"}, "b": {"1": "missing"}, "c": {"1": "faithful"}}
    large = {"a": {"1": "overwritten", "2": "missing"}, "b": {"1": "faithful"}, "c": {"1": "faithful"}}
    picks = chosen([small, large], ["s", "l"])
    assert [document for _, document in picks] == ["a", "b"]
    assert picks[0][0].startswith("s keeps 2 facts more") and picks[1][0].startswith("l keeps 1 fact more")
    assert [d for _, d in chosen([small, small], ["s", "l"])] == ["b"]
    assert chosen([{}, {}], ["s", "l"]) == []


def test_a_study_without_sizes_or_training_says_why_figures_are_missing(text_study):
    html = (text_study / "report.html").read_text(encoding="utf-8")
    assert "Left out: it compares sizes, and all compressors have one size (106M)." in html
    assert "Left out: no setup recorded this during training" in html
    assert "<svg xmlns=" not in html
    assert "keeps" in headline(load(text_study), True) and "sizes are not compared" in headline(load(text_study), True)
    assert "smollm2-135m at 2x" in html and "smollm2-135m at 4x" in html
    assert "given 2.2x" in html


def test_the_command_that_reproduces(md, pocket):
    assert f"`tellback study pocket --out {pocket.name}`" in md


def test_no_results_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"results\.jsonl"):
        write_report(tmp_path)
    (tmp_path / "results.jsonl").write_text("{}\nnot json\n")
    with pytest.raises(UsageError, match="line 2"):
        write_report(tmp_path)


def test_rows_without_folders_still_give_a_report(folder, tmp_path):
    folder.write_pocket(tmp_path, hostile=False)
    shutil.rmtree(tmp_path / "setups")
    (tmp_path / "controls.json").unlink()
    assert "No control was measured." in write_report(tmp_path).read_text(encoding="utf-8")


def test_only_failed_rows_still_give_a_report(folder, tmp_path):
    folder.write_pocket(tmp_path, hostile=False)
    rows = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    (tmp_path / "results.jsonl").write_text(json.dumps(next(r for r in rows if r["status"] == "failed")))
    html = write_report(tmp_path).read_text(encoding="utf-8")
    assert "No compressor of this study was asked about its facts: 1 setups, 1 failed" in html


def test_reports_are_written_whole(pocket):
    assert not [p.name for p in pocket.iterdir() if p.name.startswith(".")]


def test_importing_the_diff_pulls_in_nothing_heavy():
    import subprocess
    import sys

    code = "import sys, tellback.display.segments; print([m for m in ('jinja2', 'altair', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
