"""What a user gives on the command line: options, texts, memory files. Nothing heavy is imported."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tellback.errors import UsageError


def pairs(flag: str, given: Sequence[str] | None) -> dict[str, Any]:
    """NAME=VALUE arguments as a mapping, values as YAML has them."""
    import yaml

    out = {}
    for pair in given or ():
        name, sign, value = pair.partition("=")
        if not sign or not name:
            raise UsageError(f"{flag} takes NAME=VALUE, got {pair!r}.")
        try:
            out[name] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise UsageError(f"{flag} {name}: {value!r} is not YAML.") from None
    return out


def numbers(flag: str, text: str) -> list[float]:
    try:
        return [float(x) for x in text.split(",")]
    except ValueError:
        raise UsageError(f"{flag} should be numbers with commas between, got {text!r}.") from None


def place_here(text: str) -> Path:
    """A path that a command writes to itself. Raises UsageError for an address, which as a path would be a folder called «s3:»."""
    if "://" in text:
        raise UsageError(f"--out {text} is an address, and this command writes to a folder or file of this machine. Only `tellback study` writes to addresses.")
    return Path(text)


def documents(name: str) -> list[str]:
    """The documents of one argument. Raises UsageError for what is missing, empty or not UTF-8."""
    from tellback.corpora.load import read_text

    if name == "-":
        raw = sys.stdin.buffer.read()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UsageError(f"standard input is not UTF-8: byte {raw[error.start]:#04x} at offset {error.start}.") from None
        lines, where = _has_lines(text), "standard input"
    else:
        if not Path(name).is_file():
            raise UsageError(f"there is no file {name!r}. Give texts, .jsonl files, or - for standard input.")
        text, lines, where = read_text(Path(name)).removeprefix("\ufeff"), Path(name).suffix == ".jsonl", name
    documents = _json_lines(text, where) if lines else [text.rstrip("\r\n")]
    for i, document in enumerate(documents, 1):
        if not document.strip():
            raise UsageError(f"{where}{f', document {i},' if len(documents) > 1 else ''} is empty. Leave it out.")
    if not documents:
        raise UsageError(f"{where} holds no document.")
    return documents


def _has_lines(text: str) -> bool:
    """Whether a text without a name is JSON lines: it begins like an object and is not one JSON value over several lines."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        value = json.loads(text)
    except ValueError:  # also of two lines or more: then each of them says what is wrong with it
        return True
    if len(text.strip().splitlines()) == 1:
        return True
    if "text" in value:
        raise UsageError(
            "standard input is one JSON object over several lines. Give an object a line for documents "
            '({"text": "..."}), or the name of a file to compress it as it stands.'
        )
    return False


def _json_lines(text: str, where: str) -> list[str]:
    out = []
    for i, line in enumerate(text.split("\n"), 1):  # not splitlines: JSON strings may hold other line ends
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            plain = "" if where.endswith(".jsonl") else " If it is plain text that begins with «{», give it as a .txt file."
            raise UsageError(f"{where}, line {i} is not JSON: {error}.{plain}") from None
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise UsageError(f'{where}, line {i}: expected an object with a string "text".')
        try:
            row["text"].encode()
        except UnicodeEncodeError as error:
            half = row["text"][error.start]
            raise UsageError(
                f"{where}, line {i}: {half!r} at character {error.start} of the text is half a character (a lone surrogate). "
                f"Write the file again with both halves, or leave it out."
            ) from None
        out.append(row["text"])
    return out


def is_memory(name: str) -> bool:
    """Whether a file is in safetensors, by its content: the length of its header, and then the header, which is JSON."""
    if name == "-" or not Path(name).is_file():
        return name.endswith(".safetensors")
    with Path(name).open("rb") as file:
        head = file.read(9)
    return name.endswith(".safetensors") or (head[8:] == b"{" and int.from_bytes(head[:8], "little") < 100_000_000)
