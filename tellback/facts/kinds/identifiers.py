"""Identifiers: what names one thing exactly and must survive letter by letter."""

from __future__ import annotations

import re

#: Kinds of which a changed letter makes another thing.
IDENTIFIERS = (
    "url", "email", "path", "uuid", "hash", "ip", "iban", "vat", "plate", "phone", "version", "ticket", "code", "handle",
    "command",
)  # fmt: skip
LONGEST = 512  # characters; a longer run without a space names nothing that a reader could check

_TLD = "com|org|net|edu|gov|io|ai|co|uk|de|fr|it|es|eu|ch|at|nl|be|se|no|dk|fi|pl|ru|cn|jp|in|au|ca|us|info|biz|dev|app|me|tv|int|mil"
_EXTENSION = (
    "py|pyi|pyx|ipynb|js|jsx|mjs|cjs|ts|tsx|json|jsonl|yaml|yml|toml|ini|cfg|conf|env|md|rst|txt|csv|tsv|parquet|html?|css|"
    "scss|xml|svg|png|jpe?g|gif|webp|pdf|docx?|xlsx?|pptx?|zip|tar|gz|tgz|bz2|xz|whl|sh|bash|zsh|bat|ps1|cc|cpp|hpp|"
    "rs|go|java|kt|rb|php|pl|swift|scala|sql|db|sqlite|lock|log|out|exe|dll|so|bin|pt|pth|safetensors|gguf|onnx|npz?|"
    "mp[34]|wav|mov|tex|bib|proto|gradle|vue|tf|dockerfile"
)
_RULES: list[tuple[str, re.Pattern[str]]] = [
    ("url", re.compile(r"(?:https?|ftp|file|s3|gs|git|ssh|wss?)://[^\s]+|www\.[\w-]+\.[^\s]+", re.I)),
    ("email", re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")),
    ("url", re.compile(rf"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TLD})(?::\d+)?(?:/[^\s]*)?", re.I)),
    ("uuid", re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)),
    ("ip", re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/\d+)?|(?:[0-9a-f]{2}:){5}[0-9a-f]{2}|(?=.*[a-f]|.*::)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{1,4}", re.I)),  # fmt: skip
    ("hash", re.compile(r"(?:(?:sha\d+|md5):)?(?=[0-9a-f]*[a-f])(?=[a-f]*\d)[0-9a-f]{7,128}|(?=[0-9A-F]*[A-F])(?=[A-F]*\d)[0-9A-F]{12,128}")),  # fmt: skip
    ("vat", re.compile(r"ATU\d{8}|BE[01]?\d{9}|DE\d{9}|FR[A-HJ-NP-Z0-9]{2}\d{9}|GB\d{9}(?:\d{3})?|IT\d{11}|ES[A-Z0-9]\d{7}[A-Z0-9]|NL\d{9}B\d{2}|PL\d{10}|PT\d{9}|SE\d{12}|IE\d[A-Z0-9]\d{5}[A-Z]{1,2}|LU\d{8}|DK\d{8}|FI\d{8}|CHE-?\d{3}\.?\d{3}\.?\d{3}")),  # fmt: skip
    ("plate", re.compile(r"[A-Z]{2}-\d{3}-[A-Z]{2}|[A-Z]{2}\d{2}[A-Z]{3}|[A-Z]{1,3}-[A-Z]{1,2}-?\d{1,4}")),
    ("version", re.compile(r"v\d+(?:\.\d+)*(?:[-+.][0-9A-Za-z.-]+)?|\d+\.\d+\.\d+(?:\.\d+)?(?:[-+.]?(?:rc|dev|alpha|beta|post|a|b)[0-9A-Za-z.-]*)?|\d+\.\d+(?:rc|a|b|-rc|-beta|-alpha|\.dev|\.post)[.\d]+")),  # fmt: skip
    ("ticket", re.compile(r"[A-Z][A-Z0-9]{1,9}-\d{1,7}|#\d{2,9}|GH-\d+|CVE-\d{4}-\d{4,}")),
    ("code", re.compile(r"\d+(?:-\d+){3,}(?:-[\dX])?")),
    ("phone", re.compile(r"\+?1?[-.]?\(?\d{3}\)?[-.]\d{3}[-.]\d{4}|\+\d{7,15}")),
    ("handle", re.compile(r"@[A-Za-z0-9_]{2,39}|#[A-Za-z]\w{1,60}")),
    ("code", re.compile(r"\$\{?[A-Z_][A-Z0-9_]*\}?|--[a-z][\w-]*(?:=\S+)?|[A-Za-z_][\w.]*\(\)|0x[0-9a-fA-F]+")),
    ("code", re.compile(r"_*[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+(?:\.\w+)*|[a-z]\w*(?:\.\w+)*\.\w*_\w*")),
]
_QUARTER = re.compile(r"Q[1-4]")
_DOTTED_DATE = re.compile(r"[0-3]?\d\.[01]?\d\.[12]\d{3}")
_ROOTS = ["etc", "usr", "var", "tmp", "home", "opt", "bin", "dev", "api", "root", "mnt", "src", "lib", "proc", "sys", "data", "app", "srv", "tests", "test", "docs", "scripts"]
_ABSOLUTE = re.compile(r"(?:~|\.{1,2})?(?:/[\w.@+~{}$:-]+)+/?")
_RELATIVE = re.compile(r"[\w.@+~$-]+(?:/[\w.@+~*$-]+)+/?|[\w.@+-]+/")
_LINE = re.compile(r"(?::\d+){1,2}$")
_WINDOWS = re.compile(r"(?:[A-Za-z]:)?\\?[\w.-]+(?:\\[\w. -]+)+")
_FILE = re.compile(rf"[\w.@+-]*[\w-]\.(?:{_EXTENSION}|{_EXTENSION.upper()})(?::\d+)*|[a-z_]\w+\.[ch](?::\d+)*")
_CAMEL = re.compile(r"[a-z]{2,}[a-z0-9]*(?:[A-Z][a-z0-9]+)+[A-Z]?|[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+[A-Z]?")
_SURNAME = re.compile(r"(?:Mc|Mac|De|Di|Da|La|Le|Van|Von|Fitz|O|St)[A-Z][a-z]+")
_MIXED = re.compile(r"(?=[^\W\d_]*[-./:]?[^\s]*\d)[A-Za-z][A-Za-z0-9]*(?:[-./:#][A-Za-z0-9]+)*")
#: Before a hyphen and a number these are words, and the number a number.
_PREFIXES = frozenset(
    ["top", "mid", "pre", "post", "under", "over", "early", "late", "non", "sub", "age", "aged", "ages", "circa", "ca", "about", "plus", "level", "grade", "class", "type", "part", "step", "chapter", "page", "section", "around", "approx", "since", "from", "to", "of", "in", "the", "a", "an", "per", "year", "day", "number", "no", "nos", "vol", "fig", "figure"]
)


def identify(core: str) -> str | None:
    """The kind of identifier that `core`, a run of characters without space or edge punctuation, is; None: none."""
    if len(core) < 2 or len(core) > LONGEST:
        return None
    if core.isalpha():
        return "code" if _CAMEL.fullmatch(core) and not _SURNAME.fullmatch(core) else None
    if _DOTTED_DATE.fullmatch(core) or _QUARTER.fullmatch(core):
        return None
    if _IBAN.fullmatch(core) and _iban_end(core, 0, _IBAN.match(core)):
        return "iban"
    for kind, rule in _RULES:
        if rule.fullmatch(core):
            return kind
    if "/" in core or "\\" in core or "." in core:
        if _is_path(core):
            return "path"
        if "/" in core and not core[0].isdigit():
            return None
    if core[0].isdigit() or not any(c.isdigit() for c in core):
        return "code" if _CAMEL.fullmatch(core) else None
    if _MIXED.fullmatch(core):
        head = core.split("-", 1)[0]
        if "-" in core and (head.lower() in _PREFIXES or (head.islower() and len(head) > 4 and core[-1:].isdigit())):
            return None
        return None if head.islower() and head.isalpha() and "." in core else "code"
    return None


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


_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.I)


def plain_identifier(kind: str, text: str) -> str:
    """The one form of an identifier: letters as written where they count, no spaces where they do not."""
    if kind in ("iban", "vat", "plate"):
        return re.sub(r"[\s-]", "", text).upper()
    if kind == "phone":
        return re.sub(r"\D", "", text)
    if kind in ("email", "uuid", "hash", "handle", "ip"):
        return text.lower()
    if kind == "url":
        bare = _SCHEME.sub("", text).rstrip("/")
        host, slash, rest = bare.partition("/")
        return host.lower() + slash + rest
    if kind == "version":
        return text.removeprefix("v")
    if kind == "path":
        return text.removeprefix("./").rstrip("/") or text
    if kind in ("ticket", "code") and not (_CAMEL.fullmatch(text) or "_" in text):
        return text.casefold()
    return " ".join(text.split())


# ---- identifiers with spaces inside ---------------------------------------------------------------------------------

_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18,
    "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24,
    "TR": 26, "AE": 23, "IL": 23, "SA": 24, "BR": 29,
}  # fmt: skip
_IBAN = re.compile(r"([A-Z]{2})\d{2}(?: ?[A-Z0-9]){11,30}(?!\w)")
_PHONE = re.compile(r"\+\d{1,3}(?:[ .()/-]{1,2}\d{1,8}){1,6}(?!\d)|\((?!1[89]\d\d\)|20\d\d\))\d{2,5}\)[ -]?\d{3,4}(?:[ .-]?\d{2,4}){1,2}(?!\d)|1?[-. ]?\d{3}[-. ]\d{3}[-. ]\d{4}(?!\d)|0\d{1,4}[ /-]\d{3,4}[ ]?\d{3,6}(?!\d)|\d{3}-\d{4}(?![\d-])")  # fmt: skip
_PLATE = re.compile(r"[A-Z]{2}\d{2} [A-Z]{3}(?!\w)|[A-Z]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?(?!\w)|[A-Z]{2} \d{3} [A-Z]{2}(?!\w)")
_VAT = re.compile(r"(?:DE ?\d{3} ?\d{3} ?\d{3}|GB ?\d{3} ?\d{4} ?\d{2}|FR ?[A-Z0-9]{2} ?\d{3} ?\d{3} ?\d{3}|ATU ?\d{8})(?!\w)")


def iban_holds(text: str) -> bool:
    """Whether the check digits of an IBAN agree (ISO 13616, mod 97)."""
    plain = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def spaced_identifier(text: str, at: int) -> tuple[str, int] | None:
    """(kind, end) of an IBAN, VAT number, licence plate or phone number that begins at `at` and may hold spaces."""
    iban = _IBAN.match(text, at)
    if iban:
        end = _iban_end(text, at, iban)
        if end:
            return "iban", end
    for kind, rule in (("vat", _VAT), ("plate", _PLATE), ("phone", _PHONE)):
        match = rule.match(text, at)
        if match and (kind != "phone" or sum(c.isdigit() for c in match[0]) >= 7):
            return kind, match.end()
    return None


def _iban_end(text: str, at: int, match: re.Match[str]) -> int | None:
    """Where the IBAN ends: its country says how long it is, check digits or not; elsewhere they must agree."""
    length = _IBAN_LENGTHS.get(match[1])
    if length is None:
        return match.end() if iban_holds(match[0]) else None
    left, pos = length, at
    while left and pos < match.end():
        left -= text[pos] != " "
        pos += 1
    return pos if not left and not text[pos : pos + 1].isalnum() else None
