"""LlamaIndex: what a node postprocessor lost. Needs llama-index-core (`pip install tellback[llamaindex]`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle

from tellback.audit import Audit
from tellback.audit.examine import Options, examine

GAP = "\n\n"  # between nodes


def audit_nodes(before: Sequence[NodeWithScore], after: Sequence[NodeWithScore], *, fast: bool = False) -> Audit:
    """The audit of what a postprocessor made of `before`: the text of all nodes together, without their metadata."""
    return examine(_text(before), _text(after), Options(fast=fast))


def _text(nodes: Sequence[NodeWithScore]) -> str:
    return GAP.join(node.node.get_content(MetadataMode.NONE) for node in nodes)


class AuditedPostprocessor(BaseNodePostprocessor):
    """Any node postprocessor, with an audit of each call; the nodes that it gives stay as they are.

    `on_audit(audit)` is called after each call. Postprocessors may change nodes in place, so the texts are taken before.
    """

    postprocessor: BaseNodePostprocessor
    on_audit: Callable[[Audit], None]
    fast: bool = False

    @classmethod
    def class_name(cls) -> str:
        return "AuditedPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:  # fmt: skip
        before = _text(nodes)
        after = self.postprocessor.postprocess_nodes(nodes, query_bundle)
        self.on_audit(examine(before, _text(after), Options(fast=self.fast)))
        return after
