"""LangChain's agents: what the summarisation middleware lost. Needs langchain (`pip install tellback[langchain]`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentState, SummarizationMiddleware
from langchain.agents.middleware.types import PrivateStateAttr
from langchain_core.messages import AnyMessage, RemoveMessage, convert_to_openai_messages

from tellback.adapters.compactions import Message, Rounds, audit_messages
from tellback.audit import Audit


class _State(AgentState):
    """What was said before the first summary stays in the thread's own state, which no model is shown."""

    tellback_said: NotRequired[Annotated[list[Message], PrivateStateAttr]]
    tellback_after: NotRequired[Annotated[list[Message], PrivateStateAttr]]


def audit_summary(before: Sequence[AnyMessage], after: Sequence[AnyMessage], *, fast: bool = False) -> Audit:
    """The audit of one summary: the messages before it, and those that stand in their place."""
    return audit_messages(_plain(before), _plain(after), fast=fast)


class AuditedSummarization(SummarizationMiddleware):
    """SummarizationMiddleware, with an audit of each summary; the summaries stay as they are.

    `on_audit(audit)` is called after each, for a log or a limit of your own: what it raises goes up, before the history
    is replaced. The other arguments are SummarizationMiddleware's. A second summary is held against the messages that the
    first one replaced; they are kept in the agent's state, which a checkpointer writes with it.
    """

    state_schema = _State

    def __init__(self, *args: Any, on_audit: Callable[[Audit], None], fast: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_audit, self.fast = on_audit, fast

    def before_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        return self._audited(state, super().before_model(state, runtime))

    async def abefore_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        return self._audited(state, await super().abefore_model(state, runtime))

    def _audited(self, state: Any, update: dict[str, Any] | None) -> dict[str, Any] | None:
        if update is None:
            return None
        after = [message for message in update["messages"] if not isinstance(message, RemoveMessage)]
        rounds = Rounds(state.get("tellback_said", []), state.get("tellback_after", []))
        self.on_audit(rounds.audit(_plain(state["messages"]), _plain(after), fast=self.fast))
        return update | {"tellback_said": rounds.said, "tellback_after": rounds.after}


def _plain(messages: Sequence[AnyMessage]) -> list[Message]:
    """A summary is nobody's word, though it stands in a user's turn."""
    out = convert_to_openai_messages(list(messages))
    for message, shape in zip(messages, out, strict=True):
        if message.additional_kwargs.get("lc_source") == "summarization":
            shape["role"] = "assistant"
    return out
