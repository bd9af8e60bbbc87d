"""What problems are called: kinds of errors and HTTP statuses, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from amuna.domain.errors import (
    AmunaError,
    ColumnMismatch,
    MissingExtra,
    NotAllowed,
    NotEnoughData,
    NotFound,
    PermanentError,
    PositionMoved,
    RegistryUnreachable,
    SignInNeeded,
    SourceUnreadable,
    StoreBroken,
    StoreBusy,
    TooMany,
    TransientError,
    UnknownSetting,
    UnknownTimeZone,
    UnknownUnit,
    WrongPeriod,
)
from amuna.domain.text import Text


@dataclass(frozen=True)
class Kind:
    """How errors of a class are told.

    Parameters
    ----------
    error
        Its class.
    code
        Names the kind of problem.
    status
        The HTTP status.
    title
        What it is called.
    """

    error: type[AmunaError]
    code: str
    status: int
    title: Text


_STORE = Text("El almacén de datos no responde", "The store does not answer")
_UNFIT = Text("Los datos no se pueden usar", "The data cannot be used")

KINDS = (
    Kind(
        SignInNeeded,
        "sign-in-needed",
        HTTPStatus.UNAUTHORIZED,
        Text("Falta identificarse", "Sign-in needed"),
    ),
    Kind(NotAllowed, "not-allowed", HTTPStatus.FORBIDDEN, Text("No permitido", "Not allowed")),
    Kind(NotFound, "not-found", HTTPStatus.NOT_FOUND, Text("No se encontró", "Not found")),
    Kind(
        TooMany,
        "too-many",
        HTTPStatus.TOO_MANY_REQUESTS,
        Text("Demasiadas peticiones", "Too many requests"),
    ),
    Kind(
        NotEnoughData,
        "not-enough-data",
        HTTPStatus.CONFLICT,
        Text("Faltan datos", "Not enough data"),
    ),
    Kind(ColumnMismatch, "unfit-columns", HTTPStatus.UNPROCESSABLE_ENTITY, _UNFIT),
    Kind(SourceUnreadable, "unreadable", HTTPStatus.UNPROCESSABLE_ENTITY, _UNFIT),
    Kind(UnknownUnit, "unknown-unit", HTTPStatus.UNPROCESSABLE_ENTITY, _UNFIT),
    Kind(UnknownTimeZone, "unknown-time-zone", HTTPStatus.UNPROCESSABLE_ENTITY, _UNFIT),
    Kind(UnknownSetting, "unknown-setting", HTTPStatus.UNPROCESSABLE_ENTITY, _UNFIT),
    Kind(
        WrongPeriod,
        "wrong-period",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        Text("Periodo incorrecto", "Wrong period"),
    ),
    Kind(StoreBusy, "store-busy", HTTPStatus.SERVICE_UNAVAILABLE, _STORE),
    Kind(StoreBroken, "store-down", HTTPStatus.SERVICE_UNAVAILABLE, _STORE),
    Kind(
        RegistryUnreachable,
        "registry-unreachable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        Text("El registro de modelos no responde", "The model registry does not answer"),
    ),
    Kind(
        PositionMoved,
        "position-moved",
        HTTPStatus.CONFLICT,
        Text("Otro lector avanzó", "Another reader has moved on"),
    ),
    Kind(
        MissingExtra,
        "missing-extra",
        HTTPStatus.NOT_IMPLEMENTED,
        Text("Falta una biblioteca", "A library is missing"),
    ),
    Kind(
        TransientError,
        "try-again",
        HTTPStatus.SERVICE_UNAVAILABLE,
        Text("Intente otra vez", "Try again"),
    ),
    Kind(
        PermanentError,
        "refused",
        HTTPStatus.CONFLICT,
        Text("No se puede hacer", "It cannot be done"),
    ),
)
"""Kinds of errors, the more special before the more general."""

_REPAIR = Text("Corrija la petición: vea /api/docs.", "Correct the request: see /api/docs.")

_STATUSES: dict[int, tuple[Text, Text]] = {
    HTTPStatus.BAD_REQUEST: (Text("Petición ilegible", "Unreadable request"), _REPAIR),
    HTTPStatus.FORBIDDEN: (
        Text("No permitido", "Not allowed"),
        Text(
            "Con una sesión, envíe su clave en X-CSRFToken; un programa usa una ficha.",
            "With a session, send its key in X-CSRFToken; a program uses a token.",
        ),
    ),
    HTTPStatus.NOT_FOUND: (
        Text("No se encontró", "Not found"),
        Text("Revise la dirección: vea /api/docs.", "Check the address: see /api/docs."),
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        Text("Método no admitido", "Method not allowed"),
        Text("Use uno de los métodos que dice Allow.", "Use one of the methods that Allow names."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        Text("Demasiado grande", "Too large"),
        Text("Divídalo en partes más pequeñas.", "Send it in smaller parts."),
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        Text("Formato no admitido", "Format not supported"),
        Text("Envíe application/json o text/csv.", "Send application/json or text/csv."),
    ),
    HTTPStatus.UNPROCESSABLE_ENTITY: (Text("Petición incorrecta", "Invalid request"), _REPAIR),
    HTTPStatus.CONFLICT: (Text("Conflicto", "Conflict"), Text("", "")),
    HTTPStatus.TOO_MANY_REQUESTS: (
        Text("Demasiadas peticiones", "Too many requests"),
        Text("Espere lo que dice Retry-After.", "Wait as Retry-After says."),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        Text("Algo falló aquí", "Something failed here"),
        Text(
            "Indique el número de incidente a quien opera Amuna; el registro dice más.",
            "Tell the incident number to whoever runs Amuna; the log says more.",
        ),
    ),
}
_FAULTS = {
    "missing": "falta",
    "extra_forbidden": "no existe",
    "int_parsing": "debe ser un número entero",
    "int_type": "debe ser un número entero",
    "date_type": "debe ser un día como 2025-12-31",
    "date_parsing": "debe ser un día como 2025-12-31",
    "date_from_datetime_parsing": "debe ser un día como 2025-12-31",
    "date_from_datetime_inexact": "debe ser un día, sin hora",
    "string_type": "debe ser un texto",
    "string_too_short": "debe tener al menos {min_length} caracteres",
    "string_too_long": "debe tener a lo más {max_length} caracteres",
    "string_pattern_mismatch": "debe tener la forma {pattern}",
    "literal_error": "debe ser {expected}",
    "enum": "debe ser {expected}",
    "greater_than_equal": "debe ser {ge} o más",
    "less_than_equal": "debe ser {le} o menos",
    "model_type": "debe ser un objeto JSON",
    "model_attributes_type": "debe ser un objeto JSON",
    "dict_type": "debe ser un objeto JSON",
    "json_invalid": "no es JSON",
}


def status_words(status: int) -> tuple[Text, Text]:
    """Title and remedy of an HTTP status."""
    phrase = HTTPStatus(status).phrase
    return _STATUSES.get(status, (Text("No se pudo atender la petición", phrase), Text.both("")))


def fault_words(kind: str, said: str, limits: Mapping[str, object]) -> Text:
    """What is wrong with a field, as pydantic names it and says it, with the limits that it broke."""
    spanish = _FAULTS.get(kind, "tiene un valor que no se admite")
    return Text(spanish.format(**limits).replace(" or ", " o "), said)
