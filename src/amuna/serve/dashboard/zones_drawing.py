"""A drawing of shapes that may be links, as SVG: its half in the browser is assets/zones.js."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash.development.base_component import Component


class Drawing(Component):  # type: ignore[misc] # Dash has no types
    """Shapes on a sheet.

    Parameters
    ----------
    width, height
        Of the sheet, in units of the shapes.
    shapes
        `path` (SVG path data) and `tone` (style class); a link has `href`, `name` (who hears it or points at it reads it)
        and `here`, whether it is the present choice.
    label
        What the drawing shows.
    stretched
        Whether it fills its box, whatever its proportions.
    cells
        Of a drawing that is a grid: `days`, `flow` and `change` by day and hour, the first hour `ahead`, and `words`; who
        points at a cell reads it.
    """

    _children_props: Sequence[str] = ()
    _base_nodes: Sequence[str] = ("children",)
    _namespace = "amuna"
    _type = "Drawing"
    _prop_names: Sequence[str] = ("id", "width", "height", "shapes", "label", "stretched", "cells")
    _valid_wildcard_attributes: Sequence[str] = ()
    available_properties = _prop_names
    available_wildcard_properties = _valid_wildcard_attributes

    def __init__(
        self,
        *,
        width: float,
        height: float,
        shapes: Sequence[Mapping[str, Any]],
        label: str,
        stretched: bool = False,
        cells: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            width=width, height=height, shapes=list(shapes), label=label, stretched=stretched, cells=cells
        )
