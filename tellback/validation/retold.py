"""Texts told the same in another form: layout, notation, order, voice. Nothing in them may be called wrong.

Most are made by the converters of this file from the texts that are mutated too; data/retold_texts.jsonl adds pairs
written by hand. What says the same is settled by arithmetic and by the formats' own rules (`json`, `yaml`, `csv`, `ast`),
never by the code that is judged.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from importlib import resources
from typing import Any

from tellback.validation.mutations import FormText, texts

MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Retold:
    """A text and the same in another `form` of telling."""

    id: str
    form: str
    source: str = field(repr=False)
    output: str = field(repr=False)


@lru_cache(maxsize=1)
def retold() -> tuple[Retold, ...]:
    """Every pair: those of the converters in the order of CONVERTERS, then those written by hand."""
    out = []
    for form, (formats, convert) in CONVERTERS.items():
        for text in texts():
            if text.format in formats:
                for n, output in enumerate(dict.fromkeys(convert(text)), 1):
                    if output != text.text:
                        out.append(Retold(f"{text.id}: {form} {n}", form, text.text, output))
    path = resources.files("tellback.validation").joinpath("data/retold_texts.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return (*out, *(Retold(r["id"], r["form"], r["source"], r["output"]) for r in rows))


# ---- data: another layout, another order, another format --------------------------------------------------------------


def _json_layouts(text: FormText) -> Iterator[str]:
    content = json.loads(text.text)
    yield json.dumps(content, indent=4, ensure_ascii=False)
    yield json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    yield json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    yield json.dumps(_backwards(content), ensure_ascii=False)


def _backwards(content: Any) -> Any:
    """The keys of every object in the opposite order; lists stay."""
    if isinstance(content, dict):
        return {key: _backwards(content[key]) for key in reversed(content)}
    return [_backwards(item) for item in content] if isinstance(content, list) else content


def _json_to_yaml(text: FormText) -> Iterator[str]:
    import yaml

    yield yaml.safe_dump(json.loads(text.text), sort_keys=False, allow_unicode=True)


def _yaml_forms(text: FormText) -> Iterator[str]:
    import yaml

    content = yaml.safe_load(text.text)
    if all(isinstance(key, str) for key in content):  # the bare key `on` would be read as a boolean
        yield yaml.safe_dump(content, sort_keys=False, default_flow_style=None)
        yield yaml.safe_dump(_backwards(content), sort_keys=False)
        yield json.dumps(content, default=str, indent=2)
    yield re.sub(r"^( +)", lambda m: 2 * m[1], text.text, flags=re.MULTILINE)


def _table(text: FormText) -> list[list[str]]:
    """The cells of a CSV, TSV or Markdown table, its head first; empty where the text is no table."""
    if text.format == "markdown":
        lines = [line for line in text.text.splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        return [row for row in rows if not set("".join(row)) <= set("-: ")]
    return list(csv.reader(io.StringIO(text.text), delimiter="\t" if text.format == "tsv" else ","))


def _as_markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:]))


def _as_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _table_formats(text: FormText) -> Iterator[str]:
    rows = _table(text)
    if rows:
        yield from (_as_markdown(rows), _as_csv(rows), _as_csv(rows, "\t"), _as_csv(rows, ";"))
        yield json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]], ensure_ascii=False)


def _table_orders(text: FormText) -> Iterator[str]:
    rows = _table(text)
    if rows:
        write: Callable[[list[list[str]]], str] = _as_markdown if text.format == "markdown" else _as_csv
        yield write([rows[0], *reversed(rows[1:])])
        yield write([[row[0], *reversed(row[1:])] for row in rows])


# ---- notation -------------------------------------------------------------------------------------------------------


def _swapped(text: str, *rules: tuple[str, str | Callable[[re.Match[str]], str]]) -> str:
    for pattern, new in rules:
        text = re.sub(pattern, new, text)
    return text


def _numbers(text: FormText) -> Iterator[str]:
    def thousands(match: re.Match[str]) -> str:
        short = f"{int(match[0].replace(',', '')) / 1000:g}"
        return f"{short}k" if len(short) < 6 else match[0]

    grouped = r"(?<![\w.,$€£:])\d{1,3}(?:,\d{3})+(?![\w.,]\d|[\d%])"
    yield _swapped(text.text, (grouped, lambda m: m[0].replace(",", "")))
    yield _swapped(text.text, (grouped, thousands))
    yield _swapped(text.text, (r"(?<=[$€£])(\d+(?:\.\d+)?) million", r"\1m"))
    yield _swapped(text.text, (r"(?<=[$€£])\d{1,3}(?:,\d{3})+", lambda m: m[0].replace(",", "")))


_LONG = {
    "km": "kilometres", "kg": "kilograms", "cm": "centimetres", "MB": "megabytes", "GB": "gigabytes", "ms": "milliseconds",
    "s": "seconds", "mL": "millilitres", "mg": "milligrams", "°C": "degrees Celsius", "km/h": "kilometres per hour",
}  # fmt: skip
_SHORT = {"minutes": "min", "hours": "h", "percent": "%", "litres": "L", "seconds": "s", "metres": "m", "hectares": "ha"}
_IN = {"hours": (60, "minutes"), "weeks": (7, "days"), "km": (1000, "metres"), "kg": (1000, "g"), "MW": (1000, "kW")}


def _units(text: FormText) -> Iterator[str]:
    def other(match: re.Match[str]) -> str:
        factor, unit = _IN[match[2]]
        return f"{float(match[1]) * factor:g} {unit}"

    def forms(words: dict[str, str]) -> str:
        return "|".join(sorted(words, key=len, reverse=True))

    number = r"(?<![\w.,/-])(\d+(?:\.\d+)?)"
    yield _swapped(text.text, (rf"{number} ?({forms(_LONG)})(?![\w/²])", lambda m: f"{m[1]} {_LONG[m[2]]}"))
    yield _swapped(text.text, (rf"{number} ({forms(_SHORT)})(?![\w/²])", lambda m: f"{m[1]} {_SHORT[m[2]]}"))
    yield _swapped(text.text, (rf"{number} ({'|'.join(_IN)})(?![\w/²]| per)", other))
    yield _swapped(text.text, (rf"{number}%", r"\1 percent"))
    yield _swapped(text.text, (rf"{number} (MB|GB|ms|kg|km)(?![\w/²])", r"\1\2"))


def _dates(text: FormText) -> Iterator[str]:
    named = rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})"
    iso = r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-]|:)"
    yield _swapped(text.text, (named, lambda m: f"{m[3]}-{MONTHS.index(m[2]) + 1:02}-{int(m[1]):02}"))
    yield _swapped(text.text, (named, r"\2 \1, \3"))
    yield _swapped(text.text, (named, lambda m: f"{m[2][:3]} {m[1]}, {m[3]}"))
    yield _swapped(text.text, (iso, lambda m: f"{int(m[3])} {MONTHS[int(m[2]) - 1]} {m[1]}"))


def _hours(text: FormText) -> Iterator[str]:
    def halves(match: re.Match[str]) -> str:
        hour = int(match[1])
        return f"{(hour - 1) % 12 + 1}:{match[2]} {'am' if hour < 12 else 'pm'}"

    yield _swapped(text.text, (r"\b(\d{1,2}):(\d\d)(?![\d:])(?= |\.)", halves))


_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)")


def _stamps(text: FormText) -> Iterator[str]:
    """The same moments in another zone, with a space, and with more zeros behind the second."""
    def zone(hours: float) -> Callable[[re.Match[str]], str]:
        target = timezone(timedelta(hours=hours))
        return lambda m: datetime.fromisoformat(m[0]).astimezone(target).isoformat(timespec="auto")

    yield _STAMP.sub(zone(2), text.text)
    yield _STAMP.sub(zone(-5), text.text)
    yield _STAMP.sub(lambda m: datetime.fromisoformat(m[0]).astimezone(UTC).isoformat().replace("+00:00", "Z"), text.text)
    yield _STAMP.sub(lambda m: m[0].replace("T", " "), text.text)
    yield _STAMP.sub(lambda m: datetime.fromisoformat(m[0]).isoformat(timespec="milliseconds"), text.text)


def _hashes(text: FormText) -> Iterator[str]:
    for n in (7, 10, 12):
        yield re.sub(r"\b[0-9a-f]{40}\b", lambda m, n=n: m[0][:n], text.text)


def _paths(text: FormText) -> Iterator[str]:
    yield re.sub(r"(?<=\")/srv/app/", "", text.text)
    yield re.sub(r"(?<=\")/srv/app/", "./", text.text)
    yield re.sub(r"(?<=\")/srv/app/jobs/", "", text.text)
    yield re.sub(r'File "/srv/app/([\w/.]+)", line (\d+)', r"\1:\2", text.text)


# ---- layout of code and prose ---------------------------------------------------------------------------------------


def _code_layouts(text: FormText) -> Iterator[str]:
    yield re.sub(r"^( +)", lambda m: "\t" * (len(m[1]) // 2), text.text, flags=re.MULTILINE)
    yield text.text.replace("\n", "\n\n")
    yield f"```\n{text.text}\n```"
    if text.id.startswith("py-"):
        yield ast.unparse(ast.parse(text.text))
    if text.id.startswith(("js-", "go-", "rust-", "css-")):
        yield re.sub(r"\s*\n\s*", " ", text.text)
    if text.id.startswith("sql-"):
        yield re.sub(r"\b(?:SELECT|FROM|WHERE|AND|NOT|GROUP BY|HAVING|ORDER BY|LIMIT|COUNT|SUM|AS)\b", lambda m: m[0].lower(), text.text)
        yield " ".join(text.text.split())


def _prose_layouts(text: FormText) -> Iterator[str]:
    import textwrap

    yield textwrap.fill(text.text, 60)
    yield "\n".join(f"- {sentence}" for sentence in re.split(r"(?<=[a-z\d%C]\.) (?=[A-Z])(?<!Dr\. )", text.text))
    yield re.sub(r"(?<![\w.,:-])(-?(?:\d[\d.,]*\d|\d))(?![\w:]|[.,]\d)", r"**\1**", text.text)


#: Form of retelling -> (the formats that it is made for, the converter: every other text that says the same).
CONVERTERS: dict[str, tuple[tuple[str, ...], Callable[[FormText], Iterator[str]]]] = {
    "JSON layout and order": (("json",), _json_layouts),
    "JSON as YAML": (("json",), _json_to_yaml),
    "YAML layout, order, as JSON": (("yaml",), _yaml_forms),
    "table in another format": (("csv", "tsv", "markdown"), _table_formats),
    "table in another order": (("csv", "tsv", "markdown"), _table_orders),
    "numbers": (("prose", "log"), _numbers),
    "units": (("prose", "log"), _units),
    "dates": (("prose", "yaml", "csv"), _dates),
    "times of day": (("prose",), _hours),
    "timestamps": (("log", "json"), _stamps),
    "hash by its beginning": (("log",), _hashes),
    "paths": (("log",), _paths),
    "code layout": (("code",), _code_layouts),
    "prose layout": (("prose",), _prose_layouts),
}
