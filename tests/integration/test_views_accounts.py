"""The list of accounts and the facts of one, against independent computations over the store's tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, NOW, SETTINGS, take_in

from amuna.domain.alarm_tables import ALARMS
from amuna.domain.errors import NotFound
from amuna.domain.ports import Store
from amuna.domain.tables import (
    ACCOUNTS,
    CONSUMPTION,
    EVIDENCE,
    FORECASTS,
    MODELS,
    PERIOD_FORECASTS,
    SCORES,
)
from amuna.workflows.forecast import forecast
from amuna.workflows.update import update
from amuna.workflows.views.account import account_facts
from amuna.workflows.views.accounts import ACCOUNT_ROW, account_rows

LATER = NOW + timedelta(days=1)


@pytest.fixture
def lived_in(trained: Store, rows: pl.DataFrame, tmp_path: Path) -> Store:
    """A trained store that forecast, saw three more days, and got one old day corrected; an account is only listed."""
    forecast(store=trained, horizon=7, billing_days=14)
    new = rows.filter(pl.col("ConsumptionDate").is_between(CUTOFF, CUTOFF + timedelta(days=2)))
    take_in(trained, new, tmp_path, now=LATER, name="new")
    update(store=trained, settings=SETTINGS, now=LATER)
    account = rows["AccountOID"][0]
    old = rows.filter(
        pl.col("AccountOID") == account, pl.col("ConsumptionDate") == CUTOFF - timedelta(days=5)
    )
    fixed = old.with_columns(
        pl.col("Consumption") + 777,
        RecordedAt=pl.lit(LATER).cast(rows.schema["RecordedAt"]),
    )
    take_in(trained, fixed, tmp_path, now=LATER + timedelta(hours=1), name="fixed")
    listed = [
        {"account_id": account, "segment": "household", "zone_id": "Z1", "longitude": None, "latitude": None},
        {"account_id": "only listed", "segment": None, "zone_id": "Z2", "longitude": None, "latitude": None},
    ]
    trained.upsert(ACCOUNTS, ACCOUNTS.frame(listed))
    return trained


def _alarm(account: str, name: str, state: str) -> dict[str, object]:
    return {
        "alarm_id": name,
        "account_id": account,
        "kind": "high_use",
        "first_day": date(2024, 8, 1),
        "last_day": date(2024, 8, 3),
        "observed_m3": 9.0,
        "expected_m3": 3.0,
        "money_pen": None,
        "evidence": "{}",
        "state": state,
        "handled_by": "",
        "raised_at": datetime(2024, 8, 4, tzinfo=UTC),
        "changed_at": datetime(2024, 8, 4, tzinfo=UTC),
    }


def test_every_row_says_what_the_tables_say(lived_in: Store) -> None:
    found = account_rows(store=lived_in)
    assert dict(found.schema) == ACCOUNT_ROW
    days = lived_in.read(CONSUMPTION)
    assert found["account_id"].to_list() == sorted({*days["account_id"], "only listed"})
    end = days.filter(flag="ok")["day"].max()
    assert isinstance(end, date)
    models = {row["account_id"]: row for row in lived_in.read(MODELS).iter_rows(named=True)}
    for row in found.iter_rows(named=True):
        mine = days.filter(pl.col("account_id") == row["account_id"]).sort("day")
        if mine.is_empty():
            assert row["account_id"] == "only listed"
            assert [row[name] for name in ("mean_m3", "change", "quality", "champion", "expected_m3")] == [
                None
            ] * 5
            assert row["zone_id"] == "Z2"
            continue
        good = {
            day: m3
            for day, m3, flag in mine.select("day", "consumption_m3", "flag").iter_rows()
            if flag == "ok"
        }
        recent = [good[day] for day in (end - timedelta(days=n) for n in range(28)) if day in good]
        before = [good[day] for day in (end - timedelta(days=n) for n in range(28, 56)) if day in good]
        assert row["last_day"] == max(good)
        assert row["mean_m3"] == pytest.approx(sum(recent) / len(recent))
        if before and sum(before) > 0:
            assert row["change"] == pytest.approx(sum(recent) / len(recent) / (sum(before) / len(before)) - 1)
        else:
            assert row["change"] is None
        since = max(mine["day"][0], end - timedelta(days=89))
        span = (end - since).days + 1
        assert row["quality"] == pytest.approx(sum(day >= since for day in good) / span)
        assert row["champion"] == models[row["account_id"]]["champion"]
        evidence = lived_in.read(EVIDENCE, where={"account_id": row["account_id"], "model": "champion"})
        mases = evidence["mase"].drop_nulls().to_list()
        assert row["mase"] == (pytest.approx(sum(mases) / len(mases)) if mases else None)


def test_the_newest_billing_period_is_shown(lived_in: Store) -> None:
    found = account_rows(store=lived_in).drop_nulls("expected_m3")
    period = lived_in.read(PERIOD_FORECASTS)
    assert period["cutoff"].n_unique() == 2, "the newest must have a rival"
    newest = period.sort("cutoff").group_by("account_id").last().sort("account_id")
    assert found["account_id"].to_list() == newest["account_id"].to_list()
    for mine, theirs in (("expected_m3", "forecast_m3"), ("low80_m3", "low80_m3"), ("period_from", "cutoff")):
        assert found[mine].to_list() == newest[theirs].to_list()


def test_only_some_accounts_and_only_alarms_that_are_not_closed(lived_in: Store) -> None:
    account = lived_in.read(MODELS)["account_id"].sort()[0]
    alarms = [_alarm(account, name, state) for name, state in (("a", "open"), ("b", "seen"), ("c", "closed"))]
    lived_in.upsert(ALARMS, ALARMS.frame(alarms))
    all_rows = account_rows(store=lived_in)
    few = account_rows(store=lived_in, accounts=[account, "nobody"])
    assert few.equals(all_rows.filter(pl.col("account_id") == account))
    assert few["open_alarms"].to_list() == [2]
    assert all_rows["open_alarms"].sum() == 2


def test_an_empty_store_has_no_accounts(store: Store) -> None:
    found = account_rows(store=store)
    assert found.is_empty()
    assert dict(found.schema) == ACCOUNT_ROW


def test_one_account_whole(lived_in: Store, rows: pl.DataFrame) -> None:
    account = rows["AccountOID"][0]
    facts = account_facts(account, store=lived_in)
    days = lived_in.read(CONSUMPTION, where={"account_id": account}).sort("day")
    assert facts.days.equals(days.select("day", "consumption_m3", "flag"))
    assert (facts.segment, facts.zone_id) == ("household", "Z1")
    assert facts.cutoff == CUTOFF + timedelta(days=3)
    stored = lived_in.read(FORECASTS, where={"account_id": account, "cutoff": facts.cutoff}).sort("day")
    assert facts.forecast["forecast_m3"].to_list() == stored["forecast_m3"].to_list()
    assert facts.period_days == 14
    assert facts.period is not None
    assert facts.period["low80_m3"] <= facts.period["forecast_m3"] <= facts.period["high80_m3"]
    assert facts.model is not None
    assert sum(facts.model["weights"].values()) == pytest.approx(1)
    assert facts.evidence["mase"].is_sorted()
    evidence = lived_in.read(EVIDENCE, where={"account_id": account, "model": "last_week"})
    judged = facts.evidence.filter(model="last_week")
    assert judged["days"].item() == evidence["days"].sum()
    assert judged["mase"].item() == pytest.approx(evidence["mase"].mean())


def test_past_forecasts_stand_beside_what_happened(lived_in: Store, rows: pl.DataFrame) -> None:
    account = rows["AccountOID"][0]
    past = account_facts(account, store=lived_in).past
    assert past["day"].to_list() == [CUTOFF + timedelta(days=n) for n in range(3)]
    assert past["lead"].to_list() == [1, 2, 3]
    inside = past["observed_m3"].is_between(past["low80_m3"], past["high80_m3"])
    assert inside.to_list() == past["inside80"].to_list()
    assert len(past) == lived_in.count(SCORES, where={"account_id": account})


def test_a_correction_says_what_it_was(lived_in: Store, rows: pl.DataFrame) -> None:
    account = rows["AccountOID"][0]
    found = account_facts(account, store=lived_in).corrections
    assert found["day"].to_list() == [CUTOFF - timedelta(days=5)]
    assert (found["consumption_m3"] - found["was_m3"]).item() == pytest.approx(0.777)
    assert found["source"].item().endswith("fixed.parquet")


def test_an_account_that_is_only_listed_has_a_page_and_a_stranger_has_none(lived_in: Store) -> None:
    facts = account_facts("only listed", store=lived_in)
    assert facts.days.is_empty()
    assert facts.model is None
    assert facts.period is None
    assert facts.cutoff is None
    with pytest.raises(NotFound):
        account_facts("nobody", store=lived_in)
