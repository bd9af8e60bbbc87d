"""Words of `amuna train`, `forecast`, `update` and `evaluate`."""

from __future__ import annotations

from amuna.domain.text import Text

TRAIN = Text(
    """Ajusta modelos, los prueba, elige el mejor para cada cuenta y guarda modelos y pruebas; o entrena las zonas.

    Con los mismos datos, ajustes y código no hace nada por segunda vez; un entrenamiento interrumpido continúa donde quedó.
    """,
    """Fit, backtest, choose the champion of every account, store models and evidence; or train the zones.

    The same data, settings and code do nothing a second time; an interrupted training goes on where it was.
    """,
)
FORECAST = Text(
    "Pronostica el próximo consumo de cada cuenta, por día y por periodo de facturación; o el ingreso de agua a las zonas, por hora.",
    "The next consumption of every account, per day and for the billing period; or inflow of zones, by hour.",
)
UPDATE = Text(
    "Incorpora lo nuevo a los modelos sin ajustarlos otra vez, juzga los pronósticos anteriores y pronostica de nuevo.",
    "Take what is new since the watermark into the fitted models without refitting; score; forecast anew.",
)
EVALUATE = Text(
    "Muestra el acierto por modelo, segmento, días por delante y cuenta, frente a repetir la semana pasada: en la prueba y en los pronósticos guardados.",
    "Accuracy by model, segment, lead and account against the baseline, from backtests and from stored forecasts.",
)
WHAT = Text(
    "Consumo diario de las cuentas (accounts), o ingreso por hora a las zonas (zones).",
    "Daily consumption of accounts, or hourly inflow of zones.",
)
ACCOUNT = Text(
    "Solo esta cuenta; si falta, se pronostican y guardan todas.",
    "Only this account; all are forecast and stored without it.",
)
HORIZON = Text("Días por delante; 14 si no se ajusta otra cosa.", "Days ahead; 14 unless set otherwise.")
BILLING_DAYS = Text(
    "Largo del periodo de facturación \\[días]; 30 si no se ajusta otra cosa.",
    "Length of the billing period \\[days]; 30 unless set otherwise.",
)
ZONE = Text(
    "Las próximas 168 horas de ingreso a esta zona; all pronostica y guarda todas las zonas.",
    "The next 168 hours of this zone's inflow; all to forecast and store every zone.",
)
OUT = Text(
    "Escribe además los cuantiles de cada día en .csv, .parquet o .json.",
    "Also write the quantiles per day to .csv, .parquet or .json.",
)
WORST = Text(
    "Cuántas cuentas lista, primero las que peor quedan frente a repetir la semana pasada.",
    "Accounts to list, the worst against their baseline first.",
)
OF_ZONES = Text(
    "Juzga los pronósticos guardados de las zonas, según lo que fluyó después.",
    "Judge stored forecasts of zones instead, by what flowed afterwards.",
)
TRAINED = Text("Entrenamiento {run}", "Run {run}")
TRAINED_BEFORE = Text(
    "Entrenamiento {run}: ya estaba hecho, no hay nada que hacer",
    "Run {run} was trained before: nothing to do",
)
AGAINST = Text("{mase:.3f} frente a {baseline:.3f}", "{mase:.3f} against {baseline:.3f}")
BELOW = Text(
    "{against}: {gain:.0%} menos que repetir la semana pasada",
    "{against}: {gain:.0%} below last week repeated",
)
RESUMED = Text(
    "{seconds:.1f} s, {n:,} cuentas ya venían hechas", "{seconds:.1f} s, {n:,} accounts from before"
)
KEPT = Text(
    "guardado como versión en {seconds:.1f} s: amuna models",
    "kept as a version in {seconds:.1f} s: amuna models",
)
MASE = Text(
    "MASE: error absoluto medio, dividido entre lo que el consumo de la cuenta suele cambiar de una semana a otra; en la prueba, {folds} cortes.",
    "MASE: mean absolute residual over the account's mean weekly difference; backtest, {folds} cutoffs.",
)
NOTHING_NEW = Text("No hay nada nuevo desde el {cutoff}.", "Nothing is new since {cutoff}.")
MISSED = Text(
    "{mae:.3f} m³ al día de error medio; repetir la semana pasada: {baseline:.3f}",
    "{mae:.3f} m³/day off on average; last week repeated: {baseline:.3f}",
)
NEW_DAYS = Text("{days} ({rows:,} filas)", "{days} ({rows:,} rows)")
RESTATED = Text("{n:,} cuentas, con estados hechos de nuevo", "{n:,} accounts, states built anew")
NO_REFIT = Text("{seconds:.1f} s, sin ajustar de nuevo", "{seconds:.1f} s, without refitting")
ACCOUNTS = Text("cuentas", "accounts")
SEEN = Text("los modelos conocen", "models have seen")
ALL_BEFORE = Text("todos los días anteriores al {cutoff}", "all days before {cutoff}")
STATUS = Text("estado", "status")
TIME = Text("tiempo", "time")
BY_MODEL = {
    "model": Text("modelo", "model"),
    "accounts": ACCOUNTS,
    "mase": Text("MASE medio", "mean MASE"),
    "median_mase": Text("MASE mediano", "median MASE"),
    "mae_m3": Text("error medio\n[m³/día]", "MAE\n[m³/day]"),
}
COMPARED = {"mase": Text("MASE medio", "mean MASE"), "baseline_mase": Text("semana pasada", "last week")}
BY_SEGMENT = {"kind": Text("según", "by"), "name": Text("nombre", "name"), "accounts": ACCOUNTS, **COMPARED}
BY_LEAD = {"lead": Text("día", "lead"), **COMPARED}
STORED = {
    "lead": Text("día", "lead"),
    "forecasts": Text("pronósticos", "forecasts"),
    "mae_m3": Text("error medio\n[m³]", "MAE\n[m³]"),
    "baseline_mae_m3": Text("semana pasada\n[m³]", "last week\n[m³]"),
    "coverage80": Text("dentro\ndel 80 %", "inside\n80 %"),
    "coverage95": Text("dentro\ndel 95 %", "inside\n95 %"),
}
BY_ACCOUNT = {
    "account_id": Text("cuenta", "account"),
    "champion": Text("modelo", "champion"),
    "status": STATUS,
    **COMPARED,
    "mae_m3": Text("error medio\n[m³/día]", "MAE\n[m³/day]"),
}
STORED_TITLE = Text("Pronósticos guardados frente a lo que ocurrió", "Stored forecasts against what happened")
WORST_TITLE = Text("Las que peor quedan frente a la semana pasada", "Worst against their baseline")
FORECAST_OF = Text(
    "Pronóstico de {accounts:,} cuentas desde el {cutoff}", "Forecast of {accounts:,} accounts from {cutoff}"
)
ROWS = Text("{rows:,} filas (cuenta × día)", "{rows:,} rows (account × day)")
PERIOD_SUM = Text("suma de las medianas del periodo de facturación", "sum of the billing period's medians")
PER_DAY = Text("Cuenta {account}: pronóstico por día [m³]", "Account {account}: forecast per day [m³]")
PERIOD = Text(
    "Período de facturación desde el {cutoff}: total [m³]", "Billing period from {cutoff}: total [m³]"
)
