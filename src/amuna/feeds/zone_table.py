"""Zones as the utility describes them: outlines, names, people and connections, each checked on its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from amuna.domain.errors import ColumnMismatch
from amuna.domain.ports import Batch
from amuna.domain.table import INSTANT
from amuna.domain.tables import QUARANTINE
from amuna.domain.text import Text
from amuna.domain.zone_tables import ZONES
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.geojson import GEOMETRY
from amuna.feeds.numerals import parse_numbers
from amuna.feeds.outlines import OUT_OF_RANGE, BadOutline, Outline, read_outline
from amuna.feeds.prepare import text_of
from amuna.feeds.validate import Checked, Counts

KINDS = ("dma", "supply", "source")
_TEXTS = ("zone_id", "name", "kind", "parent_id", GEOMETRY)
_NUMBERS = ("population", "connections", "area_km2")


@dataclass(frozen=True)
class _Fault:
    """Why a zone is refused."""

    field: str
    reason: str
    detail: str


def check_zones(batch: Batch, feed_map: FeedMap, *, now: datetime, batch_id: str = "") -> Checked:
    """Part the zones of a batch into accepted and quarantined.

    A zone without a kind is a `dma`, one without a name is called as its id, and the area is the outline's where none is told.

    Raises
    ------
    ColumnMismatch
        If no outline lies in the range of degrees: its coordinates are projected.
    """
    columns = _columns(batch, feed_map)
    values = _values(batch, columns, feed_map)
    outlines = [_outline(text, columns[GEOMETRY]) for text in values[GEOMETRY]]
    _require_degrees(batch, outlines)
    times = Counter(values["zone_id"].to_list())
    accepted, refused = [], []
    for row, outline, raw in zip(
        values.iter_rows(named=True), outlines, batch.rows.iter_rows(named=True), strict=True
    ):
        fault = next(_faults(row, outline, columns, raw, times=times[row["zone_id"]]), None)
        if fault is None:
            accepted.append(_zone(row, outline if isinstance(outline, Outline) else None))
        refused.append(fault)
    quarantined = _quarantined(batch, refused, now=now, batch_id=batch_id)
    counts = Counts(len(refused) + _lost(batch), len(accepted), quarantined.height, 0)
    return Checked(ZONES, ZONES.frame(accepted), quarantined, counts)


def _columns(batch: Batch, feed_map: FeedMap) -> dict[str, str]:
    """Source column of each column of ZONES; empty where there is none."""
    outline = feed_map.geometry or (GEOMETRY if GEOMETRY in batch.rows.columns else "")
    told = {
        "zone_id": feed_map.zone,
        "name": feed_map.name,
        "kind": feed_map.zone_kind,
        "parent_id": feed_map.parent,
        "population": feed_map.population,
        "connections": feed_map.connections,
        "area_km2": feed_map.area,
        GEOMETRY: outline,
    }
    return {name: column or "" for name, column in told.items()}


def _values(batch: Batch, columns: dict[str, str], feed_map: FeedMap) -> pl.DataFrame:
    """The rows under the contract's names; null where nothing is told or a number cannot be read."""
    absent = pl.Series([None], dtype=pl.String).new_from_index(0, batch.rows.height)
    raw = {name: batch.rows[column] if column else absent for name, column in columns.items()}
    texts = {name: text_of(raw[name]).replace("", None) for name in _TEXTS}
    numbers = {name: parse_numbers(raw[name], feed_map.decimal) for name in _NUMBERS}
    return pl.DataFrame(texts | numbers)


def _outline(text: str | None, column: str) -> Outline | _Fault | None:
    if text is None:
        return None
    try:
        return read_outline(text)
    except BadOutline as error:
        return _Fault(column, error.reason, error.detail)


def _require_degrees(batch: Batch, outlines: list[Outline | _Fault | None]) -> None:
    """One outline outside the globe is a slip; if all are, the file has another reference system."""
    told = [each for each in outlines if each is not None]
    faults = [each for each in told if isinstance(each, _Fault) and each.reason == OUT_OF_RANGE]
    if faults and len(faults) == len(told):
        raise ColumnMismatch(
            Text(
                "{file}: ningún contorno está en grados. Se encontró {found}, que parece estar en metros.",
                "{file}: no outline is in degrees. Found {found}, which looks like metres.",
            ),
            remedy=Text(
                "Expórtelo de nuevo con el sistema de referencia EPSG:4326 (WGS 84); en QGIS, con Exportar > Guardar objetos como.",
                "Export it again with the reference system EPSG:4326 (WGS 84), in QGIS with Export > Save Features As.",
            ),
            file=batch.source,
            found=faults[0].detail.split(";")[0].removeprefix("Found "),
        )


def _faults(
    row: dict[str, Any],
    outline: Outline | _Fault | None,
    columns: dict[str, str],
    raw: dict[str, Any],
    *,
    times: int,
) -> Iterator[_Fault]:
    """What is wrong with a zone, the gravest first."""
    zone, kind = row["zone_id"], row["kind"]
    if zone is None:
        yield _Fault(
            columns["zone_id"], "missing_zone", "Empty; expected the zone. Complete it at its source."
        )
    elif times > 1:
        yield _Fault(
            columns["zone_id"],
            "repeated_zone",
            f"Found '{zone}' {times} times; expected it once. Merge its parts into one feature.",
        )
    if kind is not None and kind.lower() not in KINDS:
        yield _Fault(
            columns["kind"],
            "unknown_kind",
            f"Found '{kind}'; expected {', '.join(KINDS)}. Correct it at its source.",
        )
    if zone is not None and row["parent_id"] == zone:
        yield _Fault(
            columns["parent_id"],
            "wrong_parent",
            f"Found '{zone}', the zone itself; expected the zone that feeds it.",
        )
    for name in _NUMBERS:
        yield from _number_faults(
            row[name], raw.get(columns[name]), columns[name], whole=name == "connections"
        )
    if isinstance(outline, _Fault):
        yield outline


def _number_faults(value: float | None, raw: object, column: str, *, whole: bool) -> Iterator[_Fault]:
    told = raw is not None and str(raw).strip() != ""
    if value is None and told:
        yield _Fault(
            column,
            "not_a_number",
            f"Found '{raw}'; expected a number. Correct it, or set decimal under [feeds.NAME].",
        )
    elif value is not None and not 0 <= value < float("inf"):
        yield _Fault(column, "negative", f"Found '{raw}'; expected zero or more. Correct it at its source.")
    elif value is not None and whole and value != round(value):
        yield _Fault(
            column, "not_a_number", f"Found '{raw}'; expected a whole number. Correct it at its source."
        )


def _zone(row: dict[str, Any], outline: Outline | None) -> dict[str, Any]:
    area = row["area_km2"] if row["area_km2"] is not None else outline and outline.area_km2
    return row | {
        "name": row["name"] or row["zone_id"],
        "kind": (row["kind"] or KINDS[0]).lower(),
        "connections": None if row["connections"] is None else int(row["connections"]),
        "area_km2": area,
        GEOMETRY: outline and outline.geometry,
    }


def _quarantined(batch: Batch, refused: list[_Fault | None], *, now: datetime, batch_id: str) -> pl.DataFrame:
    faults = pl.DataFrame(
        [
            (None, None, None) if fault is None else (fault.field, fault.reason, fault.detail)
            for fault in refused
        ],
        schema={"field": pl.String, "reason": pl.String, "detail": pl.String},
        orient="row",
    )
    rows = batch.rows.select(
        source=pl.lit(batch.source),
        row=pl.col("_row").cast(pl.Int64),
        original=pl.struct(pl.exclude("_row", "_part")).struct.json_encode(),
    )
    bad = pl.concat([rows, faults], how="horizontal").filter(pl.col("reason").is_not_null())
    if batch.refused is not None:
        bad = pl.concat([bad, batch.refused], how="diagonal")
    stamped = bad.with_columns(recorded_at=pl.lit(now).cast(INSTANT), batch_id=pl.lit(batch_id))
    return QUARANTINE.check(stamped.select(QUARANTINE.names))


def _lost(batch: Batch) -> int:
    return 0 if batch.refused is None else batch.refused.height
