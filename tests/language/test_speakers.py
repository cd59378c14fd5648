

def test_tags_of_html_are_blanked_and_offsets_stay():
    from tellback.language.speakers import without_tags

    page = "<html><!-- a < b --><h1>Seal centre</h1><p>It has <b>six</b> pools.</p><script>let x = '<p>';</script></html>"
    plain = without_tags(page)
    assert len(plain) == len(page) and "<" not in plain and "script" not in plain and "let x" not in plain
    assert [line.split() for line in plain.splitlines() if line.strip()] == [["Seal", "centre"], ["It", "has", "six", "pools."]]
    for other in ("a < b and c > d", "Ann <ann@ulm.example> wrote </p>", "if (a < b) { return </x> }"):
        assert without_tags(other) == other
