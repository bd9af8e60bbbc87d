"""What the utility sees: planted faults show in the feed, each exactly as its truth row says."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from amuna.simulation import NO_FAULTS, FeedFiles, Utility, UtilitySettings, simulate, write_feed
from amuna.simulation.events import EVENTS, recorded_instants
from amuna.simulation.export import feed_frame, feed_rows
from amuna.simulation.slabs import simulate_slab

KEY = ["AccountOID", "ConsumptionDate"]


def _feed(utility: Utility) -> pl.DataFrame:
    slab = simulate_slab(utility, 0, utility.settings.accounts)
    return feed_frame(utility, feed_rows(utility, slab))


def _events(utility: Utility, kind: str) -> pl.DataFrame:
    found = utility.events.filter(pl.col("kind") == kind)
    return found.rename({"account_id": "AccountOID", "start": "ConsumptionDate"})


@pytest.fixture(scope="module")
def feed(dirty: Utility) -> pl.DataFrame:
    return _feed(dirty)


@pytest.fixture(scope="module")
def versions(feed: pl.DataFrame) -> pl.DataFrame:
    return feed.group_by(KEY).agg(pl.len(), pl.col("RecordedAt").n_unique().alias("recordings"))


@pytest.fixture(scope="module")
def usual(dirty: Utility) -> pl.DataFrame:
    """When the rows of each day are recorded."""
    return pl.DataFrame(
        {
            "ConsumptionDate": dirty.calendar["day"],
            "usual": pl.Series(recorded_instants(dirty.settings)).cast(pl.Datetime("us", "UTC")),
        }
    )


def test_every_kind_of_fault_is_planted(dirty: Utility) -> None:
    kinds = set(EVENTS.columns[1].help.replace(" or ", ", ").split(", "))
    assert set(dirty.events["kind"]) == kinds
    EVENTS.check(dirty.events)


def test_duplicates_are_the_planted_rows(dirty: Utility, versions: pl.DataFrame) -> None:
    twice = versions.filter((pl.col("len") == 2) & (pl.col("recordings") == 1)).sort(KEY)
    planted = _events(dirty, "duplicate").sort(KEY)
    assert len(planted) > 100
    assert twice.select(KEY).equals(planted.select(KEY))


def test_corrections_are_the_planted_rows_and_end_right(
    dirty: Utility, feed: pl.DataFrame, versions: pl.DataFrame
) -> None:
    corrected = versions.filter((pl.col("len") == 2) & (pl.col("recordings") == 2))
    estimated = _events(dirty, "estimated").drop_nulls("recorded_at")
    estimated_rows = (estimated["end"] - estimated["ConsumptionDate"]).dt.total_days().sum()
    planted = _events(dirty, "correction")
    assert len(corrected) == len(planted) + estimated_rows
    last = feed.group_by(KEY, maintain_order=True).agg(pl.all().last(), first=pl.col("Consumption").first())
    told = planted.join(last, on=KEY)
    assert (told["RecordedAt"] == told["recorded_at"]).all()
    assert (told["first"] != told["Consumption"]).all()
    slab = simulate_slab(dirty, 0, dirty.settings.accounts)
    exchanged = pl.concat([_events(dirty, "reset"), _events(dirty, "replacement")]).select(KEY)
    for account, day, litres in (
        told.join(exchanged, on=KEY, how="anti").select(*KEY, "Consumption").iter_rows()
    ):
        position = (day - dirty.settings.start).days
        assert litres == slab.litres[int(account[1:]) - 1, position]


def test_late_rows_are_the_planted_rows(dirty: Utility, feed: pl.DataFrame, usual: pl.DataFrame) -> None:
    first = feed.join(usual, on="ConsumptionDate").group_by(KEY).agg(pl.all().first())
    late = first.filter(pl.col("RecordedAt") > pl.col("usual")).sort(KEY)
    planted = _events(dirty, "late").sort(KEY)
    assert late.select(KEY).equals(planted.select(KEY))
    assert late["RecordedAt"].equals(planted["recorded_at"], check_names=False)


def test_gaps_and_missing_rows_are_absent_and_nothing_else_is(dirty: Utility, feed: pl.DataFrame) -> None:
    absent = pl.concat([_events(dirty, "gap"), _events(dirty, "missing")]).select(
        "AccountOID", pl.date_ranges("ConsumptionDate", pl.col("end").dt.offset_by("-1d"))
    )
    absent = absent.explode("ConsumptionDate").unique()
    connected = dirty.accounts.select(
        AccountOID="account_id", ConsumptionDate=pl.date_ranges("connected", dirty.calendar["day"].max())
    ).explode("ConsumptionDate")
    expected = connected.join(absent, on=KEY, how="anti").sort(KEY)
    assert feed.select(KEY).unique().sort(KEY).equals(expected)


def test_resets_and_credit_notes_are_the_only_negatives(dirty: Utility, feed: pl.DataFrame) -> None:
    causes = pl.concat([_events(dirty, kind) for kind in ("reset", "replacement", "negative")])
    negative = feed.filter(pl.col("Consumption") < 0)
    assert len(negative) > 50
    assert negative.join(causes, on=KEY, how="anti").is_empty()
    credit = feed.join(_events(dirty, "negative"), on=KEY)
    assert (credit["Consumption"] < 0).all()


def test_the_absurd_row_is_there(dirty: Utility, feed: pl.DataFrame) -> None:
    absurd = feed.filter(pl.col("Consumption") == 100_000_000)
    assert absurd.select(KEY).equals(_events(dirty, "absurd").select(KEY))


def test_estimated_spells_are_flat(dirty: Utility, feed: pl.DataFrame) -> None:
    first = feed.group_by(KEY, maintain_order=True).agg(pl.col("Consumption").first())
    spells = _events(dirty, "estimated")
    assert len(spells) > 10
    for row in spells.iter_rows(named=True):
        told = first.filter(
            (pl.col("AccountOID") == row["AccountOID"])
            & pl.col("ConsumptionDate").is_between(row["ConsumptionDate"], row["end"], closed="left")
        )
        assert told["Consumption"].n_unique() == 1
        assert told["Consumption"][0] % 10 == 0


def test_stuck_meters_count_nothing_and_frauds_count_less(dirty: Utility) -> None:
    slab = simulate_slab(dirty, 0, dirty.settings.accounts)
    for kind in ("stuck", "bypass", "tamper"):
        spells = dirty.plan.spells[kind]
        counted = sum(
            slab.litres[p, s:e].sum() for p, s, e in zip(spells.place, spells.start, spells.end, strict=True)
        )
        used = sum(
            slab.true_m3[p, s:e].sum() for p, s, e in zip(spells.place, spells.start, spells.end, strict=True)
        )
        assert used > 0
        assert counted / 1000 <= (1e-3 * len(spells) if kind == "stuck" else 0.8 * used)


def test_without_faults_the_feed_is_the_truth_to_the_litre() -> None:
    utility = simulate(UtilitySettings(accounts=50, days=100, faults=NO_FAULTS), seed=9)
    slab = simulate_slab(utility, 0, 50)
    connected = np.arange(100) >= utility.traits["first_day"][:, None]
    assert (_feed(utility)["Consumption"].to_numpy() == slab.litres[connected]).all()
    np.testing.assert_allclose(slab.litres.cumsum(axis=1) / 1000, slab.true_m3.cumsum(axis=1), atol=0.00101)


def test_files_split_by_when_rows_were_recorded(
    dirty: Utility, feed: pl.DataFrame, usual: pl.DataFrame, tmp_path
) -> None:
    files = write_feed(dirty, tmp_path, new_days=2, slab_accounts=64)
    history, new = pl.read_parquet(files.consumption), pl.read_parquet(files.new_day)
    border = usual["usual"][-2]
    assert history["RecordedAt"].max() < border <= new["RecordedAt"].min()
    assert history.schema == feed.schema
    assert history.select(KEY).equals(history.sort(KEY).select(KEY))
    assert pl.concat([history, new]).sort(*KEY, "RecordedAt").equals(feed.sort(*KEY, "RecordedAt"))
    assert (new["ConsumptionDate"] >= dirty.calendar["day"][-2]).mean() > 0.9
    assert set(files.truth) == {path.stem for path in (tmp_path / "truth").iterdir()}
    assert pl.read_parquet(files.truth["events"]).equals(dirty.events)


def test_csv_holds_the_same_rows(dirty: Utility, tmp_path) -> None:
    parquet: FeedFiles = write_feed(dirty, tmp_path / "a", with_truth=False)
    csv = write_feed(dirty, tmp_path / "b", file_format="csv", with_truth=False, slab_accounts=100)
    assert not (tmp_path / "b" / "truth").exists()
    for name in ("consumption", "new_day"):
        read = pl.read_csv(
            getattr(csv, name),
            schema_overrides={"ConsumptionDate": pl.Date, "RecordedAt": pl.Datetime("us", "UTC")},
        )
        assert read.equals(pl.read_parquet(getattr(parquet, name)))


def test_recorded_at_can_be_left_out(dirty: Utility, tmp_path) -> None:
    files = write_feed(dirty, tmp_path, with_recorded=False, with_truth=False)
    assert pl.read_parquet(files.new_day).columns == ["ConsumptionDate", "AccountOID", "Consumption"]


def test_a_split_without_history_is_refused(dirty: Utility, tmp_path) -> None:
    from amuna.domain.errors import UnknownSetting

    with pytest.raises(UnknownSetting, match="new_days is 365; expected 1 to 364"):
        write_feed(dirty, tmp_path, new_days=365)
