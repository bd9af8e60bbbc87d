"""The column contract of jobs: runs of the schedule and of people, step by step."""

from __future__ import annotations

import polars as pl

from amuna.domain.table import INSTANT, Column, Table

JOBS = Table(
    "jobs",
    (
        Column("job", pl.String, "daily, weekly, poll; cycle or train where a person asked for it"),
        Column("run_at", INSTANT, "when the run was due", "UTC"),
        Column("step", pl.String, "step of the run; empty for the run as a whole"),
        Column("shard", pl.String, "feed, or range of accounts, the step worked on; empty for all"),
        Column("status", pl.String, "queued, running, ok, waiting for data, error, stopped, or killed"),
        Column("run_by", pl.String, "host and process number"),
        Column("started_at", INSTANT, "when it began", "UTC"),
        Column("seconds", pl.Float64, "time taken", "s"),
        Column("message", pl.String, "counts of what was done, or what went wrong and what to do"),
    ),
    key=("job", "run_at", "step", "shard"),
    time="run_at",
)
