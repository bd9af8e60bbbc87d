"""Words that the views of demand share: whose it is, what is seen, periods and changes."""

from __future__ import annotations

from datetime import date, timedelta

from amuna.domain.text import Text
from amuna.serve.report.numbers import NONE, change, day, volume
from amuna.serve.report.words import word
from amuna.workflows.views.demand import UNKNOWN, Part

_EQUAL = 0.005  # a change below it is told as none
PER_DAY = Text("m³ por día", "m³ per day")
SEES_WORDS = {
    "history": Text("Historia y pronóstico", "History and forecast"),
    "zones": Text("Zonas, hora por hora", "Zones, hour by hour"),
    "proof": Text("Aciertos", "How forecasts did"),
    "season": Text("Semana y año", "Week and year"),
    "weather": Text("Clima", "Weather"),
    "compare": Text("Comparar periodos", "Compare periods"),
}
WEEKDAYS = (
    Text("lunes", "Monday"),
    Text("martes", "Tuesday"),
    Text("miércoles", "Wednesday"),
    Text("jueves", "Thursday"),
    Text("viernes", "Friday"),
    Text("sábado", "Saturday"),
    Text("domingo", "Sunday"),
)
MONTHS = (
    Text("ene", "Jan"),
    Text("feb", "Feb"),
    Text("mar", "Mar"),
    Text("abr", "Apr"),
    Text("may", "May"),
    Text("jun", "Jun"),
    Text("jul", "Jul"),
    Text("ago", "Aug"),
    Text("sep", "Sep"),
    Text("oct", "Oct"),
    Text("nov", "Nov"),
    Text("dic", "Dec"),
)
_ALL = Text("Toda la empresa", "The whole utility")
_ZONE = Text("Zona {name}", "Zone {name}")
_NO_ZONE = Text("Cuentas sin zona", "Accounts without a zone")
_ACCOUNT = Text("Cuenta {name}", "Account {name}")


def part_words(part: Part) -> Text:
    """Whose demand, in words."""
    if part.kind == "all":
        return _ALL
    if part.kind == "segment":
        words = word("segment", part.name)
        return Text(words.es[:1].upper() + words.es[1:], words.en[:1].upper() + words.en[1:])
    if part.kind == "zone":
        return _NO_ZONE if part.name == UNKNOWN else _ZONE.fill(name=part.name)
    return _ACCOUNT.fill(name=part.name)


def short_words(part: Part) -> Text:
    """A zone or segment under a heading that says which it is."""
    return Text(part.name, part.name) if part.kind == "zone" and part.name != UNKNOWN else part_words(part)


def span_words(days: tuple[date, date]) -> Text:
    """A period, start <= day < end."""
    first, last = days[0], days[1] - timedelta(days=1)
    if first == last:
        return day(first)
    if first.year != last.year:
        return Text("{a} – {b}", "{a} – {b}").fill(a=day(first), b=day(last))
    start = Text(day(first).es.rsplit(" ", 1)[0], day(first).en.rsplit(" ", 1)[0])
    if first.month == last.month:
        start = Text(str(first.day), str(first.day))
    return Text("{a} – {b}", "{a} – {b}").fill(a=start, b=day(last))


def against(value: float | None, base: float | None, what: Text) -> Text | None:
    """How much a value lies over or under another; None where either is unknown."""
    text = change(value, base)
    if value is None or base is None or text == NONE:
        return None
    if abs(value / base - 1) < _EQUAL:
        return Text("casi igual que {what}", "about the same as {what}").fill(what=what)
    return Text("{change} frente a {what}", "{change} on {what}").fill(change=text, what=what)


def changed(value: float | None, base: float | None) -> str:
    """The same in a cell of a table."""
    if value is not None and base is not None and base > 0 and abs(value / base - 1) < _EQUAL:
        return "≈\u202f0\u202f%"
    return change(value, base)


def signed(value: float | None) -> str:
    """A difference [m³] with its sign."""
    if value is None:
        return NONE
    text = volume(abs(value))
    return text if text == "0" else f"{'−' if value < 0 else '+'}{text}"


def litres(value: float | None) -> str:
    """Litres per account and day, whole."""
    return NONE if value is None else volume(round(value)) if value >= 10 else f"{value:.1f}"
