"""A small audit with facts that a reader of a test can count: numbers and capitalised words inside sentences."""

import re

from tellback.audit import Audit, Finding

FACTS = (("number", re.compile(r"\d+(?:\.\d+)?")), ("name", re.compile(r"(?<=[a-z] )[A-Z]\w+")))


def facts(text):
    return [(kind, m[0], m.span()) for kind, pattern in FACTS for m in pattern.finditer(text)]


def audit(source, output, *, fast=False, require=None, ignore=None, beliefs=None, session=False):
    if "¿" in source:
        return Audit(source, output, (), unread="Spanish is not read")
    there = facts(output)
    words = {(kind, said) for kind, said, _ in there}
    own = {(kind, said) for kind, said, _ in facts(source)}
    strange = [f for f in there if f[:2] not in own]
    found = []
    for kind, said, span in facts(source):
        if ignore and any(re.search(p, said) for p in ignore):
            continue
        if (kind, said) in words:
            place = next(s for k, w, s in there if (k, w) == (kind, said))
            found.append(Finding(kind, "faithful", said, said, span, place, "says the same"))
        elif other := next((f for f in strange if f[0] == kind), None):
            strange.remove(other)
            found.append(Finding(kind, "replaced", said, other[1], span, other[2], f"says {other[1]} for {said}"))
        else:
            found.append(Finding(kind, "missing", said, None, span, None, f"does not say {said}"))
    for text in require or ():
        kept = text in output
        found.append(
            Finding("required", "faithful" if kept else "missing", text, text if kept else None, None, None, "listed")
        )
    invented = tuple(Finding(k, "invented", None, w, None, s, "the source has no such fact") for k, w, s in strange)
    return Audit(source, output, tuple(found), invented)
