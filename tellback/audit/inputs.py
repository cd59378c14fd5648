"""Files and standard input as text, with a plain word about what is not text."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from tellback.errors import UsageError

STDIN = "-"
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
LOOK = 65536  # bytes in which a NUL says that a file is no text


def read_text(path: str) -> str:
    """The text of a file, or of standard input for "-": UTF-8, or UTF-16 with a byte order mark, which is dropped.

    Line ends stay as they are, so that offsets count characters (Unicode code points) of the file itself. Raises
    UsageError for a file that cannot be read, holds no text, or is not UTF-8 (with the offset of the first bad byte).
    """
    return decode(_bytes(path), "standard input" if path == STDIN else path)


def _bytes(path: str) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}. Give the path of a text file, or - for standard input.") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder. Give a text file; for many pairs use --pairs FILE.jsonl.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def decode(content: bytes, name: str) -> str:
    """`content` as text; `name` is what messages call it."""
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return _decoded(content[len(bom) :], encoding, name)
    if content.startswith(b"%PDF"):
        raise UsageError(f"{name} is a PDF. Turn it into text first, for instance with pdftotext.")
    if b"\0" in content[:LOOK]:
        raise UsageError(f"{name} is a binary file: it has NUL bytes. Give a text file.")
    return _decoded(content, "utf-8", name)


def _decoded(content: bytes, encoding: str, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not {encoding.upper()}: byte {error.start} is 0x{content[error.start]:02x}. "
            "Convert it first, for instance with iconv -f latin1 -t utf-8."
        ) from None


def read_lines(path: str) -> list[str]:
    """The lines of a text file without empty ones and without comments (a # at the start)."""
    lines = (line.strip() for line in read_text(path).splitlines())
    return [line for line in lines if line and not line.startswith("#")]
