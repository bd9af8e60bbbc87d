"""Train: the same data once, every account served, nothing from after the training, whatever interrupts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, NOW, SETTINGS, take_in, train

from amuna.domain.errors import NotEnoughData
from amuna.domain.panel import Panel
from amuna.domain.ports import Store
from amuna.domain.table import Table
from amuna.domain.tables import (
    CALIBRATION,
    CONSUMPTION,
    EVIDENCE,
    FORECASTS,
    LEAD_EVIDENCE,
    MODELS,
    PERIOD_FORECASTS,
    RUNS,
    STATES,
    UPDATES,
)
from amuna.engines.threads import ThreadEngine
from amuna.forecasting.champion import NAMES as CHAMPIONS
from amuna.forecasting.periods import BEYOND
from amuna.workflows.evaluate import evaluate
from amuna.workflows.forecast import forecast
from amuna.workflows.serving import serving
from amuna.workflows.train import train_fleet

LATER = NOW + timedelta(days=1)
OF_A_RUN = (MODELS, STATES, EVIDENCE, LEAD_EVIDENCE, CALIBRATION)
the_day, the_account = pl.col("ConsumptionDate"), pl.col("AccountOID")


def content(store: Store, run_id: str, tables: tuple[Table, ...] = OF_A_RUN) -> list[pl.DataFrame]:
    return [
        store.read(table, where={"run_id": run_id}).drop("run_id").sort(table.key[1:]) for table in tables
    ]


class PowerCut(Exception):
    """Stops a training after some slabs."""


class Interrupted:
    """An engine that stops after some slabs."""

    def __init__(self, slabs: int) -> None:
        self._slabs = slabs

    def map(self, function: Callable[[Panel], object], panel: Panel) -> Iterator[object]:
        for number, result in enumerate(ThreadEngine(workers=2, slab=10).map(function, panel)):
            if number == self._slabs:
                raise PowerCut
            yield result


def interrupt(store: Store, *, slabs: int, now: datetime = NOW) -> None:
    with pytest.raises(PowerCut):
        train_fleet(store=store, engine=Interrupted(slabs), settings=SETTINGS, now=now)


def test_the_same_again_does_nothing(trained: Store) -> None:
    run_id = serving(trained).run_id
    before = [trained.read(table).sort(table.key) for table in (*OF_A_RUN, RUNS, UPDATES)]

    report = train(trained, now=LATER)

    assert (report.run_id, report.already_trained, report.resumed) == (run_id, True, 0)
    assert report.accounts == trained.count(MODELS)
    for table, was in zip((*OF_A_RUN, RUNS, UPDATES), before, strict=True):
        assert trained.read(table).sort(table.key).equals(was), table.name


def test_the_same_file_under_another_name_is_the_same_data(
    rows: pl.DataFrame, trained: Store, tmp_path: Path
) -> None:
    again = take_in(trained, rows.filter(the_day < CUTOFF), tmp_path, now=LATER, name="another name")

    assert again.unchanged == again.read
    assert train(trained, now=LATER).already_trained


@pytest.mark.parametrize("recorded", [LATER, datetime(2024, 2, 1, tzinfo=UTC)], ids=["new", "long ago"])
@pytest.mark.parametrize("change", ["a day more", "a correction", "another margin"])
def test_a_change_makes_another_run_that_serves(
    rows: pl.DataFrame, trained: Store, tmp_path: Path, change: str, recorded: datetime
) -> None:
    first = serving(trained)
    before = content(trained, first.run_id)
    instant = pl.lit(recorded).cast(rows["RecordedAt"].dtype)
    account = str(rows["AccountOID"][0])
    if change == "a day more":
        take_in(trained, rows.filter(the_day == CUTOFF).with_columns(RecordedAt=instant), tmp_path, now=LATER)
    if change == "a correction":
        wrong = (the_account == account) & (the_day == CUTOFF - timedelta(days=40))
        right = rows.filter(wrong).with_columns(pl.col("Consumption") + 700, RecordedAt=instant)
        report = take_in(trained, right, tmp_path, now=LATER)
        assert report.replaced + report.superseded == 1
    settings = replace(SETTINGS, margin=0.01) if change == "another margin" else SETTINGS

    second = train(trained, settings=settings, now=LATER)

    assert second.run_id != first.run_id
    assert not second.already_trained
    assert serving(trained).run_id == second.run_id
    aliases = dict(trained.read(RUNS).select("run_id", "alias").iter_rows())
    assert aliases == {first.run_id: "", second.run_id: "champion"}
    for was, table in zip(before, content(trained, first.run_id), strict=True):
        assert table.equals(was)


def test_going_back_to_earlier_settings_lets_the_earlier_run_serve(trained: Store) -> None:
    first = serving(trained).run_id
    second = train(trained, settings=replace(SETTINGS, margin=0.01), now=LATER).run_id
    assert serving(trained).run_id == second

    back = train(trained, now=LATER + timedelta(days=1))

    assert (back.run_id, back.already_trained) == (first, True)
    assert serving(trained).run_id == first
    assert trained.read(RUNS, where={"alias": "champion"}).height == 1


def test_strange_accounts_are_served_with_a_status(trained: Store) -> None:
    models = trained.read(MODELS).to_dicts()
    status = {row["account_id"]: row["status"] for row in models}
    forecast(store=trained, horizon=7, billing_days=14)
    median = trained.read(FORECASTS)
    level = dict(median.group_by("account_id").agg(pl.col("forecast_m3").mean()).iter_rows())

    assert status["constant"] == "constant"
    assert status["three_days_old"] == "too_short"
    assert status["always_zero"] in {"constant", "ok"}
    assert set(status) == set(level)
    assert level["constant"] == pytest.approx(0.5)
    assert level["always_zero"] == 0
    assert level["three_days_old"] == pytest.approx(0.3, rel=0.2)
    assert 0 <= level["mostly_zero"] < 0.2
    every = trained.read(FORECASTS)
    assert every["forecast_m3"].is_finite().all()
    assert every["forecast_m3"].min() >= 0
    assert every.group_by("account_id").len()["len"].unique().to_list() == [7]
    assert {row["champion"] for row in models} <= set(CHAMPIONS)


def test_an_account_without_one_good_day_is_served_too(
    rows: pl.DataFrame, store: Store, tmp_path: Path
) -> None:
    past = rows.filter((the_day < CUTOFF) & (the_account < "A0000013")).with_columns(n_readings=pl.lit(24))
    bad = past.filter(the_account == past["AccountOID"][0]).with_columns(
        AccountOID=pl.lit("never_read"), n_readings=pl.lit(2)
    )
    take_in(store, pl.concat([past, bad]), tmp_path)

    report = train(store)
    done = forecast(store=store, horizon=7, billing_days=14)

    assert report.accounts == done.accounts == past["AccountOID"].n_unique() + 1
    assert store.read(MODELS, where={"account_id": "never_read"})["status"].to_list() == ["too_short"]
    found = store.read(FORECASTS, where={"account_id": "never_read"})
    assert found.height == 7
    assert found["forecast_m3"].is_finite().all()


@pytest.mark.parametrize("slabs", [0, 2, 5])
def test_an_interrupted_training_goes_on_and_ends_alike(
    rows: pl.DataFrame, store: Store, tmp_path: Path, slabs: int, whole: list[pl.DataFrame]
) -> None:
    take_in(store, rows.filter(the_day < CUTOFF), tmp_path)
    interrupt(store, slabs=slabs)
    with pytest.raises(NotEnoughData, match="No model serves"):
        serving(store)

    report = train(store, slab=10, now=LATER)

    assert report.resumed == 10 * slabs
    assert (store.read(RUNS)["finished_at"] > store.read(RUNS)["started_at"]).all()
    for found, expected in zip(content(store, report.run_id), whole, strict=True):
        assert found.equals(expected)


@pytest.fixture(scope="module")
def whole(rows: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> list[pl.DataFrame]:
    """What an undisturbed training leaves."""
    from amuna.store.duckdb_store import open_store

    folder = tmp_path_factory.mktemp("whole")
    store = open_store(folder / "store.duckdb")
    take_in(store, rows.filter(the_day < CUTOFF), folder)
    found = content(store, train(store, slab=10).run_id)
    store.close()
    return found


@pytest.mark.parametrize("recorded", [LATER, datetime(2024, 2, 1, tzinfo=UTC)], ids=["new", "long ago"])
def test_rows_that_come_after_an_interruption_do_not_mix_into_the_run(
    rows: pl.DataFrame, store: Store, tmp_path: Path, recorded: datetime, whole: list[pl.DataFrame]
) -> None:
    take_in(store, rows.filter(the_day < CUTOFF), tmp_path)
    interrupt(store, slabs=3)
    started = store.read(RUNS)["run_id"].item()
    half = store.read(MODELS, where={"run_id": started})
    worse = rows.filter(the_day < CUTOFF).with_columns(
        pl.col("Consumption") * 10 + 50, RecordedAt=pl.lit(recorded).cast(rows["RecordedAt"].dtype)
    )
    take_in(store, worse, tmp_path, now=LATER, name="worse")

    report = train(store, now=LATER, slab=10)

    assert (report.resumed, report.run_id == started) == (0, False)
    assert store.read(MODELS, where={"run_id": started}).sort("account_id").equals(half.sort("account_id"))
    assert half.height == 30
    models, expected = content(store, report.run_id)[0], whole[0]
    assert models["account_id"].equals(expected["account_id"])
    if recorded == LATER:
        ratio = models["level"] / expected["level"]
        assert ratio.filter(expected["level"] > 0.05).min() > 9


def test_training_sees_nothing_of_the_days_after_its_cutoff(
    rows: pl.DataFrame, store: Store, tmp_path: Path, whole: list[pl.DataFrame]
) -> None:
    """The backtest of all days, judged at the cutoffs it shares with a shorter history, is the same."""
    take_in(store, rows.filter(the_day < CUTOFF + timedelta(days=SETTINGS.horizon)), tmp_path)
    report = train(store, slab=10)
    evidence = store.read(EVIDENCE, where={"run_id": report.run_id, "model": "last_week"})
    shared = evidence.drop("run_id").join(
        whole[2].filter(pl.col("model") == "last_week"), on=["account_id", "cutoff"], suffix="_shorter"
    )

    assert shared["cutoff"].n_unique() == SETTINGS.folds - 1
    np.testing.assert_allclose(shared["mae"], shared["mae_shorter"], rtol=1e-12)
    np.testing.assert_allclose(shared["mase"].fill_null(-1), shared["mase_shorter"].fill_null(-1), rtol=1e-9)


def test_too_many_young_accounts_stop_the_training_and_a_raised_limit_goes_on(
    rows: pl.DataFrame, store: Store, tmp_path: Path
) -> None:
    take_in(store, rows.filter(the_day < rows["ConsumptionDate"].min() + timedelta(days=6)), tmp_path)
    with pytest.raises(NotEnoughData, match=r"train\.failed_share"):
        train(store)
    with pytest.raises(NotEnoughData, match="No model serves"):
        serving(store)

    report = train_fleet(
        store=store, engine=ThreadEngine(workers=1, slab=20), settings=SETTINGS, now=NOW, failed_share=1.0
    )

    assert report.resumed == report.accounts > 0
    forecast(store=store, horizon=3, billing_days=3)
    assert store.read(FORECASTS)["forecast_m3"].is_finite().all()
    with pytest.raises(NotEnoughData, match="Ingest more days"):
        evaluate(store=store)


def test_an_empty_store_says_what_to_do(store: Store) -> None:
    with pytest.raises(NotEnoughData, match="amuna ingest"):
        train(store)
    assert store.count(RUNS) == 0
    assert store.count(CONSUMPTION) == 0


def test_a_billing_period_set_after_the_training_widens_its_intervals(trained: Store) -> None:
    """The run was calibrated for 14 days; 56 days are much more uncertain, whatever the settings say by now."""
    for days in (14, 56):
        forecast(store=trained, horizon=7, billing_days=days)
    periods = trained.read(PERIOD_FORECASTS)
    width = periods.with_columns(width=pl.col("high80_m3") - pl.col("forecast_m3")).pivot(
        on="days", index="account_id", values="width"
    )
    usual = width.filter(pl.col("14") > 0.1)

    assert usual.height > 30
    np.testing.assert_allclose(usual["56"], 4**BEYOND * usual["14"], rtol=1e-6)
