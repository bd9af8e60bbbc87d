"""Where a PostgreSQL database is: its address as people write it, and as the driver takes it."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from amuna.domain.errors import UnknownSetting
from amuna.domain.text import Text

_USUAL = {"connect_timeout": "10", "application_name": "amuna"}


@dataclass(frozen=True)
class Address:
    """A database's address.

    Parameters
    ----------
    place
        The address without its password, for messages.
    dsn
        The address for the driver.
    """

    place: str
    dsn: str = field(repr=False)


def address(url: str) -> Address:
    """Read `postgresql://user:password@host:port/database`; SQLAlchemy's `postgresql+psycopg://` is the same.

    Raises
    ------
    UnknownSetting
        If the address cannot be read; the message does not repeat it, since it may hold a password.
    """
    scheme, _, rest = url.partition("://")
    parts = _parts(rest) if scheme.split("+")[0] in ("postgresql", "postgres") else None
    if parts is None:
        raise UnknownSetting(
            Text(
                "La dirección del almacén no es la de una base de datos PostgreSQL.",
                "The store's address is not one of a PostgreSQL database.",
            ),
            remedy=Text(
                "Escriba store.url como postgresql://USUARIO:${{CLAVE}}@SERVIDOR:5432/BASE, con la contraseña en la variable de"
                " entorno CLAVE; si en la dirección misma hay caracteres como @ y /, escríbalos %40 y %2F.",
                "Write store.url as postgresql://USER:${{PASSWORD}}@HOST:5432/DATABASE, the password in the environment;"
                " write characters such as @ and / in it as %40 and %2F.",
            ),
            setting="store.url",
        )
    user = f"{parts['user']}@" if parts.get("user") else ""
    port = f":{parts['port']}" if parts.get("port") else ""
    place = f"postgresql://{user}{parts.get('host') or ''}{port}/{parts.get('dbname') or ''}"
    return Address(place, make_conninfo(**{**_USUAL, **parts}))


def _parts(rest: str) -> dict[str, str] | None:
    try:
        found = conninfo_to_dict(f"postgresql://{rest}")
    except psycopg.ProgrammingError:
        return None
    return {name: str(value) for name, value in found.items() if value is not None}
