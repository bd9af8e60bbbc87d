"""MlflowRegistry: one MLflow run and one model version for every training of the whole fleet, or of the zones."""

from __future__ import annotations

import importlib.util
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SADeprecationWarning, SQLAlchemyError

from amuna.domain.errors import MissingExtra, NotEnoughData, RegistryUnreachable, UnknownSetting
from amuna.domain.ports import FleetRecord, FleetVersion
from amuna.domain.text import Text
from amuna.lifecycle.artefact import FLEET, Layout, digests, packed, unpacked

_RUN_TAG, _DIGEST_TAG = "amuna.run", "amuna.sha256."
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_CONNECT_S = 5
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_CONFIGURE_LOGGING": "false",
}


def installed() -> bool:
    """Whether MLflow can be imported; asking does not import it."""
    return importlib.util.find_spec("mlflow") is not None


class MlflowRegistry:
    """Versions of a model in MLflow's database, their artefacts in a folder.

    Parameters
    ----------
    url
        Tracking database: `sqlite:///PATH` or `postgresql://…`. `${NAME}` is filled from the environment; its
        password appears in no message.
    folder
        What a relative path of the database or of the artefacts begins at.
    artefacts
        Folder for the artefacts.
    name
        Name of the registered model and of the experiment.
    loader
        Module that MLflow imports to forecast with a version, with a function `_load_pyfunc(path)`; empty where only Amuna does.
    about
        What it forecasts, told to those who look at it in MLflow.
    layout
        Tables of a training, and where they lie.
    """

    def __init__(
        self,
        url: str,
        *,
        folder: Path,
        artefacts: str,
        name: str,
        loader: str,
        about: str = "Forecasts of every account of the utility.",
        layout: Layout = FLEET,
    ) -> None:
        self._url = _parsed(url, folder)
        self._artefacts = folder / artefacts
        self._name = name
        self._loader = loader
        self._about = about
        self._layout = layout

    def save(self, record: FleetRecord) -> FleetVersion:
        """Keep a training as the next version; the same run again is the same version."""
        known = [version for version in self.versions() if version.run_id == record.run_id]
        if known:
            return known[0]
        files = {name: packed(frame) for name, frame in record.tables.items()}
        tags = {_RUN_TAG: record.run_id, **record.facts}
        tags |= {f"{_DIGEST_TAG}{part}": digest for part, digest in digests(files, self._layout).items()}
        with self._asking(Text("guardar un entrenamiento", "save a training")):
            run = self._run(record)
            self._log(run.info.run_id, record, tags)
            self._upload(run.info.run_id, files)
            self._client.set_terminated(run.info.run_id, end_time=_milliseconds(record.finished_at))
            source = f"{run.info.artifact_uri}/{self._layout.main}"
            made = self._client.create_model_version(self._name, source, run.info.run_id, tags=tags)
        return _version(made, {})

    def versions(self) -> list[FleetVersion]:
        """All versions, the newest first."""
        with self._asking(Text("listar las versiones", "list the versions")):
            model = self._client.get_registered_model(self._name)
            found = self._client.search_model_versions(f"name = '{self._name}'")
        kept = [_version(row, model.aliases) for row in found if _RUN_TAG in row.tags]
        return sorted(kept, key=lambda version: -version.number)

    def load(self, number: int) -> dict[str, pl.DataFrame]:
        """The tables of a version.

        Raises
        ------
        NotEnoughData
            If there is no such version.
        """
        if number not in [version.number for version in self.versions()]:
            raise NotEnoughData(
                Text(
                    "El registro de modelos no tiene la versión {version} de {model}.",
                    "The registry has no version {version} of {model}.",
                ),
                remedy=Text(
                    "amuna models list muestra las que hay.", "amuna models list tells which there are."
                ),
                version=number,
                model=self._name,
            )
        loading = Text("cargar la versión {number}", "load version {number}").fill(number=number)
        with self._asking(loading), tempfile.TemporaryDirectory() as folder:
            run = self._client.get_model_version(self._name, str(number)).run_id
            for artefact in sorted(set(self._layout.folders.values())):
                self._client.download_artifacts(run, artefact, folder)
            paths = {name: Path(folder) / self._layout.file_of(name) for name in self._layout.folders}
            return {name: unpacked(path.read_bytes()) for name, path in paths.items()}

    def assign(self, alias: str, number: int | None) -> None:
        """Let the alias name this version alone; None for no version."""
        moving = Text("mover el alias {alias}", "move the alias {alias}").fill(alias=alias)
        with self._asking(moving):
            if number is not None:
                self._client.set_registered_model_alias(self._name, alias, str(number))
            elif alias in self._client.get_registered_model(self._name).aliases:
                self._client.delete_registered_model_alias(self._name, alias)

    @cached_property
    def _client(self) -> Any:
        from mlflow import MlflowClient

        _require_answer(self._url)
        address = self._url.render_as_string(hide_password=False)
        client = MlflowClient(tracking_uri=address, registry_uri=address)
        if not client.search_registered_models(f"name = '{self._name}'"):
            client.create_registered_model(
                self._name, description="Forecasts of every account of the utility."
            )
        return client

    def _run(self, record: FleetRecord) -> Any:
        """The training's MLflow run; one that an interrupted save left behind is used again."""
        experiment = self._client.get_experiment_by_name(self._name)
        if experiment is None:
            place = self._artefacts.resolve().as_uri()
            identity = self._client.create_experiment(self._name, artifact_location=place)
        else:
            identity = experiment.experiment_id
        left = self._client.search_runs([identity], f"tags.`{_RUN_TAG}` = '{record.run_id}'", max_results=1)
        if left:
            return left[0]
        return self._client.create_run(
            identity,
            start_time=_milliseconds(record.started_at),
            tags={_RUN_TAG: record.run_id},
            run_name=record.run_id,
        )

    def _log(self, run: str, record: FleetRecord, tags: Mapping[str, str]) -> None:
        from mlflow.entities import Metric, Param, RunTag

        at = _milliseconds(record.finished_at)
        self._client.log_batch(
            run,
            metrics=[Metric(name, value, at, 0) for name, value in record.metrics.items()],
            params=[Param(name, value) for name, value in record.settings.items()],
            tags=[RunTag(name, value) for name, value in tags.items()],
        )

    def _upload(self, run: str, files: Mapping[str, bytes]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder) / self._layout.file_of(name)
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
            if self._loader:
                described = Path(folder) / self._layout.main / "MLmodel"
                described.write_text(self._model_file(run), encoding="utf-8")
            self._client.log_artifacts(run, folder)

    def _model_file(self, run: str) -> str:
        """What lets any MLflow user write `mlflow.pyfunc.load_model("models:/NAME@champion")`."""
        return (
            f"flavors:\n  python_function:\n    loader_module: {self._loader}\n"
            f"run_id: {run}\nartifact_path: {self._layout.main}\n"
        )

    @contextmanager
    def _asking(self, what: Text) -> Iterator[None]:
        """Calls to MLflow: quiet, and what fails is one error with a remedy."""
        with _quiet():
            mlflow = _library()
            try:
                yield
            except (mlflow.exceptions.MlflowException, SQLAlchemyError, OSError) as error:
                reason = str(error).strip().splitlines()[0]
                raise RegistryUnreachable(
                    Text(
                        "El registro de modelos {registry} no pudo {what}: {said}",
                        "The registry {registry} did not {what}: {said}",
                    ),
                    remedy=Text(
                        "El almacén tiene todo lo que está en uso. Revise registry.url en amuna.toml, y luego: amuna models sync",
                        "The store has everything that serves. Check registry.url in amuna.toml, then: amuna models sync",
                    ),
                    registry=self._url.render_as_string(hide_password=True),
                    what=what,
                    said=reason,
                ) from error


def _library() -> Any:
    """MLflow, told to be quiet and to call nobody."""
    os.environ.update({name: value for name, value in _QUIET.items() if name not in os.environ})
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        import mlflow
    except ImportError as error:
        raise MissingExtra("MLflow", extra="mlflow") from error
    return mlflow


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        # MLflow 3.17 maps its tables with an option that SQLAlchemy 2.1 has deprecated; nothing here depends on it.
        warnings.filterwarnings("ignore", message="The ``noload`` loader", category=SADeprecationWarning)
        yield


def _require_answer(url: sa.URL) -> None:
    """Fail within seconds where the database is away: MLflow itself tries for minutes."""
    patience = {"connect_timeout": _CONNECT_S} if url.get_backend_name() == "postgresql" else {}
    engine = sa.create_engine(url, connect_args=patience, poolclass=sa.NullPool)
    sa.inspect(engine).get_table_names()


def _parsed(url: str, folder: Path) -> sa.URL:
    try:
        parsed = sa.make_url(_VARIABLE.sub(_from_environment, url))
    except ArgumentError:
        parsed = sa.URL.create("unknown")
    if parsed.get_backend_name() not in _DRIVERS:
        raise UnknownSetting(
            Text(
                "El ajuste registry.url no es una dirección de SQLite ni de PostgreSQL.",
                "Setting registry.url is no address of SQLite or PostgreSQL.",
            ),
            remedy=Text(
                'Escriba "sqlite:///mlflow.db" o "postgresql://USUARIO:${{CLAVE}}@SERVIDOR/BASE" en amuna.toml.',
                'Write "sqlite:///mlflow.db" or "postgresql://USER:${{PASSWORD}}@HOST/DATABASE" in amuna.toml.',
            ),
            setting="registry.url",
        )
    if parsed.get_backend_name() == "sqlite":
        parsed = parsed.set(database=str((folder / (parsed.database or "mlflow.db")).resolve()))
    return parsed.set(drivername=_DRIVERS[parsed.get_backend_name()])


def _from_environment(match: re.Match[str]) -> str:
    if match[1] not in os.environ:
        raise UnknownSetting(
            Text(
                "El ajuste {setting} necesita la variable de entorno {variable}, que no está definida.",
                "Setting {setting} needs the environment variable {variable}, which is not set.",
            ),
            remedy=Text(
                "Defínala antes del comando: export {variable}=…",
                "Set it before the command: export {variable}=…",
            ),
            setting="registry.url",
            variable=match[1],
        )
    return quote(os.environ[match[1]], safe="")


def _version(row: Any, aliases: Mapping[str, int]) -> FleetVersion:
    number = int(row.version)
    return FleetVersion(
        number=number,
        run_id=row.tags[_RUN_TAG],
        aliases=tuple(sorted(alias for alias, named in aliases.items() if int(named) == number)),
        digests={
            name.removeprefix(_DIGEST_TAG): value
            for name, value in row.tags.items()
            if name.startswith(_DIGEST_TAG)
        },
        facts={
            name: value
            for name, value in row.tags.items()
            if name != _RUN_TAG and not name.startswith(_DIGEST_TAG)
        },
    )


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
