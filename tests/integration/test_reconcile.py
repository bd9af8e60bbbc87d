"""Groups of accounts from the stored forecasts to numbers that add up, over either database, and by the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from click.testing import Result
from polars.testing import assert_frame_equal
from tests.integration.conftest import CUTOFF, SETTINGS, take_in, train
from typer.testing import CliRunner

from amuna.domain.errors import NotEnoughData, NotFound
from amuna.domain.ports import Store
from amuna.domain.tables import (
    ACCOUNTS,
    BATCHES,
    CALIBRATION,
    CONSUMPTION,
    FORECASTS,
    GROUP_FORECASTS,
    MODELS,
    QUANTILE_COLUMNS,
    RUNS,
    STATES,
    UNZONED,
)
from amuna.domain.zone_tables import ZONES
from amuna.engines.threads import ThreadEngine
from amuna.serve.cli.app import app
from amuna.serve.cli.main import main as _registered  # noqa: F401 (it adds the commands)
from amuna.store.duckdb_store import open_store
from amuna.store.postgres_store import open_postgres
from amuna.workflows.forecast import forecast
from amuna.workflows.reconcile import ReconcileReport, reconcile
from amuna.workflows.views.group_demand import group_days, group_demand, group_list

ENGINE = ThreadEngine(workers=2, slab=20)
ZONE_IDS = ("Z1", "Z2", "Z3")


def settle(store: Store) -> ReconcileReport:
    return reconcile(store=store, engine=ENGINE, settings=SETTINGS)


def place(store: Store) -> None:
    """Accounts in three zones, which two supply zones feed, and every tenth account in none."""
    ids = store.read(MODELS, columns=["account_id"])["account_id"].unique().sort()
    zones = [None if row % 10 == 0 else ZONE_IDS[row % 3] for row in range(len(ids))]
    empty = [None] * len(ids)
    places = {"account_id": ids, "segment": empty, "zone_id": zones, "longitude": empty, "latitude": empty}
    store.upsert(ACCOUNTS, pl.DataFrame(places, schema=ACCOUNTS.empty().schema))
    fed = zip(ZONE_IDS, ("S1", "S1", "S2"), strict=True)
    rows = [zone_row(zone, "dma", parent) for zone, parent in fed]
    store.upsert(ZONES, ZONES.frame([*rows, zone_row("S1", "supply", None), zone_row("S2", "supply", None)]))


def zone_row(zone: str, kind: str, parent: str | None) -> dict[str, object]:
    unknown = dict.fromkeys(("population", "connections", "area_km2", "geometry"))
    return {"zone_id": zone, "name": f"Sector {zone}", "kind": kind, "parent_id": parent, **unknown}


def furnish(store: Store) -> None:
    forecast(store=store, horizon=7, billing_days=14)
    place(store)


@pytest.fixture(scope="module")
def settled_file(trained_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trained store with zones, forecasts and reconciled groups."""
    file = Path(shutil.copy(trained_file, tmp_path_factory.mktemp("groups") / "store.duckdb"))
    store = open_store(file)
    furnish(store)
    settle(store)
    store.close()
    return file


@pytest.fixture
def groups(settled_file: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(shutil.copy(settled_file, tmp_path / "groups.duckdb"))
    yield opened
    opened.close()


def total(store: Store, level: str, names: list[str]) -> pl.Series:
    days = group_days(store).filter(pl.col("level") == level, pl.col("group_id").is_in(names))
    return days.group_by("day").agg(pl.col("mean_m3").sum()).sort("day")["mean_m3"]


def test_every_level_adds_up_and_nothing_is_negative_or_out_of_order(groups: Store) -> None:
    listed = group_list(groups)
    assert listed.select("level", "group_id").rows() == [
        *(("supply", name) for name in ("S1", "S2", UNZONED)),
        ("utility", "utility"),
        *(("zone", name) for name in (*ZONE_IDS, UNZONED)),
    ]
    assert listed["name"].to_list()[:2] == ["Sector S1", "Sector S2"]
    everything = total(groups, "utility", ["utility"])
    for level, names in (("zone", [*ZONE_IDS, UNZONED]), ("supply", ["S1", "S2", UNZONED])):
        assert (total(groups, level, names) - everything).abs().max() < 1e-9
    assert (total(groups, "zone", ["Z1", "Z2"]) - total(groups, "supply", ["S1"])).abs().max() < 1e-9
    rows = group_days(groups)
    assert rows.select(*QUANTILE_COLUMNS.values(), "mean_m3").min_horizontal().min() >= 0
    for low, high in zip([*QUANTILE_COLUMNS.values()][:-1], [*QUANTILE_COLUMNS.values()][1:], strict=True):
        assert (rows[low] <= rows[high]).all()


def test_what_the_accounts_pages_show_stays_and_its_sum_stands_beside(groups: Store) -> None:
    found = group_demand(groups, "utility", "utility")
    shown = groups.read(FORECASTS).group_by("day").agg(pl.col("forecast_m3").sum()).sort("day")
    assert found.cutoff == CUTOFF
    assert found.days["day"].to_list() == [CUTOFF + timedelta(days=lead) for lead in range(7)]
    assert (found.days["accounts_m3"] - shown["forecast_m3"]).abs().max() < 1e-9
    assert ((found.days["mean_m3"] / found.days["accounts_m3"]).is_between(0.8, 1.3)).all()


def test_the_same_again_changes_nothing_and_old_forecasts_go(groups: Store) -> None:
    before = groups.read(GROUP_FORECASTS).sort(GROUP_FORECASTS.key)
    old = before.with_columns(
        cutoff=pl.lit(CUTOFF - timedelta(days=31)), day=pl.col("day") - timedelta(days=31)
    )
    groups.upsert(GROUP_FORECASTS, old)
    report = settle(groups)
    assert_frame_equal(groups.read(GROUP_FORECASTS).sort(GROUP_FORECASTS.key), before)
    assert report.status == {"ok": 8}
    assert 0 <= report.own_weight <= 1


def test_a_horizon_that_shrinks_leaves_no_days_behind(groups: Store) -> None:
    reconcile(store=groups, engine=ENGINE, settings=replace(SETTINGS, horizon=3))
    assert group_demand(groups, "zone", "Z1").days.height == 3


def test_a_zone_whose_accounts_are_not_forecast_goes_by_its_own_past(groups: Store) -> None:
    mine = groups.read(ACCOUNTS, where={"zone_id": "Z2"})["account_id"]
    before = group_demand(groups, "zone", "Z2").days
    groups.delete(FORECASTS, where={"account_id": mine.to_list()[:5]})
    report = settle(groups)
    after = group_demand(groups, "zone", "Z2")
    assert (after.status, report.status) == ("partial", {"ok": 5, "partial": 3})
    assert after.days["accounts_m3"].sum() < 0.95 * before["accounts_m3"].sum()
    assert after.days["mean_m3"].sum() == pytest.approx(before["mean_m3"].sum(), rel=0.1)


def test_without_zones_there_is_the_utility(trained: Store) -> None:
    forecast(store=trained, horizon=7, billing_days=14)
    settle(trained)
    assert group_list(trained)["group_id"].to_list() == ["utility", UNZONED]
    assert (total(trained, "utility", ["utility"]) - total(trained, "zone", [UNZONED])).abs().max() < 1e-9


def test_a_zone_that_is_new_goes_by_its_accounts(store: Store, rows: pl.DataFrame, tmp_path: Path) -> None:
    """Where a zone's days are too few for a model of their sum."""
    ids = rows["AccountOID"].unique().sort()
    known = rows.filter(pl.col("ConsumptionDate") < CUTOFF)
    young = pl.col("AccountOID").is_in(ids[:4].implode())
    recent = pl.col("ConsumptionDate") >= CUTOFF - timedelta(days=12)
    take_in(store, known.filter(~young | recent), tmp_path)
    train(store)
    forecast(store=store, horizon=7, billing_days=14)
    zones = pl.DataFrame({"account_id": ids}).with_columns(
        zone_id=pl.when(pl.int_range(pl.len()) < 4).then(pl.lit("new")).otherwise(pl.lit("old"))
    )
    unknown = {
        name: pl.lit(None, ACCOUNTS.empty().schema[name]) for name in ("segment", "longitude", "latitude")
    }
    store.upsert(ACCOUNTS, zones.with_columns(**unknown).select(ACCOUNTS.names))
    settle(store)
    new = group_demand(store, "zone", "new")
    assert new.status == "short_history"
    assert ((new.days["forecast_m3"] / new.days["accounts_m3"]).is_between(0.8, 1.3)).all()
    assert (new.days["low80_m3"] < new.days["high80_m3"]).all()
    assert group_demand(store, "zone", "old").status == "ok"


def test_postgres_says_the_same(groups: Store, new_database: Callable[[], str]) -> None:
    other = open_postgres(new_database())
    try:
        for table in (BATCHES, CONSUMPTION, RUNS, MODELS, STATES, CALIBRATION, ACCOUNTS, ZONES, FORECASTS):
            other.upsert(table, groups.read(table))
        settle(other)
        names = ["level", "group_id", "day"]
        assert_frame_equal(group_days(other).sort(names), group_days(groups).sort(names), rel_tol=1e-9)
    finally:
        other.close()


def test_what_is_missing_is_said(store: Store, trained: Store) -> None:
    with pytest.raises(NotEnoughData, match="serves"):
        settle(store)
    with pytest.raises(NotEnoughData, match="amuna forecast") as caught:
        settle(trained)
    assert "amuna forecast" in str(caught.value.remedy.en)
    with pytest.raises(NotFound):
        group_demand(trained, "zone", "Z9")


def said(home: Path, *words: object) -> Result:
    return CliRunner().invoke(app, ["-w", str(home), "reconcile", *map(str, words)], env={"COLUMNS": "200"})


def test_the_command_prints_and_writes_what_it_stored(settled_file: Path, tmp_path: Path) -> None:
    shutil.copy(settled_file, tmp_path / "amuna.duckdb")
    (tmp_path / "amuna.toml").write_text("[forecast]\nhorizon = 7\nbilling_days = 14\n[train]\norigins = 6\n")
    out = tmp_path / "days.csv"
    found = json.loads(said(tmp_path, "--level", "zone", "--group", "Z1", "--out", out, "--json").stdout)
    assert (found["groups"], found["days"], len(found["rows"])) == (8, 7, 7)
    assert pl.read_csv(out).height == 8 * 7
    printed = said(tmp_path, "--level", "supply").stdout
    assert "S1" in printed
    assert "expected [m³]" in printed
    assert "All accounts [m³ a day]" in said(tmp_path).stdout
    assert isinstance(said(tmp_path, "--group", "Z9", "--level", "zone").exception, NotFound)
