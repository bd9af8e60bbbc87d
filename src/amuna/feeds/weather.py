"""WeatherFeed: the weather of some places from an HTTP API in Open-Meteo's shape, as a feed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from amuna.domain.errors import SourceUnreadable, TransientError
from amuna.domain.ports import Batch
from amuna.domain.text import Text
from amuna.domain.time import DAY
from amuna.feeds.answer_cache import Answer, AnswerCache
from amuna.feeds.http_json import HttpJson
from amuna.feeds.places import Place
from amuna.feeds.weather_answer import VARIABLES, weather_rows

log = logging.getLogger(__name__)

_LONGEST_BACK = 92
_SETTLED = timedelta(days=2)


@dataclass(frozen=True)
class WeatherApi:
    """Where the weather comes from.

    Parameters
    ----------
    url
        Server of `/v1/forecast`: the last 92 days and the next 15.
    archive_url
        Server of `/v1/archive`: the days before.
    fresh
        A forecast is not asked for again within this time.
    """

    url: str = "https://api.open-meteo.com"
    archive_url: str = "https://archive-api.open-meteo.com"
    fresh: timedelta = timedelta(hours=1)


class WeatherFeed:
    """Hours of weather, a batch for each place, and for each month of it that is further back than 92 days.

    The watermark says which days of each place are settled. The last two days are asked for again, because the API
    still corrects them; whole months of the archive stay in the cache for good. While the API is away, its last
    answer is given once more, and `stale` says so.

    Parameters
    ----------
    places
        Where.
    api
        From where.
    http
        How to ask.
    cache
        Where answers are kept.
    days_back, days_ahead
        How far to look from today [days]; `days_ahead` at most 15.
    now
        The present instant, with a zone.
    """

    def __init__(
        self,
        places: Sequence[Place],
        api: WeatherApi,
        *,
        http: HttpJson,
        cache: AnswerCache,
        days_back: int = 7,
        days_ahead: int = 7,
        now: Callable[[], datetime],
    ) -> None:
        self._places = places
        self._api = api
        self._http = http
        self._cache = cache
        self._days_back = days_back
        self._days_ahead = days_ahead
        self._now = now
        self.name = f"weather {api.url}"
        self.stale: dict[str, datetime] = {}
        """Places whose API was away, with the instant of the answer that was given instead."""

    def batches(self, since: str | None) -> Iterator[Batch]:
        """Answers for what the watermark does not call settled, place by place, oldest first."""
        settled: dict[str, list[str]] = json.loads(since)["settled"] if since else {}
        for place in self._places:
            for answer in self._answers(place, settled.get(_key(place))):
                source = f"{self._api.url} {place.name}"
                rows = weather_rows(answer, place=place.name, source=source)
                first, last = _span(rows)
                until = min(last + DAY, (answer.fetched_at - _SETTLED).date())
                settled = {**settled, _key(place): _joined(settled.get(_key(place)), first, until)}
                watermark = {"settled": settled, "place": place.name, "asked": answer.request}
                yield Batch(source, json.dumps(watermark, sort_keys=True), rows, "weather")

    def acknowledge(self, watermark: str) -> None:
        """Nothing to do: the store keeps the watermark with the rows."""

    def _answers(self, place: Place, settled: list[str] | None) -> Iterator[Answer]:
        """The archive's months, where the days wanted begin so early, then the forecast."""
        today = self._now().astimezone(UTC).date()
        first = today - self._days_back * DAY
        if settled and date.fromisoformat(settled[0]) <= first:
            first = min(date.fromisoformat(settled[1]), today)
        while (today - first).days > _LONGEST_BACK:
            month = first.replace(day=1)
            first = (month + 31 * DAY).replace(day=1)
            yield self._month(place, month, first - DAY)
        yield self._forecast(place, past_days=(today - first).days)

    def _month(self, place: Place, first: date, last: date) -> Answer:
        """A whole month, over for long: it is asked for once."""
        parameters = _parameters(place) | {"start_date": f"{first}", "end_date": f"{last}"}
        url = f"{self._api.archive_url}/v1/archive"
        request = _request(url, parameters)
        return self._cache.get(request) or self._ask(request, url, parameters, place)

    def _forecast(self, place: Place, *, past_days: int) -> Answer:
        ahead = {"past_days": str(past_days), "forecast_days": str(self._days_ahead + 1)}
        parameters = _parameters(place) | ahead
        url = f"{self._api.url}/v1/forecast"
        request = _request(url, parameters)
        name = f"{url} {_key(place)}"
        kept = self._cache.get(name)
        if kept and self._serves(kept, place, past_days):
            return kept
        try:
            return self._ask(request, url, parameters, place, name=name)
        except TransientError as error:
            if kept is None:
                raise
            hours = (self._now() - kept.fetched_at).total_seconds() / 3600
            log.warning("%s Used the answer of %.1f hours ago for %s.", error.problem.en, hours, place.name)
            self.stale[place.name] = kept.fetched_at
            return kept

    def _serves(self, kept: Answer, place: Place, past_days: int) -> bool:
        """Whether an answer is young enough, and reaches as far as is asked for."""
        if not timedelta(0) <= self._now() - kept.fetched_at < self._api.fresh:
            return False
        first, last = _span(weather_rows(kept, place=place.name, source=self.name))
        today = self._now().astimezone(UTC).date()
        return first <= today - past_days * DAY and last >= today + self._days_ahead * DAY

    def _ask(
        self, request: str, url: str, parameters: Mapping[str, str], place: Place, *, name: str | None = None
    ) -> Answer:
        """Ask the API; only an answer of the right shape is kept."""
        answer = Answer(request, self._now(), self._http.get(url, parameters))
        if weather_rows(answer, place=place.name, source=f"{url} {place.name}").is_empty():
            raise SourceUnreadable(
                Text(
                    "{file}: la respuesta para {place} no trae horas.",
                    "{file}: the answer for {place} has no hours.",
                ),
                remedy=Text(
                    "Revise latitude y longitude bajo [places.{place}] en amuna.toml.",
                    "Check latitude and longitude under [places.{place}] in amuna.toml.",
                ),
                file=url,
                place=place.name,
            )
        self._cache.put(name or request, answer)
        return answer


def _span(rows: pl.DataFrame) -> tuple[date, date]:
    """First and last day of an answer."""
    days = rows["time"].str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    first, last = days[0], days[-1]
    if first is None or last is None:
        raise SourceUnreadable(
            Text(
                "{place}: la primera o la última hora de la respuesta no es una hora: {first!r}, {last!r}.",
                "{place}: the answer's first or last hour is none: {first!r}, {last!r}.",
            ),
            remedy=Text(
                "Pídala de nuevo; si sigue igual, avise a quienes hacen la API.",
                "Ask again; if it stays so, report it to the makers of the API.",
            ),
            place=rows["place"][0],
            first=rows["time"][0],
            last=rows["time"][-1],
        )
    return first, last


def _parameters(place: Place) -> dict[str, str]:
    return {
        "latitude": str(place.latitude),
        "longitude": str(place.longitude),
        "hourly": ",".join(VARIABLES),
        "timezone": "GMT",
    }


def _request(url: str, parameters: Mapping[str, str]) -> str:
    return url + "?" + "&".join(f"{name}={value}" for name, value in parameters.items())


def _key(place: Place) -> str:
    """A place that moves is another one."""
    return f"{place.name} {place.latitude} {place.longitude}"


def _joined(settled: list[str] | None, first: date, until: date) -> list[str]:
    """Settled days `[first, until)` together with those before, where the two touch; else the later ones."""
    until = max(first, until)
    if settled is None:
        return [str(first), str(until)]
    known_first, known_until = (date.fromisoformat(day) for day in settled)
    if first > known_until or until < known_first:
        return [str(first), str(until)]
    return [str(min(first, known_first)), str(max(until, known_until))]
