"""audit, diff and validate: what a summary, a compaction or a compressor lost, what got worse, and how often that is right."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tellback.errors import UsageError
from tellback.registry import choose

Source = Annotated[str | None, typer.Argument(help="the text that was summarised or compressed, or a transcript (.jsonl); - is standard input")]  # fmt: skip
Output = Annotated[str | None, typer.Argument(help="the summary, compaction or compressed text; - is standard input; none: SOURCE is a session with compactions")]  # fmt: skip
OldRun = Annotated[str, typer.Argument(help="what an earlier `tellback audit --json` printed")]
DEFAULT = "audit"  # the reader that answers nothing: the rules alone
SESSIONS = (".jsonl", ".json", ".db")  # files that may hold a session with its compactions
FORMATS = ("auto", "text", "transcript")


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(audit)
    app.command()(diff)
    app.command()(validate)


def audit(
    source: Source = None,
    output: Output = None,
    pairs: Annotated[str | None, typer.Option(help='many pairs: a .jsonl of {"id", "source", "output"}, or -')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a pair")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="print what a pull request or an issue shows, under 60,000 characters")] = False,
    html: Annotated[Path | None, typer.Option(help="write a page with both texts side by side")] = None,
    share: Annotated[Path | None, typer.Option(help="write a report without words of the texts: .json, .md or .html")] = None,
    whole: Annotated[bool, typer.Option("--all", help="every finding of a session, not the first five")] = False,
    fail_under: Annotated[float | None, typer.Option(min=0, max=1, help="exit 1 when less than this share is kept")] = None,
    fail_on: Annotated[str | None, typer.Option(help="exit 1 on findings of this level: wrong | lost (and wrong) | nothing; default: wrong, where no other bar is given")] = None,
    bars: Annotated[Path | None, typer.Option(help="YAML of bars, such as «all: 0.95», «number: 1.0», «wrong: 0»")] = None,
    baseline: Annotated[str | None, typer.Option(help="an earlier --json: say what got worse since, and exit 1 on it")] = None,
    require: Annotated[str | None, typer.Option(help="a file of facts, one a line, that must survive")] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="regular expression of facts that need not; may be repeated")] = None,
    redact: Annotated[bool, typer.Option("--redact", help="findings without the words of the texts")] = False,
    fast: Annotated[bool, typer.Option("--fast", help="hard facts only: values, identifiers and quotes")] = False,
    source_format: Annotated[str, typer.Option(help="auto | text | transcript")] = "auto",
    belief: Annotated[str | None, typer.Option(help="model whose beliefs split the replaced facts; needs tellback[study]")] = None,
    reader: Annotated[str, typer.Option(help="who answers what the rules leave unscored: audit (nobody) | likelihood | judge")] = DEFAULT,
    reader_model: Annotated[str | None, typer.Option(help="for likelihood: a model's name; for judge: YAML of an endpoint")] = None,
    entail: Annotated[str | None, typer.Option(help="NLI or support model that reads reworded sentences: a folder or a hub name; needs tellback[entail]")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="processes for --pairs; default: one a core")] = None,
) -> None:  # fmt: skip
    """Say which facts of SOURCE are kept, replaced, twisted or missing in OUTPUT, and what is invented.

    A session file alone: each of its compactions, held against what stood before it.
    A finding is wrong (replaced, drifted, overwritten, invented, unsupported), lost (missing), or nobody can tell (unscored).
    Exit 0: every bar is reached; 1: something is wrong and no other bar was given, below a bar, a required fact lost, or
    worse than the baseline; 2: usage.
    """
    from tellback.audit.bars import ALL, DEFAULT_GATE, GATES, read_bars
    from tellback.audit.run import Request, audit_pair, audit_pairs
    from tellback.readers.table import READERS, RENAMED

    _check(source, output, pairs, html, source_format)
    if as_json and as_markdown:
        raise UsageError("give either --json or --markdown, not both.")
    reader = RENAMED.get(reader, reader)
    choose("reader", reader, READERS)
    wanted = read_bars(bars) if bars else {}
    if fail_under is not None:
        wanted = {ALL: fail_under} | {k: v for k, v in wanted.items() if k != ALL}
    gate = choose("level to fail on", fail_on or ("nothing" if wanted or baseline else DEFAULT_GATE), GATES)
    request = Request(
        options=_options(require, ignore, fast, source_format), bars=wanted, gate=gate, redact=redact, as_json=as_json, as_markdown=as_markdown,
        html=html, share=share, whole=whole, baseline=_baseline(baseline),
        refine=_refine(belief, reader, reader_model, entail), workers=workers,
    )  # fmt: skip
    if pairs:
        passed = audit_pairs(pairs, request)
    elif output is None:
        from tellback.audit.session_run import audit_file

        passed = audit_file(str(source), request)
    else:
        passed = audit_pair(str(source), output, request)
    if not passed:
        raise typer.Exit(1)


def diff(
    old: OldRun,
    new: OldRun,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Say which facts NEW lost that OLD had kept, of the same sources; exit 1 when there are any."""
    from tellback.audit.baseline import compare_files
    from tellback.audit.rows import emit
    from tellback.audit.terminal import console, show_comparison

    found = compare_files(old, new)
    if as_json:
        emit(found.to_dict())
    else:
        show_comparison(console(), found, old)
    if found.regressed:
        raise typer.Exit(1)


def validate(
    reader: Annotated[str, typer.Argument(help="audit, or another reader; several with commas between are compared")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object: precision, recall and F1 by kind")] = False,
    kinds: Annotated[str | None, typer.Option(help="only these kinds of corruption, comma-separated")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="texts of each kind; default: all")] = None,
    seed: Annotated[int, typer.Option(help="of the resampling, and of the draw under --limit")] = 0,
    corpus: Annotated[Path | None, typer.Option(help="plant changes into texts of your own: .jsonl with text, or .txt, a text a paragraph")] = None,
    mutations: Annotated[bool, typer.Option("--mutations", help="instead: one place of a text changed at a time, and texts told in another form")] = False,
) -> None:
    """Measure a reader on corruptions planted in public-domain passages, and say which bars it reaches."""
    import json

    from tellback.language.light import import_spacy
    from tellback.validation.baselines import measured_class
    from tellback.validation.validate import render
    from tellback.validation.validate import validate as run

    if not any(measured_class(name).uses_torch for name in reader.split(",")):
        import_spacy()
    if mutations:
        from tellback.validation.mutation_rates import measure

        return measure(reader, as_json)
    found = run(reader, limit, seed, kinds=[k.strip() for k in kinds.split(",")] if kinds else None, corpus=corpus)
    if as_json:
        print(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        render(found)


def _check(
    source: str | None, output: str | None, pairs: str | None, html: Path | None, source_format: str
) -> None:  # fmt: skip
    choose("source format", source_format, dict.fromkeys(FORMATS))
    if pairs is not None:
        if source is not None or output is not None:
            raise UsageError("give either SOURCE and OUTPUT, or --pairs, not both.")
        if html is not None:
            raise UsageError("--html shows one pair: give SOURCE and OUTPUT instead of --pairs.")
    elif source is None or (output is None and not source.endswith(SESSIONS)):
        raise UsageError(
            "expected SOURCE and OUTPUT, a session file (.jsonl) alone, or --pairs FILE.jsonl. Try tellback audit --help."
        )
    elif source == output == "-":
        raise UsageError("SOURCE and OUTPUT cannot both be standard input.")


def _options(require: str | None, ignore: list[str] | None, fast: bool, source_format: str):
    from tellback.audit.examine import Options
    from tellback.audit.inputs import read_lines

    required = tuple(read_lines(require)) if require else ()
    if require and not required:
        raise UsageError(f"{require} lists no facts: expected one a line.")
    return Options(fast, required, tuple(ignore or ()), source_format)


def _baseline(path: str | None):
    if path is None:
        return None
    from tellback.audit.baseline import read_baseline

    return read_baseline(path)


def _refine(belief: str | None, reader: str, reader_model: str | None, entail: str | None):
    """What is done to an audit after the rules: None unless a model was asked for."""
    if belief is None and reader == DEFAULT and entail is None:
        return None
    from tellback.readers.table import reader_class

    steps = [reader_class(reader).for_audit(reader_model).refine]
    if entail is not None:
        from tellback.models.support.model import load
        from tellback.readers.entailment import EntailmentReader

        steps.insert(0, EntailmentReader(load(entail)).refine)  # what it leaves open, the other may answer
    if belief is not None:
        from tellback.readers import beliefs
        from tellback.readers.lms import lm_called

        steps.append(partial(beliefs.split, decoder=lm_called(belief)))

    def refine(audit):
        for step in steps:
            audit = step(audit)
        return audit

    return refine
