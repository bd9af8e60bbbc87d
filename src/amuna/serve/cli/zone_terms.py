"""Words of what the command says of zones."""

from __future__ import annotations

from amuna.domain.text import Text

ZONES = Text("zonas", "zones")
TIME = Text("tiempo", "time")
TRAINED = Text("Entrenamiento {run}", "Run {run}")
TRAINED_BEFORE = Text(
    "Entrenamiento {run}: ya estaba hecho, no hay nada que hacer",
    "Run {run} was trained before: nothing to do",
)
SEEN = Text("{days} días, todos anteriores al {cutoff}", "{days} days, all before {cutoff}")
PROFILES_ALONE = Text(
    "ninguno todavía: solo los perfiles, hasta que haya 120 días",
    "none yet: profiles alone until there are 120 days",
)
SEARCHED = Text("{chosen}; se buscó el {day}", "{chosen}; searched {day}")
CHOSEN = Text("{model} {setting} (de {tried})", "{model} {setting} (of {tried})")
CHOSEN_GAIN = Text(
    "{model} {setting} (de {tried}, {gain:.1%} menos error)",
    "{model} {setting} (of {tried}, {gain:.1%} less error)",
)
MISSED = Text(
    "error medio de {mae:.3g} m³/h, {gain:.0%} menos que lo mejor entre la semana pasada y la media de cuatro",
    "{mae:.3g} m³/h off, {gain:.0%} below the better of last week and the mean of four",
)
FORECAST = Text("Pronóstico de {zones} zonas desde el {cutoff}", "Forecast of {zones} zones from {cutoff}")
ROWS = Text("{rows:,} filas (zona × hora)", "{rows:,} rows (zone × hour)")
DAYS = {
    "day": Text("día", "day"),
    "hours": Text("horas", "hours"),
    "low80_m3h": Text("al menos", "at least"),
    "forecast_m3h": Text("pronóstico", "forecast"),
    "high80_m3h": Text("a lo más", "at most"),
}
DAYS_SAY = Text(
    "Al menos, a lo más: sumas de los extremos del 80 % de cada zona y hora, más separadas de lo que hace falta. El rango del total lo da amuna reconcile.",
    "At least, at most: sums of the 80 % ends of each zone and hour, further apart than need be. The range of the total comes from amuna reconcile.",
)
ONE_FORECAST = Text(
    "Zona {zone} ({status}): ingreso por hora local [m³/h]",
    "Zone {zone} ({status}): inflow by local hour [m³/h]",
)
HOURS = {
    "hour": Text("hora", "hour"),
    "low95_m3h": Text.both("2.5%"),
    "low80_m3h": Text.both("10%"),
    "forecast_m3h": Text("pronóstico", "forecast"),
    "high80_m3h": Text.both("90%"),
    "high95_m3h": Text.both("97.5%"),
}
NONE_JUDGED = Text(
    "Todavía no se conoce lo que fluyó después de ningún pronóstico de zonas: pronostique con amuna forecast --zone all, y luego ingrese los datos con amuna ingest.",
    "No forecast of zones has met what flowed yet: forecast with amuna forecast --zone all, then ingest.",
)
JUDGED = Text(
    "Pronósticos guardados de las zonas, juzgados por lo que fluyó después [m³/h]",
    "Stored forecasts of zones, judged by what flowed afterwards [m³/h]",
)
ALL_ZONES = Text("todas", "all")
_ERROR, _LAST_WEEK = Text("\nerror", "\nerror"), Text("semana\npasada", "last\nweek")
RECORD = {
    "zone_id": Text("\nzona", "\nzone"),
    "first_days": Text("1.er\ndía", "first\ndays"),
    "mae_m3h": _ERROR,
    "missed": Text("del\nflujo", "of\nflow"),
    "first_baseline_mae_m3h": _LAST_WEEK,
    "worst_m3h": Text("peor\nhora", "worst\nhour"),
    "later_days": Text("días\nsig.", "later\ndays"),
    "later_mae_m3h": _ERROR,
    "later_baseline_mae_m3h": _LAST_WEEK,
    "coverage80": Text("en\n80 %", "in\n80 %"),
    "coverage95": Text("en\n95 %", "in\n95 %"),
}
RECORD_SAYS = Text(
    "Error: error absoluto medio por hora, de tantos primeros días de un pronóstico y de tantos días siguientes; semana pasada: lo mismo, "
    "de repetir la última semana conocida, en los mismos días. Peor hora: la de cada día, en promedio. En 80 %, en 95 %: horas dentro del "
    "intervalo. Primero van las zonas en las que el error es mayor frente a su flujo.",
    "Error: mean absolute error by hour, of so many first days of forecasts and of so many later days; last week: the same, of the last "
    "known week repeated, on the same days. Worst hour: of each day, on average. In 80 %, in 95 %: hours inside the interval. "
    "Zones whose error is largest beside their flow come first.",
)
