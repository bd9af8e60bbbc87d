"""Words of `amuna explain` about accounts."""

from __future__ import annotations

from amuna.domain.text import Text

HELP = Text(
    """Sigue un pronóstico guardado hasta las lecturas, el modelo y el código con que se hizo, y hasta lo que después ocurrió.

    Con --zone: por qué cada día de la próxima semana de una zona se aparta de lo usual, y qué miran sus modelos.
    """,
    """From a stored forecast back to the readings, the model and the code that made it, and on to what happened.

    With --zone: why each day of a zone's week ahead departs from the usual one, and what its models look at.
    """,
)
FORECAST_NAME = Text("PRONÓSTICO", "FORECAST")
WHAT = Text(
    "Una cuenta, o ENTRENAMIENTO/CUENTA/CORTE/DÍA.",
    "An account, or RUN/ACCOUNT/CUTOFF/DAY.",
)
ZONE = Text(
    "Una zona: por qué su próxima semana es como es.", "A zone instead: why its week ahead is what it is."
)
REASONS_ONLY = Text(
    "Con --zone: solo las razones guardadas, al instante.", "With --zone: the stored reasons alone, at once."
)
DAY = Text("Día pronosticado; si falta, el primero.", "Day forecast; without it the first one.")
CUTOFF = Text(
    "Primer día que el pronóstico no conocía; si falta, el último pronóstico de ese día.",
    "First day the forecast had not seen; without it the last such forecast.",
)
NAME_ONE = Text(
    "Indique una cuenta o un pronóstico, o una zona con --zone.",
    "Name an account or a forecast, or a zone with --zone.",
)
FORECAST = Text("Pronóstico {reference}", "Forecast {reference}")
DAY_AHEAD = Text(
    "Cuenta {account} el {day}, con 1 día de anticipación [m³]",
    "Account {account} on {day}, 1 day ahead [m³]",
)
DAYS_AHEAD = Text(
    "Cuenta {account} el {day}, con {lead} días de anticipación [m³]",
    "Account {account} on {day}, {lead} days ahead [m³]",
)
SEGMENT = Text("segmento", "segment")
HAPPENED = Text("lo que ocurrió", "what happened")
NOT_JUDGED = Text("todavía no se conoce o no se juzgó", "not known or not judged yet")
INSIDE = Text("{observed}, dentro del intervalo del 80 %", "{observed}, inside the 80 % interval")
OUTSIDE = Text("{observed}, fuera del intervalo del 80 %", "{observed}, outside the 80 % interval")
LAST_WEEK = Text(
    "{said}; repetir la semana pasada decía {baseline}", "{said}; last week repeated said {baseline}"
)
MADE_BY = Text("Cómo se hizo", "Made by")
REMOVED = Text("borrado", "removed")
RUN = Text("{run} ({kind})", "{run} ({kind})")
SERVES = Text("{run} ({kind}, en uso)", "{run} ({kind}, serves)")
CODE = Text("Amuna {code}, configuración {settings}", "Amuna {code}, settings {settings}")
TRAINED = Text("{at}, con todos los días anteriores al {cutoff}", "{at}, on all days before {cutoff}")
MADE = Text(
    "{at}, tras ver todos los días anteriores al {cutoff}", "{at}, having seen all days before {cutoff}"
)
KNOWN = Text("los confirmados hasta {at}", "those committed up to {at}")
STATE = Text("ha visto todos los días anteriores al {cutoff}", "has seen all days before {cutoff}")
MODEL_GONE = Text("Su modelo se borró desde entonces.", "Its model has been removed since.")
MODEL = Text("Modelo", "Model")
MODEL_REPLACED = Text(
    "Modelo (no es el de entonces: se reemplazó después)", "Model (another than then: it was replaced since)"
)
ARIMA = Text("{order}, transformación {transform}", "{order}, transform {transform}")
FITTED = Text("por {run}, con todos los días anteriores al {cutoff}", "by {run}, on all days before {cutoff}")
INTERVAL = Text("grupo {group}, escala {scale} m³", "group {group}, scale {scale} m³")
EVIDENCE = Text("Pruebas por las que ganó", "Evidence it won on")
EVIDENCE_COLUMNS = {
    "model": Text("modelo", "model"),
    "cutoff": Text("corte", "cutoff"),
    "days": Text("días", "days"),
    "mae": Text("error medio [m³/día]", "MAE [m³/day]"),
    "mase": Text.both("MASE"),
}
DECISIONS = Text("Decisiones sobre esta cuenta", "Decisions about this account")
DECISION_COLUMNS = {
    "day": Text("día", "day"),
    "decision": Text("decisión", "decision"),
    "reason": Text("motivo", "reason"),
    "decided_by": Text("por", "by"),
    "evidence": Text("en qué se basa", "evidence"),
}
READINGS = Text("Lecturas, como se conocían entonces", "Readings as they were known")
READING_COLUMNS = {
    "day": Text("día", "day"),
    "consumption_m3": Text.both("m³"),
    "flag": Text("marca", "flag"),
    "recorded_at": Text("registrada", "recorded"),
    "batch_id": Text("lote", "batch"),
}
CORRECTIONS = Text("Llegaron o cambiaron después", "Came or changed since")
CORRECTION_COLUMNS = {**READING_COLUMNS, "was_m3": Text("antes [m³]", "was [m³]")}
BATCHES = Text("Lotes que las trajeron", "Batches that brought them")
BATCH_COLUMNS = {
    "batch_id": Text("lote", "batch"),
    "feed": Text("origen", "feed"),
    "source": Text("archivo", "source"),
    "rows_accepted": Text("filas", "accepted"),
    "rows_quarantined": Text("rechazadas", "refused"),
    "committed_at": Text("confirmado", "committed"),
}
