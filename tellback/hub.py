"""The hub: a saved folder up, a saved folder down; what its client raises becomes a message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tellback.errors import UsageError

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def check_name(repo: str) -> None:
    if not HUB_NAME.fullmatch(repo):
        raise UsageError(f"a hub name is owner/name, got {repo!r}.")


def fetch(name: str, files: Sequence[str]) -> Path:
    """The folder of the hub's repository `name` (owner/name), downloaded or from the cache."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(files)))
    except Exception as error:  # the client raises its own errors, its HTTP library's and the system's
        raise UsageError(
            f"{name!r} is no folder here, and could not be fetched from the hub: {_first_line(error)} Check the name "
            f"and the network, or give the path of a saved folder."
        ) from None


def upload(folder: Path, repo: str, private: bool, token: str | None) -> str:
    """Upload `folder` as the hub's repository `repo`, made where it is not there; gives its address."""
    from huggingface_hub import HfApi

    try:
        api = HfApi(token=token)
        url = api.create_repo(repo, private=private, exist_ok=True)
        api.upload_folder(repo_id=repo, folder_path=folder, commit_message="Saved by tellback")
    except Exception as error:  # as in `fetch`
        raise UsageError(
            f"{repo!r} could not be pushed to the hub: {_first_line(error)} Check the network and log in with "
            f"`hf auth login`, or use save_pretrained and upload the folder later."
        ) from None
    return str(url)


def _first_line(error: Exception) -> str:
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line if line.endswith((".", "!", "?")) else line + "."
