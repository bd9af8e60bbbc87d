"""A tree of HTML as one component of the page; its half in the browser is assets/plain.js.

At every change Dash asks each component of a page whether it is concerned, so a table of a thousand cells makes every
slider and link of its page slow. What only shows, and is asked nothing, is sent as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash.development.base_component import Component

_HTML = "dash_html_components"


class Plain(Component):  # type: ignore[misc] # Dash has no types
    """A tree of HTML.

    Parameters
    ----------
    tree
        Text, or an element as [name, properties where there are any, children ...].
    """

    _children_props: Sequence[str] = ()
    _base_nodes: Sequence[str] = ("children",)
    _namespace = "amuna"
    _type = "Plain"
    _prop_names: Sequence[str] = ("id", "tree")
    _valid_wildcard_attributes: Sequence[str] = ()
    available_properties = _prop_names
    available_wildcard_properties = _valid_wildcard_attributes

    def __init__(self, tree: Any) -> None:
        super().__init__(tree=tree)


def plain(part: Component) -> Plain:
    """What a part of `dash.html` shows, without its life: no callback finds it.

    Raises
    ------
    ValueError
        If anything in it is not of `dash.html`, or has a name for callbacks.
    """
    return Plain(_tree(part))


def _tree(part: Any) -> Any:
    if not isinstance(part, Component):
        return str(part)
    properties = dict(part.to_plotly_json()["props"])
    if part._namespace != _HTML or "id" in properties:  # noqa: SLF001 - Dash has no other way to tell
        raise ValueError(f"{part._type} lives: only HTML without an id can be plain.")  # noqa: SLF001
    children = properties.pop("children", None)
    several = children if isinstance(children, list | tuple) else [] if children is None else [children]
    return [part._type.lower(), *([properties] if properties else []), *map(_tree, several)]  # noqa: SLF001
