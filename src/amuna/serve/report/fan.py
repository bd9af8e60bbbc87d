"""The fan: what was used, and what is expected with its intervals, day by day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from amuna.serve.report.numbers import short_day, tick, volume
from amuna.serve.report.strings import say
from amuna.serve.report.svg import (
    Point,
    Scale,
    Size,
    band,
    curve,
    diamond,
    dot,
    drawing,
    label,
    line,
    rect,
    ticks,
)

BANDS = ((0.025, 0.975, "band95"), (0.1, 0.9, "band80"), (0.25, 0.75, "band50"))
_DAY = timedelta(days=1)
Values = Mapping[date, float]


@dataclass(frozen=True)
class Fan:
    """What a fan chart shows; all volumes in m³ per day.

    Parameters
    ----------
    first, last
        First and last day shown.
    cutoff
        First day that is not known.
    observed, flagged
        Known days; days whose volume is only partly known or estimated.
    quantiles
        By probability, then day.
    judged
        Whether what happened lay inside the 80 % interval, for days forecast before.
    reference
        A second line to compare with.
    from_zero
        Whether the axis starts at zero.
    """

    first: date
    last: date
    cutoff: date
    observed: Values
    flagged: Values = field(default_factory=dict)
    quantiles: Mapping[float, Values] = field(default_factory=dict)
    judged: Mapping[date, bool] = field(default_factory=dict)
    reference: Values = field(default_factory=dict)
    from_zero: bool = True

    @property
    def days(self) -> list[date]:
        """Every day shown."""
        return [self.first + _DAY * i for i in range((self.last - self.first).days + 1)]

    @property
    def axis(self) -> list[float]:
        """Ticks of the vertical axis [m³]."""
        shown = [self.observed, self.flagged, self.reference, *self.quantiles.values()]
        values = [value for series in shown for value in series.values()] or [0.0]
        low = 0.0 if self.from_zero else min(values)
        return ticks(low, max([0.001, *values]))


def fan_chart(fan: Fan, size: Size, *, labelled_by: str) -> str:
    """The chart. Gaps stay open and shaded; a day that has happened since its forecast carries a mark."""
    axis = fan.axis
    names = [tick(value, axis[1] - axis[0]) for value in axis]
    size = replace(size, left=14.0 + 6.4 * max(map(len, names)))
    x = Scale(0, len(fan.days) - 1, size.x[0] + 4, size.x[1] - 4)
    y = Scale(axis[0], axis[-1], *size.y)
    place = {day: x(i) for i, day in enumerate(fan.days)}
    content = [
        *(_level(name, y(value), size, zero=value == 0) for name, value in zip(names, axis, strict=True)),
        *_gaps(fan, place, size),
        _dates(fan, place, size),
        *_bands(fan, place, y),
        curve(_points(fan, fan.reference, place, y), "reference"),
        curve(_points(fan, fan.quantiles.get(0.5, {}), place, y), "median"),
        curve(_points(fan, fan.observed, place, y), "observed"),
        *(dot((place[day], y(value)), 1.8, "flagged") for day, value in fan.flagged.items()),
        *(_mark(fan, day, place, y) for day in fan.judged),
    ]
    return drawing(size, "".join(content), labelled_by=labelled_by, style="fan", readout=_readout(fan, place))


def _level(name: str, at: float, size: Size, *, zero: bool) -> str:
    style = "axis" if zero else "grid"
    return line((size.x[0], at), (size.x[1], at), style) + label(
        (size.x[0] - 6, at + 3.5), name, anchor="end"
    )


def _dates(fan: Fan, place: Mapping[date, float], size: Size) -> str:
    """Mondays, labelled as far apart as there is room for, and the line where the known ends."""
    mondays = [day for day in fan.days if day.weekday() == 0]
    every = max(1, round(58 * len(mondays) / (size.width - size.left)))
    bottom = size.y[0]
    marks = [line((place[day], bottom), (place[day], bottom + 3), "axis") for day in mondays]
    texts = [
        label((place[day], bottom + 16), short_day(day), anchor="middle")
        for day in mondays[::every]
        if size.x[0] + 10 < place[day] < size.x[1] - 14
    ]
    now = []
    if fan.cutoff in place:
        at = place[fan.cutoff] - 0.5 * (place[fan.days[1]] - place[fan.first])
        now = [
            line((at, bottom), (at, size.y[1] - 4), "now"),
            label((at - 5, size.y[1] + 3), say("fan.known"), "tick quiet", anchor="end"),
            label((at + 5, size.y[1] + 3), say("fan.ahead"), "tick ahead"),
        ]
    return "".join([*marks, *texts, *now])


def _gaps(fan: Fan, place: Mapping[date, float], size: Size) -> list[str]:
    """Shades between the first known day and the cutoff where nothing is known."""
    known = set(fan.observed) | set(fan.flagged)
    if not known:
        return []
    half = 0.5 * (place[fan.days[1]] - place[fan.first])
    missing = [day for day in fan.days if min(known) < day < fan.cutoff and day not in known]
    height = size.y[0] - size.y[1]
    return [rect((place[day] - half, size.y[1]), 2 * half, height, "gap") for day in missing]


def _points(fan: Fan, values: Values, place: Mapping[date, float], y: Scale) -> list[Point | None]:
    return [(place[day], y(values[day])) if day in values else None for day in fan.days]


def _bands(fan: Fan, place: Mapping[date, float], y: Scale) -> list[str]:
    shapes = []
    for low, high, style in BANDS:
        lower, upper = fan.quantiles.get(low, {}), fan.quantiles.get(high, {})
        days = [day for day in fan.days if day in lower and day in upper]
        if days:
            shapes.append(
                band(
                    [(place[day], y(lower[day])) for day in days],
                    [(place[day], y(upper[day])) for day in days],
                    style,
                )
            )
    return shapes


def _mark(fan: Fan, day: date, place: Mapping[date, float], y: Scale) -> str:
    at = (place[day], y(fan.observed[day]))
    return dot(at, 3.4, "inside") if fan.judged[day] else diamond(at, 4.6, "outside")


def _readout(fan: Fan, place: Mapping[date, float]) -> str:
    """What pointing at a day tells: the names of `read.*` strings and the numbers of each day, as JSON."""

    def column(values: Values) -> list[str]:
        return [volume(values[day]) if day in values else "" for day in fan.days]

    rows: list[dict[str, object]] = [{"k": "observed", "v": column({**fan.flagged, **fan.observed})}]
    if fan.reference:
        rows.append({"k": "medians", "v": column(fan.reference)})
    if 0.5 in fan.quantiles:
        rows.append({"k": "forecast", "v": column(fan.quantiles[0.5])})
    for low, high, style in reversed(BANDS):
        if low in fan.quantiles:
            pairs = zip(column(fan.quantiles[low]), column(fan.quantiles[high]), strict=True)
            rows.append({"k": style, "v": [f"{a} – {b}" if a else "" for a, b in pairs]})
    return json.dumps(
        {
            "x": [round(place[day], 1) for day in fan.days],
            "d": [day.isoformat() for day in fan.days],
            "u": "m³",
            "s": rows,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
