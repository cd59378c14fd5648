"""An address with the port that is meant, as machines, hosts and links have them: «10.0.0.5:80», «db.internal:5432»."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tellback.facts.kinds.base import Exact, Reading
from tellback.facts.kinds.quantity import Quantity

_PORT = re.compile(r"(?P<host>[\w.-]*[A-Za-z.-][\w.-]*):(?P<port>\d{2,5})(?=/|$)")
_NAME = re.compile(r"/(?=[^/]*[A-Za-z])(?=[^/]*\d)([\w-]{4,40})$")


@dataclass(frozen=True, slots=True)
class Address(Exact):
    """Said along with one that has a port are its host and its port, also side by side; with a link the name that it ends with, as
    people call a ticket or a page by it: «RB-118»."""

    def implied(self) -> Iterable[Reading]:
        name = _NAME.search(self.text)
        return (*(self.halves() or ()), *((Exact(name[1]), Exact(name[1].lower())) if name else ()))

    def halves(self) -> tuple[Reading, Reading] | None:
        match = _PORT.match(self.text)
        return (Exact(match["host"]), Quantity(Decimal(match["port"]))) if match else None

    def added(self) -> str | None:
        """The key of the port, which who says only the host has not said."""
        match = _PORT.match(self.text)
        return str(int(match["port"])) if match else None
