"""A day of a zone in a sentence: how far from its usual, and why."""

from __future__ import annotations

from collections.abc import Sequence

from amuna.domain.text import Text
from amuna.serve.report.numbers import share
from amuna.workflows.views.zone_reasons import ABOVE, NORMAL, DayReasons, Reason

_SPACE = "\u202f"
# Names of reasons by themselves, as in a chart.
REASON_NAMES = {
    "temperature": Text("Temperatura", "Temperature"),
    "rain": Text("Lluvia", "Rain"),
    "humidity": Text("Humedad", "Humidity"),
    "wind": Text("Viento", "Wind"),
    "holiday": Text("Feriado", "Holiday"),
    "bridge": Text("Día puente", "Bridge day"),
    "near_holiday": Text("Feriado cercano", "Holiday nearby"),
    "school": Text("Calendario escolar", "School calendar"),
    "festive": Text("Temporada de fiestas", "Festive season"),
    "season": Text("Época del año", "Time of year"),
    "recent": Text("Últimos días", "Last days"),
    "trend": Text("Nivel de las últimas semanas", "Level of the last weeks"),
    "chance": Text("Días de comparación", "Days compared with"),
    "event": Text("Purgas o llenados programados", "Flushing or filling by the clock"),
    "today": Text("Horas desde medianoche", "Hours since midnight"),
    "borrowed": Text("Estimado con zonas parecidas", "Estimated from similar zones"),
    "other": Text("Otros", "Other"),
}
_SIGNED = {
    "recent": (
        Text("un consumo alto en los últimos días", "high use in the last days"),
        Text("un consumo bajo en los últimos días", "low use in the last days"),
    ),
    "today": (
        Text("un consumo alto desde medianoche", "high use since midnight"),
        Text("un consumo bajo desde medianoche", "low use since midnight"),
    ),
    "trend": (Text("un nivel en alza", "a rising level"), Text("un nivel en baja", "a falling level")),
    "chance": (
        Text("semanas anteriores inusualmente bajas", "earlier weeks that were unusually low"),
        Text("semanas anteriores que ya fueron altas", "earlier weeks that were high already"),
    ),
}
_PLAIN = {
    "holiday": Text("feriado", "a holiday"),
    "bridge": Text("día puente", "a bridge day"),
    "near_holiday": Text("un feriado cercano", "a holiday nearby"),
    "festive": Text("temporada de fiestas", "the festive season"),
    "season": Text("la época del año", "the time of year"),
    "event": Text("purgas o llenados programados", "flushing or filling by the clock"),
    "borrowed": Text("estimado con zonas parecidas", "estimated from similar zones"),
}
_ABOVE, _BELOW = (
    Text("{by} más de lo usual", "{by} above the usual"),
    Text("{by} menos de lo usual", "{by} below the usual"),
)
_ABOUT = Text("Cerca de lo usual", "About the usual")
_WHY = Text("{standing}: {reasons}", "{standing}: {reasons}")
_DESPITE = Text("{sentence}, pese a {reasons}", "{sentence}, despite {reasons}")
_CANCEL = Text("{standing}: {up} y {down} se compensan", "{standing}: {up} and {down} offset each other")
_UNCLEAR = Text("{standing}, sin una razón clara", "{standing}, for no clear reason")
_WET_MM = 1.0


def reason_sentence(day: DayReasons) -> Text:
    """Such as "8 % above the usual: 31 °C and a holiday"."""
    if day.standing == NORMAL:
        if not day.told or not day.against:
            return _ABOUT
        up, down = (_with_share(one) for one in (day.told[0], day.against[0]))
        return _CANCEL.fill(standing=_ABOUT, up=up, down=down)
    template = _ABOVE if day.standing == ABOVE else _BELOW
    standing = template.fill(by=share(abs(day.departure)))
    if not day.told:
        return _UNCLEAR.fill(standing=standing)
    sentence = _WHY.fill(standing=standing, reasons=_joined([reason_words(one) for one in day.told]))
    if day.against:
        sentence = _DESPITE.fill(
            sentence=sentence, reasons=_joined([_with_share(one) for one in day.against])
        )
    return sentence


def reason_words(reason: Reason) -> Text:
    """A reason inside a sentence, with what was measured."""
    more = reason.part_m3h > 0
    if reason.code in _SIGNED:
        return _SIGNED[reason.code][0 if more else 1]
    if reason.code in _PLAIN:
        return _PLAIN[reason.code]
    if reason.value is None:
        name = REASON_NAMES[reason.code]
        return Text(name.es.lower(), name.en.lower())
    return _measured(reason.code, reason.value, reason.usual_value, more=more)


def _measured(code: str, value: float, usual: float | None, *, more: bool) -> Text:
    if code == "temperature":
        degrees = f"{value:.0f}{_SPACE}°C"
        cold = usual is not None and value < usual - 1
        return Text(f"solo {degrees}", f"only {degrees}") if cold else Text(degrees, degrees)
    if code == "rain":
        return _rain(value, more=more)
    if code == "humidity":
        return Text(f"humedad de {value:.0f}{_SPACE}%", f"humidity of {value:.0f}{_SPACE}%")
    if code == "wind":
        return Text(f"viento de {value:.0f}{_SPACE}km/h", f"wind of {value:.0f}{_SPACE}km/h")
    return (
        Text("vacaciones escolares", "school holidays") if value else Text("clases escolares", "school days")
    )


def _rain(value_mm: float, *, more: bool) -> Text:
    if value_mm < _WET_MM:
        dry = Text("sin lluvia", "no rain")
        return dry if more else Text("lluvia en los días previos", "rain on the days before")
    amount = f"{value_mm:.0f}{_SPACE}mm"
    if more:
        return Text(f"menos lluvia ({amount})", f"less rain ({amount})")
    return Text(f"{amount} de lluvia", f"{amount} of rain")


def _with_share(reason: Reason) -> Text:
    sign = "+" if reason.share > 0 else "−"
    words = reason_words(reason)
    return Text(*(f"{each} ({sign}{share(abs(reason.share))})" for each in words))


def _joined(texts: Sequence[Text]) -> Text:
    return Text(_listed([text.es for text in texts], "y"), _listed([text.en for text in texts], "and"))


def _listed(words: list[str], last: str) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
