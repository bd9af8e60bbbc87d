"""Orders as text, as rows, and the ones refused."""

from __future__ import annotations

import numpy as np
import pytest

from amuna.forecasting.arima.model import candidate_orders
from amuna.forecasting.arima.orders import Order, order_matrix, parse_order


@pytest.mark.parametrize("text", ["(1,0,1)(0,1,1)7", "(0,1,2)(1,0,0)12c", "(3,1,3)(2,1,2)24"])
def test_text_goes_round(text: str) -> None:
    assert str(parse_order(text)) == text


def test_text_is_read_by_place() -> None:
    assert parse_order("(1, 0, 2)(0, 1, 1)12c") == Order(1, 0, 2, 0, 1, 1, 12, True)


@pytest.mark.parametrize(
    "text", ["", "1,0,1", "(1,0,1)", "(1,0,1)(0,1,1)", "(1,0)(0,1,1)7", "(1,0,1)(0,1,1)7x"]
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"written \(p,d,q\)\(P,D,Q\)period"):
        parse_order(text)


@pytest.mark.parametrize(
    "wrong", [{"p": 4}, {"q": 4}, {"P": 3}, {"Q": 3}, {"p": -1}, {"d": 2}, {"D": 2}, {"period": 1}]
)
def test_orders_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="An order has"):
        Order(**wrong)


def test_parameters_are_named_in_their_order() -> None:
    assert Order(2, 0, 1, 1, 1, 2, 7, True).parameter_names == (
        "ar1",
        "ar2",
        "ma1",
        "sar1",
        "sma1",
        "sma2",
        "constant",
    )
    assert Order().parameter_names == ()


def test_rows_for_the_compiled_code() -> None:
    matrix = order_matrix((Order(1, 0, 2, 0, 1, 1, 7), Order(constant=True)))
    np.testing.assert_array_equal(matrix, [[1, 0, 2, 0, 1, 1, 7, 0], [0, 0, 0, 0, 0, 0, 7, 1]])
    assert matrix.dtype == np.int64


def test_candidates_take_the_period_and_differ() -> None:
    orders = candidate_orders(12)
    assert {order.period for order in orders} == {12}
    assert len(set(orders)) == len(orders)
