"""Words that the views of zones share: changes, units and classes of colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from amuna.domain.text import Text
from amuna.serve.report.numbers import NONE, rounded

ABOUT_SAME = 0.5  # per cent: a change below it is told as none
TONES = ("low3", "low2", "low1", "mid", "up1", "up2", "up3")
CHANGES = (-15.0, -8.0, -3.0, 3.0, 8.0, 15.0)  # limits of the classes of a day or week [%]
RATIOS = (-30.0, -15.0, -5.0, 5.0, 15.0, 30.0)  # of an hour, which scatters more [%]
UNIT_WORDS = {"m3h": "m³/h", "ls": "L/s"}
PER_UNIT = {"m3h": 1.0, "ls": 3.6}  # m³/h in one of the unit
SEE_TABLE = Text("Ver como tabla", "See as a table")
USUAL = Text("frente a lo usual", "against the usual")
HEADINGS = {
    "zone_id": Text("Zona", "Zone"),
    "name": Text("Nombre", "Name"),
    "status": Text("Datos", "Data"),
    "cutoff": Text("Pronosticado desde (UTC)", "Forecast from (UTC)"),
    "local_time": Text("Hora local", "Local time"),
    "observed_at": Text("Inicio de la hora (UTC)", "Start of the hour (UTC)"),
    "flow_m3h": Text("Medido (m³/h)", "Measured (m³/h)"),
    "forecast_m3h": Text("Pronóstico (m³/h)", "Forecast (m³/h)"),
    "low95_m3h": Text("Intervalo 95 %, desde (m³/h)", "95 % interval, from (m³/h)"),
    "high95_m3h": Text("Intervalo 95 %, hasta (m³/h)", "95 % interval, to (m³/h)"),
    "low80_m3h": Text("Intervalo 80 %, desde (m³/h)", "80 % interval, from (m³/h)"),
    "high80_m3h": Text("Intervalo 80 %, hasta (m³/h)", "80 % interval, to (m³/h)"),
    "usual_m3h": Text("Lo usual (m³/h)", "Usual (m³/h)"),
    "temperature_c": Text("Temperatura (°C)", "Temperature (°C)"),
    "rain_mm": Text("Lluvia (mm)", "Rain (mm)"),
    **{
        f"{over}_{name}": Text(f"{spanish}: {es}", f"{english}: {en}")
        for over, spanish, english in (("day", "24 horas", "24 hours"), ("week", "7 días", "7 days"))
        for name, es, en in (
            ("m3", "volumen (m³)", "volume (m³)"),
            ("low80_m3", "intervalo 80 %, desde (m³)", "80 % interval, from (m³)"),
            ("high80_m3", "intervalo 80 %, hasta (m³)", "80 % interval, to (m³)"),
            ("change_percent", "cambio frente a lo usual (%)", "change against the usual (%)"),
        )
    },
}


def tone(percent: float | None, limits: Sequence[float] = CHANGES) -> str:
    """Style class of a change; `none` where it is not known."""
    if percent is None or not math.isfinite(percent):
        return "none"
    return TONES[sum(percent >= limit for limit in limits)]


def signed(percent: float | None) -> str:
    """A change [%] with its sign."""
    if percent is None or not math.isfinite(percent):
        return NONE
    if abs(percent) < ABOUT_SAME:
        return "≈\u202f0\u202f%"
    return f"{'−' if percent < 0 else '+'}{abs(percent):.0f}\u202f%"


def whole(m3: float | None) -> str:
    """A volume [m³] to three digits."""
    return NONE if m3 is None else rounded(m3)


def classes(limits: Sequence[float]) -> list[Text]:
    """What each class of colour spans, from the lowest."""
    ends = [f"{'−' if limit < 0 else '+'}{abs(limit):.0f}" for limit in limits]
    middle = [Text(f"{low} a {high}\u202f%", f"{low} to {high}\u202f%") for low, high in pairwise(ends)]
    lowest = Text(f"bajo {ends[0]}\u202f%", f"below {ends[0]}\u202f%")
    return [lowest, *middle, Text(f"{ends[-1]}\u202f% o más", f"{ends[-1]}\u202f% or more")]
