"""FeedMap: which column of a source means what, in which unit and time zone."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from amuna.domain.errors import ColumnMismatch, UnknownSetting
from amuna.domain.text import Text
from amuna.domain.units import Unit
from amuna.feeds.feed_values import Kind, checked, require_zone, unit_of

EVERY_COLUMN = "*"


@dataclass(frozen=True)
class FeedMap:
    """What the columns of a source mean.

    Parameters
    ----------
    account
        Column with the account; none for kinds `flow`, `weather` and `zones`.
    time
        Column with the local billing day (`consumption`), the instant of the reading (`register`) or the start of the
        hour (`flow`, `weather`).
    value
        Column with the volume of the day, the position of the dial or the mean inflow of the hour, in `unit`.
    kind
        `consumption` (a volume per day), `register` (a cumulative dial), `accounts`, `flow` (a zone's inflow by hour),
        `weather` (by hour), or `zones` (what they are).
    unit
        Unit of `value`: a volume, or for kind `flow` a flow.
    time_zone
        IANA zone of times that carry none, and of the billing day.
    recorded
        Column with the instant when the utility learned the row; without it, the moment of ingest.
    flag
        Column with the utility's own flag: ok, partial, estimated or reset.
    readings_count
        Column with the number of readings behind a day.
    min_readings
        Days with fewer readings than this are flagged partial.
    date_format
        strftime pattern of times written as text; without it, ISO and unambiguous local spellings.
    decimal
        Decimal mark of numbers written as text, `.` or `,`; without it, found from the data.
    delimiter, encoding
        Of CSV; without them, found from the file.
    sheet
        Of Excel; without it, the first.
    segment, zone, longitude, latitude
        Further columns of kind `accounts`; longitude and latitude in degrees. For kind `flow`, `zone` is the column with
        the zone, or `*` where each column but the time is a zone of its name.
    place, temperature, apparent_temperature, humidity, rain, wind
        Columns of kind `weather`: the station, if there are several, and what it measured [°C, °C, %, mm, km/h].
    name, zone_kind, parent, population, connections, area, geometry
        Columns of kind `zones`, beside `zone`: what people call it, dma, supply or source, the zone that feeds it, people,
        service connections, area [km²], and the outline as GeoJSON geometry; a GeoJSON file has its own.
    """

    account: str = ""
    time: str = ""
    value: str = ""
    kind: Kind = "consumption"
    unit: Unit = Unit.CUBIC_METRE
    time_zone: str = "UTC"
    recorded: str | None = None
    flag: str | None = None
    readings_count: str | None = None
    min_readings: int = 20
    date_format: str | None = None
    decimal: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    segment: str | None = None
    zone: str | None = None
    longitude: str | None = None
    latitude: str | None = None
    place: str | None = None
    temperature: str | None = None
    apparent_temperature: str | None = None
    humidity: str | None = None
    rain: str | None = None
    wind: str | None = None
    name: str | None = None
    zone_kind: str | None = None
    parent: str | None = None
    population: str | None = None
    connections: str | None = None
    area: str | None = None
    geometry: str | None = None

    def columns(self) -> dict[str, str]:
        """Setting name to the source column it names, for every column the source must have."""
        named = {role: getattr(self, role) for role in _COLUMN_ROLES}
        return {role: column for role, column in named.items() if column and column != EVERY_COLUMN}


_COLUMN_ROLES = (
    "account",
    "time",
    "value",
    "recorded",
    "flag",
    "readings_count",
    "segment",
    "zone",
    "longitude",
    "latitude",
    "place",
    "temperature",
    "apparent_temperature",
    "humidity",
    "rain",
    "wind",
    "name",
    "zone_kind",
    "parent",
    "population",
    "connections",
    "area",
    "geometry",
)


def feed_map_from_settings(settings: Mapping[str, object], *, name: str = "NAME") -> FeedMap:
    """Build the feed map of the section `[feeds.NAME]` of amuna.toml.

    Raises
    ------
    UnknownSetting
        If a key does not exist, a value cannot be taken, or `account`, `time` or `value` is absent.
    UnknownUnit, UnknownTimeZone
        If the unit or the zone does not exist.
    """
    section = f"[feeds.{name}]"
    for key in settings:
        _require_known(key, section=section)
    flow = settings.get("kind") == "flow"
    values = {key: checked(key, value, section=section, flow=flow) for key, value in settings.items()}
    kind = values.get("kind", "consumption")
    for key in _needed(str(kind), values):
        if not values.get(key):
            raise UnknownSetting(
                Text(
                    "{section} no dice qué columna contiene {role}.",
                    "{section} does not say which column holds the {role}.",
                ),
                remedy=Text(
                    'Agregue {setting} = "COLUMNA" bajo {section} en amuna.toml.',
                    'Add {setting} = "COLUMN" under {section} in amuna.toml.',
                ),
                section=section,
                setting=key,
                role=_NEEDED_ROLES[key],
            )
    return FeedMap(**values)  # type: ignore[arg-type]


_NEEDED_ROLES = {
    "account": Text("la cuenta", "account"),
    "time": Text("la fecha u hora", "time"),
    "value": Text("el valor", "value"),
    "zone": Text("la zona", "zone"),
    "temperature": Text("la temperatura", "temperature"),
}


def _needed(kind: str, values: Mapping[str, object]) -> tuple[str, ...]:
    if kind == "flow":
        return ("zone", "time") if values.get("zone") == EVERY_COLUMN else ("zone", "time", "value")
    if kind == "weather":
        return ("time", "temperature")
    if kind == "zones":
        return ("zone",)
    return ("account",) if kind == "accounts" else ("account", "time", "value")


def _require_known(key: str, *, section: str) -> None:
    known = [field.name for field in fields(FeedMap)]
    if key in known:
        return
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]
    raise UnknownSetting(
        Text(
            "{section} no tiene un ajuste '{setting}'; el más parecido es '{nearest}'.",
            "{section} has no setting '{setting}'; the nearest is '{nearest}'.",
        ),
        remedy=Text("Ajustes de un origen de datos: {known}.", "Settings of a feed: {known}."),
        section=section,
        setting=key,
        nearest=near,
        known=known,
    )


_RECOGNISED: tuple[FeedMap, ...] = (
    FeedMap("AccountOID", "ConsumptionDate", "Consumption", unit=Unit.LITRE, readings_count="n_readings"),
    FeedMap("suministro", "fecha", "consumo_m3"),
    FeedMap("suministro", "fecha", "lectura_m3", kind="register"),
    FeedMap("account_id", "date", "consumption_m3"),
    FeedMap("account_id", "day", "consumption_m3"),
    FeedMap("account_id", "observed_at", "reading_m3", kind="register"),
    FeedMap("user_key", "datetime", "meter_reading", kind="register", unit=Unit.LITRE),
)
_RECORDED_NAMES = ("RecordedAt", "recorded_at", "registrado_en")


def recognise(
    columns: Sequence[str], *, unit: str | None = None, time_zone: str | None = None
) -> FeedMap | None:
    """Return the feed map of columns whose names say enough, or None.

    Parameters
    ----------
    columns
        Column names of the source; case and surrounding blanks do not matter.
    unit, time_zone
        Used instead of the recognised ones.
    """
    found = {column.strip().lower(): column for column in columns}
    if "account_id" in found and "segment" in found:
        return _accounts_map(found)
    if all(name in found for name in ("zone_id", "observed_at", "flow_m3h")):
        return _flow_map(found, time_zone=time_zone)
    if all(name in found for name in ("place_id", "observed_at", "temperature_c")):
        return _weather_map(found, time_zone=time_zone)
    if "zone_id" in found and ("geometry" in found or "name" in found):
        return _zones_map(found)
    for known in _RECOGNISED:
        required = (known.account, known.time, known.value)
        if not all(name.lower() in found for name in required):
            continue
        account, time, value = (found[name.lower()] for name in required)
        return FeedMap(
            account,
            time,
            value,
            kind=known.kind,
            unit=unit_of(unit, section="[utility]") if unit else known.unit,
            time_zone=_known_zone(time_zone) if time_zone else known.time_zone,
            recorded=next((found[name.lower()] for name in _RECORDED_NAMES if name.lower() in found), None),
            readings_count=found.get((known.readings_count or "").lower()),
        )
    return None


def _accounts_map(found: Mapping[str, str]) -> FeedMap:
    """The accounts themselves, under the names of the contract."""
    return FeedMap(
        found["account_id"],
        kind="accounts",
        segment=found["segment"],
        zone=found.get("zone_id"),
        longitude=found.get("longitude"),
        latitude=found.get("latitude"),
    )


def _flow_map(found: Mapping[str, str], *, time_zone: str | None) -> FeedMap:
    """Inflows of zones, under the names of the contract."""
    return FeedMap(
        kind="flow",
        zone=found["zone_id"],
        time=found["observed_at"],
        value=found["flow_m3h"],
        unit=Unit.CUBIC_METRE_PER_HOUR,
        time_zone=_known_zone(time_zone) if time_zone else "UTC",
        recorded=next((found[name.lower()] for name in _RECORDED_NAMES if name.lower() in found), None),
    )


def _zones_map(found: Mapping[str, str]) -> FeedMap:
    """The zones themselves, under the names of the contract."""
    return FeedMap(
        kind="zones",
        zone=found["zone_id"],
        name=found.get("name"),
        zone_kind=found.get("kind"),
        parent=found.get("parent_id"),
        population=found.get("population"),
        connections=found.get("connections"),
        area=found.get("area_km2"),
        geometry=found.get("geometry"),
    )


def _weather_map(found: Mapping[str, str], *, time_zone: str | None) -> FeedMap:
    """Weather by hour, under the names of the contract."""
    return FeedMap(
        kind="weather",
        place=found["place_id"],
        time=found["observed_at"],
        temperature=found["temperature_c"],
        apparent_temperature=found.get("apparent_temperature_c"),
        humidity=found.get("humidity_percent"),
        rain=found.get("rain_mm"),
        wind=found.get("wind_kmh"),
        time_zone=_known_zone(time_zone) if time_zone else "UTC",
        recorded=next((found[name.lower()] for name in _RECORDED_NAMES if name.lower() in found), None),
    )


def _known_zone(text: str) -> str:
    require_zone(text, section="[utility]")
    return text


def require_recognised(
    columns: Sequence[str], *, source: str | Text, unit: str | None = None, time_zone: str | None = None
) -> FeedMap:
    """Return the recognised feed map.

    Raises
    ------
    ColumnMismatch
        If no known set of columns is there; the message shows the settings to write.
    """
    feed_map = recognise(columns, unit=unit, time_zone=time_zone)
    if feed_map is None:
        raise ColumnMismatch(
            Text(
                "{file}, fila {row}: no se reconocen las columnas {found}; se esperaba, por ejemplo, "
                "suministro, fecha, consumo_m3.",
                "{file}, row {row}: the columns {found} are not recognised; "
                "expected for example ConsumptionDate, AccountOID, Consumption.",
            ),
            remedy=Text(
                'Diga cuál es cuál bajo [feeds.NOMBRE] en amuna.toml: account = "…", time = "…", value = "…", '
                'unit = "L"; después agregue --feed NOMBRE al comando.',
                'Name them under [feeds.NAME] in amuna.toml: account = "…", time = "…", value = "…", unit = "L"; '
                "then add --feed NAME to the command.",
            ),
            file=source,
            row=1,
            found=list(columns),
        )
    return feed_map
