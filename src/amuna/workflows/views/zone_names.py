"""Names of zones that have an inflow, and which one was meant."""

from __future__ import annotations

from difflib import SequenceMatcher

from amuna.domain.errors import NotEnoughData, UnknownZone
from amuna.domain.ports import Store
from amuna.domain.text import Text
from amuna.domain.zone_tables import FLOWS, ZONES

_NEAREST = 3
_NO_INFLOW = Text(
    "La zona {zone!r} no tiene un ingreso medido: no hay nada que pronosticar en ella.",
    "Zone {zone!r} has no metered inflow: there is nothing to forecast in it.",
)
_INGEST = Text(
    "Ingrese sus caudales con amuna ingest: vea docs/zones.md.",
    "Ingest its inflows with amuna ingest: see docs/zones.md.",
)
_NONE = Text(
    "Todavía no se conoce ninguna: ingrese los caudales de las zonas con amuna ingest, vea docs/zones.md.",
    "None is known yet: ingest inflows of zones with amuna ingest, see docs/zones.md.",
)
_NEAR = Text(
    "De las {zones} zonas con caudal, las de nombre más parecido: {nearest}. Todas las zonas: {command}",
    "Of the {zones} zones with an inflow, the nearest by name: {nearest}. All zones: {command}",
)
_DESCRIBED = "amuna export zones zones.csv"
_FORECAST = "amuna forecast --zone all --out zones.csv"


def metered_zones(store: Store) -> list[str]:
    """Zones that have an inflow, in order."""
    found = store.query(f"SELECT DISTINCT zone_id FROM {FLOWS.name} ORDER BY zone_id")
    return [str(zone) for zone in found["zone_id"]]


def require_metered_zone(store: Store, zone_id: str) -> None:
    """Refuse a zone that cannot be forecast; for who may see every zone, for it names those that may have been meant.

    Raises
    ------
    UnknownZone
        If nothing is known of it.
    NotEnoughData
        If it is described, and has no inflow.
    """
    metered = metered_zones(store)
    if zone_id in metered:
        return
    described = set(store.read(ZONES, columns=["zone_id"])["zone_id"])
    if zone_id in described:
        raise NotEnoughData(_NO_INFLOW, remedy=_INGEST, zone=zone_id)
    if not metered:
        raise UnknownZone(zone_id, remedy=_NONE)
    raise UnknownZone(
        zone_id,
        remedy=_NEAR,
        zones=len(metered),
        nearest=_nearest(zone_id, metered),
        command=_DESCRIBED if described.issuperset(metered) else _FORECAST,
    )


def _nearest(wanted: str, names: list[str]) -> list[str]:
    """The names most like the wanted one, upper and lower case alike."""
    alike = SequenceMatcher(b=wanted.casefold(), autojunk=False)

    def unlike(name: str) -> tuple[float, str]:
        alike.set_seq1(name.casefold())
        return -alike.ratio(), name

    return sorted(names, key=unlike)[:_NEAREST]
