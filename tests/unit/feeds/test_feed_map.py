"""A feed map is read from settings or recognised; a wrong setting is named with the right one."""

from __future__ import annotations

import pytest

from amuna.domain.errors import ColumnMismatch, UnknownSetting, UnknownTimeZone, UnknownUnit
from amuna.domain.units import Unit
from amuna.feeds.feed_map import feed_map_from_settings, recognise, require_recognised

_NAMES = {"account": "suministro", "time": "fecha", "value": "consumo"}


def test_settings_become_a_feed_map() -> None:
    feed_map = feed_map_from_settings({**_NAMES, "unit": "litros", "time_zone": "America/Lima"})

    assert (feed_map.unit, feed_map.time_zone, feed_map.kind) == (Unit.LITRE, "America/Lima", "consumption")


def test_the_issue_columns_are_recognised_in_litres() -> None:
    feed_map = recognise(["ConsumptionDate", "AccountOID", "Consumption", "n_readings", "RecordedAt"])

    assert feed_map is not None
    assert (feed_map.account, feed_map.time, feed_map.value) == (
        "AccountOID",
        "ConsumptionDate",
        "Consumption",
    )
    assert (feed_map.unit, feed_map.readings_count, feed_map.recorded) == (
        Unit.LITRE,
        "n_readings",
        "RecordedAt",
    )


@pytest.mark.parametrize(
    ("columns", "kind", "unit"),
    [
        (["fecha", "suministro", "consumo_m3"], "consumption", Unit.CUBIC_METRE),
        (["Fecha ", "SUMINISTRO", "lectura_m3"], "register", Unit.CUBIC_METRE),
        (["date", "account_id", "consumption_m3"], "consumption", Unit.CUBIC_METRE),
        (["user_key", "datetime", "meter_reading"], "register", Unit.LITRE),
    ],
)
def test_other_spellings_are_recognised(columns: list[str], kind: str, unit: Unit) -> None:
    feed_map = recognise(columns)

    assert feed_map is not None
    assert (feed_map.kind, feed_map.unit) == (kind, unit)
    assert set(feed_map.columns().values()) <= set(columns)


def test_the_caller_overrides_unit_and_zone() -> None:
    feed_map = recognise(
        ["ConsumptionDate", "AccountOID", "Consumption"], unit="m3", time_zone="America/Lima"
    )

    assert feed_map is not None
    assert (feed_map.unit, feed_map.time_zone) == (Unit.CUBIC_METRE, "America/Lima")


def test_unrecognised_columns_name_the_settings_to_write() -> None:
    with pytest.raises(ColumnMismatch, match=r"out\.csv, row 1.*foo, bar.*account = .*time = .*value = "):
        require_recognised(["foo", "bar"], source="out.csv")


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({**_NAMES, "tiem_zone": "UTC"}, UnknownSetting, r"\[feeds\.X\].*'tiem_zone'.*'time_zone'"),
        ({**_NAMES, "unit": "barrel"}, UnknownUnit, r"'barrel'.*unit = \"L\""),
        ({**_NAMES, "unit": "L/s"}, UnknownUnit, r"L/s.*unit = \"L\""),
        ({**_NAMES, "time_zone": "Peru/Lima"}, UnknownTimeZone, r"'Peru/Lima'.*time_zone = \"America/Lima\""),
        ({**_NAMES, "kind": "dial"}, UnknownSetting, r"'dial'.*consumption.*register"),
        ({**_NAMES, "decimal": ";"}, UnknownSetting, r"decimal: found ';'"),
        ({**_NAMES, "delimiter": "::"}, UnknownSetting, r"delimiter: found '::'"),
        ({**_NAMES, "encoding": "utf-9"}, UnknownSetting, r"encoding: found 'utf-9'"),
        ({**_NAMES, "min_readings": True}, UnknownSetting, r"min_readings: found True"),
        ({**_NAMES, "value": 3}, UnknownSetting, r"value: found 3"),
        ({"account": "a", "time": "t"}, UnknownSetting, r"column holds the value.*value = \"COLUMN\""),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(
    settings: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        feed_map_from_settings(settings, name="X")


def test_accounts_need_only_the_account() -> None:
    assert feed_map_from_settings({"account": "id", "kind": "accounts"}).columns() == {"account": "id"}
