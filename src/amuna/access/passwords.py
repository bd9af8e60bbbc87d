"""Passwords: argon2id at rest, and a rule that asks for length alone.

Parameters are OWASP's (Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane): some 40 ms on one core. NIST SP 800-63B
advises against rules of composition; length and a look at the most common passwords are what helps.
"""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from amuna.domain.errors import PermanentError

SHORTEST = 12
LONGEST = 256
_FEWEST_LETTERS = 5
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
        raise _weak("short", f"The password has {len(password)} characters; {SHORTEST} are the fewest.")
    if len(password) > LONGEST:
        raise _weak("long", f"The password has more than {LONGEST} characters.")
    if len(set(password.casefold())) < _FEWEST_LETTERS:
        raise _weak("monotonous", f"The password has fewer than {_FEWEST_LETTERS} different characters.")
    if len(name) > 3 and name in password.casefold():
        raise _weak("name", "The password holds the name it belongs to.")


def hash_password(password: str) -> str:
    """Argon2id of a password, with its parameters and salt."""
    return _HASHER.hash(password)


def verify_password(password: str, password_hash: str) -> bool:
    """Whether the password is the right one. Without a hash it takes as long, and is not."""
    try:
        return _HASHER.verify(password_hash or _nobody(), password[: LONGEST + 1]) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


def _weak(rule: str, problem: str) -> WeakPassword:
    return WeakPassword(problem, remedy="Take a few words that only you would put together.", rule=rule)


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody")
