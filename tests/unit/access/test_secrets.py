"""Passwords, secrets, and how long passes hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from amuna.access.passes import Pass, session_end
from amuna.access.passwords import WeakPassword, check_password, hash_password, verify_password
from amuna.access.roles import Principal, Role
from amuna.access.secrets import TOKEN_PREFIX, form_key, hashed, new_secret, same
from amuna.domain.errors import SignInNeeded

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
ANA = Principal("ana@example.org", "Ana", Role.ANALYST, None)


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("once-letras", "short"),
        ("x" * 257, "long"),
        ("abababababab", "monotonous"),
        ("aquí va rosaura y más", "name"),
    ],
)
def test_a_password_is_refused_for_length_monotony_or_the_name(password: str, rule: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, "Rosaura@example.org")
    assert refused.value.facts["rule"] == rule
    assert password not in str(refused.value)
    assert refused.value.problem.es.startswith("La contraseña")


def test_words_without_digits_and_signs_will_do() -> None:
    check_password("agua que no has de beber", "rosaura@example.org")


def test_a_password_is_kept_as_argon2id_and_known_again() -> None:
    kept = hash_password("agua que no has de beber")
    assert kept.startswith("$argon2id$")
    assert verify_password("agua que no has de beber", kept)
    assert not verify_password("agua que no has de bebes", kept)


@pytest.mark.parametrize("kept", ["", "not a hash"])
def test_without_a_password_nothing_is_right(kept: str) -> None:
    assert not verify_password("", kept)
    assert not verify_password("nobody", kept)


def test_secrets_are_long_differ_and_are_not_kept() -> None:
    first, second = new_secret(TOKEN_PREFIX), new_secret(TOKEN_PREFIX)
    assert first != second
    assert first.startswith("amuna_")
    assert len(first) >= len("amuna_") + 43
    assert len({hashed(first), form_key(first), first}) == 3
    assert same("ñandú", "ñandú")
    assert not same("ñandú", "nandu")


def test_a_session_ends_after_twelve_idle_hours_and_seven_days() -> None:
    assert session_end(NOW, NOW) == NOW + timedelta(hours=12)
    assert session_end(NOW, NOW + timedelta(days=6, hours=20)) == NOW + timedelta(days=7)


def test_a_session_is_prolonged_at_most_once_an_hour_and_a_token_never() -> None:
    session = Pass("session", ANA, "", NOW, NOW + timedelta(hours=12))
    assert session.prolonged(NOW + timedelta(minutes=59)) is None
    longer = session.prolonged(NOW + timedelta(hours=1))
    assert longer is not None
    assert longer.expires_at == NOW + timedelta(hours=13)
    token = Pass("token", ANA, "", NOW, NOW + timedelta(hours=1))
    assert token.prolonged(NOW + timedelta(minutes=30)) is None


@pytest.mark.parametrize(
    ("reason", "spanish", "english"),
    [
        ("revoked", "Esta ficha fue revocada.", "This token was revoked."),
        ("inactive", "El usuario de esta ficha fue desactivado.", "The user of this token was deactivated."),
        (
            "expired",
            "Esta ficha venció el 2025-03-02 a las 12:00 UTC.",
            "This token expired at 2025-03-02 12:00 UTC.",
        ),
    ],
)
def test_a_pass_that_does_not_hold_says_why(reason: str, spanish: str, english: str) -> None:
    ended = "" if reason == "expired" else reason
    held = Pass("token", ANA, "", NOW, NOW + timedelta(days=1), ended)
    with pytest.raises(SignInNeeded) as refused:
        held.require(NOW + timedelta(days=1))
    assert refused.value.facts["reason"] == reason
    assert refused.value.problem == (spanish, english)
