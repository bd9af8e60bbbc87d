"""What went wrong, in the visitor's words; never a stack trace."""

from __future__ import annotations

import logging

from amuna.domain.errors import AmunaError, NotAllowed, NotFound, SignInNeeded, StoreBusy, TooMany
from amuna.domain.text import Text

log = logging.getLogger(__name__)

_WORDS: tuple[tuple[type[AmunaError], Text], ...] = (
    (
        SignInNeeded,
        Text("Su sesión terminó. Inicie sesión de nuevo.", "Your session has ended. Sign in again."),
    ),
    (
        NotAllowed,
        Text(
            "Su rol no permite hacer esto. Si lo necesita, pídalo a un administrador.",
            "Your role does not allow this. If you need it, ask an administrator.",
        ),
    ),
    (
        NotFound,
        Text(
            "No existe, o no está entre lo que usted puede ver. Revise cómo está escrito.",
            "It does not exist, or is not among what you may see. Check how it is written.",
        ),
    ),
    (
        TooMany,
        Text(
            "Hubo demasiadas solicitudes. Espere un momento y vuelva a intentarlo.",
            "There were too many requests. Wait a moment and try again.",
        ),
    ),
    (
        StoreBusy,
        Text(
            "El almacén de datos no responde en este momento. Vuelva a intentarlo en un minuto.",
            "The data store does not answer right now. Try again in a minute.",
        ),
    ),
)
_REFUSED = Text("No se pudo hacer: {problem} {remedy}", "It could not be done: {problem} {remedy}")
_UNEXPECTED = Text(
    "Algo falló en el servidor. El error quedó registrado; vuelva a intentarlo.",
    "Something failed on the server. The error was recorded; try again.",
)


def trouble(error: Exception) -> Text:
    """What to tell the visitor about an error; one that nobody expected is logged."""
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    if isinstance(error, AmunaError):
        return _REFUSED.fill(problem=error.problem, remedy=error.remedy)
    log.error("the dashboard failed", exc_info=error)
    return _UNEXPECTED
