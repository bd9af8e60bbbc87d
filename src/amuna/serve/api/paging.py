"""Pages: part of a long list, and where the next part begins."""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import Field

from amuna.serve.api.answers import Asked, records

MOST = 1_000
USUAL = 100


class PageQuery(Asked):
    """Which part of a list."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="Most items in the answer.")
    cursor: str | None = Field(
        None, max_length=500, description="`next_cursor` of the part before; the first part without it."
    )


def page_of(rows: pl.DataFrame, query: PageQuery, *, key: str) -> dict[str, Any]:
    """The rows after the cursor; rows are sorted by `key`, which tells them apart.

    Parameters
    ----------
    rows
        The whole list.
    query
        Which part of it.
    key
        Text column that is the cursor.
    """
    rest = rows if query.cursor is None else rows.filter(pl.col(key) > query.cursor)
    part = rest.head(query.limit)
    more = len(rest) > len(part)
    return {
        "items": records(part),
        "total": len(rows),
        "next_cursor": part[key][-1] if more else None,
    }
