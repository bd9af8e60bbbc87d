"""One section of amuna.toml holds what the columns mean and where they come from; no password is in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from amuna.domain.errors import UnknownSetting
from amuna.feeds.feed_map import feed_map_from_settings
from amuna.feeds.source_settings import scheme_of, source_settings, split_section


@dataclass(frozen=True)
class _Source:
    source: str = field(default="", repr=False)
    query: str = ""
    timeout_s: float = 5.0
    rows: int = field(default=10, metadata={"least": 1})


def _settings(environment: dict[str, str] | None = None, **keys: object) -> _Source:
    return source_settings(split_section(keys, name="billing"), _Source, environment=environment or {})


def test_a_section_is_parted() -> None:
    section = split_section(
        {"account": "a", "time": "t", "value": "v", "source": "sqlite://", "rows": 3}, name="billing"
    )

    assert feed_map_from_settings(section.columns, name=section.name).value == "v"
    assert source_settings(section, _Source, environment={}) == _Source("sqlite://", rows=3)


def test_a_whole_number_is_a_number() -> None:
    found = _settings(timeout_s=3).timeout_s

    assert (found, type(found)) == (3.0, float)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"quer": "SELECT 1"}, r"\[feeds.billing\] has no setting 'quer'; the nearest is 'query'"),
        ({"acount": "x"}, r"no setting 'acount'; the nearest is 'account'"),
        ({"rows": "many"}, r"rows: found 'many', expected a whole number"),
        ({"rows": True}, r"rows: found True, expected a whole number"),
        ({"rows": 0}, r"rows: found 0, expected 1 or more"),
        ({"source": "x://${AMUNA_NOT_SET}"}, r"source needs the environment variable AMUNA_NOT_SET.*export"),
    ],
)
def test_what_cannot_be_is_named(keys: dict[str, object], message: str) -> None:
    with pytest.raises(UnknownSetting, match=message):
        _settings(**keys)


def test_a_password_of_any_characters_survives_the_url() -> None:
    environment = {"USER_NAME": "dom\\ana", "PASSWORD": "p@ss/w:rd?#%20é", "HOST": "db.example:1433"}

    found = _settings(environment, source="mssql+pyodbc://${USER_NAME}:${PASSWORD}@${HOST}/billing")

    url = sa.make_url(found.source)
    assert (url.username, url.password) == (environment["USER_NAME"], environment["PASSWORD"])
    assert (url.host, url.port, url.database) == ("db.example", 1433, "billing")


def test_an_option_and_a_whole_url_come_from_the_environment_too() -> None:
    url = sa.make_url(_settings({"P": "a&b=c"}, source="postgresql://h/d?password=${P}").source)

    assert url.query == {"password": "a&b=c"}
    assert _settings({"URL": "kafka://h:1/t"}, source="${URL}").source == "kafka://h:1/t"


def test_no_repr_shows_the_source() -> None:
    assert "s3creto" not in repr(_settings({"P": "s3creto"}, source="x://u:${P}@h"))


def test_schemes() -> None:
    urls = ("mssql+pyodbc://h/d", "kafka://h:1/t", "meters.csv", "", None)

    assert [scheme_of(url) for url in urls] == ["mssql", "kafka", "", "", ""]
