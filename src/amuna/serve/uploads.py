"""Uploads: files that wait in the workspace between their preview and the decision to take them in."""

from __future__ import annotations

import hashlib
import re
import time
from contextlib import suppress
from pathlib import Path

FOLDER = "uploads"
KEPT_S = 86_400.0
_NAME = re.compile(r"[0-9a-f]{16}-[A-Za-z0-9._-]{1,80}")


def keep(workspace: Path, name: str, content: bytes) -> Path:
    """Put a file aside under a name that its content decides, so that the same file again is the same feed.

    Parameters
    ----------
    workspace
        Folder of the workspace.
    name
        As the person calls it; only its last part counts, and only letters that any system takes.
    """
    sweep(workspace)
    folder = workspace / FOLDER
    folder.mkdir(exist_ok=True)
    safe = re.sub(r"[^A-Za-z0-9._-]", "_", re.split(r"[/\\]", name)[-1])[-80:] or "file"
    path = folder / f"{_digest(content)}-{safe}"
    path.write_bytes(content)
    return path


def waiting(workspace: Path, token: str) -> Path | None:
    """The file that waits under a name that `keep` gave, whole; None where it is gone or changed."""
    if not _NAME.fullmatch(token):
        return None
    path = workspace / FOLDER / token
    try:
        return path if _digest(path.read_bytes()) == token[:16] else None
    except OSError:
        return None


def discard(path: Path) -> None:
    """Remove a file that is no longer needed; that it has gone already does not matter."""
    with suppress(OSError):
        path.unlink()


def sweep(workspace: Path) -> None:
    """Remove the files that nobody decided about within a day."""
    for path in (workspace / FOLDER).glob("*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_S:
                path.unlink()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
