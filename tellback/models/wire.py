"""One request to an OpenAI-compatible endpoint, and what of its answer can be used."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

LARGEST_BODY = 32 * 2**20  # bytes; no chat completion is larger
HALF = re.compile(r"[\ud800-\udfff]")  # of a surrogate pair; JSON may hold one alone, text may not
PASSING = {408, 409, 425, 429}  # besides 5xx: what another try may mend


class Unusable(Exception):
    """What came instead of an answer. `passing`: another try may mend it; `wait`: seconds that the endpoint asks for."""

    def __init__(self, got: str, status: int | None = None, passing: bool = True, wait: float | None = None):
        super().__init__(got)
        self.status, self.passing, self.wait = status, passing, wait


def post(url: str, payload: Mapping[str, Any], key: str | None, timeout: float) -> dict[str, Any]:
    """The JSON object that `url` answers with; raises Unusable for anything else, or after `timeout` seconds.

    `key` goes out as a bearer token and is blotted out of whatever comes back.
    """
    import requests
    import urllib3

    def authorize(request):  # as `auth`, for else requests would put a login from ~/.netrc in place of the key
        if key is not None:
            request.headers["Authorization"] = f"Bearer {key}"
        return request

    due = time.monotonic() + timeout
    try:
        with requests.post(
            url, json=payload, auth=authorize, stream=True, timeout=timeout, allow_redirects=False
        ) as response:
            raw = _read(response.raw, due)
            status, wait = response.status_code, response.headers.get("Retry-After", "")
    except requests.exceptions.Timeout:
        raise Unusable(f"no whole answer within {timeout:g} s") from None
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error, urllib3.exceptions.TimeoutError):  # in the middle of the body
            raise Unusable(f"no whole answer within {timeout:g} s") from None
        raise Unusable(f"no connection, or one that broke ({_innermost(error)})") from None
    raw = raw.replace(key.encode(), b"[key]") if key else raw
    if status != 200:
        seconds = float(wait) if re.fullmatch(r"\d+(\.\d+)?", wait) else None
        raise Unusable(f"HTTP {status} ({_shown(raw)})", status, status in PASSING or status >= 500, seconds)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unusable(f"what is no JSON ({_shown(raw)})", status) from None
    if not isinstance(body, dict):
        raise Unusable(f"JSON that is no object ({_shown(raw)})", status)
    return body


def content(body: Mapping[str, Any]) -> tuple[str, str | None]:
    """(text, finish reason) of a chat completion; raises Unusable when it says nothing."""
    try:
        choice = body["choices"][0]
        text, finish = choice["message"]["content"], choice.get("finish_reason")
        if isinstance(text, list):  # some servers answer in parts
            text = "".join(part["text"] for part in text if part.get("type") == "text")
    except (KeyError, IndexError, TypeError, AttributeError):
        shown = _shown(json.dumps(body).encode())
        raise Unusable(f"JSON without choices[0].message.content ({shown})", 200) from None
    if not isinstance(text, str) or not text.strip():
        raise Unusable(f"an empty reply (finish_reason {finish!r})", 200)
    if broken := HALF.search(text):
        raise Unusable(f"a reply with half a character ({broken.group()!r}, a lone surrogate)", 200)
    return text, finish


def parse_json(text: str, finish: str | None) -> Any:
    """The JSON that a reply is, also when it stands in a code fence; raises Unusable when it is none."""
    fenced = re.fullmatch(r"\s*```(?:json)?\s*\n(.*?)\n?```\s*", text, re.DOTALL)
    try:
        found = json.loads(fenced.group(1) if fenced else text)
        json.dumps(found, ensure_ascii=False).encode()  # ValueError: an escape may be half a character
        return found
    except (ValueError, RecursionError):
        cut = ", cut off at max_tokens" if finish == "length" else ""
        raise Unusable(f"a reply that is not the JSON asked for{cut} ({_shown(text.encode())})", 200) from None


def _read(raw: Any, due: float) -> bytes:
    """The whole body, unless it takes until after `due` or has no end: a server that trickles is a slow one."""
    import requests

    blocks, size = [], 0
    while block := raw.read1(65536, decode_content=True):
        blocks.append(block)
        size += len(block)
        if time.monotonic() > due:
            raise requests.exceptions.Timeout
        if size > LARGEST_BODY:
            raise Unusable(f"an answer of more than {LARGEST_BODY} bytes")
    return b"".join(blocks)


def _shown(raw: bytes) -> str:
    text = " ".join(raw[:1000].decode("utf-8", "replace").split())
    return f"«{text[:200]}{'…' if len(text) > 200 else ''}»" if text else "nothing"


def _innermost(error: BaseException) -> str:
    """What the system says, without the layers that pass it on and their object ids."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return re.sub(r"<[^>]* at 0x[0-9a-f]+>:?\s*", "", str(error)) or type(error).__name__
