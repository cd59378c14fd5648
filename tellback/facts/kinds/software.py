"""What programs and those who write them call things: version, ticket, handle, code."""

from __future__ import annotations

import re
from collections.abc import Collection

from tellback.facts.kinds.addresses import Address
from tellback.facts.kinds.base import Examples, Value
from tellback.facts.kinds.identifier import Identifier

_CAMEL = re.compile(r"[a-z]{2,}[a-z0-9]*(?:[A-Z][a-z0-9]+)+[A-Z]?|[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+[A-Z]?")
_SURNAME = re.compile(r"(?:Mc|Mac|De|Di|Da|La|Le|Van|Von|Fitz|O|St)[A-Z][a-z]+")
_MIXED = re.compile(r"(?=[^\W\d_]*[-./:]?[^\s]*\d)[A-Za-z][A-Za-z0-9]*(?:[-./:#][A-Za-z0-9]+)*")
#: Before a hyphen and a number these are words, and the number a number.
_PREFIXES = frozenset(
    ["top", "mid", "pre", "post", "under", "over", "early", "late", "non", "sub", "age", "aged", "ages", "circa", "ca", "about", "plus", "level", "grade", "class", "type", "part", "step", "chapter", "page", "section", "around", "approx", "since", "from", "to", "of", "in", "the", "a", "an", "per", "year", "day", "number", "no", "nos", "vol", "fig", "figure"]
)
_CODE = re.compile(
    r"\d+(?:-\d+){3,}(?:-[\dX])?|"  # ISBN and its like
    r"\$\{?[A-Z_][A-Z0-9_]*\}?|--[a-z][\w-]*(?:=\S+)?|[A-Za-z_][\w.]*\(\)|0x[0-9a-fA-F]+|"
    r"_*[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+(?:\.\w+)*|[A-Za-z]\w*(?:\.\w+)*\.\w*_\w*"
)
_OWNED = re.compile(r"(?:[A-Za-z_]\w*(?:\.|::|#))+([A-Za-z_]\w*(?:\(\))?)")


class Version(Identifier):
    name = "version"
    rule = re.compile(
        r"v\d+(?:\.\d+)*(?:[-+.][0-9A-Za-z.-]+)?|\d+\.\d+\.\d+(?:\.\d+)?(?:[-+.]?(?:rc|dev|alpha|beta|post|a|b)[0-9A-Za-z.-]*)?|"
        r"\d+\.\d+(?:rc|a|b|-rc|-beta|-alpha|\.dev|\.post)[.\d]+"
    )
    examples = Examples(
        found={"needs v1.2.3 now": "1.2.3", "needs 2.0.0rc1 now": "2.0.0rc1"},
        same=[("v1.2.3", "1.2.3")],
        other=[("1.2.3", "1.2.4"), ("v2", "v3")],
        none=["1.2", "14.03.1879", "192.168.0.1"],
    )

    def canonical(self, text: str) -> str:
        return text.removeprefix("v")


class Ticket(Identifier):
    name = "ticket"
    rule = re.compile(r"[A-Z][A-Z0-9]{1,9}-\d{1,7}|#\d{2,9}|GH-\d+|CVE-\d{4}-\d{4,}")
    examples = Examples(
        found={"closes ABC-123 at last": "abc-123", "closes #4567 at last": "#4567"},
        same=[("ABC-123", "ABC-123.")],
        other=[("ABC-123", "ABC-124"), ("#4567", "#4568")],
        none=["#1", "A-1", "abc-123-def"],
    )

    def canonical(self, text: str) -> str:
        return text.casefold()


class Handle(Identifier):
    """An account or a tag: @ana, #summer."""

    name = "handle"
    rule = re.compile(r"@[A-Za-z0-9_]{2,39}|#[A-Za-z]\w{1,60}")
    examples = Examples(
        found={"thanks to @Ana_B for it": "@ana_b", "filed under #summer then": "#summer"},
        same=[("@Ana", "@ana")],
        other=[("@ana", "@anna")],
        none=["ana@x.org", "#12", "@"],
    )

    def canonical(self, text: str) -> str:
        return text.lower()


class Code(Identifier):
    """A name of a program's text (getUserName, MAX_LEN, os.path.join(), --max-len=5) and any other mixture of letters and
    digits that names one thing (A1B2C3D4). Case counts where it parts words."""

    name = "code"
    goes_on = True
    examples = Examples(
        found={
            "set MAX_LEN first": "MAX_LEN", "call getUserName first": "getUserName", "call os.path.join() first": "os.path.join()",
            "order X-100 came": "x-100", "pass --max-len=5 first": "--max-len=5", "buy a 3D film": "3d",
        },
        same=[("X-100", "x-100")],
        other=[("MAX_LEN", "max_len"), ("getUserName", "getUsername"), ("A1B2C3D4", "A1B2C3D5")],
        none=["McDonald", "top-10", "pre-2020", "well-known", "1,500"],
    )  # fmt: skip

    def holds(self, core: str) -> bool:
        if core.isalpha():
            return bool(_CAMEL.fullmatch(core)) and not _SURNAME.fullmatch(core)
        if _CODE.fullmatch(core):
            return True
        if "/" in core and not core[0].isdigit():
            return False
        if core[0].isdigit() or not any(c.isdigit() for c in core):
            return bool(_CAMEL.fullmatch(core))
        if not _MIXED.fullmatch(core):
            return False
        head = core.split("-", 1)[0]
        if "-" in core and (head.lower() in _PREFIXES or (head.islower() and len(head) > 4 and core[-1:].isdigit())):
            return False
        return not (head.islower() and head.isalpha() and "." in core)

    def value(self, text: str) -> Value:
        return Value(self.name, (Address(self.canonical(text)),))

    def keeps(self, a: Value, b: Value) -> bool:
        return super().keeps(a, b) or b.keys[0] in self.spared(a)

    def spared(self, value: Value) -> tuple[str, ...]:
        """A name without what it belongs to: «orders.legacy_ref» told as «legacy_ref»."""
        owned = _OWNED.fullmatch(value.keys[0])
        return (owned[1],) if owned else ()

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        """The source has «reserve()» with what it takes: `function reserve(seat, user)`."""
        called = said.lower().removesuffix(")") if said.endswith("()") else ""
        return not (called and re.search(rf"(?<![\w.]){re.escape(called)}", source)) and super().could_be_invented(value, said, source, numbers)

    def canonical(self, text: str) -> str:
        return text if _CAMEL.fullmatch(text) or "_" in text else text.casefold()


VERSION, TICKET, HANDLE, CODE = Version(), Ticket(), Handle(), Code()
