"""The holder of an embedded store: a small file beside it that says which process has it open, for the ones that wait."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from amuna.domain.text import Text

_PID = re.compile(r"\(PID (\d+)\)")
_HOLDING = Text("{command} (PID {pid}, desde {since})", "{command} (PID {pid}, since {since})")
_ANSWERING = Text(
    "{command} (PID {pid}, desde {since}, atiende en {door})",
    "{command} (PID {pid}, since {since}, answering at {door})",
)


@dataclass(frozen=True)
class Holder:
    """A process that has the store open.

    Parameters
    ----------
    pid
        Its number.
    command
        What it runs, such as `amuna serve`.
    since
        When it opened the store (UTC).
    door
        Address at which it answers; empty where it has none.
    """

    pid: int
    command: str
    since: str
    door: str = ""


def holder_file(place: str | Path) -> Path:
    """The file beside a store."""
    return Path(f"{place}.holder")


def write_holder(place: str | Path, holder: Holder) -> None:
    """Say who holds the store; replaced as a whole, so that nobody reads half of it."""
    file = holder_file(place)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    draft.replace(file)


def remove_holder(place: str | Path) -> None:
    """Take back what this process said."""
    holder = _read(place)
    if holder is not None and holder.pid == os.getpid():
        holder_file(place).unlink(missing_ok=True)


def described_holder(place: str | Path, complaint: str) -> Text:
    """Who holds the store, from what the database complained and what the holder said; empty where neither tells.

    The number in the complaint is the truth: a file whose process is another one was left behind by a kill.
    """
    found = _PID.search(complaint)
    if found is None:
        return Text.both("")
    holder = _read(place)
    if holder is None or str(holder.pid) != found[1]:
        return Text("el proceso con PID {pid}", "process PID {pid}").fill(pid=found[1])
    return (_ANSWERING if holder.door else _HOLDING).fill(**asdict(holder))


def _read(place: str | Path) -> Holder | None:
    try:
        return Holder(**json.loads(holder_file(place).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
