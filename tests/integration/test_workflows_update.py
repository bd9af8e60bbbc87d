"""Update: new, late and corrected days and new accounts, without a refit and without a look ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, DAYS, NEW_DAYS, NOW, SETTINGS, START, take_in

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.tables import (
    CONSUMPTION,
    DECISIONS,
    FORECASTS,
    MODELS,
    PERIOD_FORECASTS,
    SCORES,
    STATES,
    UPDATES,
)
from amuna.domain.text import Text
from amuna.domain.time import Interval
from amuna.forecasting.fleet import FittedFleet
from amuna.forecasting.members import take_members
from amuna.forecasting.records import states_frame
from amuna.workflows.forecast import forecast
from amuna.workflows.histories import aligned, history_of
from amuna.workflows.serving import load_fleet, serving
from amuna.workflows.shards import Accounts
from amuna.workflows.status import status
from amuna.workflows.update import UpdateReport, update

LATER = NOW + timedelta(days=1)
END = START + timedelta(days=DAYS)
the_day = pl.col("ConsumptionDate")
the_account = pl.col("AccountOID")


def renew(store: Store, *, days: int = 1) -> UpdateReport:
    return update(store=store, settings=SETTINGS, now=NOW + timedelta(days=days))


def states(store: Store) -> dict[str, np.ndarray]:
    found = store.read(STATES, where={"run_id": serving(store).run_id})
    return dict(zip(found["account_id"], found["state"].to_numpy(), strict=True))


def fleet(store: Store) -> FittedFleet:
    return load_fleet(store, serving(store).run_id)


def assert_same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for account, state in found.items():
        np.testing.assert_allclose(state, expected[account], rtol=1e-8, atol=1e-8, err_msg=account)


def store_forecasts(store: Store, *, horizon: int = SETTINGS.horizon) -> None:
    forecast(
        store=store,
        horizon=horizon,
        billing_days=SETTINGS.billing_days,
    )


@pytest.fixture
def new(rows: pl.DataFrame) -> pl.DataFrame:
    """The days after the training; one account misses some, one all, one comes back at the end."""
    after = rows.filter(the_day >= CUTOFF)
    names = rows["AccountOID"].unique().sort()
    holes = (
        ((the_account == names[3]) & the_day.dt.day().is_in([9, 10, 12]))
        | (the_account == names[5])
        | ((the_account == names[7]) & (the_day < END - timedelta(days=1)))
    )
    return after.filter(~holes)


def test_update_takes_new_days_without_refitting(trained: Store, new: pl.DataFrame, tmp_path: Path) -> None:
    before = trained.read(MODELS).sort("account_id")
    expected = fleet(trained)

    take_in(trained, new, tmp_path, now=LATER)
    panel = trained.panel(Interval(CUTOFF, END))
    expected = expected.update(aligned(panel, expected.series_ids, np.datetime64(CUTOFF), np.datetime64(END)))
    report = renew(trained)

    assert (report.cutoff, report.days, report.rows) == (END, NEW_DAYS, new.height)
    assert (report.restated, report.adopted) == (0, 0)
    assert trained.read(MODELS).sort("account_id").equals(before)
    np.testing.assert_array_equal(
        fleet(trained).members.arima.levels, expected.members.arima.levels, strict=False
    )
    assert_same(states(trained), _packed(expected))


def _packed(expected: FittedFleet) -> dict[str, np.ndarray]:
    frame = states_frame(expected, "run", known_at=NOW)
    return dict(zip(frame["account_id"], frame["state"].to_numpy(), strict=True))


def test_several_days_at_once_equal_day_by_day(trained: Store, new: pl.DataFrame, tmp_path: Path) -> None:
    with_late = trained.read(STATES)
    for number in range(NEW_DAYS):
        day = CUTOFF + timedelta(days=number)
        take_in(trained, new.filter(the_day == day), tmp_path, now=LATER, name=f"day{number}")
        report = renew(trained, days=number + 1)
        assert (report.days, report.restated) == (1, 0)
    stepwise = states(trained)

    with trained.transaction():
        trained.upsert(STATES, with_late)
        trained.delete(UPDATES, where={"cutoff": [CUTOFF + timedelta(days=n + 1) for n in range(NEW_DAYS)]})
    assert serving(trained).cutoff == CUTOFF
    report = renew(trained)

    assert report.days == NEW_DAYS
    assert_same(stepwise, states(trained))


def test_nothing_new_does_nothing(trained: Store, new: pl.DataFrame, tmp_path: Path) -> None:
    assert renew(trained).rows == 0
    take_in(trained, new, tmp_path, now=LATER)
    first = renew(trained)
    content = [trained.read(table).sort(table.key) for table in (STATES, FORECASTS, SCORES, UPDATES)]

    take_in(trained, new, tmp_path, now=LATER + timedelta(days=1), name="the same again")
    second = renew(trained, days=5)

    assert (second.cutoff, second.days, second.rows, second.restated) == (first.cutoff, 0, 0, 0)
    for table, before in zip((STATES, FORECASTS, SCORES, UPDATES), content, strict=True):
        assert trained.read(table).sort(table.key).equals(before), table.name


@pytest.mark.parametrize("kind", ["late", "corrected", "late, recorded long ago"])
def test_a_changed_past_rebuilds_the_state_of_its_account(
    rows: pl.DataFrame, trained: Store, new: pl.DataFrame, tmp_path: Path, kind: str
) -> None:
    account, day = str(rows["AccountOID"][0]), CUTOFF - timedelta(days=10)
    recorded = datetime(2024, 2, 1, tzinfo=UTC) if "long ago" in kind else LATER
    changed = rows.filter((the_account == account) & (the_day == day)).with_columns(
        Consumption=pl.col("Consumption") * 3 + 1_000,
        RecordedAt=pl.lit(recorded).cast(rows["RecordedAt"].dtype),
    )
    if kind != "corrected":
        trained.delete(CONSUMPTION, where={"account_id": account, "day": day})
    if kind == "late, recorded long ago":
        assert recorded < serving(trained).known_at
    start = fleet(trained)
    take_in(trained, pl.concat([new, changed]), tmp_path, now=LATER)
    report = renew(trained)

    panel = trained.panel(Interval(CUTOFF, END))
    carried = start.update(aligned(panel, start.series_ids, np.datetime64(CUTOFF), np.datetime64(END)))
    expected = _packed(carried)
    assert report.restated == 1
    row = np.flatnonzero(start.series_ids == account)
    history = history_of(trained, start.series_ids[row], END)
    assert history.values[-NEW_DAYS - 10] * 1_000 > 1_000
    rebuilt = take_members(start.members, row).restate(history)
    expected[account] = _rebuilt_state(carried, row, rebuilt)
    assert_same(states(trained), expected)


def _rebuilt_state(carried: FittedFleet, row: np.ndarray, members: object) -> np.ndarray:
    return _packed(replace(carried.take(row), members=members))[str(carried.series_ids[row[0]])]  # type: ignore[arg-type]


def test_late_rows_alone_rewrite_the_forecasts_of_the_same_cutoff(
    rows: pl.DataFrame, trained: Store, tmp_path: Path
) -> None:
    store_forecasts(trained)
    before = trained.read(FORECASTS).sort(FORECASTS.key)
    store_forecasts(trained, horizon=30)
    account = str(rows["AccountOID"][0])
    correction = rows.filter((the_account == account) & (the_day == CUTOFF - timedelta(days=1))).with_columns(
        Consumption=pl.col("Consumption") + 2_000, RecordedAt=pl.lit(LATER).cast(rows["RecordedAt"].dtype)
    )

    take_in(trained, correction, tmp_path, now=LATER)
    assert status(store=trained).next_step == "amuna update"
    report = renew(trained)

    after = trained.read(FORECASTS).sort(FORECASTS.key)
    assert (report.cutoff, report.days, report.restated) == (CUTOFF, 0, 1)
    assert after.select(FORECASTS.key).equals(before.select(FORECASTS.key))
    moved = after.filter(after["forecast_m3"] != before["forecast_m3"])["account_id"].unique().to_list()
    assert moved == [account]
    assert status(store=trained).next_step != "amuna update"


@pytest.mark.parametrize("recorded", [LATER, datetime(2024, 2, 1, tzinfo=UTC)], ids=["new", "long ago"])
def test_new_accounts_are_adopted_and_forecast(
    rows: pl.DataFrame, trained: Store, new: pl.DataFrame, tmp_path: Path, recorded: datetime
) -> None:
    name = str(rows["AccountOID"][0])
    instant = pl.lit(recorded).cast(rows["RecordedAt"].dtype)
    longer = rows.filter((the_account == name) & (the_day < CUTOFF)).with_columns(
        AccountOID=pl.lit("AAA"), RecordedAt=instant
    )
    shorter = rows.filter((the_account == name) & (the_day >= CUTOFF)).with_columns(
        AccountOID=pl.lit("zzz"), RecordedAt=pl.lit(LATER).cast(rows["RecordedAt"].dtype)
    )
    take_in(trained, longer, tmp_path, now=LATER, name="longer")
    only_past = renew(trained)
    take_in(trained, pl.concat([new, shorter]), tmp_path, now=LATER + timedelta(hours=1), name="new")
    both = renew(trained, days=2)

    assert (only_past.adopted, both.adopted) == (1, 1)
    assert (only_past.restated, both.restated) == (0, 0)
    models = trained.read(MODELS, where={"account_id": ["AAA", "zzz"]}).sort("account_id")
    assert models["status"].to_list() == ["ok", "too_short"]
    assert trained.read(MODELS).select(MODELS.key).is_duplicated().sum() == 0
    forecasts = trained.read(FORECASTS, where={"account_id": ["AAA", "zzz"], "cutoff": END})
    assert forecasts.group_by("account_id").len()["len"].to_list() == [SETTINGS.horizon] * 2
    assert forecasts["forecast_m3"].is_finite().all()
    assert forecasts["forecast_m3"].max() > 0
    periods = trained.read(PERIOD_FORECASTS, where={"account_id": ["AAA", "zzz"], "cutoff": END})
    assert periods.height == 2
    assert renew(trained, days=3).adopted == 0
    decisions = trained.read(DECISIONS).sort("day")
    assert decisions.select("account_id", "day", "decision", "reason", "evidence").rows() == [
        ("AAA", CUTOFF, "adopted", "new", '{"days": 220}'),
        ("zzz", END, "adopted", "new", '{"days": 10}'),
    ]
    assert decisions["run_id"].unique().to_list() == [serving(trained).run_id]


def test_a_range_of_new_accounts_alone_is_adopted_after_the_others(
    rows: pl.DataFrame, trained: Store, new: pl.DataFrame, tmp_path: Path
) -> None:
    name = str(rows["AccountOID"][0])
    newcomers = [rows.filter(the_account == name).with_columns(AccountOID=pl.lit(n)) for n in ("zz1", "zz2")]
    take_in(trained, pl.concat([new, *newcomers]), tmp_path, now=LATER)
    old, fresh = Accounts("", "zz"), Accounts("zz", "")
    first = update(store=trained, settings=SETTINGS, now=LATER, accounts=old)
    second = update(store=trained, settings=SETTINGS, now=LATER, accounts=fresh)
    assert (first.adopted, second.adopted) == (0, 2)
    assert (first.cutoff, second.cutoff, second.days, second.rows) == (END, END, DAYS, 2 * DAYS)
    assert update(store=trained, settings=SETTINGS, now=LATER, accounts=fresh).rows == 0
    assert trained.count(FORECASTS, where={"account_id": ["zz1", "zz2"]}) == 2 * SETTINGS.horizon
    with pytest.raises(NotEnoughData, match="no model for these accounts"):
        update(store=trained, settings=SETTINGS, now=LATER, accounts=Accounts("zzz", ""))


def test_an_adopted_account_is_carried_forward_like_the_others(
    rows: pl.DataFrame, trained: Store, new: pl.DataFrame, tmp_path: Path
) -> None:
    name = str(rows["AccountOID"][0])
    newcomer = rows.filter(the_account == name).with_columns(AccountOID=pl.lit("newcomer"))
    middle = CUTOFF + timedelta(days=4)
    take_in(trained, newcomer.filter(the_day < middle), tmp_path, now=LATER, name="past")
    renew(trained)
    start = fleet(trained)
    take_in(trained, pl.concat([new, newcomer.filter(the_day >= middle)]), tmp_path, now=LATER, name="rest")
    report = renew(trained, days=2)

    assert report.adopted == 0
    row = np.flatnonzero(start.series_ids == "newcomer")
    panel = trained.panel(Interval(middle, END), accounts=("newcomer", "newcomer"))
    expected = start.take(row).update(
        aligned(panel, start.series_ids[row], np.datetime64(middle), np.datetime64(END))
    )
    np.testing.assert_allclose(states(trained)["newcomer"], _packed(expected)["newcomer"], rtol=1e-8)


def test_scores_use_the_forecasts_made_before_and_last_week_as_known_then(
    trained: Store, new: pl.DataFrame, tmp_path: Path
) -> None:
    store_forecasts(trained, horizon=NEW_DAYS)
    promised = trained.read(FORECASTS, where={"cutoff": CUTOFF})
    take_in(trained, new, tmp_path, now=LATER)
    report = renew(trained)

    scores = trained.read(SCORES)
    observed = trained.read(CONSUMPTION, where={"flag": "ok"}).select("account_id", "day", "consumption_m3")
    assert report.scored == scores.height == new.height - 0
    joined = scores.join(promised, on=["account_id", "cutoff", "day"], suffix="_promised")
    assert joined.height == scores.height
    assert joined["forecast_m3"].equals(joined["forecast_m3_promised"])
    lead = (pl.col("day") - pl.col("cutoff")).dt.total_days()
    week = (
        scores.with_columns(
            then=pl.when(lead < 7)
            .then(pl.col("day") - timedelta(days=7))
            .otherwise(pl.col("day") - timedelta(days=14))
        )
        .join(observed, left_on=["account_id", "then"], right_on=["account_id", "day"], how="left")
        .sort("account_id", "day")
    )
    assert week["then"].max() < CUTOFF
    assert week["baseline_m3"].equals(week["consumption_m3"])
    assert week["baseline_m3"].null_count() < 30
    assert scores.filter(pl.col("inside80") & ~pl.col("inside95")).is_empty()
    gap = (scores["observed_m3"] - scores["forecast_m3"]).abs().mean()
    assert report.mae == pytest.approx(gap)


def test_a_forecast_made_after_the_truth_judges_nothing(
    trained: Store, new: pl.DataFrame, tmp_path: Path
) -> None:
    take_in(trained, new, tmp_path, now=LATER)
    report = renew(trained)
    store_forecasts(trained)

    assert report.scored == 0
    assert trained.count(SCORES) == 0
    assert (trained.read(FORECASTS)["day"] >= END).all()


def test_a_late_day_is_judged_once_it_is_known(trained: Store, new: pl.DataFrame, tmp_path: Path) -> None:
    store_forecasts(trained)
    account, day = str(new["AccountOID"][0]), CUTOFF + timedelta(days=2)
    late = (the_account == account) & (the_day == day)
    take_in(trained, new.filter(~late), tmp_path, now=LATER, name="most")
    renew(trained)
    assert trained.count(SCORES, where={"account_id": account, "day": day}) == 0

    take_in(trained, new.filter(late), tmp_path, now=LATER + timedelta(days=1), name="late")
    report = renew(trained, days=2)

    found = trained.read(SCORES, where={"account_id": account, "day": day})
    assert (report.restated, report.scored) == (1, 1)
    assert found["cutoff"].to_list() == [CUTOFF]


def test_an_update_that_fails_leaves_nothing_of_it(
    trained: Store, new: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(trained, new, tmp_path, now=LATER)
    tables = (MODELS, STATES, FORECASTS, SCORES, UPDATES)
    before = [trained.read(table).sort(table.key) for table in tables]
    write = trained.upsert

    def broken(table: object, frame: pl.DataFrame) -> object:
        if table is UPDATES:
            raise NotEnoughData(Text.both("power cut"))
        return write(table, frame)  # type: ignore[arg-type]

    monkeypatch.setattr(trained, "upsert", broken)
    with pytest.raises(NotEnoughData, match="power cut"):
        renew(trained)
    monkeypatch.undo()

    for table, content in zip(tables, before, strict=True):
        assert trained.read(table).sort(table.key).equals(content), table.name
    assert renew(trained).days == NEW_DAYS


def test_update_before_training_says_what_to_do(store: Store) -> None:
    with pytest.raises(NotEnoughData, match="amuna train"):
        update(store=store, settings=SETTINGS, now=datetime(2025, 1, 1, tzinfo=UTC))


def test_a_day_that_turns_partial_is_taken_back(rows: pl.DataFrame, trained: Store, tmp_path: Path) -> None:
    account, day = str(rows["AccountOID"][0]), CUTOFF - timedelta(days=1)
    start = fleet(trained)
    take_in(
        trained,
        rows.filter((the_account == account) & (the_day == day)).with_columns(
            RecordedAt=pl.lit(LATER).cast(rows["RecordedAt"].dtype), n_readings=pl.lit(3)
        ),
        tmp_path,
        now=LATER,
    )
    report = renew(trained)

    assert trained.read(CONSUMPTION, where={"account_id": account, "day": day})["flag"].to_list() == [
        "partial"
    ]
    assert (report.restated, report.cutoff) == (1, CUTOFF)
    row = np.flatnonzero(start.series_ids == account)
    history = history_of(trained, start.series_ids[row], CUTOFF)
    assert np.isnan(history.values[-1])
    rebuilt = take_members(start.members, row).restate(history)
    np.testing.assert_allclose(states(trained)[account], _rebuilt_state(start, row, rebuilt), rtol=1e-8)


def test_a_new_account_without_one_good_day_is_adopted_too(
    rows: pl.DataFrame, trained: Store, new: pl.DataFrame, tmp_path: Path
) -> None:
    bad = rows.filter((the_account == rows["AccountOID"][0]) & (the_day < CUTOFF)).with_columns(
        AccountOID=pl.lit("never_read"), n_readings=pl.lit(1)
    )
    take_in(trained, pl.concat([new.with_columns(n_readings=pl.lit(24)), bad]), tmp_path, now=LATER)
    report = renew(trained)

    found = trained.read(FORECASTS, where={"account_id": "never_read"})
    assert (report.adopted, report.restated) == (1, 0)
    assert found.height == SETTINGS.horizon
    assert found["forecast_m3"].is_finite().all()
    assert trained.read(MODELS, where={"account_id": "never_read"})["status"].to_list() == ["too_short"]


def test_corrections_of_many_accounts_at_once_restate_each(
    rows: pl.DataFrame, trained: Store, tmp_path: Path
) -> None:
    """Every account's past changes; what results is what the corrected history gives, account by account."""
    start = fleet(trained)
    right = rows.filter(
        the_day.is_between(CUTOFF - timedelta(days=60), CUTOFF - timedelta(days=1))
    ).with_columns(
        Consumption=pl.col("Consumption") * 2 + 10, RecordedAt=pl.lit(LATER).cast(rows["RecordedAt"].dtype)
    )
    take_in(trained, right, tmp_path, now=LATER)
    report = renew(trained)

    assert report.restated == len(start.series_ids)
    history = history_of(trained, start.series_ids, CUTOFF)
    expected = replace(start, members=start.members.restate(history))
    assert_same(states(trained), _packed(expected))
