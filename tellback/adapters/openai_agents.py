"""OpenAI Agents: what a session's compaction lost. Needs openai-agents (`pip install tellback[openai-agents]`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agents.items import TResponseInputItem
from agents.memory import OpenAIResponsesCompactionSession

from tellback.adapters.compactions import Rounds, audit_messages
from tellback.audit import Audit

ALL = 2**31 - 1  # get_items(None) may stop at the session's own limit


def audit_items(
    before: Sequence[TResponseInputItem], after: Sequence[TResponseInputItem], *, fast: bool = False
) -> Audit:  # fmt: skip
    """The audit of a session's items before and after you made them fewer."""
    return audit_messages(before, after, fast=fast)


class AuditedCompactionSession(OpenAIResponsesCompactionSession):
    """OpenAIResponsesCompactionSession, with an audit of each compaction; the items stay as they are.

    `on_audit(audit)` is called after each. What that API writes is encrypted: then the audit has no facts, and its
    `unread` says so. Of a server of your own that answers in words, each compaction is audited against all items
    that this object saw before it. The other arguments are OpenAIResponsesCompactionSession's.
    """

    def __init__(self, *args: Any, on_audit: Callable[[Audit], None], fast: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_audit, self.fast, self._rounds = on_audit, fast, Rounds()

    async def run_compaction(self, args: Any = None, *, wrapper: Any = None) -> None:
        before = await self.get_items(ALL)
        await super().run_compaction(args, wrapper=wrapper)
        after = await self.get_items(ALL)
        if after != before:
            self.on_audit(self._rounds.audit(before, after, fast=self.fast))
