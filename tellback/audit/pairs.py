"""Many pairs, one line of JSON each: streamed, audited on several cores, and answered in order.

At most a few chunks of lines are held at a time, whatever the length of the file: the next are read only when the
oldest has been answered.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from tellback.audit.examine import Options, examine, source_of_row
from tellback.audit.findings import Audit
from tellback.audit.inputs import STDIN
from tellback.audit.rows import row
from tellback.audit.tally import Tally
from tellback.errors import UsageError
from tellback.language.light import import_spacy
from tellback.provenance import n_cores

CHUNK_BYTES = 200_000  # of lines that go to a process together: enough to outweigh the cost of sending them
CHUNK_LINES = 64
AHEAD = 3  # chunks a worker that are read before the oldest is answered


class Answer(NamedTuple):
    """One pair's line of JSON, and its outcomes by kind (Tally.by_kind)."""

    row: dict[str, Any]
    by_kind: Mapping[str, Mapping[str, int]]


class Line(NamedTuple):
    number: int
    content: bytes


def run(
    path: str, options: Options, redact: bool = False, workers: int | None = None,
    refine: Callable[[Audit], Audit] | None = None, progress: Callable[[int], None] = lambda n: None,
) -> Iterator[Answer]:  # fmt: skip
    """An Answer for each line of a pairs file ("-": standard input), in order.

    A file is checked whole before the first answer; of a stream the answers before a bad line have been given when it
    raises UsageError, which names the line. `progress` is told how many pairs are done. `workers`: processes, default
    one a core; with 1, or with `refine` (what a model makes of an audit), everything runs in this process.
    """
    if path != STDIN and _is_file(path):
        check(path)
    job = partial(answer_chunk, options=options, redact=redact)
    workers = 1 if refine else (workers or n_cores())
    done = 0
    with _opened(path) as stream:
        chunks = _chunks(_lines(stream))
        if workers == 1:
            answered: Iterable[list[Answer] | str] = (job(chunk, refine=refine) for chunk in chunks)
        else:
            answered = ordered(job, chunks, workers)
        for answers, wrong in answered:
            for answer in answers:
                done += 1
                yield answer
            progress(done)
            if wrong:
                raise UsageError(f"{path}, {wrong}")


def ordered(job: Callable[[Any], Any], chunks: Iterable[Any], workers: int) -> Iterator[Any]:
    """`job(chunk)` for each chunk, in order, from a pool of processes; at most AHEAD * workers chunks are in flight."""
    # not forked: a fork would copy the threads and locks of whoever calls this
    context = multiprocessing.get_context("spawn")
    waiting: deque[Any] = deque()
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_set_up) as pool:
        try:
            for chunk in chunks:
                waiting.append(pool.submit(job, chunk))
                if len(waiting) >= AHEAD * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool:
            raise UsageError(
                "a process that audits pairs was ended from outside, mostly for want of memory. "
                "Try fewer --workers, or --fast."
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _set_up() -> None:
    """Of a worker: an interrupt is the main process's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def answer_chunk(
    chunk: list[Line], options: Options, redact: bool, refine: Callable[[Audit], Audit] | None = None
) -> tuple[list[Answer], str]:  # fmt: skip
    """The answers of a chunk's lines up to the first bad one, and what is wrong with that one ("": nothing)."""
    if not (options.fast or refine):
        import_spacy()
    answers: list[Answer] = []
    for line in chunk:
        try:
            pair = parse(line)
            source = source_of_row(pair["source"], options)
        except UsageError as error:
            return answers, str(error)
        found = examine(source, pair["output"], options)
        found = refine(found) if refine else found
        answers.append(answer(found, pair["id"], redact))
    return answers, ""


def answer(found: Audit, id: str | int | None, redact: bool) -> Answer:
    return Answer(row(found, id, redact), Tally.of(found).by_kind)


def parse(line: Line) -> Mapping[str, Any]:
    """The pair of a line; raises UsageError that names the line and what is wrong with it."""
    where = f"line {line.number}"
    try:
        content = json.loads(line.content)
    except UnicodeDecodeError as error:
        raise UsageError(f"{where}: not UTF-8 at byte {error.start} of the line.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f'{where}: no JSON ({error}). A pair is {{"id", "source", "output"}}, one a line.') from None
    if not isinstance(content, dict):
        raise UsageError(f'{where}: expected an object {{"id", "source", "output"}}, got {type(content).__name__}.')
    for key, types in (("id", (str, int)), ("source", (str, list)), ("output", (str,))):
        if key not in content:
            raise UsageError(f'{where}: no "{key}". A pair is {{"id", "source", "output"}}.')
        if not isinstance(content[key], types) or isinstance(content[key], bool):
            raise UsageError(f'{where}: "{key}" is {type(content[key]).__name__}, expected {_names(types)}.')
    return content


def _names(types: tuple[type, ...]) -> str:
    return " or ".join({"str": "a string", "int": "a number", "list": "a list of messages"}[t.__name__] for t in types)


def check(path: str) -> int:
    """The number of pairs in a file; raises UsageError for the first line that is none."""
    with _opened(path) as stream:
        n = 0
        for line in _lines(stream):
            try:
                parse(line)
            except UsageError as error:
                raise UsageError(f"{path}, {error}") from None
            n += 1
    return n


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def _opened(path: str) -> IO[bytes]:
    if path == STDIN:
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}. --pairs expects a .jsonl file.") from None


def _lines(stream: IO[bytes]) -> Iterator[Line]:
    """Lines that are not empty, with their numbers, from 1."""
    for number, content in enumerate(stream, 1):
        if number == 1:
            content = content.removeprefix(b"\xef\xbb\xbf")
        if content.strip():
            yield Line(number, content)


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line.content)
        if size >= CHUNK_BYTES or len(chunk) >= CHUNK_LINES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
