"""Numbers and dates as people read them; thin spaces group thousands and a point marks decimals in both languages.

That is the International System's way (SI brochure, 9th edition, 5.4.4), and Peru's and the English-speaking
world's point, so no number reads differently in the two languages.
"""

from __future__ import annotations

import math
from datetime import date

from amuna.domain.text import Text

NONE = "–"
_MANIFOLD = 3  # from here on, how many times says more than per cent
_SPACE = "\u202f"  # narrow, and no line breaks at it
_SPANISH = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_DAYS = (("lun", "mar", "mié", "jue", "vie", "sáb", "dom"), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def count(number: float) -> str:
    """A whole number in groups of three."""
    return f"{number:,.0f}".replace(",", _SPACE)


def volume(m3: float | None) -> str:
    """A volume [m³] to about three digits, without its unit."""
    if m3 is None or not math.isfinite(m3):
        return NONE
    size = abs(m3)
    if size == 0 or size >= 999.5:
        return count(m3)
    if size < 0.0005:
        return "<0.001"
    decimals = next(d for limit, d in ((99.95, 0), (9.995, 1), (0.9995, 2), (0, 3)) if size >= limit)
    return f"{m3:.{decimals}f}"


def tick(value: float, step: float) -> str:
    """A value on an axis, with as many decimals as the axis's step needs."""
    decimals = next(d for d in range(7) if abs(round(step, d) - step) < 1e-9 * step or d == 6)
    return count(value) if decimals == 0 else f"{value:.{decimals}f}" if value else "0"


def rounded(m3: float) -> str:
    """A large volume [m³] to three digits, for what is not known better."""
    if m3 < 1000:
        return volume(m3)
    digits = 3 - len(str(int(m3)))
    return count(round(m3, digits))


def scaled(value: float | None) -> str:
    """A MASE."""
    return NONE if value is None or not math.isfinite(value) else f"{value:.2f}"


def share(part: float | None, *, decimals: int = 0) -> str:
    """A share as per cent."""
    if part is None or not math.isfinite(part):
        return NONE
    if 0 < abs(part) < 0.5 * 10 ** -(decimals + 2):
        return f"<{10**-decimals:.{decimals}f}{_SPACE}%"
    return f"{100 * part:.{decimals}f}{_SPACE}%"


def change(value: float | None, base: float | None) -> str:
    """How much a value lies under or over its base: signed per cent, or how many times; none where the base is zero."""
    if value is None or base is None or not base > 0:
        return NONE
    if value >= _MANIFOLD * base:
        return f"×{value / base:.0f}"
    text = share(abs(value / base - 1))
    return text if text.startswith(("0", "<")) else f"{'−' if value < base else '+'}{text}"


def seconds(duration: float) -> str:
    """A duration [s]."""
    if duration < 60:
        return f"{duration:.2f}{_SPACE}s" if duration < 1 else f"{duration:.1f}{_SPACE}s"
    minutes, rest = divmod(round(duration), 60)
    if minutes < 60:
        return f"{minutes}{_SPACE}min {rest}{_SPACE}s"
    return f"{minutes // 60}{_SPACE}h {minutes % 60}{_SPACE}min"


def day(value: date) -> Text:
    """A day with its year."""
    return Text(
        f"{value.day} {_SPANISH[value.month - 1]} {value.year}",
        f"{value.day} {_ENGLISH[value.month - 1]} {value.year}",
    )


def short_day(value: date) -> Text:
    """A day without its year."""
    return Text(f"{value.day} {_SPANISH[value.month - 1]}", f"{value.day} {_ENGLISH[value.month - 1]}")


def weekday(value: date) -> Text:
    """The day of the week, in three letters."""
    spanish, english = _DAYS
    return Text(spanish[value.weekday()], english[value.weekday()])
