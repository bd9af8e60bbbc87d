"""Tariff file: a tariff out of TOML, every key checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date, datetime
from itertools import pairwise

from amuna.billing.tariff import Block, Tariff, TariffClass
from amuna.domain.errors import UnknownSetting

_REMEDY = "docs/billing.md shows a whole tariff."
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
        raise at.wrong("valid_until", until, f"a day from {valid_from} on")
    missing = at.texts("not_included") if "not_included" in content else ()
    for charge in missing:
        if charge not in _CHARGES:
            raise at.wrong("not_included", charge, f"one of {', '.join(_CHARGES)}")
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
        raise at.wrong("classes", sections, "a section [classes.NAME] for each class")
    out = tuple(_class(name, at.below(f"classes.{name}", section)) for name, section in sections.items())
    taken: dict[str, str] = {}
    for found in out:
        for segment in found.segments:
            if segment in taken:
                raise at.wrong(
                    f"classes.{found.name}.segments", segment, f"a segment not in {taken[segment]}"
                )
            taken[segment] = found.name
    return out


def _class(name: str, at: _At) -> TariffClass:
    at.check_keys(_CLASS, ())
    listed = at.content["blocks"]
    if not isinstance(listed, list) or not listed:
        raise at.wrong("blocks", listed, "a list of blocks")
    blocks = tuple(_block(at.below(f"blocks[{i + 1}]", block)) for i, block in enumerate(listed))
    for i, (lower, upper) in enumerate(pairwise(blocks), start=1):
        if lower.up_to_m3 is None:
            raise at.wrong(f"blocks[{i}].up_to_m3", None, "where it ends: only the last block has no end")
        if upper.up_to_m3 is not None and upper.up_to_m3 <= lower.up_to_m3:
            raise at.wrong(
                f"blocks[{i + 1}].up_to_m3", upper.up_to_m3, f"more than {lower.up_to_m3:g}: blocks rise"
            )
    if blocks[-1].up_to_m3 is not None:
        raise at.wrong(
            f"blocks[{len(blocks)}].up_to_m3", blocks[-1].up_to_m3, "none: the last block has no end"
        )
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
            raise self.wrong(name, content, "a section of its own")
        return _At(self.place, content, f"{self.path}{name}.")

    def wrong(self, field: str, found: object, expected: str) -> UnknownSetting:
        return UnknownSetting(
            f"{self.place}: {self.path}{field} is {found}; expected {expected}.",
            remedy=_REMEDY,
            file=self.place,
            setting=f"{self.path}{field}",
        )

    def check_keys(self, required: tuple[str, ...], optional: tuple[str, ...]) -> None:
        for key in self.content:
            if key not in (*required, *optional):
                near = difflib.get_close_matches(key, (*required, *optional), n=1, cutoff=0.0)[0]
                raise UnknownSetting(
                    f"{self.place}: there is no {self.path}{key}; the nearest is {self.path}{near}.",
                    remedy=_REMEDY,
                    file=self.place,
                    setting=f"{self.path}{key}",
                )
        for key in required:
            if key not in self.content:
                raise UnknownSetting(
                    f"{self.place}: {self.path}{key} is missing.",
                    remedy=_REMEDY,
                    file=self.place,
                    setting=f"{self.path}{key}",
                )

    def text(self, key: str) -> str:
        value = self.content[key]
        if not isinstance(value, str) or not value:
            raise self.wrong(key, value, "a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.content[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, value, "a list of texts")
        return tuple(value)

    def choice(self, key: str, choices: tuple[str, ...]) -> None:
        if self.content[key] not in choices:
            raise self.wrong(key, self.content[key], f"one of {', '.join(choices)}")

    def number(self, key: str, *, low: float = 0.0, high: float = 1e9) -> float:
        value = self.content[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(key, value, f"a number between {low:g} and {high:g}")
        return float(value)

    def day(self, key: str) -> date:
        value = self.content[key]
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.wrong(key, value, "a day such as 2025-12-24, without quotes")
        return value
