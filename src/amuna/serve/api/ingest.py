"""Ingest: readings that a program hands in, taken in exactly as a file is, once however often they are sent."""

from __future__ import annotations

import threading
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import UnsupportedMediaType

from amuna import wiring
from amuna.access.roles import Permission
from amuna.domain.text import Text
from amuna.serve.api.answers import Asked, answer, records
from amuna.serve.api.description import answers, problem, routes
from amuna.serve.auth.gate import require
from amuna.serve.auth.language import say
from amuna.serve.desk import Desk
from amuna.workflows.deliver import DeliveryReport, deliver

SHOWN_ROWS = 1_000
_MEDIA: dict[str, Any] = {"application/json": "json", "text/csv": "csv"}
_NO_MEDIA = Text(
    "No se encontró el tipo de contenido; se esperaba application/json o text/csv.",
    "Found no content type; expected application/json or text/csv.",
)
_OTHER_MEDIA = Text(
    "Se encontró {found}; se esperaba application/json o text/csv.",
    "Found {found}; expected application/json or text/csv.",
)
_ROW = {
    "type": "object",
    "examples": [{"account_id": "A0000001", "day": "2025-12-31", "consumption_m3": 0.42}],
}
_BODY = {
    "required": True,
    "description": "Rows under the names of a feed map of amuna.toml (`feed`), or under names that are recognised: "
    "account_id, day, consumption_m3; account_id, observed_at, reading_m3; ConsumptionDate, AccountOID, Consumption "
    "[L]; account_id, segment.",
    "content": {
        "application/json": {"schema": {"type": "array", "minItems": 1, "items": _ROW}},
        "text/csv": {
            "schema": {"type": "string"},
            "example": "account_id,day,consumption_m3\nA0000001,2025-12-31,0.42",
        },
    },
}


class DeliveryQuery(Asked):
    """What the columns mean."""

    feed: str | None = Field(
        None, max_length=100, description="Section of amuna.toml that says what the columns mean."
    )


class DeliveryHeader(BaseModel):
    """What the sender calls the delivery."""

    model_config = ConfigDict(populate_by_name=True)

    key: str = Field(
        "",
        alias="Idempotency-Key",
        max_length=100,
        pattern=r"^[!-~]*$",
        description="The same key is the same delivery, and is taken in once; its content is its key without one.",
    )


class RefusedDeliveryRow(BaseModel):
    """A row that could not enter the store."""

    row: int = Field(description="Its place in the list from 1; in CSV the header is row 1.")
    field: str = Field(description="Column at fault; empty where the whole row is.")
    reason: str
    detail: str = Field(description="What was found, what was expected and what to do.")


class Delivered(BaseModel):
    """What became of a delivery: rows_read = rows_accepted + rows_quarantined + rows_duplicate."""

    key: str
    batch_id: str
    committed_at: datetime
    repeated: bool = Field(description="Whether it had come before, and nothing was done now.")
    rows_read: int
    rows_accepted: int = Field(description="New or corrected.")
    rows_quarantined: int
    rows_duplicate: int = Field(description="Known already.")
    refused: list[RefusedDeliveryRow] = Field(description=f"The first {SHOWN_ROWS} refused rows.")


def register(desk: Desk) -> APIBlueprint:
    """The route."""
    group = routes("ingest", "Hand in readings.", needs=Permission.INGEST)
    one_at_a_time = threading.Lock()
    settings = desk.workspace.settings

    @group.post(
        "/readings",
        responses=answers(Delivered)
        | {
            status: problem(status)
            for status in (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        },
        openapi_extensions={"requestBody": _BODY},
    )
    def hand_in_readings(header: DeliveryHeader, query: DeliveryQuery) -> Response:
        """Hand in readings: rows that fit are taken in, the others are kept with a reason"""
        who = require(Permission.INGEST)
        request.max_content_length = settings.serve_delivery_mb * 2**20
        found = wiring.delivery(
            desk.workspace, request.get_data(), _media(), sender=who.user_id, key=header.key, feed=query.feed
        )
        with one_at_a_time:
            report = deliver(
                found,
                store=desk.store,
                rules=wiring.rules(settings),
                now=desk.now,
                min_coverage=settings.ingest_min_coverage,
            )
        desk.took_in()
        return answer(_shown(report))

    return group


def _media() -> Any:
    found = _MEDIA.get(request.mimetype)
    if found is None:
        raise UnsupportedMediaType(
            say(_NO_MEDIA) if not request.mimetype else say(_OTHER_MEDIA, found=request.mimetype)
        )
    return found


def _shown(report: DeliveryReport) -> dict[str, Any]:
    return {
        "key": report.key,
        "batch_id": report.batch_id,
        "committed_at": report.committed_at,
        "repeated": report.repeated,
        "rows_read": report.read,
        "rows_accepted": report.accepted,
        "rows_quarantined": report.quarantined,
        "rows_duplicate": report.duplicate,
        "refused": records(report.refused.head(SHOWN_ROWS)),
    }
