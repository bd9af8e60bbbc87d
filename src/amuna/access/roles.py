"""Roles: what each may do, and whose rows it may see. The one place that decides both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from amuna.domain.errors import NotAllowed, NotFound


class Role(StrEnum):
    """What a person is to the utility."""

    CUSTOMER = "customer"
    CREW = "crew"
    ANALYST = "analyst"
    OPERATOR = "operator"
    ADMIN = "admin"


class Permission(StrEnum):
    """What may be done; also the scopes of a token."""

    ACCOUNTS = "accounts"  # accounts within sight, their readings and forecasts
    BILLS = "bills"  # bills to come and advice of accounts within sight
    ALARMS = "alarms"  # alarms of accounts within sight
    HANDLE_ALARMS = "alarms:handle"  # say that an alarm is looked at or closed
    DEMAND = "demand"  # totals of many accounts
    ZONES = "zones"  # inflow of zones and its forecasts
    MODELS = "models"  # models, their accuracy and their history
    DATA = "data"  # feeds, quality, quarantine
    INGEST = "ingest"  # hand in readings
    JOBS = "jobs"  # start work, promote and roll back
    ADMIN = "admin"  # users, tokens of others, settings, erasure
    AUDIT = "audit"  # who did what


_CUSTOMER = frozenset({Permission.ACCOUNTS, Permission.BILLS})
_CREW = frozenset({Permission.ACCOUNTS, Permission.ALARMS, Permission.HANDLE_ALARMS, Permission.ZONES})
_ANALYST = frozenset(
    {
        Permission.ACCOUNTS,
        Permission.BILLS,
        Permission.ALARMS,
        Permission.DEMAND,
        Permission.ZONES,
        Permission.MODELS,
        Permission.DATA,
    }
)
_OPERATOR = _ANALYST | {Permission.HANDLE_ALARMS, Permission.INGEST, Permission.JOBS}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.CUSTOMER: _CUSTOMER,
    Role.CREW: _CREW,
    Role.ANALYST: _ANALYST,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True)
class Principal:
    """Who is asking, signed in by a session or a token.

    Parameters
    ----------
    user_id, name
        The user, and how to address them.
    role
        What they are.
    accounts
        Accounts within sight; None for all. Never None for a customer.
    scopes
        What the token was made for; None where a person signed in.
    """

    user_id: str
    name: str
    role: Role
    accounts: frozenset[str] | None
    scopes: frozenset[Permission] | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role, and the token where there is one, allows it."""
        return permission in GRANTS[self.role] and (self.scopes is None or permission in self.scopes)

    def require(self, permission: Permission) -> None:
        """Refuse unless `may`.

        Raises
        ------
        NotAllowed
            If the role or the token does not allow it.
        """
        if not self.may(permission):
            raise NotAllowed(permission.value)

    def sees(self, account_id: str) -> bool:
        """Whether the account is within sight."""
        return self.accounts is None or account_id in self.accounts

    def require_sight(self, account_id: str) -> None:
        """Refuse unless `sees`, in the words for an account that is not there: a stranger learns nothing.

        Raises
        ------
        NotFound
            If the account is out of sight.
        """
        if not self.sees(account_id):
            raise NotFound("account", account_id)

    def only(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows whose `account_id` is within sight."""
        if self.accounts is None:
            return rows
        return rows.filter(pl.col("account_id").is_in(sorted(self.accounts)))
