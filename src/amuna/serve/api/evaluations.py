"""Evaluations: how accurate the forecasts are, of all accounts and of one."""

from __future__ import annotations

from datetime import date

import polars as pl
from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from amuna.access.roles import Permission
from amuna.serve.api.accounts import AccountPath
from amuna.serve.api.answers import kept_answer, records
from amuna.serve.api.description import answers, routes
from amuna.serve.auth.gate import require
from amuna.serve.desk import Desk
from amuna.workflows.evaluate import EvaluateReport, evaluate
from amuna.workflows.views.account import account_facts

MEMO = "evaluation"
_MASE = "Mean absolute residual over the account's mean weekly difference; 1 is last week's value repeated."


class ModelAccuracy(BaseModel):
    """A forecaster on the backtest."""

    model: str
    accounts: int
    mase: float | None = Field(description=_MASE)
    median_mase: float | None
    mae_m3: float | None = Field(description="Mean absolute residual [m³ per day].")


class PartAccuracy(BaseModel):
    """A segment, or a group of like use, on the backtest."""

    kind: str = Field(description="segment or group")
    name: str
    accounts: int
    mase: float | None = Field(description=_MASE)
    baseline_mase: float | None = Field(description="Of last week's value repeated.")
    median_mase: float | None


class LeadAccuracy(BaseModel):
    """Days that far ahead, on the backtest."""

    lead_days: int
    mase: float | None = Field(description=_MASE)
    baseline_mase: float | None


class StoredAccuracy(BaseModel):
    """Forecasts that were stored before their day came."""

    lead_days: int
    forecasts: int
    mae_m3: float | None = Field(description="Mean absolute residual [m³ per day].")
    baseline_mae_m3: float | None
    coverage80: float | None = Field(description="Share of observations inside the 80 % interval.")
    coverage95: float | None = Field(description="Share of observations inside the 95 % interval.")


class Evaluation(BaseModel):
    """Accuracy of the training that serves."""

    run_id: str
    models: list[ModelAccuracy]
    parts: list[PartAccuracy]
    leads: list[LeadAccuracy]
    stored: list[StoredAccuracy]


class AccountAccuracy(BaseModel):
    """A forecaster on the backtest of one account."""

    model: str
    days: int = Field(description="Days judged.")
    mae_m3: float | None = Field(description="Mean absolute residual [m³ per day].")
    mase: float | None = Field(description=_MASE)


class JudgedForecast(BaseModel):
    """A forecast whose day has come; its interval is null once the forecast is no longer kept."""

    cutoff: date = Field(description="First day the forecast had not seen.")
    day: date
    lead_days: int
    observed_m3: float
    forecast_m3: float
    baseline_m3: float | None = Field(description="Same weekday of the week before [m³].")
    low80_m3: float | None
    high80_m3: float | None
    inside80: bool
    inside95: bool


class AccountEvaluation(BaseModel):
    """How accurate the forecasts of an account are."""

    account_id: str
    models: list[AccountAccuracy] = Field(description="Best first.")
    judged: list[JudgedForecast] = Field(description="By day and cutoff.")


def register(desk: Desk) -> APIBlueprint:
    """The routes."""
    group = routes("evaluations", "How accurate the forecasts are.")

    @group.get("/evaluations", responses=answers(Evaluation, kept=True))
    def get_evaluation() -> Response:
        """Accuracy of the training that serves, by model, segment and days ahead"""
        who = require(Permission.MODELS)
        return kept_answer(desk, who, lambda: _fleet(_found(desk)), memo=MEMO)

    @group.get("/accounts/<path:account_id>/evaluation", responses=answers(AccountEvaluation, kept=True))
    def get_account_evaluation(path: AccountPath) -> Response:
        """How accurate the forecasts of an account are"""
        who = require(Permission.ACCOUNTS, account_id=path.account_id)
        return kept_answer(desk, who, lambda: _account(desk, path.account_id))

    return group


def _found(desk: Desk) -> EvaluateReport:
    return desk.memo.kept(MEMO, lambda: evaluate(store=desk.store))


def _fleet(found: EvaluateReport) -> dict[str, object]:
    return {
        "run_id": found.run_id,
        "models": records(found.models, ModelAccuracy.model_fields),
        "parts": records(found.segments, PartAccuracy.model_fields),
        "leads": records(_lead_days(found.leads), LeadAccuracy.model_fields),
        "stored": records(_lead_days(found.stored), StoredAccuracy.model_fields),
    }


def _account(desk: Desk, account_id: str) -> dict[str, object]:
    facts = account_facts(account_id, store=desk.store, history_days=1)
    return {
        "account_id": account_id,
        "models": records(facts.evidence, AccountAccuracy.model_fields),
        "judged": records(_lead_days(facts.past), JudgedForecast.model_fields),
    }


def _lead_days(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.rename({"lead": "lead_days"})
