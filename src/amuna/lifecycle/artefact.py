"""Artefacts: the tables of a training as Parquet files whose bytes the rows alone decide."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import polars as pl

_ROW_GROUP = 100_000


@dataclass(frozen=True)
class Layout:
    """Where the tables of a kind of training lie.

    Parameters
    ----------
    folders
        Folder of each table.
    digested
        Tables that the data, the settings and the code decide to the last bit.
    main
        Folder that a version of the model consists of.
    """

    folders: Mapping[str, str]
    digested: tuple[str, ...]
    main: str

    def file_of(self, name: str) -> str:
        """Path of a table inside the artefacts of its run: `fleet/models.parquet`."""
        return f"{self.folders[name]}/{name}.parquet"


FLEET = Layout(
    {
        "models": "fleet",
        "states": "fleet",
        "calibration": "fleet",
        "run": "fleet",
        "evidence": "evidence",
        "lead_evidence": "evidence",
    },
    ("models", "states", "calibration", "evidence"),
    "fleet",
)
ZONES = Layout(
    {"zone_models": "zones", "run": "zones", "zone_errors": "evidence", "importance": "evidence"},
    ("zone_models", "zone_errors", "importance"),
    "zones",
)


def packed(frame: pl.DataFrame) -> bytes:
    """The rows as Parquet, sorted and compressed always in the same way."""
    plain = [name for name, dtype in frame.schema.items() if not dtype.is_nested()]
    file = BytesIO()
    frame.sort(plain).write_parquet(
        file, compression="zstd", compression_level=3, statistics=True, row_group_size=_ROW_GROUP
    )
    return file.getvalue()


def unpacked(content: bytes) -> pl.DataFrame:
    """The rows of a Parquet file."""
    return pl.read_parquet(BytesIO(content))


def digests(files: Mapping[str, bytes], layout: Layout = FLEET) -> dict[str, str]:
    """SHA-256 of every part that data, settings and code decide, and of all of them together as `all`.

    Left out are the row of the run, which holds times, and the errors by lead, which are sums over slabs: their last
    digits depend on where an interrupted training went on.
    """
    parts = {name: hashlib.sha256(files[name]).hexdigest() for name in layout.digested}
    together = "\n".join(f"{name} {parts[name]}" for name in layout.digested)
    return {**parts, "all": hashlib.sha256(together.encode()).hexdigest()}
