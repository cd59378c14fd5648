"""What runs inside a peer's own environment, with nothing but the standard library and that peer.

    python inside.py NAME < pairs > answers

A line in is {"source", "output", "messages"}, a line out {"findings": [{"level", "source", "output"}], "seconds"} or
{"failed"}. `level` is wrong (the output says what it must not) or lost; `source` and `output` are the words that the tool
names, None where it names none on that side.
"""

import json
import re
import sys
import time

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def ancora_rag(pair):
    """Each sentence of the output against the source in the tool's own chunks, at its own thresholds."""
    from ancora import Document, GroundingChecker, chunk_document

    chunks = chunk_document(Document("source", pair["source"]))
    checks = GroundingChecker().check_answer(pair["output"], chunks)
    return [("wrong", None, check.claim) for check in checks if not check.supported]


def corroborate(pair):
    """Numbers, dates and quotations of the output that the source does not hold."""
    from corroborate import check_answer

    report = check_answer(query="", retrieved_chunks=[pair["source"]], answer=pair["output"])
    return [("wrong", None, span) for finding in report.findings for span in finding.spans]


def compaction_guard(pair):
    """Each sentence of the source declared as a constraint, checked by the tool's rules without a model."""
    import compaction_guard as guard

    sentences = list(dict.fromkeys(s.strip() for s in SENTENCE.split(pair["source"]) if s.strip()))
    levels = {"contradicted": "wrong", "mutated": "wrong", "weakened": "wrong", "dropped": "lost"}
    found = guard.check(sentences, pair["output"]).findings
    return [(levels[f.kind.value], s, None) for f, s in zip(found, sentences, strict=True) if f.kind.value in levels]


def compact_audit(pair):
    """Decisions, constraints, errors, edited files and open tasks whose line is not in the output."""
    from compact_audit.audit import audit
    from compact_audit.extract import extract

    dropped = audit(extract([line for line in pair["source"].splitlines() if line.strip()]), pair["output"])["dropped"]
    return [("lost", item["text"], None) for item in dropped]


def ctxdrift(pair):
    """The messages as a session whose last event is the compaction; findings of its levels warn and fail."""
    import ctxdrift as drift

    messages = pair.get("messages") or [{"role": "assistant", "content": pair["source"]}]
    summary = {"role": "user", "content": f"{drift.COMPACTION_MARKERS[0]}]\n{pair['output']}"}
    events = drift._coerce_events([*messages, summary])
    found = [f for f in drift.analyze(events, drift.find_compactions(events)) if f.severity != "info"]
    return [("lost", words, None) for f in found for words in f.evidence]


def main(name):
    check = {f.__name__: f for f in (ancora_rag, corroborate, compaction_guard, compact_audit, ctxdrift)}[name]
    for line in sys.stdin:
        begun = time.process_time()
        try:
            found = [dict(zip(("level", "source", "output"), one, strict=True)) for one in check(json.loads(line))]
            answer = {"findings": found, "seconds": time.process_time() - begun}
        except Exception as error:  # one pair must not end the run; it is counted and shown
            answer = {"failed": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
