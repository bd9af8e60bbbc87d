"""What a plan supposes, from files."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from amuna.domain.errors import SourceUnreadable
from amuna.domain.text import Text

if TYPE_CHECKING:
    from amuna.forecasting.longterm.base_year import BaseYear
    from amuna.forecasting.longterm.population import Projection
    from amuna.forecasting.longterm.scenarios import Scenario

_SHOWN = Text("docs/planning.md muestra uno.", "docs/planning.md shows one.")
_TABLE_SHOWN = Text(
    "docs/planning.md muestra una: zone_id, year, population.",
    "docs/planning.md shows one: zone_id, year, population.",
)


def scenarios(path: Path | None) -> tuple[Scenario, ...]:
    """The scenarios that come with Amuna, and those of a file after them.

    Raises
    ------
    SourceUnreadable
        If the file is not there or not TOML.
    UnknownSetting
        If a field is unknown or a value impossible.
    """
    from amuna.forecasting.longterm.scenario_file import parse_scenarios
    from amuna.forecasting.longterm.scenarios import STANDARD

    if path is None:
        return STANDARD
    try:
        content = tomllib.loads(_read(path).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(path, Text.both("TOML"), error, _SHOWN) from error
    own = parse_scenarios(content, place=str(path), known=STANDARD)
    names = {scenario.name for scenario in own}
    return (*(scenario for scenario in STANDARD if scenario.name not in names), *own)


def population(path: Path | None, base: BaseYear, *, years: int) -> Projection:
    """The population projection of a CSV file by zone; Peru's without one.

    Raises
    ------
    SourceUnreadable
        If the file is not there or no table.
    ColumnMismatch
        If a column, zone or year is missing, or a value impossible.
    """
    from amuna.forecasting.longterm.population import check_projection, inei
    from amuna.workflows.views.demand import UNKNOWN

    if path is None:
        return inei()
    try:
        rows = pl.read_csv(_read(path), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise _unreadable(path, Text("una tabla CSV", "a CSV table"), error, _TABLE_SHOWN) from error
    zones = [name for name in base.zones if name != UNKNOWN]
    return check_projection(rows, place=str(path), zones=zones, base=base.year, years=years)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise SourceUnreadable(
            Text("{file}: no existe ese archivo.", "{file}: there is no such file."),
            remedy=Text("Revise la ruta.", "Check the path."),
            file=str(path),
        )
    return path.read_bytes()


def _unreadable(path: Path, expected: Text, error: Exception, remedy: Text) -> SourceUnreadable:
    return SourceUnreadable(
        Text("{file} no es {expected}: {said}.", "{file} is not {expected}: {said}."),
        remedy=remedy,
        file=str(path),
        expected=expected,
        said=str(error).partition("\n")[0].rstrip("."),
    )
