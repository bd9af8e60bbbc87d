"""Pages: part of a long list, and where the next part begins."""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import Field

from amuna.serve.api.answers import Asked, records

MOST = 1_000
USUAL = 100
_FURTHEST = 1_000_000_000


class PageQuery(Asked):
    """Which part of a list that is sorted by a key."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="Most items in the answer.")
    cursor: str | None = Field(
        None, max_length=500, description="`next_cursor` of the part before; the first part without it."
    )


class PlaceQuery(Asked):
    """Which part of a list in an order of its own."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="Most items in the answer.")
    cursor: int = Field(
        0, ge=0, le=_FURTHEST, description="`next_cursor` of the part before; the first part without it."
    )


def page_after(rows: pl.DataFrame, query: PageQuery, *, key: str) -> dict[str, Any]:
    """The rows after the cursor; rows are sorted by the text column `key`, which tells them apart."""
    rest = rows if query.cursor is None else rows.filter(pl.col(key) > query.cursor)
    part = rest.head(query.limit)
    more = len(rest) > len(part)
    return {"items": records(part), "total": len(rows), "next_cursor": part[key][-1] if more else None}


def page_from(part: pl.DataFrame, query: PlaceQuery, *, total: int) -> dict[str, Any]:
    """The rows from the cursor on, `part`, of `total` rows."""
    after = query.cursor + len(part)
    more = len(part) > 0 and after < total
    return {"items": records(part), "total": total, "next_cursor": after if more else None}
