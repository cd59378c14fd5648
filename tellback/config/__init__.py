"""What a study is asked to do: small frozen models, checked at construction, nothing of torch."""

from tellback.config.named import CompressorSpec, CorpusSpec, Frozen, ModelSpec, Named, Unit, parse, placeless
from tellback.config.read import BUILT_IN, read_study, studies
from tellback.config.study import (
    PROBE_VERSION,
    SCHEMA,
    DecoderSpec,
    GridSpec,
    ProbeSpec,
    ReaderSpec,
    SetupSpec,
    StudySpec,
    VerdictReaderSpec,
)
from tellback.config.train import RemedySpec, StageSpec, TrainSpec

__all__ = [
    "BUILT_IN", "CompressorSpec", "CorpusSpec", "DecoderSpec", "Frozen", "GridSpec", "ModelSpec", "Named",
    "PROBE_VERSION", "ProbeSpec", "ReaderSpec", "RemedySpec", "SCHEMA", "SetupSpec", "StageSpec", "StudySpec", "TrainSpec", "Unit",
    "VerdictReaderSpec", "parse", "placeless", "read_study", "studies",
]
