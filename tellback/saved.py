"""Readers on disk and on the hub: a folder with a card (what it was made from) and the weights that trained."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tellback import hub
from tellback.compressors import build
from tellback.config import ModelSpec, ReaderSpec, parse
from tellback.display.model_card import model_card
from tellback.errors import UsageError
from tellback.measured import Measured
from tellback.methods import COMPRESSORS
from tellback.models.decoder import Decoder
from tellback.models.fingerprint import Fingerprint, fingerprint
from tellback.models.load import MODELS, depth_of, load
from tellback.reading import Reader
from tellback.training.checkpoint import read_weights, write_weights
from tellback.training.pair import Pair
from tellback.training.trainable import choose_trainable

CARD, WEIGHTS, README = "tellback.json", "weights.safetensors", "README.md"
FORMAT = 1  # of the folder


@dataclass
class Setup(Reader):
    """What `tellback.load` gives: a reader that knows what it was made from, and can be saved.

    >>> setup = tellback.load("runs/pocket/pooling-2x-pocket-llama-60k-s0")
    >>> memory = setup.compress(["Mira owns a white boat."])
    >>> setup.tell_back(memory), setup.ask(memory, "Which colour is the boat of Mira ?")
    """

    spec: ReaderSpec = field(kw_only=True)
    bases: tuple[Fingerprint, Fingerprint] | None = None  # of the compressor's LM and the decoder's, before training
    training: Mapping[str, Any] | None = None  # what is known of it
    measured: Measured | None = None  # by the study that it is from

    def save_pretrained(self, folder: str | Path) -> None:
        """Write the weights that trained, and cards that say on what and what they keep, into `folder`: whole, or not at all."""
        save(self, Path(folder))

    @classmethod
    def from_pretrained(cls, name: str | Path, *, base_model: str | None = None, decoder: str | None = None) -> Setup:
        """The setup in a saved folder, or in the hub's repository of that name.

        `base_model` and `decoder` say where the models lie now. Raises UsageError for models other than the ones it was
        trained on, and for a folder that is not whole.
        """
        folder = Path(name)
        return load_saved(folder if is_saved(folder) or folder.exists() else hub.fetch(str(name), [CARD, WEIGHTS, README]), base_model, decoder)

    def push_to_hub(self, repo: str, *, private: bool = False, token: str | None = None) -> str:
        """Upload it as `repo` (owner/name), made where it is not there; gives its address."""
        hub.check_name(repo)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / repo.split("/")[1]
            save(self, path)
            return hub.upload(path, repo, private, token)


class File(BaseModel):
    """A file of the folder."""

    file: str
    sha256: str


class Card(BaseModel):
    """What a saved folder says of itself, as its JSON has it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    format: int = Field(strict=True)
    reader: ReaderSpec
    tells_back: bool
    base: Fingerprint = Field(description="of the compressor's LM, before training")
    decoder: Fingerprint = Field(description="of the decoder's, before training")
    weights: File | None = Field(description="null where nothing trained")
    training: dict[str, Any] | None = None
    measured: Measured | None = None


def build_reader(spec: ReaderSpec) -> Setup:
    """Models, compressor and decoder of `spec`, untrained; which weights train is set, and what they were made on noted."""
    decoder = Decoder(load(spec.decoder.model, spec.world), spec.decoder.contrast)
    base = load(spec.base_model, spec.world)
    compressor = build(spec.compressor, base, decoder, spec.rate, spec.seed)
    reader = Setup(compressor, decoder, spec=with_absolute_paths(spec), by=spec.by, longest_piece=spec.longest_piece)
    if compressor.trainable:
        of_decoder = fingerprint(decoder.lm)
        reader.bases = (of_decoder if spec.base_model == spec.decoder.model else fingerprint(base), of_decoder)
        choose_trainable(compressor, decoder, spec.train, spec.decoder.train)
    return reader


def with_absolute_paths(spec: ReaderSpec) -> ReaderSpec:
    """`spec` with absolute paths, so that what was made from a folder is found again from any other."""

    def absolute(model: ModelSpec) -> ModelSpec:
        whole, depth = depth_of(model.name)
        here = whole not in MODELS and Path(whole).is_dir()
        name = os.path.abspath(whole) + ("" if depth is None else f"@{depth}")
        return model.model_copy(update={"name": name}) if here else model

    of_decoder = spec.decoder.model_copy(update={"model": absolute(spec.decoder.model)})
    return spec.model_copy(update={"base_model": absolute(spec.base_model), "decoder": of_decoder})


def is_saved(folder: Path) -> bool:
    return (folder / CARD).is_file()


def check_place(folder: Path) -> None:
    """Raise UsageError where no folder can be made or replaced: beneath a file, and the current folder itself."""
    whole = Path(os.path.abspath(folder))
    if whole == Path.cwd():
        raise UsageError(f"{folder} is the current folder, which cannot be replaced. Give a folder inside it.")
    above = next(parent for parent in whole.parents if parent.exists())
    if not above.is_dir():
        raise UsageError(f"{folder} cannot be made: {above} is a file. Give another folder.")


def save(reader: Setup, folder: Path) -> None:
    """Write `reader` into `folder`, which appears whole or not at all; a saved reader that was there is replaced.

    Raises UsageError when the folder holds anything else, or cannot be written.
    """
    old = set(os.listdir(folder)) if folder.is_dir() else set()
    if folder.exists() and (old - {CARD, WEIGHTS, README} or (old and CARD not in old) or not folder.is_dir()):
        raise UsageError(f"{folder} is not empty and holds something else than a saved setup. Give another folder.")
    check_place(folder)
    try:
        _put(reader, Path(os.path.abspath(folder)))
    except OSError as error:
        raise UsageError(f"{folder} could not be written: {error.strerror or error}. Give another folder.") from None


def _put(reader: Setup, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        made.chmod(0o755)  # mkdtemp lets nobody else in
        _write(reader, made, folder.name)
        if folder.exists():
            aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
            os.replace(folder, aside)
            os.replace(made, folder)
            shutil.rmtree(aside)
        else:
            os.replace(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _write(reader: Setup, folder: Path, name: str) -> None:
    from tellback.version import __version__

    spec = reader.spec
    bases = bases_of(reader)
    card: dict[str, Any] = {
        "format": FORMAT, "tellback": __version__, "reader": spec.model_dump(mode="json"),
        "tells_back": reader.decoder.tells_back, "base": asdict(bases[0]), "decoder": asdict(bases[1]), "weights": None,
        "training": reader.training, "measured": reader.measured and reader.measured.model_dump(mode="json"),
    }  # fmt: skip
    if reader.compressor.trainable:
        write_weights(Pair(reader.compressor, reader.decoder), folder / WEIGHTS)
        card["weights"] = {"file": WEIGHTS, "sha256": _digest(folder / WEIGHTS)}
    text = model_card(
        name, spec.compressor.label, COMPRESSORS[spec.compressor.name].about, spec.rate,
        (spec.base_model.name, spec.decoder.model.name), reader.training or {}, card["measured"],
    )  # fmt: skip
    (folder / README).write_text(text, encoding="utf-8")
    (folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load_saved(folder: Path, base_model: str | None = None, decoder: str | None = None) -> Setup:
    """The reader in `folder`; `base_model` and `decoder` say where its models lie now, if not where they were.

    Raises UsageError for a folder that is not whole, and for models that are not the ones it was trained on.
    """
    card = read_card(folder)
    reader = _build_on(_moved(card.reader, base_model, decoder), folder)
    check_bases(reader, (card.base, card.decoder), folder)
    if reader.compressor.trainable:
        path = folder / WEIGHTS
        if not path.is_file():
            raise UsageError(f"{folder} is not whole: {WEIGHTS} is missing. Fetch or save it again.")
        if card.weights is None or _digest(path) != card.weights.sha256:
            raise UsageError(f"{path} is broken: it is not the file that {CARD} describes. Fetch or save it again.")
        read_weights(Pair(reader.compressor, reader.decoder), path)
    reader.decoder.tells_back = card.tells_back
    reader.training, reader.measured = card.training, card.measured
    reader.longest_trained = (card.training or {}).get("longest")
    return reader


def bases_of(reader: Setup) -> tuple[Fingerprint, Fingerprint]:
    """Of the compressor's LM and the decoder's: as noted before they trained, or, where nothing trains, as they are."""
    if reader.bases is not None:
        return reader.bases
    of_decoder = fingerprint(reader.decoder.lm)
    same = reader.spec.base_model == reader.spec.decoder.model
    return of_decoder if same else fingerprint(reader.compressor.lm), of_decoder


def check_bases(reader: Setup, made_on: tuple[Fingerprint, Fingerprint], where: Path) -> None:
    """Raise UsageError, naming both, unless the compressor's LM and the decoder's are those of `made_on`."""
    done, would = ("trained", "write garbage") if reader.compressor.trainable else ("made", "write other memories")
    for which, expected, found in zip(("base", "decoder"), made_on, bases_of(reader), strict=True):
        if not expected.same(found):
            raise UsageError(
                f"{where} was {done} on the {which} model {expected}, but {found} was loaded. On another model it "
                f"would {would}: give the one it was {done} on."
            )


def read_card(folder: Path) -> Card:
    """The card of a saved folder; raises UsageError for one that is missing, broken or of a newer tellback."""
    path = folder / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is missing or broken: {error}. Fetch or save the folder again.") from None
    if not isinstance(card, dict):
        raise UsageError(f"{path} is broken: it holds no JSON object. Fetch or save the folder again.")
    if isinstance(newer := card.get("format"), int) and newer > FORMAT:
        raise UsageError(f"{path} has format {newer}, this tellback reads up to {FORMAT}. Install a newer one.")
    try:
        return parse(Card, card, str(path))
    except UsageError as error:
        raise UsageError(f"{error}\nThe file is broken. Fetch or save the folder again.") from None


def _moved(spec: ReaderSpec, base_model: str | None, decoder: str | None) -> ReaderSpec:
    if decoder is None and spec.base_model == spec.decoder.model:
        decoder = base_model
    base = spec.base_model.model_copy(update={"name": base_model} if base_model else {})
    of_decoder = spec.decoder.model.model_copy(update={"name": decoder} if decoder else {})
    return spec.model_copy(
        update={"base_model": base, "decoder": spec.decoder.model_copy(update={"model": of_decoder})}
    )


def _build_on(spec: ReaderSpec, folder: Path) -> Setup:
    try:
        return build_reader(spec)
    except UsageError as error:
        hint = f"{folder} needs its base model; base_model=... and decoder=... say where it lies now."
        raise UsageError(f"{error}\n{hint}") from None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
