"""Secrets of links, sessions and tokens: long, random, and only their hash at rest."""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_PREFIX = "amuna_"
_BYTES = 32


def new_secret(prefix: str = "") -> str:
    """A secret of 256 random bits in letters that an address may hold."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hashed(secret: str) -> str:
    """SHA-256 of a secret: enough at rest, since nobody can try 2^256 of them."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_key(session_secret: str) -> str:
    """What a form of this session must bring along: bound to the session, and of no use without it."""
    return hashlib.sha256(b"amuna form " + session_secret.encode()).hexdigest()


def same(found: str, expected: str) -> bool:
    """Whether two secrets agree, in a time that tells nothing."""
    return hmac.compare_digest(found.encode(), expected.encode())


def public_name() -> str:
    """A short random name for a thing that has a secret beside it."""
    return secrets.token_hex(6)
