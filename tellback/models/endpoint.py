"""A client of any OpenAI-compatible chat endpoint: retried, counted, cached, and clear about what went wrong.

The wire format is that of POST {base_url}/chat/completions, which hosted APIs, vLLM, llama.cpp, Ollama and others speak.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from tellback.config import Frozen
from tellback.errors import UsageError
from tellback.models.wire import Unusable, content, parse_json, post
from tellback.store import cache_dir

Message = Mapping[str, str]  # {"role": "system" | "user" | "assistant", "content": text}


class EndpointError(UsageError):
    """An endpoint did not give what was asked of it. `tries` requests were made; `status` is the last HTTP status."""

    def __init__(self, message: str, tries: int = 0, status: int | None = None):
        super().__init__(message)
        self.tries, self.status = tries, status


class EndpointSpec(Frozen):
    """Where an endpoint is and how it is asked. Holds no secret: the key is read from the environment when needed."""

    base_url: str = Field(description="up to and without /chat/completions, such as http://127.0.0.1:8000/v1")
    model: str = Field(description="the model's name at that endpoint")
    api_key_env: str | None = Field(None, description="environment variable that holds the key; null sends none")
    temperature: float = Field(0.0, ge=0)
    seed: int | None = Field(0, description="sent along, and decides the waits between tries; null sends none")
    structured: Literal["schema", "object", "none"] = Field(
        "schema", description="how the endpoint is told to answer in JSON, for servers that know only some ways"
    )
    extra: dict[str, Any] = Field(default_factory=dict, description="further fields of the request; null leaves one out")
    timeout: float = Field(120.0, gt=0, description="seconds for one whole answer")
    tries: int = Field(4, ge=1, description="requests that are made before giving up")
    backoff: float = Field(1.0, ge=0, description="seconds before the second try; doubled for each one after, at most 60")
    concurrency: int = Field(4, ge=1, description="requests under way at a time")
    cache: bool = Field(True, description="answer a request that was answered before from disk")
    price_in: float | None = Field(None, ge=0, description="of a million prompt tokens; null: unknown")
    price_out: float | None = Field(None, ge=0, description="of a million completion tokens; null: unknown")

    @field_validator("base_url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("expected a URL such as http://127.0.0.1:8000/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("a URL without user, password, query or fragment: keys belong into the environment")
        return url.rstrip("/").removesuffix("/chat/completions")


@dataclass(frozen=True)
class Usage:
    """What one reply took. None: the endpoint did not say, or no price is known."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True)
class Reply:
    """`text` is what the model said; `data` the JSON in it, where a schema was asked for."""

    text: str
    usage: Usage
    cached: bool
    finish: str | None = None  # "stop" | "length" | ... as the endpoint says
    data: Any = field(default=None, compare=False)


@dataclass
class Totals:
    """What an Endpoint has done so far. Tokens and cost are sums over the replies that were counted; cached ones are free."""

    replies: int = 0
    cached: int = 0
    requests: int = 0  # with those that failed
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    uncounted: int = 0  # replies whose endpoint gave no token counts
    unpriced: int = 0  # replies whose cost is unknown


class Endpoint:
    """Asks one model at one endpoint. Safe to use from several threads.

    >>> endpoint = Endpoint(EndpointSpec(base_url="http://127.0.0.1:8000/v1", model="qwen3"))
    >>> endpoint.chat([{"role": "user", "content": "Say yes."}], max_tokens=4).text
    """

    def __init__(self, spec: EndpointSpec):
        self.spec = spec
        self.totals = Totals()
        self._room = threading.BoundedSemaphore(spec.concurrency)
        self._lock = threading.Lock()

    def chat(
        self, messages: Sequence[Message], *, max_tokens: int, schema: Mapping[str, Any] | None = None
    ) -> Reply:
        """The reply to `messages` in at most `max_tokens` tokens of the endpoint's tokenizer.

        With `schema` (a JSON schema) the reply must be JSON, and is parsed into `data`; whether it obeys the schema is
        the caller's to check. Raises EndpointError when no usable reply came.
        """
        payload = self._payload(messages, max_tokens, schema)
        path = self._cache_path(payload)
        if (found := self._cached(path, schema)) is not None:
            self._count(found)
            return found
        reply = self._ask(payload, schema, path.stem)
        if self.spec.cache:
            _store(path, {"text": reply.text, "finish": reply.finish, "usage": asdict(reply.usage)})
        self._count(reply)
        return reply

    def chat_all(
        self, conversations: Sequence[Sequence[Message]], *, max_tokens: Sequence[int],
        schema: Mapping[str, Any] | None = None,
    ) -> list[Reply]:  # fmt: skip
        """The reply to each conversation, in order, `concurrency` at a time. Raises the first EndpointError."""
        if not conversations:
            return []
        with ThreadPoolExecutor(self.spec.concurrency) as pool:
            waiting = [pool.submit(self.chat, messages, max_tokens=most, schema=schema)
                       for messages, most in zip(conversations, max_tokens, strict=True)]  # fmt: skip
            try:
                return [each.result() for each in waiting]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _payload(self, messages: Sequence[Message], max_tokens: int, schema: Mapping[str, Any] | None) -> dict[str, Any]:
        payload = {"model": self.spec.model, "messages": [dict(m) for m in messages], "max_tokens": max_tokens,
                   "temperature": self.spec.temperature}  # fmt: skip
        if self.spec.seed is not None:
            payload["seed"] = self.spec.seed
        if schema is not None and self.spec.structured == "schema":
            named = {"name": "reply", "schema": dict(schema), "strict": True}
            payload["response_format"] = {"type": "json_schema", "json_schema": named}
        elif schema is not None and self.spec.structured == "object":
            payload["response_format"] = {"type": "json_object"}
        return {name: value for name, value in (payload | self.spec.extra).items() if value is not None}

    def _ask(self, payload: dict[str, Any], schema: Mapping[str, Any] | None, name: str) -> Reply:
        """The first usable reply; raises EndpointError after `tries` requests, or at one that no other try can mend."""
        key = self._key()
        jitter = random.Random(f"{self.spec.seed}-{name}")
        for made in range(1, self.spec.tries + 1):
            try:
                with self._room:
                    with self._lock:
                        self.totals.requests += 1
                    body = post(f"{self.spec.base_url}/chat/completions", payload, key, self.spec.timeout)
                text, finish = content(body)
                data = None if schema is None else parse_json(text, finish)
                return Reply(text, self._usage(body.get("usage")), False, finish, data)
            except Unusable as failure:
                if made == self.spec.tries or not failure.passing:
                    raise self._error(failure, made) from None
                doubled = min(60.0, self.spec.backoff * 2 ** (made - 1)) * jitter.uniform(0.5, 1.0)
                wait = doubled if failure.wait is None else min(60.0, failure.wait)
            time.sleep(wait)
        raise AssertionError("unreachable: the last try returns or raises")

    def _usage(self, said: Any) -> Usage:
        said = said if isinstance(said, dict) else {}
        counts = [said.get(name) for name in ("prompt_tokens", "completion_tokens")]
        counts = [n if isinstance(n, int) and n >= 0 else None for n in counts]
        prices = (self.spec.price_in, self.spec.price_out)
        known = None not in counts and None not in prices
        return Usage(*counts, sum(n * p for n, p in zip(counts, prices, strict=True)) / 1e6 if known else None)

    def _key(self) -> str | None:
        """The key from the environment; raises EndpointError when the spec names a variable that holds none."""
        if self.spec.api_key_env is None:
            return None
        key = os.environ.get(self.spec.api_key_env, "").strip()
        if not key or not key.isprintable() or not key.isascii():
            raise EndpointError(
                f"endpoint {self.spec.base_url}: expected its key in the environment variable {self.spec.api_key_env}, "
                f"which is {'no plain text' if key else 'not set'}. Set it, or set api_key_env to null."
            )
        return key

    def _error(self, failure: Unusable, tries: int) -> EndpointError:
        hint = HINTS.get(failure.status, "Check that the server is up, speaks the OpenAI chat format and knows this model")
        times = "" if tries == 1 else f" {tries} times, the last time"
        return EndpointError(
            f"endpoint {self.spec.base_url} (model {self.spec.model!r}): expected a chat completion, got{times} {failure}. "
            f"{hint}.", tries, failure.status,
        )  # fmt: skip

    def _cache_path(self, payload: Mapping[str, Any]) -> Path:
        text = json.dumps([self.spec.base_url, payload], sort_keys=True, ensure_ascii=False)
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return cache_dir() / "endpoint" / key[:2] / f"{key}.json"

    def _cached(self, path: Path, schema: Mapping[str, Any] | None) -> Reply | None:
        """The reply on disk; None when there is none, or the file is not one of ours."""
        if not self.spec.cache:
            return None
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            data = None if schema is None else parse_json(held["text"], held["finish"])
            counts = held["usage"]["prompt_tokens"], held["usage"]["completion_tokens"]
            return Reply(held["text"], Usage(*counts, 0.0), True, held["finish"], data)
        except (OSError, ValueError, KeyError, TypeError, Unusable):
            return None

    def _count(self, reply: Reply) -> None:
        with self._lock:
            self.totals.replies += 1
            self.totals.cached += reply.cached
            if reply.cached:
                return
            self.totals.uncounted += None in (reply.usage.prompt_tokens, reply.usage.completion_tokens)
            self.totals.unpriced += reply.usage.cost is None
            self.totals.prompt_tokens += reply.usage.prompt_tokens or 0
            self.totals.completion_tokens += reply.usage.completion_tokens or 0
            self.totals.cost += reply.usage.cost or 0.0


HINTS = {
    400: "The server refuses the request: check the model's name, `extra`, and `structured` (schema | object | none)",
    401: "Check the key in the environment variable that api_key_env names",
    403: "Check the key in the environment variable that api_key_env names",
    404: "Check base_url (it usually ends in /v1) and the model's name",
    429: "The server is asked too often: lower concurrency, raise backoff or tries",
}


def _store(path: Path, held: Mapping[str, Any]) -> None:
    """Whole or not at all, also when two threads store the same; a cache that cannot be written is no reason to fail."""
    file = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            json.dump(held, file)
        os.replace(file.name, path)
    except OSError:
        if file is not None:
            Path(file.name).unlink(missing_ok=True)
