"""The endpoint client against a real server on 127.0.0.1 that can be down, slow, busy or talk rubbish."""

import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from chat_server import Server, completion
from pydantic import ValidationError

from tellback.errors import UsageError
from tellback.models import wire
from tellback.models.endpoint import Endpoint, EndpointError, EndpointSpec

SAY = [{"role": "user", "content": "Say yes."}]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache"


def asked(url, **options):
    return Endpoint(EndpointSpec(**({"base_url": url, "model": "m", "backoff": 0.001, "timeout": 5.0} | options)))


def test_a_reply_with_what_it_took():
    server = Server(completion("Yes."))
    with server.running() as url:
        endpoint = asked(url, price_in=2.0, price_out=10.0, extra={"top_p": 0.5, "seed": None})
        reply = endpoint.chat(SAY, max_tokens=4)
    assert (reply.text, reply.finish, reply.cached, reply.data) == ("Yes.", "stop", False, None)
    assert reply.usage.prompt_tokens == 7 and reply.usage.completion_tokens == 2
    assert reply.usage.cost == pytest.approx((7 * 2 + 2 * 10) / 1e6)
    assert server.seen == [{"model": "m", "messages": SAY, "max_tokens": 4, "temperature": 0.0, "top_p": 0.5}]
    assert server.headers == [("/v1/chat/completions", None)]
    assert (endpoint.totals.replies, endpoint.totals.requests, endpoint.totals.unpriced) == (1, 1, 0)


def test_what_the_endpoint_does_not_say_is_not_zero():
    with Server(completion("Yes.", usage=None)).running() as url:
        endpoint = asked(url, price_in=2.0, price_out=10.0)
        reply = endpoint.chat(SAY, max_tokens=4)
    assert reply.usage.prompt_tokens is None and reply.usage.cost is None
    assert endpoint.totals.uncounted == endpoint.totals.unpriced == 1


def test_an_answer_in_parts():
    parts = [{"type": "reasoning", "text": "hm"}, {"type": "text", "text": "Y"}, {"type": "text", "text": "es"}]
    with Server(completion(parts)).running() as url:
        assert asked(url).chat(SAY, max_tokens=4).text == "Yes"


def test_half_a_character_is_no_reply():
    """JSON can escape one surrogate alone; no text holds one, and no tokenizer takes it."""
    half, whole = completion("a \ud83d b"), completion("a \U0001f6a2 b")
    server = Server(half, whole)
    with server.running() as url:
        assert asked(url).chat(SAY, max_tokens=4).text == "a 🚢 b" and len(server.seen) == 2
    with Server(half).running() as url, pytest.raises(EndpointError, match="half a character"):
        asked(url, tries=2).chat(SAY, max_tokens=5)
    assert wire.parse_json('{"a": "\\ud83d\\udea2"}', None) == {"a": "🚢"}
    with pytest.raises(wire.Unusable, match="not the JSON asked for"):
        wire.parse_json('{"a": "\\ud83d"}', None)


class TestCache:
    def test_the_same_request_is_made_once(self, own_cache):
        server = Server(completion("Yes."), completion("No."))
        with server.running() as url:
            first, again = asked(url), asked(url, timeout=9.0, tries=2)
            assert first.chat(SAY, max_tokens=4).text == "Yes."
            reply = again.chat(SAY, max_tokens=4)
            assert reply.text == "Yes." and reply.cached and reply.usage.cost == 0.0 and len(server.seen) == 1
            assert again.totals.cached == 1 and again.totals.requests == again.totals.prompt_tokens == 0
            assert again.chat(SAY, max_tokens=5).text == "No."  # any change of the request is another request
            assert asked(url, cache=False).chat(SAY, max_tokens=4).text == "No."
        assert len(server.seen) == 3

    def test_a_broken_file_is_no_answer_and_is_mended(self, own_cache):
        server = Server(completion("Yes."))
        with server.running() as url:
            asked(url).chat(SAY, max_tokens=4)
            (path,) = own_cache.rglob("*.json")
            path.write_text('{"text": "Ye')
            assert not asked(url).chat(SAY, max_tokens=4).cached
            assert asked(url).chat(SAY, max_tokens=4).cached
        assert len(server.seen) == 2 and [p for p in own_cache.rglob("*") if p.is_file()] == [path]

    def test_a_failure_leaves_nothing_behind(self, own_cache):
        with Server((200, completion(""))).running() as url, pytest.raises(EndpointError):
            asked(url, tries=2).chat(SAY, max_tokens=4)
        assert not [p for p in own_cache.rglob("*") if p.is_file()]

    def test_no_cache_to_write_to_is_no_failure(self, own_cache):
        own_cache.parent.mkdir(exist_ok=True)
        own_cache.write_text("a file where the folder should be")
        with Server(completion("Yes.")).running() as url:
            assert asked(url).chat(SAY, max_tokens=4).text == "Yes."


class TestRetries:
    @pytest.mark.parametrize("trouble", [
        (500, b"oops"), (429, b"{}", {"Retry-After": "0.01"}), (503, b"<html>busy</html>"), (200, b"<html>login</html>"),
        (200, b'{"choices": ['), (200, b"[" * 100_000), (200, {"choices": []}), (200, {"error": {"message": "overloaded"}}),
        (200, completion("  ")), (200, completion(None)), (200, b""), (200, b"short", {"Content-Length": "99"}),
    ], ids=lambda t: f"{t[0]}-{str(t[1])[:12]}")  # fmt: skip
    def test_what_passes_is_tried_again(self, trouble):
        server = Server(trouble, trouble, completion("Yes."))
        with server.running() as url:
            endpoint = asked(url, timeout=3.0)
            assert endpoint.chat(SAY, max_tokens=4).text == "Yes."
        assert len(server.seen) == 3 == endpoint.totals.requests and endpoint.totals.replies == 1

    @pytest.mark.parametrize(("answer", "says"), [
        ((500, b"out of\nmemory"), r"got 3 times, the last time HTTP 500 \(«out of memory»\)"),
        ((429, b"slow down"), r"HTTP 429 .* lower concurrency"),
        ((200, b"<html>Sign in</html>"), r"what is no JSON \(«<html>Sign in</html>»\)"),
        ((200, b"[1]"), "JSON that is no object"),
        ((200, {"choices": []}), r"without choices\[0\]"),
        ((200, completion("", finish="length")), r"an empty reply \(finish_reason 'length'\)"),
    ])  # fmt: skip
    def test_after_the_last_try_it_says_what_came(self, answer, says):
        server = Server(answer)
        with server.running() as url, pytest.raises(UsageError, match=says) as caught:
            asked(url, tries=3).chat(SAY, max_tokens=4)
        assert caught.value.tries == 3 == len(server.seen) and url in str(caught.value) and "'m'" in str(caught.value)

    @pytest.mark.parametrize(("status", "says"), [(400, "structured"), (401, "key"), (404, "base_url"), (307, "HTTP 307")])
    def test_what_no_try_can_mend_is_asked_once(self, status, says):
        server = Server((status, b"no", {"Location": "http://127.0.0.1:1/"}))
        with server.running() as url, pytest.raises(EndpointError, match=says) as caught:
            asked(url).chat(SAY, max_tokens=4)
        assert len(server.seen) == 1 and caught.value.status == status

    def test_a_server_that_is_down(self):
        with socket.socket() as taken:  # bound and not listening, so that nobody answers there
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            with pytest.raises(EndpointError, match=r"2 times, the last time no connection.*refused.*Check that the server is up"):
                asked(f"http://127.0.0.1:{port}/v1", tries=2).chat(SAY, max_tokens=4)

    def test_a_server_that_is_slow(self):
        def slow(body):
            time.sleep(0.5)
            return completion("Yes.")

        with Server(slow).running() as url, pytest.raises(EndpointError, match=r"no whole answer within 0.1 s"):
            asked(url, tries=1, timeout=0.1).chat(SAY, max_tokens=4)

    def test_a_server_that_trickles_is_slow_too(self):
        class Trickle(Server):
            def send(self, handler, status, content, headers=()):
                handler.send_response(200)
                handler.send_header("Content-Length", "1000")
                handler.end_headers()
                for _ in range(400):
                    handler.wfile.write(b" ")
                    handler.wfile.flush()
                    time.sleep(0.05)

        start = time.monotonic()
        with Trickle(b"").running() as url, pytest.raises(EndpointError, match="no whole answer within 0.2 s"):
            asked(url, tries=1, timeout=0.2).chat(SAY, max_tokens=4)
        assert time.monotonic() - start < 8  # the whole answer would take 20

    def test_an_answer_without_end_is_cut(self, monkeypatch):
        monkeypatch.setattr(wire, "LARGEST_BODY", 1000)
        with Server((200, b"x" * 5000)).running() as url, pytest.raises(EndpointError, match="more than 1000 bytes"):
            asked(url, tries=1).chat(SAY, max_tokens=4)

    def test_waits_double_and_depend_on_the_seed(self, monkeypatch):
        waited = []
        monkeypatch.setattr("tellback.models.endpoint.time", SimpleNamespace(sleep=waited.append))
        with Server((500, b"")).running() as url:
            for seed in (0, 0, 1):
                with pytest.raises(EndpointError):
                    asked(url, tries=5, backoff=1.0, seed=seed).chat(SAY, max_tokens=4)
        first, again, other = waited[:4], waited[4:8], waited[8:]
        assert first == again != other and len(other) == 4
        assert all(0.5 * 2**i <= wait <= 2**i for i, wait in enumerate(first))

    def test_a_wait_that_the_endpoint_asks_for_is_kept_within_reason(self, monkeypatch):
        waited = []
        monkeypatch.setattr("tellback.models.endpoint.time", SimpleNamespace(sleep=waited.append))
        script = [(429, b"", {"Retry-After": after}) for after in ("2.5", "9999", "Wed, 21 Oct 2026 07:28:00 GMT")]
        with Server(*script, completion("Yes.")).running() as url:
            asked(url, backoff=0.0).chat(SAY, max_tokens=4)
        assert waited == [2.5, 60.0, 0.0]


class TestKey:
    def test_it_is_sent_and_never_shown(self, monkeypatch, own_cache, tmp_path):
        monkeypatch.setenv("MY_KEY", "sk-very-secret-0123456789")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password other\n")  # must not replace the key
        echo = (401, b"wrong key: sk-very-secret-0123456789" + b" again sk-very-secret-0123456789" * 8)
        server = Server(completion("Yes sk-very-secret-0123456789."), echo)
        with server.running() as url:
            endpoint = asked(url, api_key_env="MY_KEY")
            reply = endpoint.chat(SAY, max_tokens=4)
            with pytest.raises(EndpointError) as caught:
                endpoint.chat(SAY, max_tokens=5)
        assert {key for _, key in server.headers} == {"Bearer sk-very-secret-0123456789"}
        shown = [str(caught.value), repr(endpoint.spec), endpoint.spec.model_dump_json(), repr(reply)]
        shown += [p.read_text() for p in own_cache.rglob("*.json")]
        assert len(shown) == 5 and not any("secret" in text for text in shown)

    @pytest.mark.parametrize(("value", "says"), [(None, "not set"), ("  ", "not set"), ("a\nb", "no plain text")])
    def test_none_that_can_be_sent_is_said_before_anything_is(self, monkeypatch, value, says):
        monkeypatch.delenv("MY_KEY", raising=False) if value is None else monkeypatch.setenv("MY_KEY", value)
        server = Server(completion("Yes."))
        with server.running() as url, pytest.raises(EndpointError, match=f"MY_KEY, which is {says}"):
            asked(url, api_key_env="MY_KEY").chat(SAY, max_tokens=4)
        assert not server.seen

    @pytest.mark.parametrize("url", ["ftp://x/v1", "127.0.0.1:80", "http://me:pw@x/v1", "http://x/v1?key=1", "http://"])
    def test_a_url_that_is_none_or_holds_a_secret_is_refused(self, url):
        with pytest.raises(ValidationError, match="a URL"):
            EndpointSpec(base_url=url, model="m")

    def test_a_whole_url_is_understood(self):
        assert EndpointSpec(base_url="http://x/v1/chat/completions/", model="m").base_url == "http://x/v1"


class TestSchema:
    SCHEMA = {"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]}

    @pytest.mark.parametrize("text", ['{"said": "red"}', ' ```json\n{"said": "red"}\n``` '])
    def test_json_is_asked_for_and_parsed(self, text):
        server = Server(completion(text))
        with server.running() as url:
            for _ in range(2):  # from the server, then from disk
                reply = asked(url).chat(SAY, max_tokens=9, schema=self.SCHEMA)
                assert reply.data == {"said": "red"} and reply.text == text
        asked_for = server.seen[0]["response_format"]
        assert asked_for["type"] == "json_schema" and asked_for["json_schema"]["schema"] == self.SCHEMA

    @pytest.mark.parametrize(("how", "sent"), [("object", {"type": "json_object"}), ("none", None)])
    def test_for_servers_that_know_less(self, how, sent):
        server = Server(completion('{"said": null}'))
        with server.running() as url:
            assert asked(url, structured=how).chat(SAY, max_tokens=9, schema=self.SCHEMA).data == {"said": None}
        assert server.seen[0].get("response_format") == sent

    def test_a_reply_that_is_no_json(self):
        server = Server(completion("I think it is red."), completion('{"said": "re', finish="length"))
        with server.running() as url, pytest.raises(EndpointError, match="not the JSON asked for, cut off at max_tokens"):
            asked(url, tries=2).chat(SAY, max_tokens=9, schema=self.SCHEMA)


class TestMany:
    def test_in_order_and_no_more_at_once_than_asked(self):
        def echo(body):
            n = int(body["messages"][0]["content"])
            time.sleep(0.03 if n % 2 else 0.06)
            return completion(f"reply {n}")

        server = Server(echo)
        with server.running() as url:
            endpoint = asked(url, concurrency=3)
            talks = [[{"role": "user", "content": str(n)}] for n in [*range(9), 0]]
            replies = endpoint.chat_all(talks, max_tokens=[4] * 10)
            assert endpoint.chat_all([], max_tokens=[]) == []
        assert [r.text for r in replies] == [f"reply {n}" for n in [*range(9), 0]]
        assert 1 < server.most_at_once <= 3 and endpoint.totals.replies == 10

    def test_no_more_at_once_whoever_asks(self):
        server = Server(lambda body: time.sleep(0.03) or completion("Yes."))
        with server.running() as url:
            endpoint = asked(url, concurrency=2, cache=False)
            with ThreadPoolExecutor(6) as pool:
                assert len([r.result() for r in [pool.submit(endpoint.chat, SAY, max_tokens=4) for _ in range(8)]]) == 8
        assert server.most_at_once == 2 and endpoint.totals.replies == 8

    def test_one_that_fails_fails_all_and_the_rest_is_not_asked(self):
        server = Server((400, b"no"))
        with server.running() as url, pytest.raises(EndpointError, match="HTTP 400"):
            talks = [[{"role": "user", "content": str(n)}] for n in range(50)]
            asked(url, concurrency=2).chat_all(talks, max_tokens=[4] * 50)
        assert len(server.seen) < 50


def test_nothing_is_logged_by_us(caplog):
    caplog.set_level(logging.INFO)
    with Server(completion("Yes.")).running() as url:
        asked(url).chat(SAY, max_tokens=4)
    assert not caplog.records
