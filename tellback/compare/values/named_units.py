"""Numbers whose unit the name beside them gives: «delayMs: 2000», «GRACE_MIN = 15», «timeout_seconds=30», «45 * time.Second»."""

from __future__ import annotations

import re

from tellback.facts.kinds.base import Value
from tellback.facts.kinds.numbers import NUMBER, PERCENT

#: The last part of a name -> the unit, as it is written behind a number.
UNITS = {
    "ms": "ms", "millis": "ms", "milliseconds": "ms", "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "minutes",
    "mins": "minutes", "minutes": "minutes", "hour": "hours", "hours": "hours", "hrs": "hours", "day": "days", "days": "days",
    "week": "weeks", "weeks": "weeks", "month": "months", "months": "months", "year": "years", "years": "years", "kb": "kB", "mb": "MB",
    "gb": "GB", "kib": "KiB", "mib": "MiB", "gib": "GiB", "bytes": "bytes", "km": "km", "metres": "m", "meters": "m", "cm": "cm",
    "mm": "mm", "kg": "kg", "percent": "%", "pct": "%",
}  # fmt: skip
_NAME = re.compile(r"([A-Za-z][\w-]*)[\"']?(?:\s*[:=]\s*[\"']?|\s+)$")
_BEHIND = re.compile(r"\s*\*\s*time\.(Millisecond|Second|Minute|Hour)\b")  # as Go writes it
_PARTS = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+")
BEFORE = 40  # characters in which the name stands


def with_named_unit(text: str, start: int, written: str) -> Value | None:
    """The quantity that the number `written` at `start` of `text` is by the name before it; None where that gives no unit."""
    behind = _BEHIND.match(text, start + len(written))
    if behind is not None:
        return NUMBER.read(f"{written} {behind[1].lower()}s")
    name = _NAME.search(text[max(0, start - BEFORE) : start])
    parts = _PARTS.findall(name[1]) if name else []
    is_code = len(parts) > 1 or (name is not None and ("=" in name[0] or ":" in name[0]))
    unit = UNITS.get(parts[-1].lower()) if parts and is_code else None
    if unit is None or len(parts) == 1 and unit == "s":
        return None
    return (PERCENT if unit == "%" else NUMBER).read(f"{written}{'' if unit == '%' else ' '}{unit}")
