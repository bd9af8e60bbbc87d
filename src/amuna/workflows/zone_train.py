"""Train zones: one model of the hourly inflows of all zones, kept so that a daily refresh loads it."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from amuna import __version__
from amuna.domain.ports import Store
from amuna.domain.table import INSTANT
from amuna.domain.tables import RUNS
from amuna.domain.zone_tables import FLOWS, ZONE_MODELS, ZONES_RUN
from amuna.forecasting.zones.artefact import choice_of, to_texts
from amuna.forecasting.zones.calendar import Place
from amuna.forecasting.zones.port import ZoneForecaster
from amuna.forecasting.zones.tune import Choice, Trial, choose, tunable
from amuna.forecasting.zones.week import train_zone_model
from amuna.workflows.zone_facts import PART, training_facts
from amuna.workflows.zone_grid import ZoneGrid, zone_grid

log = logging.getLogger(__name__)

SEARCH_EVERY = timedelta(weeks=4)
_SEARCHED = "searched"


@dataclass(frozen=True)
class ZoneTrainReport:
    """What a training of the zones did.

    Parameters
    ----------
    run_id
        The training, which serves now.
    cutoff
        First local day the model has not seen.
    zones, days
        Zones, and local days of history.
    already_trained
        True where the same data, settings and code had been trained: nothing was done.
    models
        Names of the models combined; none where the history is too short for any, and profiles alone are forecast.
    settings
        Of each model that has several, the name of the one chosen.
    searched
        First local day that the search for those settings had not seen; None where there was none.
    trials
        What each setting came to in that search; empty where the history was too short.
    weights
        Of the models, for the first day ahead and for the later ones.
    mae_m3h, baseline_mae_m3h
        Mean absolute error over the zones on the nine weeks before the cutoff, by models that had not seen them, and of the
        better of two baselines, last week repeated and the mean of four weeks; for the first day and the later ones [m³/h].
    seconds
        Time taken [s].
    """

    run_id: str
    cutoff: date
    zones: int
    days: int
    already_trained: bool
    models: tuple[str, ...]
    settings: dict[str, str]
    searched: date | None
    trials: tuple[Trial, ...]
    weights: dict[str, list[float]]
    mae_m3h: dict[str, float]
    baseline_mae_m3h: dict[str, float]
    seconds: float


def train_zones(
    *,
    store: Store,
    place: Place,
    forecasters: Sequence[ZoneForecaster],
    now: datetime,
    cutoff: datetime | None = None,
    known_at: datetime | None = None,
    search_every: timedelta | None = SEARCH_EVERY,
) -> ZoneTrainReport:
    """Train the zones on what is known of the whole local days before a cutoff, and let the model serve.

    Parameters
    ----------
    place
        Holidays and time zone of the utility.
    forecasters
        Models to combine.
    cutoff, known_at
        As in `zone_grid`.
    search_every
        Settings that the serving model found are kept until they are this old, then searched anew; None for the usual ones.

    Raises
    ------
    NotEnoughData
        If no zone has an inflow.
    """
    started = time.perf_counter()
    grid = zone_grid(store=store, place=place, cutoff=cutoff, known_at=known_at)
    choice, searched = _choice(store, grid, forecasters, search_every)
    told = json.dumps(
        {
            "models": [repr(each) for each in forecasters],
            "country": place.country,
            "region": place.region,
            _SEARCHED: None if searched is None else searched.isoformat(),
        },
        sort_keys=True,
    )
    run_id = _run_id(store, told, str(grid.origin), str(known_at))
    texts = _kept(store, run_id)
    already = bool(texts)
    if already:
        run = store.read(RUNS, where={"run_id": run_id})
    else:
        model = train_zone_model(grid.data, forecasters, choice=choice)
        texts = {**to_texts(model), PART: training_facts(model, grid, store)}
        finished = now + timedelta(seconds=time.perf_counter() - started)
        run = _run_row(run_id, grid.origin, told, started_at=now, finished_at=finished)
    with store.transaction():
        if not already:
            store.upsert(ZONE_MODELS, _model_rows(run_id, texts))
        _let_serve(store, run)
    body = json.loads(texts["model"])
    learned, chosen = body.get("learned", {}), choice_of(texts)
    seconds = time.perf_counter() - started
    log.info("trained zones %s zones=%d seconds=%.1f", run_id, len(grid.zones), seconds)
    return ZoneTrainReport(
        run_id,
        grid.origin,
        len(grid.zones),
        grid.flow.shape[1],
        already,
        tuple(body["members"]),
        {} if chosen is None else chosen.settings,
        searched,
        () if chosen is None else chosen.trials,
        learned.get("weights", {}),
        _means(learned.get("mae", {})),
        _means(learned.get("baseline_mae", {})),
        seconds,
    )


def _choice(
    store: Store, grid: ZoneGrid, forecasters: Sequence[ZoneForecaster], search_every: timedelta | None
) -> tuple[Choice | None, date | None]:
    """Settings to train with, None to search them; and the first local day that their search has not seen."""
    if search_every is None:
        return choose(grid.data, (), cutoff=grid.data.n_days), None
    serves = store.read(RUNS, where={"alias": ZONES_RUN}, columns=["run_id", "settings"])
    if len(serves):
        run_id, settings = serves.row(0)
        searched, texts = json.loads(settings).get(_SEARCHED), _kept(store, run_id)
        found = choice_of(texts) if searched and texts else None
        if found is not None and found.trials and found.settings.keys() == tunable(forecasters).keys():
            day = date.fromisoformat(searched)
            if timedelta(0) <= grid.origin - day < search_every:
                return found, day
    return None, grid.origin


def _means(by_zone: dict[str, list[float]]) -> dict[str, float]:
    return {name: float(np.nanmean(values)) for name, values in by_zone.items()}


def _run_id(store: Store, *parts: str) -> str:
    """Name made from the data, the settings and the code."""
    data = store.query(f"SELECT COUNT(*), MAX(observed_at), MAX(recorded_at) FROM {FLOWS.name}").row(0)
    told = "|".join((*parts, *map(str, data), __version__))
    return f"zones-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _kept(store: Store, run_id: str) -> dict[str, str]:
    rows = store.read(ZONE_MODELS, where={"run_id": run_id})
    return dict(rows.select("part", "content").iter_rows())


def _model_rows(run_id: str, texts: dict[str, str]) -> pl.DataFrame:
    return ZONE_MODELS.frame(
        [{"run_id": run_id, "part": part, "content": text} for part, text in texts.items()]
    )


def _run_row(
    run_id: str, cutoff: date, settings: str, *, started_at: datetime, finished_at: datetime
) -> pl.DataFrame:
    row = {
        "run_id": run_id,
        "started_at": started_at,
        "finished_at": finished_at,
        "cutoff": cutoff,
        "settings": settings,
        "code_version": __version__,
        "accounts": 0,
        "alias": "",
        "kind": ZONES_RUN,
        "parent": None,
    }
    return RUNS.frame([row])


def _let_serve(store: Store, run: pl.DataFrame) -> None:
    """Let a run serve, and forget the models of all others but the one that served until now."""
    serves = store.read(RUNS, where={"alias": ZONES_RUN})
    store.upsert(RUNS, serves.with_columns(alias=pl.lit("")))
    store.upsert(RUNS, run.with_columns(pl.col("finished_at").cast(INSTANT), alias=pl.lit(ZONES_RUN)))
    kept = [*serves["run_id"].to_list(), *run["run_id"].to_list()]
    old = store.query(f"SELECT DISTINCT run_id FROM {ZONE_MODELS.name}").filter(~pl.col("run_id").is_in(kept))
    if len(old):
        store.delete(ZONE_MODELS, where={"run_id": old["run_id"].to_list()})
