"""`tellback study`, `results`, `report`, `sweep`, `pretrain`, `list`: many setups, and what can be chosen for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tellback.commands.given import place_here
from tellback.errors import Stopped, UsageError

Config = Annotated[str, typer.Argument(help="a built-in study (see `tellback list studies`) or the path of a YAML file")]
Folder = Annotated[str, typer.Argument(help="the folder of a study, or its address in an object store")]
Stacked = Annotated[
    bool, typer.Option("--stacked", help="train setups of one shape together on the accelerator (pocket compressors that pool)")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    for command in (study, results, report, recommend, pack, merge, sweep, pretrain):
        app.command()(command)
    app.command("list")(list_)


def study(
    config: Config,
    out: Annotated[str | None, typer.Option(help="folder of the study, or an address such as s3://bucket/name; default runs/NAME")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="setups at once; default: one per free core")] = None,
    only: Annotated[str | None, typer.Option(help="run only setups whose name matches this glob")] = None,
    extend: Annotated[bool, typer.Option(help="go on in a folder that holds a smaller grid of this study")] = False,
    data: Annotated[Path | None, typer.Option(help="folder that holds the benchmarks of the corpus; default: the hub")] = None,
    stacked: Stacked = False,
    ray: Annotated[str | None, typer.Option(help="address of a Ray cluster that runs the setups as tasks; local: start one here")] = None,
    memory: Annotated[float | None, typer.Option(min=0, help="with --ray: GiB of a node for each setup; default: by its parameters")] = None,
    track: Annotated[str | None, typer.Option(help="follow each training in tensorboard | wandb | trackio; files in its setup's folder")] = None,
    engine: Annotated[str | None, typer.Option(help="what generates: transformers | vllm (needs the extra vllm and a GPU); default: the study's")] = None,
) -> None:
    """Run a study, or go on with it: train, tell back, judge, and write the report. Exit 1 when every setup failed."""
    if memory is not None and ray is None:
        raise UsageError(
            f"--memory {memory:g} is what each setup asks of a node of a Ray cluster, and there is no --ray. Give --ray ADDRESS (local starts a "
            f"cluster here), or leave --memory out."
        )
    from tellback.object_store import publish
    from tellback.report import in_a_sentence, write_report
    from tellback.study.run import run_study
    from tellback.study.table import read_rows

    folder = run_study(config, out, workers, only, extend, data, stacked, ray and _cluster(ray, memory), track, engine)
    if folder is not None:  # else another process of this study writes it
        report = publish(out, write_report(folder))
        print(in_a_sentence(folder), report, sep="\n")
        rows = read_rows(folder)
        if all(row["status"] == "failed" for row in rows):
            raise Stopped(f"every setup of the study failed ({len(rows)} of {len(rows)}); each one's reason stands above and in its result.json in {folder}.")


def _cluster(address: str, gib: float | None):
    from tellback.planning.gpus import GIB
    from tellback.planning.host import host_memory
    from tellback.study.on_ray import Cluster

    return Cluster(address, host_memory() if gib is None else lambda spec, has_gpu: int(gib * GIB))


def results(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Show one row a setup."""
    from tellback.object_store import local_folder
    from tellback.study.table import read_rows, show_table

    rows = read_rows(local_folder(folder))
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    show_table(rows)


def report(
    folder: Folder,
    form: Annotated[str, typer.Option("--format", help="html | md | pdf | svg | csv; the last two a file a figure")] = "html",
    beside: Annotated[list[str] | None, typer.Option(help="another study's folder, side by side with it; may be repeated")] = None,
) -> None:
    """Write the report of a study again: DIR/report.html with DIR/report.md, a PDF of it, or its figures and their numbers."""
    from tellback.object_store import local_folder, publish
    from tellback.report.export import write_as

    print(publish(folder, write_as(local_folder(folder), form, [local_folder(other) for other in beside or ()])))


def recommend(
    directory: Folder,
    min_faithful: Annotated[float, typer.Option(help="share of facts that contradict belief which must be kept")] = 0.95,
    json_: Annotated[bool, typer.Option("--json", help="every candidate as JSON")] = False,
) -> None:
    """Say which size and rate of a study keep enough facts, by the lower end of their intervals; exit 1 when none does."""
    import json
    from dataclasses import asdict

    from tellback.object_store import local_folder
    from tellback.report.load import load
    from tellback.report.recommend import candidates
    from tellback.report.recommend import recommend as choose

    found = load(local_folder(directory))
    chosen, lines = choose(found, min_faithful)
    if json_:
        content = {"min_faithful": min_faithful, "recommended": chosen and asdict(chosen), "words": " ".join(lines),
                   "candidates": [asdict(c) for c in candidates(found)]}  # fmt: skip
        print(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines))
    if chosen is None:
        raise typer.Exit(1)


def pack(
    directory: Folder,
    out: Annotated[Path, typer.Option(parser=place_here, metavar="PATH", help="folder for the small one")],
    texts: Annotated[int | None, typer.Option(min=0, help="of how many seeds sources and told-back texts stay; default: of all")] = None,
) -> None:
    """Write a study small: results, traces and what was read of the conflict set. Its report and its runs go on from there."""
    from tellback.object_store import local_folder
    from tellback.report.pack import pack as write

    print(f"{out}  {write(local_folder(directory), out, texts) / 1e6:.2f} MB")


def merge(
    parts: Annotated[list[str], typer.Argument(help="folders of one study, run in several places, or their addresses")],
    out: Annotated[Path, typer.Option(parser=place_here, metavar="PATH", help="folder for the whole; must not be there yet")],
) -> None:
    """Make one study of parts that were run on several machines; those of other probes or versions are refused."""
    from tellback.object_store import local_folder
    from tellback.study.merge import merge as write

    there, due = write([local_folder(part) for part in parts], out)
    print(f"{out}  {there} of {due} setups")


def sweep(
    config: Config,
    out: Annotated[Path | None, typer.Option(parser=place_here, metavar="PATH", help="folder of the sweep; default runs/NAME-sweep")] = None,
    learning_rates: Annotated[str, typer.Option(help="peaks to try, comma-separated")] = "5e-4,1e-3,2e-3,4e-3",
    workers: Annotated[int | None, typer.Option(min=1, help="trainings at once; default: one per free core")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="steps of each training; default: the study's")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="how many of the study's seeds; a sweep in the study's own folder (--out) saves it those trainings")] = 1,
    only: Annotated[str | None, typer.Option(help="only setups whose name matches this pattern")] = None,
    stacked: Stacked = False,
) -> None:  # fmt: skip
    """Choose each setup's learning rate by its loss on ordinary held-out documents, and by nothing else."""
    from tellback.study.sweep import run_sweep

    run_sweep(config, out, learning_rates, workers, steps, seeds, only, stacked)


def pretrain(
    names: Annotated[list[str], typer.Argument(help="pocket models, such as pocket-llama-60k")],
    out: Annotated[Path | None, typer.Option(parser=place_here, metavar="PATH", help="folder for the weights; default: the user's cache")] = None,
    config: Annotated[str, typer.Option(help="the study whose world they are to believe in")] = "pocket",
    seed: Annotated[int, typer.Option(help="pretraining seed")] = 0,
    force: Annotated[bool, typer.Option(help="train even when weights are there")] = False,
) -> None:
    """Pretrain pocket language models: what they believe is the world's corpus, and they learn to copy."""
    from tellback.study.pretraining import pretrain_models

    pretrain_models(names, out, config, seed, force)


def list_(
    what: Annotated[str, typer.Argument(help="compressors | models | corpora | readers | studies")],
) -> None:
    """List what can be chosen by name."""
    from tellback.study.table import listing

    for name, about in listing(what):
        print(f"{name:24} {about}")
