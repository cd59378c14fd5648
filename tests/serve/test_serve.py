"""The server: a text told back as one watches, audits, the line before the worker, and who may ask."""

from __future__ import annotations

import json
import queue
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
from server import TEXT, asked, events, serving

from tellback.errors import UsageError
from tellback.serve import uploads, work
from tellback.serve.choices import choices
from tellback.serve.guard import is_local

pytest.importorskip("starlette")


@pytest.fixture(scope="module")
def served():
    with serving() as found:
        yield found


def test_a_text_is_told_back_token_by_token_and_judged(served):
    client, _ = served
    found = asked(client, "/tell", json={"choice": "copy", "text": TEXT, "rate": None})
    names = [name for name, _ in found]
    texts = [content for name, content in found if name == "text"]
    told = dict(found)["told"]
    assert names[:2] == ["loading", "compressed"] and len(texts) > 10
    assert all(later.startswith(before) for before, later in zip(texts, texts[1:], strict=False)) and texts[-1] == told
    facts = dict(found)["facts"]
    assert names[-1] == "facts" and facts["facts"] and facts["score"] is not None
    for f in facts["facts"]:
        if f["source_span"]:
            assert TEXT[slice(*f["source_span"])] == f["source"]
        if f["output_span"]:
            assert told[slice(*f["output_span"])] == f["output"]
    assert "loading" not in [name for name, _ in asked(client, "/tell", json={"choice": "copy", "text": TEXT})]


def test_an_audit_is_a_page_that_the_server_holds(served):
    client, service = served
    found = asked(
        client,
        "/audit",
        json={"source": "It cost 15 marks.", "output": "It cost 16 <script>alert(1)</script>", "fast": True},
    )
    address = dict(found)["page"]
    page = client.get(address)
    assert "replaced" in page.text and "<script>alert" not in page.text
    assert page.headers["content-security-policy"] == "frame-ancestors 'self'" and "default-src 'none'" in page.text
    for _ in range(12):
        asked(client, "/audit", json={"source": "a 1", "output": "a 1", "fast": True})
    assert client.get(address).status_code == 404 and len(service.pages) == 12


def test_a_session_comes_in_pieces(served):
    client, _ = served
    rows = [
        {"type": "user", "message": {"role": "user", "content": "Never touch the table ledger-9."}},
        *(
            {"type": "assistant", "message": {"role": "assistant", "content": f"row {i} was read"}}
            for i in range(3_000)
        ),
        {"type": "user", "isCompactSummary": True, "message": {"role": "user", "content": "3,000 rows were read."}},
    ]
    body = "".join(json.dumps(row) + "\n" for row in rows).encode()

    def pieces():
        for at in range(0, len(body), 7_001):
            yield body[at : at + 7_001]

    address = dict(asked(client, "/session?name=s.jsonl&fast=1", content=pieces()))["page"]
    assert "compaction" in client.get(address).text
    answer = client.post(
        "/session?name=s.jsonl&fast=1", content=b'{"type": "user", "message": {"role": "user", "content": "Hi."}}\n'
    )
    assert answer.status_code == 400 and "no compaction" in answer.text
    assert client.post("/session?name=s.jsonl", content=b"not json\n" * 9).status_code == 400
    assert client.post("/session?name=s.json", content=json.dumps(rows).encode()).status_code == 200


def test_what_is_too_large_or_no_text_is_refused(served):
    client, _ = served
    assert client.post("/audit", content=b"x" * 1_000_001).status_code == 413
    for body in (b"[]", b"{", b'{"choice": 1}', b'{"choice": "copy", "text": "a", "rate": true}'):
        assert client.post("/tell", content=body).status_code == 400
    for body, words in (
        ({"choice": "none", "text": "a"}, "there is no compressor 'none'"),
        ({"choice": "copy", "text": " "}, "there is no text"),
        ({"choice": "copy", "text": TEXT, "rate": 900.0}, "not a rate of 900"),
        ({"choice": "copy", "text": TEXT * 60}, "too long"),
        ({"choice": "copy", "text": "\ud800"}, "half a character"),
    ):
        content = json.dumps(body).encode()
        said = [said for name, said in asked(client, "/tell", content=content) if name == "error"]
        assert len(said) == 1 and words in said[0], (words, said)


def test_only_its_own_page_may_ask(served):
    client, _ = served
    own = str(client.base_url)
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/", headers={"host": "127.0.0.1.evil.example:80"}).status_code == 421
    assert client.get("/", headers={"host": "localhost:1"}).status_code == 200
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"origin": own.replace("127.0.0.1", "127.0.0.2")},
    ):
        assert client.post("/audit", json={"source": "a", "output": "b"}, headers=headers).status_code == 403
    assert client.post("/audit", json={"source": "a", "output": "b"}, headers={"origin": own}).status_code == 200
    page = client.get("/")
    assert (
        "default-src 'none'" in page.text
        and "unsafe" not in page.text
        and page.headers["x-content-type-options"] == "nosniff"
    )
    assert page.headers["content-security-policy"] == "frame-ancestors 'none'"


def test_others_need_the_token():
    assert (
        is_local("127.0.0.1")
        and is_local("::1")
        and is_local("localhost")
        and not is_local("0.0.0.0")
        and not is_local("a.example")
    )
    with serving(token="sesame", host="0.0.0.0") as (client, _):
        assert client.get("/").status_code == 401 and client.get("/?token=nonsense").status_code == 401
        assert client.get("/", headers={"host": "evil.example"}).status_code == 421
        assert client.get("/choices", headers={"authorization": "Bearer sesame"}).status_code == 200
        first = client.get("/?token=sesame")
        assert first.status_code == 200 and "HttpOnly; SameSite=Strict" in first.headers["set-cookie"]
        assert client.get("/choices").status_code == 200  # the cookie


def test_whoever_waits_sees_their_place_and_whoever_goes_frees_it():
    with serving(slow=1.5) as (client, service):
        first = threading.Thread(
            target=asked, args=(client, "/tell"), kwargs={"json": {"choice": "copy", "text": TEXT}}
        )
        first.start()
        _wait(lambda: len(service.line.tickets) == 1)
        with client.stream("POST", "/tell", json={"choice": "copy", "text": TEXT}) as second:
            first_seen = events(second)
            assert next(first_seen) == ("position", 1)
            with client.stream("POST", "/tell", json={"choice": "copy", "text": TEXT}) as third:
                seen = events(third)
                assert next(seen) == ("position", 2)
                second.close()  # goes away
                assert next(seen) == ("position", 1)
                assert [name for name, _ in seen][-1] == "facts"
        first.join()
        _wait(lambda: not service.line.tickets)


def test_a_text_that_nobody_reads_is_not_told_to_its_end(served):
    client, service = served
    text = " ".join(f"Mira owns a {c} boat." for c in ("white", "green", "red") * 4)
    with client.stream("POST", "/tell", json={"choice": "copy", "text": text}) as answer:
        for name, _ in events(answer):
            if name == "text":
                break
    _wait(lambda: not service.line.tickets, 5)


def _wait(until, seconds=20):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
def test_the_command_says_where_it_is_and_ends_when_it_is_asked_to(tmp_path):
    """With the token in its address where others reach it; and the folder it runs in stays empty."""
    for host in ("127.0.0.1", "0.0.0.0"):
        command = [sys.executable, "-m", "tellback", "serve", "--port", "0", "--host", host]
        server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        try:
            address = server.stdout.readline().strip()
            assert address.startswith(f"http://{host}:") and ("token=" in address) == (host == "0.0.0.0")
            answer = httpx.get(address.replace("0.0.0.0", "127.0.0.1"), trust_env=False)
            assert answer.status_code == 200 and "Tell a text back" in answer.text
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(20) in (0, 130, -signal.SIGINT)
    assert list(tmp_path.iterdir()) == []
    busy = socket.create_server(("127.0.0.1", 0))
    command = [sys.executable, "-m", "tellback", "serve", "--port", str(busy.getsockname()[1])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and "cannot be served" in done.stderr


def test_long_lines_are_put_together():
    pipe = queue.Queue()
    for chunk in (b"a", b"b\nc", b"\n\n", b"d\ne", b"", b"f", None):
        pipe.put(chunk)
    assert list(uploads._lines(pipe)) == ["ab", "c", "", "d", "ef"]
    for chunk in (b"x" * 40_000_000, b"x" * 40_000_000, None):
        pipe.put(chunk)
    with pytest.raises(UsageError, match="64 MB"):
        list(uploads._lines(pipe))


@pytest.mark.slow
def test_long_pairs_are_read_without_the_parser():
    text = "It cost 15 marks in the year of the flood. " * 3_000
    page = work.pair_page(text, text.replace("15", "16", 1), fast=False)
    assert "without the parser" in page and "replaced" in page


def test_nothing_to_choose_is_said(tmp_path):
    with pytest.raises(UsageError, match="no trained setup"):
        choices(tmp_path)
    with pytest.raises(UsageError, match="there is no folder"):
        choices(tmp_path / "x")


@pytest.mark.slow
def test_twenty_clients_for_a_minute():
    """No request fails, and what was taken of memory is given back within a tenth."""
    import gc

    import psutil

    with serving() as (client, service):

        def once():
            names = [name for name, _ in asked(client, "/tell", json={"choice": "copy", "text": TEXT})]
            assert names[-1] == "facts" and "error" not in names

        for _ in range(5):
            once()
        gc.collect()
        before, end, done, failed = psutil.Process().memory_info().rss, time.monotonic() + 60, [], []

        def ask_on():
            while time.monotonic() < end:
                try:
                    once()
                    done.append(1)
                except Exception as error:  # whatever it is, it is counted
                    failed.append(error)

        threads = [threading.Thread(target=ask_on) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gc.collect()
        assert not failed and len(done) >= 20 and not service.line.tickets
        assert psutil.Process().memory_info().rss < 1.1 * before
