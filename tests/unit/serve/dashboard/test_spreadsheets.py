"""Files for spreadsheets: no text is taken for a formula, and numbers stay numbers."""

from __future__ import annotations

import polars as pl
import pytest

from amuna.serve.dashboard.spreadsheets import as_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_formula_is_a_text(text: str) -> None:
    assert as_csv(pl.DataFrame({"account": [text]})).splitlines()[1].strip('"').startswith("'")


def test_the_rest_stays_as_it_is() -> None:
    file = as_csv(pl.DataFrame({"account": ["A-1", None], "m3": [-1.0, 2.0]}))
    assert file == "\ufeffaccount,m3\nA-1,-1.000\n,2.000\n"


def test_a_file_without_texts_is_written() -> None:
    assert as_csv(pl.DataFrame({"m3": [1.0]})) == "\ufeffm3\n1.000\n"
