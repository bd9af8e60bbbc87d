"""Predictions in the shape of TensorFlow Serving's REST interface, so that clients written for it work.

Every version of the fleet is a version of one model. Without a version, the one that serves answers, as it stands
today; another answers from the states it has in the store, or as it was saved in the registry.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException, NotFound

from amuna import wiring
from amuna.access.roles import Permission
from amuna.domain.tables import QUANTILE_COLUMNS
from amuna.forecasting.fleet import FittedFleet
from amuna.serve.api.answers import Asked, answer
from amuna.serve.api.description import MAX_BODY, SECURITY, USUAL, answers, operation_id
from amuna.serve.api.predict_body import MOST, SIGNATURE, Wanted, read_wanted, tensors
from amuna.serve.api.problems import headers_of, said
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.serve.trainings import numbered, trainings
from amuna.workflows.predict import LONGEST_DAYS, predict, predict_with, registered_fleet
from amuna.workflows.serving import serving_run

ROOT = "/v1/models"
_OUTPUTS = tuple(QUANTILE_COLUMNS.values())
_ACCOUNT = {"type": "string", "minLength": 1}
_DAYS = {"type": "integer", "minimum": 1, "maximum": LONGEST_DAYS}
_ROW = {
    "type": "object",
    "properties": {"account_id": _ACCOUNT, "days": _DAYS},
    "required": ["account_id"],
    "additionalProperties": False,
}
_ACCOUNTS = {"type": "array", "items": _ACCOUNT, "minItems": 1, "maxItems": MOST}
_COLUMNS = {**_ROW, "properties": {"account_id": _ACCOUNTS, "days": _DAYS}}
_BODY = {
    "required": True,
    "description": "Accounts, and how many days ahead, as rows (`instances`) or as columns (`inputs`).",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "signature_name": {"const": SIGNATURE},
                    "instances": {**_ACCOUNTS, "items": {"anyOf": [_ACCOUNT, _ROW]}},
                    "inputs": {"anyOf": [_ACCOUNT, _ACCOUNTS, _COLUMNS]},
                },
                "oneOf": [{"required": ["instances"]}, {"required": ["inputs"]}],
                "additionalProperties": False,
            },
            "examples": {
                "rows": {"value": {"instances": [{"account_id": "A0000001", "days": 7}]}},
                "accounts": {"value": {"instances": ["A0000001"]}},
                "columns": {"value": {"inputs": {"account_id": ["A0000001"], "days": 7}}},
            },
        }
    },
}


class NamePath(Asked):
    """Which model."""

    name: str = Field(min_length=1, max_length=200, description="Name of the model: setting registry.name.")


class VersionPath(NamePath):
    """Which version of it."""

    version: int = Field(ge=1, le=10**9, description="Its number.")


class Refusal(BaseModel):
    """What went wrong, as TensorFlow Serving tells it."""

    error: str


class VersionStatus(BaseModel):
    """Whether a version answers."""

    version: str
    state: str
    status: dict[str, str]


class ModelStatus(BaseModel):
    """The versions, the newest first."""

    model_version_status: list[VersionStatus]


class ModelMetadata(BaseModel):
    """What goes in and what comes out."""

    model_spec: dict[str, str]
    metadata: dict[str, Any]


class Predictions(BaseModel):
    """Forecasts: `predictions` for each of the instances, or `outputs` as columns for inputs."""

    predictions: list[dict[str, Any]] | None = None
    outputs: dict[str, list[Any]] | None = None


@dataclass(frozen=True)
class _Version:
    number: int
    run_id: str
    in_store: bool


class _Registered:
    """The fleet of the registry that was asked for last."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._lock = desk, threading.Lock()
        self._last: tuple[int, FittedFleet] | None = None

    def fleet(self, number: int) -> FittedFleet:
        with self._lock:
            if self._last is None or self._last[0] != number:
                registry = wiring.registry(self._desk.workspace)
                if registry is None:
                    raise _not_served(self._desk.workspace.settings.registry_name, number)
                self._last = (number, registered_fleet(registry, number))
            return self._last[1]


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = _routes()
    registered = _Registered(desk)
    body = {"requestBody": _BODY}

    @group.get("/<string:name>", responses=answers(ModelStatus))
    def model_status(path: NamePath) -> Response:
        """Which versions answer"""
        require(Permission.ACCOUNTS)
        return answer(_status(_versions(desk, path.name).values()))

    @group.get("/<string:name>/versions/<int:version>", responses=answers(ModelStatus))
    def version_status(path: VersionPath) -> Response:
        """Whether a version answers"""
        require(Permission.ACCOUNTS)
        return answer(_status([_version(desk, path.name, path.version)]))

    @group.get("/<string:name>/metadata", responses=answers(ModelMetadata))
    def model_metadata(path: NamePath) -> Response:
        """What goes in and what comes out"""
        require(Permission.ACCOUNTS)
        return answer(_metadata(path.name, _serving(desk, path.name)))

    @group.get("/<string:name>/versions/<int:version>/metadata", responses=answers(ModelMetadata))
    def version_metadata(path: VersionPath) -> Response:
        """What goes in and what comes out of a version"""
        require(Permission.ACCOUNTS)
        return answer(_metadata(path.name, _version(desk, path.name, path.version)))

    @group.post("/<string:name>:predict", responses=answers(Predictions), openapi_extensions=body)
    def predict_serving(path: NamePath) -> Response:
        """Forecasts of accounts by the version that serves"""
        return _predicted(desk, registered, _latest(desk, path.name))

    @group.post(
        "/<string:name>/versions/<int:version>:predict",
        responses=answers(Predictions),
        openapi_extensions=body,
    )
    def predict_version(path: VersionPath) -> Response:
        """Forecasts of accounts by a version"""
        return _predicted(desk, registered, _version(desk, path.name, path.version))

    return group


def refusal(error: Exception) -> Response:
    """An error in TensorFlow Serving's shape."""
    found = said(error)
    text = f"{found.detail.en} {found.remedy.en}".strip()
    if isinstance(error, HTTPException):
        text = error.description or found.title.en
    return answer({"error": text}, status=found.status, headers=headers_of(error, found.status))


def _routes() -> APIBlueprint:
    group = APIBlueprint(
        "tensorflow_serving",
        __name__,
        url_prefix=ROOT,
        abp_tags=[
            Tag(name="predict", description="Forecasts in the shape of TensorFlow Serving's REST interface.")
        ],
        abp_security=SECURITY,
        abp_responses={str(status.value): Refusal for status in USUAL},
        operation_id_callback=operation_id,
    )
    group.register_error_handler(Exception, refusal)
    group.before_request(_check)
    return group


def _check() -> None:
    request.max_content_length = MAX_BODY
    require(Permission.ACCOUNTS)


def _predicted(desk: Desk, registered: _Registered, version: _Version) -> Response:
    who = require(Permission.ACCOUNTS)
    wanted = read_wanted(request.get_data(), usual_days=desk.workspace.settings.forecast_horizon)
    for account in wanted.accounts:
        who.require_sight(account)
    rows = _forecast(desk, registered, version, wanted)
    return answer(tensors(rows, wanted, outputs=_OUTPUTS))


def _forecast(desk: Desk, registered: _Registered, version: _Version, wanted: Wanted) -> pl.DataFrame:
    if version.in_store:
        return predict(wanted.accounts, store=desk.store, run_id=version.run_id, days=wanted.most_days)
    fleet = registered.fleet(version.number)
    return predict_with(fleet, wanted.accounts, run_id=version.run_id, days=wanted.most_days)


def _versions(desk: Desk, name: str) -> dict[int, _Version]:
    """The versions of a model by number, the newest first."""
    if name != desk.workspace.settings.registry_name:
        raise _not_served(name)
    rows = numbered(trainings(desk)).select("version", "run_id", "in_store").sort("version", descending=True)
    return {number: _Version(number, run_id, in_store) for number, run_id, in_store in rows.iter_rows()}


def _version(desk: Desk, name: str, number: int) -> _Version:
    found = _versions(desk, name).get(number)
    if found is None:
        raise _not_served(name, number)
    return found


def _serving(desk: Desk, name: str) -> _Version:
    """The version that serves, with its number."""
    versions = _versions(desk, name)
    unnumbered = _latest(desk, name)
    known = [version for version in versions.values() if version.run_id == unnumbered.run_id]
    return known[0] if known else unnumbered


def _latest(desk: Desk, name: str) -> _Version:
    """The version that serves; its number, which only the registry may know, is not asked for."""
    if name != desk.workspace.settings.registry_name:
        raise _not_served(name)
    return _Version(0, serving_run(desk.store), in_store=True)


def _not_served(name: str, number: int | None = None) -> NotFound:
    asked = f"Latest({name})" if number is None else f"Specific({name}, {number})"
    return NotFound(f"Servable not found for request: {asked}")


def _status(versions: Iterable[_Version]) -> dict[str, object]:
    fine = {"error_code": "OK", "error_message": ""}
    return {
        "model_version_status": [
            {"version": str(version.number), "state": "AVAILABLE", "status": fine} for version in versions
        ]
    }


def _metadata(name: str, version: _Version) -> dict[str, object]:
    inputs = {"account_id": _tensor("account_id", "DT_STRING", 1), "days": _tensor("days", "DT_INT32", 1)}
    outputs = {
        "account_id": _tensor("account_id", "DT_STRING", 1),
        "day": _tensor("day", "DT_STRING", 2),
        **{output: _tensor(output, "DT_DOUBLE", 2) for output in _OUTPUTS},
    }
    signature = {"inputs": inputs, "outputs": outputs, "method_name": "tensorflow/serving/predict"}
    return {
        "model_spec": {"name": name, "signature_name": "", "version": str(version.number)},
        "metadata": {"signature_def": {"signature_def": {SIGNATURE: signature}}},
    }


def _tensor(name: str, dtype: str, rank: int) -> dict[str, object]:
    shape = {"dim": [{"size": "-1", "name": ""}] * rank, "unknown_rank": False}
    return {"dtype": dtype, "tensor_shape": shape, "name": f"{name}:0"}
