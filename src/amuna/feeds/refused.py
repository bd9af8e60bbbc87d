"""Refused rows: the QUARANTINE rows of lines and values that cannot enter the store."""

from __future__ import annotations

import polars as pl

from amuna.domain.ports import Batch
from amuna.domain.tables import QUARANTINE
from amuna.feeds.problems import Problem

UNFINISHED = [name for name in QUARANTINE.names if name not in ("recorded_at", "batch_id")]


def unparsable_lines(lines: pl.DataFrame, *, source: str, n_columns: int) -> pl.DataFrame:
    """QUARANTINE rows, without batch and time, of lines that do not split into the header's columns.

    Parameters
    ----------
    lines
        Columns `row`, `fields` and `original`.
    source
        File they came from.
    n_columns
        Columns of the header.
    """
    many = pl.format(
        f"Found {{}} fields, expected {n_columns}. Correct the line, or set delimiter under [feeds.NAME].",
        pl.col("fields"),
    )
    open_quote = pl.lit(
        "A quote stays open or a letter is not of the file's encoding. Correct the line, or set encoding under [feeds.NAME]."
    )
    broken = (pl.col("fields") == 0) | (pl.col("fields") == n_columns)
    return lines.select(
        pl.lit(source).alias("source"),
        "row",
        pl.lit("").alias("field"),
        pl.lit("unparsable_row").alias("reason"),
        pl.when(broken).then(open_quote).otherwise(many).alias("detail"),
        pl.struct(line="original").struct.json_encode().alias("original"),
    ).select(UNFINISHED)


def refused_rows(batch: Batch, problems: list[Problem], fault: pl.Series) -> pl.DataFrame:
    """QUARANTINE rows, without batch and time, of the rows that have a problem.

    Parameters
    ----------
    batch
        Raw rows.
    problems
        What can be wrong.
    fault
        Index of each row's problem, null where there is none, shape (n_rows,).
    """
    parts = [
        _rows_with(batch, problem, (fault == index).fill_null(value=False))
        for index, problem in enumerate(problems)
    ]
    return pl.concat([QUARANTINE.empty().select(UNFINISHED), *(part for part in parts if part.height)])


def _rows_with(batch: Batch, problem: Problem, chosen: pl.Series) -> pl.DataFrame:
    rows = batch.rows.filter(chosen) if chosen.any() else batch.rows.clear()
    before, placeholder, after = problem.detail.partition("{found}")
    found = pl.col(problem.field).cast(pl.String).fill_null("") if placeholder else pl.lit("")
    return rows.select(
        _source(batch).alias("source"),
        pl.col("_row").cast(pl.Int64).alias("row"),
        pl.lit(problem.field).alias("field"),
        pl.lit(problem.reason).alias("reason"),
        pl.concat_str(pl.lit(before), found, pl.lit(after)).alias("detail"),
        pl.struct(pl.exclude("_row", "_part")).struct.json_encode().alias("original"),
    )


def _source(batch: Batch) -> pl.Expr:
    """Where a row came from: the batch's source, and its part where it has some."""
    source = pl.lit(batch.source)
    return pl.format("{}/{}", source, pl.col("_part")) if "_part" in batch.rows.columns else source
