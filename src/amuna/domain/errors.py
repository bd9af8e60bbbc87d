"""Every error Amuna raises on purpose: what was found, what was expected, and what fixes it."""

from __future__ import annotations

from amuna.domain.text import Text

_NOTHING = Text.both("")
_THINGS = {
    "account": "la cuenta",
    "alarm": "la alarma",
    "forecast of account": "un pronóstico de la cuenta",
    "forecast of group": "un pronóstico del grupo",
    "job": "el trabajo",
    "segment": "el segmento",
    "supply": "el abastecimiento",
    "token": "la ficha",
    "training": "el entrenamiento",
    "user": "el usuario",
    "zone": "la zona",
}


class AmunaError(Exception):
    """An error made of facts and a remedy.

    Parameters
    ----------
    problem
        What was found, and what was expected instead; places in braces are filled from the facts, a list with
        commas between its members.
    remedy
        The setting or command that fixes it; filled likewise.
    facts
        Named facts for programs (`file`, `row`, `column`, `found` …).

    Notes
    -----
    As a string it is English, for logs and programs; `problem` and `remedy` hold both languages.
    """

    exit_code = 1

    def __init__(self, problem: Text, *, remedy: Text = _NOTHING, **facts: object) -> None:
        self.problem = _filled(problem, facts)
        self.remedy = _filled(remedy, facts)
        self.facts = {name: value.en if isinstance(value, Text) else value for name, value in facts.items()}
        super().__init__(self.problem.en)

    def __str__(self) -> str:
        return f"{self.problem.en} {self.remedy.en}".strip()


def _filled(words: Text, facts: dict[str, object]) -> Text:
    shown = {
        name: ", ".join(map(str, value)) if type(value) is list else value for name, value in facts.items()
    }
    return words.fill(**shown)


class TransientError(AmunaError):
    """The same call may succeed later: retry."""

    exit_code = 75


class PermanentError(AmunaError):
    """The same call fails again until someone changes something."""


class SourceUnreadable(PermanentError):
    """A file, folder or query that cannot be opened or parsed at all."""

    exit_code = 66


class ColumnMismatch(PermanentError):
    """A source whose columns or types do not fit its feed map, or a frame that breaks its table's contract."""

    exit_code = 65


class UnknownUnit(PermanentError):
    """A unit of measurement that Amuna does not know."""

    exit_code = 65


class UnknownTimeZone(PermanentError):
    """A time zone that is not in the IANA database."""

    exit_code = 65


class UnknownSetting(PermanentError):
    """A setting that does not exist, or a value that it cannot take."""

    exit_code = 78


class NotEnoughData(PermanentError):
    """The store lacks what the command needs."""

    exit_code = 69


class StoreBusy(TransientError):
    """Another process holds the store."""


class PositionMoved(TransientError):
    """Another reader has committed a part of the source meanwhile: read its position again and go on."""


class RegistryUnreachable(TransientError):
    """The model registry does not answer, or refuses."""


class StoreBroken(PermanentError):
    """The store refused a statement or its file is damaged."""

    exit_code = 74


class MissingExtra(PermanentError):
    """An optional library is not installed."""

    exit_code = 70

    def __init__(self, library: Text | str, *, extra: str) -> None:
        super().__init__(
            Text("{library} no está instalado.", "{library} is not installed."),
            remedy=Text(
                "Instálelo con: pip install 'amuna[{extra}]'", "Install it with: pip install 'amuna[{extra}]'"
            ),
            library=library,
            extra=extra,
        )


class WrongPeriod(PermanentError):
    """Days that are no period, or further ahead than forecasts reach."""

    exit_code = 2


class NotFound(PermanentError):
    """A thing that is not there, or not within sight of the one who asks."""

    exit_code = 69

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            Text(
                "No se encuentra aquí {kind} {name!r}, o no está a su vista.",
                "There is no {kind} {name!r} here, or it is not yours to see.",
            ),
            remedy=Text(
                "Revise cómo está escrito; amuna user list dice quién puede ver qué.",
                "Check how it is written; who may see what is told by amuna user list.",
            ),
            kind=Text(_THINGS.get(kind, kind), kind),
            name=name,
        )


class UnknownZone(NotFound):
    """A zone that is not there, told to who may see every zone."""

    def __init__(self, name: str, *, remedy: Text, **facts: object) -> None:
        PermanentError.__init__(
            self,
            Text("No hay aquí ninguna zona {zone!r}.", "There is no zone {zone!r} here."),
            remedy=remedy,
            zone=name,
            **facts,
        )


class SignInNeeded(PermanentError):
    """Nobody is signed in, or the session or token no longer holds."""

    exit_code = 77


class NotAllowed(PermanentError):
    """The one who asks is known, and may not do this."""

    exit_code = 77

    def __init__(self, permission: str) -> None:
        super().__init__(
            Text("Hace falta el permiso {permission!r}.", "This needs the permission {permission!r}."),
            remedy=Text(
                "Pida a un administrador un rol, o una ficha, que lo tenga.",
                "Ask an administrator for a role, or a token, that has it.",
            ),
            permission=permission,
        )


class TooMany(TransientError):
    """More requests, or more failed sign-ins, than are taken at a time; `facts["retry_after_s"]` says when to try again [s]."""
