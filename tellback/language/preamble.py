"""What a chat model says before its text: «Here's a summary in 25 words:». It tells nothing of the source."""

from __future__ import annotations

import re

_KIND = r"(?:summar|overview|recap|digest|condensed|shorten|compress|compact|concise|brief|tl;?dr|rewrit|rephras)"
_PREAMBLE = re.compile(
    r"\W{0,4}(?:(?:sure|certainly|of course|absolutely|okay|ok|great|happy to help|yes)\b[!,. -]{0,3}\s{0,3})?"
    rf"(?:(?:here(?:'s| is| are)|these are|this is|below is|below are|the following is|i've|i have)\b[^\n:]{{0,160}}?{_KIND}[^\n:]{{0,160}}(?::|\n|$)"
    rf"|{_KIND}\w*(?: [^\n:.]{{0,60}}?\d+[^\n:.]{{0,40}})?:)",
    re.IGNORECASE,
)
#: «Here are the 2 key points from the text you gave me:»
_POINTS = re.compile(
    r"\W{0,4}(?:(?:sure|certainly|of course|absolutely|okay|ok|great|yes)\b[!,. -]{0,3}\s{0,3})?(?:here(?:'s| is| are)|below are|these are)\b"
    r"[^\n:.]{0,60}?\b(?:points?|takeaways?|highlights?|facts|bullets?|sentences?|version|essentials?|gist|main ideas?)\b[^\n:.]{0,120}:",
    re.IGNORECASE,
)
#: What it says after its text: «Let me know if you'd like it shorter!»
_OFFER = re.compile(
    r"(?:^|(?<=\n)|(?<=[.!?] ))\W{0,3}(?:(?:please )?(?:let me know|feel free to (?:ask|reach out|tell)|just (?:ask|tell me|say)|tell me) if\b|"
    r"would you like me to\b|do you want me to\b|if you(?:'d like| want| need| prefer)[^.!?\n]{0,80}(?:let me know|i can|i could|just (?:ask|say))|"
    r"i (?:can|could) (?:also )?(?:make|shorten|expand|rewrite|rephrase|add)\b[^.!?\n]{0,60}\bif you|i hope (?:this|that) helps\b|hope (?:this|that) helps\b)"
    r"[^\n\d]{0,160}\s*$",
    re.IGNORECASE,
)
_LONGEST = 500  # characters in which one ends


def preamble(text: str) -> int:
    """The offset at which the preamble of `text` ends; 0 where there is none."""
    opening = text[:_LONGEST].replace("’", "'")
    match = _PREAMBLE.match(opening) or _POINTS.match(opening)
    return match.end() if match else 0


def offer(text: str) -> int:
    """The offset at which the offer that ends `text` begins; its length where there is none."""
    start = max(0, len(text) - _LONGEST)
    match = _OFFER.search(text[start:].replace("’", "'"))
    return start + match.start() if match else len(text)
