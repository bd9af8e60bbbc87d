"""What a database's driver says, as a transient or a permanent error, without the password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from amuna.domain.errors import AmunaError, SourceUnreadable, TransientError
from amuna.domain.text import Text
from amuna.feeds.sql_source import redacted, shown

_PASSING_STATES = ("08", "53", "57P", "40001", "40P01", "55P03", "HYT00", "HYT01")
_PASSING_CODES = {1040, 1053, 1203, 1205, 1213, 1927, 2002, 2003, 2006, 2013, 2055}
_PASSING_WORDS = (
    "locked",
    "timeout",
    "timed out",
    "refused",
    "could not connect",
    "can't connect",
    "unable to establish connection",
    "communication link failure",
    "could not translate host name",
    "failed to resolve host",
    "no route to host",
    "closed the connection",
    "closed unexpectedly",
    "connection is lost",
    "gone away",
    "lost connection",
    "connection reset",
    "broken pipe",
    "eof detected",
    "terminating connection",
    "starting up",
    "shutting down",
    "recovery mode",
    "too many connections",
    "too many clients",
    "deadlock",
)
_NO_ODBC_DRIVER = ("can't open lib", "data source name not found")
_ACCESS_REFUSED = Text(
    "{address}: la base de datos no permite el acceso ({cause}).",
    "{address}: the database refused access ({cause}).",
)
_QUERY_REFUSED = Text(
    "{address}: la base de datos rechazó la consulta ({cause}).",
    "{address}: the database refused the query ({cause}).",
)
_INSTALL_DRIVER = Text(
    "Instale el controlador ODBC '{driver}' de Microsoft, o indique en odbc_driver uno que esté instalado "
    "(odbcinst -q -d los muestra), o escriba mssql+mssqlpython://, que trae el suyo.",
    "Install the ODBC driver '{driver}' of Microsoft, or set odbc_driver to one that is installed "
    "(odbcinst -q -d lists them), or write mssql+mssqlpython://, which brings its own.",
)
_TRUST_SERVER = Text(
    "Instale el certificado del servidor, o agregue ?TrustServerCertificate=yes a la URL en una red de su confianza.",
    "Install the server's certificate, or add ?TrustServerCertificate=yes to the URL inside a network you trust.",
)
_CHECK_ACCESS = Text(
    "Revise el usuario y la contraseña de {address}, y que el servidor deje entrar a este equipo.",
    "Check user and password of {address}, and that the server lets this machine in.",
)
_NO_ORDER = Text(
    "Quite ORDER BY de la consulta: Amuna ordena por sí misma según la marca de avance.",
    "Leave ORDER BY out of the query: Amuna sorts by the watermark itself.",
)
_CHECK_QUERY = Text(
    "Revise la consulta, la URL y los permisos del usuario bajo [feeds.NOMBRE] en amuna.toml.",
    "Check the query, the URL and the rights of the user under [feeds.NAME] in amuna.toml.",
)
_ACCESS_WORDS = ("login failed", "authentication failed", "access denied", "certificate", "ssl provider")


@contextmanager
def translated(url: sa.URL, *, name: str) -> Iterator[None]:
    """Turn what SQLAlchemy raises into errors of Amuna's own."""
    try:
        yield
    except SQLAlchemyError as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        raise translate(cause, url, name=name, lost=lost) from None


def translate(cause: BaseException, url: sa.URL, *, name: str, lost: bool = False) -> AmunaError:
    """Transient where the database may answer later, permanent where the query or the access is wrong.

    Parameters
    ----------
    cause
        What the driver raised.
    url, name
        Address with its secrets, and name of the feed.
    lost
        Whether the driver says that the connection is gone.
    """
    said = " ".join(redacted(str(cause), url).split())
    words = " ".join(str(cause).split()).lower()
    refused = any(sign in words for sign in (*_ACCESS_WORDS, *_NO_ODBC_DRIVER))
    if not refused and (lost or _passes(cause) or any(sign in words for sign in _PASSING_WORDS)):
        return TransientError(
            Text(
                "{address}: la base de datos no responde ({cause}).",
                "{address}: the database does not answer ({cause}).",
            ),
            remedy=Text(
                "Intente de nuevo; lo ya guardado se conserva. Si sigue igual, revise el servidor, el puerto y la carga.",
                "Try again; what was committed stays. If it stays so, check host, port and load.",
            ),
            file=name,
            address=shown(url),
            cause=said,
        )
    return SourceUnreadable(
        _ACCESS_REFUSED if any(sign in words for sign in _ACCESS_WORDS) else _QUERY_REFUSED,
        remedy=_remedy(words),
        file=name,
        cause=said,
        address=shown(url),
        driver=url.query.get("driver", ""),
    )


def _passes(cause: BaseException) -> bool:
    """By SQLSTATE, or by the number that MySQL's drivers give first."""
    first = cause.args[0] if cause.args else None
    state = getattr(cause, "sqlstate", None) or (first if isinstance(first, str) and len(first) == 5 else "")
    return first in _PASSING_CODES or str(state).startswith(_PASSING_STATES)


def _remedy(words: str) -> Text:
    if any(sign in words for sign in _NO_ODBC_DRIVER):
        return _INSTALL_DRIVER
    if "certificate" in words or "ssl provider" in words:
        return _TRUST_SERVER
    if any(sign in words for sign in _ACCESS_WORDS):
        return _CHECK_ACCESS
    return _NO_ORDER if re.search(r"order by.*(invalid|subquer)", words) else _CHECK_QUERY
