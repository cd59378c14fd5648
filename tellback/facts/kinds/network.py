"""Addresses: url, email, ip."""

from __future__ import annotations

import re

from tellback.facts.kinds.addresses import Address
from tellback.facts.kinds.base import Examples, Value
from tellback.facts.kinds.identifier import Identifier

_TLD = "com|org|net|edu|gov|io|ai|co|uk|de|fr|it|es|eu|ch|at|nl|be|se|no|dk|fi|pl|ru|cn|jp|in|au|ca|us|info|biz|dev|app|me|tv|int|mil"
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.I)


class _Placed(Identifier):
    """What may have a port, which may be told beside it: «10.0.0.5, port 80»."""

    def value(self, text: str) -> Value:
        return Value(self.name, (Address(self.canonical(text)),))


class Url(_Placed):
    """An address in the web, or a host: letters count, the scheme and the host's case do not."""

    name = "url"
    rule = re.compile(
        r"(?:https?|ftp|file|s3|gs|git|ssh|wss?)://[^\s]+|www\.[\w-]+\.[^\s]+|"
        rf"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TLD})(?::\d+)?(?:/[^\s]*)?|"
        r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*(?:/[a-z][\w.-]*){1,5}:v?\d+(?:\.\d+)+[\w.-]*",  # the image of a container with its version
        re.I,
    )
    examples = Examples(
        found={"see https://Example.com/a_(b)?x=1 there": "example.com/a_(b)?x=1", "see api.example.io:8080 there": "api.example.io:8080",
               "runs hub.local/pump:1.4.2 there": "hub.local/pump:1.4.2"},
        same=[("https://example.com/a", "example.com/a/"), ("http://www.example.com/a", "https://Example.com/a")],
        other=[("https://example.com/a", "https://example.com/b"), ("example.com/A", "example.com/a")],
        none=["the end.The next", "a.b", "me@example.com"],
    )  # fmt: skip

    def canonical(self, text: str) -> str:
        host, slash, rest = _SCHEME.sub("", text).rstrip("/").partition("/")
        return host.lower() + slash + rest


class _CaseFree(Identifier):
    def canonical(self, text: str) -> str:
        return text.lower()


class Email(_CaseFree):
    name = "email"
    rule = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
    examples = Examples(
        found={"write to Bob@x.org now": "bob@x.org"},
        same=[("Bob@x.org", "bob@X.org")],
        other=[("bob@x.org", "rob@x.org")],
        none=["@bob", "x.org"],
    )


class Ip(_Placed):
    """An address of a machine, with its port or mask: v4, v6, or that of a network card."""

    name = "ip"
    rule = re.compile(
        r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/\d+)?|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|"
        r"(?=.*[a-f]|.*::)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}",
        re.I,
    )
    examples = Examples(
        found={"runs on 192.168.0.1:80 there": "192.168.0.1:80", "runs on fe80::1A there": "fe80::1a"},
        same=[("FE80::1", "fe80::1")],
        other=[("192.168.0.1", "192.168.0.2"), ("192.168.0.1:80", "192.168.0.1:8080")],
        none=["1.2.3", "15:30:12"],
    )

    def canonical(self, text: str) -> str:
        return text.lower()


URL, EMAIL, IP = Url(), Email(), Ip()
