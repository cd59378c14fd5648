"""A trained reader by the path or name of what holds it: a setup of a study, a saved folder, a hub name."""

from __future__ import annotations

import json
from pathlib import Path

from tellback import store
from tellback.errors import UsageError
from tellback.hub import HUB_NAME
from tellback.measured import measured_in
from tellback.models.fingerprint import Fingerprint
from tellback.registry import unknown
from tellback.saved import Setup, build_reader, check_bases, is_saved
from tellback.store import WEIGHTS
from tellback.training.checkpoint import read_weights
from tellback.training.pair import Pair


def load(path: str | Path) -> Setup:
    """A trained reader: a setup of a study ("runs/my-study/pooling-4x": its name, what its name begins with, or its
    key), a folder that `save_pretrained` wrote, or a hub name ("owner/name").

    Raises UsageError when there is none, when it was not finished, or when it is broken.
    """
    folder = Path(path)
    if is_saved(folder):
        return Setup.from_pretrained(folder)
    if (folder / "spec.json").is_file() or (folder.parent / "setups").is_dir():
        return load_reader(folder)
    if (folder / "setups").is_dir():
        names = "\n  ".join(sorted(setups_in(folder)))
        raise UsageError(f"{folder} is a study. Give one of its setups, as {folder}/NAME:\n  {names}")
    if HUB_NAME.fullmatch(str(path)) and not folder.parent.exists():
        return Setup.from_pretrained(str(path))
    raise UsageError(
        f"{folder} is neither a setup of a study (STUDY_FOLDER/NAME), nor a saved folder (with tellback.json), nor a "
        f"hub name (owner/name)."
    )


def setups_in(study: Path) -> dict[str, Path]:
    """name -> folder of every setup that was begun in a study's folder."""
    return {store.read_json(path, store.ANEW)["name"]: path.parent
            for path in sorted((study / "setups").glob("*/spec.json"))}  # fmt: skip


def find_setup(study: Path, name: str) -> Path:
    """The setup called `name`, or the only one whose name begins so, or the one with that key.

    Raises UsageError that lists what there is.
    """
    found = setups_in(study)
    keyed = study / "setups" / name
    if name in found or (keyed / "spec.json").is_file():
        return found.get(name, keyed)
    begin = [n for n in found if n.startswith(name)]
    if len(begin) == 1:
        return found[begin[0]]
    if begin:
        raise UsageError(f"{len(begin)} setups begin with {name!r}: {', '.join(begin)}. Give more of the name.")
    raise UsageError(unknown("setup", name, found))


def load_reader(path: Path) -> Setup:
    """The trained reader of the setup at DIR/<setup name, the beginning of one, or key>."""
    folder = path if (path / "spec.json").is_file() else find_setup(path.parent, path.name)
    if (result := store.read_result(folder)) is None:
        raise UsageError(f"setup {path.name!r} is not finished. Run its study again; it goes on where it stopped.")
    if result["row"]["status"] == "failed":
        why = result["details"].get("error")
        raise UsageError(f"setup {path.name!r} failed when its study ran ({why}), so it has no weights.")
    spec = store.read_setup_spec(folder)
    reader = build_reader(spec.reader)
    reader.measured = measured_in(folder, spec, result)
    if reader.compressor.trainable:
        found = read_weights(Pair(reader.compressor, reader.decoder), folder / WEIGHTS)
        if "trained_on" in found:  # weights from before they said so carry nothing
            on = json.loads(found["trained_on"])
            check_bases(reader, (Fingerprint(**on["base"]), Fingerprint(**on["decoder"])), folder)
        reader.decoder.tells_back = True
        if (folder / store.TRAINED).is_file():
            progress = store.read_json(folder / store.TRAINED, "Remove it to do without what it says of the training.")
            reader.longest_trained = progress.get("longest") or None
            reader.training = {name: progress.get(of) for name, of in (("steps", "step"), ("tokens", "tokens"), ("longest", "longest"))}
    return reader
