"""A small genuine OpenID provider over HTTP: the code flow with PKCE, signed identity tokens, and faults on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "amuna", "the client's secret"


@dataclass
class OidcProvider:
    """A provider whose only person is already signed in there.

    Parameters
    ----------
    issuer
        Its address.
    now
        The present instant.
    claims
        What it says of the person, besides what every identity token says.
    key
        What it signs with.
    codes
        What was asked for with each code that it gave out.
    """

    issuer: str
    now: Callable[[], datetime]
    claims: dict[str, Any]
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, address: str) -> str:
        """Where the person's browser is sent back to, for the address that it was sent to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and body for a program that asks."""
        if path == "/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            return 200, {"issuer": self.issuer} | {name: f"{self.issuer}/{name}" for name in names}
        if path == "/jwks_uri":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        return self._token(form) if path == "/token_endpoint" else (404, {})

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != challenge.decode().rstrip("="):
            return 400, {"error": "invalid_grant"}
        at = int(self.now().timestamp())
        said = {
            "iss": self.issuer,
            "sub": "1",
            "aud": CLIENT,
            "iat": at,
            "exp": at + 300,
            "nonce": asked["nonce"],
        }
        token = jwt.encode({"alg": "RS256", "kid": "1"}, said | self.claims, self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": token}


@contextmanager
def oidc_provider(now: Callable[[], datetime], claims: dict[str, Any]) -> Iterator[OidcProvider]:
    """The provider, listening on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*provider.answer(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            if self.headers["Authorization"] != f"Basic {basic}":
                self._send(401, {"error": "invalid_client"})
                return
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*provider.answer(self.path, form))

        def _send(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = OidcProvider(f"http://127.0.0.1:{server.server_port}", now, claims)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
