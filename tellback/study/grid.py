"""From a StudySpec to its setups, in grid order. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase

from tellback.config import CompressorSpec, ModelSpec, SetupSpec, StudySpec
from tellback.errors import UsageError
from tellback.methods import CONTROLS


def setups(study: StudySpec, only: str | None = None) -> list[SetupSpec]:
    """Controls first, then rates x compressors x base models x seeds. `only` keeps setups whose name matches a glob.

    With `pretrain_per_seed`, the compressor of seed s starts from the checkpoint that was pretrained with seed s, so
    that a size is never confounded with one checkpoint; the decoder stays the same. Raises UsageError when nothing
    is left.
    """
    out = []
    for name, control in CONTROLS.items():
        if name in study.controls:
            out.append(_setup(study, study.decoder.model, CompressorSpec(name=name), control.rate, study.seeds[0]))
    for part in (study, *study.also):
        for rate in part.rates or study.rates:
            for compressor in part.compressors or study.compressors:
                for model in part.base_models or study.base_models:
                    for seed in part.seeds or study.seeds:
                        shift = seed if study.pretrain_per_seed else 0
                        base = model.model_copy(update={"seed": model.seed + shift})
                        out.append(_setup(study, base, compressor, rate, seed))
    found = [s for s in out if only is None or fnmatchcase(s.name, only)]
    if not found:
        names = "\n  ".join(s.name for s in out)
        raise UsageError(f"--only {only!r} matches no setup of {study.name!r}. It has:\n  {names}")
    doubles = {s.name for s in found if sum(o.name == s.name for o in found) > 1}
    if doubles:
        raise UsageError(f"study {study.name!r} lists {', '.join(sorted(doubles))} twice. Remove the double.")
    return found


def _setup(study: StudySpec, base: ModelSpec, compressor: CompressorSpec, rate: float | None, seed: int) -> SetupSpec:
    train = study.train
    if compressor.name not in CONTROLS:
        train = train.model_copy(update={"learning_rate": train.rate_for(base, rate, compressor.label)})
    else:
        train = train.model_copy(update={"learning_rate": 0.0})
    return SetupSpec(
        study=study.name, corpus=study.corpus, base_model=base, compressor=compressor, rate=rate, seed=seed,
        decoder=study.decoder, train=train, probes=study.probes, shuffled="shuffled" in study.controls, by=study.by, longest_piece=study.longest_piece,
    )  # fmt: skip
