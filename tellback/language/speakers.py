"""Who is speaking where: chats, subtitles (VTT, SRT), bold labels, minutes, and mails with what they quote.

A turn begins with the name of its speaker and ends where the next begins. What is said in the first person there is said
of that speaker.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tellback.language.lexicon import words
from tellback.records import Span

_NAME = r"[A-Z][\w'’.-]{0,30}(?: (?:[A-Z][\w'’.-]{0,30}|\d{1,2})){0,2}"
_LONGEST_NAME = 96
_CLOCK = r"(?:[\[(]?(?:\d{4}-\d\d-\d\d[ T,]*)?\d{0,2}:?\d{1,2}:\d\d(?:[.,]\d+)?(?: ?[ap]m)?[\])]?[ \t]*[-–]?[ \t]*|\[\d{4}-\d\d-\d\d\][ \t]*)?"
_LABEL = re.compile(rf"^[ \t]*(?:[-*•][ \t]+)?{_CLOCK}(?:\*\*|__)?({_NAME})(?: ?\([^)\n]{{1,30}}\))?(?:\*\*|__)?:(?:\*\*|__)?(?=[ \t\n]|[^\s/\d])", re.M)
#: A label within a line, behind the end of a sentence and before what is said in the first person.
_SAYS = re.compile(r": (?=(?:I|We|My|Our)\b)")
_COLON = re.compile(r": (?=[A-Z])")
_WITHIN = re.compile(rf"(?<=[.!?] )({_NAME}): $")
_WROTE = re.compile(rf"^On [^\n]{{3,80}}?[ ,]({_NAME})(?: <[^>\n]{{3,60}}>)?[ \n]wrote:[ \t]*$", re.M)
_FROM = re.compile(rf"^From: \"?({_NAME})\"?(?: <[^>\n]{{3,60}}>)?[ \t]*$", re.M)
_SIGNED = re.compile(rf"^--[ ]?\n({_NAME})[ \t]*$", re.M)
_QUOTED = re.compile(r"(?:^[ \t]*>[^\n]*(?:\n|$))+", re.M)
_CUE = re.compile(r"^(?:\d{1,6}[ \t]*\n)?[ \t]*(?:\d\d:)?\d\d:\d\d[.,]\d{3} --> (?:\d\d:)?\d\d:\d\d[.,]\d{3}[^\n]*$|^WEBVTT[^\n]*$", re.M)
_VOICE = re.compile(r"<v(?:\.[\w.]+)? ([^>\n]{1,60})>|</v>")
#: Labels that name no speaker, though they stand as one.
_NO_SPEAKER = words(
    "note notes summary decision decisions action actions items todo next pending task tasks subject from to date cc bcc re fwd "
    "status result results background warning tip example examples question answer step steps total title author agenda topic "
    "present absent attendees goal goals done open blocked remaining rules rule name version source output input error info "
    "debug user assistant system tool human ai risks owner deadline due when where who what why how follow-up update updates"
)


@dataclass(frozen=True)
class Turn:
    """The words [start, end) that `name` says; `label` is where the name stands."""

    start: int
    end: int
    name: str
    label: Span


_CLOSING = re.compile(r"</(?:p|div|li|ul|ol|tr|td|th|table|h[1-6]|a|span|b|i|em|strong|body|html|section|article)>", re.I)
_LEAST_TAGS = 2
_UNREAD = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"))  # what a browser does not show
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,500}>")
_BLOCK = re.compile(r"<(?:/(?:p|div|li|tr|h[1-6]|table|section|article|title|head|ul|ol)|br\b|hr\b|!--)", re.I)


def without_cues(text: str) -> str:
    """`text` with the numbers, times and tags of subtitles blanked, of the same length: «<v Ana>Hello» is « Ana:Hello»."""
    if "-->" not in text:
        return text
    text = _CUE.sub(lambda cue: re.sub(r"[^\n]", " ", cue[0]), text)
    return _VOICE.sub(lambda tag: " " * (len(tag[0]) - len(tag[1]) - 1) + tag[1] + ":" if tag[1] else " " * len(tag[0]), text)


def without_tags(text: str) -> str:
    """`text` with the tags of HTML blanked, of the same length; those of paragraphs, rows and the like end a line. Other text as it is."""
    if "</" not in text or len(_CLOSING.findall(text[:20_000])) < _LEAST_TAGS:
        return text
    for opening, closing in _UNREAD:
        parts, done, lower = [], 0, text.lower() if len(text.lower()) == len(text) else text
        while (at := lower.find(opening, done)) >= 0 and (end := lower.find(closing, at)) >= 0:
            parts += [text[done:at], _blank(text[at : end + len(closing)])]
            done = end + len(closing)
        text = "".join([*parts, text[done:]])
    return _TAG.sub(lambda tag: _blank(tag[0]), text)


def _blank(tag: str) -> str:
    line = "\n" if _BLOCK.match(tag) else " "
    return "".join(c if c == "\n" else " " for c in tag[:-1]) + line


@lru_cache(maxsize=8)
def turns(text: str) -> tuple[Turn, ...]:
    """The turns of a text in order; none where fewer than two labels name a speaker."""
    labelled = [
        (match.start(), match.end(), match[1], match.span(1))
        for match in (*_LABEL.finditer(text), *_within(text))
        if not any(word in _NO_SPEAKER for word in match[1].casefold().split())
    ]  # fmt: skip
    labelled.sort()
    mails = list(_mails(text))
    if len(labelled) < 2 and not mails:
        return ()
    found = []
    for n, (_, end, name, label) in enumerate(labelled if not mails else ()):
        stop = labelled[n + 1][0] if n + 1 < len(labelled) else len(text)
        blank = text.find("\n\n", end, stop)
        found.append(Turn(end, stop if blank < 0 else blank, name, label))
    return tuple(sorted([*found, *mails], key=lambda turn: turn.start))


def _within(text: str) -> Iterator[re.Match[str]]:
    """The labels within lines: all where one of them is followed by what somebody says in the first person."""
    if not any(_label_before(text, says) for says in _SAYS.finditer(text)):
        return
    for colon in _COLON.finditer(text):
        if (match := _label_before(text, colon)) is not None:
            yield match


def _label_before(text: str, colon: re.Match[str]) -> re.Match[str] | None:
    return _WITHIN.search(text, max(0, colon.start() - _LONGEST_NAME), colon.end())


def _mails(text: str) -> Iterator[Turn]:
    """What each mail of a thread says itself, and what it quotes."""
    wrote = [(match.end(), match) for match in _WROTE.finditer(text)]
    if not wrote:
        return
    senders = [(m.end(), m[1], m.span(1)) for m in _FROM.finditer(text)]
    signed = [(m.start(), m[1], m.span(1)) for m in _SIGNED.finditer(text)]
    quotes = []
    for end, match in wrote:
        quote = _QUOTED.search(text, end)
        if quote and not text[end : quote.start()].strip():
            quotes.append((*quote.span(), match))
            yield Turn(*quote.span(), match[1], match.span(1))
    for n, (_, end, _) in enumerate(quotes):
        stop = quotes[n + 1][2].start() if n + 1 < len(quotes) else len(text)
        sender = next((s for s in reversed(senders) if s[0] <= end), None)
        name = next((s for s in signed if end <= s[0] <= stop), sender)
        after = next((s[0] for s in senders if end < s[0] < stop), stop)
        if name is not None:
            yield Turn(end, min(stop, after), name[1], name[2])


def speaker_at(found: tuple[Turn, ...], offset: int) -> Turn | None:
    """The turn that holds a character of the text."""
    number = bisect_right(found, offset, key=lambda turn: turn.start) - 1
    return found[number] if number >= 0 and offset < found[number].end else None
