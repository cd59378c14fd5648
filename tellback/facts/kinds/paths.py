"""Paths and names of files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tellback.facts.kinds.base import Exact, Examples, Reading, Value
from tellback.facts.kinds.identifier import Identifier
from tellback.facts.kinds.quantity import Quantity

_EXTENSION = (
    "py|pyi|pyx|ipynb|js|jsx|mjs|cjs|ts|tsx|json|jsonl|yaml|yml|toml|ini|cfg|conf|env|md|rst|txt|csv|tsv|parquet|html?|css|"
    "scss|xml|svg|png|jpe?g|gif|webp|pdf|docx?|xlsx?|pptx?|zip|tar|gz|tgz|bz2|xz|whl|sh|bash|zsh|bat|ps1|cc|cpp|hpp|"
    "rs|go|java|kt|rb|php|pl|swift|scala|sql|db|sqlite|lock|log|out|exe|dll|so|bin|pt|pth|safetensors|gguf|onnx|npz?|"
    "mp[34]|wav|mov|tex|bib|proto|gradle|vue|tf|dockerfile"
)
_ROOTS = ["etc", "usr", "var", "tmp", "home", "opt", "bin", "dev", "api", "root", "mnt", "src", "lib", "proc", "sys", "data", "app", "srv", "tests", "test", "docs", "scripts"]
_ABSOLUTE = re.compile(r"(?:~|\.{1,2})?(?:/[\w.@+~{}$:-]+)+/?")
_RELATIVE = re.compile(r"[\w.@+~$-]+(?:/[\w.@+~*$-]+)+/?|[\w.@+-]+/")
_MOST_ENDS = 12  # folders that may be left out
_LINE = re.compile(r"(?::\d+){1,2}$")
_IN = re.compile(r"(?<=\d):in$")  # «app.rb:42:in» of a trace
_WINDOWS = re.compile(r"(?:[A-Za-z]:)?\\?[\w.-]+(?:\\[\w. -]+)+")
_FILE = re.compile(rf"[\w.@+-]*[\w-]\.(?:{_EXTENSION}|{_EXTENSION.upper()})(?::\d+)*|[a-z_]\w+\.[ch](?::\d+)*")


@dataclass(frozen=True, slots=True)
class Place(Exact):
    """A path with the line that is meant, where one is. Said along with it are its ends, down to the name of a file, and
    the path without the line."""

    def implied(self) -> Iterable[Reading]:
        line = _LINE.search(self.text)
        bare = self.text[: line.start()] if line else self.text
        forms = [bare, *_ends(bare)]
        paths = [Place(form + at) for at in dict.fromkeys((line[0] if line else "", "")) for form in forms if form + at != self.text]
        return [*paths, *map(_number, line[0].split(":")[1:])] if line else paths

    def halves(self) -> tuple[Reading, Reading] | None:
        line = _LINE.search(self.text)
        return (Place(self.text[: line.start()]), _number(line[0].split(":")[1])) if line else None

    def shorter(self) -> Iterable[Reading]:
        return map(Place, _ends(self.text))

    def added(self) -> str | None:
        line = _LINE.search(self.text)
        return str(_number(line[0].split(":")[1])) if line else None


def _number(digits: str) -> Quantity:
    return Quantity(Decimal(digits))


def _ends(path: str) -> list[str]:
    """What is left of a path without its first folders, as long as it names a file or stands in a folder."""
    parts = [part for part in re.split(r"[/\\]", path) if part]
    sign = "\\" if "\\" in path else "/"
    ends = [sign.join(parts[n:]) for n in range(path[:1] == sign and len(parts) > 1 and 0 or 1, len(parts))][:_MOST_ENDS]
    return [end for end in ends if end != path and (sign in end or _FILE.fullmatch(end))]


class Path(Identifier):
    """A path or the name of a file, with the line that is meant («app.py:42»). Told with fewer or more folders before it,
    it is the same file; another folder in their place is another."""

    name = "path"
    examples = Examples(
        found={
            "see ./src/app.py there": "src/app.py", "see /etc/hosts there": "/etc/hosts", "see src/app.py:42 there": "src/app.py:42",
            "from lib/app.rb:42:in `run'": "lib/app.rb:42", "in C:\\Users\\me\\a.txt there": "C:\\Users\\me\\a.txt", "run test_app.py there": "test_app.py",
        },
        same=[("./src/app.py", "src/app.py"), ("src/lib/", "src/lib")],
        other=[("src/app.py", "src/app.pyi"), ("src/app.py", "src/App.py"), ("src/app.py:42", "src/app.py:43")],
        none=["and/or", "km/h", "TCP/IP", "e.g. this", "3/4"],
    )  # fmt: skip

    def holds(self, core: str) -> bool:
        core = _IN.sub("", core)
        return ("/" in core or "\\" in core or "." in core) and _is_path(core)

    def canonical(self, text: str) -> str:
        return _IN.sub("", text).removeprefix("./").removeprefix("~/").rstrip("/") or text

    def value(self, text: str) -> Value:
        return Value(self.name, (Place(self.canonical(text)),))

    def keeps(self, a: Value, b: Value) -> bool:
        if super().keeps(a, b) or b.keys[0] in self.spared(a):
            return True
        return not _LINE.search(a.keys[0]) and _LINE.sub("", b.keys[0]) in self.spared(a)  # shorter, and a line is added

    def part_of(self, a: Value, b: Value) -> bool:
        """Without its line it is a part."""
        return not self.keeps(a, b) and super().part_of(a, b)

    def spared(self, value: Value) -> tuple[str, ...]:
        line = _LINE.search(value.keys[0])
        return tuple(key for key in value.implied if not line or key.endswith(line[0]))


PATH = Path()


def _is_path(core: str) -> bool:
    if _FILE.fullmatch(core):
        return True
    core = _LINE.sub("", core)  # «app.py:42»
    if "\\" in core:
        return bool(_WINDOWS.fullmatch(core)) and (core[1:2] == ":" or bool(_FILE.fullmatch(core.rsplit("\\", 1)[-1])))
    parts = [part for part in core.split("/") if part]
    if not parts or not any(c.isalpha() for c in core):
        return False
    if _ABSOLUTE.fullmatch(core):
        named = len(parts) > 1 and core[0] == "/" or parts[0] in _ROOTS or bool(_FILE.fullmatch(parts[-1]))
        return named or core.startswith(("~/", "./", "../"))
    if not _RELATIVE.fullmatch(core):
        return False
    if core[0].isdigit() or core.endswith("/h"):
        return bool(_FILE.fullmatch(parts[-1]))
    marked = any("_" in part or part.startswith(".") for part in parts) or parts[0] in _ROOTS
    return marked or bool(_FILE.fullmatch(parts[-1])) or (core.endswith("/") and len(parts) > 1)
