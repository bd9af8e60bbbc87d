"""The views of demand against sums computed with polars from the very rows that were written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from tests.integration.drifting import START, commit, utility

from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS, FORECASTS, RUNS, SCORES, WEATHER
from amuna.store.duckdb_store import open_store
from amuna.workflows.outlook import outlook
from amuna.workflows.views.demand import (
    Demand,
    Part,
    account_days,
    account_forecast,
    demand,
    outlooks,
    part_days,
    part_outlook,
    wide,
)
from amuna.workflows.views.demand_periods import breakdown, by_step, figures
from amuna.workflows.views.demand_profile import month_profile, weekday_profile
from amuna.workflows.views.demand_proof import (
    judged_account,
    judged_part,
    judged_sums,
    misses,
    proof_figures,
)
from amuna.workflows.views.weather_days import warm_effect, weather_days

NOW = datetime(2025, 1, 7, 14, tzinfo=UTC)
END = START + timedelta(days=280)
HALF = date(2024, 9, 2)
ALL = Part()


@pytest.fixture(scope="module")
def rows() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Accounts, of which one has no zone and one is unknown to ACCOUNTS, and their days."""
    accounts, days = utility(accounts=160)
    first, second = accounts["account_id"][0], accounts["account_id"][1]
    zone = pl.when(pl.col("account_id") == first).then(None).otherwise("zone_id")
    return accounts.filter(pl.col("account_id") != second).with_columns(zone_id=zone), days


@pytest.fixture(scope="module")
def store(
    rows: tuple[pl.DataFrame, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("demand") / "store.duckdb")
    opened.upsert(ACCOUNTS, rows[0])
    commit(opened, rows[1], now=NOW)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def found(store: Store) -> Demand:
    return demand(store)


@pytest.fixture(scope="module")
def joined(rows: tuple[pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    """Days with their zone and segment, by polars alone."""
    accounts, days = rows
    kept = accounts.select("account_id", "zone_id", "segment")
    return days.join(kept, on="account_id", how="left").with_columns(
        pl.col("zone_id", "segment").fill_null("unknown")
    )


def test_a_part_has_the_sum_of_its_accounts_on_every_day(found: Demand, joined: pl.DataFrame) -> None:
    assert (found.first, found.cutoff) == (START, END)
    zones = joined["zone_id"].unique().sort().to_list()
    assert sorted(found.names("zone")) == zones
    assert found.names("zone")[-1] == "unknown"
    for part, rows in (
        (ALL, joined),
        (Part("zone", zones[0]), joined.filter(pl.col("zone_id") == zones[0])),
        (Part("zone", "unknown"), joined.filter(pl.col("zone_id") == "unknown")),
        (Part("segment", "household"), joined.filter(pl.col("segment") == "household")),
    ):
        days = part_days(found, part)
        assert days["day"].to_list() == [START + timedelta(days=n) for n in range(280)]
        wanted = rows.group_by("day").agg(pl.col("consumption_m3").sum(), n=pl.len()).sort("day")
        both = days.join(wanted, on="day", how="left")
        known = both.drop_nulls("total_m3")
        assert len(known) > 250
        assert known["total_m3"].to_list() == pytest.approx(known["consumption_m3"].to_list())
        assert both["accounts"].to_list() == both["n"].fill_null(0).to_list()
        dropped = both.filter(pl.col("total_m3").is_null() & (pl.col("accounts") > 0))
        assert (dropped["accounts"] < 0.9 * known["accounts"].max()).all()


def test_a_day_of_which_too_few_accounts_are_known_has_no_total(
    rows: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    accounts, days = rows
    thin = date(2024, 8, 1)
    few = days["account_id"].unique().sort()[:20].to_list()
    with closing(open_store(":memory:")) as store:
        store.upsert(ACCOUNTS, accounts)
        commit(store, days.filter((pl.col("day") != thin) | pl.col("account_id").is_in(few)), now=NOW)
        found = demand(store)
    row = part_days(found, ALL).row(by_predicate=pl.col("day") == thin, named=True)
    assert row["total_m3"] is None
    assert 0 < row["accounts"] <= 20
    known = figures(part_days(found, ALL), thin, thin + timedelta(days=2))
    assert (known["days"], known["known"]) == (2, 1)


def test_an_empty_store_has_no_demand() -> None:
    with closing(open_store(":memory:")) as store:
        found = demand(store)
        assert (found.first, found.cutoff, found.names("zone")) == (None, None, [])
        assert part_days(found, ALL).is_empty()
        assert account_days(store, "A1", None).is_empty()
        assert wide(part_outlook(part_days(found, ALL), found, 14).forecast).is_empty()
        assert outlooks(found, "zone", 14).is_empty()
        assert judged_sums(store).is_empty()


def test_one_account_has_its_own_days(store: Store, found: Demand, joined: pl.DataFrame) -> None:
    account = joined["account_id"][0]
    days = account_days(store, account, found.cutoff).drop_nulls("total_m3")
    wanted = joined.filter(pl.col("account_id") == account).sort("day")
    assert days["day"].to_list() == wanted["day"].to_list()
    assert days["total_m3"].to_list() == wanted["consumption_m3"].to_list()


def test_a_part_is_forecast_as_a_series_of_its_own(found: Demand) -> None:
    days = part_days(found, Part("segment", "household"))
    ahead = part_outlook(days, found, 14)
    assert ahead.forecast["day"].unique().to_list() == [END + timedelta(days=n) for n in range(14)]
    fan = wide(ahead.forecast)
    names = ["low95_m3", "low80_m3", "low50_m3", "forecast_m3", "high50_m3", "high80_m3", "high95_m3"]
    assert fan.columns == ["day", *names]
    assert all((fan[low] <= fan[high]).all() for low, high in pairwise(names))
    middle = ahead.forecast.filter(pl.col("quantile") == 0.5)
    assert fan["forecast_m3"].to_list() == middle["total_m3"].to_list()
    # what was forecast from an earlier cutoff is what the same call says of the days before it
    past = ahead.tested["cutoff"].max()
    assert isinstance(past, date)
    again = outlook(days.filter(pl.col("day") < past), past, 14, tests=0)
    then = again.forecast.filter(pl.col("quantile") == 0.5).select("day", "total_m3")
    both = ahead.tested.join(then, on="day")
    assert len(both) >= 13
    assert both["forecast_m3"].to_list() == both["total_m3"].to_list()
    # the parts table says the same of the sum
    row = outlooks(found, "segment", 14).row(by_predicate=pl.col("name") == "household", named=True)
    assert row["forecast_m3"] == pytest.approx(ahead.horizon_m3[0.5])
    assert row["low80_m3"] < row["forecast_m3"] < row["high80_m3"]
    assert row["before_m3"] == pytest.approx(days.tail(14)["total_m3"].sum())


def test_tests_of_earlier_forecasts_are_summed_up_against_last_week(found: Demand) -> None:
    days = part_days(found, ALL)
    ahead = part_outlook(days, found, 7)
    summed = proof_figures(ahead.tested, days)
    value = dict(days.select("day", "total_m3").iter_rows())
    off = last = used = compared = inside = 0.0
    for row in ahead.tested.iter_rows(named=True):
        week_before = row["cutoff"] - timedelta(days=7) + (row["day"] - row["cutoff"])
        off += abs(row["forecast_m3"] - row["observed_m3"])
        used += row["observed_m3"]
        inside += row["low80_m3"] <= row["observed_m3"] <= row["high80_m3"]
        if value[week_before] is not None:
            last += abs(value[week_before] - row["observed_m3"])
            compared += row["observed_m3"]
    assert summed["days"] == len(ahead.tested) > 80
    assert summed["miss_share"] == pytest.approx(off / used)
    assert summed["last_week_share"] == pytest.approx(last / compared)
    assert (
        summed["held80"] == pytest.approx(inside / len(ahead.tested)) == ahead.held("low80_m3", "high80_m3")
    )
    assert set(proof_figures(ahead.tested.clear(), days).values()) == {None}


def test_weeks_begin_on_monday_and_months_on_the_first(found: Demand) -> None:
    days = part_days(found, ALL)
    weeks, months = by_step(days, "week"), by_step(days, "month")
    assert {start.isoweekday() for start in weeks["start"]} == {1}
    assert {start.day for start in months["start"]} == {1}
    june = days.filter(pl.col("day").dt.month() == 6).drop_nulls("total_m3")
    row = months.row(by_predicate=pl.col("start") == date(2024, 6, 1), named=True)
    assert row["mean_m3"] == pytest.approx(june["total_m3"].mean())
    assert (row["days"], row["known"]) == (30, len(june))
    assert weeks["mean_m3"].null_count() == 0  # the store begins on a Monday and ends on a Sunday
    cut = by_step(days.filter(pl.col("day") < date(2024, 6, 20)), "month")
    assert cut["mean_m3"].is_null().to_list() == [False, False, True]
    assert by_step(days, "day")["mean_m3"].to_list() == days["total_m3"].to_list()


def test_figures_of_a_period_and_what_changed_by_zone(found: Demand, joined: pl.DataFrame) -> None:
    days = part_days(found, ALL)
    before, after = (date(2024, 6, 1), date(2024, 7, 1)), (HALF, HALF + timedelta(days=28))
    known = set(days.drop_nulls("total_m3")["day"])
    june = joined.filter(pl.col("day").is_between(*before, closed="left"), pl.col("day").is_in(known))
    row = figures(days, *before)
    assert row["total_m3"] == pytest.approx(june["consumption_m3"].sum())
    assert row["account_l"] == pytest.approx(1000 * june["consumption_m3"].mean())  # type: ignore[operator]
    changed = breakdown(found, "zone", before, after, within=Part("segment", "household"))
    assert changed["change_m3"].abs().is_sorted(descending=True)
    name = changed["name"][0]
    inside = joined.filter(pl.col("zone_id") == name, pl.col("segment") == "household")
    sums = inside.group_by("day").agg(pl.col("consumption_m3").sum(), n=pl.len()).sort("day")
    usual = sums["n"].rolling_median(28, min_samples=1)
    sums = sums.filter(sums["n"] >= 0.9 * usual)
    mean = [
        sums.filter(pl.col("day").is_between(*period, closed="left"))["consumption_m3"].mean()
        for period in (before, after)
    ]
    assert changed.row(0, named=True)["mean_m3"] == pytest.approx(mean[0])
    assert changed["change_m3"][0] == pytest.approx(mean[1] - mean[0])  # type: ignore[operator]
    assert figures(days, END, END + timedelta(days=3))["total_m3"] is None


def test_profiles_tell_the_week_and_the_months_with_their_spread() -> None:
    day = pl.date_range(date(2024, 1, 1), date(2024, 12, 29), eager=True).alias("day")  # whole weeks
    factor = {1: 1.0, 2: 1.0, 3: 1.0, 4: 1.0, 5: 1.0, 6: 1.4, 7: 0.6}
    value = [100.0 * factor[each.isoweekday()] * (1 + each.month / 100) for each in day]
    days = pl.DataFrame({"day": day, "accounts": [50] * len(day), "total_m3": value})
    week = weekday_profile(days, date(2024, 12, 30))
    assert week["weekday"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert week["weeks"].to_list() == [52] * 7
    assert week["middle"][5] == pytest.approx(1.4, abs=0.01)
    assert week["middle"][6] == pytest.approx(0.6, abs=0.01)
    assert (week["low"] <= week["middle"]).all()
    # a week with a gap does not count
    gap = days.with_columns(
        total_m3=pl.when(pl.col("day") == date(2024, 5, 1)).then(None).otherwise("total_m3")
    )
    assert weekday_profile(gap, date(2024, 12, 30))["weeks"].to_list() == [51] * 7
    assert weekday_profile(days.head(21), date(2024, 1, 22)).is_empty()
    months = month_profile(days)
    may = [v for d, v in zip(day, value, strict=True) if d.month == 5]
    assert months["mean_m3"][4] == pytest.approx(sum(may) / 31)
    assert months["account_l"][4] == pytest.approx(1000 * sum(may) / 31 / 50)
    assert months["low"][4] == pytest.approx(63.0)


def _judged(store: Store, accounts: pl.DataFrame) -> pl.DataFrame:
    """Scores of ten accounts at leads 1, 3 and 7, by the serving run, an older training and a refit."""
    runs = [
        {"run_id": name, "started_at": NOW - timedelta(days=age), "finished_at": NOW, "cutoff": HALF,
         "settings": "{}", "code_version": "1", "accounts": 10, "alias": alias, "kind": kind, "parent": None}
        for name, age, alias, kind in (
            ("run-new", 1, "champion", "training"),
            ("run-old", 9, "", None),
            ("run-refit", 0, "", "refit"),
        )
    ]  # fmt: skip
    store.upsert(RUNS, RUNS.frame(runs))
    scores = [
        {"run_id": run, "account_id": account, "cutoff": HALF, "day": HALF + timedelta(days=lead - 1),
         "observed_m3": 1.0 + n, "forecast_m3": 1.0 + n + off, "baseline_m3": None,
         "inside80": n % 2 == 0, "inside95": n > 0}
        for run, off in (("run-new", 0.5), ("run-old", 9.0), ("run-refit", 5.0))
        for n, account in enumerate(accounts["account_id"][:10])
        for lead in (1, 3, 7)
    ]  # fmt: skip
    frame = SCORES.frame(scores)
    store.upsert(SCORES, frame)
    return frame


def test_stored_forecasts_are_summed_as_the_serving_run_made_them(
    rows: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    accounts = rows[0]
    with closing(open_store(":memory:")) as store:
        store.upsert(ACCOUNTS, accounts)
        _judged(store, accounts)
        sums = judged_sums(store)
        zone = accounts["zone_id"][3]
        part = judged_part(sums, Part("zone", zone))
        one = judged_account(store, accounts["account_id"][4])
    whole = judged_part(sums, ALL)
    assert whole["lead"].to_list() == [1, 7]
    assert whole["accounts"].to_list() == [10, 10]
    assert whole["observed_m3"].to_list() == pytest.approx([55.0, 55.0])
    assert whole["forecast_m3"].to_list() == pytest.approx([60.0, 60.0])
    assert part["accounts"][0] == accounts[:10].filter(pl.col("zone_id") == zone).height
    told = misses(whole).row(0, named=True)
    assert told["held80"] == 0.5
    assert told["held95"] == 0.9
    assert told["miss_share"] == told["bias_share"] == pytest.approx(5 / 55)
    assert one["forecast_m3"].to_list() == [5.5, 5.5]
    assert one["low80_m3"].to_list() == [None, None]


def test_the_newest_forecast_of_an_account_is_shown(rows: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    accounts = rows[0]
    account = accounts["account_id"][0]
    names = ["low95_m3", "low80_m3", "low50_m3", "forecast_m3", "high50_m3", "high80_m3", "high95_m3"]
    forecasts = [
        {"run_id": "run-new", "account_id": account, "cutoff": cutoff, "day": HALF + timedelta(days=n)}
        | {name: level + at for at, name in enumerate(names)}
        for cutoff, level in ((HALF, 1.0), (HALF - timedelta(days=1), 50.0))
        for n in range(3)
    ]
    with closing(open_store(":memory:")) as store:
        _judged(store, accounts)
        store.upsert(FORECASTS, FORECASTS.frame(forecasts))
        found = account_forecast(store, account)
    assert found["day"].to_list() == [HALF + timedelta(days=n) for n in range(3)]
    assert found["forecast_m3"].to_list() == [4.0, 4.0, 4.0]
    assert found["high95_m3"].to_list() == [7.0, 7.0, 7.0]


def test_weather_is_of_local_days_and_a_mean_over_places() -> None:
    lima = ZoneInfo("America/Lima")
    start = datetime(2024, 3, 1, 5, tzinfo=UTC)  # midnight in Lima
    hours = [
        {"place_id": place, "observed_at": start + timedelta(hours=h), "temperature_c": base + (h % 24),
         "rain_mm": 0.5, "kind": "observed" if h < 24 else "forecast", "recorded_at": NOW, "batch_id": "b"}
        for place, base in (("a", 10.0), ("b", 14.0))
        for h in range(24 + 20 + 10)
        if not 44 <= h < 48 and h < 54
    ]  # fmt: skip
    rest = dict.fromkeys(("apparent_temperature_c", "humidity_percent", "wind_kmh"))
    with closing(open_store(":memory:")) as store:
        assert weather_days(store, lima).is_empty()
        store.upsert(WEATHER, WEATHER.frame([row | rest for row in hours]))
        days = weather_days(store, lima)
    assert days["day"].to_list() == [date(2024, 3, 1), date(2024, 3, 2)]  # six hours of the third are too few
    first = days.row(0, named=True)
    assert (first["places"], first["forecast"], days["forecast"][1]) == (2, False, True)
    assert first["temperature_c"] == pytest.approx(12 + 11.5)
    assert first["warmest_c"] == pytest.approx(12 + 23)
    assert first["rain_mm"] == pytest.approx(12.0)


def test_the_tie_between_warmth_and_demand_is_found_where_it_is_and_only_there() -> None:
    day = pl.date_range(date(2024, 1, 1), date(2024, 6, 30), eager=True).alias("day")
    n = pl.Series("n", range(len(day)))
    warm = ((n * 7919) % 13).cast(pl.Float64)
    weather = pl.DataFrame({"day": day, "temperature_c": warm})
    tied = pl.DataFrame({"day": day, "total_m3": 100 + 3 * warm + n * 0.5})
    assert warm_effect(tied, weather, date(2024, 7, 1))[1] == pytest.approx(1.0)
    flat = pl.DataFrame({"day": day, "total_m3": [100.0] * len(day)})
    assert warm_effect(flat, weather, date(2024, 7, 1))[1] is None
    assert warm_effect(tied.head(40), weather, date(2024, 2, 10)) == (33, None)
