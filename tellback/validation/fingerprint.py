"""A hash of what the shipped error rates measured: the code that decides, the plantings, and the rules of the count.

Comments, docstrings and layout do not count, so that a sentence about the code makes no figure old. The parser's model does
not count either: it is not ours, and its version stands in the requirements file.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = (
    "language", "facts", "compare", "audit/texts.py", "audit/findings.py", "readers/audit.py", "corpora/conflict.py",
    "corpora/substitutes.py", "validation/plantings.py", "validation/identifiers.py", "validation/rows.py",
    "validation/rates.py", "analysis/statistics.py",
)  # fmt: skip
DATA = ("validation/data/plantings.jsonl", "corpora/data/public_domain.jsonl")


def fingerprint() -> str:
    """16 hexadecimal digits; the same on every machine and Python version."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(path.relative_to(ROOT).as_posix().encode())
        if path.suffix == ".py":
            digest.update(meaning(path.read_text(encoding="utf-8")).encode("utf-8", "surrogatepass"))
        else:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files() -> Iterator[Path]:
    for part in CODE:
        path = ROOT / part
        yield from sorted(p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts) if path.is_dir() else [path]
    yield from (ROOT / part for part in DATA)


def meaning(code: str) -> str:
    """Python source as its syntax tree, without docstrings and other strings that stand alone."""
    return "".join(_written(ast.parse(code)))


def _written(node: object) -> Iterator[str]:
    """`ast.dump`, which is written otherwise by other versions of Python: empty fields and kinds of strings left out."""
    if isinstance(node, ast.AST):
        yield f"({type(node).__name__}"
        for name, value in ast.iter_fields(node):
            value = [each for each in value if not _alone(each)] if isinstance(value, list) else value
            if value not in (None, []) and name not in ("kind", "type_comment", "ctx"):
                yield f" {name}="
                yield from _written(value)
        yield ")"
    elif isinstance(node, list):
        for each in node:
            yield from _written(each)
    else:
        yield repr(node)


def _alone(node: object) -> bool:
    """Whether a statement is a string and nothing else, as a docstring is."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
