"""What the page of today says."""

from __future__ import annotations

from amuna.domain.text import Text

TITLE = Text("Hoy", "Today")
NOTHING = Text(
    "Todavía no hay datos. Lea los primeros con amuna ingest, o suba un archivo en la página Datos.",
    "There are no data yet. Read the first with amuna ingest, or upload a file on the page Data.",
)
LAST_DAY = Text("Demanda del {day}", "Demand on {day}")
NEXT_WEEK = Text("Próximos 7 días", "Next 7 days")
ALARMS = Text("Alarmas abiertas", "Open alarms")
MODELS = Text("Dentro del intervalo del 80 %", "Inside the 80 % interval")
AS_EXPECTED = Text("como se esperaba: {interval}", "as expected: {interval}")
ABOVE = Text("más de lo esperado: {interval}", "more than expected: {interval}")
BELOW = Text("menos de lo esperado: {interval}", "less than expected: {interval}")
SHORT = Text("sin pronóstico: la historia es corta", "no forecast: the history is short")
A_MONTH = Text("S/ {money} en 30 días si siguen así", "S/ {money} in 30 days if they go on")
NO_MONEY = Text("sin tarifa para darles precio", "no tariff to price them by")
NO_ALARMS = Text("nadie usa agua de forma inusual", "nobody uses water in an unusual way")
JUDGED = Text("en los últimos 7 días; lo ideal: 80 %", "over the last 7 days; ideal: 80 %")
NOT_JUDGED = Text("ningún pronóstico fue comprobado aún", "no forecast has been checked yet")
CHART = Text("Demanda de todas las cuentas, m³ por día", "Demand of all accounts, m³ a day")
CHART_HEARD = Text(
    "Demanda diaria de todas las cuentas: últimas semanas y próximos 7 días",
    "Daily demand of all accounts: recent weeks and the next 7 days",
)
CHANGED = Text("Qué cambió desde ayer", "What changed since yesterday")
CHANGED_DEMAND = Text("Demanda del {day} frente a lo esperado", "Demand on {day} against what was expected")
CHANGED_WEEK = Text("Próximos 7 días frente a los últimos 7", "Next 7 days against the last 7")
CHANGED_ALARMS = Text("Alarmas nuevas", "New alarms")
CHANGED_ROWS = Text("Lecturas recibidas", "Readings received")
CHANGED_LATE = Text("Lecturas tardías o corregidas", "Late or corrected readings")
CHANGED_REFUSED = Text("Lecturas rechazadas", "Refused readings")
CHANGED_PROMOTED = Text("Cuentas con modelo nuevo", "Accounts with a new model")
CHANGED_BACK = Text("Cuentas que volvieron a su modelo anterior", "Accounts back to the model before")
CHANGED_ADOPTED = Text("Cuentas nuevas con pronóstico", "New accounts with a forecast")
TOP = Text("Alarmas con más dinero en juego", "Alarms with the most money at stake")
ALL_ALARMS = Text("Ver todas", "See all")
ACCOUNT = Text("Cuenta", "Account")
WHAT = Text("Qué pasa", "What happens")
SINCE = Text("Desde", "Since")
A_DAY = Text("m³ por día", "m³ a day")
USUAL = Text("usual", "usual")
MONTH = Text("S/ en 30 días", "S/ in 30 days")
NO_TOP = Text(
    "No hay alarmas abiertas: ninguna cuenta usa mucho más de lo esperado ni dejó de usar agua.",
    "No alarm is open: no account uses far more than expected, and none has stopped using water.",
)
ALARMS_HELP = Text(
    "Consumo alto: 6 de los últimos 7 días por encima de lo que se pronosticó antes de ellos (cuantil 97.5 %). Sin consumo: "
    "nada en 21 días donde antes casi siempre se usaba. El dinero es lo que costarían 30 días de la diferencia.",
    "High use: 6 of the last 7 days above what was forecast before them (97.5 % quantile). No use: nothing for 21 days "
    "where water was used nearly always before. The money is what 30 days of the difference would cost.",
)
FEEDS = Text("Datos recibidos", "Data received")
FEED = Text("Origen", "Feed")
AGO = Text("Hace", "Ago")
NO_FEEDS = Text("Ningún origen ha traído datos.", "No feed has brought data.")
HEALTH = Text("Salud de los modelos", "Model health")
ERROR = Text("Error frente a repetir la semana pasada", "Error against repeating last week")
DRIFT = Text("Cambios en datos o modelos", "Changes in data or models")
NO_DRIFT = Text("ninguno fuera de límites, de {count} medidas", "none beyond its limit, of {count} measures")
DRIFTED = Text("fuera de su límite: {names}", "beyond their limit: {names}")
NOT_LOOKED = Text("aún no se revisa", "not looked at yet")
