"""The settings: one table of names and defaults, and what each may be; explained.py says what each is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from amuna.config.explained import EXPLAINED
from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text

FILE_NAME = "amuna.toml"


@dataclass(frozen=True)
class Settings:
    """Every setting. `store_path` here is `path` under `[store]` in TOML and `AMUNA_STORE_PATH` outside."""

    store_path: str = "amuna.duckdb"
    store_url: str = field(default="", repr=False)
    store_memory: str = "2GB"
    utility_name: str = "My utility"
    utility_time_zone: str = "America/Lima"
    utility_country: str = "PE"
    utility_region: str = ""
    utility_unit: str = ""
    ingest_max_daily_m3: float = 100_000.0
    ingest_jump_ratio: float = 1_000.0
    ingest_future_hours: float = 1.0
    ingest_min_coverage: float = 0.83
    forecast_horizon: int = 14
    forecast_billing_days: int = 30
    forecast_keep_days: int = 30
    train_folds: int = 3
    train_origins: int = 20
    train_margin: float = 0.2
    train_window: int = 400
    train_workers: int = 0
    train_slab: int = 500
    train_failed_share: float = 0.5
    weather_url: str = "https://api.open-meteo.com"
    weather_archive_url: str = "https://archive-api.open-meteo.com"
    weather_fresh_minutes: float = 60.0
    weather_timeout_s: float = 10.0
    weather_attempts: int = 5
    registry_enabled: str = "auto"
    registry_url: str = "sqlite:///mlflow.db"
    registry_artefacts: str = "mlruns"
    registry_name: str = "amuna-fleet"
    registry_zones_name: str = "amuna-zones"
    serve_host: str = "127.0.0.1"
    serve_port: int = 8350
    serve_certificate: str = ""
    serve_key: str = ""
    serve_proxies: int = 0
    serve_rate_limit: int = 600
    serve_delivery_mb: int = 32
    serve_upload_mb: int = 50
    serve_oidc_issuer: str = ""
    serve_oidc_client: str = "amuna"
    serve_oidc_secret: str = field(default="", repr=False)
    schedule_daily: str = "03:30"
    schedule_weekly: str = ""
    schedule_poll_s: float = 300.0
    zones_models: str = ""
    zones_search_weeks: int = 4
    refit_every_days: int = 7
    refit_false_discovery_rate: float = 0.05
    refit_max_age_days: int = 91
    refit_trial_days: int = 14
    refit_margin: float = 0.02
    billing_tariff: str = "sedapal-lima"
    billing_first_day: int = 1
    feeds: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    tariffs: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise _refused(name, value, _RANGE.fill(low=low, high=high))
        for name, choices in _CHOICES:
            value = getattr(self, name)
            if value not in choices:
                raise _refused(name, value, _CHOICE.fill(choices=", ".join(choices)))
        if not _MEMORY.fullmatch(self.store_memory):
            raise _refused("store_memory", self.store_memory, _SIZE, remedy=_WRITE_SIZE)


_RANGE = Text("debe estar entre {low:g} y {high:g}", "it must lie between {low:g} and {high:g}")
_CHOICE = Text("debe ser uno de estos: {choices}", "it must be one of: {choices}")
_SIZE = Text("debe ser un número y una unidad", "it must be a number and a unit")
_CORRECT = Text("Corríjalo en amuna.toml o en {variable}.", "Correct it in amuna.toml or {variable}.")
_WRITE_SIZE = Text(
    "Escríbalo como 2GB o 500MB en amuna.toml o en {variable}.",
    "Write it as 2GB or 500MB in amuna.toml or {variable}.",
)
_PASSWORD = re.compile(r"(://[^:/@]*:)[^@]*@")
HIDDEN = "•••"
_MEMORY = re.compile(r"[1-9]\d*(\.\d+)? ?[KMGT]i?B")
_RANGES = (
    ("ingest_max_daily_m3", 1e-6, 1e9),
    ("ingest_jump_ratio", 1.0, 1e12),
    ("ingest_future_hours", 0.0, 8760.0),
    ("ingest_min_coverage", 0.0, 1.0),
    ("forecast_horizon", 1, 365),
    ("forecast_billing_days", 1, 92),
    ("forecast_keep_days", 1, 36_500),
    ("billing_first_day", 1, 28),
    ("refit_every_days", 1, 365),
    ("refit_false_discovery_rate", 0.0, 1.0),
    ("refit_max_age_days", 7, 36_500),
    ("refit_trial_days", 2, 365),
    ("refit_margin", 0.0, 1.0),
    ("train_folds", 1, 26),
    ("train_origins", 1, 52),
    ("train_margin", 0.0, 1.0),
    ("train_window", 28, 100_000),
    ("train_workers", 0, 1024),
    ("train_slab", 1, 100_000),
    ("train_failed_share", 0.0, 1.0),
    ("weather_fresh_minutes", 0.0, 10_080.0),
    ("weather_timeout_s", 0.1, 600.0),
    ("weather_attempts", 1, 20),
    ("serve_port", 0, 65_535),
    ("serve_delivery_mb", 1, 1_024),
    ("serve_upload_mb", 1, 350),
    ("serve_proxies", 0, 10),
    ("serve_rate_limit", 0, 1_000_000),
    ("zones_search_weeks", 0, 52),
    ("schedule_poll_s", 0.1, 86_400.0),
)
_CHOICES = (("registry_enabled", ("auto", "on", "off")),)
SECTIONS = {"feeds": "docs/feeds.md", "places": "docs/feeds.md", "tariffs": "docs/billing.md"}


def toml_name(name: str) -> str:
    """`forecast_horizon` as it is written in TOML: `forecast.horizon`."""
    return name.replace("_", ".", 1)


def environment_name(name: str) -> str:
    """`forecast_horizon` as an environment variable: `AMUNA_FORECAST_HORIZON`."""
    return f"AMUNA_{name.upper()}"


def setting_rows() -> list[tuple[str, object, Text]]:
    """TOML name, default and help of every setting but those that are sections of named parts."""
    defaults = Settings()
    names = [f.name for f in fields(Settings) if f.name not in SECTIONS]
    return [(toml_name(name), getattr(defaults, name), EXPLAINED[toml_name(name)]) for name in names]


def settings_in_force(settings: Settings) -> list[tuple[str, str, str, Text]]:
    """TOML name, value, default and help of every setting but sections; what may hold a password is not told."""
    rows = []
    for f in fields(Settings):
        if f.name in SECTIONS:
            continue
        value = str(getattr(settings, f.name))
        if not f.repr and value:
            value = HIDDEN
        told = _PASSWORD.sub(f"\\g<1>{HIDDEN}@", value)
        rows.append((toml_name(f.name), told, str(f.default), EXPLAINED[toml_name(f.name)]))
    return rows


def _refused(name: str, found: object, expected: Text, *, remedy: Text = _CORRECT) -> UnknownSetting:
    return UnknownSetting(
        Text(
            "El ajuste {setting} vale {found!r}; {expected}.", "Setting {setting} is {found!r}; {expected}."
        ),
        remedy=remedy,
        setting=toml_name(name),
        found=found,
        expected=expected,
        variable=environment_name(name),
    )
