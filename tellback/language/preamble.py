"""What a chat model says before its text: «Here's a summary in 25 words:». It tells nothing of the source."""

from __future__ import annotations

import re

_KIND = r"(?:summar|overview|recap|digest|condensed|shorten|compress|compact|concise|brief|tl;?dr|rewrit|rephras)"
_PREAMBLE = re.compile(
    r"\W{0,4}(?:(?:sure|certainly|of course|absolutely|okay|ok|great|happy to help|yes)\b[!,. -]{0,3}\s{0,3})?"
    rf"(?:(?:here(?:'s| is| are)|this is|below is|below are|the following is|i've|i have)\b[^\n:]{{0,160}}?{_KIND}[^\n:]{{0,160}}(?::|\n|$)"
    rf"|{_KIND}\w*(?: [^\n:.]{{0,60}}?\d+[^\n:.]{{0,40}})?:)",
    re.IGNORECASE,
)
_LONGEST = 500  # characters in which one ends


def preamble(text: str) -> int:
    """The offset at which the preamble of `text` ends; 0 where there is none."""
    match = _PREAMBLE.match(text[:_LONGEST].replace("’", "'"))
    return match.end() if match else 0
