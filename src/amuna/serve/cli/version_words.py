"""Words of `amuna models`."""

from __future__ import annotations

from amuna.domain.text import Text

HELP = Text(
    "Entrenamientos de todas las cuentas: los lista, compara, pone en uso, deja de usar, verifica, recupera y exporta.",
    "Trainings of the whole fleet: list, compare, promote, roll back, verify, restore, export.",
)
LIST = Text(
    "Muestra las versiones con su alias, corte, cuentas, acierto en la prueba, código y configuración.",
    "Versions with their aliases, cutoff, accounts, accuracy in the backtest, code and settings.",
)
COMPARE = Text(
    "Compara dos entrenamientos: en conjunto, por segmento, y las cuentas que mejoraron o empeoraron.",
    "Two trainings overall, by segment, and the accounts that got better or worse.",
)
PROMOTE = Text(
    "Pone en uso otro entrenamiento para todas las cuentas; si el nombre empieza con zones-, para las zonas.",
    "Let another training serve every account; a run whose name begins with zones- serves the zones.",
)
ROLLBACK = Text("Regresa al entrenamiento que estaba en uso antes.", "Go back to the run that served before.")
VERIFY = Text(
    "Calcula de nuevo las huellas de un entrenamiento, con los archivos del registro y con el almacén.",
    "Compute a training's digests anew, from the registry's artefacts and from the store.",
)
RESTORE = Text(
    "Devuelve al almacén una versión del registro, tal como se guardó.",
    "Put a version of the registry into the store, as it was saved.",
)
SYNC = Text(
    "Guarda los entrenamientos que faltan en el registro, y pone sus alias como en el almacén.",
    "Save the trainings that the registry lacks, and let its aliases follow the store.",
)
RUN = Text(
    "Entrenamiento, o el comienzo de su nombre; champion es el que está en uso.",
    "Run, or the beginning of its name; champion is the one that serves.",
)
BY = Text(
    "Quién decide; la decisión se guarda con el nombre.", "Who decides; the decision is kept with the name."
)
REASON = Text("Por qué; se guarda con la decisión.", "Why; kept with the decision.")
OF_ZONES = Text("Los entrenamientos de las zonas.", "Trainings of the zones instead.")
CHANGED = Text(
    "Cuántas cuentas lista, las de mayor cambio primero.", "Accounts to list, the largest change first."
)
VERSION = Text("Versión en el registro.", "Version in the registry.")
NOTHING = Text("Todavía no hay nada entrenado: amuna train.", "Nothing is trained yet: amuna train.")
ABSENT = Text("solo en el registro", "registry only")
LISTED = {
    "version": Text("n.º", "no."),
    "run_id": Text("nombre", "run"),
    "aliases": Text.both("alias"),
    "cutoff": Text("corte", "cutoff"),
    "accounts": Text("cuentas", "accounts"),
    "mase": Text.both("MASE"),
    "baseline_mase": Text("semana\npasada", "last\nweek"),
    "code_version": Text("código", "code"),
    "settings": Text.both("config"),
}
MASE = Text(
    "MASE: error medio de cada cuenta entre lo que su consumo cambia de una semana a otra, media de las cuentas y los cortes "
    "de la prueba; menos es mejor. Semana pasada: lo mismo, de repetir la semana pasada.",
    "MASE: mean over the backtest's accounts and cutoffs; last week: the same of last week repeated.",
)
SHARED = Text(
    "Según los {n} cortes que las dos pruebas comparten.",
    "Judged at the {n} cutoffs that both backtests share.",
)
APART = Text(
    "Las pruebas no comparten ningún corte: compare cada entrenamiento con repetir la semana pasada en sus propios días.",
    "The backtests share no cutoff: compare each with last week repeated on its own days.",
)
CHECKED = {
    True: Text("{run}, versión {version}: verificado", "Run {run}, version {version}: verified"),
    False: Text(
        "{run}, versión {version}: NO es lo que se entrenó",
        "Run {run}, version {version}: NOT what was trained",
    ),
}
RESTORED = Text(
    "La versión {version} está de nuevo en el almacén: {run}.",
    "Version {version} is back in the store as {run}.",
)
NAME = Text("NOMBRE", "NAME")
LET_SERVE = Text("la pone en uso, si lo está otra", "let it serve, if another one does")
SERVES_ALREADY = Text("{run} ya estaba en uso.", "Run {run} serves already.")
BEFORE = Text("antes", "before")
ALL_BEFORE = Text("todos los días anteriores al {cutoff}", "all days before {cutoff}")
