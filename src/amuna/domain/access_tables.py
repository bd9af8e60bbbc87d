"""The column contracts of users, what they sign in with, and what they did."""

from __future__ import annotations

import polars as pl

from amuna.domain.table import INSTANT, Column, Table

_USER = Column("user_id", pl.String, "user: the address they sign in with, in small letters")
_CREATED = Column("created_at", INSTANT, "when it was made", "UTC")
_EXPIRES = Column("expires_at", INSTANT, "first instant at which it no longer holds", "UTC")

USERS = Table(
    "users",
    (
        _USER,
        Column("name", pl.String, "how to address them"),
        Column("role", pl.String, "customer, crew, analyst, operator or admin"),
        Column("language", pl.String, "es or en; empty for the browser's"),
        Column("password_hash", pl.String, "argon2id; empty until a password is chosen"),
        Column("active", pl.Boolean, "whether they may sign in"),
        _CREATED,
    ),
    key=("user_id",),
)
USER_ACCOUNTS = Table(
    "user_accounts",
    (_USER, Column("account_id", pl.String, "account that the customer holds")),
    key=("user_id", "account_id"),
)
LINKS = Table(
    "links",
    (
        Column("secret_hash", pl.String, "SHA-256 of the link's secret"),
        _USER,
        Column("purpose", pl.String, "password (choose one) or visit (signs in once, for a demo)"),
        _CREATED,
        _EXPIRES,
        Column("used_at", INSTANT, "when it was used; it works once", "UTC", nullable=True),
    ),
    key=("secret_hash",),
)
SESSIONS = Table(
    "sessions",
    (
        Column("secret_hash", pl.String, "SHA-256 of the cookie's secret"),
        _USER,
        _CREATED,
        _EXPIRES,
    ),
    key=("secret_hash",),
)
TOKENS = Table(
    "tokens",
    (
        Column("token_id", pl.String, "its public name"),
        Column("secret_hash", pl.String, "SHA-256 of the token"),
        _USER,
        Column("label", pl.String, "what it is for, in the user's words"),
        Column("scopes", pl.String, "permissions it was made for, separated by blanks"),
        _CREATED,
        _EXPIRES,
        Column("revoked_at", INSTANT, "when it was withdrawn", "UTC", nullable=True),
    ),
    key=("token_id",),
)
AUDIT = Table(
    "audit",
    (
        Column("audit_id", pl.String, "its place in the log: time and a random end, so that it sorts"),
        Column("at", INSTANT, "when", "UTC"),
        Column("user_id", pl.String, "who; empty for someone unknown, amuna for the program"),
        Column("action", pl.String, "such as sign_in, sign_in_failed, token_made, account_forgotten"),
        Column("subject", pl.String, "user, token, account or job it was done to"),
        Column("address", pl.String, "network address it came from; empty for the command line"),
        Column("detail", pl.String, "further facts as JSON; never a secret, never a reading"),
    ),
    key=("audit_id",),
    time="at",
)

ACCESS_TABLES = (USERS, USER_ACCOUNTS, LINKS, SESSIONS, TOKENS, AUDIT)
