"""AnswerCache: answers of a server kept on disk, each with the instant when it came."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """What a server said.

    Parameters
    ----------
    request
        What was asked.
    fetched_at
        When the answer came, with a zone.
    body
        The answer, as JSON has it.
    """

    request: str
    fetched_at: datetime
    body: object


@dataclass(frozen=True)
class AnswerCache:
    """A folder of answers, one file for each name."""

    folder: Path

    def get(self, name: str) -> Answer | None:
        """The answer kept under a name; None where there is none, or its file is damaged."""
        try:
            kept = json.loads(self._file(name).read_text(encoding="utf-8"))
            return Answer(kept["request"], datetime.fromisoformat(kept["fetched_at"]), kept["body"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def put(self, name: str, answer: Answer) -> None:
        """Keep an answer under a name, in the place of an earlier one; a kill leaves the one or the other."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self._file(name)
        unfinished = file.with_suffix(f".{os.getpid()}")
        text = {"request": answer.request, "fetched_at": answer.fetched_at.isoformat(), "body": answer.body}
        unfinished.write_text(json.dumps(text), encoding="utf-8")
        unfinished.replace(file)

    def _file(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"
