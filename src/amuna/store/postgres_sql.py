"""Statements with `?` as PostgreSQL takes them: each value quoted in its place by the driver.

Values are written into the statement because COPY, by which all rows come out, and CREATE TABLE AS take no parameters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg
from psycopg import sql

from amuna.domain.errors import StoreBroken
from amuna.domain.text import Text

NUL_MARK = "\ufffd"  # in place of NUL, which PostgreSQL's texts cannot hold
_PIECES = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\?""")


def bound(statement: str, parameters: Sequence[object]) -> str:
    """The statement with its values; a `?` in a text or a quoted name is left alone.

    Raises
    ------
    StoreBroken
        If there are not as many values as places, or a value has no spelling in SQL.
    """
    if not parameters:
        return statement
    values = iter(parameters)
    try:
        done = _PIECES.sub(lambda found: found[0] if found[0] != "?" else literal(next(values)), statement)
    except StopIteration:
        done = ""
    if not done or next(values, values) is not values:
        raise StoreBroken(
            Text(
                "Una instrucción recibió {values} valores y tiene otra cantidad de lugares.",
                "A statement was given {values} values and has another number of places.",
            ),
            remedy=Text("Dé un valor por cada ?.", "Give one value for each ?."),
            values=len(parameters),
            statement=statement,
        )
    return done


def literal(value: object) -> str:
    """A value as it stands in a statement."""
    try:
        return sql.Literal(_without_nul(value)).as_string(None)
    except psycopg.Error as error:
        raise StoreBroken(
            Text(
                "Hay un valor que no se puede dar a PostgreSQL: {said}.",
                "A value cannot be given to PostgreSQL: {said}.",
            ),
            remedy=Text(
                "Dé un texto, un número, un día o un instante.",
                "Give a text, a number, a day or an instant.",
            ),
            said=str(error),
        ) from error


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", NUL_MARK)
    return [_without_nul(one) for one in value] if isinstance(value, list) else value
