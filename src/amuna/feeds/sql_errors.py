"""What a database's driver says, as a transient or a permanent error, without the password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from amuna.domain.errors import AmunaError, SourceUnreadable, TransientError
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
            f"{name}: the database does not answer ({said}).",
            remedy="Try again; what was committed stays. If it stays so, check host, port and load.",
            file=name,
        )
    return SourceUnreadable(
        f"{name}: the database refused the query ({said}).", remedy=_remedy(words, url), file=name
    )


def _passes(cause: BaseException) -> bool:
    """By SQLSTATE, or by the number that MySQL's drivers give first."""
    first = cause.args[0] if cause.args else None
    state = getattr(cause, "sqlstate", None) or (first if isinstance(first, str) and len(first) == 5 else "")
    return first in _PASSING_CODES or str(state).startswith(_PASSING_STATES)


def _remedy(words: str, url: sa.URL) -> str:
    if any(sign in words for sign in _NO_ODBC_DRIVER):
        driver = url.query.get("driver", "")
        return (
            f"Install the ODBC driver '{driver}' of Microsoft, or set odbc_driver to one that is installed "
            "(odbcinst -q -d lists them), or write mssql+mssqlpython://, which brings its own."
        )
    if "certificate" in words or "ssl provider" in words:
        return "Install the server's certificate, or add ?TrustServerCertificate=yes to the URL inside a network you trust."
    if any(sign in words for sign in _ACCESS_WORDS):
        return f"Check user and password of {shown(url)}, and that the server lets this machine in."
    if re.search(r"order by.*(invalid|subquer)", words):
        return "Leave ORDER BY out of the query: Amuna sorts by the watermark itself."
    return "Check the query, the URL and the rights of the user under [feeds.NAME] in amuna.toml."
