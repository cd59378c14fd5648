"""Days named from the day of speaking: yesterday, tomorrow, last Friday, next week."""

from __future__ import annotations

import re

from tellback.facts.kinds.base import Examples, Value
from tellback.facts.kinds.signs import Sign

_SAME = {"past": "last", "previous": "last", "coming": "next", "following": "next"}
_OTHERWISE = {
    "yesterday": ("day before", "previous day", "a day ago"), "tomorrow": ("day after", "next day", "following day"),
    "last": ("previous", "past", " ago", "before", "earlier"), "next": ("coming", "following", "upcoming", "after"),
    "this": ("current",),
}  # fmt: skip


class Relative(Sign):
    """Which of two days a weekday or a week is meant by counts as the word before it."""

    name = "relative"
    rule = re.compile(
        r"\b(?:yesterday|tomorrow|(?:last|next|this|past|previous|coming|following)"
        r"(?= (?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|week|month|year|quarter)\b))\b",
        re.IGNORECASE,
    )
    starts = re.compile(r"[yYtTlLnNpPcCfF](?:ester|omor|ast |ext |his |revi|omin|ollo)")
    after = re.compile(r" \w+")
    examples = Examples(
        found={"It came yesterday at last.": "yesterday", "We meet next week again.": "next", "It came past month.": "last"},
        same=[("We met last week.", "We met past week."), ("We meet next year.", "We meet coming year.")],
        other=[("It came yesterday.", "It came tomorrow."), ("We meet next week.", "We met last week.")],
        none=["At last we met.", "the next door", "This is it.", "the week before"],
    )

    def canonical(self, words: str) -> str | None:
        words = words.lower()
        return _SAME.get(words, words)

    def in_other_words(self, value: Value, said: str, sentence: str) -> bool:
        return any(words in sentence for words in _OTHERWISE.get(value.keys[0], ()))


RELATIVE = Relative()
