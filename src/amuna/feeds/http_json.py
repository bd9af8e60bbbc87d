"""JSON over HTTP: one GET that waits and tries again where the server may answer later. The home of httpx and tenacity."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from json import JSONDecodeError

import httpx
import numpy as np
import tenacity

from amuna.domain.errors import SourceUnreadable, TransientError
from amuna.domain.text import Text

_BUSY = 429
_WRONG_REQUEST = 400
_SERVER_FAULT = 500
_OK = 200
_SHOWN_CHARACTERS = 80
_NO_USE = Text(
    "{file}: no llegó una respuesta que se pueda usar ({cause}).",
    "{file}: no answer that can be used ({cause}).",
)
_NO_USE_WITH_STATUS = Text(
    "{file}: no llegó una respuesta que se pueda usar, sino el código {status} ({cause}).",
    "{file}: no answer that can be used, but status {status} ({cause}).",
)


@dataclass(frozen=True)
class HttpJson:
    """How to ask, and how long to insist.

    Parameters
    ----------
    timeout_s
        Longest wait for a connection, and between two parts of an answer [s].
    attempts
        Tries in all.
    first_wait_s
        Longest wait before the second try [s]; it doubles from try to try. The wait drawn is between half of it and
        all of it, so that many clients do not return at once.
    longest_wait_s
        No wait is longer [s]; a server that asks for more is given up.
    random
        Draws the waits.
    sleep
        Waits that many seconds.
    now
        The present instant, with a zone; a `Retry-After` may be a date.
    """

    timeout_s: float = 10.0
    attempts: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    random: np.random.Generator = field(default_factory=np.random.default_rng)
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def get(self, url: str, parameters: Mapping[str, str]) -> object:
        """The JSON value at an address.

        Raises
        ------
        TransientError
            If the server is away, overloaded or cuts its answers off, and stays so.
        SourceUnreadable
            If the server refuses the request or answers with something else than JSON.
        """
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_worth_another),
            wait=self._wait,
            stop=self._enough,
            sleep=self.sleep,
            reraise=True,
        )
        with httpx.Client(timeout=self.timeout_s) as client:
            return tries(self._once, client, url, parameters)

    def _once(self, client: httpx.Client, url: str, parameters: Mapping[str, str]) -> object:
        try:
            answer = client.get(url, params=parameters)
        except httpx.TransportError as error:
            raise _away(url, Text.both(error if str(error) else type(error).__name__)) from error
        except httpx.InvalidURL as error:
            raise SourceUnreadable(
                Text("{file}: no es una dirección ({cause}).", "{file}: this is no address ({cause})."),
                remedy=Text("Escríbala como https://SERVIDOR.", "Write it as https://HOST."),
                file=url,
                cause=str(error),
            ) from error
        if answer.status_code == _BUSY or answer.status_code >= _SERVER_FAULT:
            wait_s = _retry_after(answer, now=self.now())
            raise _away(url, Text.both(_said(answer)), status=answer.status_code, retry_after_s=wait_s)
        if answer.status_code != _OK:
            raise SourceUnreadable(
                Text(
                    "{file}: el servidor rechaza la solicitud con {status}: {cause}.",
                    "{file}: the server refuses the request with {status}: {cause}.",
                ),
                remedy=Text(
                    "Corrija en amuna.toml la dirección, o lo que se le pide.",
                    "Correct the address, or what is asked for, in amuna.toml.",
                ),
                file=url,
                status=answer.status_code,
                cause=_said(answer),
            )
        return _json(answer, url)

    def _wait(self, tried: tenacity.RetryCallState) -> float:
        asked = _asked_wait(tried)
        if asked is not None:
            return asked
        longest = min(self.first_wait_s * 2.0 ** (tried.attempt_number - 1), self.longest_wait_s)
        return float(self.random.uniform(longest / 2, longest))

    def _enough(self, tried: tenacity.RetryCallState) -> bool:
        asked = _asked_wait(tried) or 0.0
        return tried.attempt_number >= self.attempts or asked > self.longest_wait_s


def _worth_another(error: BaseException) -> bool:
    return isinstance(error, TransientError)


def _asked_wait(tried: tenacity.RetryCallState) -> float | None:
    """Seconds that the last answer asked to wait, if it did."""
    error = tried.outcome.exception() if tried.outcome else None
    asked = error.facts.get("retry_after_s") if isinstance(error, TransientError) else None
    return asked if isinstance(asked, float) else None


def _away(url: str, cause: Text, **facts: object) -> TransientError:
    return TransientError(
        _NO_USE_WITH_STATUS if "status" in facts else _NO_USE,
        remedy=Text(
            "Intente más tarde; si sigue igual, revise la dirección y la conexión.",
            "Try again later; if it stays so, check the address and the connection.",
        ),
        file=url,
        cause=cause,
        **facts,
    )


def _retry_after(answer: httpx.Response, *, now: datetime) -> float | None:
    """Seconds that the header asks to wait, which holds a number of them or a date (RFC 9110, 10.2.3)."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((until - now).total_seconds(), 0.0) if until.tzinfo else None


def _json(answer: httpx.Response, url: str) -> object:
    try:
        return answer.json()
    except (JSONDecodeError, UnicodeDecodeError) as error:
        if "json" in answer.headers.get("Content-Type", "") and answer.text.lstrip()[:1] in ("{", "["):
            cut_off = Text(
                f"su JSON está incompleto o dañado: {error}", f"its JSON is cut off or damaged: {error}"
            )
            raise _away(url, cut_off) from error
        raise SourceUnreadable(
            Text("{file}: se esperaba JSON, se encontró {found}.", "{file}: expected JSON, found {found}."),
            remedy=Text(
                "Revise la dirección en amuna.toml; quizás haya delante un proxy o una página de ingreso.",
                "Check the address in amuna.toml; a proxy or login page may stand before it.",
            ),
            file=url,
            found=_said(answer),
        ) from error


def _said(answer: httpx.Response) -> str:
    """The server's own reason, or the start of its text."""
    try:
        body = answer.json()
    except (JSONDecodeError, UnicodeDecodeError):
        body = None
    if isinstance(body, dict) and body.get("reason"):
        return str(body["reason"]).rstrip(".")
    return repr(" ".join(answer.text.split())[:_SHOWN_CHARACTERS])
