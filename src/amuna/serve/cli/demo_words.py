"""What `amuna demo` says: its steps, what came of them, and where to look next."""

from __future__ import annotations

from amuna.domain.text import Text

HELP = Text(
    "Simula una empresa de agua, lee sus datos, entrena, prueba, pronostica, vive dos semanas día por día y escribe un informe.",
    "Simulate a utility, ingest it, train, backtest, forecast, live through two weeks day by day, and write a report.",
)
FOLDER = Text(
    "Espacio de trabajo que se crea; una demostración que ya esté allí se reemplaza.",
    "Workspace to make; a demo that is there already is replaced.",
)
ACCOUNTS = Text("Clientes de la empresa simulada.", "Clients of the simulated utility.")
DAYS = Text("Días de historia.", "Days of history.")
UTILITY = Text("Empresa simulada", "Simulated utility")
STEPS = {
    "simulate": Text(
        "Simular {accounts:,} clientes × {days} días", "Simulate {accounts:,} clients × {days} days"
    ),
    "history": Text("Leer la historia", "Ingest the history"),
    "train": Text("Entrenar, probar y elegir modelos", "Train, backtest, choose champions"),
    "train_zones": Text(
        "Entrenar y pronosticar las zonas, hora por hora", "Train and forecast the zones, hour by hour"
    ),
    "forecast": Text("Pronosticar {days} días", "Forecast {days} days"),
    "live": Text("Vivir los últimos {days} días", "Live through the last {days} days"),
    "report": Text("Escribir el informe", "Write the report"),
}
PROGRESS = Text("{step} … {done} de {total}", "{step} … {done} of {total}")
DONE = Text("Hecho en {seconds:.1f} s", "Done in {seconds:.1f} s")
RESULTS = {
    "rows read": Text("filas leídas", "rows read"),
    "backtest": Text("prueba retrospectiva", "backtest"),
    "lived": Text("en la práctica", "lived"),
    "zones": Text("zonas", "zones"),
}
BACKTEST = Text(
    "MASE medio {mase:.3f}, {gain:.0f} % menos que repetir la semana pasada ({baseline:.3f})",
    "mean MASE {mase:.3f}, {gain:.0f} % below last week repeated ({baseline:.3f})",
)
LIVED = Text(
    "el día siguiente, durante {days} días: {mae:.3f} m³ de error medio, {baseline:.3f} al repetir la semana pasada; "
    "{inside:.0f} % dentro del intervalo del 80 %",
    "the day ahead, over {days} days: {mae:.3f} m³ off on average, last week repeated {baseline:.3f}; "
    "{inside:.0f} % inside the 80 % interval",
)
ZONES = Text(
    "el día siguiente por hora, {zones} zonas: {mae:.2f} m³/h de error medio, {baseline:.2f} al repetir la semana pasada; "
    "{inside:.0f} % dentro del intervalo del 80 %",
    "the day ahead by hour, {zones} zones: {mae:.2f} m³/h off on average, last week repeated {baseline:.2f}; "
    "{inside:.0f} % inside the 80 % interval",
)
REPORT = Text("El informe está en {page}", "The report is {page}")
NEXT = (
    (
        Text.both("{here} serve"),
        Text(
            "el tablero, la API y la página del cliente, en un navegador",
            "the dashboard, the API and the customer's page, in a browser",
        ),
    ),
    (
        Text.both("{here} evaluate"),
        Text(
            "precisión por modelo, segmento, anticipación y cliente",
            "accuracy by model, segment, lead and client",
        ),
    ),
    (
        Text.both("{here} forecast --account A0000001"),
        Text(
            "los próximos días de un cliente y el volumen de su próximo recibo",
            "one client's next days and next bill volume",
        ),
    ),
    (
        Text.both("{here} check"),
        Text("qué llegó, y qué se rechazó", "what came in, and what was refused"),
    ),
    (
        Text("{amuna} init empresa", "{amuna} init mine"),
        Text("su propio espacio de trabajo; después:", "your own workspace; then:"),
    ),
    (
        Text("{amuna} -w empresa ingest SU_ARCHIVO.csv", "{amuna} -w mine ingest YOUR_FILE.csv"),
        Text(
            "reconoce ConsumptionDate, AccountOID, Consumption en litros",
            "ConsumptionDate, AccountOID, Consumption in litres is recognised",
        ),
    ),
)
NOT_EMPTY = Text(
    "{file} no está vacía y no tiene una demostración anterior.",
    "{file} is not empty and holds no earlier demo.",
)
ANOTHER_FOLDER = Text("Elija otra carpeta: amuna demo CARPETA.", "Choose another folder: amuna demo DIR.")
