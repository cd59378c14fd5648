"""What a text compressor has shortened is taken up again after a kill."""

from tellback.compressors.truncate import Truncate
from tellback.models.decoder import Decoder


def test_what_was_shortened_is_not_shortened_again(tiny, tmp_path, monkeypatch):
    lm = tiny()
    path, texts = tmp_path / "kept.jsonl", ["Mira owns a white boat . Tom left before Ana ."]

    def made():
        return Truncate(lm, Decoder(lm), 2, Truncate.Options())

    first = made()
    first.remember(path)
    written = first.compress(texts).texts
    path.write_text(path.read_text() + '{"text": "cut')  # killed in the middle of a line
    again = made()
    again.remember(path)
    monkeypatch.setattr(again, "shorten", lambda *_: 1 / 0)
    assert again.compress(texts).texts == written and path.read_text().count("\n") == 1
