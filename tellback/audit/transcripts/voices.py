"""Whose word a text is: what stands in a user's turn need not be the user's.

Programs put summaries of earlier talk, reminders and the output of local commands into user and system turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

USER, SYSTEM, ASSISTANT, TOOL = "user", "system", "assistant", "tool"
SUMMARY = "summary"  # an earlier summary or hand-off: nobody's word
PROGRAM = "program"  # what the program notes: surroundings, local commands

_ROLES = {
    "human": USER, "developer": SYSTEM, "model": ASSISTANT, "ai": ASSISTANT, "gpt": ASSISTANT, "chatgpt": ASSISTANT,
    "bot": ASSISTANT, "gemini": ASSISTANT, "assistant": ASSISTANT, "function": TOOL, "observation": TOOL,
    "function_response": TOOL, "ipython": TOOL,
}  # fmt: skip
_OPENS_SUMMARY = re.compile(
    r"[\s#*<\[(_\"]*(?:"
    r"(?:this|the) (?:session|conversation|chat) (?:is being|was|has been|is) continued"
    r"|(?:here(?:'s|’s| is) )?(?:an? |the )?(?:\w+ )?(?:summary|recap|digest)(?: \w+)? (?:of|from) (?:the |our |this |your |all |an? )?"
    r"(?:\w+ )?(?:conversation|session|chat|history|discussion|messages|turns|work|context|dialogue)"
    r"|(?:the )?(?:following|below) is (?:an? |the )?(?:\w+ )?(?:summary|hand-?off)"
    r"|(?:conversation|session|context|chat|compaction|previous|prior|running|progress|earlier)[ _-]"
    r"(?:\w+[ _-])?(?:summary|recap|hand-?off)\b"
    r"|hand-?(?:off|over)(?: \w+){0,2}\s*(?:[:>\]\n]|$)|summary(?: \w+){0,2}\s*[:>\]]"
    r"|another (?:language )?model (?:started|began|was)"
    r")",
    re.I,
)
#: A summary that a program puts behind its own instructions: a paragraph, or all that follows a line of its own.
_SUMMARY_WITHIN = re.compile(
    r"(?:(?<=[.!?] )|(?<=\n))[#* ]*(?:(?:here is )?(?:an? |the )?summary of (?:the |our |this |your |all )?(?:\w+ )?(?:conversation|session|chat|history|discussion)|"
    r"(?:conversation|session|context|chat|running|earlier) (?:summary|recap))(?: so far)?:[* ]*(?:\n.+|[^\n]+(?:\n(?!\n)[^\n]+)*)",
    re.I | re.S,
)
_TAG = re.compile(
    r"<(system-reminder|user_instructions|INSTRUCTIONS|environment_context|turn_aborted|permissions[ _]instructions|"
    r"local-command-stdout|local-command-stderr|local-command-caveat|bash-stdout|bash-stderr|bash-input|command-name|"
    r"command-message|command-args|task-notification|ide_opened_file|ide_selection)\b[^>]*>.*?(?:</\1>|\Z)",
    re.S,
)
_RULES = ("system-reminder", "user_instructions", "INSTRUCTIONS")
_AGENTS = re.compile(r"\s*#+ (?:AGENTS|CLAUDE|GEMINI)\.md\b", re.I)
_NOTE = re.compile(r"\s*(?:\[Request interrupted by user[^\]]*\]|Caveat: The messages below were generated)")


def role(name: object) -> str:
    """The role that a file calls `name`; names that no file is known to use stay as they are."""
    known = str(name).casefold()
    return _ROLES.get(known, known)


def is_summary(text: str) -> bool:
    """Whether a turn opens as a summary of earlier talk or as a hand-off."""
    return bool(_OPENS_SUMMARY.match(text[:400]))


def voices(speaker: str, text: str) -> Iterator[tuple[str, str]]:
    """(role, text) of the parts of one turn of a user or of the system, in order."""
    if speaker not in (USER, SYSTEM):
        yield speaker, text
    elif is_summary(text):
        yield SUMMARY, text
    elif _NOTE.match(text):
        yield PROGRAM, text
    elif speaker == SYSTEM and (inside := _SUMMARY_WITHIN.search(text)):
        yield speaker, text[: inside.start()]
        yield SUMMARY, text[slice(*inside.span())]
        if text[inside.end() :].strip():
            yield from voices(speaker, text[inside.end() :])
    elif _AGENTS.match(text):  # the project's rules, which a program puts before the first turn
        yield SYSTEM, text
    elif "<" not in text:
        yield speaker, text
    else:
        yield from _tagged(speaker, text)


def _tagged(speaker: str, text: str) -> Iterator[tuple[str, str]]:
    at = 0
    for tag in _TAG.finditer(text):
        if text[at : tag.start()].strip():
            yield speaker, text[at : tag.start()]
        yield (SYSTEM if tag[1] in _RULES else PROGRAM), tag[0]
        at = tag.end()
    if text[at:].strip():
        yield speaker, text[at:]
