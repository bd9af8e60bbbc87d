"""Population projections: the national one of Peru, and a utility's own by zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from amuna.domain.errors import ColumnMismatch, NotEnoughData
from amuna.domain.panel import Floats
from amuna.domain.text import Text

# INEI, Compendio estadístico, cuadro 3.20 "Población estimada y proyectada por sexo y tasa de crecimiento, según año
# calendario, 2010-2070": Peru, 30 June of each year [people].
INEI_FIRST = 2010
INEI_PERU = (
    *(28692915, 28905725, 29113162, 29341346, 29616414, 29964499, 30422831, 30973992, 31562130, 32131400),
    *(32625948, 33035304, 33396698, 33725844, 34038457, 34350244, 34660114, 34957600, 35244330, 35521943),
    *(35792079, 36054888, 36309290, 36555034, 36791909, 37019661, 37238190, 37447651, 37648215, 37840036),
    *(38023290, 38198236, 38364756, 38522478, 38670990, 38809920, 38939517, 39060054, 39171129),
)
INEI_LAST = INEI_FIRST + len(INEI_PERU) - 1
_COLUMNS = ("zone_id", "year", "population")
_REMEDY = Text(
    "docs/planning.md muestra el archivo: zone_id, year, population, una fila por zona y año.",
    "docs/planning.md shows the file: zone_id, year, population, one row for each zone and year.",
)
_A_ROW = Text("fila {row}: {found!r}", "row {row} is {found!r}")
_EMPTY_ROW = Text("fila {row}: vacía", "row {row} is empty")
_FITTING = {
    "zone_id": Text("una zona", "a zone"),
    "year": Text("un año como 2030", "a year such as 2030"),
    "population": Text("un número mayor que 0", "a number above 0"),
}


@dataclass(frozen=True)
class Projection:
    """People of each zone and year.

    Parameters
    ----------
    source
        `inei`, or the file it is from.
    zones
        Zone to people of each year from `first` on; empty where one path holds for all.
    all
        People of all of them.
    """

    source: str
    first: int
    zones: dict[str, Floats]
    all: Floats

    def growth(self, zone: str, base: int, years: int) -> Floats:
        """Logarithm of people after 1 to `years` years over those of the base year, shape (years,).

        Raises
        ------
        NotEnoughData
            If the projection does not reach from the base year to the last one.
        """
        path, at = self.zones.get(zone, self.all), base - self.first
        if at < 0 or at + years >= len(path):
            last = self.first + len(path) - 1
            raise NotEnoughData(
                Text(
                    "La proyección de población ({source}) va de {first} a {last}; se necesita de {base} a {needed}.",
                    "The population projection ({source}) is of {first} to {last}; {base} to {needed} are needed.",
                ),
                remedy=Text(
                    "Dé una que los tenga con --population ARCHIVO, o growth_percent en el escenario.",
                    "Give one that has them with --population FILE, or growth_percent in the scenario.",
                ),
                source=self.source,
                first=self.first,
                last=last,
                base=base,
                needed=base + years,
            )
        return np.log(path[at + 1 : at + years + 1] / path[at])


def inei() -> Projection:
    """Peru's projection."""
    return Projection("inei", INEI_FIRST, {}, np.array(INEI_PERU, dtype=np.float64))


def check_projection(
    rows: pl.DataFrame, *, place: str, zones: Sequence[str], base: int, years: int
) -> Projection:
    """A projection by zone out of rows of text, each value checked.

    Parameters
    ----------
    rows
        zone_id, year, population, as text or numbers.
    place
        File, for messages.
    zones
        Zones that need a projection.
    base, years
        Years base to base + years that each zone needs.

    Raises
    ------
    ColumnMismatch
        If a column, zone or year is missing, double, unknown, or a value impossible.
    """
    missing = [name for name in _COLUMNS if name not in rows.columns]
    if missing:
        raise _wrong(
            place,
            missing[0],
            Text("columnas {names}", "columns {names}").fill(names=", ".join(rows.columns)),
            Text("una columna {name}", "a column {name}").fill(name=missing[0]),
        )
    typed = _typed(rows, place)
    _check_zones(typed, zones, place)
    last = base + years
    paths = {}
    for (zone,), of_zone in typed.sort("year").group_by("zone_id", maintain_order=True):
        kept = of_zone.filter(pl.col("year").is_between(base, last))
        for year in range(base, last + 1):
            if year not in kept["year"]:
                raise _wrong(
                    place,
                    "year",
                    Text("falta el año {year} de la zona {zone}", "no year {year} of zone {zone}").fill(
                        year=year, zone=zone
                    ),
                    Text("cada año de {base} a {last}", "every year {base} to {last}").fill(
                        base=base, last=last
                    ),
                )
        paths[str(zone)] = kept["population"].to_numpy()
    return Projection(place, base, paths, np.sum(list(paths.values()), axis=0))


def _typed(rows: pl.DataFrame, place: str) -> pl.DataFrame:
    text = rows.select(pl.col(_COLUMNS).cast(pl.String).str.strip_chars()).with_row_index("row", 2)
    typed = text.with_columns(
        pl.col("year").cast(pl.Int64, strict=False), pl.col("population").cast(pl.Float64, strict=False)
    )
    unfit = {
        "zone_id": pl.col("zone_id").fill_null("") == "",
        "year": pl.col("year").is_null(),
        "population": ~(pl.col("population").is_finite() & (pl.col("population") > 0)).fill_null(False),
    }
    for column, fails in unfit.items():
        bad = typed.filter(fails)
        if len(bad):
            row = bad["row"][0]
            found = text.filter(pl.col("row") == row)[column][0]
            told = (_A_ROW if found else _EMPTY_ROW).fill(row=row, found=found)
            raise _wrong(place, column, told, _FITTING[column])
    twice = typed.filter(pl.struct("zone_id", "year").is_duplicated())
    if len(twice):
        zone, year = twice["zone_id"][0], twice["year"][0]
        raise _wrong(
            place,
            "year",
            Text(
                "dos filas de la zona {zone} y el año {year}", "two rows of zone {zone} and year {year}"
            ).fill(zone=zone, year=year),
            Text("una fila", "one row"),
        )
    return typed


def _check_zones(typed: pl.DataFrame, zones: Sequence[str], place: str) -> None:
    given = set(typed["zone_id"])
    lacking, strange = sorted(set(zones) - given), sorted(given - set(zones))
    if lacking:
        raise _wrong(
            place,
            "zone_id",
            Text("ninguna fila de {zones}", "no row of {zones}").fill(zones=_listed(lacking)),
            Text("todas las zonas que tienen cuentas", "every zone that has accounts"),
        )
    if strange:
        raise _wrong(
            place,
            "zone_id",
            _listed(strange),
            Text("zonas que tienen cuentas: {zones}", "zones that have accounts: {zones}").fill(
                zones=_listed(list(zones))
            ),
        )


def _listed(names: list[str], most: int = 5) -> Text:
    shown = ", ".join(names[:most])
    if len(names) <= most:
        return Text.both(shown)
    return Text("{shown} y {rest} más", "{shown} and {rest} more").fill(shown=shown, rest=len(names) - most)


def _wrong(place: str, field: str, found: Text, expected: Text) -> ColumnMismatch:
    return ColumnMismatch(
        Text(
            "{file}: {column}: {found}; se esperaba: {expected}.",
            "{file}: {column}: {found}; expected {expected}.",
        ),
        remedy=_REMEDY,
        file=place,
        column=field,
        found=found,
        expected=expected,
    )
