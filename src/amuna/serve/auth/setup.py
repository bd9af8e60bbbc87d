"""Who is asking, attached to the web application."""

from __future__ import annotations

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from amuna.serve.auth.headers import register_headers
from amuna.serve.auth.identify import register_identify
from amuna.serve.auth.pages import pages
from amuna.serve.auth.troubles import register_troubles
from amuna.serve.desk import Desk


def register_auth(app: Flask, desk: Desk) -> None:
    """Tell before each request who is asking, and after it keep the browser safe."""
    proxies = desk.workspace.settings.serve_proxies
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    register_identify(app, desk)
    register_headers(app)
    register_troubles(app)
    routes = pages()
    if desk.workspace.settings.serve_oidc_issuer:
        from amuna.serve.auth.oidc_pages import add_oidc

        add_oidc(routes, desk.workspace.settings)
    app.register_blueprint(routes)
