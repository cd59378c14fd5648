"""What `tellback study` does: check, run the grid with a live table, collect, judge the controls, write the report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from tellback.compressors import compressor_class
from tellback.config import SetupSpec, StudySpec, read_study
from tellback.config.study import EngineSpec
from tellback.corpora.load import at_home, belief_strength, check_corpus
from tellback.display.progress import bar, left
from tellback.engines import engine_class
from tellback.errors import UsageError
from tellback.methods import COMPRESSORS
from tellback.models.load import check_name, find_device
from tellback.object_store import ObjectStore, is_address
from tellback.provenance import n_launched
from tellback.readers.table import READERS
from tellback.registry import choose
from tellback.store import StudyFolder, write_json
from tellback.study import pool
from tellback.study.grid import setups
from tellback.study.lock import locked
from tellback.study.on_ray import Cluster, run_on_ray
from tellback.study.workers import OnEvent
from tellback.training.layers import check_compiler

QUIET = 20.0  # seconds between two lines of one setup where nobody watches
SHOWN = 24  # setups of which a live table has a row each; of more, those that are going


def check(study: StudySpec) -> None:
    """Every name in the study exists, and every option of its corpus, before anything heavy starts. Raises UsageError."""
    check_corpus(study.corpus, study.probes)
    engine_class(study.probes.engine.name)
    parts = (study, *study.also)
    for model in [m for p in parts for m in p.base_models or ()] + [study.decoder.model]:
        check_name(model.name)
    for compressor in [c for p in parts for c in p.compressors or ()]:
        choose("compressor", compressor.name, COMPRESSORS)
    for reader in study.probes.readers:
        choose("reader", reader.name, READERS)


def run_study(
    config: str, out: Path | str | None, workers: int | None, only: str | None, extend: bool = False, data: Path | None = None,
    stacked: bool = False, cluster: Cluster | None = None, track: str | None = None, engine: str | None = None,
) -> Path | None:  # fmt: skip
    """Run or go on with the study and print its table; gives its folder, of which a report can be written. `out`: a folder, or an
    address in an object store, to which finished setups go. `data`: the folder of its corpus' benchmarks, instead of what it says
    itself. `stacked`: setups of one shape train together. `cluster`: setups are tasks of a Ray cluster. `track`: the
    tracker that follows each training, by name. `engine`: who generates what is read, by name, instead of what the study says.

    Of several processes that a launcher started the first one runs the study, setup by setup; the others train along with it
    and get None. Raises UsageError where another run is at work in the folder.
    """
    if cluster is not None and (stacked or n_launched() > 1):
        raise UsageError("--ray gives whole setups to a cluster: --stacked and a launcher are ways of one machine. Leave one of them out.")
    if n_launched() == 1:
        return _run_study(config, out, workers, only, extend, data, stacked, cluster, track, engine)
    from tellback.study.helping import help_train
    from tellback.training.launched import here

    together = here(find_device())
    with together.one_voice():
        if not together.leads:
            help_train(together)
            return None
        found = _run_study(config, out, 1, only, extend, data, stacked, None, track, engine)
        together.tell("")  # nothing is left to train
        return found


def _run_study(
    config: str, out: Path | str | None, workers: int | None, only: str | None, extend: bool, data: Path | None, stacked: bool,
    cluster: Cluster | None, track: str | None, engine: str | None,
) -> Path:  # fmt: skip
    study = read_study(config)
    if track is not None:
        study = study.model_copy(update={"train": study.train.model_copy(update={"track": track})})
    if engine is not None:
        named = study.probes.model_copy(update={"engine": EngineSpec(name=engine)})
        study = study.model_copy(update={"probes": named})
    if data is not None:
        study = study.model_copy(update={"corpus": at_home(study.corpus, data)})
    check(study)
    if cluster is None:  # else its nodes have it, or say so
        engine_class(study.probes.engine.name).available(study.probes.engine.options)
        if any(compressor_class(c.name).trainable for p in (study, *study.also) for c in p.compressors or ()):
            check_compiler(study.train, find_device())
    if study.train.track is not None:
        from tellback.training.trackers import check_tracker

        check_tracker(study.train.track)
    specs, grid = setups(study, only), setups(study)
    away = ObjectStore(str(out)) if is_address(out) else None
    folder = StudyFolder(away.folder if away else Path(out or Path("runs") / study.name))
    folder.check(study, extend)
    at_once = workers or pool.default_workers(specs)
    progress = Progress(study, specs, at_once)

    def event(spec: SetupSpec, kind: str, content: Any) -> None:
        if away and kind == "done":
            away.put_setup(spec.key())
        progress.event(spec, kind, content)

    with locked(folder.path):
        if away:
            away.fetch_study()
        with _claimed(folder, study, extend, away):
            if away:
                away.fetch_setups(s.key() for s in grid)
                away.put_missing(s.key() for s in grid)
            with progress:
                if cluster is not None:
                    run_on_ray(folder, specs, cluster, workers, progress, away)
                else:
                    _run(folder, specs, at_once, progress, event, stacked)
        results = pool.collect(folder, study, grid)
        judge(folder, results)
        if away:
            away.put_study()
    progress.summary([r["row"] for r in results])
    return folder.path


@contextmanager
def _claimed(folder: StudyFolder, study: StudySpec, extend: bool, away: ObjectStore | None) -> Iterator[None]:
    """The folder, and what lies away, are this study's from here on; where it is at fault before anything came of it, they are
    nobody's again, so that the study can be put right and run there. What was claimed before stays so."""
    new = folder.open(study, extend)
    if away:
        away.put("study.yaml")
    try:
        yield
    except UsageError:
        if new and folder.release() and away:
            with suppress(UsageError):  # the fault is to be told, not that the store is out of reach as well
                away.withdraw()
        raise


def _run(folder: StudyFolder, specs: list[SetupSpec], workers: int, progress: Progress, event: OnEvent, stacked: bool) -> None:
    """On this machine."""
    from tellback.study.stacked import Stacker

    with Stacker(lambda s: folder.setup(s.key()), workers, progress.say) if stacked else nullcontext() as stacks:
        pool.run(folder, specs, workers, event, stacks)


def judge(folder: StudyFolder, results: list[dict[str, Any]]) -> None:
    """Write DIR/controls.json."""
    from tellback.study.controls import judge_controls

    study = folder.spec()
    settings: dict[str, Any] = {}
    for result in results:
        if result["details"].get("probes"):
            settings["options"] = result["details"]["probes"]["n_options"]
    if (strength := belief_strength(study.corpus)) is not None:
        settings["belief_strength"] = strength
    write_json(folder.path / "controls.json", judge_controls(results, settings))


class Progress:
    """One line a step on any output; in a terminal also a live table of the grid."""

    def __init__(self, study: StudySpec, specs: list[SetupSpec], workers: int):
        from rich.console import Console

        self.study, self.specs, self.workers = study, specs, workers
        self.console = Console(highlight=False, soft_wrap=True)
        self.state = {s.key(): "waiting" for s in specs}
        self.started = time.monotonic()
        self.said: dict[str, float] = {}  # when a setup last said something
        self.done, self.skipped = set[str](), set[str]()
        self.live = None

    def __enter__(self) -> Progress:
        n, w = len(self.specs), self.workers
        self.console.print(f"study {self.study.name}: {n} setups, {w} at once" if w > 1 else
                           f"study {self.study.name}: {n} setups")  # fmt: skip
        if self.console.is_terminal:
            from rich.live import Live

            self.live = Live(self._table(), console=self.console, refresh_per_second=4, transient=True)
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def event(self, spec: SetupSpec, kind: str, content: Any) -> None:
        if kind == "line":
            self.state[spec.key()] = content
            now = time.monotonic()
            if self.live or now - self.said.get(spec.key(), -QUIET) >= QUIET:  # a log is not to be filled with steps
                self.said[spec.key()] = now
                self.say(f"  {spec.name}  {content}")
        else:
            (self.skipped if kind == "skip" else self.done).add(spec.key())
            row = content["row"]
            self.state[spec.key()] = row["status"] + (" (already)" if kind == "skip" else "")
            error = f": {content['details']['error']}" if row["status"] == "failed" else ""
            self.say(f"{spec.name}  {self.state[spec.key()]}{error}")
        if self.live:
            self.live.update(self._table())

    def say(self, line: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        self.console.print(f"{minutes:3d}:{seconds:02d}  {line}", markup=False)

    def _table(self):
        from rich.table import Table

        table = Table(pad_edge=False)
        for name in ("setup", "state"):
            table.add_column(name)
        going = [s for s in self.specs if s.key() not in self.done | self.skipped and self.state[s.key()] != "waiting"]
        for spec in self.specs if len(self.specs) <= SHOWN else going:
            table.add_row(spec.name, self.state[spec.key()])
        table.caption = self.line()
        return table

    def line(self) -> str:
        """«[####    ] 3 of 8 setups, 4:05 left»; the time is that of setups like those that are done."""
        n, done = len(self.specs) - len(self.skipped), len(self.done)
        seconds = (time.monotonic() - self.started) * (n - done) / done if done else None
        return f"{bar(done / n) if n else bar(1)} {done} of {n} setups" + (f", {left(seconds)} left" if seconds else "")

    def summary(self, rows: list[dict[str, Any]]) -> None:
        from tellback.study.table import show_table

        show_table(rows)
