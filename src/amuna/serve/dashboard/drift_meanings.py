"""What a figure beyond its limit means, and what to do about it."""

from __future__ import annotations

from amuna.domain.text import Text

MEANINGS: dict[str, Text] = {
    "rows": Text(
        "Llegan menos filas de lo habitual. Revise en Datos si una fuente se atrasó o perdió archivos.",
        "Fewer rows come in than usual. See under Data whether a feed is late or lost files.",
    ),
    "missing": Text(
        "Faltan días de cuentas conocidas. Revise la comunicación de los medidores de las zonas con más huecos.",
        "Days of known accounts are missing. Check the meters’ communication in the zones with most gaps.",
    ),
    "vanished": Text(
        "Muchas cuentas dejaron de enviar datos a la vez: suele ser una fuente o un concentrador, no las cuentas.",
        "Many accounts fell silent at once: usually a feed or a concentrator, not the accounts.",
    ),
    "new": Text(
        "Entraron muchas cuentas nuevas. Sus pronósticos son menos seguros hasta tener unas ocho semanas.",
        "Many new accounts came in. Their forecasts are less certain until they have some eight weeks.",
    ),
    "late": Text(
        "Llegan muchas filas tarde o corregidas. Los pronósticos de esos días se hicieron sin ellas.",
        "Many rows come late or corrected. The forecasts of those days were made without them.",
    ),
    "quarantined": Text(
        "Se rechazan más filas que antes. Vea los motivos en Datos: suele ser un cambio de formato o de unidad.",
        "More rows are refused than before. See the reasons under Data: usually a change of format or unit.",
    ),
    "psi": Text(
        "El consumo se reparte de otro modo que en meses anteriores. Puede ser una temporada, un corte o medidores que cambiaron.",
        "Consumption is spread differently than in the months before. It may be a season, an outage, or meters that changed.",
    ),
    "level": Text(
        "La cuenta típica usa bastante más o menos que antes. Si no es la temporada, busque un corte, una tarifa nueva o medidores que cuentan mal.",
        "The typical account uses clearly more or less than before. If it is not the season, look for an outage, a new tariff, or meters that count wrong.",
    ),
    "jumped": Text(
        "Muchas cuentas pasaron a cuatro veces su uso, o a un cuarto: suele ser un tipo de medidor o una unidad equivocada.",
        "Many accounts went to four times their use, or a quarter: usually a meter type or a wrong unit.",
    ),
    "bias": Text(
        "Los pronósticos se equivocan hacia un mismo lado. Los ajustes nuevos lo corrigen en unos días; si no, entrene de nuevo.",
        "Forecasts miss towards one side. Refits correct it within days; if not, train again.",
    ),
    "size": Text(
        "Los errores son más grandes que antes. Revise primero los datos; después, los ajustes nuevos.",
        "Misses are larger than before. Check the data first, then the refits.",
    ),
    "coverage80": Text(
        "Menos días caen dentro del intervalo del 80 %: los intervalos prometen más de lo que cumplen. Un entrenamiento los recalibra.",
        "Fewer days fall inside the 80 % interval: the intervals promise more than they hold. A training recalibrates them.",
    ),
    "coverage95": Text(
        "Menos días caen dentro del intervalo del 95 %: hay más sorpresas que antes. Un entrenamiento recalibra los intervalos.",
        "Fewer days fall inside the 95 % interval: there are more surprises than before. A training recalibrates the intervals.",
    ),
    "ratio": Text(
        "Los modelos ya no aciertan más que repetir la semana pasada. Entrene de nuevo o vuelva al entrenamiento anterior.",
        "The models no longer do better than repeating last week. Train again, or go back to the training before.",
    ),
    "broken": Text(
        "Muchas cuentas pidieron un ajuste nuevo en cuatro semanas. Un entrenamiento de todas puede ser más corto que tantos ajustes.",
        "Many accounts asked for a refit within four weeks. Training all of them may be shorter than so many refits.",
    ),
}
