"""Trees of HTML as one component: nothing is lost, and what lives is refused."""

from __future__ import annotations

import dash_mantine_components as dmc
import pytest
from dash import html
from dash.development.base_component import Component

from amuna.serve.dashboard.plain import plain


def test_a_tree_has_the_names_properties_and_texts_of_its_parts() -> None:
    row = html.Tr(
        [html.Td("Norte", className="right"), html.Td(html.A("12", href="/x", **{"aria-label": "y"}))]
    )
    assert plain(html.Table(row, style={"--mark": "red"})).tree == [
        "table",
        {"style": {"--mark": "red"}},
        [
            "tr",
            ["td", {"className": "right"}, "Norte"],
            ["td", ["a", {"href": "/x", "aria-label": "y"}, "12"]],
        ],
    ]


def test_an_element_without_children_and_a_number_stand_as_they_are_read() -> None:
    assert plain(html.Div([html.I(), 3])).tree == ["div", ["i"], "3"]


@pytest.mark.parametrize("living", [html.Div(html.Span("x", id="asked")), html.Div(dmc.Slider())])
def test_what_a_callback_may_ask_is_not_made_plain(living: Component) -> None:
    with pytest.raises(ValueError, match="lives"):
        plain(living)
