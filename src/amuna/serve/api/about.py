"""Who is asking, and where everything is."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna import __version__
from amuna.access.roles import Permission
from amuna.serve.api.answers import answer
from amuna.serve.api.description import ROOT, answers, routes
from amuna.serve.auth.gate import principal
from amuna.serve.desk import Desk

_LINKS = {
    "accounts": f"{ROOT}/accounts",
    "evaluations": f"{ROOT}/evaluations",
    "alarms": f"{ROOT}/alarms",
    "zones": f"{ROOT}/zones",
    "models": f"{ROOT}/models",
    "quality": f"{ROOT}/quality",
    "feeds": f"{ROOT}/feeds",
    "quarantine": f"{ROOT}/quarantine",
    "jobs": f"{ROOT}/jobs",
    "openapi": f"{ROOT}/openapi.json",
    "documentation": "/api/docs",
    "health": "/health",
    "readiness": "/ready",
    "metrics": "/metrics",
}


class Caller(BaseModel):
    """Who is asking."""

    user_id: str
    name: str
    role: str = Field(description="customer, crew, analyst, operator or admin")
    permissions: list[str] = Field(description="What the caller may do.")
    accounts: list[str] | None = Field(description="Accounts within sight; null for all.")


class About(BaseModel):
    """The program, the caller, and where everything is."""

    version: str = Field(description="Version of Amuna.")
    utility: str = Field(description="Name of the utility.")
    time_zone: str = Field(description="IANA zone of the utility's days.")
    caller: Caller
    links: dict[str, str] = Field(description="Addresses on this server.")


def register(desk: Desk) -> APIBlueprint:
    """The route."""
    group = routes("about", "Who is asking, and where everything is.")

    @group.get("", responses=answers(About))
    def about() -> Response:
        """Who is asking, and where everything is"""
        who = principal()
        caller = {
            "user_id": who.user_id,
            "name": who.name,
            "role": who.role.value,
            "permissions": [permission.value for permission in Permission if who.may(permission)],
            "accounts": None if who.accounts is None else sorted(who.accounts),
        }
        settings = desk.workspace.settings
        return answer(
            {
                "version": __version__,
                "utility": settings.utility_name,
                "time_zone": settings.utility_time_zone,
                "caller": caller,
                "links": _LINKS,
            }
        )

    return group
