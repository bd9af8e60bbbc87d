"""Bodies of TensorFlow Serving's predict: rows (`instances`) or columns (`inputs`) in, the same shape out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import polars as pl
from werkzeug.exceptions import BadRequest

from amuna.serve.api.answers import DECIMALS
from amuna.workflows.predict import LONGEST_DAYS

SIGNATURE = "serving_default"
MOST = 1_000
_KEYS = {"signature_name", "instances", "inputs"}
_INPUTS = {"account_id", "days"}


@dataclass(frozen=True)
class Wanted:
    """Which forecasts are asked for.

    Parameters
    ----------
    accounts, days
        An account and its days ahead, for each forecast.
    by_columns
        Whether they came as columns, and go out so.
    """

    accounts: tuple[str, ...]
    days: tuple[int, ...]
    by_columns: bool

    @property
    def most_days(self) -> int:
        """The furthest that any looks ahead [days]."""
        return max(self.days)


def read_wanted(content: bytes, *, usual_days: int) -> Wanted:
    """What a body asks for.

    Raises
    ------
    BadRequest
        If it is not of the shape.
    """
    body = _object(content)
    if ("instances" in body) == ("inputs" in body):
        raise BadRequest("Request body must have either 'instances' or 'inputs', and not both.")
    by_columns = "inputs" in body
    pairs = _columns(body["inputs"], usual_days) if by_columns else _rows(body["instances"], usual_days)
    if not 1 <= len(pairs) <= MOST:
        raise BadRequest(f"Found {len(pairs)} instances; expected 1 to {MOST}.")
    accounts, days = zip(*(_checked(account, day) for account, day in pairs), strict=True)
    if by_columns and len(set(days)) > 1:
        raise BadRequest("'days' must be the same for all in columns; use 'instances' for different ones.")
    return Wanted(accounts, days, by_columns)


def tensors(rows: pl.DataFrame, wanted: Wanted, *, outputs: Sequence[str]) -> dict[str, Any]:
    """The answer: FORECASTS rows as named tensors, in the order asked for."""
    parts = rows.partition_by("account_id", as_dict=True)
    found = [
        _one(parts[(account,)].head(days), account, outputs)
        for account, days in zip(wanted.accounts, wanted.days, strict=True)
    ]
    if not wanted.by_columns:
        return {"predictions": found}
    return {"outputs": {name: [one[name] for one in found] for name in found[0]}}


def _one(rows: pl.DataFrame, account: str, outputs: Sequence[str]) -> dict[str, Any]:
    values = {name: rows[name].round(DECIMALS).to_list() for name in outputs}
    return {"account_id": account, "day": rows["day"].to_list(), **values}


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"JSON Parse error: {error}") from error
    if not isinstance(body, dict) or not set(body) <= _KEYS:
        raise BadRequest(f"Expected a JSON object with {', '.join(sorted(_KEYS))}.")
    name = body.get("signature_name") or SIGNATURE
    if name != SIGNATURE:
        raise BadRequest(f'Serving signature name: "{name}" not found in signature def.')
    return body


def _rows(instances: object, usual_days: int) -> list[tuple[object, object]]:
    if not isinstance(instances, list):
        raise BadRequest("'instances' must be a list.")
    return [_pair(instance, usual_days) for instance in instances]


def _pair(instance: object, usual_days: int) -> tuple[object, object]:
    if isinstance(instance, dict):
        _require_inputs(instance)
        return instance["account_id"], instance.get("days", usual_days)
    return instance, usual_days


def _columns(inputs: object, usual_days: int) -> list[tuple[object, object]]:
    columns = inputs if isinstance(inputs, dict) else {"account_id": inputs}
    _require_inputs(columns)
    accounts = columns["account_id"]
    accounts = accounts if isinstance(accounts, list) else [accounts]
    days = columns.get("days", usual_days)
    days = days if isinstance(days, list) else [days] * len(accounts)
    if len(days) != len(accounts):
        raise BadRequest(f"'days' has {len(days)} values and 'account_id' {len(accounts)}.")
    return list(zip(accounts, days, strict=True))


def _require_inputs(found: dict[str, Any]) -> None:
    if "account_id" not in found or not set(found) <= _INPUTS:
        raise BadRequest(
            f"Expected account_id and, if wanted, days; found {', '.join(map(str, found)) or 'nothing'}."
        )


def _checked(account: object, days: object) -> tuple[str, int]:
    if not isinstance(account, str) or not account:
        raise BadRequest(f"account_id is {account!r}; expected a text.")
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= LONGEST_DAYS:
        raise BadRequest(f"days is {days!r}; expected a whole number from 1 to {LONGEST_DAYS}.")
    return account, days
