"""One self-contained page: a template with its own style and script, which its policy names by their hashes.

No page asks the network for anything. Data is embedded once, compressed, in base64: nothing that a document says stands in
the markup, and the browser unpacks it where it is looked at.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from tellback.display.words import visible

Own = tuple[str, str]  # (package, file name) of a template, a style or a script of ours
BASE: Own = ("tellback.view", "base.css")


def render(
    template: Own, styles: Sequence[Own], scripts: Sequence[Own], content: Mapping[str, Any], extra_style: str = "",
    also: str = "", **filters: Any,
) -> str:  # fmt: skip
    """The template's page. Autoescaped, and every text printed has its unseen characters spelled out first.

    In the template `style`, `script` and `policy` are the page's own, the last with `also` at its end; `filters` may return
    Markup, which is trusted.
    """
    package = template[0]
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: own(*_place(name, package))), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: value if not isinstance(value, str) or isinstance(value, Markup) else visible(value),
    )  # fmt: skip
    environment.filters |= filters
    style = "".join(own(*each) for each in (BASE, *styles)) + extra_style
    script = "".join(own(*each) for each in scripts)
    return environment.get_template(template[1]).render(
        **content, style=Markup(style), script=Markup(script), policy=policy(style, script) + also
    )


def policy(style: str, script: str) -> Markup:
    """A content security policy under which this style and this script run, and nothing else; no request of any sort."""
    return Markup(
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script) if script else _NONE}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def packed(value: Any) -> str:
    """`value` as JSON, gzip and base64: what the script of a page unpacks. The same value gives the same text."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode("ascii"), 9, mtime=0)).decode("ascii")


@cache
def own(package: str, name: str) -> str:
    """A file that is shipped beside the code."""
    return resources.files(package).joinpath(name).read_text("utf-8")


def _place(name: str, package: str) -> Own:
    return ("tellback.view", name.removeprefix("view/")) if name.startswith("view/") else (package, name)


_NONE = "'none'"


def _hash(content: str) -> str:
    digest = base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"
