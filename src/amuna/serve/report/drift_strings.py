"""Strings of the drift page, in Spanish and English."""

from __future__ import annotations

from amuna.domain.text import Text

DRIFT_STRINGS: dict[str, Text] = {
    "drift.page": Text("Vigilancia de datos y modelos", "Watch on data and models"),
    "drift.state": Text("última semana hasta el {day}", "last week up to {day}"),
    "drift.quiet": Text(
        "*Nada se ha desviado*: las {count} medidas están dentro de sus límites.",
        "*Nothing has drifted*: all {count} figures are within their limits.",
    ),
    "drift.loud": Text(
        "*{drifted} de {count} medidas* han pasado su límite.",
        "*{drifted} of {count} figures* have passed their limit.",
    ),
    "drift.basis": Text(
        "Cada medida compara los últimos siete días con los anteriores; revisado el {checked}.",
        "Each figure compares the last seven days with those before; looked at {checked}.",
    ),
    "drift_drifted.title": Text("Fuera de su límite", "Beyond their limit"),
    "drift_data.title": Text("Datos", "Data"),
    "drift_data.lead": Text(
        "¿Llega lo que suele llegar, y se usa el agua como se suele usar? Referencia: las trece semanas anteriores y, donde la hay, la misma semana del año pasado.",
        "Does what usually comes come in, and is water used as it usually is? Reference: the thirteen weeks before and, where there is one, the same week of last year.",
    ),
    "drift_model.title": Text("Modelos", "Models"),
    "drift_model.lead": Text(
        "Pronósticos a un día guardados antes de conocer lo ocurrido. Sesgo y tamaño se miden en desvíos típicos del cliente.",
        "Day-ahead forecasts stored before the outcome was known. Bias and size are measured in the client’s typical misses.",
    ),
    "drift_history.title": Text(
        "Medidas fuera de su límite, día a día", "Figures beyond their limit, day by day"
    ),
    "drift_history.unit": Text("medidas, últimas {days} revisiones", "figures, last {days} looks"),
    "drift_history.says": Text(
        "De {first} a {last}: como máximo {most} medidas fuera de su límite.",
        "From {first} to {last}: at most {most} figures beyond their limit.",
    ),
    "drift.none": Text("Ninguna.", "None."),
    "drift.column.measure": Text("medida", "figure"),
    "drift.column.value": Text("ahora", "now"),
    "drift.column.reference": Text("lo usual", "usual"),
    "drift.column.limit": Text("fuera desde", "beyond from"),
    "drift.column.state": Text("estado", "state"),
    "drift.ok": Text("dentro", "within"),
    "drift.over": Text("fuera", "beyond"),
    "drift.unjudged": Text("sin referencia aún", "no reference yet"),
}
MEASURES: dict[str, Text] = {
    "rows": Text(
        "Filas por día frente a lo usual en ese día de semana",
        "Rows per day against the usual on that weekday",
    ),
    "missing": Text("Días que faltan", "Missing days"),
    "vanished": Text("Clientes que dejaron de enviar datos", "Clients that fell silent"),
    "new": Text("Clientes nuevos en cuatro semanas", "New clients in four weeks"),
    "late": Text("Filas tardías o corregidas (más de tres días)", "Late or corrected rows (over three days)"),
    "quarantined": Text("Filas rechazadas", "Refused rows"),
    "psi": Text(
        "Distribución del consumo (índice de estabilidad)", "Distribution of consumption (stability index)"
    ),
    "level": Text(
        "Nivel del consumo frente al día usual de cada cliente",
        "Level of consumption against each client’s usual day",
    ),
    "jumped": Text(
        "Clientes a cuatro veces lo usual, o a un cuarto", "Clients at four times their usual, or a quarter"
    ),
    "bias": Text(
        "Sesgo: observado menos pronóstico, en desvíos típicos",
        "Bias: observed minus forecast, in typical misses",
    ),
    "size": Text("Tamaño del error, en desvíos típicos", "Size of the misses, in typical misses"),
    "coverage80": Text("Dentro del intervalo del 80 %", "Inside the 80 % interval"),
    "coverage95": Text("Dentro del intervalo del 95 %", "Inside the 95 % interval"),
    "ratio": Text(
        "Error frente al de repetir la semana pasada", "Misses against those of last week repeated"
    ),
    "broken": Text(
        "Clientes cuyo modelo pidió un nuevo ajuste en cuatro semanas",
        "Clients whose model asked for a refit in four weeks",
    ),
}
SHARES = frozenset(
    {
        "rows",
        "missing",
        "vanished",
        "new",
        "late",
        "quarantined",
        "jumped",
        "coverage80",
        "coverage95",
        "broken",
    }
)
