"""Entry point: run a command, and turn errors into messages and exit codes."""

from __future__ import annotations

import sys

from click.exceptions import Abort

from amuna.domain.errors import AmunaError
from amuna.serve.cli import data, demo, feed, models, overview
from amuna.serve.cli.app import app
from amuna.serve.cli.output import errors, print_error

__all__ = ["main"]

for module in (overview, demo, feed, data, models):
    module.register(app)


def main() -> None:
    """Run the command line."""
    as_json = "--json" in sys.argv
    try:
        app()
    except AmunaError as error:
        print_error(error, as_json=as_json)
        raise SystemExit(error.exit_code) from None
    except (KeyboardInterrupt, Abort):
        errors.print("Interrupted. What was committed stays; run the same command again to go on.")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
