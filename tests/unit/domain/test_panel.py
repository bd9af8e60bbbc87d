"""Panels: slices by time and by series, against a plain dictionary of days."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amuna.domain.panel import Panel, panel_from_matrix
from amuna.domain.units import Unit

START = np.datetime64("2024-01-01")
nan = np.nan
Days = dict[str, dict[int, float]]


def day(n: int) -> np.datetime64:
    return START + np.timedelta64(n, "D")


def small() -> Panel:
    """a has days 0-3, b none from day 2 on, c days 2-4."""
    return Panel(
        np.array(["a", "b", "c"]),
        np.array([0, 4, 4, 7]),
        np.array([day(0), day(2), day(2)]),
        np.array([1.0, nan, 3.0, 4.0, 5.0, 6.0, 7.0]),
        Unit.LITRE,
    )


def as_days(panel: Panel) -> Days:
    """Every value by series and day; NaN is spelled -1 so that it compares."""
    return {
        str(name): {
            int((panel.starts[i] - START) // np.timedelta64(1, "D")) + j: float(np.nan_to_num(v, nan=-1.0))
            for j, v in enumerate(panel.series(i))
        }
        for i, name in enumerate(panel.series_ids)
    }


panels = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 9)), min_size=1, max_size=5).map(
    lambda rows: Panel(
        np.array([f"s{i}" for i in range(len(rows))]),
        np.cumsum([0] + [length for _, length in rows]),
        np.array([day(first) for first, _ in rows]),
        np.where(np.arange(sum(n for _, n in rows)) % 5 == 3, nan, np.arange(sum(n for _, n in rows)) + 1.0),
    )
)
cuts = st.integers(-3, 25)
UNTIMED = settings(deadline=None)


def test_series_lengths_and_ends() -> None:
    panel = small()
    assert len(panel) == 3
    np.testing.assert_array_equal(panel.lengths, [4, 0, 3])
    np.testing.assert_array_equal(panel.ends, [day(4), day(2), day(5)])
    np.testing.assert_array_equal(panel.series(2), [5, 6, 7])


@UNTIMED
@given(panel=panels, cut=cuts)
def test_before_and_since_part_the_days_at_the_cutoff(panel: Panel, cut: int) -> None:
    whole = as_days(panel)
    early, late = panel.before(day(cut)), panel.since(day(cut))
    assert as_days(early) == {s: {d: v for d, v in days.items() if d < cut} for s, days in whole.items()}
    assert as_days(late) == {s: {d: v for d, v in days.items() if d >= cut} for s, days in whole.items()}


@UNTIMED
@given(panel=panels, cut=cuts)
def test_what_comes_since_the_cutoff_continues_what_came_before(panel: Panel, cut: int) -> None:
    np.testing.assert_array_equal(panel.before(day(cut)).ends, panel.since(day(cut)).starts)


@UNTIMED
@given(panel=panels, end=cuts)
def test_until_brings_every_series_to_the_same_end(panel: Panel, end: int) -> None:
    padded = panel.until(day(end))
    whole = as_days(panel)
    assert (padded.ends == day(end)).all()
    for name, days in as_days(padded).items():
        first = min(whole[name]) if whole[name] else None
        for d, value in days.items():
            assert d < end
            assert value == whole[name].get(d, -1.0)
        if first is not None:
            assert len(days) == max(end - first, 0)


@UNTIMED
@given(panel=panels, size=st.integers(1, 6))
def test_slabs_are_the_panel_in_pieces(panel: Panel, size: int) -> None:
    pieces = list(panel.slabs(size))
    assert all(1 <= len(piece) <= size for piece in pieces)
    joined: Days = {}
    for piece in pieces:
        joined |= as_days(piece)
    assert joined == as_days(panel)


@UNTIMED
@given(panel=panels, seed=st.integers(0, 99))
def test_take_gives_series_in_the_order_asked(panel: Panel, seed: int) -> None:
    rows = np.random.default_rng(seed).integers(len(panel), size=4)
    taken = panel.take(rows)
    assert list(taken.series_ids) == [f"s{i}" for i in rows]
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(taken.series(i), panel.series(row))
        assert taken.starts[i] == panel.starts[row]


def test_slices_keep_unit_and_step() -> None:
    panel = Panel(
        np.array(["h"]),
        np.array([0, 6]),
        np.array(["2024-01-01T00"], dtype="datetime64[h]"),
        np.arange(6.0),
        Unit.LITRE,
        timedelta(hours=1),
    )
    three = np.datetime64("2024-01-01T03", "h")
    slices = [panel.before(three), panel.since(three), panel.until(three), panel.slab(0, 1)]
    slices.append(panel.take(np.array([0])))
    for part in slices:
        assert (part.unit, part.step) == (Unit.LITRE, timedelta(hours=1))
    np.testing.assert_array_equal(panel.before(three).values, [0, 1, 2])
    assert panel.since(three).starts[0] == three
    assert panel.ends[0] == np.datetime64("2024-01-01T06", "h")


def test_a_slab_is_a_view_and_a_cut_is_a_copy() -> None:
    panel = small()
    panel.slab(2, 3).values[0] = 50.0
    assert panel.values[4] == 50.0
    panel.before(day(3)).values[0] = 99.0
    assert panel.values[0] == 1.0


def test_a_panel_from_a_matrix() -> None:
    panel = panel_from_matrix(np.array(["x", "y"]), START, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    np.testing.assert_array_equal(panel.series(1), [4, 5, 6])
    np.testing.assert_array_equal(panel.ends, [day(3), day(3)])
    assert panel.unit == Unit.CUBIC_METRE


@pytest.mark.parametrize(
    ("offsets", "starts"),
    [([0, 2], 2), ([0, 1, 2], 1), ([0, 2, 1], 2), ([1, 1, 2], 2), ([0, 1, 3], 2)],
)
def test_offsets_that_do_not_fit_are_refused(offsets: list[int], starts: int) -> None:
    with pytest.raises(ValueError, match=r"offsets|Offsets"):
        Panel(np.array(["a", "b"]), np.array(offsets), np.full(starts, START), np.ones(2))
