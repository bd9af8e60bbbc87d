"""Real feeds, dirty as they are, pass the whole room: bytes, rows, checks, days."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from amuna.feeds.feed_map import require_recognised
from amuna.feeds.files import FileFeed, columns_of
from amuna.feeds.prepare import prepare
from amuna.feeds.registers import daily_consumption
from amuna.feeds.rules import Rules
from amuna.feeds.validate import Checked, validate

_ACCOUNTS = Path(__file__).parents[2].parent / "shared" / "data" / "accounts"
_NOW = datetime(2025, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not _ACCOUNTS.is_dir(), reason="the shared reference data is not on this machine"
)


def _check(name: str) -> Checked:
    path = _ACCOUNTS / name
    feed_map = require_recognised(columns_of(path), source=name, time_zone="Europe/Madrid")
    (batch,) = FileFeed(path, feed_map).batches(None)
    return validate(prepare(batch, feed_map, now=_NOW), Rules(), now=_NOW)


@pytest.fixture(scope="module")
def barcelona() -> Checked:
    return _check("barcelona_meters/daily.parquet")


@pytest.fixture(scope="module")
def alicante() -> pl.DataFrame:
    """Days of the csv file beside those derived from the registers."""
    csv = _check("daiad_alicante/daily.csv").accepted
    days, _ = daily_consumption(_check("daiad_alicante/hourly.parquet").accepted, time_zone="Europe/Madrid")
    return days.join(csv, on=["account_id", "day"], how="full", coalesce=True, suffix="_csv")


def test_barcelona_loses_no_row(barcelona: Checked) -> None:
    counts = barcelona.counts

    assert counts.read == 940_779
    assert counts.read == counts.accepted + counts.quarantined + counts.duplicate
    assert (counts.accepted, counts.quarantined, counts.duplicate) == (937_042, 3_065, 672)


def test_barcelona_negatives_and_leaps_are_refused(barcelona: Checked) -> None:
    reasons = dict(barcelona.quarantined.group_by("reason").len().iter_rows())
    litres = barcelona.quarantined["original"].str.json_path_match("$.Consumption").cast(pl.Float64)

    assert reasons == {"negative": 3_051, "impossible": 14}
    assert (litres.min(), litres.max()) == (-279_480_710, 279_710_020)
    assert barcelona.accepted["consumption_m3"].max() == pytest.approx(51_639.8)


def test_barcelona_keeps_both_of_a_conflict(barcelona: Checked) -> None:
    keys = barcelona.accepted.group_by("account_id", "day").len()

    assert keys.filter(pl.col("len") > 1)["len"].to_list() == [2]


def test_alicante_days_with_few_readings_are_partial() -> None:
    checked = _check("daiad_alicante/daily.csv")

    assert checked.counts.quarantined == 2
    assert checked.quarantined["row"].to_list() == [6_901, 6_902]
    assert set(checked.quarantined["reason"]) == {"negative"}
    assert dict(checked.accepted.group_by("flag").len().iter_rows()) == {"ok": 16_047, "partial": 3_467}


def test_alicante_registers_drop_only_repeats() -> None:
    counts = _check("daiad_alicante/hourly.parquet").counts

    assert (counts.read, counts.accepted, counts.quarantined, counts.duplicate) == (416_222, 416_184, 0, 38)


def test_alicante_register_faults_are_decided() -> None:
    readings = _check("daiad_alicante/hourly.parquet").accepted

    days, events = daily_consumption(readings, time_zone="Europe/Madrid")

    moved = (
        readings.sort("observed_at")
        .group_by("account_id")
        .agg((pl.col("reading_m3").last() - pl.col("reading_m3").first()).alias("moved"))
    )
    assert dict(events.group_by("decision").len().iter_rows()) == {"backflow": 52, "glitch": 5}
    assert days["consumption_m3"].min() >= 0
    assert days["consumption_m3"].sum() == pytest.approx(moved["moved"].sum(), abs=0.01)


def test_alicante_derived_days_agree_with_the_published_ones(alicante: pl.DataFrame) -> None:
    full = alicante.filter((pl.col("flag") == "ok") & (pl.col("flag_csv") == "ok"))
    litres = full.select(
        derived=pl.col("consumption_m3") * 1000, published=pl.col("consumption_m3_csv") * 1000
    ).filter(pl.col("published") < 5_000)
    gap = (litres["derived"] - litres["published"]).abs()

    assert full.height == 16_003
    assert litres.height == full.height - 1
    assert litres.select(pl.corr("derived", "published")).item() > 0.985
    assert gap.median() < 2
    assert gap.quantile(0.95) < 60


def test_alicante_leap_of_a_household_is_spread_over_the_gap_it_closes(alicante: pl.DataFrame) -> None:
    leap = alicante.filter(pl.col("consumption_m3_csv") > 50)

    assert leap["consumption_m3_csv"].to_list() == [56.95]
    assert leap["consumption_m3"].item() < 1
    assert alicante.filter(pl.col("flag") == "estimated").height == 952
