"""Fetch from a utility's PostgreSQL: everything at first, then a day's new rows, against pandas over psycopg.

    python benchmarks/fetch.py [--accounts-n 27000] [--days 366] [--json]

The table is on a genuine server that this program starts: an account, a day, a volume and when it was recorded, with
an index on the latter. For the full fetch the server is started anew and every connection is fresh; the operating
system may still hold its files.
"""

from __future__ import annotations

import sys
import time
import warnings
from datetime import UTC, date, datetime, timedelta
from typing import Any

import adbc_driver_postgresql.dbapi  # noqa: F401 (what importing takes is not what fetching takes)
import pandas as pd
import psycopg
from rich.console import Console
from rich.table import Table

from _common import cores, finish, parser, peak_rss_mb, timed
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.sql import SqlFeed
from amuna.feeds.sql_source import SqlSource
from services.postgres import PostgresServer, postgres_server

START = date(2024, 1, 1)
BARS = {"increment_s": 1.0, "rows_per_s": 500_000}
FEED_MAP = FeedMap("suministro", "fecha", "consumo_l", recorded="registrado")
_CREATE = "CREATE TABLE lecturas (suministro integer, fecha date, consumo_l double precision, registrado timestamptz)"
_FILL = """
    INSERT INTO lecturas
    SELECT 1000000 + account, %(start)s::date + day, 300 + (account * 37 + day * 101) %% 700,
        (%(start)s::date + day + 1)::timestamp AT TIME ZONE 'UTC' + interval '3 hours'
    FROM generate_series(%(first)s::int, %(last)s::int) AS day, generate_series(1, %(accounts)s::int) AS account
"""


def main() -> None:
    """Load, restart, fetch, add a day, fetch it."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", type=int, default=27_000)
    arguments.add_argument("--days", type=int, default=366)
    options = arguments.parse_args()
    with postgres_server(settings={"fsync": "off"}) as server:
        figures = measure(server, accounts=options.accounts_n, days=options.days)
    show(figures)
    finish(figures, as_json=options.json)


def measure(server: PostgresServer, *, accounts: int, days: int) -> dict[str, Any]:
    """Seconds and rows of both fetches, by Amuna over Arrow and row by row, and by pandas."""
    timings: dict[str, float] = {}
    with timed(timings, "load_s"):
        load(server, accounts=accounts, days=days)
    arrow, rows_only = feed(server), feed(server, arrow=False)
    restart(server)
    with timed(timings, "full_s"):
        rows, watermark = read(arrow, None)
    peak = peak_rss_mb()
    restart(server)
    with timed(timings, "rows_full_s"):
        assert read(rows_only, None) == (rows, watermark)
    restart(server)
    with timed(timings, "pandas_full_s"):
        assert pandas_fetch(server, None) == rows
    fill(server, accounts=accounts, first=days, last=days)
    fetches = {
        "increment_s": lambda: read(arrow, watermark)[0] - accounts,
        "rows_increment_s": lambda: read(rows_only, watermark)[0] - accounts,
        "pandas_increment_s": lambda: pandas_fetch(server, watermark_of(days)),
    }
    new = {name: timed_median(timings, name, fetch) for name, fetch in fetches.items()}
    assert set(new.values()) == {accounts}, new
    return {
        "rows": rows,
        "new_rows": accounts,
        **timings,
        "rows_per_s": rows / timings["full_s"],
        "rows_per_s_without_arrow": rows / timings["rows_full_s"],
        "rows_per_s_pandas": rows / timings["pandas_full_s"],
        "full_ratio": timings["pandas_full_s"] / timings["full_s"],
        "increment_ratio": timings["pandas_increment_s"] / timings["increment_s"],
        "peak_rss_mb": peak,
        "cores": cores(),
    }


def load(server: PostgresServer, *, accounts: int, days: int) -> None:
    """The year's rows in the order they were recorded, with their index, as a utility's table has them."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(_CREATE)
    fill(server, accounts=accounts, first=0, last=days - 1)
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("CREATE INDEX ON lecturas (registrado)")
        connection.execute("VACUUM ANALYZE lecturas")


def fill(server: PostgresServer, *, accounts: int, first: int, last: int) -> None:
    """Days of every account."""
    values = {"start": START, "first": first, "last": last, "accounts": accounts}
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(_FILL, values)


def restart(server: PostgresServer) -> None:
    """Stop and start, so that the server's own cache is empty."""
    server.stop()
    server.start()


def feed(server: PostgresServer, *, arrow: bool = True) -> SqlFeed:
    """The table as `[feeds.NAME]` would name it."""
    return SqlFeed(SqlSource(server.url, table="lecturas"), FEED_MAP, arrow=arrow)


def read(source: SqlFeed, since: str | None) -> tuple[int, str]:
    """Rows of every batch, none kept, and the last watermark."""
    rows, watermark = 0, ""
    for batch in source.batches(since):
        rows, watermark = rows + batch.rows.height, batch.watermark
    return rows, watermark


def watermark_of(days: int) -> datetime:
    """When the last day loaded at first was recorded."""
    midnight = datetime.combine(START + timedelta(days=days), datetime.min.time(), UTC)
    return midnight + timedelta(hours=3)


def pandas_fetch(server: PostgresServer, since: datetime | None) -> int:
    """What a notebook would do: read_sql over psycopg; for an increment, only what is newer."""
    where, values = ("", None) if since is None else (" WHERE registrado > %(since)s", {"since": since})
    with psycopg.connect(server.dsn) as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return len(
            pd.read_sql(f"SELECT * FROM lecturas{where} ORDER BY registrado", connection, params=values)
        )


def timed_median(timings: dict[str, float], name: str, fetch: Any, *, runs: int = 5) -> int:
    """Keep the median seconds of some fetches, each on a connection of its own; returns the rows."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        rows = fetch()
        seconds.append(time.perf_counter() - started)
    timings[name] = sorted(seconds)[runs // 2]
    return int(rows)


def show(figures: dict[str, Any]) -> None:
    """Print the table."""
    title = (
        f"{figures['rows']:,} rows in PostgreSQL, {figures['new_rows']:,} new a day, {figures['cores']} cores"
    )
    table = Table("", "Amuna, Arrow", "Amuna, rows", "pandas", "ratio", "bar", title=title)
    table.add_row(
        "full fetch [rows/s]",
        *(
            f"{figures[name]:,.0f}"
            for name in ("rows_per_s", "rows_per_s_without_arrow", "rows_per_s_pandas")
        ),
        f"{figures['full_ratio']:.1f} x",
        f">= {BARS['rows_per_s']:,}",
    )
    table.add_row(
        "a day's new rows [s]",
        *(f"{figures[name]:.3f}" for name in ("increment_s", "rows_increment_s", "pandas_increment_s")),
        f"{figures['increment_ratio']:.1f} x",
        f"<= {BARS['increment_s']:g}",
    )
    console = Console(file=sys.stdout)
    console.print(table)
    console.print(f"Peak memory of the full fetch over Arrow: {figures['peak_rss_mb']:,.0f} MB.")


if __name__ == "__main__":
    main()
