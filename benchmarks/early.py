"""Where training stops early: remedies and priors at a third of the powered experiment's steps, where the plain recipe overwrites.

    python -m benchmarks.early --out runs/early --results results/early.json [--minutes 60]

The design, and why it was changed after its first four trainings, is in docs/study-design.md. Two doses of uniform values in two kinds of
fact and a curriculum of rates, plain beside them, on five seeds and two sizes (but for the full dose, on ten of the larger); whose prior, on the same seeds; every other remedy on one seed. Every part
is a study in its own folder under --out: what is finished is not done again, what was killed goes on. --minutes: no setup is begun
after that. --results: the file of what was read, of which `benchmarks.powered_page` writes its section; what it holds already is
not done again either, on whatever machine that was.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.powered import DECODERS, REMEDIES, write_study
from benchmarks.powered_sections import SET
from tellback.config import DecoderSpec, ModelSpec, SetupSpec, StudySpec, read_study
from tellback.store import StudyFolder, read_table, write_atomically
from tellback.study.grid import setups
from tellback.study.setup import run_setup

STEPS = 2000  # of the primary's 6,000
WHOLE = 5  # seeds of the curriculum at all of them
SCREENED, CONFIRMED, MORE = slice(0, 1), slice(2, 7), slice(7, 12)  # seeds
LARGEST, SIZES = "250k", ("60k", "250k")
PLAIN = "plain"
FULL = "uniform-full"
DOSES = ("uniform", FULL)  # a quarter of the documents with uniform colours and cities, and all of them
CURRICULUM = "curriculum"  # the first quarter of the steps at 2x
ARMS: dict[str, dict[str, Any]] = {
    PLAIN: {}, **REMEDIES, "rank": {"rank": 0.1}, FULL: REMEDIES["uniform"] | {"uniform": 1.0}, CURRICULUM: {"curriculum": (2.0,), "curriculum_share": 0.25},
}  # fmt: skip
CHOSEN = (*DOSES, CURRICULUM)  # read on seeds 2 to 6, and PLAIN
UNTOUCHED = ("job", "number")  # kinds of value that `uniform` leaves as the corpus has them
EXCHANGES_ALL = ("twins", "contrast")  # these exchange values of every kind, so no kind is untouched
PRIORS = (("believes", "uniform"), ("free", "corpus"), ("free", "uniform"))  # LM x training values; the fourth cell is `plain`
#: LM x training values x the decoder that reads, the others but the one that is trained along.
OTHER_DECODERS = tuple(d for d in DECODERS if d != "along")
CELLS = (("believes", "corpus"), *PRIORS)
OTHER_SIZES = ("60k", "1m")  # beside LARGEST, with the decoder that is trained along; of the smaller one the fourth cell is `plain` too
TRACED = ("confirm-", "more-")  # studies of which the page shows the way there; of the others the trace is not written down
SWEEP = Path(__file__).parents[1] / "results" / "powered" / "pocket-size" / "sweep.json"


def early(base: StudySpec) -> StudySpec:
    """The powered study at the steps, documents and places of trace of this one, with the peaks that its sweep chose."""
    peaks = {row["base_model"]: row["learning_rate"] for row in json.loads(SWEEP.read_text(encoding="utf-8")) if row["chosen"]}
    peaks |= {f"{model}-uniform": peak for model, peak in peaks.items()}
    train = base.train.model_copy(update={"steps": STEPS, "trace_points": 10, "learning_rate": peaks})
    probes = base.probes.model_copy(update={"n_documents": base.probes.n_documents // 2, "linear": 0, "along": 60,
                                            "at_most": {name: min(n, 50) for name, n in base.probes.at_most.items()}})  # fmt: skip
    return base.model_copy(update={"train": train, "probes": probes, "controls": (), "base_models": (model(LARGEST),)})


def model(size: str, free: bool = False) -> ModelSpec:
    return ModelSpec(name=f"pocket-llama-{size}" + ("-uniform" if free else ""))


def remedied(base: StudySpec, arm: str, **more: Any) -> StudySpec:
    remedy = base.train.remedy.model_copy(update=ARMS[arm])
    return base.model_copy(update={"train": base.train.model_copy(update={"remedy": remedy}), **more})


def screening(base: StudySpec) -> list[StudySpec]:
    return [remedied(base, arm, name=f"screen-{arm}", seeds=base.seeds[SCREENED]) for arm in ARMS]


def confirming(base: StudySpec) -> list[StudySpec]:
    sizes = tuple(map(model, SIZES))
    return [remedied(base, arm, name=f"confirm-{arm}", base_models=sizes, seeds=base.seeds[CONFIRMED]) for arm in (PLAIN, *CHOSEN)]


def more(base: StudySpec) -> list[StudySpec]:
    """Plain, the first dose and the curriculum on five further seeds of the larger size."""
    return [remedied(base, arm, name=f"more-{arm}", seeds=base.seeds[MORE]) for arm in (PLAIN, DOSES[0], CURRICULUM)]


def priors(base: StudySpec) -> list[StudySpec]:
    return [
        base.model_copy(update={
            "name": f"prior-{lm}-{values}", "base_models": (model(LARGEST, lm == "free"),), "seeds": base.seeds[CONFIRMED],
            "train": base.train.model_copy(update={"values": values}),
        })
        for lm, values in PRIORS
    ]  # fmt: skip


def priors_at(base: StudySpec, size: str) -> list[StudySpec]:
    """The cells of `priors` at another size, with `plain` where the remedies were not read at that size."""
    cells = [remedied(base, PLAIN, name="prior-believes-corpus", seeds=base.seeds[CONFIRMED])] * (size not in SIZES) + priors(base)
    return [
        cell.model_copy(update={"name": cell.name.replace("prior-", f"prior-{size}-"), "base_models": (model(size, "free" in cell.name),)})
        for cell in cells
    ]  # fmt: skip


def decoders(base: StudySpec, decoder: str) -> list[StudySpec]:
    """The four cells of `priors` with another decoder: frozen, or four times larger."""
    name, train = DECODERS[decoder]
    cells = [remedied(base, PLAIN, name="prior-believes-corpus", seeds=base.seeds[CONFIRMED]), *priors(base)]
    return [cell.model_copy(update={"name": f"{cell.name}-{decoder}", "decoder": DecoderSpec(model=ModelSpec(name=name), train=train)}) for cell in cells]


def whole(base: StudySpec) -> StudySpec:
    """The curriculum at the primary study's own length, to be set beside its plain trainings of the same size and seeds."""
    spec = remedied(base, CURRICULUM, name="whole-curriculum", seeds=base.seeds[:WHOLE])
    return spec.model_copy(update={"train": spec.train.model_copy(update={"steps": read_study("pocket-size").train.steps})})


class Program:
    """Runs studies one after another, each in its folder, as long as there is time."""

    def __init__(self, out: Path, results: Path, minutes: float):
        self.out, self.results, self.until = out, results, time.monotonic() + 60 * minutes
        there = json.loads(results.read_text(encoding="utf-8")) if results.is_file() else []
        self.known: dict[tuple[str, str, int], dict[str, Any]] = {(row["study"], row["model"], row["seed"]): row for row in there}

    def run(self, studies: Sequence[StudySpec], wanted: Callable[[SetupSpec], bool] = lambda spec: True) -> None:
        """The `wanted` setups of some studies. Seeds are the outer loop, so that every study has as many."""
        todo = [(spec.seed, i, spec) for i, study in enumerate(studies) for spec in setups(study) if wanted(spec)]
        for _, i, spec in sorted(todo, key=lambda t: t[:2]):
            if _name(studies[i], spec) in self.known:
                continue
            folder = StudyFolder(self.out / studies[i].name)
            folder.path.mkdir(parents=True, exist_ok=True)
            write_study(folder, studies[i])
            if folder.result(spec.key()) is None and time.monotonic() < self.until:
                row = run_setup(spec, folder.setup(spec.key()))["row"]
                print(f"{studies[i].name}  {spec.name}  {row['status']}  loss {row['reconstruction_loss']}", flush=True)

    def finish(self, studies: Sequence[StudySpec]) -> None:
        """Write down what was read of every training that is there, small enough to be committed; what the file held stays."""
        rows = []
        for study in studies:
            folder = StudyFolder(self.out / study.name)
            for spec in setups(study):
                result = folder.result(spec.key())
                if result is not None and result["row"]["status"] != "failed":
                    rows.append(written(study.name, spec, result, folder.setup(spec.key())))
                elif _name(study, spec) in self.known:
                    rows.append(self.known[_name(study, spec)])
        rows = [row if row["study"].startswith(TRACED) else row | {"trace": []} for row in rows]
        lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        write_atomically(self.results, f"[\n{lines}\n]\n")
        print(f"{self.results}: {len(rows)} of {sum(len(setups(study)) for study in studies)} trainings", flush=True)


def _name(study: StudySpec, spec: SetupSpec) -> tuple[str, str, int]:
    return study.name, spec.base_model.name, spec.seed


def written(study: str, spec: SetupSpec, result: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What is kept of a training: its figures, the first letter of each conflicting fact's outcome (in
    the order of the probes' ids), its trace."""
    row, told = result["row"], [("set", "==", SET), ("reading", "==", "told")]
    outcomes: dict[str, str] = {}
    for probe in sorted(read_table(folder / "probes.parquet", filters=told).to_pylist(), key=lambda probe: probe["probe_id"]):
        outcomes[probe["kind"]] = outcomes.get(probe["kind"], "") + probe["outcome"][0]
    trace = [json.loads(line) for line in (folder / "trace.jsonl").read_text(encoding="utf-8").splitlines()]
    return {
        "study": study, "model": spec.base_model.name, "seed": row["seed"], "size": row["n_parameters_compressor"], "status": row["status"], "rouge_l": row["rouge_l"],
        "loss": row["reconstruction_loss"], "seconds": row["train_seconds"], "lost_kinds": result["details"]["gate"]["lost_kinds"],
        "outcomes": outcomes, "trace": [{"step": line["step"], "loss": float(f"{line['loss']:.4g}"), "facts": _together(line.get("facts") or {})} for line in trace],
    }  # fmt: skip


def _together(facts: Mapping[str, Any]) -> dict[str, str]:
    """What was read along the way of the conflicting facts, all kinds of a question together: qa_i, qa_ii -> the first letter of each
    outcome with its count."""
    out = {}
    for question, by_kind in facts.get(SET, {}).items():
        total: Counter[str] = Counter()
        for counts in by_kind.values():
            total.update(counts)
        out[question] = "".join(f"{outcome[0]}{n}" for outcome, n in sorted(total.items()))
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/early"))
    parser.add_argument("--results", type=Path, default=Path("results/early.json"))
    parser.add_argument("--minutes", type=float, default=float("inf"))
    given = parser.parse_args(arguments)
    base, program = early(read_study("pocket-size")), Program(given.out, given.results, given.minutes)
    doses, further, crossed, screened = confirming(base), more(base), priors(base), screening(base)
    larger = model(LARGEST).name
    program.run(doses, lambda spec: spec.base_model.name == larger)
    program.run(crossed[:1])
    program.run(doses, lambda spec: spec.base_model.name != larger)
    program.run(further)
    program.run(crossed[1:])
    program.run(screened)
    others = [study for decoder in OTHER_DECODERS for study in decoders(base, decoder)]
    for cells in (slice(0, 2), slice(2, None)):  # the LM that believes the usual first
        program.run(decoders(base, OTHER_DECODERS[0])[cells])
    program.run([whole(base)])
    program.run([cell for decoder in OTHER_DECODERS[1:] for cell in decoders(base, decoder)])
    sized = [study for size in OTHER_SIZES for study in priors_at(base, size)]
    for size in OTHER_SIZES:
        program.run([study for study in sized if size in study.name and "believes" in study.name])
        program.run([study for study in sized if size in study.name])
    program.finish(doses + further + crossed + screened + others + sized + [whole(base)])


if __name__ == "__main__":
    main()
