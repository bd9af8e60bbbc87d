"""The OpenAPI document is true: whatever is sent, no answer is a crash, and each is one that the document tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.integration.api.world import ok
from tests.integration.conftest import NOW

from amuna.access.roles import Role
from amuna.domain.ports import Store
from amuna.serve.desk import Desk
from amuna.workflows.jobs import Run, queue

DOCUMENT = "/api/v1/openapi.json"
EXAMPLES = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture
def desk(desk: Desk, trained: Store) -> Desk:
    """A desk that puts trainings on record as stopped, so that nobody waits for them."""

    def start() -> datetime:
        asked = NOW + timedelta(minutes=5)
        queue(Run("train", asked, "here:1"), store=trained, now=asked)
        return asked

    return replace(desk, start=start)


@pytest.fixture
def known(app: Flask, token_for: Callable[..., str], own_account: str) -> Mapping[str, object]:
    """Path parameters of things that are there."""
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token_for(Role.ADMIN)}"}
    found = {
        name: ok(client.get(f"/api/v1/{name}s", headers=headers))["items"][0] for name in ("job", "alarm")
    }
    return {
        "account_id": own_account,
        "run_id": "champion",
        "job_id": found["job"]["job_id"],
        "alarm_id": found["alarm"]["alarm_id"],
        "zone_id": "north",
        "name": "amuna-fleet",
        "version": 1,
    }


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CUSTOMER])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_is_sent_every_answer_is_one_that_the_document_tells(
    app: Flask, token_for: Callable[..., str], known: Mapping[str, object], role: Role, mode: GenerationMode
) -> None:
    headers = {"Authorization": f"Bearer {token_for(role)}", "Accept-Encoding": "identity"}
    statuses: set[int] = set()

    for operation in _operations(app):

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode), there=some.booleans())
        def fuzz(case: Case, there: bool) -> None:
            if there and mode is GenerationMode.POSITIVE:
                mine = {name: value for name, value in known.items() if name in case.path_parameters}
                case.path_parameters.update(mine)
            response = case.call(headers=headers)
            statuses.add(response.status_code)
            # a query is text: what breaks its schema as JSON may be right as text
            checks = [*CHECKS, negative_data_rejection] if case.operation.body else CHECKS
            case.validate_response(response, checks=checks, headers=headers)

        fuzz()

    if mode is GenerationMode.POSITIVE:
        assert {200, 404} <= statuses
    assert {422, 403} & statuses


def test_no_operation_answers_a_stranger(app: Flask) -> None:
    client = app.test_client()
    for operation in _operations(app):
        case = operation.Case(path_parameters=dict.fromkeys(_names(operation), "1"))
        response = client.open(case.formatted_path, method=operation.method.upper())
        assert response.status_code == 401, operation.label


def _names(operation: Any) -> list[str]:
    return [parameter.name for parameter in operation.path_parameters]


def _operations(app: Flask) -> Iterator[Any]:
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, app)
    for found in schema.get_all_operations():
        yield found.ok()
