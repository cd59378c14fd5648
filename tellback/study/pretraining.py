"""`tellback pretrain`: make (or make again) the pocket language models, and measure what came out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tellback.config import read_study
from tellback.errors import UsageError
from tellback.registry import choose
from tellback.store import cache_dir


def pretrain_models(names: list[str], out: Path | None, config: str, seed: int, force: bool) -> None:
    """Pretrain each named pocket model for the world of study `config`; prints its belief and copying."""
    import torch

    from tellback.corpora.pocket import PocketSettings, World
    from tellback.models.load import MODELS
    from tellback.models.pocket import SIZES, build, fingerprint, pretrain, recipe_of, save_weights

    study = read_study(config)
    if not study.corpus.is_world:
        raise UsageError(f"study {study.name!r} is not about the pocket world but {study.corpus.name!r}.")
    pocket = {name: name for name in MODELS if name.startswith("pocket-")}
    world = World(PocketSettings(**study.corpus.world))
    folder = out or cache_dir()
    torch.set_num_threads(1)
    for name in [choose("pocket model", n, pocket) for n in names]:
        path = folder / f"{name}-{fingerprint(name, seed, world)}.safetensors"
        if path.is_file() and not force:
            print(f"{name}: {path} is there (--force makes it again)")
            continue
        _, family, size, *_ = name.split("-")
        lm = build(family, SIZES[size], world, seed)
        lm.name = name
        pretrain(lm, recipe_of(name, world), world, seed, lambda line: print(line, flush=True))
        folder.mkdir(parents=True, exist_ok=True)
        save_weights(lm, path)
        found = measure(lm, world)
        print(f"{name}  belief {found['belief']['mean_probability']:.3f} (n = {found['belief']['n']})  "
              f"copies {found['copied']:.3f} of {found['n']} facts  {path}")  # fmt: skip


def measure(lm: Any, world: Any, n_documents: int = 50) -> dict[str, Any]:
    """Belief over all usual facts met, and the share of facts of conflicting and neutral documents told back whole."""
    from tellback.compressors.base import Identity, Options
    from tellback.models.belief import closed_book, summary
    from tellback.models.decoder import Decoder
    from tellback.readers import cues
    from tellback.reading import Reader

    corpus = world.corpus(("pocket-agree", "pocket-stress", "pocket-neutral"), n_documents, 8)
    decoder = Decoder(lm)
    probes = [p for documents in corpus.sets.values() for d in documents for p in d.probes if p.believed]
    reader = Reader(Identity(lm, decoder, 1.0, Options()), decoder)
    outcomes = []
    for name in ("pocket-stress", "pocket-neutral"):
        documents = corpus.sets[name]
        told = reader.tell_back(reader.compress([d.text for d in documents]))
        for document, text in zip(documents, told, strict=True):
            outcomes += [v.outcome for v in cues.read(document, text, corpus, {})]
    return {"belief": summary(closed_book(decoder, probes), probes),
            "copied": outcomes.count("faithful") / len(outcomes), "n": len(outcomes)}  # fmt: skip
