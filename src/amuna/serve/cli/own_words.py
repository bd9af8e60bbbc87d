"""Typer's own words in Spanish: panel titles, the usage line, its options, and what it says of a wrong command line."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer import rich_utils

_PANELS = {
    "ARGUMENTS_PANEL_TITLE": "Argumentos",
    "OPTIONS_PANEL_TITLE": "Opciones",
    "COMMANDS_PANEL_TITLE": "Comandos",
    "ERRORS_PANEL_TITLE": "Error",
    "DEFAULT_STRING": "[por defecto: {}]",
    "ENVVAR_STRING": "[variable: {}]",
    "REQUIRED_LONG_STRING": "[obligatorio]",
    "DEPRECATED_STRING": "(en desuso) ",
    "ABORTED_TEXT": "Cancelado.",
    "RICH_HELP": "Escriba [blue]'{command_path} {help_option}'[/] para ver la ayuda.",
}
_METAVARS = {"[OPTIONS]": "[OPCIONES]", "COMMAND [ARGS]...": "COMANDO [ARGUMENTOS]..."}
_HELP = {
    "Show this message and exit.": "Muestra esta ayuda y termina.",
    "Install completion for the current shell.": "Instala en esta terminal el completado de comandos con la tecla Tab.",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "Muestra el completado de esta terminal, para copiarlo o adaptarlo."
    ),
}
_KINDS = {"argument": "el argumento", "option": "la opción", "parameter": "el valor de"}
_ERRORS = (
    (r"No such option: (\S+) \(Possible options: (.+)\)", "No existe la opción {0}. ¿Quiso decir {1}?"),
    (r"No such option: (\S+)", "No existe la opción {0}."),
    (r"No such command (.+)\. Did you mean (.+)\?", "No existe el comando {0}. ¿Quiso decir {1}?"),
    (r"No such command (.+)\.", "No existe el comando {0}."),
    (r"Missing command\.", "Falta el comando."),
    (r"Missing (argument|option|parameter) (.+?)\.(?: .*)?", "Falta {0} {1}."),
    (r"Got unexpected extra argument\(s\) \((.+)\)", "Sobra en la línea: {0}."),
    (r"Option (.+) requires an argument\.", "La opción {0} necesita un valor."),
    (r"Option (.+) does not take a value\.", "La opción {0} no lleva ningún valor."),
    (r"Invalid value for (.+?): (.+)", "Valor incorrecto de {0}: {1}"),
    (r"Invalid value: (.+)", "Valor incorrecto: {0}"),
    (r"Value error, (.+) is not one of (.+)\.", "{0} no es ninguno de: {1}."),
    (r"Value error, (.+)", "{0}"),
    (r"Input should be a valid integer.*", "debe ser un número entero."),
    (r"Input should be a valid number.*", "debe ser un número."),
    (r"Input should be greater than or equal to (.+)", "debe ser {0} o más."),
    (r"Input should be less than or equal to (.+)", "debe ser {0} o menos."),
)


class _Formatter(typer.Context.formatter_class):  # type: ignore[valid-type,misc]
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix=prefix or "Uso: ")


class _Context(typer.Context):
    formatter_class = _Formatter


def spanish(message: str) -> str:
    """What Typer says of a wrong command line, in Spanish; a message not known here stays as it is."""
    for pattern, words in _ERRORS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return words.format(*(_KINDS.get(part) or spanish(part) for part in found.groups()))
    return message


def speak_spanish(command: Any) -> None:
    """Give Typer's constants, and the command with those under it, Spanish words."""
    for name, words in _PANELS.items():
        setattr(rich_utils, name, words)
    rich_utils.OptionHighlighter.highlights.append(r"(?P<usage>Uso: )")
    print_error = rich_utils.rich_format_error

    def print_spanish(error: Any) -> None:
        said = spanish(error.format_message())
        error.format_message = lambda: said
        print_error(error)

    rich_utils.rich_format_error = print_spanish  # type: ignore[assignment]
    _translate(command, None)


def _translate(command: Any, parent: typer.Context | None) -> None:
    command.context_class = _Context
    command.options_metavar = _METAVARS.get(command.options_metavar, command.options_metavar)
    context = _Context(command, parent=parent, info_name=command.name, **command.context_settings)
    for parameter in command.get_params(context):
        parameter.help = _HELP.get(parameter.help, parameter.help)
    for each in getattr(command, "commands", {}).values():
        command.subcommand_metavar = _METAVARS.get(command.subcommand_metavar, command.subcommand_metavar)
        _translate(each, context)
