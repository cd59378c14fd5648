"""What a text marks as exact: commands and code in backticks, after a prompt or in a fenced block, and quoted strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import ClassVar

from tellback.facts.kinds.base import Exact, Examples, Found, Group, Kind, Value
from tellback.records import Span

QUOTE_WORDS = 12  # a longer quotation is prose: what it says is checked by its own facts

SPEECH_WORDS = 4  # with fewer, a quotation that ends in a comma or a full stop may be a term at the end of a clause

_QUOTED = re.compile(r"(?<![\w\"])\"(?=[^\s\"])([^\"\n]{1,160}?)(?<=\S)\"(?![\w\"])")
_TICKED = re.compile(r"(?<!`)`([^`\n]{1,300})`(?!`)")
_QUOTED_ITSELF = re.compile(r"^ [^`]*\S '(?: |$)")  # of tokenised text, whose quotations stand as ` so '
_FENCED = re.compile(r"^[ \t]*```[ \t]*(\w*)[^\n`]*\n(.*?)(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
_PROMPT = re.compile(r"^[ \t]*(?:\$|>>>) (\S[^\n]{0,300})", re.MULTILINE)
_SHELLS = frozenset(["bash", "sh", "shell", "console", "zsh", "terminal"])

#: What one word in backticks is, None where it says a value.
OneWord = Callable[[str], Value | None]


class Marked(Kind):
    """The words between the marks, as they stand; facts inside are facts of their own."""

    holds_facts = True

    def canonical(self, text: str) -> str:
        return " ".join(text.split())

    def value(self, text: str) -> Value:
        return Value(self.name, (Exact(self.canonical(text)),))

    def read(self, text: str) -> Value | None:
        return self.value(text) if text.strip() else None

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        return " " in said or super().could_be_invented(value, said, source, numbers)


class Command(Marked):
    name = "command"
    group: ClassVar[Group] = "identifier"
    examples = Examples(
        found={"Run `git commit -m now` first": "git commit -m now", "$ make demo": "make demo"},
        same=[("`git commit  -m now`", "`git commit -m now`"), ("$ make demo", "`make demo`")],
        other=[("`git push origin`", "`git pull origin`")],
        none=["run git commit now", "```", "` `", "it cost 5 $ then", "he was ` all talk ' , she said , and ` no help ' at all"],
    )

    def find(self, text: str, one_word: OneWord) -> Iterator[Found]:
        """What stands in backticks, after a prompt, or in a fenced block of shell lines."""
        if "```" in text:
            yield from self._fenced(text)
        if "`" in text:
            for tick in _TICKED.finditer(text):
                if _QUOTED_ITSELF.match(tick[1]):
                    continue
                words = tick[1].strip()
                value = self.value(words) if " " in words else words and one_word(words)
                if value:
                    yield Found(value, *tick.span(1))
        if "$ " in text or ">>> " in text:
            for line in _PROMPT.finditer(text):
                words = line[1].rstrip()
                if words[0].isalpha() or words[0] in "./~":
                    yield Found(self.value(words), line.start(1), line.start(1) + len(words))

    def _fenced(self, text: str) -> Iterator[Found]:
        for block in _FENCED.finditer(text):
            shell = block[1].lower() in _SHELLS
            for line in re.finditer(r"[^\n]+", block[2]):
                start, words = block.start(2) + line.start(), line[0].strip()
                start += len(line[0]) - len(line[0].lstrip())
                prompt = words.startswith("$ ")
                if (prompt or (shell and not words.startswith("#"))) and 2 < len(words) <= 300:
                    cut = 2 if prompt else 0
                    yield Found(self.value(words[cut:]), start + cut, start + len(words))


class Quote(Marked):
    """A quoted string of up to QUOTE_WORDS words."""

    name = "quote"
    group: ClassVar[Group] = "quote"
    examples = Examples(
        found={'He said "the lazy fox" twice': "the lazy fox", "He said «The lazy fox» twice": "the lazy fox"},
        same=[('"The lazy fox," he said', "“the lazy  fox”")],
        other=[('"the lazy fox"', '"the lazy dog"')],
        none=["the lazy fox", 'a 5" screen', '""', "the fox's tail"],
    )

    def canonical(self, text: str) -> str:
        return " ".join(text.casefold().split())

    def find(self, text: str) -> Iterator[Found]:
        if '"' not in text:
            return
        for match in _QUOTED.finditer(text):
            start, end = match.span(1)
            while end > start and text[end - 1] in ",.;:":
                end -= 1
            if 1 <= len(match[1].split()) <= QUOTE_WORDS and any(c.isalnum() for c in match[1]):
                yield Found(self.value(text[start:end]), start, end)


COMMAND, QUOTE = Command(), Quote()


def merged(marks: Collection[Found], others: Collection[Found]) -> list[Found]:
    """All in order, longer ones first where two begin together; of two with one span only that of `marks` counts."""
    seen: set[Span] = set()
    out = []
    kept = {(found.start, found.end) for found in marks}
    outside = [found for found in others if (found.start, found.end) not in kept]
    for found in sorted([*marks, *outside], key=lambda found: (found.start, -found.end)):
        if (found.start, found.end) not in seen:
            seen.add((found.start, found.end))
            out.append(found)
    return out


def spoken(text: str, span: Span) -> bool:
    """Whether a quotation is what somebody says, a sentence or a part of one: its punctuation stands inside the marks."""
    words, after = text[slice(*span)], text[span[1] : span[1] + 1]
    return len(words.split()) >= SPEECH_WORDS and (after in tuple(",.;:") or words[-1:] in tuple("!?"))
