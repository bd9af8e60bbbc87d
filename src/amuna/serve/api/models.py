"""Models: every training of the whole fleet, and the one that serves."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna.access.roles import Permission
from amuna.domain.errors import NotFound
from amuna.serve.api.answers import Asked, kept_answer
from amuna.serve.api.description import answers, routes
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.serve.trainings import MEMO, trainings


class TrainingPath(Asked):
    """Which training."""

    run_id: str = Field(
        min_length=1, max_length=100, description="Its run, or champion for the one that serves."
    )


class Training(BaseModel):
    """A training of the whole fleet."""

    run_id: str
    version: int | None = Field(description="Its number in the model registry; null where there is none.")
    aliases: list[str] = Field(description="champion serves.")
    cutoff: date = Field(description="First day the models had not seen.")
    accounts: int
    mase: float | None = Field(description="Mean error on the backtest; 1 is last week's value repeated.")
    baseline_mase: float | None = Field(description="Of last week's value repeated.")
    code_version: str = Field(description="Version of Amuna that trained it.")
    settings: str = Field(description="Short name of the settings it was trained with.")
    in_store: bool = Field(description="Whether it can serve at once.")


class Trainings(BaseModel):
    """Every training, the newest first."""

    serving: str | None = Field(description="Run that serves; null before the first training.")
    items: list[Training]


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("models", "Trainings of the whole fleet.", needs=Permission.MODELS)

    @group.get("/models", responses=answers(Trainings, kept=True))
    def list_models() -> Response:
        """Every training, the newest first"""
        who = require(Permission.MODELS)
        return kept_answer(desk, who, lambda: _listed(_all(desk)), memo=MEMO)

    @group.get("/models/<string:run_id>", responses=answers(Training, kept=True))
    def get_model(path: TrainingPath) -> Response:
        """One training"""
        who = require(Permission.MODELS)
        return kept_answer(desk, who, lambda: _one(_all(desk), path.run_id), memo=MEMO)

    return group


def _all(desk: Desk) -> list[dict[str, Any]]:
    aliases = pl.col("aliases").str.split(", ").list.eval(pl.element().filter(pl.element() != ""))
    return trainings(desk).with_columns(aliases).to_dicts()


def _listed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    serving = [row["run_id"] for row in rows if "champion" in row["aliases"]]
    return {"serving": serving[0] if serving else None, "items": rows}


def _one(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for row in rows:
        if row["run_id"] == name or (name == "champion" and name in row["aliases"]):
            return row
    raise NotFound("training", name)
