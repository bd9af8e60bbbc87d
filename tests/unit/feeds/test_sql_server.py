"""SQL Server without one: what it is asked, how it is reached, and what is said when it is not there."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql

from amuna.domain.errors import MissingExtra, SourceUnreadable, TransientError
from amuna.feeds.feed_map import FeedMap
from amuna.feeds.sql import SqlFeed
from amuna.feeds.sql_errors import translate
from amuna.feeds.sql_increment import Increments
from amuna.feeds.sql_source import SqlSource, open_engine, redacted, url_of

_PYODBC = "mssql+pyodbc://lector:p%40ss%3Bw%7Drd@srv:1444/Facturacion"
_NATIVE = "mssql+mssqlpython://lector:p%40ss%3Bw%7Drd@srv:1444/Facturacion"
_MAP = FeedMap("suministro", "fecha", "consumo", recorded="registrado")
_SECRET = "p@ss;w}rd"


def _asked(
    source: SqlSource, since: str | None, *, column: str = "Registrado En", by_time: bool = False
) -> sa.Compiled:
    statement = Increments(source, column, by_time, "mssql").statement(since)
    return statement.compile(dialect=mssql.dialect())


def _words(compiled: sa.Compiled) -> str:
    return " ".join(str(compiled).split())


def _argument(url: str, **source: object) -> str:
    parsed = url_of(SqlSource(url, "SELECT 1", **source))  # type: ignore[arg-type]
    (argument,), _ = parsed.get_dialect()().create_connect_args(parsed)
    return str(argument)


def test_the_order_is_outside_the_subquery_and_names_are_in_brackets() -> None:
    asked = _asked(
        SqlSource("", "SELECT TOP 5 * FROM dbo.[Lecturas Dia];"), '["datetime", "2024-01-02T03:04:05"]'
    )

    assert _words(asked) == (
        "SELECT * FROM (SELECT TOP 5 * FROM dbo.[Lecturas Dia]) AS feed "
        "WHERE [Registrado En] >= :since ORDER BY [Registrado En]"
    )


def test_a_table_of_another_database_and_schema() -> None:
    asked = _asked(SqlSource("", table="Facturacion.dbo.Lecturas Dia"), None)

    assert _words(asked) == "SELECT * FROM [Facturacion].dbo.[Lecturas Dia] ORDER BY [Registrado En]"


@pytest.mark.parametrize("overlap", [0.0, 10.0])
def test_an_instant_is_asked_from_before_its_rounding(overlap: float) -> None:
    """A `datetime` of SQL Server is a 300th of a second, told in milliseconds: .0066667 is read as .007."""
    asked = _asked(
        SqlSource("", "SELECT 1", overlap_minutes=overlap), '["datetime", "2024-01-02T03:04:05.007000"]'
    )

    read, since = datetime(2024, 1, 2, 3, 4, 5, 7000), asked.params["since"]  # noqa: DTZ001
    assert since <= read - timedelta(milliseconds=1)
    assert since >= read - timedelta(minutes=overlap, milliseconds=4)


def test_an_instant_with_a_zone_keeps_it() -> None:
    moment = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    statement = Increments(SqlSource("", "SELECT 1"), "r", False, "mssql").statement(
        f'["datetime", "{moment.isoformat()}"]'
    )
    dialect = sa.make_url(_PYODBC).get_dialect()()
    compiled = statement.compile(dialect=dialect)
    (bound,) = compiled.binds.values()

    sent = bound.type.dialect_impl(dialect).bind_processor(dialect)(bound.value)

    assert str(sent).startswith("2024-01-02 02:54:05")
    assert str(sent).endswith("+00:00")


def test_a_rowversion_is_a_watermark() -> None:
    asked = _asked(
        SqlSource("", "SELECT 1", watermark="version"), '["bytes", "00000000000007d1"]', column="version"
    )

    assert asked.params == {"since": b"\x00\x00\x00\x00\x00\x00\x07\xd1"}


@pytest.mark.parametrize("query", ["SELECT a FROM t ORDER BY a", "WITH x AS (SELECT 1 a) SELECT a FROM x;"])
def test_a_query_that_is_no_subquery_is_refused_before_it_is_sent(query: str) -> None:
    with pytest.raises(SourceUnreadable, match="Leave ORDER BY out, put a WITH into a view"):
        _asked(SqlSource("", query), None)
    inside = "SELECT a, ROW_NUMBER() OVER (ORDER BY a) AS n FROM t"
    assert inside in _words(_asked(SqlSource("", inside), None))


def test_the_connection_string_of_odbc() -> None:
    said = _argument(f"{_PYODBC}?Encrypt=yes&TrustServerCertificate=yes&ApplicationIntent=ReadOnly")

    assert said.startswith(
        "DRIVER={ODBC Driver 17 for SQL Server};Server=srv,1444;Database=Facturacion;UID=lector;"
    )
    assert "PWD={p@ss;w}}rd};" in said
    for option in ("Encrypt=yes", "TrustServerCertificate=yes", "ApplicationIntent=ReadOnly"):
        assert option in said


def test_the_driver_is_a_setting_and_the_url_wins() -> None:
    newer = "ODBC Driver 18 for SQL Server"

    assert f"DRIVER={{{newer}}}" in _argument(_PYODBC, odbc_driver=newer)
    assert "DRIVER={FreeTDS}" in _argument(f"{_PYODBC}?driver=FreeTDS", odbc_driver=newer)
    assert "DRIVER" not in _argument(_NATIVE)
    assert "Server=srv,1444;Database=Facturacion;UID=lector;PWD={p@ss;w}}rd}" in _argument(_NATIVE)


def test_windows_login_has_no_user() -> None:
    assert "Trusted_Connection=Yes" in _argument("mssql+pyodbc://srv/Facturacion")


@pytest.mark.parametrize("url", [_PYODBC, _NATIVE])
def test_names_and_messages_hide_the_password(url: str) -> None:
    feed = SqlFeed(SqlSource(url, "SELECT 1"), _MAP)

    assert feed.name.startswith(url.split("://", maxsplit=1)[0] + "://lector@srv:1444/Facturacion#")
    said = redacted(f"UID=lector;PWD={_SECRET} p%40ss%3Bw%7Drd", sa.make_url(url))
    assert said == "UID=lector;PWD=*** ***"


def test_a_whole_odbc_string_hides_its_password_too() -> None:
    url = (
        "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BSERVER%3Dsrv%3BUID%3Dana%3BPWD%3Ds3creto%3BEncrypt%3Dyes"
    )
    other = url.replace("s3creto", "nuevo")

    assert "s3creto" not in SqlFeed(SqlSource(url, "SELECT 1"), _MAP).name
    assert SqlFeed(SqlSource(url, "SELECT 1"), _MAP).name == SqlFeed(SqlSource(other, "SELECT 1"), _MAP).name
    assert redacted("PWD=s3creto", sa.make_url(url)) == "PWD=***"


def test_a_password_of_one_letter_does_not_hide_what_went_wrong() -> None:
    cause = Exception(
        "01000", "Can't open lib 'ODBC Driver 17 for SQL Server': file not found (SQLDriverConnect)"
    )
    found = translate(cause, sa.make_url("mssql+pyodbc://ana:p@host/db?driver=X"), name="billing")
    assert isinstance(found, SourceUnreadable)
    assert "Install the ODBC driver" in found.remedy.en


def test_a_closed_port_is_transient_within_the_time() -> None:
    """The driver is genuine: it ships with mssql-python."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = sa.make_url(_NATIVE).set(host="127.0.0.1", port=closed.getsockname()[1])
        source = SqlSource(url.render_as_string(hide_password=False), "SELECT 1", connect_timeout_s=2.0)
        started = time.monotonic()
        with pytest.raises(TransientError, match="does not answer") as caught:
            next(SqlFeed(source, _MAP).batches(None))

    assert time.monotonic() - started < 8
    assert _SECRET not in str(caught.value)


def test_an_odbc_driver_that_is_not_installed_is_named() -> None:
    pytest.importorskip("pyodbc", reason="needs the system package unixodbc")
    source = SqlSource(_PYODBC, "SELECT 1", odbc_driver="No Such Driver 99")

    with pytest.raises(
        SourceUnreadable, match=r"No Such Driver 99.*odbc_driver.*mssql\+mssqlpython"
    ) as caught:
        next(SqlFeed(source, _MAP).batches(None))

    assert _SECRET not in str(caught.value)


def test_both_drivers_get_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    for url, driver in ((_PYODBC, "pyodbc"), (_NATIVE, "mssql_python")):
        module, given = pytest.importorskip(driver), {}

        def connect(
            *words: object,
            given: dict[str, object] = given,
            error: type = module.OperationalError,
            **named: object,
        ) -> None:
            given.update(named)
            raise error("HYT00", "Login timeout expired")

        monkeypatch.setattr(module, "connect", connect)
        source = SqlSource(url, "SELECT 1", connect_timeout_s=2.5)
        with pytest.raises(TransientError, match="Login timeout expired"):
            next(SqlFeed(source, _MAP).batches(None))
        assert given["timeout"] == 3


@pytest.mark.parametrize(
    ("said", "kind", "remedy"),
    [
        ("Login failed for user 'lector'. (18456)", SourceUnreadable, "Check user and password"),
        (
            "SSL Provider: certificate verify failed; Client unable to establish connection",
            SourceUnreadable,
            "TrustServerCertificate",
        ),
        ("Invalid object name 'dbo.nada'.", SourceUnreadable, "Check the query"),
        ("The ORDER BY clause is invalid in views, subqueries", SourceUnreadable, "Leave ORDER BY out"),
        ("Transaction was deadlocked on lock resources", TransientError, "Try again"),
        ("Communication link failure", TransientError, "Try again"),
    ],
)
def test_what_the_server_says(
    said: str, kind: type[Exception], remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The texts are SQL Server's own, from its documentation; no server was there to say them."""
    import mssql_python

    def connect(*words: object, **named: object) -> None:
        raise mssql_python.OperationalError(said, said)

    monkeypatch.setattr(mssql_python, "connect", connect)
    with pytest.raises(kind, match=remedy):
        next(SqlFeed(SqlSource(_NATIVE, "SELECT 1"), _MAP).batches(None))


def test_pyodbc_without_the_driver_manager_names_the_system_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = "libodbc.so.2: cannot open shared object file: No such file or directory"
    (tmp_path / "pyodbc.py").write_text(f"raise ImportError({text!r})\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "pyodbc", raising=False)

    with pytest.raises(SourceUnreadable, match=r"libodbc\.so\.2.*apt install unixodbc.*mssqlpython"):
        SqlFeed(SqlSource(_PYODBC, "SELECT 1"), _MAP)


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mssql_python", None)

    with pytest.raises(MissingExtra, match=r"amuna\[sqlserver\]"):
        SqlFeed(SqlSource(_NATIVE, "SELECT 1"), replace(_MAP))


def test_an_engine_keeps_no_connection() -> None:
    engine = open_engine(url_of(SqlSource(_NATIVE, "SELECT 1")), timeout_s=1.0)

    assert isinstance(engine.pool, sa.NullPool)
