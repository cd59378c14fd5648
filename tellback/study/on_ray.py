"""`--ray`: each setup is a task of a Ray cluster, which finds it a place and runs it again where its worker or its node is lost.

A task does what a worker of this machine does: it runs its setup in the study's folder, which all nodes share, or in a folder of its
node, whose content goes to the object store. A setup that is finished is not run again, whoever asks.
"""

from __future__ import annotations

import os
import socket
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellback.config import SetupSpec
from tellback.errors import UsageError
from tellback.object_store import ObjectStore
from tellback.provenance import n_cores
from tellback.store import StudyFolder
from tellback.study.pool import due
from tellback.study.workers import OnEvent, failed, longest_first
from tellback.version import __version__

RETRIES = 3  # of a task whose worker or node was lost
PATIENCE = 20.0  # seconds for interrupted tasks to write their checkpoints
SHARED_SOON = 60.0  # seconds in which what one node writes is to be seen by the others
CARRIED, SECRET = ("TELLBACK_", "HF_"), ("TOKEN", "KEY")  # variables of this process that its tasks have as well, and those that stay


@dataclass(frozen=True)
class Cluster:
    """Where tasks run. `address`: of a cluster, "auto", or "local" for one that is started for this study. `memory`: what to ask for
    a setup, in bytes of its node; told whether it has a GPU."""

    address: str
    memory: Callable[[SetupSpec, bool], int]


def run_on_ray(
    folder: StudyFolder, specs: Sequence[SetupSpec], cluster: Cluster, at_once: int | None, progress: Any, away: ObjectStore | None
) -> None:  # fmt: skip
    """Run every setup of `specs` that has no finished result, `at_once` at most (None: as many as find a place).

    A task whose worker or node is lost is run again up to RETRIES times, then its setup is a failed row. Raises UsageError of
    the first setup that had one, where Ray is not installed or cannot be reached, and where the nodes do not share the folder.
    """
    if away is not None and away.address.startswith("memory:"):
        raise UsageError(f"{away.address} is this process's own memory, which no other has. Give --out that all nodes reach.")
    waiting = longest_first(due(folder, specs, progress.event))
    if not waiting:
        return
    ray = _connect(cluster.address, waiting, at_once)
    try:
        n_gpus = int(ray.cluster_resources().get("GPU", 0)) if os.environ.get("TELLBACK_DEVICE", "cuda") == "cuda" else 0
        progress.say(f"  Ray at {cluster.address}: {ray.cluster_resources().get('CPU', 0):g} CPUs, {n_gpus} GPUs")
        Tasks(ray, folder, cluster, n_gpus > 0, away, progress.say).run(waiting, at_once or len(waiting), progress.event)
    finally:
        ray.shutdown()


def _connect(address: str, specs: Sequence[SetupSpec], at_once: int | None) -> Any:
    try:
        import ray
    except ImportError:
        raise UsageError("--ray needs Ray: pip install 'tellback[ray]'.") from None
    if ray.is_initialized():
        raise UsageError("this process is connected to a Ray cluster already. Call ray.shutdown() first.")
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    if address == "local":
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        threads = max(spec.train.n_threads for spec in specs)
        ray.init(address="local", num_cpus=max(threads, at_once * threads if at_once else n_cores()), include_dashboard=False, **quiet)
        return ray
    try:
        _knock(address)  # Ray itself would wait for minutes
        ray.init(address=address, **quiet)
    except Exception as error:  # of many sorts, by how far it came
        raise UsageError(f"--ray {address}: {type(error).__name__}: {error}. Give the address of a running cluster, or local.") from None
    return ray


def _knock(address: str) -> None:
    """Raise OSError where nobody answers at host:port."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


class Tasks:
    """The setups of one run as tasks."""

    def __init__(self, ray: Any, folder: StudyFolder, cluster: Cluster, has_gpus: bool, away: ObjectStore | None, say: Callable):
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self.ray, self.folder, self.cluster, self.has_gpus, self.away, self.say = ray, folder, cluster, has_gpus, away, say
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        # on this node, so that it is lost with this process alone
        self.lines = ray.remote(Lines).options(num_cpus=0, scheduling_strategy=here).remote()
        self.lines_lost = False
        self.task = ray.remote(run_there)
        self.settings = {k: v for k, v in os.environ.items() if k.startswith(CARRIED) and not any(word in k for word in SECRET)}

    def run(self, waiting: list[SetupSpec], at_once: int, on_event: OnEvent) -> None:
        by_key = {spec.key(): spec for spec in waiting}
        going: dict[Any, SetupSpec] = {}
        try:
            while waiting or going:
                while waiting and len(going) < at_once:
                    spec = waiting.pop(0)
                    going[self.submit(spec)] = spec
                done, _ = self.ray.wait(list(going), timeout=1.0)
                for key, line in self.take():
                    on_event(by_key[key], "line", line)
                for task in done:
                    spec = going.pop(task)
                    on_event(spec, "done", self.result(task, spec))
        except BaseException:  # an interrupt above all: in a task it is one too, and it writes its checkpoint
            for task in going:
                self.ray.cancel(task, recursive=False)
            if going:
                self.ray.wait(list(going), num_returns=len(going), timeout=PATIENCE)
            raise

    def take(self) -> list[tuple[str, str]]:
        """What tasks have said since. Who holds that may be lost, as after a node of the cluster was; results do not depend on it."""
        if self.lines_lost:
            return []
        try:
            return self.ray.get(self.lines.take.remote())
        except self.ray.exceptions.RayActorError:
            self.lines_lost = True
            self.say("  what tasks say of their progress is lost from here on; their results are not")
            return []

    def submit(self, spec: SetupSpec) -> Any:
        asked = {"num_cpus": spec.train.n_threads, "num_gpus": int(self.has_gpus), "memory": self.cluster.memory(spec, self.has_gpus)}
        self.check_room(spec, asked)
        where = self.away.address if self.away else str(self.folder.path.resolve())
        task = self.task.options(**asked, max_retries=RETRIES, name=spec.name)
        return task.remote(spec.model_dump(mode="json"), where, os.getcwd(), self.settings, __version__, self.lines)

    def check_room(self, spec: SetupSpec, asked: Mapping[str, float]) -> None:
        """Say that no node is large enough, for Ray would wait for one without a word; a cluster of one's own gets none."""
        nodes = [node["Resources"] for node in self.ray.nodes() if node["Alive"]]
        names = {"num_cpus": "CPU", "num_gpus": "GPU", "memory": "memory"}
        if any(all(node.get(names[what], 0) >= n for what, n in asked.items()) for node in nodes):
            return
        wanted = f"{asked['num_cpus']:g} CPUs, {asked['num_gpus']:g} GPUs and {asked['memory'] / 2**30:.1f} GiB"
        if self.cluster.address == "local":
            raise UsageError(f"{spec.name} asks for {wanted}, which this machine has not free. --memory asks for less.")
        self.say(f"  {spec.name} asks for {wanted}, which no node has: it waits for one")

    def result(self, task: Any, spec: SetupSpec) -> Any:
        """The result of a task that has ended, which then lies in the folder."""
        key, why = spec.key(), ""
        try:
            kind, content = self.ray.get(task)
            if kind == "usage":
                raise UsageError(content)
        except self.ray.exceptions.RayTaskError as error:  # `run_there` raises nothing: it could not be called
            raise UsageError(f"a node could not begin {spec.name}: {error.cause}. Is tellback installed on all nodes?") from None
        except self.ray.exceptions.RayError as error:
            why = f"its task was lost {RETRIES + 1} times: {type(error).__name__}: {str(error).splitlines()[0]}"
        if self.away:
            self.away.fetch_setups([key])
        found = self.folder.finished(key)
        if why and found is None:
            return failed(spec, self.folder, f"{why} Run the same command again to go on with it.")
        until = time.monotonic() + SHARED_SOON
        while found is None and not why and (found := self.folder.result(key)) is None:
            if time.monotonic() > until:
                raise UsageError(f"{spec.name} was run, but its result is not in {self.folder.path}. Give --out that all nodes share, or an object store.")
            time.sleep(0.5)
        return found


class Lines:
    """What tasks say of their progress, until this process asks for it."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def put(self, key: str, line: str) -> None:
        self.said.append((key, line))

    def take(self) -> list[tuple[str, str]]:
        said, self.said = self.said, []
        return said


def run_there(task: dict[str, Any], where: str, cwd: str, settings: dict[str, str], version: str, lines: Any) -> tuple[str, Any]:
    """On a node of the cluster: the setup, as ("done", its result) or ("usage", what is wrong)."""
    os.environ.update(settings)
    if Path(cwd).is_dir():
        os.chdir(cwd)  # paths of models and corpora may be relative
    here = socket.gethostname()
    if version != __version__:
        return "usage", f"node {here} has tellback {__version__}, this one has {version}. Install the same version on all nodes."
    spec = SetupSpec.model_validate(task)
    try:
        from tellback.study.setup import run_setup

        away = ObjectStore(where) if "://" in where else None
        folder = StudyFolder(away.folder if away else Path(where))
        if away:
            away.fetch_setups([spec.key()])
        elif not (folder.path / "study.yaml").is_file():
            return "usage", f"node {here} does not see {where}. Give --out that all nodes share, or an object store."
        result = run_setup(spec, folder.setup(spec.key()), lambda line: lines.put.remote(spec.key(), line))
        if away:
            away.put_setup(spec.key())
        return "done", result
    except UsageError as error:
        return "usage", str(error)
    except Exception:
        return "usage", f"a task on {here} stopped:\n{traceback.format_exc()}"
