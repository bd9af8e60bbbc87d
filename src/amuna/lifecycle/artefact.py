"""Artefacts: the tables of a training as Parquet files whose bytes the rows alone decide."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO

import polars as pl

FOLDERS = {
    "models": "fleet",
    "states": "fleet",
    "calibration": "fleet",
    "run": "fleet",
    "evidence": "evidence",
    "lead_evidence": "evidence",
}
DIGESTED = ("models", "states", "calibration", "evidence")
_ROW_GROUP = 100_000


def file_of(name: str) -> str:
    """Path of a table inside the artefacts of its run: `fleet/models.parquet`."""
    return f"{FOLDERS[name]}/{name}.parquet"


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


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 of every part that data, settings and code decide, and of all of them together as `all`.

    Left out are the row of the run, which holds times, and the errors by lead, which are sums over slabs: their last
    digits depend on where an interrupted training went on.
    """
    parts = {name: hashlib.sha256(files[name]).hexdigest() for name in DIGESTED}
    together = "\n".join(f"{name} {parts[name]}" for name in DIGESTED)
    return {**parts, "all": hashlib.sha256(together.encode()).hexdigest()}
