"""Stored forecasts of zones beside the last week: on the same days, first and later days apart, and as people read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.integration.conftest import Amuna

from amuna.domain.errors import NotEnoughData, UnknownZone
from amuna.domain.ports import Store
from amuna.domain.zone_tables import FLOWS, ZONE_FORECASTS, ZONE_SCORES, ZONES
from amuna.store.duckdb_store import open_store
from amuna.workflows.views.zone_names import require_metered_zone
from amuna.workflows.zone_score import score_zones, zone_accuracy

CUTOFF = datetime(2026, 11, 21, 5, tzinfo=UTC)  # midnight in Lima
LIMA = ZoneInfo("America/Lima")
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "amuna.duckdb")
    yield opened
    opened.close()


def flows(zone: str, first: datetime, values: list[float]) -> pl.DataFrame:
    """Inflow of hours from the first on [m³/h]."""
    same: dict[str, object] = {"zone_id": zone, "recorded_at": CUTOFF, "batch_id": "b"}
    return FLOWS.frame(
        [same | {"observed_at": first + n * HOUR, "flow_m3h": flow} for n, flow in enumerate(values)]
    )


def forecasts(zone: str, hours: int, flow: float) -> pl.DataFrame:
    """The same flow for every hour from the cutoff on, give or take 1 and 2 m³/h."""
    around = {"low95_m3h": -2, "low80_m3h": -1, "forecast_m3h": 0, "high80_m3h": 1, "high95_m3h": 2}
    same: dict[str, object] = {"run_id": "zones-1", "zone_id": zone, "cutoff": CUTOFF, "status": "ok"}
    same |= {name: flow + shift for name, shift in around.items()}
    return ZONE_FORECASTS.frame([same | {"observed_at": CUTOFF + n * HOUR} for n in range(hours)])


def scores(zone: str, judged: list[tuple[int, float, float | None]]) -> pl.DataFrame:
    """Lead, error of the forecast and of the last week; the inflow is 10 m³/h."""
    same: dict[str, object] = {"run_id": "zones-1", "zone_id": zone, "hours": 24, "observed_m3h": 10.0}
    same |= {"inside80": 18, "inside95": 24}
    return ZONE_SCORES.frame(
        [
            same
            | {
                "cutoff": CUTOFF + timedelta(days=n),
                "day": date(2026, 11, 21) + timedelta(days=n),
                "lead": lead,
                "mae_m3h": mae,
                "worst_m3h": 3 * mae,
                "baseline_mae_m3h": baseline,
            }
            for n, (lead, mae, baseline) in enumerate(judged)
        ]
    )


def test_a_day_whose_last_week_lacks_an_hour_has_no_baseline(store: Store) -> None:
    week = [4.0] * 48
    store.upsert(FLOWS, flows("a", CUTOFF - timedelta(days=7), week).filter(pl.int_range(pl.len()) != 30))
    store.upsert(FLOWS, flows("a", CUTOFF, [6.0] * 48))
    store.upsert(ZONE_FORECASTS, forecasts("a", 48, 5.0))
    report = score_zones(store=store, time_zone=LIMA)
    rows = store.read(ZONE_SCORES).sort("day")
    assert rows["lead"].to_list() == [1, 2]
    assert rows["baseline_mae_m3h"].to_list() == [2.0, None]
    assert report.together.select("days", "first_days", "later_days").row(0) == (2, 1, 1)


def test_forecast_and_last_week_are_judged_on_the_same_days_first_and_later_apart(store: Store) -> None:
    store.upsert(ZONE_SCORES, scores("a", [(1, 1.0, 2.0), (1, 9.0, None), (2, 3.0, 4.0), (3, 5.0, 8.0)]))
    store.upsert(ZONE_SCORES, scores("b", [(1, 2.0, None)]))
    a, b = zone_accuracy(store).rows(named=True)
    assert (a["days"], a["first_days"], a["later_days"]) == (4, 1, 2)
    assert (a["mae_m3h"], a["first_baseline_mae_m3h"], a["worst_m3h"]) == (1.0, 2.0, 3.0)
    assert (a["later_mae_m3h"], a["later_baseline_mae_m3h"]) == (4.0, 6.0)
    assert (a["coverage80"], a["coverage95"]) == (0.75, 1.0)
    assert (b["first_days"], b["mae_m3h"], b["first_baseline_mae_m3h"]) == (1, 2.0, None)
    assert (b["later_days"], b["later_mae_m3h"]) == (0, None)


def test_the_command_shows_the_worst_zone_first_and_all_of_them_last(amuna: Amuna, tmp_path: Path) -> None:
    (tmp_path / "amuna.toml").write_text("", encoding="utf-8")
    store = open_store(tmp_path / "amuna.duckdb")
    store.upsert(ZONE_SCORES, scores("calm", [(1, 1.0, 2.0), (2, 2.0, 3.0)]))
    store.upsert(ZONE_SCORES, scores("wild", [(1, 4.0, 3.0), (2, 6.0, 5.0)]))
    store.close()
    printed = amuna("evaluate", "--zones", cwd=tmp_path, COLUMNS="80").out.splitlines()
    assert printed[0].strip() == "Stored forecasts of zones, judged by what flowed afterwards [m³/h]"
    rows = [line.split() for line in printed[3:6]]
    assert [row[0] for row in rows] == ["wild", "calm", "all"]
    assert rows[0][:6] == ["wild", "1", "4.000", "40", "%", "3.000"]
    assert rows[2] == [
        "all",
        "2",
        "2.500",
        "25",
        "%",
        "2.500",
        "7.500",
        "2",
        "4.000",
        "4.000",
        *["75", "%", "100", "%"],
    ]


def test_an_unknown_zone_is_told_with_the_nearest(amuna: Amuna, tmp_path: Path) -> None:
    (tmp_path / "amuna.toml").write_text("", encoding="utf-8")
    store = open_store(tmp_path / "amuna.duckdb")
    for zone in ("DMA-0001", "DMA-0002", "DMA-0012", "west"):
        store.upsert(FLOWS, flows(zone, CUTOFF, [1.0]))
    store.close()
    for command in (("forecast",), ("explain", "--reasons-only")):
        told = amuna(*command, "--zone", "dma-2", cwd=tmp_path, code=69).err
        assert "There is no zone 'dma-2' here." in told
        assert "Of the 4 zones with an inflow, the nearest by name: DMA-0002, DMA-0012, DMA-0001." in told
    spanish = amuna("explain", "--zone", "dma-2", cwd=tmp_path, code=69, AMUNA_LANGUAGE="es").err
    assert "No hay aquí ninguna zona 'dma-2'." in spanish


def test_where_zones_are_listed_is_true_of_the_store(store: Store) -> None:
    with pytest.raises(UnknownZone, match="None is known yet"):
        require_metered_zone(store, "a")
    store.upsert(FLOWS, flows("b", CUTOFF, [1.0]))
    with pytest.raises(UnknownZone, match="amuna forecast --zone all"):
        require_metered_zone(store, "a")
    described = {"b": "dma", "supply": "supply"}
    store.upsert(
        ZONES,
        ZONES.frame([{"zone_id": zone, "name": zone, "kind": kind} for zone, kind in described.items()]),
    )
    with pytest.raises(UnknownZone, match="amuna export zones"):
        require_metered_zone(store, "a")
    with pytest.raises(NotEnoughData, match="no metered inflow"):
        require_metered_zone(store, "supply")
    require_metered_zone(store, "b")
