"""How models are fitted, refitted and kept, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amuna.config.settings import Settings
from amuna.domain.ports import Engine, Registry
from amuna.wiring.workspace import Workspace

if TYPE_CHECKING:
    from amuna.forecasting.fleet import FleetSettings
    from amuna.lifecycle.policy import RefitPolicy

REFIT_SLAB = 50


def engine(settings: Settings) -> Engine:
    """Where series are computed."""
    from amuna.engines.threads import ThreadEngine

    return ThreadEngine(workers=settings.train_workers, slab=settings.train_slab)


def refit_engine(settings: Settings) -> Engine:
    """Where the few accounts of a refit are computed: in slabs small enough for every core to have one."""
    from amuna.engines.threads import ThreadEngine

    return ThreadEngine(workers=settings.train_workers, slab=min(settings.train_slab, REFIT_SLAB))


def fleet_settings(settings: Settings) -> FleetSettings:
    """How a fleet is trained."""
    from amuna.forecasting.arima.model import Arima
    from amuna.forecasting.fleet import FleetSettings

    return FleetSettings(
        horizon=settings.forecast_horizon,
        billing_days=settings.forecast_billing_days,
        folds=settings.train_folds,
        origins=settings.train_origins,
        margin=settings.train_margin,
        arima=Arima(window=settings.train_window),
    )


def refit_policy(settings: Settings) -> RefitPolicy:
    """When a model is fitted anew, and when the new one may serve."""
    from amuna.lifecycle.policy import RefitPolicy

    return RefitPolicy(
        every_days=settings.refit_every_days,
        false_discovery_rate=settings.refit_false_discovery_rate,
        max_age_days=settings.refit_max_age_days,
        early_days=max(1, settings.refit_trial_days // 2),
        trial_days=settings.refit_trial_days,
        margin=settings.refit_margin,
    )


def registry(workspace: Workspace) -> Registry | None:
    """Where trainings are kept besides the store; None where it is switched off, or not installed and not demanded.

    Raises
    ------
    MissingExtra
        If it is demanded and MLflow is not installed.
    UnknownSetting
        If its address is wrong, or needs an environment variable that is not set.
    """
    from amuna.lifecycle.registry import MlflowRegistry

    settings = workspace.settings
    if not _is_kept(settings):
        return None
    return MlflowRegistry(
        settings.registry_url,
        folder=workspace.folder,
        artefacts=settings.registry_artefacts,
        name=settings.registry_name,
        loader="amuna.serve.fleet_model",
    )


def zone_registry(workspace: Workspace) -> Registry | None:
    """As `registry`, for the trainings of zones."""
    from amuna.lifecycle.artefact import ZONES
    from amuna.lifecycle.registry import MlflowRegistry

    settings = workspace.settings
    if not _is_kept(settings):
        return None
    return MlflowRegistry(
        settings.registry_url,
        folder=workspace.folder,
        artefacts=settings.registry_artefacts,
        name=settings.registry_zones_name,
        loader="",
        about="Forecasts of the inflow of every zone, by hour.",
        layout=ZONES,
    )


def _is_kept(settings: Settings) -> bool:
    from amuna.lifecycle.registry import installed

    return settings.registry_enabled == "on" or (settings.registry_enabled == "auto" and installed())
