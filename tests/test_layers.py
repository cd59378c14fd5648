"""A file imports only from layers above its own (the map in README.md)."""

import ast
from pathlib import Path

import tellback

ROOT = Path(tellback.__file__).parent
LAYERS = [
    {"errors", "records"},
    {"registry", "provenance"},
    {"config"},
    {"store"},
    {"text", "analysis"},
    {"models"},
    {"compressors"},
    {"training"},
    {"reading", "saved"},
    {"verdicts", "metrics"},
    {"audit"},
    {"study"},
    {"report", "auditing"},
    {"testing", "adapters"},
    {"commands"},
    {"cli"},
]
#: Imports inside a function that close a loop on purpose: the public `load`, the report at the end of a study, and the
#: controls' words that the report repeats.
ALLOWED = {("reading", "study"), ("study", "report"), ("store", "config"), ("tellback", "reading"), ("audit", "auditing"), ("tellback", "audit")}


def layer_of(module: str) -> int:
    return next(i for i, names in enumerate(LAYERS) if module in names)


def imports(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "tellback":
            parts = node.module.split(".")
            yield from [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]


def test_imports_point_up():
    wrong = []
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        own = "tellback" if parts == ("__init__",) else parts[0]
        if own in ("tellback", "__main__"):
            continue
        for other in imports(path):
            if not (ROOT / other).is_dir() and not (ROOT / f"{other}.py").is_file():
                continue  # a name of the package itself, such as __version__
            if other == own or (own, other) in ALLOWED:
                continue
            if layer_of(other) > layer_of(own):
                wrong.append(f"{'/'.join(parts)} imports {other}")
    assert not wrong, wrong


def test_analysis_imports_nothing_of_ours():
    for path in (ROOT / "analysis").glob("*.py"):
        assert set(imports(path)) <= {"analysis"}, path


def test_no_pickle_no_remote_code():
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for bad in ("pickle.load", "torch.load(", "trust_remote_code=True", "yaml.load("):
            assert bad not in text, (path, bad)
