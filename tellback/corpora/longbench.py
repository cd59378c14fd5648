"""LongBench's English question sets (Bai et al., arXiv 2308.14508) from the files that its authors publish.

They publish `data.zip`, which holds `data/NAME.jsonl`; the folder may hold the archive, or what was unpacked from it. A row has
`input` (the question), `context`, `answers` and `_id`. Questions that their text does not answer are left out and counted, and
the two Chinese sets are not here: words are found between spaces.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tellback.corpora.benchmark_files import Absent, Row, read_rows
from tellback.errors import UsageError

#: name of the corpus -> (its file, what it is)
LONGBENCH = {
    "longbench-narrativeqa": ("narrativeqa", "questions about whole stories and scripts"),
    "longbench-qasper": ("qasper", "questions about whole papers"),
    "longbench-multifieldqa": ("multifieldqa_en", "questions about long articles of several fields"),
    "longbench-hotpotqa": ("hotpotqa", "questions over two of many Wikipedia passages"),
    "longbench-2wikimqa": ("2wikimqa", "questions over several Wikipedia passages"),
    "longbench-musique": ("musique", "questions over two to four of many Wikipedia passages"),
}
FOLDERS = ("", "data", "LongBench", "LongBench/data")
ARCHIVES = ("data.zip", "LongBench/data.zip", "LongBench.zip")
MOST = 2**31  # bytes of an unpacked file; the largest that is published has 2% of that


def from_layout(name: str, files: Sequence[str], data: Path) -> tuple[Iterator[Row], str]:
    """(rows of the set `name`, where they are from), in the folder, archive or file `data`; `files`: its file's name, without ending.

    Raises Absent when it is not there, UsageError for an archive that is broken or has a file of more than MOST bytes.
    """
    wanted = f"{files[0]}.jsonl"
    if data.is_file() and data.suffix != ".zip":
        return read_rows(data), data.name
    for folder in FOLDERS:
        if (path := data / folder / wanted).is_file():
            return read_rows(path), str(path.relative_to(data))
    archives = [data] if data.is_file() else [path for where in ARCHIVES if (path := data / where).is_file()]
    for archive in archives:
        if (member := _member(archive, wanted)) is not None:
            return _zipped(archive, member), f"{archive.name}:{member}"
    if not data.exists():
        raise UsageError(f"{data} is no folder and no file.")
    raise Absent(f"{data} holds no file of benchmark {name!r}: expected {wanted}, in data/, or in the archive data.zip of LongBench.")


def _member(archive: Path, wanted: str) -> str | None:
    try:
        with zipfile.ZipFile(archive) as file:
            found = next((i for i in file.infolist() if i.filename.split("/")[-1] == wanted), None)
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(f"{archive} cannot be read as a zip archive: {error}. Fetch it again.") from None
    if found is not None and found.file_size > MOST:
        raise UsageError(f"{archive}: {found.filename} has {found.file_size:,} bytes, at most {MOST:,} are read. Is it LongBench's?")
    return found and found.filename


def _zipped(archive: Path, member: str) -> Iterator[Row]:
    read = 0
    try:
        with zipfile.ZipFile(archive) as file, file.open(member) as raw:
            for line in io.TextIOWrapper(raw, encoding="utf-8"):
                if line.strip():
                    yield json.loads(line)
                read += 1
    except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:  # RuntimeError: it has a password
        raise UsageError(f"{archive}, {member}, after {read} lines: {error}. Fetch the archive again.") from None
