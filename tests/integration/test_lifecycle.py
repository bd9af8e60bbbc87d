"""Refit and promote: who is asked for, who wins, who comes back, and that nothing is done twice or by halves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.integration.streaming import (
    BREAK,
    BROKEN,
    ENGINE,
    POLICY,
    SETTINGS,
    TRAINED,
    ask,
    decide,
    live,
    noon,
    renew,
    the_account,
    the_day,
    train,
    utility,
)

from amuna.domain.errors import NotEnoughData
from amuna.domain.ports import Store
from amuna.domain.table import Table
from amuna.domain.tables import (
    CONSUMPTION,
    DECISIONS,
    FORECASTS,
    MODELS,
    PERIOD_FORECASTS,
    RUNS,
    SCORES,
    STATES,
    TABLES,
    UPDATES,
)
from amuna.domain.text import Text
from amuna.lifecycle.contest import Verdict, judge
from amuna.lifecycle.policy import RefitPolicy
from amuna.store.duckdb_store import open_store
from amuna.store.postgres_store import open_postgres
from amuna.workflows import promote as promoting
from amuna.workflows.contests import open_contests
from amuna.workflows.serving import serving_run
from amuna.workflows.shards import ALL, Accounts, shards
from amuna.workflows.train import train_fleet

WINNER, LOSER = BROKEN
EVERYONE_IS_DUE = RefitPolicy(max_age_days=1)
Open = Callable[[str], Store]


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return utility()


@pytest.fixture(scope="module")
def stages(rows: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Copies of a store: trained, then on the day of the refit before and after it, and of the promotion likewise."""
    folder = tmp_path_factory.mktemp("stages")
    found: dict[str, Path] = {}

    def keep(name: str, work: Callable[[Store], object]) -> object:
        file = folder / "store.duckdb"
        store = open_store(file)
        done = work(store)
        store.close()
        found[name] = Path(shutil.copy(file, folder / f"{name}.duckdb"))
        return done

    keep("trained", lambda store: train(store, rows))
    cutoff = TRAINED
    while not found.get("asked"):
        cutoff += timedelta(days=1)
        assert cutoff < BREAK + timedelta(days=14), "nobody was asked for"
        keep("to_ask", lambda store, day=cutoff: renew(store, rows, day))  # type: ignore[misc]
        if keep("maybe", lambda store, day=cutoff: ask(store, day).refitted):  # type: ignore[misc]
            found["asked"] = found["maybe"]
    end = cutoff + timedelta(days=POLICY.early_days)
    keep("waiting", lambda store: live(store, rows, cutoff + timedelta(days=1), end))
    keep("to_promote", lambda store: (renew(store, rows, end), ask(store, end)))
    keep("promoted", lambda store: decide(store, end))
    return found


@pytest.fixture
def opened(stages: dict[str, Path], tmp_path: Path) -> Iterator[Open]:
    """Opens a copy of a stage."""
    stores = []

    def open_stage(name: str) -> Store:
        store = open_store(shutil.copy(stages[name], tmp_path / f"{name}{len(stores)}.duckdb"))
        stores.append(store)
        return store

    yield open_stage
    for store in stores:
        store.close()


def today(store: Store) -> date:
    """First day that the states of the serving run have not seen."""
    found = store.read(STATES, where={"run_id": serving_run(store)})["cutoff"].max()
    assert isinstance(found, date)
    return found


def content(store: Store) -> dict[str, pl.DataFrame]:
    """Everything in the store."""
    return {table.name: store.read(table).sort(table.key) for table in TABLES}


def assert_same(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    for name, frame in expected.items():
        assert found[name].equals(frame), name


def of(store: Store, table: Table, *accounts: str, run_id: str | None = None) -> pl.DataFrame:
    where: dict[str, object] = {"run_id": run_id or serving_run(store), "account_id": list(accounts)}
    return store.read(table, where=where).sort(table.key)


def test_a_break_is_found_within_two_weeks_and_changes_nothing_that_serves(opened: Open) -> None:
    before, asked = opened("to_ask"), opened("asked")
    decisions = asked.read(DECISIONS)
    assert set(decisions["account_id"]) == set(BROKEN)
    assert set(decisions["decision"]) == {"refit"}
    assert set(decisions["reason"]) <= {"bias", "accuracy"}
    assert BREAK < today(asked) <= BREAK + timedelta(days=14)
    for row in decisions.iter_rows(named=True):
        evidence = json.loads(row["evidence"])
        assert row["day"] == today(asked)
        assert evidence["p_value"] < POLICY.false_discovery_rate
        assert max(evidence["bias_cusum"], evidence["accuracy_cusum"]) > 4
        assert evidence["age_days"] == (today(asked) - TRAINED).days
    run = serving_run(asked)
    for table in (MODELS, STATES, FORECASTS, SCORES):
        ours = {"run_id": run}
        assert (
            asked.read(table, where=ours)
            .sort(table.key)
            .equals(before.read(table, where=ours).sort(table.key))
        )
    contests = open_contests(asked, run, ALL)
    assert contests["account_id"].to_list() == list(BROKEN)
    assert contests["challenger"].all()
    assert set(contests["start"]) == {today(asked)}
    rival = contests["rival_run"][0]
    assert of(asked, MODELS, *BROKEN, run_id=rival)["fitted_to"].to_list() == [today(asked)] * 2
    known = asked.read(RUNS, where={"run_id": rival}).row(0, named=True)
    assert (known["kind"], known["parent"], known["alias"], known["accounts"]) == ("refit", run, "", 2)


def test_a_challenger_that_wins_takes_over_and_its_predecessor_stands_by(opened: Open) -> None:
    before, after = opened("to_promote"), opened("promoted")
    run, rival = serving_run(after), open_contests(after, serving_run(after), ALL)["rival_run"][0]
    (decision,) = after.read(DECISIONS, where={"decision": "promoted"}).iter_rows(named=True)
    evidence = json.loads(decision["evidence"])
    assert (decision["account_id"], decision["run_id"], decision["rival_run"]) == (WINNER, run, rival)
    assert (decision["reason"], decision["decided_by"], decision["day"]) == (
        "evidence",
        "amuna",
        today(after),
    )
    assert evidence["rival_mae_m3"] < (1 - 2 * POLICY.margin) * evidence["serving_mae_m3"]
    assert evidence["forecasts"] == sum(range(1, POLICY.early_days + 1))

    model, other = of(after, MODELS, WINNER), of(after, MODELS, WINNER, run_id=rival)
    assert model.drop("run_id").equals(of(before, MODELS, WINNER, run_id=rival).drop("run_id"))
    assert other.drop("run_id").equals(of(before, MODELS, WINNER).drop("run_id"))
    assert (model["fitted_run"][0], other["fitted_run"][0]) == (rival, run)
    predecessor = open_contests(after, run, ALL).filter(the_account == WINNER).row(0, named=True)
    assert (predecessor["challenger"], predecessor["start"]) == (False, today(after))

    now = the_account.is_in([WINNER]) & (pl.col("cutoff") == today(after))
    for table in (FORECASTS, PERIOD_FORECASTS):
        old, new = before.read(table).sort(table.key), after.read(table).sort(table.key)
        assert new.filter(~now).equals(old.filter(~now))
        assert new.filter(now).select(table.key).equals(old.filter(now).select(table.key))
        assert not new.filter(now)["forecast_m3"].equals(old.filter(now)["forecast_m3"])
    assert of(after, MODELS, LOSER).equals(of(before, MODELS, LOSER))


def test_what_the_winner_forecasts_comes_true_better(opened: Open, rows: pl.DataFrame) -> None:
    before, after = opened("to_promote"), opened("promoted")
    truth = rows.filter(the_account == WINNER)
    gaps = [
        of(store, FORECASTS, WINNER)
        .filter(pl.col("cutoff") == today(store))
        .join(truth, on=["account_id", "day"])
        .select((pl.col("forecast_m3") - pl.col("consumption_m3")).abs().mean())
        .item()
        for store in (after, before)
    ]
    assert gaps[0] < gaps[1]


def test_the_days_go_on_until_every_contest_is_over(opened: Open, rows: pl.DataFrame) -> None:
    store = opened("promoted")
    start = today(store)
    reports = live(store, rows, start + timedelta(days=1), start + timedelta(days=POLICY.trial_days + 1))
    ended = {(cutoff - start).days: (p.kept, p.confirmed, p.rolled_back) for cutoff, _, p in reports}
    assert ended[POLICY.trial_days - POLICY.early_days] == (1, 0, 0)
    assert ended[POLICY.trial_days] == (0, 1, 0)
    assert reports[-1][2].still_open == 0
    assert open_contests(store, serving_run(store), ALL).is_empty()
    assert store.read(MODELS)["run_id"].unique().to_list() == [serving_run(store)]
    assert store.read(STATES)["run_id"].unique().to_list() == [serving_run(store)]
    named = store.read(DECISIONS).sort("day").select("account_id", "decision").rows()
    assert [decision for account, decision in named if account == WINNER] == [
        "refit",
        "promoted",
        "confirmed",
    ]
    assert [decision for account, decision in named if account == LOSER] == ["refit", "kept"]


def test_a_promoted_model_that_turns_out_worse_is_rolled_back(opened: Open, rows: pl.DataFrame) -> None:
    store = opened("promoted")
    run, start = serving_run(store), today(store)
    good = of(store, MODELS, WINNER, run_id=open_contests(store, run, ALL)["rival_run"][0])
    bad = of(store, MODELS, WINNER).with_columns(pl.col("weights").list.eval(3 * pl.element()))
    store.upsert(MODELS, bad)
    days = POLICY.early_days
    reports = live(store, rows, start + timedelta(days=1), start + timedelta(days=days + 1))
    assert [p.rolled_back for _, _, p in reports] == [0] * (days - 1) + [1]
    (decision,) = store.read(DECISIONS, where={"decision": "rolled_back"}).iter_rows(named=True)
    evidence = json.loads(decision["evidence"])
    assert (decision["account_id"], decision["day"]) == (WINNER, start + timedelta(days=days))
    assert evidence["rival_mae_m3"] < evidence["serving_mae_m3"]
    assert of(store, MODELS, WINNER).drop("run_id").equals(good.drop("run_id"))
    assert WINNER not in open_contests(store, run, ALL)["account_id"]
    assert of(store, STATES, WINNER)["cutoff"].to_list() == [today(store)]
    later = live(
        store,
        rows,
        today(store) + timedelta(days=1),
        today(store) + timedelta(days=3),
        policy=EVERYONE_IS_DUE,
    )
    assert later[0][1].refitted > 30
    assert store.count(DECISIONS, where={"account_id": WINNER, "decision": "refit"}) == 1


def test_an_account_at_rest_or_in_a_contest_is_left_alone(opened: Open, rows: pl.DataFrame) -> None:
    store = opened("promoted")
    kept = []
    for _ in range(POLICY.trial_days - POLICY.early_days):
        cutoff = today(store) + timedelta(days=1)
        renew(store, rows, cutoff)
        kept.append(decide(store, cutoff).kept)
    assert kept[-1] == 1
    report = ask(store, today(store), policy=EVERYONE_IS_DUE)
    asked = store.read(DECISIONS, where={"decision": "refit", "day": today(store)})
    assert set(rows["account_id"]) - set(asked["account_id"]) == set(BROKEN)
    assert set(asked["reason"]) == {"calendar"}
    assert report.refitted == len(asked) == rows["account_id"].n_unique() - 2


@pytest.mark.parametrize("stage", ["asked", "promoted"])
def test_the_same_day_again_changes_nothing(opened: Open, stage: str) -> None:
    store = opened(stage)
    decide(store, today(store))
    before = content(store)
    assert ask(store, today(store)).refitted == 0
    report = decide(store, today(store))
    assert (report.promoted, report.kept, report.rolled_back, report.confirmed) == (0, 0, 0, 0)
    assert report.still_open == 2
    renew(store, store.read(CONSUMPTION), today(store))
    assert_same(content(store), before)


def _cut_off(store: Store, table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    write = store.upsert

    def broken(into: Table, frame: pl.DataFrame) -> object:
        if into is table:
            raise NotEnoughData(Text.both("power cut"))
        return write(into, frame)

    monkeypatch.setattr(store, "upsert", broken)


@pytest.mark.parametrize(
    ("stage", "step", "table", "ends_as"),
    [
        ("to_ask", ask, DECISIONS, "asked"),
        ("to_ask", ask, RUNS, "asked"),
        ("to_promote", decide, DECISIONS, "promoted"),
        ("to_promote", decide, PERIOD_FORECASTS, "promoted"),
    ],
)
def test_a_step_cut_off_leaves_the_store_as_it_was(
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    step: Callable[[Store, date], Any],
    table: Table,
    ends_as: str,
) -> None:
    store = opened(stage)
    before = content(store)
    _cut_off(store, table, monkeypatch)
    with pytest.raises(NotEnoughData, match="power cut"):
        step(store, today(store))
    monkeypatch.undo()
    assert_same(content(store), before)
    step(store, today(store))
    assert_same(content(store), content(opened(ends_as)))


def test_refits_by_calendar_spread_over_the_days(opened: Open, rows: pl.DataFrame) -> None:
    store = opened("trained")
    policy = RefitPolicy(max_age_days=16, false_discovery_rate=1e-9)
    ages: dict[str, int] = {}
    for age in range(1, 21):
        cutoff = TRAINED + timedelta(days=age)
        renew(store, rows, cutoff)
        ask(store, cutoff, policy=policy)
        for name in store.read(DECISIONS, where={"reason": "calendar"})["account_id"]:
            ages.setdefault(name, age)
    assert set(ages) >= set(rows["account_id"]) - set(BROKEN)
    assert min(ages.values()) >= 12
    by_day = np.bincount(list(ages.values()))
    assert (by_day > 0).sum() >= 6
    assert by_day.max() <= len(ages) / 3


def test_a_young_model_is_fitted_anew_once_its_history_has_grown(opened: Open, rows: pl.DataFrame) -> None:
    store = opened("trained")
    newcomer = rows.filter((the_account == "A00") & (the_day >= TRAINED - timedelta(days=10))).with_columns(
        account_id=pl.lit("B00")
    )
    everyone = pl.concat([rows, newcomer])
    asked_at = None
    for age in range(1, 21):
        cutoff = TRAINED + timedelta(days=age)
        renew(store, everyone, cutoff)
        ask(store, cutoff, policy=RefitPolicy(false_discovery_rate=1e-9))
        if asked_at is None and store.count(DECISIONS, where={"account_id": "B00", "decision": "refit"}):
            asked_at = age
    decisions = store.read(DECISIONS, where={"account_id": "B00"}).sort("decided_at")
    assert decisions.select("decision", "reason").rows()[:2] == [("adopted", "new"), ("refit", "calendar")]
    assert asked_at is not None
    assert asked_at <= 1.25 * POLICY.growth * POLICY.rest_days


def test_a_new_training_of_the_fleet_ends_all_contests(opened: Open) -> None:
    store = opened("promoted")
    assert open_contests(store, serving_run(store), ALL).height == 2
    rival = open_contests(store, serving_run(store), ALL)["rival_run"].unique().to_list()
    before = serving_run(store)
    train_fleet(store=store, engine=ENGINE, settings=SETTINGS, now=noon(today(store)))
    assert serving_run(store) != before
    assert ask(store, today(store)).refitted == 0
    for table in (MODELS, STATES):
        assert store.count(table, where={"run_id": rival}) == 0
        assert store.count(table, where={"run_id": before}) == 36
    assert decide(store, today(store)).still_open == 0


class _Heard:
    """Listens to what the judge is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.observed, self.serving, self.rival = (np.empty(0) for _ in range(3))
        monkeypatch.setattr(promoting, "judge", self)

    def __call__(self, observed: Any, serving: Any, rival: Any, **terms: Any) -> Verdict:
        self.observed, self.serving, self.rival = observed, serving, rival
        return judge(observed, serving, rival, **terms)


def _randomise(store: Store, days: pl.Expr) -> None:
    changed = store.read(CONSUMPTION, where={"account_id": list(BROKEN)}).filter(days)
    noise = np.random.default_rng(1).uniform(0, 50, len(changed))
    store.upsert(
        CONSUMPTION,
        changed.with_columns(
            consumption_m3=pl.Series(noise), recorded_at=pl.col("recorded_at") + timedelta(days=200)
        ),
    )


def test_only_days_after_both_were_fitted_judge(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = _Heard(monkeypatch)
    store = opened("to_promote")
    contests = open_contests(store, serving_run(store), ALL)
    start, end = contests["start"][0], today(store)
    assert store.read(MODELS, where={"account_id": list(BROKEN)})["fitted_to"].max() == start
    decide(store, end)
    truth = (
        store.read(CONSUMPTION, where={"account_id": list(BROKEN)})
        .filter(the_day.is_between(start, end, closed="left"))
        .sort("account_id", "day")["consumption_m3"]
        .to_numpy()
        .reshape(2, -1)
    )
    length = truth.shape[1]
    for origin in range(length):
        expected = np.full((2, length), np.nan)
        expected[:, : length - origin] = truth[:, origin:]
        np.testing.assert_array_equal(heard.observed[origin], expected[:, : heard.observed.shape[2]])
    first = (heard.observed, heard.serving, heard.rival)

    spoiled = opened("to_promote")
    _randomise(spoiled, the_day < start)
    decide(spoiled, end)
    np.testing.assert_array_equal(heard.observed, first[0])
    assert not np.allclose(heard.serving[0], first[1][0])

    late = opened("to_promote")
    _randomise(late, the_day >= start + timedelta(days=3))
    decide(late, end)
    np.testing.assert_array_equal(heard.serving[:4], first[1][:4])
    np.testing.assert_array_equal(heard.rival[:4], first[2][:4])
    assert not np.allclose(heard.serving[4:], first[1][4:])


def _journey(
    store: Store,
    rows: pl.DataFrame,
    ranges: list[Accounts],
    *,
    days: int,
    policy: RefitPolicy = POLICY,
) -> dict[str, pl.DataFrame]:
    """Some days by ranges, one step after another; what the models came to, whatever the refit runs are called."""
    for number in range(1, days + 1):
        cutoff = TRAINED + timedelta(days=number)
        for accounts in ranges:
            renew(store, rows, cutoff, accounts=accounts)
        for accounts in ranges:
            ask(store, cutoff, accounts=accounts, policy=policy)
        for accounts in ranges:
            decide(store, cutoff, accounts=accounts, policy=policy)
    names = ("run_id", "fitted_run", "rival_run")
    found = {}
    for table in (MODELS, STATES, FORECASTS, PERIOD_FORECASTS, SCORES, DECISIONS):
        frame = store.read(table).drop("evidence", "decided_at", strict=False)
        plain = [pl.col(name).str.replace("-.*", "") for name in names if name in frame.columns]
        found[table.name] = frame.with_columns(plain).sort(table.key)
    return found


def test_ranges_one_after_another_do_what_all_at_once_does(opened: Open, rows: pl.DataFrame) -> None:
    """In any order; but who is broken is a question to the accounts of a range, so here the calendar asks."""
    policy = RefitPolicy(max_age_days=3, false_discovery_rate=1e-9)
    whole = opened("trained")
    expected = _journey(whole, rows, [ALL], days=11, policy=policy)
    assert set(expected["decisions"]["decision"]) >= {"refit", "promoted"}
    for backwards in (False, True):
        parts = opened("trained")
        ranges = shards(parts, 3)
        found = _journey(parts, rows, ranges[::-1] if backwards else ranges, days=11, policy=policy)
        for name, frame in expected.items():
            assert_frame_equal(found[name], frame, rel_tol=1e-9, abs_tol=1e-9)
        assert parts.count(UPDATES) == 3 * (whole.count(UPDATES) - 1) + 1


def test_postgres_comes_to_the_same(
    opened: Open, rows: pl.DataFrame, new_database: Callable[[], str]
) -> None:
    served = open_postgres(new_database())
    embedded = opened("trained")
    train(served, rows)
    days = (BREAK - TRAINED).days + 14
    expected, found = (_journey(store, rows, [ALL], days=days) for store in (embedded, served))
    assert {"refit", "promoted"} <= set(expected["decisions"]["decision"])
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame, rel_tol=1e-6, abs_tol=1e-8)
    before = content(served)
    cutoff = today(served)
    ask(served, cutoff)
    decide(served, cutoff)
    assert_same(content(served), before)
    served.close()
