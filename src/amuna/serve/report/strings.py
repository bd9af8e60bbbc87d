"""Strings: every sentence of the page, in Spanish and English. A word between asterisks stands out."""

from __future__ import annotations

from amuna.domain.text import Text
from amuna.serve.report.drift_strings import DRIFT_STRINGS

STRINGS: dict[str, Text] = {
    "page.language": Text("Idioma", "Language"),
    "page.report": Text("Informe de pronóstico de consumo", "Consumption forecast report"),
    "page.state": Text("datos hasta el {day}", "data up to {day}"),
    "page.skip": Text("Ir al contenido", "Skip to the content"),
    "page.made": Text(
        "Escrito por Amuna {version}. Esta página es un solo archivo: no pide nada a la red y no envía nada.",
        "Written by Amuna {version}. This page is a single file: it asks nothing of the network and sends nothing.",
    ),
    # headline
    "hero.less": Text(
        "Los pronósticos fallan *{change} menos* que repetir la semana pasada",
        "Forecasts miss by *{change} less* than repeating last week",
    ),
    "hero.more": Text(
        "Los pronósticos fallan *{change} más* que repetir la semana pasada",
        "Forecasts miss by *{change} more* than repeating last week",
    ),
    "hero.held": Text(
        "; el intervalo del 80 % contuvo la verdad *el {held}* de las veces.",
        "; the 80 % interval held the truth *{held}* of the time.",
    ),
    "hero.end": Text(".", "."),
    "hero.none": Text(
        "*{accounts} clientes* tienen pronóstico; su historia aún es corta para medir la exactitud.",
        "*{accounts} clients* are forecast; their history is still too short to measure accuracy.",
    ),
    "hero.backtest": Text(
        "Prueba retrospectiva: {accounts} clientes, {folds} fechas de corte, {leads} días por delante; MASE medio {mase}, el de la semana pasada {baseline}.",
        "Backtest: {accounts} clients, {folds} cutoffs, {leads} days ahead; mean MASE {mase}, last week’s {baseline}.",
    ),
    "hero.stored": Text(
        "Comprobado después, {days}: {forecasts} pronósticos guardados antes de conocer lo ocurrido; error medio {mae} m³/día, el de la semana pasada {baseline} ({change}); {held} dentro del intervalo del 80 %.",
        "Checked since, {days}: {forecasts} forecasts stored before the outcome was known; mean error {mae} m³/day, last week’s {baseline} ({change}); {held} inside the 80 % interval.",
    ),
    "hero.day": Text("sobre un solo día", "on a single day"),
    "hero.days": Text("sobre {days} días", "on {days} days"),
    "key.clients": Text("clientes", "clients"),
    "key.clients.note": Text("{trained} con modelo", "{trained} with a model"),
    "key.rows": Text("lecturas diarias", "daily readings"),
    "key.rows.note": Text("{first} – {last}", "{first} – {last}"),
    "key.total": Text("m³ en los próximos {days} días", "m³ in the next {days} days"),
    "key.total.note": Text("80 %: {low} – {high} m³", "80 %: {low} – {high} m³"),
    "key.better": Text("de los clientes, mejor que la semana pasada", "of clients better than last week"),
    "key.better.note": Text("de {accounts} que se pueden comparar", "of {accounts} that can be compared"),
    # fleet
    "fleet.title": Text("Demanda de todos los clientes", "Demand of all clients"),
    "fleet.unit": Text(
        "m³ por día, últimas 8 semanas y próximos {days} días. El eje empieza en {start} m³.",
        "m³ per day, last 8 weeks and next {days} days. The axis starts at {start} m³.",
    ),
    "fleet.how": Text(
        "El total se pronostica como una serie propia; sus franjas salen de cuánto falló el mismo método en {origins} fechas de corte pasadas, demasiado pocas para una franja del 95 %.",
        "The total is forecast as a series of its own; its bands come from how far the same method missed at {origins} past cutoffs, too few for a 95 % band.",
    ),
    "fleet.held": Text(
        "Puesto a prueba en los {days} días anteriores, con solo lo que se sabía antes de cada pronóstico, su 80 % contuvo el {held}.",
        "Tested on the {days} days before, with only what was known before each forecast, its 80 % held {held}.",
    ),
    "fleet.sum": Text(
        "La línea punteada suma las medianas de los clientes: {sum} m³ en {days} días, {change} frente al pronóstico del total. Las medianas de usos desiguales no se suman; para planificar el abastecimiento use el pronóstico del total.",
        "The dotted line adds up the clients’ medians: {sum} m³ in {days} days, {change} against the forecast of the total. Medians of uneven use do not add up; plan supply with the forecast of the total.",
    ),
    "fleet.only_sum": Text(
        "La historia es corta para un intervalo del total: la línea suma las medianas de los clientes y suele quedar por debajo de lo que se usa.",
        "History is too short for an interval of the total: the line adds up the clients’ medians and tends to lie below what is used.",
    ),
    "fleet.none": Text("Todavía no hay pronósticos guardados.", "No forecasts are stored yet."),
    "fleet.known": Text(
        "Lo observado suma las lecturas conocidas ({share} de los clientes en un día corriente).",
        "Observed adds up the known readings ({share} of clients on an ordinary day).",
    ),
    "fan.known": Text("observado", "observed"),
    "fan.ahead": Text("pronóstico", "forecast"),
    # legend
    "legend.observed": Text("observado", "observed"),
    "legend.median": Text("pronóstico (mediana)", "forecast (median)"),
    "legend.band50": Text("50 %", "50 %"),
    "legend.band80": Text("80 %", "80 %"),
    "legend.band95": Text("95 %", "95 %"),
    "legend.sum": Text("suma de medianas", "sum of medians"),
    "legend.inside": Text("ocurrió después, dentro del 80 %", "happened since, inside the 80 %"),
    "legend.outside": Text("ocurrió después, fuera del 80 %", "happened since, outside the 80 %"),
    "legend.gap": Text("sin dato", "no reading"),
    # accuracy
    "accuracy.title": Text("Exactitud", "Accuracy"),
    "accuracy.lead": Text(
        "El modelo elegido para cada cliente, frente a todos los demás sobre los mismos días.",
        "The model chosen for each client, against all the others on the same days.",
    ),
    "accuracy.none": Text(
        "La prueba retrospectiva no pudo juzgar a ningún cliente: hace falta más historia.",
        "The backtest could judge no client: it needs more history.",
    ),
    "models.title": Text("Error por modelo", "Error by model"),
    "models.unit": Text(
        "MASE por cliente, menos es mejor: ● media, ◇ mediana.",
        "MASE per client, lower is better: ● mean, ◇ median.",
    ),
    "models.says": Text(
        "Del mejor al peor por su media: {ranking}.", "From best to worst by mean: {ranking}."
    ),
    "leads.title": Text("Error por días de anticipación", "Error by days ahead"),
    "leads.unit": Text(
        "MASE medio por días de anticipación, menos es mejor.", "Mean MASE by days ahead, lower is better."
    ),
    "leads.axis": Text("días de anticipación", "days ahead"),
    "leads.at": Text("{lead} días antes", "{lead} days ahead"),
    "leads.champion": Text("elegido", "chosen"),
    "leads.baseline": Text("semana pasada", "last week"),
    "leads.says": Text(
        "Elegido: {first} a 1 día, {last} a {leads} días; semana pasada: {baseline_first} y {baseline_last}.",
        "Chosen: {first} at 1 day, {last} at {leads} days; last week: {baseline_first} and {baseline_last}.",
    ),
    "stored.title": Text("Pronósticos guardados, juzgados después", "Stored forecasts, judged since"),
    "stored.unit": Text(
        "Cada pronóstico se guardó antes de conocer el día: nada de esto pudo elegirse a favor. Error en m³ por día y cliente.",
        "Each forecast was stored before the day was known: nothing here could be picked to flatter. Error in m³ per day and client.",
    ),
    "stored.caution": Text(
        "Los clientes comparten clima y feriados, así que con pocos días juzgados estas cifras pueden moverse varios puntos.",
        "Clients share weather and holidays, so with few days judged these figures can move by several points.",
    ),
    "stored.none": Text(
        "Todavía no ha llegado ningún día después de un pronóstico guardado. Ejecute amuna update cuando lleguen datos nuevos.",
        "No day has come in since a forecast was stored. Run amuna update when new data arrive.",
    ),
    "column.lead": Text("días antes", "days ahead"),
    "column.forecasts": Text("pronósticos", "forecasts"),
    "column.mae": Text("error medio, m³/día", "mean error, m³/day"),
    "column.baseline_mae": Text("semana pasada, m³/día", "last week, m³/day"),
    "column.change": Text("diferencia", "difference"),
    "column.held80": Text("dentro del 80 %", "inside the 80 %"),
    "column.held95": Text("dentro del 95 %", "inside the 95 %"),
    "groups.title": Text("Por tipo de cliente", "By kind of client"),
    "groups.unit": Text(
        "MASE medio de la prueba retrospectiva. Barra: parte del error de la semana pasada que queda; el trazo marca el 100 %.",
        "Mean MASE of the backtest. Bar: share of last week’s error that is left; the mark is 100 %.",
    ),
    "column.kind": Text("tipo", "kind"),
    "column.clients": Text("clientes", "clients"),
    "column.mase": Text("MASE elegido", "MASE chosen"),
    "column.baseline_mase": Text("MASE semana pasada", "MASE last week"),
    # clients
    "clients.title": Text("Una docena de clientes", "A dozen clients"),
    "clients.lead": Text(
        "Los tres mejores y los tres peores frente a repetir la semana pasada, y clientes típicos de cada tipo. m³ por día; cada gráfico tiene su propia escala.",
        "The three best and the three worst against last week, and typical clients of each kind. m³ per day; every chart has its own scale.",
    ),
    "clients.rule": Text(
        "Los mejores se buscan solo entre clientes con uso regular (medio año conocido, agua la mayoría de los días): donde el caño está cerrado no hace falta modelo. Los peores se buscan entre todos. Una gran ventaja suele significar que repetir la semana pasada repitió un pico pasajero. Un día que ya ocurrió conserva la franja que se pronosticó antes de conocerlo.",
        "The best are sought only among clients with regular use (half a year known, water on most days): where the tap is shut no model is needed. The worst are sought among all. A large win often means that repeating last week repeated a passing peak. A day that has happened keeps the bands forecast before it was known.",
    ),
    "clients.some": Text(
        "La prueba retrospectiva no juzgó a ningún cliente: estos son los primeros por número de cuenta. m³ por día.",
        "The backtest judged no client: these are the first by account number. m³ per day.",
    ),
    "client.kind": Text("Tipo", "Kind"),
    "client.model": Text("Modelo", "Model"),
    "client.order": Text("Orden ARIMA", "ARIMA order"),
    "client.status": Text("Estado", "Status"),
    "client.error": Text("MASE", "MASE"),
    "client.against": Text("{mase} frente a {baseline} ({change})", "{mase} against {baseline} ({change})"),
    "client.period": Text("Próximos {days} días", "Next {days} days"),
    "client.total": Text("{middle} m³ (80 %: {low} – {high})", "{middle} m³ (80 %: {low} – {high})"),
    "client.says": Text(
        "{role}: {kind}. Consumo diario de las últimas 8 semanas y pronóstico con intervalos.",
        "{role}: {kind}. Daily consumption of the last 8 weeks and forecast with intervals.",
    ),
    # spread
    "spread.title": Text("Todos los clientes", "Every client"),
    "spread.lead": Text(
        "{better} de los clientes se pronostican mejor que repitiendo la semana pasada; {worse}, peor.",
        "{better} of clients are forecast better than by repeating last week; {worse} worse.",
    ),
    "ratio.title": Text("Error frente al de la semana pasada", "Error against last week’s"),
    "ratio.unit": Text(
        "Clientes por MASE elegido ÷ MASE de la semana pasada: por debajo de 1 gana el modelo elegido. No entran {left_out} clientes en que el de la semana pasada es cero o falta.",
        "Clients by chosen MASE ÷ last week’s MASE: below 1 the chosen model wins. Left out: {left_out} clients whose last week’s is zero or missing.",
    ),
    "ratio.bin": Text("{low} – {high}", "{low} – {high}"),
    "ratio.above": Text("más de {low}", "above {low}"),
    "ratio.same": Text("igual que la semana pasada", "same as last week"),
    "ratio.better": Text("mejor", "better"),
    "ratio.worse": Text("peor", "worse"),
    "champions.title": Text("Modelos elegidos", "Models chosen"),
    "champions.unit": Text("Clientes atendidos por cada modelo.", "Clients served by each model."),
    "statuses.title": Text("Estado del ajuste ARIMA", "State of the ARIMA fit"),
    "statuses.unit": Text(
        "Todo cliente tiene pronóstico, también donde el ajuste no salió bien.",
        "Every client has a forecast, also where the fit did not go well.",
    ),
    # quality
    "quality.title": Text("Calidad de los datos", "Data quality"),
    "quality.lead": Text(
        "Nada se corrige en silencio: lo rechazado se guarda con su texto original y lo que hay que hacer.",
        "Nothing is corrected in silence: what is refused is kept with its original text and what to do about it.",
    ),
    "quality.rows": Text("lecturas diarias aceptadas", "daily readings accepted"),
    "quality.missing": Text("días sin dato ({share})", "days without a reading ({share})"),
    "quality.zeros": Text("días con 0 m³ ({share})", "days of 0 m³ ({share})"),
    "quality.outliers": Text(
        "días de más de 10 veces la media del cliente", "days above 10 times the client’s mean"
    ),
    "quality.corrected": Text("días corregidos después", "days corrected later"),
    "quality.duplicates": Text("filas repetidas", "repeated rows"),
    "quality.silent": Text("clientes sin dato en la última semana", "clients silent in the last week"),
    "quality.refused": Text("filas rechazadas", "rows refused"),
    "quality.flags": Text("Marcas de los días: {flags}.", "Flags of the days: {flags}."),
    "quality.registers": Text(
        "Decisiones sobre los registros de los medidores: {decisions}.",
        "Decisions about meter registers: {decisions}.",
    ),
    "refused.title": Text("Filas rechazadas y qué hacer", "Rows refused and what to do"),
    "refused.none": Text("No se rechazó ninguna fila.", "No row was refused."),
    "refused.row": Text("1 fila", "1 row"),
    "refused.rows": Text("{rows} filas", "{rows} rows"),
    "refused.at": Text("fila {row} de {source}", "row {row} of {source}"),
    "worst.title": Text(
        "Clientes con mayor parte de días sin dato", "Clients with the largest share of days missing"
    ),
    "column.account": Text("cuenta", "account"),
    "column.days": Text("días con dato", "days read"),
    "column.missing": Text("días sin dato", "days missing"),
    "column.zeros": Text("días en cero", "days of zero"),
    "column.outliers": Text("días extremos", "outlier days"),
    # timings
    "timings.title": Text("Tiempos", "Timings"),
    "timings.lead": Text(
        "Medidos en la máquina que hizo el trabajo.", "Measured on the machine that did the work."
    ),
    "timings.none": Text("El almacén no guarda tiempos todavía.", "The store holds no timings yet."),
    "column.step": Text("paso", "step"),
    "column.amount": Text("cantidad", "amount"),
    "column.seconds": Text("tiempo", "time"),
    "column.rate": Text("por segundo", "per second"),
    "timings.ingest": Text(
        "El tiempo de lectura va del primer al último lote confirmado, sin contar las filas del último.",
        "Reading time runs from the first to the last committed batch, the rows of the last not counted.",
    ),
    # reading
    "reading.title": Text("Cómo leer esta página", "How to read this page"),
    "reading.mase": Text(
        "*MASE* es el error medio dividido por cuánto cambia el consumo de ese cliente de una semana a la siguiente. No tiene unidad, y así se comparan una casa y una fábrica. 1 es fallar tanto como ese cambio corriente; 0.5, la mitad.",
        "*MASE* is the mean error divided by how much that client’s use changes from one week to the next. It has no unit, so a house and a factory compare. 1 is to miss by that ordinary change; 0.5 by half of it.",
    ),
    "reading.quantiles": Text(
        "*Franjas.* Si todo va bien, de cada 10 días 8 caen dentro de la franja del 80 % y 19 de cada 20 dentro de la del 95 %. La línea es la mediana: tan probable es quedar por encima como por debajo. Las franjas salen de los errores pasados de clientes parecidos.",
        "*Bands.* If all is well, 8 days of 10 fall inside the 80 % band and 19 of 20 inside the 95 % band. The line is the median: above is as likely as below. The bands come from past errors of similar clients.",
    ),
    "reading.period": Text(
        "*Total del periodo.* El volumen que se facturará en los próximos días, con su propio intervalo: los extremos de los días no se suman, porque los días altos y bajos se compensan.",
        "*Billing total.* The volume to be billed over the coming days, with an interval of its own: the ends of the days do not add up, because high and low days even out.",
    ),
    "reading.flatter": Text(
        "*Lo que puede halagar.* La prueba retrospectiva elige el modelo de cada cliente sobre los mismos días en que lo puntúa, así que lo muestra algo mejor de lo que es. Los pronósticos guardados y juzgados después no tienen ese sesgo: créales más a ellos, y más cuantos más días reúnan.",
        "*What can flatter.* The backtest chooses each client’s model on the same days on which it scores it, so it shows the choice a little better than it is. Stored forecasts judged since have no such bias: trust them more, and the more so the more days they span.",
    ),
    "reading.limits": Text(
        "*Lo que los modelos no saben.* No conocen feriados, clima ni cortes anunciados: espere errores mayores en esos días.",
        "*What the models do not know.* They know no holidays, weather or announced cuts: expect larger misses on such days.",
    ),
    # read-outs
    "read.observed": Text("observado", "observed"),
    "read.forecast": Text("mediana", "median"),
    "read.medians": Text("suma de medianas", "sum of medians"),
    "read.band50": Text("50 %", "50 %"),
    "read.band80": Text("80 %", "80 %"),
    "read.band95": Text("95 %", "95 %"),
    "read.champion": Text("elegido", "chosen"),
    "read.baseline": Text("semana pasada", "last week"),
    "read.clients": Text("clientes", "clients"),
    "read.hint": Text("Flechas: día a día", "Arrow keys: day by day"),
    **DRIFT_STRINGS,
}


def say(key: str, **values: Text | str) -> Text:
    """A sentence with its places filled."""
    return STRINGS[key].fill(**values)
