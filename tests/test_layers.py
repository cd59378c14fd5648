"""Who may import whom: no circle of files, no arrow back up (the map in README.md), and no exception.

Every import counts, one inside a function and one for the type checker too: a reader of the code follows those as well.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import tellback

ROOT = Path(tellback.__file__).parent
#: From what imports nothing of ours to what nothing of ours imports. A part may import those of the lines above its own.
LAYERS = [
    {"errors", "records", "version"},
    {"registry", "methods", "provenance", "display", "hub"},
    {"config", "language", "view"},
    {"store", "facts", "analysis"},
    {"compare", "metrics", "corpora", "object_store"},
    {"audit", "models"},
    {"compressors", "testing"},
    {"training", "adapters", "engines"},
    {"reading", "measured"},
    {"saved"},
    {"loading", "readers"},
    {"validation", "study"},
    {"tellback", "report", "serve", "planning"},
    {"commands"},
    {"cli"},
    {"__main__"},
]
#: What a part must not import though it lies above: the study meets the audit only in `readers`, and models reach the
#: audit only by being handed in.
KEPT_APART = [("study", "audit"), ("report", "audit"), ("audit", "models"), ("corpora", "audit"), ("analysis", "records")]


def files() -> dict[str, Path]:
    """Module -> file; a package by its own name."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


FILES = files()


def imports(module: str) -> Iterator[str]:
    """The modules of ours that `module` imports, anywhere in its file."""
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "tellback":
            assert node.level == 0, f"{module}: write the whole name of what is imported"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in FILES else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "tellback")


def part(module: str) -> str:
    """The file or folder of the package that a module belongs to."""
    return (module.split(".") + ["tellback"])[1] if "." in module else "tellback"


GRAPH = {module: {other for other in imports(module) if other != module} for module in FILES}


def test_every_part_has_a_layer():
    placed = [name for names in LAYERS for name in names]
    assert sorted(placed) == sorted({part(module) for module in FILES})


def test_there_is_no_circle_of_files():
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_imports_point_up():
    layer = {name: i for i, names in enumerate(LAYERS) for name in names}
    wrong = [
        f"{module} imports {other}"
        for module, others in GRAPH.items() for other in others
        if part(module) != part(other) and layer[part(other)] >= layer[part(module)]
    ]  # fmt: skip
    assert not wrong, wrong


@pytest.mark.parametrize("own, other", KEPT_APART)
def test_parts_that_are_kept_apart(own, other):
    assert not [m for m, others in GRAPH.items() if part(m) == own for o in others if part(o) == other]


def test_analysis_imports_nothing_of_ours():
    assert {part(o) for m, others in GRAPH.items() if part(m) == "analysis" for o in others} <= {"analysis"}


def test_an_arrow_back_up_and_a_circle_would_be_seen(monkeypatch):
    monkeypatch.setitem(GRAPH, "tellback.records", {"tellback.store"})
    with pytest.raises(AssertionError, match="tellback.records imports tellback.store"):
        test_imports_point_up()
    monkeypatch.setitem(GRAPH, "tellback.errors", {"tellback.cli"})
    with pytest.raises(pytest.fail.Exception, match="tellback.errors"):
        test_there_is_no_circle_of_files()


def test_no_pickle_no_remote_code():
    for path in ROOT.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for bad in ("pickle.load", "torch.load(", "read_pickle", "allow_pickle=True", "joblib.load", "shelve.open", "trust_remote_code=True", "yaml.load("):
            assert bad not in text, (path, bad)
