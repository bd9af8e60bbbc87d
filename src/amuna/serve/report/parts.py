"""Parts that several sections share: sections, figures in two widths, tables, bars, legends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from amuna.domain.text import Text
from amuna.serve.report.strings import say
from amuna.serve.report.svg import Size, diamond, dot, element, line, rect
from amuna.serve.report.text import html

Draw = Callable[[Size], str]
Cell = Text | str


def section(name: str, content: Iterable[str], *, lead: str = "") -> str:
    """A section with the heading `NAME.title`."""
    opening = f'<p class="lead">{lead}</p>' if lead else ""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title">'
        f'<h2 id="{name}-title">{html(say(f"{name}.title"))}</h2>{opening}{"".join(content)}</section>'
    )


def figure(
    name: str, draw: Draw, *, wide: Size, narrow: Size, unit: Text, says: Text | None = None, after: str = ""
) -> str:
    """A figure with the heading `NAME.title`, drawn for a screen and again for a phone.

    `says` tells those who cannot see the drawing what it shows; the caption with the unit does so where it is None.
    """
    spoken = f'<p class="spoken" id="{name}-says">{html(says)}</p>' if says else ""
    return (
        f'<figure id="{name}" class="panel"><h3 id="{name}-title">{html(say(f"{name}.title"))}</h3>'
        f'<figcaption id="{name}-unit">{html(unit)}</figcaption>{spoken}'
        f'<div class="wide">{draw(wide)}</div><div class="narrow">{draw(narrow)}</div>{after}</figure>'
    )


def names_of(name: str, *, says: bool = False) -> str:
    """Ids of the texts that name a figure's drawing."""
    return f"{name}-title {name}-unit" + (f" {name}-says" if says else "")


def table(headings: Sequence[Text], rows: Iterable[Sequence[str]], *, style: str = "") -> str:
    """A table whose first column names the row; the cells are HTML."""
    head = "".join(f'<th scope="col">{html(heading)}</th>' for heading in headings)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="group"><table class="{style}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def bar(part: float, *, style: str = "", limit: float = 1.0, mark: float | None = None) -> str:
    """A small bar as long as a share of `limit`; it only repeats a number that stands beside it."""
    width = 100 * min(max(part / limit, 0.0), 1.0)
    notch = "" if mark is None else f'<i style="left:{100 * mark / limit:.1f}%"></i>'
    return f'<span class="bar {style}" aria-hidden="true"><b style="width:{width:.1f}%"></b>{notch}</span>'


def tile(number: str, name: Text, note: Text | None = None) -> str:
    """One number that matters."""
    below = f'<dd class="below">{html(note)}</dd>' if note else ""
    return f'<div class="tile"><dt>{html(name)}</dt><dd>{html(number)}</dd>{below}</div>'


def code(text: str) -> str:
    """Text from outside, as it came."""
    return f'<code translate="no">{escape(text)}</code>'


_SWATCHES = {
    "observed": line((0, 7), (22, 7), "observed"),
    "median": line((0, 7), (22, 7), "median"),
    "sum": line((0, 7), (22, 7), "reference"),
    "band50": rect((1, 2), 20, 10, "band95")
    + rect((1, 2), 20, 10, "band80")
    + rect((1, 2), 20, 10, "band50"),
    "band80": rect((1, 2), 20, 10, "band95") + rect((1, 2), 20, 10, "band80"),
    "band95": rect((1, 2), 20, 10, "band95"),
    "inside": dot((11, 7), 3.4, "inside"),
    "outside": diamond((11, 7), 4.6, "outside"),
    "gap": rect((6, 1), 10, 12, "gap"),
}


def legend(*names: str) -> str:
    """What the shapes of a fan mean."""
    items = []
    for name in names:
        swatch = element("svg", {"viewBox": "0 0 22 14", "aria-hidden": "true"}, _SWATCHES[name])
        items.append(f"<li>{swatch}{html(say(f'legend.{name}'))}</li>")
    return f'<ul class="legend">{"".join(items)}</ul>'
