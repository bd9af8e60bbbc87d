"""Entry point: run a command, and turn errors into messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from typer import Abort
from typer.main import get_command

from amuna.domain.errors import AmunaError
from amuna.domain.text import Text
from amuna.serve.cli import (
    access,
    alarms,
    audit,
    bill,
    data,
    demo,
    explain,
    feed,
    forget,
    groups,
    lifecycle,
    live,
    models,
    monitor,
    overview,
    plan,
    replay,
    store,
    stream,
    tokens,
    versions,
    weather,
)
from amuna.serve.cli.app import app
from amuna.serve.cli.language import LANGUAGE, told
from amuna.serve.cli.output import errors, print_error, refused
from amuna.serve.cli.own_words import speak_spanish

__all__ = ["main"]
_INTERRUPTED = 130
_SAID_INTERRUPTED = Text(
    "Interrumpido. Lo ya guardado se conserva; ejecute el mismo comando para continuar.",
    "Interrupted. What was committed stays; run the same command again to go on.",
)

for module in (
    overview,
    replay,
    demo,
    feed,
    stream,
    weather,
    data,
    models,
    groups,
    lifecycle,
    versions,
    live,
    monitor,
    store,
    explain,
    bill,
    access,
    tokens,
    forget,
    audit,
    alarms,
    plan,
):
    module.register(app)


def command() -> Callable[..., Any]:
    """The command line in the language of the environment, with Typer's own words too."""
    built = get_command(app)
    if LANGUAGE == "es":
        speak_spanish(built)
    return built


def main() -> None:
    """Run the command line."""
    as_json = "--json" in sys.argv
    try:
        command()()
    except AmunaError as error:
        print_error(error, as_json=as_json)
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        refusal = refused(error)
        print_error(refusal, as_json=as_json)
        raise SystemExit(refusal.exit_code) from None
    except (KeyboardInterrupt, Abort):
        _say_interrupted()
        raise SystemExit(_INTERRUPTED) from None
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _say_interrupted()
        raise


def _say_interrupted() -> None:
    errors.print(told(_SAID_INTERRUPTED))


if __name__ == "__main__":
    main()
