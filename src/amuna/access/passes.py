"""Passes: what a session or a token opens, and until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from amuna.access.roles import Principal
from amuna.domain.errors import SignInNeeded
from amuna.domain.text import Text

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
PROLONG_AFTER = timedelta(hours=1)
_KINDS = {
    "session": (Text("sesión", "session"), Text("Inicie sesión de nuevo.", "Sign in again.")),
    "token": (
        Text("ficha", "token"),
        Text(
            "Cree otra: amuna token make, o la página de administración.",
            "Make another: amuna token make, or the Admin page.",
        ),
    ),
}
_ENDED = {
    "unknown": Text("Esta {kind} no se conoce aquí.", "This {kind} is not known here."),
    "expired": Text("Esta {kind} venció.", "This {kind} expired."),
    "revoked": Text("Esta {kind} fue revocada.", "This {kind} was revoked."),
    "inactive": Text(
        "El usuario de esta {kind} fue desactivado.", "The user of this {kind} was deactivated."
    ),
}
_EXPIRED_AT = Text(
    "Esta {kind} venció el {at:%Y-%m-%d} a las {at:%H:%M} UTC.",
    "This {kind} expired at {at:%Y-%m-%d %H:%M} UTC.",
)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a session or a token opens.

    Parameters
    ----------
    kind
        `session` or `token`.
    principal
        Who it makes of the one who asks.
    language
        The user's language, `es` or `en`; empty for the browser's.
    created_at, expires_at
        When it was made, and the first instant at which it no longer holds (UTC).
    ended
        `revoked` or `inactive` where it was ended before it expired; else empty.
    """

    kind: str
    principal: Principal
    language: str
    created_at: datetime
    expires_at: datetime
    ended: str = ""

    def require(self, now: datetime) -> None:
        """Refuse unless it holds.

        Raises
        ------
        SignInNeeded
            If it expired or was ended; `facts["reason"]` says which.
        """
        if self.ended or now >= self.expires_at:
            raise refusal(self.kind, self.ended or "expired", at=self.expires_at)

    def prolonged(self, now: datetime) -> Pass | None:
        """The session with its idle time begun anew, at most once an hour; None where nothing changes."""
        expires = session_end(self.created_at, now)
        if self.kind != "session" or expires - self.expires_at < PROLONG_AFTER:
            return None
        return replace(self, expires_at=expires)


def session_end(created_at: datetime, used_at: datetime) -> datetime:
    """When a session ends that was used last at this instant: idle for 12 hours, or 7 days old."""
    return min(used_at + IDLE, created_at + LONGEST)


def refusal(kind: str, reason: str, *, at: datetime | None = None) -> SignInNeeded:
    """Why a session or token does not hold: unknown, expired, revoked, or its user is inactive."""
    words, remedy = _KINDS[kind]
    if at is None or reason != "expired":
        return SignInNeeded(_ENDED[reason], remedy=remedy, reason=reason, kind=words)
    return SignInNeeded(_EXPIRED_AT, remedy=remedy, reason=reason, kind=words, at=at)
