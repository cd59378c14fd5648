"""Who may speak to the server: this machine's own page, and nobody else's page in the same browser.

A page elsewhere can make a browser send requests to 127.0.0.1. What it cannot do is choose the Host and Origin that they carry
(a name that was made to point here is still not ours), nor read or write the token.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

LOCAL = ("127.0.0.1", "localhost", "::1")
COOKIE = "tellback-token"
HEADERS = {
    "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin",
}  # fmt: skip


def is_local(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware. `host`: what the server is bound to; `token`: None where only this machine reaches it."""

    def __init__(self, app: Any, host: str, token: str | None):
        self.app, self.host, self.token = app, host, token

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        refused = self._refused(scope, headers)
        if refused:
            await _answer(send, *refused)
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = list(message["headers"])
                own += [(k.encode(), v.encode()) for k, v in HEADERS.items()]
                if self.token and self._same(query.get("token", [""])[0]):
                    own.append((b"set-cookie", f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/".encode()))
                message = {**message, "headers": own}
            await send(message)

        await self.app(scope, receive, guarded)

    def _refused(self, scope: Any, headers: Mapping[str, str]) -> tuple[int, str] | None:
        if not self._known(headers.get("host", "")):
            return 421, "This address is not served here."
        if scope["method"] not in ("GET", "HEAD"):
            origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
            if (origin is not None and urlsplit(origin).netloc != headers["host"]) or site not in (
                "none",
                "same-origin",
            ):
                return 403, "Only the page of this server may ask for that."
        if self.token and not self._has_token(scope, headers):
            return 401, "Open the address with its token, as `tellback serve` printed it."
        return None

    def _known(self, host: str) -> bool:
        """This machine's names; where it is bound to others' reach, addresses and the name that it is bound to."""
        name = urlsplit(f"//{host}").hostname or ""
        if name in LOCAL or name == self.host:
            return True
        if is_local(self.host):
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _has_token(self, scope: Any, headers: Mapping[str, str]) -> bool:
        given = [headers.get("authorization", "").removeprefix("Bearer ")]
        given += parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [])
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            cookie = None
        return any(self._same(each) for each in [*given, cookie.value if cookie else ""])

    def _same(self, given: str) -> bool:
        return bool(self.token) and hmac.compare_digest(given.encode("utf-8", "replace"), str(self.token).encode())


async def _answer(send: Any, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *((k.encode(), v.encode()) for k, v in HEADERS.items())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})
