"""Orders of a seasonal ARIMA, and the candidate sets that a search goes through."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from amuna.domain.panel import Ints

_PATTERN = re.compile(r"\((\d),(\d),(\d)\)\((\d),(\d),(\d)\)(\d+)(c?)")


@dataclass(frozen=True)
class Order:
    """(p,d,q)(P,D,Q) with a period, and whether there is a constant: a mean, or a drift where it is differenced."""

    p: int = 0
    d: int = 0
    q: int = 0
    P: int = 0
    D: int = 0
    Q: int = 0
    period: int = 7
    constant: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.p <= 3 and 0 <= self.q <= 3 and 0 <= self.P <= 2 and 0 <= self.Q <= 2):
            raise ValueError(f"An order has p, q <= 3 and P, Q <= 2; got {self}.")
        if self.d not in (0, 1) or self.D not in (0, 1) or self.period < 2:
            raise ValueError(f"An order has d, D <= 1 and a period of 2 or more; got {self}.")

    def __str__(self) -> str:
        return f"({self.p},{self.d},{self.q})({self.P},{self.D},{self.Q}){self.period}{'c' if self.constant else ''}"

    @property
    def row(self) -> tuple[int, ...]:
        """The order as the compiled code takes it."""
        return (self.p, self.d, self.q, self.P, self.D, self.Q, self.period, int(self.constant))

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters in their order."""
        names = [f"ar{i + 1}" for i in range(self.p)] + [f"ma{i + 1}" for i in range(self.q)]
        names += [f"sar{i + 1}" for i in range(self.P)] + [f"sma{i + 1}" for i in range(self.Q)]
        return (*names, "constant") if self.constant else tuple(names)


def parse_order(text: str) -> Order:
    """Return the order written as `(1,0,1)(0,1,1)7`, with a trailing `c` for a constant.

    Raises
    ------
    ValueError
        If the text has another form.
    """
    match = _PATTERN.fullmatch(text.replace(" ", ""))
    if match is None:
        raise ValueError(f"An order is written (p,d,q)(P,D,Q)period; got {text!r}.")
    p, d, q, P, D, Q, period = (int(part) for part in match.groups()[:7])
    return Order(p, d, q, P, D, Q, period, match.group(8) == "c")


def order_matrix(orders: tuple[Order, ...]) -> Ints:
    """Orders as rows for the compiled code, shape (n_orders, 8)."""
    return np.array([order.row for order in orders], dtype=np.int64)
