"""OpenID Connect: signing in with the utility's own accounts, by the code flow with PKCE (RFC 7636)."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from amuna.domain.errors import SignInNeeded
from amuna.domain.text import Text

_TIMEOUT_S = 10.0
_SCOPE = "openid email"
_LEEWAY_S = 60
_NO_ATTEMPT = Text(
    "el navegador no tiene un inicio de sesión en curso", "the browser has no sign-in under way"
)
_OTHER_ISSUER = Text("se llama a sí mismo {issuer}", "it names itself {issuer}")
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


@dataclass(frozen=True)
class Attempt:
    """A sign-in that is under way at the provider; the browser keeps it in a cookie.

    Parameters
    ----------
    state, nonce, verifier
        Random texts that tie the provider's answer to this browser.
    after
        Where to go afterwards.
    """

    state: str
    nonce: str
    verifier: str
    after: str

    def text(self) -> str:
        """As a cookie's value."""
        return base64.urlsafe_b64encode(json.dumps(asdict(self)).encode()).decode()

    @staticmethod
    def read(text: str) -> Attempt:
        """From a cookie's value.

        Raises
        ------
        SignInNeeded
            If there is none, or it cannot be read.
        """
        try:
            return Attempt(**json.loads(base64.urlsafe_b64decode(text.encode())))
        except (ValueError, TypeError) as error:
            raise _failed(_NO_ATTEMPT) from error


class Provider:
    """An OpenID provider, whose addresses and keys are fetched when they are first needed.

    Parameters
    ----------
    issuer
        Its address, as it names itself.
    client, secret
        What it knows this program by.
    """

    def __init__(self, issuer: str, *, client: str, secret: str) -> None:
        self._issuer, self._client, self._secret = issuer.rstrip("/"), client, secret
        self._addresses: dict[str, Any] = {}

    def start(self, back: str, after: str) -> tuple[str, Attempt]:
        """Where to send the browser, and what it must keep.

        Raises
        ------
        SignInNeeded
            If the provider does not answer.
        """
        attempt = Attempt(generate_token(32), generate_token(32), generate_token(64), after)
        url, _ = self._session(back).create_authorization_url(
            self._address("authorization_endpoint"),
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
        )
        return str(url), attempt

    def finish(self, attempt: Attempt, query: dict[str, str], *, back: str, now: datetime) -> str:
        """The verified e-mail address of who signed in.

        Raises
        ------
        SignInNeeded
            If the answer is not the one that was waited for, or the address is not verified.
        """
        session = self._session(back, state=attempt.state)
        try:
            token = session.fetch_token(
                self._address("token_endpoint"),
                authorization_response=f"{back}?{urlencode(query)}",
                code_verifier=attempt.verifier,
                timeout=_TIMEOUT_S,
            )
            claims = self._claims(str(token["id_token"]), attempt.nonce, now)
        except (AuthlibBaseError, JoseError, OSError, KeyError, ValueError) as error:
            raise _failed(repr(error)) from error
        if claims.get("email_verified") is not True or not claims.get("email"):
            raise SignInNeeded(
                Text("El correo no está verificado.", "The e-mail address is not verified."),
                remedy=Text("Verifíquelo en la cuenta de la empresa.", "Verify it in the utility's account."),
                reason="oidc",
            )
        return str(claims["email"])

    def _claims(self, id_token: str, nonce: str, now: datetime) -> CodeIDToken:
        keys = KeySet.import_key_set(cast("KeySetSerialization", self._fetched(self._address("jwks_uri"))))
        found = jwt.decode(id_token, keys, algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            found.claims,
            found.header,
            options={"iss": {"essential": True, "value": self._addresses["issuer"]}},
            params={"nonce": nonce, "client_id": self._client},
        )
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY_S)
        if self._client not in [claims["aud"], *claims["aud"]]:
            raise ValueError("the token is for another client")
        return claims

    def _session(self, back: str, *, state: str | None = None) -> OAuth2Session:
        return OAuth2Session(
            self._client,
            self._secret,
            scope=_SCOPE,
            redirect_uri=back,
            state=state,
            code_challenge_method="S256",
        )

    def _address(self, name: str) -> str:
        if not self._addresses:
            found = self._fetched(f"{self._issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self._issuer:
                raise _failed(_OTHER_ISSUER.fill(issuer=found.get("issuer")))
            self._addresses = found
        return str(self._addresses[name])

    def _fetched(self, url: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = httpx.get(url, timeout=_TIMEOUT_S).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise _failed(repr(error)) from error
        return found


def _failed(found: Text | str) -> SignInNeeded:
    return SignInNeeded(
        Text(
            "El proveedor OpenID no respondió como se esperaba: {found}.",
            "The OpenID provider did not answer as expected: {found}.",
        ),
        remedy=Text(
            "Revise serve.oidc_issuer, serve.oidc_client y serve.oidc_secret, o intente otra vez.",
            "Check serve.oidc_issuer, serve.oidc_client and serve.oidc_secret, or try again.",
        ),
        reason="provider",
        found=found,
    )
