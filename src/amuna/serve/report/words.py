"""Words for the codes that the tables hold: models, statuses, groups, reasons, steps."""

from __future__ import annotations

from amuna.domain.text import Text

WORDS: dict[str, dict[str, Text]] = {
    "model": {
        "champion": Text("Elegido por cliente", "Chosen per client"),
        "combination": Text("ARIMA + mediana por día de semana", "ARIMA + weekday median"),
        "arima": Text("ARIMA", "ARIMA"),
        "weekday_median": Text("Mediana por día de semana", "Weekday median"),
        "weekday_mean": Text("Media por día de semana", "Weekday mean"),
        "last_week": Text("Repetir la semana pasada", "Last week repeated"),
        "tsb": Text("TSB (uso intermitente)", "TSB (intermittent use)"),
    },
    "status": {
        "ok": Text("ajuste correcto", "fitted well"),
        "too_short": Text("historia corta", "short history"),
        "constant": Text("valor constante", "constant value"),
        "not_converged": Text("ajuste sin convergencia", "fit did not converge"),
        "fallback": Text("modelo de respaldo", "fallback model"),
    },
    "group": {
        "steady": Text("uso estable", "steady use"),
        "usual": Text("uso habitual", "usual use"),
        "variable": Text("uso variable", "variable use"),
        "erratic": Text("uso errático", "erratic use"),
        "intermittent": Text("uso intermitente", "intermittent use"),
        "new": Text("cliente nuevo", "new client"),
    },
    "segment": {
        "household": Text("doméstico", "household"),
        "commercial": Text("comercial", "commercial"),
        "industrial": Text("industrial", "industrial"),
        "public": Text("público", "public"),
        "vacant": Text("desocupado", "vacant"),
        "unknown": Text("sin segmento", "no segment"),
    },
    "role": {
        "best": Text("entre los mejores", "among the best"),
        "worst": Text("entre los peores", "among the worst"),
        "typical": Text("típico", "typical"),
    },
    "reason": {
        "missing_account": Text("falta la cuenta", "account missing"),
        "missing_time": Text("falta la fecha", "date missing"),
        "missing_value": Text("falta el valor", "value missing"),
        "not_a_time": Text("fecha ilegible", "not a date"),
        "not_a_number": Text("número ilegible", "not a number"),
        "future": Text("fecha futura", "date in the future"),
        "too_old": Text("fecha demasiado antigua", "date too old"),
        "negative": Text("consumo negativo", "negative consumption"),
        "impossible": Text("valor imposible", "impossible value"),
        "unknown_flag": Text("marca desconocida", "unknown flag"),
        "unparsable_row": Text("fila ilegible", "row that cannot be read"),
        "missing_zone": Text("falta la zona", "zone missing"),
        "repeated_zone": Text("zona repetida", "zone repeated"),
        "unknown_kind": Text("tipo desconocido", "unknown kind"),
        "wrong_parent": Text("zona que se abastece a sí misma", "zone that feeds itself"),
        "bad_outline": Text("contorno incorrecto", "outline that cannot be used"),
    },
    "remedy": {
        "missing_account": Text("Complete la cuenta en el origen.", "Complete the account at its source."),
        "missing_time": Text("Complete la fecha en el origen.", "Complete the date at its source."),
        "missing_value": Text(
            "Complete el valor en el origen; un día sin lectura no necesita fila.",
            "Complete the value at its source; a day without reading needs no row.",
        ),
        "not_a_time": Text(
            "Indique date_format en la sección del origen de datos en amuna.toml.",
            "Set date_format in the feed's section of amuna.toml.",
        ),
        "not_a_number": Text(
            "Indique decimal (punto o coma) en la sección del origen de datos en amuna.toml.",
            "Set decimal (point or comma) in the feed's section of amuna.toml.",
        ),
        "future": Text(
            "Corrija el reloj o la fecha, o indique time_zone o date_format.",
            "Correct the clock or the date, or set time_zone or date_format.",
        ),
        "too_old": Text("Corrija la fecha, o indique date_format.", "Correct the date, or set date_format."),
        "negative": Text(
            "Una corrección pertenece al día que corrige: envíe ese día de nuevo.",
            "A correction belongs on the day it corrects: send that day again.",
        ),
        "impossible": Text(
            "Revise el medidor y la factura; envíe el día de nuevo cuando se conozca, o indique la unidad.",
            "Check the meter and the bill; send the day again when it is known, or set the unit.",
        ),
        "unknown_flag": Text(
            "Use ok, partial, estimated o reset.",
            "Use ok, partial, estimated or reset.",
        ),
        "unparsable_row": Text("Corrija la línea en el archivo.", "Correct the line in the file."),
        "missing_zone": Text("Complete la zona en el origen.", "Complete the zone at its source."),
        "repeated_zone": Text(
            "Una las partes de la zona en una sola figura.", "Merge the zone's parts into one feature."
        ),
        "unknown_kind": Text("Use dma, supply o source.", "Use dma, supply or source."),
        "wrong_parent": Text("Indique la zona que la abastece.", "Name the zone that feeds it."),
        "bad_outline": Text(
            "Dibuje de nuevo el contorno y expórtelo como polígono en EPSG:4326.",
            "Draw the outline anew and export it as a polygon in EPSG:4326.",
        ),
    },
    "flag": {
        "ok": Text("correcto", "good"),
        "partial": Text("parcial", "partial day"),
        "estimated": Text("estimado", "estimated"),
        "reset": Text("reinicio del registro", "register reset"),
    },
    "register": {
        "rollover": Text("el registro dio la vuelta", "dial rolled over"),
        "replacement": Text("medidor reemplazado", "meter replaced"),
        "reset": Text("registro reiniciado", "register reset"),
        "backflow": Text("retroceso del agua", "water ran back"),
        "glitch": Text("lectura errónea", "faulty reading"),
        "jump": Text("salto imposible", "impossible jump"),
    },
    "alarm": {
        "high_use": Text("consumo alto sostenido", "high use that lasts"),
        "no_use": Text("sin consumo donde lo había", "no use where there was some"),
    },
    "alarm_state": {
        "open": Text("abierta", "open"),
        "seen": Text("en revisión", "being looked at"),
        "closed": Text("cerrada", "closed"),
    },
    "feed_kind": {
        "consumption": Text("consumo diario", "daily consumption"),
        "register": Text("lecturas del registro", "register readings"),
        "accounts": Text("cuentas", "accounts"),
        "weather": Text("clima", "weather"),
        "flow": Text("ingreso de zonas por hora", "inflow of zones by hour"),
        "zones": Text("zonas", "zones"),
    },
    "decision": {
        "adopted": Text("primer modelo", "first model"),
        "refit": Text("se pidió un ajuste nuevo", "a new fit was asked for"),
        "promoted": Text("el modelo nuevo pasó a pronosticar", "the new model took over"),
        "kept": Text("se mantuvo el modelo", "the model was kept"),
        "rolled_back": Text("volvió el modelo anterior", "the model before came back"),
        "confirmed": Text("se confirmó el modelo nuevo", "the new model was confirmed"),
    },
    "decision_reason": {
        "new": Text("cuenta nueva", "new account"),
        "bias": Text("pronósticos sesgados", "biased forecasts"),
        "accuracy": Text("pronósticos menos acertados", "less accurate forecasts"),
        "calendar": Text("por antigüedad", "by age"),
        "evidence": Text("por sus errores en días nuevos", "by its errors on new days"),
        "person": Text("lo decidió una persona", "a person decided it"),
    },
    "step": {
        "simulate": Text("Simular la empresa", "Simulate the utility"),
        "history": Text("Leer la historia", "Read the history"),
        "ingest": Text("Leer y comprobar los datos", "Read and check the data"),
        "check": Text("Revisar la calidad", "Check the quality"),
        "train": Text("Ajustar, comprobar y elegir modelos", "Fit, prove and choose models"),
        "train_zones": Text("Entrenar y pronosticar las zonas", "Train and forecast the zones"),
        "forecast": Text("Pronosticar", "Forecast"),
        "live": Text("Vivir los últimos días", "Live through the last days"),
        "update": Text("Incorporar días nuevos y pronosticar", "Take in new days and forecast"),
        "evaluate": Text("Evaluar", "Evaluate"),
        "alarms": Text("Buscar consumos inusuales", "Look for unusual use"),
        "zones": Text("Pronosticar las zonas", "Forecast the zones"),
        "reconcile": Text("Hacer que los pronósticos sumen", "Make forecasts add up"),
        "report": Text("Escribir esta página", "Write this page"),
    },
    "zone_status": {
        "ok": Text("datos completos", "data complete"),
        "no_weather": Text("sin clima", "no weather"),
        "gap": Text("faltan lecturas", "readings missing"),
        "short_history": Text("poca historia", "short history"),
        "too_short": Text("muy poca historia", "too little history"),
    },
    "zone_status_meaning": {
        "ok": Text("No falta nada.", "Nothing is missing."),
        "no_weather": Text(
            "Falta el clima o no es creíble: se supone el de la semana pasada y el rango es más ancho.",
            "The weather is missing or not credible: last week's is assumed, and the range is wider.",
        ),
        "gap": Text(
            "Faltan dos semanas o más de los últimos 120 días, o todo el último día: el rango es más ancho.",
            "Two weeks or more of the last 120 days are missing, or the whole last day: the range is wider.",
        ),
        "short_history": Text(
            "Se conocen menos de 56 días, o la zona llegó después del último entrenamiento: se toma la forma de las zonas más parecidas y el rango es más ancho.",
            "Fewer than 56 days are known, or the zone came after the last training: the shape of the most similar zones is taken, and the range is wider.",
        ),
        "too_short": Text(
            "Se conocen menos de siete días: se toma la forma de las zonas más parecidas y el rango es el doble de ancho.",
            "Fewer than seven days are known: the shape of the most similar zones is taken, and the range is twice as wide.",
        ),
    },
    "zone_status_remedy": {
        "ok": Text("No hay nada que hacer.", "Nothing needs to be done."),
        "no_weather": Text(
            "Revise que el clima del lugar llegue cada día (amuna weather).",
            "Check that the weather of the place comes in every day (amuna weather).",
        ),
        "gap": Text(
            "Revise el medidor de ingreso y su transmisión; entregue las horas que faltan si las tiene.",
            "Check the inlet meter and its transmission; hand in the missing hours if you have them.",
        ),
        "short_history": Text(
            "Mejora solo con los días; si tiene lecturas anteriores, entréguelas.",
            "It improves by itself with the days; if you have earlier readings, hand them in.",
        ),
        "too_short": Text(
            "Mejora solo con los días; si tiene lecturas anteriores, entréguelas.",
            "It improves by itself with the days; if you have earlier readings, hand them in.",
        ),
    },
    "zone_kind": {
        "dma": Text("sector hidráulico", "metered area"),
        "supply": Text("zona de abastecimiento", "supply zone"),
        "source": Text("fuente", "source"),
    },
    "zone_kind_meaning": {
        "dma": Text("Área cerrada cuyo ingreso de agua se mide.", "Closed area whose inflow is metered."),
        "supply": Text("Área que recibe el agua de una misma fuente.", "Area fed by one source."),
        "source": Text(
            "De donde sale el agua: pozo, planta o río.", "Where the water comes from: well, plant or river."
        ),
    },
    "zone_range": {
        "totals": Text("según los aciertos de totales anteriores", "from how earlier totals did"),
        "hours": Text(
            "suma de los extremos de cada hora: más ancho de lo necesario, hasta que haya totales anteriores",
            "sum of each hour's ends: wider than it need be, until there are earlier totals",
        ),
    },
    "zone_model": {
        "ridge": Text("Regresión por hora", "Regression by hour"),
        "trees": Text("Árboles de decisión", "Decision trees"),
        "linear": Text("Regresión con selección de variables", "Regression that picks its variables"),
        "arima": Text("ARIMA", "ARIMA"),
        "lstm": Text("Red neuronal", "Neural network"),
    },
    "zone_model_meaning": {
        "ridge": Text(
            "Una fórmula por zona y hora, que pesa los días recientes, el calendario y el clima.",
            "A formula for each zone and hour that weighs recent days, the calendar and the weather.",
        ),
        "trees": Text(
            "Muchas reglas cortas, aprendidas de todas las zonas a la vez.",
            "Many short rules, learned from all zones at once.",
        ),
        "linear": Text(
            "Una fórmula que se queda solo con las variables que ayudan.",
            "A formula that keeps only the variables that help.",
        ),
        "arima": Text(
            "Sigue el ritmo del día y de la semana y corrige con sus últimos errores.",
            "Follows the rhythm of the day and the week, and corrects by its latest errors.",
        ),
        "lstm": Text(
            "Una red que lee las últimas semanas hora por hora y traza las siguientes.",
            "A network that reads the last weeks hour by hour and draws the next ones.",
        ),
    },
    "unit": {
        "rows": Text("lecturas", "readings"),
        "accounts": Text("clientes", "clients"),
    },
}


def word(kind: str, code: str) -> Text:
    """The words for a code; the code itself where it is not known."""
    return WORDS[kind].get(code, Text(code, code))
