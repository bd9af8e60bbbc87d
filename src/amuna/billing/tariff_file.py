"""Tariff file: a tariff out of TOML, every key checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise

from amuna.billing.tariff import Block, Tariff, TariffClass
from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text

_REMEDY = Text("docs/billing.md muestra una tarifa completa.", "docs/billing.md shows a whole tariff.")
_ONE_OF = Text("uno de {choices}", "one of {choices}")
_FROM_ON = Text("un día desde el {day}", "a day from {day} on")
_CLASSES = Text("una sección [classes.NOMBRE] por cada clase", "a section [classes.NAME] for each class")
_NOT_TAKEN = Text("un segmento que no esté en {name}", "a segment not in {name}")
_LIST_OF_BLOCKS = Text("una lista de tramos", "a list of blocks")
_AN_END = Text(
    "dónde termina: solo el último tramo no tiene fin", "where it ends: only the last block has no end"
)
_RISING = Text("más de {m3:g}: los tramos van en aumento", "more than {m3:g}: blocks rise")
_NO_END = Text("nada: el último tramo no tiene fin", "none: the last block has no end")
_SECTION = Text("una sección propia", "a section of its own")
_TEXT, _TEXTS = Text("un texto", "a text"), Text("una lista de textos", "a list of texts")
_BETWEEN = Text("un número entre {low:g} y {high:g}", "a number between {low:g} and {high:g}")
_DAY = Text("un día como 2025-12-24, sin comillas", "a day such as 2025-12-24, without quotes")
_REQUIRED = ("tariff", "utility", "currency", "source", "source_date", "valid_from", "igv_rate", "classes")
_OPTIONAL = ("source_url", "valid_until", "month_days", "month_tolerance_days", "not_included")
_CLASS = ("segments", "fixed_pen_per_month", "blocks")
_BLOCK = ("up_to_m3", "water_pen_per_m3", "sewerage_pen_per_m3")
_CHARGES = ("sewerage", "fixed")


def parse_tariff(name: str, content: Mapping[str, object], *, place: str) -> Tariff:
    """A tariff out of TOML.

    Raises
    ------
    UnknownSetting
        If a key is missing, unknown or of the wrong kind, or blocks do not rise.
    """
    at = _At(place, content)
    at.check_keys(_REQUIRED, _OPTIONAL)
    at.choice("currency", ("PEN",))
    until = at.day("valid_until") if "valid_until" in content else None
    valid_from = at.day("valid_from")
    if until is not None and until < valid_from:
        raise at.wrong("valid_until", until, _FROM_ON.fill(day=valid_from))
    missing = at.texts("not_included") if "not_included" in content else ()
    for charge in missing:
        if charge not in _CHARGES:
            raise at.wrong("not_included", charge, _ONE_OF.fill(choices=", ".join(_CHARGES)))
    return Tariff(
        name,
        at.text("tariff"),
        at.text("utility"),
        at.text("currency"),
        at.text("source"),
        at.text("source_url") if "source_url" in content else "",
        at.day("source_date"),
        valid_from,
        until,
        at.number("igv_rate", high=1.0),
        int(at.number("month_days", low=1, high=366)) if "month_days" in content else None,
        int(at.number("month_tolerance_days", high=15)) if "month_tolerance_days" in content else 0,
        missing,
        _classes(at),
    )


def _classes(at: _At) -> tuple[TariffClass, ...]:
    sections = at.content["classes"]
    if not isinstance(sections, dict) or not sections:
        raise at.wrong("classes", sections, _CLASSES)
    out = tuple(_class(name, at.below(f"classes.{name}", section)) for name, section in sections.items())
    taken: dict[str, str] = {}
    for found in out:
        for segment in found.segments:
            if segment in taken:
                expected = _NOT_TAKEN.fill(name=taken[segment])
                raise at.wrong(f"classes.{found.name}.segments", segment, expected)
            taken[segment] = found.name
    return out


def _class(name: str, at: _At) -> TariffClass:
    at.check_keys(_CLASS, ())
    listed = at.content["blocks"]
    if not isinstance(listed, list) or not listed:
        raise at.wrong("blocks", listed, _LIST_OF_BLOCKS)
    blocks = tuple(_block(at.below(f"blocks[{i + 1}]", block)) for i, block in enumerate(listed))
    for i, (lower, upper) in enumerate(pairwise(blocks), start=1):
        if lower.up_to_m3 is None:
            raise at.wrong(f"blocks[{i}].up_to_m3", None, _AN_END)
        if upper.up_to_m3 is not None and upper.up_to_m3 <= lower.up_to_m3:
            expected = _RISING.fill(m3=lower.up_to_m3)
            raise at.wrong(f"blocks[{i + 1}].up_to_m3", upper.up_to_m3, expected)
    if blocks[-1].up_to_m3 is not None:
        raise at.wrong(f"blocks[{len(blocks)}].up_to_m3", blocks[-1].up_to_m3, _NO_END)
    return TariffClass(name, at.texts("segments"), at.number("fixed_pen_per_month"), blocks)


def _block(at: _At) -> Block:
    at.check_keys(_BLOCK[1:], _BLOCK[:1])
    end = at.number("up_to_m3", low=1e-9) if "up_to_m3" in at.content else None
    return Block(end, at.number("water_pen_per_m3"), at.number("sewerage_pen_per_m3"))


class _At:
    """A section and where it stands, for messages that name file and field."""

    def __init__(self, place: str, content: Mapping[str, object], path: str = "") -> None:
        self.place, self.content, self.path = place, content, path

    def below(self, name: str, content: object) -> _At:
        if not isinstance(content, Mapping):
            raise self.wrong(name, content, _SECTION)
        return _At(self.place, content, f"{self.path}{name}.")

    def wrong(self, field: str, found: object, expected: Text) -> UnknownSetting:
        return UnknownSetting(
            Text(
                "{file}: {setting} es {found}; se esperaba {expected}.",
                "{file}: {setting} is {found}; expected {expected}.",
            ),
            remedy=_REMEDY,
            file=self.place,
            setting=f"{self.path}{field}",
            found=Text("nada", "None") if found is None else str(found),
            expected=expected,
        )

    def check_keys(self, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
        for key in self.content:
            if key not in (*required, *optional):
                near = difflib.get_close_matches(key, (*required, *optional), n=1, cutoff=0.0)[0]
                raise UnknownSetting(
                    Text(
                        "{file}: no existe {setting}; lo más parecido es {nearest}.",
                        "{file}: there is no {setting}; the nearest is {nearest}.",
                    ),
                    remedy=_REMEDY,
                    file=self.place,
                    setting=f"{self.path}{key}",
                    nearest=f"{self.path}{near}",
                )
        for key in required:
            if key not in self.content:
                raise UnknownSetting(
                    Text("{file}: falta {setting}.", "{file}: {setting} is missing."),
                    remedy=_REMEDY,
                    file=self.place,
                    setting=f"{self.path}{key}",
                )

    def text(self, key: str) -> str:
        value = self.content[key]
        if not isinstance(value, str) or not value:
            raise self.wrong(key, value, _TEXT)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.content[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, value, _TEXTS)
        return tuple(value)

    def choice(self, key: str, choices: tuple[str, ...]) -> None:
        if self.content[key] not in choices:
            raise self.wrong(key, self.content[key], _ONE_OF.fill(choices=", ".join(choices)))

    def number(self, key: str, *, low: float = 0.0, high: float = 1e9) -> float:
        value = self.content[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(key, value, _BETWEEN.fill(low=low, high=high))
        return float(value)

    def day(self, key: str) -> date:
        value = self.content[key]
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.wrong(key, value, _DAY)
        return value
