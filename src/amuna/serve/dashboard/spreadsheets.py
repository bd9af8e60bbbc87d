"""Files that people open in a spreadsheet: CSV that Excel reads as UTF-8, and in which no text is taken for a formula."""

from __future__ import annotations

import polars as pl

_MARK = "\ufeff"  # Excel reads UTF-8 only with it
_FORMULA = r"^[=+\-@\t\r]"


def as_csv(rows: pl.DataFrame) -> str:
    """The rows as CSV.

    A text that a spreadsheet would compute begins with an apostrophe, as OWASP advises ("CSV Injection").
    """
    text = pl.col(pl.String)
    harmless = pl.when(text.str.contains(_FORMULA)).then("'" + text).otherwise(text).name.keep()
    return _MARK + rows.with_columns(harmless).write_csv(float_precision=3)
