"""Headers that keep a browser safe: nothing from elsewhere, nothing framed, nothing guessed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from flask import Flask, Response, request

_NAME = "amuna_script_hashes"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000"
_STRICT = "default-src 'none'; frame-ancestors 'none'"


def register_headers(app: Flask) -> None:
    """Put the headers on every answer: pages may run their own scripts alone, everything else may run none."""
    app.extensions[_NAME] = set()
    always = tuple(_ALWAYS.items())
    policy = {"": _STRICT}

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        for name, value in always:
            headers[name] = value
        page = response.mimetype == "text/html"
        if page and "page" not in policy:
            policy["page"] = _policy(app.extensions[_NAME])
        headers["Content-Security-Policy"] = policy["page"] if page else _STRICT
        if request.is_secure:
            headers["Strict-Transport-Security"] = _HSTS
        return response


def allow_scripts(app: Flask, hashes: Iterable[str]) -> None:
    """Let pages run these inline scripts, each named as `'sha256-…'`; to be said before the first page is asked for."""
    app.extensions[_NAME].update(hashes)


def script_hash(script: str) -> str:
    """The name of an inline script, as `allow_scripts` takes it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _policy(hashes: Iterable[str]) -> str:
    """What a page may load. Mantine and ag-grid write style elements of their own, so styles may be inline."""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(sorted(hashes))}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
