"""The pages that need no dashboard: sign in, sign out, one-time links, the choice of language."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from amuna.access.roles import GRANTS, Permission, Role
from amuna.access.secrets import form_key, hashed
from amuna.domain.errors import AmunaError, SignInNeeded, TooMany
from amuna.serve.auth.cookies import FORM_KEY, SESSION, end_session, set_language, set_session
from amuna.serve.auth.identify import access, actor, refuse_other_sites
from amuna.serve.auth.language import LANGUAGES, language, say
from amuna.serve.auth.words import WORDS, refused
from amuna.workflows.links import PASSWORD, choose_password, find_link, visit_by_link
from amuna.workflows.sessions import Opened, sign_in, sign_out

_LONGEST_FIELD = 1024


def pages() -> Blueprint:
    """The routes."""
    routes = Blueprint(
        "access", __name__, template_folder="templates", static_folder="static", static_url_path="/access"
    )
    routes.get("/")(_home)
    routes.get("/sign-in")(_ask)
    routes.post("/sign-in")(_sign_in)
    routes.get("/sign-out")(_ask_out)
    routes.post("/sign-out")(_sign_out)
    routes.get("/link/<secret>")(_show_link)
    routes.post("/link/<secret>")(_use_link)
    routes.get("/language/<chosen>")(_choose_language)
    routes.register_error_handler(AmunaError, _trouble)
    return routes


def begin(opened: Opened, *, after: str) -> Response:
    """Give the browser its session, and send it on: to an address of this site, or to the first page of the role."""
    access().known.add(hashed(opened.secret), opened.held)
    to = after or home(opened.held.principal.role)
    return set_session(make_response(redirect(to, HTTPStatus.SEE_OTHER)), request, opened.secret)


def home(role: Role) -> str:
    """The first page of a role."""
    if role is Role.CUSTOMER:
        return "/app/my-water"
    return "/app/today" if Permission.DEMAND in GRANTS[role] else "/app/"


def inside(address: str) -> str:
    """An address of this site as it is; empty for any other, so that nobody is sent elsewhere."""
    split = urlsplit(address)
    here = address.startswith("/") and not address.startswith(("//", "/\\")) and not split.netloc
    return address if here and address.isprintable() and "\\" not in address else ""


def show(template: str, status: int = HTTPStatus.OK, **values: object) -> Response:
    """A page in the language of the one who asks; kept by no cache."""
    session = request.cookies.get(SESSION, "") if "held" in g else ""
    html = render_template(
        f"access/{template}.html",
        say=lambda key, /, **named: say(WORDS[key], **named),
        language=language(),
        utility=access().desk.workspace.settings.utility_name,
        form_name=FORM_KEY,
        form_key=form_key(session) if session else "",
        here=inside(request.full_path.rstrip("?")),
        other_way=bool(access().desk.workspace.settings.serve_oidc_issuer),
        **values,
    )
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _home() -> ResponseReturnValue:
    found = g.get("principal")
    return redirect("/sign-in" if found is None else home(found.role))


def _ask() -> ResponseReturnValue:
    found = g.get("principal")
    if found is not None:
        return redirect(home(found.role))
    return show("sign_in", user="", next=inside(request.args.get("next", "")))


def _sign_in() -> ResponseReturnValue:
    refuse_other_sites()
    tools = access()
    user, password = (request.form.get(name, "")[:_LONGEST_FIELD] for name in ("user", "password"))
    address, now = request.remote_addr or "", tools.desk.now()
    try:
        tools.sign_ins.take(address, now.timestamp())
        opened = sign_in(
            user, password, store=tools.desk.store, lockout=tools.lockout, now=now, address=address
        )
    except AmunaError as error:
        after = inside(request.form.get("next", ""))
        return _with_wait(
            show("sign_in", _status(error), user=user, next=after, problem=say(refused(error))), error
        )
    return begin(opened, after=inside(request.form.get("next", "")))


def _ask_out() -> ResponseReturnValue:
    found = g.get("principal")
    return redirect("/sign-in") if found is None else show("sign_out", name=found.name, back=home(found.role))


def _sign_out() -> ResponseReturnValue:
    tools = access()
    if SESSION in request.cookies:
        sign_out(request.cookies[SESSION], store=tools.desk.store, actor=actor(), now=tools.desk.now())
        tools.known.reread()
    return end_session(make_response(redirect("/sign-in", HTTPStatus.SEE_OTHER)))


def _show_link(secret: str) -> ResponseReturnValue:
    """What a link is for. It is used by a button, since scanners of mail open every link."""
    tools = access()
    link = find_link(secret, store=tools.desk.store, now=tools.desk.now())
    return show("link", link=link, choose=link.purpose == PASSWORD)


def _use_link(secret: str) -> ResponseReturnValue:
    refuse_other_sites()
    tools = access()
    address, now, store = request.remote_addr or "", tools.desk.now(), tools.desk.store
    tools.sign_ins.take(address, now.timestamp())
    link = find_link(secret, store=store, now=now)
    try:
        if link.purpose == PASSWORD:
            password = request.form.get("password", "")[:_LONGEST_FIELD]
            opened = choose_password(secret, password, store=store, now=now, address=address)
            tools.known.reread()
        else:
            opened = visit_by_link(secret, store=store, now=now, address=address)
    except SignInNeeded:
        raise
    except AmunaError as error:
        return show(
            "link", _status(error), link=link, choose=link.purpose == PASSWORD, problem=say(refused(error))
        )
    return begin(opened, after="")


def _choose_language(chosen: str) -> ResponseReturnValue:
    if chosen not in LANGUAGES:
        abort(HTTPStatus.NOT_FOUND)
    response = make_response(redirect(inside(request.args.get("next", "")) or "/", HTTPStatus.SEE_OTHER))
    return set_language(response, request, chosen)


def _trouble(error: AmunaError) -> ResponseReturnValue:
    return _with_wait(show("trouble", _status(error), problem=say(refused(error))), error)


def _status(error: AmunaError) -> HTTPStatus:
    if isinstance(error, TooMany):
        return HTTPStatus.TOO_MANY_REQUESTS
    if isinstance(error, SignInNeeded):
        return HTTPStatus.GONE if error.facts.get("reason") == "link" else HTTPStatus.UNAUTHORIZED
    return HTTPStatus.UNPROCESSABLE_ENTITY if "rule" in error.facts else HTTPStatus.SERVICE_UNAVAILABLE


def _with_wait(response: Response, error: AmunaError) -> Response:
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.facts["retry_after_s"])
    return response
