"""`amuna init`, `status` and `report`: a workspace, where it stands, and a page that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amuna.config.settings import FILE_NAME
from amuna.config.template import template
from amuna.domain.errors import PermanentError
from amuna.domain.text import Text
from amuna.serve.cli.app import AsJson, open_store, open_workspace, state
from amuna.serve.cli.language import LANGUAGE, WORKSPACE, told
from amuna.serve.cli.output import facts, next_steps, print_json, program, rows_table, say
from amuna.serve.cli.shown import gap

_INIT = Text(
    "Crea un espacio de trabajo: amuna.toml con cada ajuste explicado, y el almacén integrado.",
    "A workspace: amuna.toml with every setting explained, and the embedded store.",
)
_STATUS = Text("Muestra cómo está todo, y qué hacer ahora.", "Where things stand, and what to do next.")
_REPORT = Text(
    "Escribe una página que se basta sola: precisión frente a la referencia, gráficos por cliente con sus intervalos, calidad de los datos, tiempos.",
    "One self-contained page: accuracy against the baseline, client charts with fans, data quality, timings.",
)
_FOLDER = Text(
    "Carpeta en la que se crea el espacio de trabajo; si falta, la de --workspace.",
    "Folder to make a workspace of; without it that of --workspace.",
)
_OUT = Text("Archivo que se escribe.", "File to write.")
_MOST_FEEDS = 10
_FEEDS = Text("Orígenes de datos", "Feeds")
_LAST_FEEDS = Text("Orígenes de datos: los {n} últimos de {all}", "Feeds: the last {n} of {all}")
_FEED_COLUMNS = {
    "feed": Text("origen", "feed"),
    "rows": Text("filas", "rows"),
    "batches": Text("lotes", "batches"),
    "last": Text("último guardado", "last commit"),
}
_INGEST = Text("amuna ingest ORIGEN", "amuna ingest SOURCE")
_STEPS = {
    _INGEST.en: Text(
        "leer los datos de un archivo o de una base de datos", "read the data of a file or a database"
    ),
    "amuna train": Text("ajustar y probar los modelos", "fit and prove the models"),
    "amuna update": Text("pasar lo nuevo a los modelos", "take what is new into the models"),
    "amuna forecast": Text("pronosticar los días que vienen", "forecast the days to come"),
    "amuna evaluate": Text("ver qué tan precisos son los pronósticos", "see how accurate the forecasts are"),
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, purpose in ((init, _INIT), (status, _STATUS), (report, _REPORT)):
        app.command(help=told(purpose), rich_help_panel=told(WORKSPACE))(command)


def init(
    folder: Annotated[Path | None, typer.Argument(help=told(_FOLDER))] = None,
    as_json: AsJson = False,
) -> None:
    """A workspace: amuna.toml with every setting explained, and the embedded store."""
    folder = folder or state.folder
    path = folder / FILE_NAME
    if path.exists():
        raise PermanentError(
            Text("{file} ya existe.", "{file} exists already."),
            remedy=Text(
                "Edítelo, o elija otra carpeta: amuna init CARPETA.",
                "Edit it, or choose another folder: amuna init DIR.",
            ),
            file=str(path),
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(template(LANGUAGE), encoding="utf-8")
    state.folder = folder
    workspace = open_workspace()
    with open_store(workspace):
        pass
    if as_json:
        print_json({"settings": path, "store": workspace.store_path})
        return
    facts(
        Text("Espacio de trabajo {folder}", "Workspace {folder}").fill(folder=folder.resolve()),
        {Text("ajustes", "settings"): path, Text("almacén", "store"): workspace.store_path},
    )
    gap()
    next_steps(
        [
            (
                _typed(told(Text("amuna ingest ARCHIVO", "amuna ingest FILE"))),
                Text("leer su propio archivo", "read your own file"),
            ),
            (
                _typed("amuna train"),
                Text("después, ajustar y probar los modelos", "then fit and prove the models"),
            ),
        ]
    )


def _typed(command: str) -> str:
    """A command as it can be typed here, with the workspace where it is not the present folder."""
    here = program() if state.folder == Path() else f"{program()} -w {state.folder}"
    return command.replace("amuna", here, 1)


def status(as_json: AsJson = False) -> None:
    """Where things stand, and what to do next."""
    from amuna.workflows.status import status as run

    with open_store(open_workspace(), read_only=True) as store:
        found = run(store=store)
    if as_json:
        print_json(found)
        return
    facts(
        Text("Estado", "Status"),
        {
            Text("cuentas", "accounts"): found.accounts,
            Text("días", "days"): Text(
                "{first} a {last} ({rows:,} filas)", "{first} to {last} ({rows:,} rows)"
            ).fill(first=found.first_day, last=found.last_day, rows=found.rows)
            if found.rows
            else None,
            Text("en cuarentena", "quarantined"): found.quarantined,
            Text("entrenamiento en servicio", "serving run"): found.run_id,
            Text("los modelos han visto", "models have seen"): None
            if found.states_cutoff is None
            else Text("todos los días antes del {day}", "all days before {day}").fill(
                day=found.states_cutoff
            ),
            Text("días de atraso", "days behind"): found.days_behind,
            Text("cuentas sin modelo", "accounts without model"): found.untrained,
            Text("pronosticado hasta", "forecast until"): found.forecast_days,
        },
    )
    if len(found.feeds):
        gap()
        title = _FEEDS if len(found.feeds) <= _MOST_FEEDS else _LAST_FEEDS
        rows_table(
            title.fill(n=_MOST_FEEDS, all=len(found.feeds)), found.feeds.head(_MOST_FEEDS), _FEED_COLUMNS
        )
    gap()
    step = told(_INGEST) if found.next_step == _INGEST.en else found.next_step
    next_steps([(_typed(step), _STEPS[found.next_step])])


def report(
    out: Annotated[Path, typer.Option(help=told(_OUT))] = Path("report.html"),
    as_json: AsJson = False,
) -> None:
    """One self-contained page: accuracy against the baseline, client charts with fans, data quality, timings."""
    from amuna.serve.report.page import write_report

    workspace = open_workspace()
    with open_store(workspace, read_only=True) as store:
        path = write_report(store, out, title=workspace.settings.utility_name)
    print_json({"file": path}) if as_json else say(
        Text("Informe en {path}", "Report in {path}").fill(path=path)
    )
