"""SVG: scales, ticks and the few shapes that the charts are made of. Colours are classes, so that themes can change them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from amuna.domain.text import Text
from amuna.serve.report.text import svg_text

Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """A straight line from data to drawing units; `low` and `high` are data, `start` and `end` drawing units."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


@dataclass(frozen=True)
class Size:
    """A drawing's size and margins in its own units, which are pixels where there is room."""

    width: float
    height: float
    left: float = 44.0
    right: float = 10.0
    top: float = 12.0
    bottom: float = 24.0

    @property
    def x(self) -> tuple[float, float]:
        """Left and right edge of the plot."""
        return self.left, self.width - self.right

    @property
    def y(self) -> tuple[float, float]:
        """Lower and upper edge of the plot."""
        return self.height - self.bottom, self.top


def ticks(low: float, high: float, *, about: int = 4) -> list[float]:
    """Round values that cover low to high, at most about so many steps."""
    if not high > low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / about
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * i, 12) for i in range(first, last + 1)]


def element(name: str, attributes: Mapping[str, object], content: str = "") -> str:
    """One element; numbers are shortened to a tenth of a unit."""
    written = "".join(f' {key}="{_attribute(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def _attribute(value: object) -> str:
    return _short(value) if isinstance(value, float) else escape(str(value))


def _short(value: float) -> str:
    text = f"{value:.1f}"
    return text.removesuffix(".0")


def line(start: Point, end: Point, style: str) -> str:
    """A straight line."""
    return element("line", {"class": style, "x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]})


def rect(corner: Point, width: float, height: float, style: str) -> str:
    """A rectangle from its upper left corner."""
    return element(
        "rect",
        {
            "class": style,
            "x": corner[0],
            "y": corner[1],
            "width": max(width, 0.0),
            "height": max(height, 0.0),
        },
    )


def dot(at: Point, radius: float, style: str) -> str:
    """A circle."""
    return element("circle", {"class": style, "cx": at[0], "cy": at[1], "r": radius})


def diamond(at: Point, radius: float, style: str) -> str:
    """A square on its corner, which stands apart from a circle without colour."""
    x, y = at
    corners = [(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)]
    return element("path", {"class": style, "d": _path(corners) + "Z"})


def label(at: Point, text: Text | str, style: str = "tick", *, anchor: str = "start") -> str:
    """A text."""
    attributes = {"class": style, "x": at[0], "y": at[1], "text-anchor": anchor}
    return element("text", attributes, svg_text(text))


def curve(points: Iterable[Point | None], style: str) -> str:
    """Lines through the points; None breaks them, and a point alone between two breaks becomes a dot."""
    pieces: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    path = "".join(_path(piece) for piece in pieces if len(piece) > 1)
    alone = "".join(dot(piece[0], 1.2, f"{style} alone") for piece in pieces if len(piece) == 1)
    return (element("path", {"class": style, "d": path}) if path else "") + alone


def band(lower: Sequence[Point], upper: Sequence[Point], style: str) -> str:
    """The area between two lines; with a single point each, a bar."""
    if len(lower) == 1:
        return rect((lower[0][0] - 2.0, upper[0][1]), 4.0, max(lower[0][1] - upper[0][1], 1.0), style)
    return element("path", {"class": style, "d": _path([*lower, *reversed(upper)]) + "Z"})


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in points)


def drawing(size: Size, content: str, *, labelled_by: str, style: str, readout: str = "") -> str:
    """The svg element: an image named by the texts whose ids are given; with a read-out it can be focused."""
    attributes = {
        "class": style,
        "viewBox": f"0 0 {_short(size.width)} {_short(size.height)}",
        "role": "img",
        "aria-labelledby": labelled_by,
    }
    if readout:
        attributes |= {"tabindex": "0", "data-readout": readout}
    return element("svg", attributes, content)
