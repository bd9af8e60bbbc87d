"""A trained fleet goes into the store's tables and comes back the same."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from amuna.domain.panel import Panel
from amuna.domain.tables import QUANTILE_COLUMNS
from amuna.domain.time import Horizon
from amuna.forecasting import records
from amuna.forecasting.arima.model import Arima
from amuna.forecasting.arima.orders import parse_order
from amuna.forecasting.champion import NAMES
from amuna.forecasting.fleet import FittedFleet, FleetSettings, Trained, assemble, calibrate, train
from amuna.forecasting.intervals import GROUPS
from amuna.forecasting.metrics import mae

START = np.datetime64("2024-01-01")
CUTOFF = START + np.timedelta64(250, "D")
ORDERS = tuple(parse_order(f"{text}7") for text in ("(1,0,1)(0,1,1)", "(0,0,0)(0,1,1)", "(2,0,0)(0,1,1)"))
SETTINGS = FleetSettings(horizon=7, billing_days=10, folds=3, origins=5, arima=Arima(orders=ORDERS))


@dataclass(frozen=True)
class Rows:
    """What training leaves in the store."""

    panel: Panel
    trained: Trained
    fleet: FittedFleet
    models: pl.DataFrame
    states: pl.DataFrame
    calibration: pl.DataFrame

    def read(self) -> FittedFleet:
        return records.read_fleet(self.models, self.states, self.calibration, billing_days=10)


@pytest.fixture(scope="module")
def rows() -> Rows:
    rng = np.random.default_rng(1)
    use = np.tile(rng.uniform(0.2, 2, size=(7, 7)), 40)[:, :270] + 0.2 * rng.normal(size=(7, 270))
    use = np.maximum(use, 0)
    use[1, 100:140] = np.nan
    use[2] = 1.5
    use[3] *= rng.random(270) < 0.1
    use[4, :240] = np.nan
    use[5, :250] = np.nan
    use[6, 240:] *= 5
    panel = Panel(
        np.array(["a", "b", "c", "d", "e", "f", "g"]), np.arange(8) * 270, np.full(7, START), use.ravel()
    )
    trained = train(panel, CUTOFF, SETTINGS)
    fleet = calibrate(assemble([trained], SETTINGS), panel, SETTINGS)
    return Rows(
        panel,
        trained,
        fleet,
        records.calibrated_frame(records.models_frame(trained, "r1"), fleet.scale, fleet.group),
        records.states_frame(trained, "r1", known_at=datetime(2025, 1, 1, tzinfo=UTC)),
        records.calibration_frame(fleet.calibration, "r1"),
    )


def test_a_fleet_read_back_forecasts_the_same(rows: Rows) -> None:
    back = rows.read()
    assert back.cutoff == CUTOFF
    for days in (None, 25):
        expected = rows.fleet.forecasts(Horizon(30), billing_days=days)
        found = back.forecasts(Horizon(30), billing_days=days)
        assert found.quantiles.tobytes() == expected.quantiles.tobytes()
        assert found.totals.tobytes() == expected.totals.tobytes()
        assert list(found.series_ids) == list(expected.series_ids)
    np.testing.assert_array_equal(back.champion, rows.fleet.champion)
    np.testing.assert_array_equal(back.status, rows.fleet.status)


def test_a_fleet_read_back_updates_the_same_and_is_stored_again(rows: Rows) -> None:
    new = rows.panel.since(CUTOFF)
    expected = rows.fleet.update(new)
    again = replace(
        rows,
        states=records.states_frame(rows.read().update(new), "r1", known_at=datetime(2025, 1, 1, tzinfo=UTC)),
    )
    assert again.read().forecast(Horizon(20)).tobytes() == expected.forecast(Horizon(20)).tobytes()
    assert again.states["cutoff"].unique().to_list() == [date(2024, 9, 27)]


def test_the_fitted_models_come_back_whole(rows: Rows) -> None:
    found, expected = rows.read().members.arima, rows.fleet.members.arima
    for f in fields(expected):
        if f.name != "aicc":
            np.testing.assert_array_equal(getattr(found, f.name), getattr(expected, f.name), err_msg=f.name)
    finite = np.isfinite(expected.aicc)
    np.testing.assert_array_equal(found.aicc[finite], expected.aicc[finite])
    assert np.isnan(found.aicc[~finite]).all()


def test_the_order_of_the_rows_does_not_matter(rows: Rows) -> None:
    mixed = replace(
        rows,
        models=rows.models.reverse(),
        states=rows.states.sample(fraction=1.0, shuffle=True, seed=3),
        calibration=rows.calibration.sample(fraction=1.0, shuffle=True, seed=4),
    )
    expected = rows.fleet.forecasts(Horizon(9))
    assert mixed.read().forecasts(Horizon(9)).quantiles.tobytes() == expected.quantiles.tobytes()


def test_models_are_described_in_words(rows: Rows) -> None:
    known = rows.models.row(by_predicate=pl.col("account_id") == "a", named=True)
    assert known["status"] == "ok"
    assert parse_order(known["order"]) in ORDERS
    assert len(known["parameters"]) == len(parse_order(known["order"]).parameter_names)
    assert known["days"] == 250
    assert known["group"] in GROUPS
    assert known["champion"] in NAMES
    statuses = dict(rows.models.select("account_id", "status").iter_rows())
    assert statuses | {"a": "ok"} == statuses
    assert (statuses["c"], statuses["e"], statuses["f"]) == ("constant", "too_short", "too_short")


def test_traits_come_back(rows: Rows) -> None:
    back = records.read_traits(records.models_frame(rows.trained, "r1"))
    for f in fields(back):
        np.testing.assert_array_equal(getattr(back, f.name), getattr(rows.trained.traits, f.name))


def test_the_evidence_can_be_recomputed(rows: Rows) -> None:
    evidence = records.evidence_frame(rows.trained, "r1")
    assert set(evidence["model"]) == {*NAMES, "champion"}
    assert (evidence["days"] > 0).all()
    assert "f" not in set(evidence["account_id"])
    one = evidence.filter((pl.col("account_id") == "a") & (pl.col("model") == "last_week")).sort("cutoff")
    assert one["cutoff"].to_list() == [date(2024, 8, 17), date(2024, 8, 24), date(2024, 8, 31)]
    y = rows.panel.series(0)
    at = 250 - 7
    by_hand = mae(y[None, at : at + 7], y[None, at - 7 : at])[0]
    scale = np.abs(y[7:at] - y[: at - 7]).mean()
    assert one["mae"][2] == pytest.approx(by_hand)
    assert one["mase"][2] == pytest.approx(by_hand / scale)
    served = evidence.filter(pl.col("model") == "champion").sort("account_id", "cutoff")
    names = dict(rows.models.select("account_id", "champion").iter_rows())
    own = evidence.filter(
        pl.col("model") == pl.col("account_id").replace_strict(names, return_dtype=pl.String)
    )
    assert served["mae"].to_list() == own.sort("account_id", "cutoff")["mae"].to_list()


def test_accuracy_by_lead_has_both_models_at_every_lead(rows: Rows) -> None:
    leads = records.lead_frame(rows.trained, "r1")
    assert leads.group_by("model").len()["len"].to_list() == [7, 7]
    assert leads["slab"].unique().to_list() == ["a"]
    last_week = leads.filter(pl.col("model") == "last_week").sort("lead")
    assert last_week["scaled"].to_list() == rows.trained.leads.baseline.tolist()
    evidence = records.evidence_frame(rows.trained, "r1").filter(
        (pl.col("model") == "last_week") & ~pl.col("account_id").is_in(["c", "e"])
    )
    total = (evidence["mase"] * evidence["days"]).sum()
    assert last_week["scaled"].sum() == pytest.approx(total)


def test_forecasts_are_rows_of_account_and_day(rows: Rows) -> None:
    forecasts = rows.fleet.forecasts(Horizon(3))
    frame = records.forecasts_frame(forecasts, "r1")
    assert frame.height == 7 * 3
    columns = list(QUANTILE_COLUMNS.values())
    for i, account in enumerate(["a", "b", "c"]):
        for j, day in enumerate([date(2024, 9, 7), date(2024, 9, 8), date(2024, 9, 9)]):
            own = frame.filter((pl.col("account_id") == account) & (pl.col("day") == day))
            assert own.select(columns).row(0) == tuple(forecasts.quantiles[i, j])
    totals = records.period_frame(forecasts, "r1", 10)
    assert totals.filter(pl.col("account_id") == "b").select(columns).row(0) == tuple(forecasts.totals[1])
    assert totals["days"].unique().to_list() == [10]
