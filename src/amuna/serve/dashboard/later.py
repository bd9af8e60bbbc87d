"""Parts of a page that are drawn once the rest stands on the screen; their half in the browser is assets/later.js."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component


class Later(Component):  # type: ignore[misc] # Dash has no types
    """A chart below what is looked at first: people need not wait for it.

    Parameters
    ----------
    children
        What is drawn.
    height
        Room that is kept until then [px].
    """

    _children_props: Sequence[str] = ()
    _base_nodes: Sequence[str] = ("children",)
    _namespace = "amuna"
    _type = "Later"
    _prop_names: Sequence[str] = ("id", "children", "height")
    _valid_wildcard_attributes: Sequence[str] = ()
    available_properties = _prop_names
    available_wildcard_properties = _valid_wildcard_attributes

    def __init__(self, children: Any, *, height: int) -> None:
        super().__init__(children=children, height=height)
