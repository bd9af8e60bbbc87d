"""A client of Amuna's API: `Client("https://amuna.example.org", token).forecast("A0000001").days`.

Volumes are polars frames whose column names carry their units; what goes wrong is an AmunaError with the server's
words, remedy and facts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import polars as pl

from amuna.domain.errors import AmunaError, NotAllowed, NotFound, PermanentError, SignInNeeded, TransientError
from amuna.domain.text import Text

ROOT = "/api/v1"
TIMEOUT_S = 30.0
_PART = 1_000
_STREAM_S = 90.0
_UNDER_WAY = ("queued", "running")


@dataclass(frozen=True)
class AccountForecast:
    """The newest forecast of an account.

    Parameters
    ----------
    account_id, run_id
        The account, and the training whose model made it.
    cutoff
        First day the forecast had not seen.
    days
        day, lead_days and the quantile columns low95_m3 … forecast_m3 … high95_m3 [m³].
    """

    account_id: str
    run_id: str
    cutoff: date
    days: pl.DataFrame = field(repr=False)


@dataclass(frozen=True)
class ZoneForecast:
    """The newest forecast of a zone.

    Parameters
    ----------
    zone_id, run_id
        The zone, and the training whose model made it.
    cutoff
        First hour the forecast had not seen (UTC); None, like `run_id` and `status`, where nothing is forecast.
    status
        `ok`, or what is wrong with the zone's data.
    hours
        observed_at (UTC), the quantile columns low95_m3h … forecast_m3h … high95_m3h and usual_m3h [m³/h], temperature_c,
        rain_mm.
    """

    zone_id: str
    run_id: str | None
    cutoff: datetime | None
    status: str | None
    hours: pl.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Delivered:
    """What became of readings that were handed in; counts are rows.

    Parameters
    ----------
    key, batch_id
        Names of the delivery.
    repeated
        Whether it had come before, and nothing was done now.
    read, accepted, quarantined, duplicate
        In all, new or corrected, refused, known already.
    refused
        The first refused rows: row, field, reason, detail.
    """

    key: str
    batch_id: str
    repeated: bool
    read: int
    accepted: int
    quarantined: int
    duplicate: int
    refused: pl.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Job:
    """A run of a job.

    Parameters
    ----------
    job_id, job, status
        Its name, what it does, and how it stands: queued, running, ok, waiting, error, stopped or killed.
    started_at, seconds
        When it began, and how long it took [s].
    message
        What it did, or what went wrong.
    steps
        step, shard, status, seconds and message of each.
    """

    job_id: str
    job: str
    status: str
    started_at: datetime
    seconds: float
    message: str
    steps: list[dict[str, Any]] = field(repr=False)

    @property
    def under_way(self) -> bool:
        """Whether more is to come."""
        return self.status in _UNDER_WAY


class Client:
    """A connection to a server; close it, or use it in a `with`.

    Parameters
    ----------
    url
        Address of the server, such as `https://amuna.example.org`.
    token
        API token.
    language
        In which problems are told: `es` or `en`.
    timeout_s
        Longest wait for an answer [s].
    """

    def __init__(self, url: str, token: str, *, language: str = "en", timeout_s: float = TIMEOUT_S) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the connection."""
        self._http.close()

    def accounts(
        self,
        *,
        segment: str | None = None,
        zone_id: str | None = None,
        champion: str | None = None,
        status: str | None = None,
        search: str | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Every account within sight that fits, fetched part by part."""
        asked = {
            "segment": segment,
            "zone_id": zone_id,
            "champion": champion,
            "status": status,
            "search": search,
        }
        return self._items("accounts", asked)

    def account(self, account_id: str) -> dict[str, Any]:
        """One account at a glance."""
        return self._get(_of(account_id))

    def readings(
        self, account_id: str, *, first_day: date | None = None, last_day: date | None = None
    ) -> pl.DataFrame:
        """What an account used: day, consumption_m3 [m³], flag, recorded_at."""
        asked = {"first_day": first_day, "last_day": last_day}
        found = self._get(_of(account_id, "readings"), {name: str(day) for name, day in asked.items() if day})
        schema = {"day": pl.String, "consumption_m3": pl.Float64, "flag": pl.String, "recorded_at": pl.String}
        rows = pl.DataFrame(found["days"], schema=schema)
        return rows.with_columns(
            pl.col("day").str.to_date(), pl.col("recorded_at").str.to_datetime(time_zone="UTC")
        )

    def forecast(self, account_id: str, *, days: int | None = None) -> AccountForecast:
        """The newest forecast of an account, of all its days or the first so many."""
        found = self._get(_of(account_id, "forecast"), {} if days is None else {"days": str(days)})
        rows = pl.DataFrame(found["days"]).with_columns(pl.col("day").str.to_date())
        return AccountForecast(
            found["account_id"], found["run_id"], date.fromisoformat(found["cutoff"]), rows
        )

    def period_forecast(self, account_id: str, *, first_day: date, last_day: date) -> dict[str, Any]:
        """What an account will have used in a period, both ends included [m³]."""
        return self._get(_of(account_id, "period-forecast"), _period(first_day, last_day))

    def bill(self, account_id: str, *, first_day: date, last_day: date) -> dict[str, Any]:
        """What a period will cost an account [soles]."""
        return self._get(_of(account_id, "bill"), _period(first_day, last_day))

    def alarms(
        self, *, state: str | None = None, kind: str | None = None, account_id: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Alarms within sight that fit, open ones first, then by money."""
        return self._items("alarms", {"state": state, "kind": kind, "account_id": account_id})

    def set_alarm(self, alarm_id: str, state: str) -> dict[str, Any]:
        """Say that an alarm is seen, closed, or open again."""
        path = f"{ROOT}/alarms/{quote(alarm_id)}/state"
        return self._checked(self._http.post(path, json={"state": state})).json()

    def zones(self, *, kind: str | None = None, status: str | None = None) -> Iterator[dict[str, Any]]:
        """Every zone that fits, with what it needs in the next day and week."""
        return self._items("zones", {"kind": kind, "status": status})

    def zone_forecast(self, zone_id: str, *, hours: int | None = None) -> ZoneForecast:
        """The newest forecast of a zone, of all its hours or the first so many."""
        asked = {} if hours is None else {"hours": str(hours)}
        found = self._get(f"zones/{quote(zone_id)}/forecast", asked)
        cutoff = found["cutoff"] and datetime.fromisoformat(found["cutoff"])
        rows = _hours(found["hours"])
        return ZoneForecast(found["zone_id"], found["run_id"], cutoff, found["status"], rows)

    def zone_inflow(self, zone_id: str, *, days: int | None = None) -> pl.DataFrame:
        """What flowed into a zone: observed_at (UTC), flow_m3h, usual_m3h [m³/h], temperature_c, rain_mm."""
        asked = {} if days is None else {"days": str(days)}
        return _hours(self._get(f"zones/{quote(zone_id)}/inflow", asked)["hours"])

    def zone_reasons(self, zone_id: str) -> list[dict[str, Any]]:
        """Why each day ahead of a zone departs from its usual day: a sentence in both languages, and the parts."""
        days: list[dict[str, Any]] = self._get(f"zones/{quote(zone_id)}/reasons")["days"]
        return days

    def zone_scores(self, zone_id: str) -> dict[str, Any]:
        """How the forecasts of a zone did, in all and day by day."""
        return self._get(f"zones/{quote(zone_id)}/scores")

    def zone_map(self) -> dict[str, Any]:
        """The zones whose outline is known, as a GeoJSON FeatureCollection."""
        return self._get("zones.geojson")

    def hand_in(
        self, rows: Sequence[Mapping[str, object]] | pl.DataFrame, *, key: str = "", feed: str | None = None
    ) -> Delivered:
        """Hand in readings; sent twice under one key, or without one twice the same, they are taken in once.

        Parameters
        ----------
        rows
            Under names that Amuna recognises (account_id, day, consumption_m3) or that a feed map explains.
        key
            Names the delivery.
        feed
            Section of amuna.toml that says what the columns mean.
        """
        frame = rows if isinstance(rows, pl.DataFrame) else pl.DataFrame(rows, infer_schema_length=None)
        response = self._http.post(
            f"{ROOT}/readings",
            content=frame.write_csv(),
            params={} if feed is None else {"feed": feed},
            headers={"Content-Type": "text/csv"} | ({"Idempotency-Key": key} if key else {}),
        )
        found = self._checked(response).json()
        counts = {name: found[f"rows_{name}"] for name in ("read", "accepted", "quarantined", "duplicate")}
        names = {name: found[name] for name in ("key", "batch_id", "repeated")}
        return Delivered(**names, **counts, refused=pl.DataFrame(found["refused"]))

    def train(self) -> Job:
        """Start a training of the whole fleet."""
        return _job(self._checked(self._http.post(f"{ROOT}/jobs", json={"job": "train"})).json())

    def job(self, job_id: str) -> Job:
        """How a job stands."""
        return _job(self._get(f"jobs/{quote(job_id)}"))

    def follow(self, job_id: str) -> Iterator[Job]:
        """A job whenever it changes, until it ends."""
        last: Job | None = None
        while last is None or last.under_way:
            for found in self._events(job_id):
                if found != last:
                    yield found
                last = found

    def _events(self, job_id: str) -> Iterator[Job]:
        """What one stream tells; the server ends it after a minute."""
        path = f"{ROOT}/jobs/{quote(job_id)}/events"
        with self._http.stream("GET", path, timeout=_STREAM_S) as response:
            if response.is_error:
                response.read()
            event = ""
            for line in self._checked(response).iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data" and event == "job":
                    yield _job(json.loads(value))

    def _items(self, what: str, asked: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
        cursor: object = None
        filters = {name: value for name, value in asked.items() if value is not None}
        while True:
            place = {} if cursor is None else {"cursor": str(cursor)}
            found = self._get(what, {**filters, **place, "limit": str(_PART)})
            yield from found["items"]
            cursor = found["next_cursor"]
            if cursor is None:
                return

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self._checked(self._http.get(f"{ROOT}/{path}", params=query or {})).json()
        return found

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if response.is_error:
            raise _problem(response)
        return response


def _of(account_id: str, what: str = "") -> str:
    return f"accounts/{quote(account_id)}" + (f"/{what}" if what else "")


def _period(first_day: date, last_day: date) -> dict[str, str]:
    return {"first_day": str(first_day), "last_day": str(last_day)}


def _hours(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Hours as a frame: instants in UTC, everything else a number."""
    names = dict.fromkeys(rows[0] if rows else ["observed_at"], pl.Float64) | {"observed_at": pl.String}
    frame = pl.DataFrame(rows, schema=names)
    return frame.with_columns(pl.col("observed_at").str.to_datetime(time_unit="us", time_zone="UTC"))


def _job(found: Mapping[str, Any]) -> Job:
    names = ("job_id", "job", "status", "seconds", "message", "steps")
    return Job(
        **{name: found[name] for name in names}, started_at=datetime.fromisoformat(found["started_at"])
    )


_ERRORS: dict[int, type[AmunaError]] = {401: SignInNeeded}
_SAID, _ADVISED = Text.both("{said}"), Text.both("{advised}")
_UNREAD = Text("{address} respondió {status}.", "{address} answered {status}.")
_CHECK = Text(
    "Revise la dirección, y que allí responda Amuna.", "Check the address, and that Amuna answers there."
)
_TAKEN = ("problem", "remedy", "said", "advised")


def _problem(response: httpx.Response) -> AmunaError:
    """The error that a problem tells of."""
    again = response.status_code in (429, 503)
    kind = _ERRORS.get(response.status_code, TransientError if again else PermanentError)
    try:
        told = response.json()
        detail, advice, facts = told["detail"], told["remedy"], told["facts"]
    except (ValueError, KeyError, TypeError):
        return kind(_UNREAD, remedy=_CHECK, address=str(response.url), status=response.status_code)
    if response.status_code == httpx.codes.NOT_FOUND and {"kind", "name"} <= set(facts):
        return NotFound(facts["kind"], facts["name"])
    if response.status_code == httpx.codes.FORBIDDEN and "permission" in facts:
        return NotAllowed(facts["permission"])
    facts = {f"its_{name}" if name in _TAKEN else name: value for name, value in facts.items()}
    return kind(_SAID, remedy=_ADVISED, said=detail, advised=advice, **facts)
