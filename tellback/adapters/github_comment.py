"""The audit as one comment on the pull request that the job runs for: written once, and written over from then on."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MARK = "<!-- tellback audit -->"  # how the comment is found again
PAGES, A_PAGE = 20, 100  # of a pull request's comments that are looked through
PATIENCE = 30  # seconds


def comment(text: str, environment: Mapping[str, str]) -> bool:
    """Write `text` as the comment. Where that cannot be (no pull request, no right to write), says so on standard error and
    gives False: an audit has passed or failed without it."""
    number = _number(environment)
    repository, token = environment.get("GITHUB_REPOSITORY", ""), environment.get("GITHUB_TOKEN", "")
    if number is None or not repository or not token:
        return _left("this event is no pull request, or there is no token")
    import requests

    address = f"{environment.get('GITHUB_API_URL') or 'https://api.github.com'}/repos/{repository}/issues"
    with requests.Session() as session:
        session.headers.update({"authorization": f"Bearer {token}", "accept": "application/vnd.github+json"})
        try:
            own = _own(session, f"{address}/{number}/comments")
            body = {"body": f"{MARK}\n{text}"}
            answer = (
                session.patch(f"{address}/comments/{own}", json=body, timeout=PATIENCE) if own
                else session.post(f"{address}/{number}/comments", json=body, timeout=PATIENCE)
            )  # fmt: skip
            answer.raise_for_status()
        except (requests.RequestException, ValueError) as error:
            return _left(f"{type(error).__name__}: {error}. Has the job «permissions: pull-requests: write»?")
    return True


def _number(environment: Mapping[str, str]) -> int | None:
    try:
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        return int(event["pull_request"]["number"])
    except (KeyError, TypeError, ValueError, OSError):
        return None


def _own(session: Any, address: str) -> int | None:
    """The id of the comment of an earlier run; None where there is none."""
    for page in range(1, PAGES + 1):
        answer = session.get(address, params={"per_page": A_PAGE, "page": page}, timeout=PATIENCE)
        answer.raise_for_status()
        found = answer.json()
        for each in found:
            if str(each.get("body") or "").startswith(MARK) and (each.get("user") or {}).get("type") == "Bot":
                return int(each["id"])
        if len(found) < A_PAGE:
            return None
    return None


def _left(why: str) -> bool:
    print(f"no comment was written: {why}", file=sys.stderr)
    return False
