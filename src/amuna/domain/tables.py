"""The column contracts: the only place where columns, types, units and keys are spelled."""

from __future__ import annotations

import polars as pl

from amuna.domain.access_tables import ACCESS_TABLES
from amuna.domain.alarm_tables import ALARMS
from amuna.domain.job_tables import JOBS
from amuna.domain.table import INSTANT, Column, Table
from amuna.domain.zone_tables import ZONE_TABLES

_ACCOUNT = Column("account_id", pl.String, "contract with a customer")
_BATCH = Column("batch_id", pl.String, "ingested batch that brought the row")
_RECORDED = Column("recorded_at", INSTANT, "when we learned it", "UTC")
_RUN = Column("run_id", pl.String, "training run")

ACCOUNTS = Table(
    "accounts",
    (
        _ACCOUNT,
        Column(
            "segment",
            pl.String,
            "class of customer: household, commercial, industrial, public, vacant",
            nullable=True,
        ),
        Column("zone_id", pl.String, "zone that supplies the account", nullable=True),
        Column("longitude", pl.Float64, "position", "degrees east", nullable=True),
        Column("latitude", pl.Float64, "position", "degrees north", nullable=True),
    ),
    key=("account_id",),
)
READINGS = Table(
    "readings",
    (
        _ACCOUNT,
        Column("observed_at", INSTANT, "when the dial was read", "UTC"),
        Column("reading_m3", pl.Float64, "cumulative index on the dial", "m3"),
        _RECORDED,
        _BATCH,
    ),
    key=("account_id", "observed_at"),
    time="observed_at",
    versioned=True,
)
CONSUMPTION = Table(
    "consumption",
    (
        _ACCOUNT,
        Column("day", pl.Date, "local billing day"),
        Column("consumption_m3", pl.Float64, "volume used on the day", "m3"),
        Column(
            "flag", pl.String, "ok, partial (too few readings), estimated, or reset (the register went back)"
        ),
        _RECORDED,
        _BATCH,
    ),
    key=("account_id", "day"),
    time="day",
    versioned=True,
)
REGISTER_EVENTS = Table(
    "register_events",
    (
        _ACCOUNT,
        Column("observed_at", INSTANT, "reading at which something was decided", "UTC"),
        Column("before_m3", pl.Float64, "dial before", "m3"),
        Column("after_m3", pl.Float64, "dial after", "m3"),
        Column("decision", pl.String, "rollover, replacement, reset or another rule's name"),
        Column("volume_m3", pl.Float64, "volume the rule took for the interval", "m3", nullable=True),
    ),
    key=("account_id", "observed_at"),
    time="observed_at",
)
QUARANTINE = Table(
    "quarantine",
    (
        Column("source", pl.String, "file, table or topic the row came from"),
        Column("row", pl.Int64, "row number in the source, the header being row 1"),
        Column("field", pl.String, "column at fault; empty where the whole row is"),
        Column("reason", pl.String, "reason code"),
        Column("detail", pl.String, "what was found, what was expected and what to do"),
        Column("original", pl.String, "the row as it came, as JSON"),
        _RECORDED,
        _BATCH,
    ),
    key=("source", "row", "reason", "original"),
    time="recorded_at",
)
BATCHES = Table(
    "batches",
    (
        _BATCH,
        Column("feed", pl.String, "feed that brought it"),
        Column("number", pl.Int64, "place of the batch in its ingest"),
        Column("source", pl.String, "file, table or topic"),
        Column("watermark", pl.String, "position in the source up to which rows are committed"),
        Column("rows_read", pl.Int64, "rows in the batch"),
        Column("rows_accepted", pl.Int64, "rows that entered the store's tables"),
        Column("rows_quarantined", pl.Int64, "rows refused with a reason"),
        Column("rows_duplicate", pl.Int64, "rows that said what the store already knew"),
        Column("committed_at", INSTANT, "when the batch was committed", "UTC"),
        Column("kind", pl.String, "consumption, register, accounts, weather or flow", nullable=True),
        Column("first_day", pl.Date, "earliest day of its consumption; null where unknown", nullable=True),
    ),
    key=("batch_id",),
    time="committed_at",
)
POSITIONS = Table(
    "positions",
    (
        Column("feed", pl.String, "feed whose source has parts that are read side by side"),
        Column("part", pl.String, "part of the source, such as a Kafka partition: topic/number"),
        Column("position", pl.Int64, "first offset of the part that is not yet committed"),
        _BATCH,
        Column("committed_at", INSTANT, "when", "UTC"),
    ),
    key=("feed", "part"),
)
RUNS = Table(
    "runs",
    (
        _RUN,
        Column("started_at", INSTANT, "when training began", "UTC"),
        Column("finished_at", INSTANT, "when training ended", "UTC", nullable=True),
        Column("cutoff", pl.Date, "first day the models have not seen"),
        Column("settings", pl.String, "settings the run depends on, as JSON"),
        Column("code_version", pl.String, "version of Amuna"),
        Column("accounts", pl.Int64, "accounts trained"),
        Column("alias", pl.String, "champion for the run that serves; else empty"),
        Column(
            "kind",
            pl.String,
            "training of the whole fleet, or refit of the accounts that asked for one",
            nullable=True,
        ),
        Column("parent", pl.String, "serving run whose accounts a refit challenges", nullable=True),
    ),
    key=("run_id",),
    time="started_at",
)
MODELS = Table(
    "models",
    (
        _RUN,
        _ACCOUNT,
        Column("champion", pl.String, "forecaster that serves the account"),
        Column("status", pl.String, "ok, too_short, constant, not_converged or fallback"),
        Column("order", pl.String, "ARIMA order, as (p,d,q)(P,D,Q)s"),
        Column("transform", pl.String, "none, log1p or boxcox"),
        Column("parameters", pl.List(pl.Float64), "phi, theta, Phi, Theta, constant"),
        Column("standard_errors", pl.List(pl.Float64), "of the parameters"),
        Column("sigma2", pl.Float64, "residual variance on the transformed scale", nullable=True),
        Column("aicc", pl.Float64, "corrected Akaike criterion on the scale of the data", nullable=True),
        Column("group", pl.String, "calibration group of its intervals"),
        Column("scale", pl.Float64, "typical absolute residual of past forecasts", "m3"),
        Column("level", pl.Float64, "mean volume per day of the last quarter", "m3", nullable=True),
        Column("zero_share", pl.Float64, "share of zeros among the days of the last year"),
        Column("days", pl.Int64, "observed days of the last year"),
        Column("weights", pl.List(pl.Float64), "weight of each member forecaster in the champion"),
        Column("fitted_run", pl.String, "run that estimated these parameters", nullable=True),
        Column("fitted_to", pl.Date, "first day the estimate has not seen", nullable=True),
    ),
    key=("run_id", "account_id"),
)
STATES = Table(
    "states",
    (
        _RUN,
        _ACCOUNT,
        Column("cutoff", pl.Date, "first day the state has not seen"),
        Column("state", pl.List(pl.Float64), "what update and forecast need, laid out by forecasting/fleet"),
        Column("known_at", INSTANT, "batches committed up to then are in the state", "UTC", nullable=True),
    ),
    key=("run_id", "account_id"),
)
EVIDENCE = Table(
    "evidence",
    (
        _RUN,
        _ACCOUNT,
        Column("model", pl.String, "forecaster judged"),
        Column("cutoff", pl.Date, "first day the forecaster had not seen"),
        Column("days", pl.Int64, "days judged"),
        Column("mae", pl.Float64, "mean absolute residual", "m3", nullable=True),
        Column(
            "mase",
            pl.Float64,
            "mae over the mean absolute weekly difference before the cutoff",
            nullable=True,
        ),
    ),
    key=("run_id", "account_id", "model", "cutoff"),
    time="cutoff",
)
LEAD_EVIDENCE = Table(
    "lead_evidence",
    (
        _RUN,
        Column("slab", pl.String, "first account of the slab of accounts summed up"),
        Column("model", pl.String, "forecaster judged"),
        Column("lead", pl.Int32, "days ahead"),
        Column("days", pl.Int64, "days judged"),
        Column("scaled", pl.Float64, "sum of absolute residuals over each account's MASE scale"),
    ),
    key=("run_id", "slab", "model", "lead"),
)
CALIBRATION = Table(
    "calibration",
    (
        _RUN,
        Column("group", pl.String, "calibration group"),
        Column("lead", pl.Int32, "days ahead; 0 for the total of the billing period"),
        Column("quantile", pl.Float64, "probability"),
        Column("value", pl.Float64, "quantile of residual / scale"),
        Column("residuals", pl.Int64, "residuals behind it"),
    ),
    key=("run_id", "group", "lead", "quantile"),
)
# Columns of a forecast's quantiles. LOW80 and HIGH80 are the ends of the 80 % interval, and so on.
QUANTILE_COLUMNS = {
    0.025: "low95_m3",
    0.1: "low80_m3",
    0.25: "low50_m3",
    0.5: "forecast_m3",
    0.75: "high50_m3",
    0.9: "high80_m3",
    0.975: "high95_m3",
}
_QUANTILES = tuple(
    Column(name, pl.Float64, f"volume that is not exceeded with probability {quantile:g}", "m3")
    for quantile, name in QUANTILE_COLUMNS.items()
)
FORECASTS = Table(
    "forecasts",
    (
        _RUN,
        _ACCOUNT,
        Column("cutoff", pl.Date, "first day the forecast had not seen"),
        Column("day", pl.Date, "day forecast"),
        *_QUANTILES,
    ),
    key=("run_id", "account_id", "cutoff", "day"),
    time="cutoff",
)
PERIOD_FORECASTS = Table(
    "period_forecasts",
    (
        _RUN,
        _ACCOUNT,
        Column("cutoff", pl.Date, "first day the forecast had not seen"),
        Column("days", pl.Int32, "length of the billing period that starts at the cutoff"),
        *_QUANTILES,
    ),
    key=("run_id", "account_id", "cutoff", "days"),
    time="cutoff",
)
UNZONED = "unzoned"  # group of the accounts without a zone, and of the zones without one that feeds them
GROUP_FORECASTS = Table(
    "group_forecasts",
    (
        _RUN,
        Column("level", pl.String, "zone, supply (what feeds zones) or utility"),
        Column("group_id", pl.String, f"zone of ZONES; {UNZONED} for the rest; utility for all"),
        Column("cutoff", pl.Date, "first day the forecast had not seen"),
        Column("day", pl.Date, "day forecast"),
        *_QUANTILES,
        Column("mean_m3", pl.Float64, "expected volume; those of a group's parts add up to its own", "m3"),
        Column("accounts_m3", pl.Float64, "what its accounts' own point forecasts add up to", "m3"),
        Column("status", pl.String, "ok, short_history or partial"),
        Column(
            "own_weight",
            pl.Float64,
            "weight of the zones' own past in how they share the total, 0 to 1; the rest is their accounts'",
        ),
    ),
    key=("run_id", "level", "group_id", "cutoff", "day"),
    time="cutoff",
)
SCORES = Table(
    "scores",
    (
        _RUN,
        _ACCOUNT,
        Column("cutoff", pl.Date, "first day the forecast had not seen"),
        Column("day", pl.Date, "day judged"),
        Column("observed_m3", pl.Float64, "what happened", "m3"),
        Column("forecast_m3", pl.Float64, "point forecast", "m3"),
        Column("baseline_m3", pl.Float64, "same weekday of last week", "m3", nullable=True),
        Column("inside80", pl.Boolean, "observed inside the 80 % interval"),
        Column("inside95", pl.Boolean, "observed inside the 95 % interval"),
    ),
    key=("run_id", "account_id", "cutoff", "day"),
    time="day",
)
UPDATES = Table(
    "updates",
    (
        _RUN,
        Column("cutoff", pl.Date, "first day the states have not seen after the update"),
        Column("accounts", pl.String, "range of accounts updated, as FIRST..LAST; empty for all"),
        Column("updated_at", INSTANT, "when", "UTC"),
        Column("known_at", INSTANT, "batches committed up to then are in the states", "UTC"),
        Column("rows", pl.Int64, "new days taken in"),
        Column("restated", pl.Int64, "accounts whose past was corrected, and whose state was built anew"),
        Column("adopted", pl.Int64, "new accounts"),
        Column("scored", pl.Int64, "forecasts judged"),
        Column("seconds", pl.Float64, "time taken", "s"),
    ),
    key=("run_id", "cutoff", "accounts", "updated_at"),
    time="updated_at",
)
DECISIONS = Table(
    "decisions",
    (
        _RUN,
        _ACCOUNT,
        Column("day", pl.Date, "first day unseen when it was decided"),
        Column(
            "decision", pl.String, "adopted (a first model), refit, promoted, kept, rolled_back or confirmed"
        ),
        Column("rival_run", pl.String, "run that fitted the other model; empty before it is fitted"),
        Column("reason", pl.String, "new, bias, accuracy, calendar, evidence or person"),
        Column("decided_by", pl.String, "amuna, or the person's name"),
        Column("decided_at", INSTANT, "when", "UTC"),
        Column("evidence", pl.String, "the figures it rests on, as JSON"),
    ),
    key=("run_id", "account_id", "day", "decision"),
    time="day",
)
DRIFT = Table(
    "drift",
    (
        Column("cutoff", pl.Date, "first day that was not looked at"),
        Column("kind", pl.String, "data or model"),
        Column("measure", pl.String, "what was measured"),
        Column("part", pl.String, "segment it was measured on; empty for all"),
        Column("value", pl.Float64, "what was found", nullable=True),
        Column("reference", pl.Float64, "what was usual before", nullable=True),
        Column("limit", pl.Float64, "value from which on it counts as drift", nullable=True),
        Column("drifted", pl.Boolean, "whether the limit is passed"),
        Column("checked_at", INSTANT, "when", "UTC"),
    ),
    key=("cutoff", "kind", "measure", "part"),
    time="cutoff",
)
WEATHER = Table(
    "weather",
    (
        Column("place_id", pl.String, "place the weather is of"),
        Column("observed_at", INSTANT, "start of the hour", "UTC"),
        Column("temperature_c", pl.Float64, "air temperature at 2 m", "degC", nullable=True),
        Column("apparent_temperature_c", pl.Float64, "temperature as felt", "degC", nullable=True),
        Column("humidity_percent", pl.Float64, "relative humidity at 2 m", "%", nullable=True),
        Column("rain_mm", pl.Float64, "precipitation of the hour", "mm", nullable=True),
        Column("wind_kmh", pl.Float64, "wind speed at 10 m", "km/h", nullable=True),
        Column("kind", pl.String, "observed, or forecast where the hour was still to come"),
        _RECORDED,
        _BATCH,
    ),
    key=("place_id", "observed_at"),
    time="observed_at",
    versioned=True,
)

TABLES = (
    ACCOUNTS,
    READINGS,
    CONSUMPTION,
    REGISTER_EVENTS,
    QUARANTINE,
    BATCHES,
    POSITIONS,
    RUNS,
    MODELS,
    STATES,
    EVIDENCE,
    LEAD_EVIDENCE,
    CALIBRATION,
    FORECASTS,
    PERIOD_FORECASTS,
    GROUP_FORECASTS,
    SCORES,
    UPDATES,
    DECISIONS,
    DRIFT,
    WEATHER,
    ALARMS,
    JOBS,
    *ZONE_TABLES,
    *ACCESS_TABLES,
)
