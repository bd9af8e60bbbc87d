"""Numbers written as text: points, commas and thousands, decided from the whole column, never guessed.

A lone `1,234` may be one or a thousand. It is read only where the setting `decimal` or another value of the
column says which mark is which; else it stays null and is refused, because a factor of 1,000 would go unseen.
"""

from __future__ import annotations

import polars as pl

_BLANKS = r"[\s\u{00A0}\u{202F}'’]"
_COMMA_DECIMAL = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+|)(,\d*)?$"
_POINT_DECIMAL = r"^[+-]?(\d{1,3}(,\d{3})+|\d+|)(\.\d*)?([eE][+-]?\d+)?$"
_MUST_BE_COMMA = r"(^[+-]?(0|\d{4,}|)|\.\d{3}),\d+$|,\d{1,2}$|,\d{4,}$|\.\d{3}\."
_MUST_BE_POINT = r"(^[+-]?(0|\d{4,}|)|,\d{3})\.\d+$|\.\d{1,2}$|\.\d{4,}$|,\d{3},"


def parse_numbers(column: pl.Series, decimal: str | None) -> pl.Series:
    """Return the column as Float64, null where a text is no number or may be two.

    Parameters
    ----------
    column
        Numbers or texts, in any unit.
    decimal
        Decimal mark, `.` or `,`; if None, found from the values of the column.
    """
    if column.dtype != pl.String:
        return column.cast(pl.Float64, strict=False)
    plain = column.cast(pl.Float64, strict=False)
    if decimal != "," and plain.null_count() == column.null_count():
        return plain
    cleaned = column.str.replace_all(_BLANKS, "")
    if decimal == ",":
        return _read(cleaned, mark=",")
    if decimal == ".":
        return _read(cleaned, mark=".")
    return _read_by_evidence(cleaned)


def _read(texts: pl.Series, *, mark: str) -> pl.Series:
    thousands = "." if mark == "," else ","
    pattern = _COMMA_DECIMAL if mark == "," else _POINT_DECIMAL
    frame = pl.DataFrame({"text": texts})
    digits = pl.col("text").str.replace_all(thousands, "", literal=True).str.replace(mark, ".", literal=True)
    number = pl.when(pl.col("text").str.contains(pattern)).then(digits).cast(pl.Float64, strict=False)
    special = pl.col("text").str.to_lowercase().is_in(["nan", "inf", "-inf"])
    return frame.select(pl.when(special).then(pl.lit(float("nan"))).otherwise(number)).to_series()


def _read_by_evidence(texts: pl.Series) -> pl.Series:
    must_comma, must_point = texts.str.contains(_MUST_BE_COMMA), texts.str.contains(_MUST_BE_POINT)
    any_comma, any_point = bool(must_comma.any()), bool(must_point.any())
    as_comma, as_point = _read(texts, mark=","), _read(texts, mark=".")
    if any_comma and not any_point:
        return as_comma
    if any_point and not any_comma:
        return as_point
    frame = pl.DataFrame(
        {"comma": as_comma, "point": as_point, "must_comma": must_comma, "must_point": must_point}
    )
    agreed = pl.when(pl.col("comma") == pl.col("point")).then("point")
    decided = pl.when("must_comma").then("comma").when("must_point").then("point").otherwise(agreed)
    return frame.select(decided).to_series()
