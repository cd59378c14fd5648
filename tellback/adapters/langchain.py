"""LangChain: what a document compressor lost. Needs langchain-core (`pip install tellback[langchain]`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document

from tellback.audit import Audit
from tellback.audit.examine import Options, examine

GAP = "\n\n"  # between documents


def audit_documents(before: Sequence[Document], after: Sequence[Document], *, fast: bool = False) -> Audit:
    """The audit of what a compressor made of `before`: all documents together, since it may drop and reorder them."""
    return examine(
        GAP.join(d.page_content for d in before), GAP.join(d.page_content for d in after), Options(fast=fast)
    )


class AuditedCompressor(BaseDocumentCompressor):
    """Any document compressor, with an audit of each call; the documents that it gives stay as they are.

    `on_audit(audit)` is called after each compression, for a log or a limit of your own: what it raises goes up.
    """

    compressor: BaseDocumentCompressor
    on_audit: Callable[[Audit], None]
    fast: bool = False

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:  # fmt: skip
        after = self.compressor.compress_documents(documents, query, callbacks)
        self.on_audit(audit_documents(documents, after, fast=self.fast))
        return after

    async def acompress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:  # fmt: skip
        after = await self.compressor.acompress_documents(documents, query, callbacks)
        self.on_audit(audit_documents(documents, after, fast=self.fast))
        return after
