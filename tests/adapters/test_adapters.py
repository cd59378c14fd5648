"""Adapters against the real packages, each skipped where its package is not installed. What a summary loses is plain."""

import json

import pytest

from tellback.errors import UsageError

SOURCE = "Marta Kovacs paid 1500 dollars on 14 March 1879. The port is 8443 and the file is src/app.py."
GOOD = SOURCE
BAD = "Marta Kovacs paid 1700 dollars on 14 March 1879."


def check(audit, outcome=None):
    assert audit.counts["n_facts"] >= 3
    if outcome is None:
        assert audit.score == 1.0
    else:
        assert audit.score < 1.0
        assert any(f.outcome in ("replaced", "drifted") and "1500" in f.source for f in audit.findings)


def test_llmlingua():
    from tellback.adapters.llmlingua import audit_compressed

    result = {"compressed_prompt": BAD, "origin_tokens": 40, "compressed_tokens": 20, "ratio": "2.0x", "rate": "50%"}
    check(audit_compressed(SOURCE, result), "replaced")
    check(audit_compressed(SOURCE.split(". "), {"compressed_prompt": GOOD}))
    with pytest.raises(UsageError, match="compressed_prompt"):
        audit_compressed(SOURCE, {"text": BAD})


def test_langchain():
    pytest.importorskip("langchain_core", reason="langchain-core is not installed")
    from langchain_core.documents import BaseDocumentCompressor, Document

    from tellback.adapters.langchain import AuditedCompressor, audit_documents

    class Shorter(BaseDocumentCompressor):
        def compress_documents(self, documents, query, callbacks=None):
            return [Document(page_content=BAD, metadata=documents[0].metadata)]

    before = [Document(page_content=part, metadata={"n": i}) for i, part in enumerate(SOURCE.split(". "))]
    check(audit_documents(before, list(reversed(before))))
    seen = []
    audited = AuditedCompressor(compressor=Shorter(), on_audit=seen.append)
    after = audited.compress_documents(before, "what was paid?")
    assert [d.page_content for d in after] == [BAD] and after[0].metadata == {"n": 0}
    check(seen[0], "replaced")

    import asyncio

    asyncio.run(audited.acompress_documents(before, "what was paid?"))
    assert seen[1].counts == seen[0].counts


@pytest.mark.slow
def test_llamaindex():
    pytest.importorskip("llama_index.core", reason="llama-index-core is not installed")
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import NodeWithScore, TextNode

    from tellback.adapters.llamaindex import AuditedPostprocessor, audit_nodes

    class InPlace(BaseNodePostprocessor):
        def _postprocess_nodes(self, nodes, query_bundle=None):
            nodes[0].node.set_content(BAD)
            return nodes[:1]

    before = [NodeWithScore(node=TextNode(text=part, metadata={"page": 7}), score=0.5) for part in SOURCE.split(". ")]
    check(audit_nodes(before, before))
    seen = []
    after = AuditedPostprocessor(postprocessor=InPlace(), on_audit=seen.append).postprocess_nodes(before, query_str="?")
    assert [n.text for n in after] == [BAD]
    check(seen[0], "replaced")


@pytest.mark.slow
def test_inspect_ai(tmp_path):
    pytest.importorskip("inspect_ai", reason="inspect-ai is not installed")
    from inspect_ai import Task
    from inspect_ai import eval as inspect_eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ModelOutput, ModelUsage, get_model

    from tellback.adapters.inspect_ai import audit_log, faithful

    said = [GOOD, BAD, "Nothing."]
    outputs = [ModelOutput.from_content("mockllm", text) for text in said]
    for output in outputs:
        output.usage = ModelUsage()  # else the mock model counts tokens with a file from the network
    model = get_model("mockllm/model", custom_outputs=outputs)
    samples = [
        Sample(id=i, input="Summarise.", metadata={"document": text}) for i, text in enumerate([SOURCE, SOURCE, ""])
    ]
    task = Task(dataset=samples, scorer=faithful(source="document"))
    log = inspect_eval(task, model=model, log_dir=str(tmp_path), display="none", max_connections=1, max_samples=1)[0]
    assert log.status == "success", log.error
    scores = [s.scores["faithful"] for s in log.samples]
    assert scores[0].value == 1.0 and 0 < scores[1].value < 1
    assert scores[2].value != scores[2].value  # no facts: unscored, not zero
    assert scores[1].metadata["n_facts"] == scores[0].metadata["n_facts"] >= 3
    json.dumps(scores[1].metadata)
    mean = log.results.scores[0].metrics["mean"].value
    assert mean == pytest.approx((scores[0].value + scores[1].value) / 2)

    audits = dict(audit_log(log.location, source="document"))
    check(audits[0])
    check(audits[1], "replaced")
    with pytest.raises(UsageError, match="no metadata 'text'"):
        list(audit_log(log, source="text"))
