"""The settings: one table of name, default, help and what each may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from amuna.domain.errors import UnknownSetting

FILE_NAME = "amuna.toml"


def _setting(default: Any, explanation: str) -> Any:
    return field(default=default, metadata={"help": explanation})


@dataclass(frozen=True)
class Settings:
    """Every setting. `store_path` here is `path` under `[store]` in TOML and `AMUNA_STORE_PATH` outside."""

    store_path: str = _setting("amuna.duckdb", "The embedded store, relative to the workspace.")
    store_url: str = field(
        default="",
        repr=False,
        metadata={
            "help": "PostgreSQL database that is the store, in place of store.path: see docs/postgres.md; ${NAME} is filled from the environment."
        },
    )
    store_memory: str = _setting("2GB", "Memory the store may use before it spills to disk.")
    utility_name: str = _setting("My utility", "Name shown on reports.")
    utility_time_zone: str = _setting("America/Lima", "IANA time zone of the billing day.")
    utility_country: str = _setting(
        "PE", "Country whose holidays zones follow: two letters of ISO 3166, such as PE or IT."
    )
    utility_region: str = _setting(
        "", "Region with holidays of its own, as the Python library holidays codes it; empty for none."
    )
    utility_unit: str = _setting(
        "",
        "Unit of volumes in files that do not say; empty for litres in ConsumptionDate, AccountOID, Consumption.",
    )
    ingest_max_daily_m3: float = _setting(
        100_000.0, "Largest consumption of an account in a day [m3]; more is refused."
    )
    ingest_jump_ratio: float = _setting(
        1_000.0, "A day above 1,000 m3 and above this many times the account's median is refused."
    )
    ingest_future_hours: float = _setting(
        1.0, "How far a clock may run ahead [hours]; later times are refused."
    )
    ingest_min_coverage: float = _setting(
        0.83,
        "Share of a day that register readings must cover; other days are flagged partial and not trained on.",
    )
    forecast_horizon: int = _setting(14, "Days ahead that are forecast, and judged in backtests [days].")
    forecast_billing_days: int = _setting(30, "Length of the billing period whose total is forecast [days].")
    forecast_keep_days: int = _setting(30, "Forecasts made longer ago are removed; their scores stay [days].")
    train_folds: int = _setting(3, "Cutoffs of the rolling-origin backtest, one horizon apart.")
    train_origins: int = _setting(20, "Past cutoffs whose residuals calibrate the intervals.")
    train_margin: float = _setting(
        0.2, "Share by which a model must beat the combination to become champion."
    )
    train_window: int = _setting(400, "Longest history a model is fitted to [days].")
    train_workers: int = _setting(0, "Threads; 0 for one per core.")
    train_slab: int = _setting(500, "Accounts computed and committed at a time; bounds memory.")
    train_failed_share: float = _setting(
        0.5, "Training fails when more than this share of accounts got only a fallback; 0 to 1."
    )
    weather_url: str = _setting(
        "https://api.open-meteo.com", "Server of the forecast, in the shape of Open-Meteo's API."
    )
    weather_archive_url: str = _setting(
        "https://archive-api.open-meteo.com", "Server of weather that is further back than 92 days."
    )
    weather_fresh_minutes: float = _setting(
        60.0, "A forecast is not fetched again within this time [minutes]."
    )
    weather_timeout_s: float = _setting(10.0, "Longest wait for the weather server [seconds].")
    weather_attempts: int = _setting(5, "Tries before the weather server counts as away.")
    registry_enabled: str = _setting(
        "auto", "Whether trainings are kept in MLflow too: on, off, or auto where it is installed."
    )
    registry_url: str = _setting(
        "sqlite:///mlflow.db",
        "MLflow's database: SQLite in the workspace, or PostgreSQL; ${NAME} is filled from the environment.",
    )
    registry_artefacts: str = _setting("mlruns", "Folder of MLflow's artefacts, relative to the workspace.")
    registry_name: str = _setting("amuna-fleet", "Name of the registered model.")
    registry_zones_name: str = _setting("amuna-zones", "Name of the registered model of the zones.")
    serve_host: str = _setting("127.0.0.1", "Address amuna serve listens on; 0.0.0.0 for every network.")
    serve_port: int = _setting(8350, "Port amuna serve listens on; 0 for any that is free.")
    serve_certificate: str = _setting(
        "", "PEM file of the certificate, for HTTPS; empty for plain HTTP behind a proxy or on this machine."
    )
    serve_key: str = _setting("", "PEM file of the certificate's key.")
    serve_proxies: int = _setting(
        0, "Reverse proxies in front of amuna serve, whose X-Forwarded headers are believed; 0 for none."
    )
    serve_rate_limit: int = _setting(
        600, "Requests a customer may make in a minute; the utility's own users have no limit, 0 for nobody."
    )
    serve_delivery_mb: int = _setting(
        32, "Largest body of readings that a program may hand in at once [MB]; see docs/api.md."
    )
    serve_upload_mb: int = _setting(50, "Largest file that the Data page of the dashboard takes [MB].")
    serve_oidc_issuer: str = _setting(
        "", "OpenID provider whose accounts may sign in, where a user has their e-mail; empty for none."
    )
    serve_oidc_client: str = _setting("amuna", "Name that the OpenID provider knows this program by.")
    serve_oidc_secret: str = field(
        default="",
        repr=False,
        metadata={"help": "Secret of that name; ${NAME} is filled from the environment."},
    )
    schedule_daily: str = _setting(
        "03:30",
        "Local time at which amuna serve ingests, updates, evaluates, refits and promotes; empty for never.",
    )
    schedule_weekly: str = _setting(
        "",
        'Local day and time at which amuna serve trains the whole fleet, such as "sun 04:30"; empty for never. '
        "A training ends all contests of refits, so choose one rhythm: docs/lifecycle.md.",
    )
    schedule_poll_s: float = _setting(
        300.0, "Time between two looks of amuna serve at files and databases [seconds]."
    )
    zones_models: str = _setting(
        "",
        "Models that forecast zones, with commas between; empty for those that docs/zones.md shows to be best.",
    )
    zones_search_weeks: int = _setting(
        4,
        "How long a training keeps the settings of models of zones that it found on months past [weeks]; 0 for the usual ones, always.",
    )
    refit_every_days: int = _setting(
        7, "Days between two looks at residuals and contests; the days between are for updates alone [days]."
    )
    refit_false_discovery_rate: float = _setting(
        0.05, "Share of the refits asked for by broken residuals that may be false alarms; 0 to 1."
    )
    refit_max_age_days: int = _setting(
        91, "Age at which a model is fitted anew, give or take a quarter [days]."
    )
    refit_trial_days: int = _setting(
        14, "Days on which a challenger is judged; half of them where it wins by twice the margin [days]."
    )
    refit_margin: float = _setting(
        0.02, "Share by which the mean absolute residual must be lower for models to change."
    )
    billing_tariff: str = _setting(
        "sedapal-lima", "Tariff that bills are forecast with: amuna tariffs lists them."
    )
    billing_first_day: int = _setting(1, "Day of the month on which a billing period begins.")
    feeds: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict,
        metadata={"help": "Feed maps, one section [feeds.NAME] each: see docs/feeds.md."},
    )
    places: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict,
        metadata={
            "help": "Places whose weather is fetched, one section [places.NAME] each: see docs/feeds.md."
        },
    )
    tariffs: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict,
        metadata={
            "help": "Tariffs besides those that come with Amuna, one section [tariffs.NAME] each: see docs/billing.md."
        },
    )

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise UnknownSetting(
                    f"Setting {toml_name(name)} is {value}; it must lie between {low:g} and {high:g}.",
                    remedy=f"Correct it in {FILE_NAME} or {environment_name(name)}.",
                    setting=toml_name(name),
                )
        for name, choices in _CHOICES:
            if getattr(self, name) not in choices:
                raise UnknownSetting(
                    f"Setting {toml_name(name)} is {getattr(self, name)!r}; it must be one of: {', '.join(choices)}.",
                    remedy=f"Correct it in {FILE_NAME} or {environment_name(name)}.",
                    setting=toml_name(name),
                )
        if not _MEMORY.fullmatch(self.store_memory):
            raise UnknownSetting(
                f"Setting store.memory is {self.store_memory!r}; it must be a number and a unit.",
                remedy=f"Write it as 2GB or 500MB in {FILE_NAME} or {environment_name('store_memory')}.",
                setting="store.memory",
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


def setting_rows() -> list[tuple[str, object, str]]:
    """TOML name, default and help of every setting but those that are sections of named parts."""
    defaults = Settings()
    return [
        (toml_name(f.name), getattr(defaults, f.name), f.metadata["help"])
        for f in fields(Settings)
        if f.name not in SECTIONS
    ]


def settings_in_force(settings: Settings) -> list[tuple[str, str, str, str]]:
    """TOML name, value, default and help of every setting but sections; what may hold a password is not told."""
    rows = []
    for f in fields(Settings):
        if f.name in SECTIONS:
            continue
        value = str(getattr(settings, f.name))
        if not f.repr and value:
            value = HIDDEN
        told = _PASSWORD.sub(f"\\g<1>{HIDDEN}@", value)
        rows.append((toml_name(f.name), told, str(f.default), f.metadata["help"]))
    return rows


def template() -> str:
    """Text of a new amuna.toml, every setting explained."""
    lines = [
        "# Settings of this workspace. A line that starts with # shows a default; remove the # to change it.",
        "",
    ]
    section = ""
    for name, default, explanation in setting_rows():
        head, key = name.split(".", 1)
        if head != section:
            lines += ["", f"[{head}]"] if section else [f"[{head}]"]
            section = head
        lines += [f"# {explanation}", f"# {key} = {_toml_value(default)}"]
    lines += [
        "",
        "# A feed map says what the columns of a source mean (docs/feeds.md). Use it with: amuna ingest FILE --feed billing",
        "# [feeds.billing]",
        '# account = "AccountOID"',
        '# time = "ConsumptionDate"',
        '# value = "Consumption"',
        '# unit = "L"',
        '# time_zone = "America/Lima"',
        "",
    ]
    return "\n".join(lines)


def _toml_value(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
