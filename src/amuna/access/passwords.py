"""Passwords: argon2id at rest, and a rule that asks for length alone.

Parameters are OWASP's (Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane): some 40 ms on one core. NIST SP 800-63B
advises against rules of composition; length and a look at the most common passwords are what helps.
"""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from amuna.domain.errors import PermanentError
from amuna.domain.text import Text

SHORTEST = 12
LONGEST = 256
_FEWEST_LETTERS = 5
_SHORT = Text(
    "La contraseña tiene {characters} caracteres; el mínimo es {least}.",
    "The password has {characters} characters; {least} are the fewest.",
)
_LONG = Text("La contraseña tiene más de {most} caracteres.", "The password has more than {most} characters.")
_MONOTONOUS = Text(
    "La contraseña tiene menos de {least} caracteres distintos.",
    "The password has fewer than {least} different characters.",
)
_NAME = Text("La contraseña contiene el nombre de usuario.", "The password holds the name it belongs to.")
_REMEDY = Text(
    "Use unas palabras que solo usted juntaría.", "Take a few words that only you would put together."
)
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class WeakPassword(PermanentError):
    """A password that is refused; `facts["rule"]` is short, long, monotonous or name."""


def check_password(password: str, user_id: str) -> None:
    """Refuse a password that is too short, too long, one of a few letters, or holds the user's name.

    Raises
    ------
    WeakPassword
        If it is refused.
    """
    name = user_id.split("@", maxsplit=1)[0].casefold()
    if len(password) < SHORTEST:
        raise WeakPassword(_SHORT, remedy=_REMEDY, rule="short", characters=len(password), least=SHORTEST)
    if len(password) > LONGEST:
        raise WeakPassword(_LONG, remedy=_REMEDY, rule="long", most=LONGEST)
    if len(set(password.casefold())) < _FEWEST_LETTERS:
        raise WeakPassword(_MONOTONOUS, remedy=_REMEDY, rule="monotonous", least=_FEWEST_LETTERS)
    if len(name) > 3 and name in password.casefold():
        raise WeakPassword(_NAME, remedy=_REMEDY, rule="name")


def hash_password(password: str) -> str:
    """Argon2id of a password, with its parameters and salt."""
    return _HASHER.hash(password)


def verify_password(password: str, password_hash: str) -> bool:
    """Whether the password is the right one. Without a hash it takes as long, and is not."""
    try:
        return _HASHER.verify(password_hash or _nobody(), password[: LONGEST + 1]) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody")
