"""Alarms on a small utility: raised once, carried on, closed by themselves, quiet after a person closed them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.integration.conftest import CUTOFF, NEW_DAYS, NOW, Amuna

from amuna import wiring
from amuna.config.settings import Settings
from amuna.domain.alarm_tables import ALARMS
from amuna.domain.errors import NotFound, UnknownSetting
from amuna.domain.panel import Floats
from amuna.domain.ports import Store
from amuna.domain.tables import CONSUMPTION
from amuna.workflows.alarms import AlarmsReport, handle, raise_alarms

LEAK, SILENT = "A0000007", "A0000011"


def price(volume_m3: Floats, _segment: pl.Series) -> Floats:
    return 2.0 * volume_m3


def set_days(
    store: Store, account: str, first: date, days: int, m3: float | None, *, more: float = 0.0
) -> None:
    """Overwrite days of an account with a volume, or add to what is there; days that are missing come in."""
    every = [first + timedelta(days=step) for step in range(days)]
    known = store.read(CONSUMPTION, where={"account_id": account}).filter(pl.col("flag") == "ok")
    usual = float(known["consumption_m3"].median() or 0.0)  # type: ignore[arg-type]
    like = known.filter(pl.col("day") == known["day"].max())
    rows = pl.concat([like] * days).with_columns(
        day=pl.Series(every),
        consumption_m3=pl.lit(usual + more if m3 is None else m3),
        recorded_at=pl.col("recorded_at") + timedelta(days=400),
    )
    store.upsert(CONSUMPTION, CONSUMPTION.check(rows.select(CONSUMPTION.names)))


def look(store: Store, day: int) -> AlarmsReport:
    """Look at the day so many days after the cutoff, on its morning."""
    end = CUTOFF + timedelta(days=day)
    return raise_alarms(store=store, now=NOW + timedelta(days=day), price=price, end=end)


def alarms_of(store: Store, account: str) -> list[dict[str, object]]:
    return store.read(ALARMS, where={"account_id": account}).sort("first_day").to_dicts()


@pytest.fixture
def leaking(trained: Store) -> Store:
    """A store where an account uses 20 m³ a day more from the cutoff on, for NEW_DAYS + 10 days, then as before."""
    set_days(trained, LEAK, CUTOFF, NEW_DAYS + 10, None, more=20.0)
    set_days(trained, LEAK, CUTOFF + timedelta(days=NEW_DAYS + 10), 12, None)
    return trained


def test_a_leak_is_raised_on_its_sixth_day_and_told_with_its_figures(leaking: Store) -> None:
    assert [look(leaking, day).raised and alarms_of(leaking, LEAK) for day in (0, 5)] == [0, 0]
    look(leaking, 6)
    (alarm,) = alarms_of(leaking, LEAK)
    assert (alarm["kind"], alarm["first_day"], alarm["last_day"]) == (
        "high_use",
        CUTOFF,
        CUTOFF + timedelta(days=5),
    )
    assert alarm["alarm_id"] == f"high_use-{LEAK}-{CUTOFF}"
    more = float(alarm["observed_m3"]) - float(alarm["expected_m3"])  # type: ignore[arg-type]
    assert more == pytest.approx(120, rel=0.05)
    assert alarm["money_pen"] == pytest.approx(2 * more / 6 * 30)
    figures = json.loads(str(alarm["evidence"]))
    assert (figures["unusual_days"], figures["judged_days"]) == (6, 7)
    assert figures["usual_m3_day"] < figures["limit_m3_day"] < figures["observed_m3_day"]


def test_it_is_carried_on_while_the_models_get_used_to_it_and_closes_when_it_ends(leaking: Store) -> None:
    for day in range(6, NEW_DAYS + 11):
        look(leaking, day)
    (alarm,) = alarms_of(leaking, LEAK)
    assert (alarm["state"], alarm["last_day"]) == ("open", CUTOFF + timedelta(days=NEW_DAYS + 9))
    assert float(alarm["observed_m3"]) > 400  # type: ignore[arg-type]
    for day in range(NEW_DAYS + 11, NEW_DAYS + 20):
        look(leaking, day)
    (alarm,) = alarms_of(leaking, LEAK)
    assert (alarm["state"], alarm["handled_by"]) == ("closed", "amuna")


def test_the_same_look_twice_changes_nothing(leaking: Store) -> None:
    first = look(leaking, 6)
    once = leaking.read(ALARMS).sort("alarm_id")
    again = look(leaking, 6)
    assert first.raised >= 1
    assert (again.raised, again.prolonged, again.closed) == (0, 0, 0)
    assert leaking.read(ALARMS).sort("alarm_id").equals(once)


def test_one_that_a_person_closed_is_not_raised_again_for_the_same_days(leaking: Store) -> None:
    look(leaking, 6)
    name = str(alarms_of(leaking, LEAK)[0]["alarm_id"])
    handle(store=leaking, alarm_id=name, state="seen", by="ana", now=NOW)
    look(leaking, 7)
    assert alarms_of(leaking, LEAK)[0]["state"] == "seen"
    assert alarms_of(leaking, LEAK)[0]["handled_by"] == "ana"
    handle(store=leaking, alarm_id=name, state="closed", by="ana", now=NOW + timedelta(days=7))
    for day in (8, 9, 10):
        look(leaking, day)
    assert [(row["alarm_id"], row["state"]) for row in alarms_of(leaking, LEAK)] == [(name, "closed")]


@pytest.mark.parametrize(("days", "found"), [(20, 0), (21, 1)])
def test_nothing_for_three_weeks_is_an_alarm_where_there_was_use(
    trained: Store, days: int, found: int
) -> None:
    set_days(trained, SILENT, CUTOFF - timedelta(days=30), 30, None, more=1.0)
    set_days(trained, SILENT, CUTOFF, days, 0.0)
    look(trained, days)
    rows = alarms_of(trained, SILENT)
    assert [(row["kind"], row["first_day"]) for row in rows] == [("no_use", CUTOFF)] * found
    if found:
        assert rows[0]["observed_m3"] == 0.0
        assert float(rows[0]["expected_m3"]) > 21  # type: ignore[arg-type]


@pytest.mark.parametrize("account", ["always_zero", "mostly_zero", "constant"])
def test_what_was_always_so_is_no_alarm(trained: Store, account: str) -> None:
    for day in (0, 1):
        look(trained, day)
    assert alarms_of(trained, account) == []


def test_without_a_tariff_there_is_no_money(leaking: Store) -> None:
    report = raise_alarms(store=leaking, now=NOW, end=CUTOFF + timedelta(days=6))
    assert report.alarms["money_pen"].null_count() == len(report.alarms) >= 1


def test_the_price_is_the_bill_of_the_segment_and_unknown_for_one_without_a_class() -> None:
    found = wiring.price(Settings(), date(2025, 12, 15))
    soles = found(np.array([30.0, 30.0, 30.0]), pl.Series(["household", "unknown", "spaceport"]))
    assert soles[0] == soles[1] > 30
    assert np.isnan(soles[2])


def test_a_strange_name_or_state_is_refused(leaking: Store) -> None:
    with pytest.raises(NotFound, match="high_use-X"):
        handle(store=leaking, alarm_id="high_use-X-2025-01-01", state="seen", by="ana", now=NOW)
    with pytest.raises(UnknownSetting, match="fine"):
        handle(store=leaking, alarm_id="x", state="fine", by="ana", now=NOW)


def test_the_command_line_lists_them_and_takes_what_is_said_of_them(
    leaking: Store, tmp_path: Path, amuna: Amuna
) -> None:
    look(leaking, 6)
    name = str(alarms_of(leaking, LEAK)[0]["alarm_id"])
    leaking.close()
    (tmp_path / "amuna.toml").write_text('[store]\npath = "trained.duckdb"\n')
    amuna("-w", tmp_path, "alarm", "seen", name)
    listed = amuna("-w", tmp_path, "alarms", "--no-look", "--json").json()["alarms"]
    assert {row["alarm_id"]: row["state"] for row in listed}[name] == "seen"
    amuna("-w", tmp_path, "alarm", "close", name)
    assert name not in amuna("-w", tmp_path, "alarms", "--no-look").out
    amuna("-w", tmp_path, "alarm", "close", "high_use-nobody", code=69)
