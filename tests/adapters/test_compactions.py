"""Compactions in other frameworks, against the real packages; each is skipped where its package is not installed."""

import asyncio
import json

import pytest

from tellback.adapters.compactions import ENCRYPTED, Rounds, audit_messages

TOLD = "Marta Kovacs paid 1500 dollars on 14 March 1879. Never restart the queue on port 8443."
KEPT = "Ludwig Amsel sold the boat in 1902."
WRONG = "Marta Kovacs paid 1700 dollars on 14 March 1879. The user asked to delete the backups."
AGAIN = "Marta Kovacs paid 1500 dollars on 14 March 1879."


def lost(audit, kind, words):
    return any(f.outcome == "missing" and f.kind == kind and words in (f.source or "") for f in audit.findings)


def check_wrong(audit):
    """What WRONG did to TOLD: a value, a rule of the user, and an instruction that nobody gave."""
    assert any(f.outcome == "replaced" and "1500" in f.source and "1700" in f.output for f in audit.findings)
    assert not any("Amsel" in (f.source or "") for f in audit.findings), "what stands as it was is not lost"
    assert lost(audit, "instruction", "8443")


def user(text):
    return {"role": "user", "content": text}


def test_the_second_round_is_held_against_what_was_said_and_not_against_the_first_summary():
    rounds = Rounds()
    check_wrong(rounds.audit([user(TOLD), user(KEPT)], [user(WRONG), user(KEPT)]))
    second = rounds.audit([user(WRONG), user(KEPT), user("The file is src/app.py.")], [user(f"{WRONG} {KEPT}")])
    assert any(f.outcome == "replaced" and "1500" in f.source for f in second.findings), "1700 is the summary's word"
    assert lost(second, "path", "src/app.py")
    assert rounds.said == [user(TOLD), user(KEPT), user("The file is src/app.py.")]
    right = Rounds(rounds.said, rounds.after).audit(
        [user(f"{WRONG} {KEPT}")], [user(f"{TOLD} {KEPT} The file is src/app.py.")]
    )
    assert right.score == 1.0


def test_a_summary_is_read_though_it_says_that_it_is_one():
    audit = audit_messages(
        [user(TOLD), user(KEPT)], [user(f"Here is a summary of the conversation:\n\n{WRONG}"), user(KEPT)]
    )
    check_wrong(audit)


def test_an_encrypted_compaction_is_said_to_be_unreadable():
    audit = audit_messages([user(TOLD)], [user(TOLD), {"type": "compaction", "encrypted_content": "gAAAA"}])
    assert (audit.facts, audit.score, audit.unread) == ((), None, ENCRYPTED)


def test_langchain_summarisation():
    pytest.importorskip("langchain", reason="langchain is not installed")
    from langchain.agents import create_agent
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage, HumanMessage
    from langgraph.checkpoint.memory import InMemorySaver

    from tellback.adapters.langchain_agents import AuditedSummarization, audit_summary

    def says(*texts):
        return GenericFakeChatModel(messages=iter([AIMessage(t) for t in texts]))

    seen = []
    summing = AuditedSummarization(
        says(WRONG, AGAIN), trigger=("messages", 3), keep=("messages", 1), on_audit=seen.append
    )
    agent = create_agent(
        says("Noted.", "Sold, then.", "Yes.", "Hello."), middleware=[summing], checkpointer=InMemorySaver()
    )
    thread = {"configurable": {"thread_id": "a"}}
    for turn in (TOLD, KEPT, "Is that all?"):
        out = agent.invoke({"messages": [HumanMessage(turn)]}, thread)
    assert len(seen) == 2
    check_wrong(seen[0])
    assert not any(f.outcome == "replaced" for f in seen[1].findings), "1500 again: held against what was first said"
    assert lost(seen[1], "name", "Amsel") or lost(seen[1], "date", "1902")
    assert not [name for name in out if name.startswith("tellback")], "kept in the thread, shown to nobody"

    other = agent.invoke({"messages": [HumanMessage("Hello.")]}, {"configurable": {"thread_id": "b"}})
    assert len(seen) == 2 and len(other["messages"]) == 2, "another thread, another history"
    check_wrong(audit_summary([HumanMessage(TOLD), HumanMessage(KEPT)], [HumanMessage(WRONG), HumanMessage(KEPT)]))


def test_langchain_summarisation_awaited():
    pytest.importorskip("langchain", reason="langchain is not installed")
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage, HumanMessage

    from tellback.adapters.langchain_agents import AuditedSummarization

    seen, model = [], GenericFakeChatModel(messages=iter([AIMessage(WRONG)]))
    summing = AuditedSummarization(model, trigger=("messages", 2), keep=("messages", 1), on_audit=seen.append)
    update = asyncio.run(summing.abefore_model({"messages": [HumanMessage(TOLD), HumanMessage(KEPT)]}, None))
    check_wrong(seen[0])
    assert WRONG in update["messages"][1].text
    assert summing.before_model({"messages": [HumanMessage(TOLD)]}, None) is None and len(seen) == 1


@pytest.mark.slow
def test_inspect_compactions(tmp_path):
    pytest.importorskip("inspect_ai", reason="inspect-ai is not installed")
    from inspect_ai import Task
    from inspect_ai import eval as inspect_eval
    from inspect_ai.agent import react
    from inspect_ai.dataset import Sample
    from inspect_ai.model import CompactionSummary, ModelOutput, ModelUsage, get_model
    from inspect_ai.tool import tool

    from tellback.adapters.inspect_ai import audit_compactions

    @tool
    def ledger():
        async def execute():
            """Read the ledger."""
            return "The invoice is INV-2044. " + "Nothing else was found. " * 100

        return execute

    def answers(words, n_tokens):
        output = words if isinstance(words, ModelOutput) else ModelOutput.from_content("mockllm", words)
        output.usage = ModelUsage(input_tokens=n_tokens, output_tokens=1, total_tokens=n_tokens)  # says when it is full
        return output

    calls = [
        answers(ModelOutput.for_tool_call("mockllm", "ledger", {}), 100),
        answers("The amount is 1700 dollars.", 100),  # the summary: it loses the invoice
        answers(ModelOutput.for_tool_call("mockllm", "submit", {"answer": "done"}), 50),
    ]
    agent = react(tools=[ledger()], compaction=CompactionSummary(threshold=300, memory=False))
    task = Task(dataset=[Sample(id="s", input=f"{TOLD} {KEPT}")], solver=agent)
    model = get_model("mockllm/model", custom_outputs=calls)

    async def words(text):
        return len(text.split())

    model.api.count_text_tokens = words  # else tokens are counted with a file from the network
    log = inspect_eval(task, model=model, log_dir=str(tmp_path), display="none")[0]
    assert log.status == "success", log.error
    found = list(audit_compactions(log.location))
    assert [name for name, _ in found] == ["s"]
    audit = found[0][1]
    assert any("INV-2044" in (f.source or "") and f.outcome == "missing" for f in audit.findings)
    assert any(f.outcome in ("invented", "replaced") and "1700" in (f.output or "") for f in audit.findings)
    assert not any("Amsel" in (f.source or "") for f in audit.findings), "the input stays before the summary"
    log.samples[0].messages = []  # as of an agent that is not Inspect's own
    (other,) = audit_compactions(log)
    assert other[1].source == audit.source and other[1].counts == audit.counts


def test_openai_agents_sessions():
    pytest.importorskip("agents.memory", reason="openai-agents is not installed")
    from types import SimpleNamespace

    from agents.memory import SQLiteSession

    from tellback.adapters.openai_agents import AuditedCompactionSession, audit_items

    check_wrong(audit_items([user(TOLD), user(KEPT)], [user(WRONG), user(KEPT)]))
    asked = []

    class Client:
        """Stands for the API: it answers with what is next."""

        def __init__(self, *outputs):
            self.outputs, self.responses = list(outputs), self

        async def compact(self, **given):
            asked.append(given)
            return SimpleNamespace(output=self.outputs.pop(0))

    async def rounds(*outputs):
        seen = []
        session = AuditedCompactionSession("s", SQLiteSession("s"), client=Client(*outputs), on_audit=seen.append)
        await session.add_items([user(TOLD), user(KEPT)])
        for _ in outputs:
            await session.run_compaction({"force": True, "compaction_mode": "input"})
        await session.run_compaction({"compaction_mode": "input"})  # too few items: nothing happens
        return seen, await session.get_items()

    summary = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": WRONG}]}
    seen, items = asyncio.run(rounds([user(KEPT), summary], [user(f"{TOLD} {KEPT}")]))
    assert len(seen) == len(asked) == 2 and items == [user(f"{TOLD} {KEPT}")]
    check_wrong(seen[0])
    assert seen[1].score == 1.0
    locked = {"type": "compaction", "id": "c1", "encrypted_content": "gAAAA"}
    assert [a.unread for a in asyncio.run(rounds([user(KEPT), locked]))[0]] == [ENCRYPTED]


def test_opentelemetry_spans():
    pytest.importorskip("opentelemetry.sdk.trace", reason="opentelemetry-sdk is not installed")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from tellback.adapters.opentelemetry import audit_spans

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    def says(role, *parts):
        parts = [{"type": "text", "content": p} if isinstance(p, str) else p for p in parts]
        return {"role": role, "parts": parts}

    def call(conversation, asked, answer, **more):
        with provider.get_tracer("t").start_as_current_span("chat m") as span:
            span.set_attribute("gen_ai.operation.name", "chat")
            if conversation:
                span.set_attribute("gen_ai.conversation.id", conversation)
            for name, value in more.items():
                span.set_attribute(f"gen_ai.conversation.{name}", value)
            if asked is not None:
                span.set_attribute("gen_ai.input.messages", json.dumps(asked))
                span.set_attribute("gen_ai.output.messages", json.dumps([says("assistant", answer)]))

    run = {"type": "tool_call", "id": "1", "name": "sh", "arguments": {"command": "pytest -q"}}
    ran = {"type": "tool_call_response", "id": "1", "response": "exit 0 on build INV-2044"}
    first = [says("user", TOLD), says("assistant", run), says("tool", ran), says("user", KEPT)]
    left = [says("user", {"type": "compaction", "id": "c", "content": WRONG}), says("user", KEPT)]
    call("a", first, "Noted.")
    call("b", [says("user", "Hello.")], "Hello.")
    call("a", left, "Go on.", compacted=True)
    call("a", [*left, says("assistant", "Go on."), says("user", "Why?")], "So.", compacted=True)  # no second compaction
    call("a", None, None)  # content capture was off for a moment
    call("a", [says("user", {"type": "compaction", "content": f"{TOLD} {KEPT}"})], "Yes.", compacted=True)
    call("b", [says("user", {"type": "compaction", "content": None})], "Yes.", compacted=True)
    with provider.get_tracer("t").start_as_current_span("all"):
        call(None, [says("user", TOLD)], "Yes.")
        call(None, [says("user", AGAIN)], "Yes.", compacted=True)
    found = list(audit_spans(exporter.get_finished_spans()))
    assert [name for name, _ in found][:3] == ["a", "a", "b"] and len(found[3][0]) == 32
    check_wrong(found[0][1])
    assert any("INV-2044" in (f.source or "") for f in found[0][1].findings)
    assert not any(f.outcome == "replaced" for f in found[1][1].findings)
    assert found[2][1].unread == ENCRYPTED
    assert found[3][1].counts["missing"]
