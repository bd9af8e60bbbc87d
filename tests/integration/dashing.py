"""Asking the dashboard's callbacks as a browser does, and reading what a component says."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def ask(
    client: FlaskClient, wanted: dict[str, Any], *, page: str, state: dict[str, Any] | None = None
) -> TestResponse:
    """The answer of the server's callback whose inputs, written `id.property`, are these, from a page."""
    referer = {"Referer": f"http://localhost{page}"}
    known = client.get("/app/_dash-dependencies", headers=referer).json or []
    found = next(
        each
        for each in known
        if not each["clientside_function"] and {_name(part) for part in each["inputs"]} == set(wanted)
    )
    outputs = [_split(each) for each in found["output"].strip(".").split("...")]
    body = {
        "output": found["output"],
        "outputs": outputs if found["output"].startswith("..") else outputs[0],
        "inputs": [{**part, "value": wanted[_name(part)]} for part in found["inputs"]],
        "state": [{**part, "value": (state or {}).get(_name(part))} for part in found["state"]],
        "changedPropIds": list(wanted)[:1],
    }
    return client.post("/app/_dash-update-component", json=body, headers=referer)


def _name(part: dict[str, str]) -> str:
    return f"{part['id']}.{part['property']}"


def _split(name: str) -> dict[str, str]:
    of, prop = name.split(".", 1)
    return {"id": of, "property": prop}


def words_of(component: Any) -> str:
    """Every text of a component, or of its JSON, in its order."""
    if isinstance(component, Component):
        component = component.to_plotly_json()
    if isinstance(component, dict):
        properties = component.get("props", component)
        return (
            _plain_words(properties["tree"]) if "tree" in properties else words_of(properties.get("children"))
        )
    if isinstance(component, list | tuple):
        return " ".join(filter(None, map(words_of, component)))
    return "" if component is None else str(component)


def _plain_words(tree: Any) -> str:
    """Every text of a tree as assets/plain.js draws it."""
    if isinstance(tree, str):
        return tree
    return " ".join(filter(None, (_plain_words(each) for each in tree[1:] if not isinstance(each, dict))))
