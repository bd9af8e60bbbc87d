"""SqlSource: where a SQL feed comes from, and the engine that reaches it within a time."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from amuna.domain.errors import MissingExtra, SourceUnreadable, UnknownSetting
from amuna.domain.text import Text
from amuna.feeds.source_settings import scheme_of

_WEB = ("http", "https", "ftp", "sftp")
_EXTRAS: dict[str, tuple[Text | str, str]] = {
    "postgresql": ("psycopg", "postgres"),
    "mysql": ("PyMySQL", "mysql"),
    "mariadb": ("PyMySQL", "mysql"),
    "mssql": (Text("El controlador de SQL Server", "The SQL Server driver"), "sqlserver"),
}
_BOTH = Text(
    "Un origen de base de datos necesita una consulta (query) o una tabla (table); están las dos.",
    "A database feed needs a query or a table; there is both.",
)
_NEITHER = Text(
    "Un origen de base de datos necesita una consulta (query) o una tabla (table); no está ninguna.",
    "A database feed needs a query or a table; there is neither.",
)
_TIMEOUT_ARGUMENTS = {
    "psycopg": "connect_timeout",
    "psycopg2": "connect_timeout",
    "pymysql": "connect_timeout",
    "mysqldb": "connect_timeout",
    "mariadbconnector": "connect_timeout",
    "mysqlconnector": "connection_timeout",
    "oracledb": "tcp_connect_timeout",
    "pyodbc": "timeout",
    "mssqlpython": "timeout",
}
_SECRET = re.compile(r"(?i)pass|pwd|secret|token|key|odbc_connect")
_ODBC_SECRET = re.compile(r"(?i)(?:pwd|password)=(\{(?:[^}]|\}\})*\}|[^;]*)")


@dataclass(frozen=True)
class SqlSource:
    """Keys of a section `[feeds.NAME]` whose source is a database.

    Parameters
    ----------
    source
        SQLAlchemy URL; `${NAME}` in it is filled from the environment.
    query
        One SELECT without ORDER BY; or else `table`.
    table
        Table or view, `schema.name` where it needs a schema.
    watermark
        Column that rises as rows are added or corrected; without it, the feed map's `recorded`, else its `time`.
    look_back_days
        Where the watermark is the `time` column, every increment reads the last days again [days].
    overlap_minutes
        Where the watermark is an instant, every increment reads the last minutes again, for rows whose transaction
        was committed after later ones [minutes].
    connect_timeout_s
        Longest wait for the database to answer a connection [s].
    chunk_rows
        Most rows in a batch.
    odbc_driver
        Driver of `mssql+pyodbc` URLs that name none.
    """

    source: str = field(default="", repr=False)
    query: str = ""
    table: str = ""
    watermark: str = ""
    look_back_days: int = field(default=7, metadata={"least": 0})
    overlap_minutes: float = field(default=10.0, metadata={"least": 0})
    connect_timeout_s: float = field(default=5.0, metadata={"least": 1})
    chunk_rows: int = field(default=500_000, metadata={"least": 1})
    odbc_driver: str = "ODBC Driver 17 for SQL Server"

    def __post_init__(self) -> None:
        if scheme_of(self.source) in _WEB:
            raise SourceUnreadable(
                Text(
                    "Un origen es un archivo, una carpeta, una base de datos, un tema de Kafka o un tema MQTT; una dirección web no es ninguno de ellos.",
                    "A source is a file, a folder, a database, a Kafka topic or an MQTT topic; a web address is none of them.",
                ),
                remedy=Text(
                    "Descargue el archivo en una carpeta y nombre la carpeta en source: docs/feeds.md.",
                    "Download the file into a folder, and name the folder as source: docs/feeds.md.",
                ),
            )
        if bool(self.query) == bool(self.table):
            raise UnknownSetting(
                _BOTH if self.query else _NEITHER,
                remedy=Text(
                    'Escriba query = "SELECT …" o table = "esquema.nombre" bajo [feeds.NOMBRE] en amuna.toml, '
                    "o --query junto a la URL.",
                    'Write query = "SELECT …" or table = "schema.name" under [feeds.NAME] in amuna.toml, '
                    "or --query beside the URL.",
                ),
                setting="query",
            )


def url_of(source: SqlSource) -> sa.URL:
    """The URL, with the ODBC driver where it needs one and names none.

    Raises
    ------
    SourceUnreadable, MissingExtra
        If it is no URL, or its driver is not installed.
    """
    try:
        url = sa.make_url(source.source)
    except (ArgumentError, ValueError):
        raise SourceUnreadable(
            Text("El origen no es una URL de SQLAlchemy.", "The source is no SQLAlchemy URL."),
            remedy=Text(
                "Escríbala como postgresql+psycopg://USUARIO:${{PASSWORD}}@SERVIDOR/BASE o sqlite:///ARCHIVO.",
                "Write it as postgresql+psycopg://USER:${{PASSWORD}}@HOST/DATABASE or sqlite:///FILE.",
            ),
        ) from None
    _require_driver(url)
    odbc = url.get_backend_name() == "mssql" and url.get_driver_name() == "pyodbc"
    if odbc and url.database and not {"driver", "DRIVER", "Driver", "odbc_connect"} & set(url.query):
        return url.update_query_dict({"driver": source.odbc_driver})
    return url


def open_engine(url: sa.URL, *, timeout_s: float) -> sa.Engine:
    """An engine that keeps no connection open, and gives up connecting after a time [s]."""
    driver, seconds = url.get_driver_name(), math.ceil(timeout_s)
    argument = _TIMEOUT_ARGUMENTS.get(driver)
    arguments = {argument: seconds} if argument else {}
    if driver == "pymysql":
        arguments["read_timeout"] = seconds
    engine = sa.create_engine(url, poolclass=NullPool, connect_args=arguments)
    if driver == "pymysql":
        sa.event.listen(engine, "connect", _wait_for_rows)
    return engine


def _wait_for_rows(connection: Any, _: object) -> None:
    """PyMySQL greets a server within its read timeout only, which must not end a long query."""
    connection._read_timeout = None  # noqa: SLF001 (it has no public name)


def feed_name(url: sa.URL, *, statement: str) -> str:
    """The address without password and options, and a digest of what is read from it."""
    options = sorted((key, str(value)) for key, value in url.query.items() if not _SECRET.search(key))
    odbc = _ODBC_SECRET.sub("", str(url.query.get("odbc_connect", "")))
    digest = hashlib.sha256(f"{statement}\n{options}\n{odbc}".encode()).hexdigest()[:8]
    return f"{shown(url)}#{digest}"


def shown(url: sa.URL) -> str:
    """The address without password and options."""
    bare = sa.URL.create(url.drivername, url.username, None, url.host, url.port, url.database)
    return bare.render_as_string()


def redacted(text: str, url: sa.URL) -> str:
    """A driver's message without the secrets of the URL, however they are spelled in it."""
    secrets = [str(url.password)] if url.password else []
    for key, value in url.query.items():
        if key == "odbc_connect":
            secrets += _ODBC_SECRET.findall(str(value))
        elif _SECRET.search(key):
            secrets += [value] if isinstance(value, str) else list(value)
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for spelling in {secret, quote(secret, safe=""), quote(secret)}:
            text = text.replace(spelling, "***")
    return text


def _require_driver(url: sa.URL) -> None:
    try:
        url.get_dialect().import_dbapi()
    except NoSuchModuleError as error:
        raise SourceUnreadable(
            Text(
                "{file}: SQLAlchemy no tiene un controlador con ese nombre ({cause}).",
                "{file}: SQLAlchemy has no driver of that name ({cause}).",
            ),
            remedy=Text(
                "Escriba por ejemplo postgresql+psycopg://, mariadb+pymysql://, mssql+pyodbc:// o "
                "mssql+mssqlpython://, o instale con pip install el dialecto que nombra la URL.",
                "Write for example postgresql+psycopg://, mariadb+pymysql://, mssql+pyodbc:// or "
                "mssql+mssqlpython://, or install the dialect named in the URL with pip install.",
            ),
            file=shown(url),
            cause=str(error),
        ) from None
    except ImportError as error:
        if "libodbc" in str(error):
            raise SourceUnreadable(
                Text(
                    "{file}: pyodbc no encuentra un administrador de controladores ODBC ({cause}).",
                    "{file}: pyodbc finds no ODBC driver manager ({cause}).",
                ),
                remedy=Text(
                    "Instale el paquete unixodbc del sistema (apt install unixodbc, brew install unixodbc), "
                    "o escriba mssql+mssqlpython://, que no lo necesita.",
                    "Install the system package unixodbc (apt install unixodbc, brew install unixodbc), "
                    "or write mssql+mssqlpython://, which needs none.",
                ),
                file=shown(url),
                cause=str(error),
            ) from None
        backend = url.get_backend_name()
        if backend in _EXTRAS:
            library, extra = _EXTRAS[backend]
            raise MissingExtra(error.name or library, extra=extra) from None
        raise SourceUnreadable(
            Text(
                "{file}: no hay instalado un controlador para ella ({cause}).",
                "{file}: no driver for it is installed ({cause}).",
            ),
            remedy=Text(
                "Instale con pip install el controlador que nombra la URL.",
                "Install the driver named in the URL with pip install.",
            ),
            file=shown(url),
            cause=str(error),
        ) from None
