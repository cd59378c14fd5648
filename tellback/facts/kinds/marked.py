"""What a text marks as exact: commands and code in backticks, after a prompt or in a fenced block, and quoted strings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tellback.facts.kinds.amounts import read_whole
from tellback.facts.kinds.identifiers import identify, plain_identifier
from tellback.records import Span

QUOTE_WORDS = 12  # a longer quotation is prose: what it says is checked by its own facts

SPEECH_WORDS = 4  # with fewer, a quotation that ends in a comma or a full stop may be a term at the end of a clause

_QUOTED = re.compile(r"(?<![\w\"])\"(?=[^\s\"])([^\"\n]{1,160}?)(?<=\S)\"(?![\w\"])")
_TICKED = re.compile(r"(?<!`)`([^`\n]{1,300})`(?!`)")
_FENCED = re.compile(r"^[ \t]*```[ \t]*(\w*)[^\n`]*\n(.*?)(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^[ \t]*(?:\$|>>>) (\S[^\n]{0,300})", re.MULTILINE)
_SHELLS = frozenset(["bash", "sh", "shell", "console", "zsh", "terminal"])

Item = tuple[str, str, int, int]  # kind, value, start, end in folded offsets


def commands_in(text: str) -> Iterator[Item]:
    """What stands in backticks, after a prompt, or in a fenced block of shell lines."""
    taken = 0
    if "```" in text:
        for block in _FENCED.finditer(text):
            shell = block[1].lower() in _SHELLS
            for line in re.finditer(r"[^\n]+", block[2]):
                start, words = block.start(2) + line.start(), line[0].strip()
                start += len(line[0]) - len(line[0].lstrip())
                prompt = words.startswith("$ ")
                if (prompt or (shell and not words.startswith("#"))) and 2 < len(words) <= 300:
                    cut = 2 if prompt else 0
                    yield "command", " ".join(words[cut:].split()), start + cut, start + len(words)
            taken = block.end()
    if "`" in text:
        for tick in _TICKED.finditer(text):
            start, end = tick.span(1)
            words = tick[1].strip()
            if not words or (taken and "```" in tick[0]):
                continue
            kind = "command" if " " in words else identify(words) or (None if read_whole(words) else "code")
            if kind:
                yield kind, plain_identifier(kind, words), start, end
    if "$ " in text or ">>> " in text:
        for line in _PROMPT.finditer(text):
            words = line[1].rstrip()
            if words[0].isalpha() or words[0] in "./~":
                yield "command", " ".join(words.split()), line.start(1), line.start(1) + len(words)


def merge(commands: list[Item], items: list[Item]) -> list[Item]:
    """All items in order; a command and an identifier with the same span are one."""
    if not commands:
        return items
    spans = {(start, end) for _, _, start, end in commands}
    kept = [item for item in items if (item[2], item[3]) not in spans]
    seen: set[Span] = set()
    out = []
    for item in sorted([*commands, *kept], key=lambda item: (item[2], -item[3])):
        if (item[2], item[3]) not in seen:
            seen.add((item[2], item[3]))
            out.append(item)
    return out


def with_quotes(text: str, items: list[Item]) -> list[Item]:
    if '"' not in text:
        return items
    spans = {(start, end) for _, _, start, end in items}
    quotes: list[Item] = []
    for match in _QUOTED.finditer(text):
        start, end = match.span(1)
        words = match[1].split()
        while end > start and text[end - 1] in ",.;:":
            end -= 1
        if 1 <= len(words) <= QUOTE_WORDS and (start, end) not in spans and any(c.isalnum() for c in match[1]):
            quotes.append(("quote", " ".join(text[start:end].casefold().split()), start, end))
    return sorted([*items, *quotes], key=lambda item: (item[2], -item[3])) if quotes else items


def spoken(text: str, span: Span) -> bool:
    """Whether a quotation is what somebody says, a sentence or a part of one: its punctuation stands inside the marks."""
    words, after = text[slice(*span)], text[span[1] : span[1] + 1]
    return len(words.split()) >= SPEECH_WORDS and (after in tuple(",.;:") or words[-1:] in tuple("!?"))
