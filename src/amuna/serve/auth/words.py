"""What the pages of sign-in say, in Spanish and English."""

from __future__ import annotations

from amuna.access.passwords import SHORTEST, WeakPassword
from amuna.domain.errors import AmunaError, SignInNeeded, TooMany
from amuna.domain.text import Text

WORDS = {
    "sign_in": Text("Iniciar sesión", "Sign in"),
    "user": Text("Correo o usuario", "E-mail or user"),
    "password": Text("Contraseña", "Password"),
    "enter": Text("Entrar", "Sign in"),
    "other_way": Text("Entrar con la cuenta de la empresa", "Sign in with the utility's account"),
    "forgotten": Text(
        "¿Olvidó su contraseña? Pida un enlace nuevo a quien administra Amuna.",
        "Forgot your password? Ask whoever administers Amuna for a new link.",
    ),
    "insecure": Text(
        "Esta dirección no está cifrada, y el navegador no guardará su sesión. Use la dirección que empieza con https.",
        "This address is not encrypted, and the browser will not keep your session. Use the one that starts with https.",
    ),
    "choose": Text("Elija su contraseña", "Choose your password"),
    "choose_for": Text("Para {name} ({user}).", "For {name} ({user})."),
    "rule": Text(
        f"Al menos {SHORTEST} caracteres. Unas palabras que solo usted juntaría son más seguras que un signo raro.",
        f"At least {SHORTEST} characters. A few words that only you would put together are safer than an odd sign.",
    ),
    "save": Text("Guardar y entrar", "Save and sign in"),
    "visit": Text("Bienvenido, {name}", "Welcome, {name}"),
    "visit_once": Text(
        "Este enlace abre la página de un cliente de ejemplo. Sirve una sola vez.",
        "This link opens the page of an example customer. It works once.",
    ),
    "look": Text("Ver mi consumo", "See my water use"),
    "sign_out": Text("Cerrar sesión", "Sign out"),
    "sign_out_sure": Text("Está conectado como {name}.", "You are signed in as {name}."),
    "back": Text("Volver", "Go back"),
    "to_start": Text("Ir al inicio", "Go to the start"),
    "trouble": Text("No se pudo continuar", "That did not work"),
    "skip": Text("Ir al contenido", "Skip to content"),
    "language": Text("Idioma", "Language"),
}
_REFUSED = {
    "wrong": Text(
        "El usuario o la contraseña no son correctos. Revise ambos e intente otra vez.",
        "The user or the password is not right. Check both, and try again.",
    ),
    "link": Text(
        "Este enlace ya no sirve: se usó, venció o fue reemplazado por otro. Pida uno nuevo a quien administra Amuna.",
        "This link no longer works: it was used, is too old, or was replaced. Ask whoever administers Amuna for a new one.",
    ),
    "oidc": Text(
        "La cuenta de la empresa se reconoció, pero no hay aquí un usuario con ese correo verificado. "
        "Pida a quien administra Amuna que lo agregue.",
        "The utility's account was recognised, but there is no user here with that verified e-mail. "
        "Ask whoever administers Amuna to add it.",
    ),
    "provider": Text(
        "El servidor de cuentas de la empresa no respondió como se esperaba. Intente otra vez en un minuto.",
        "The server of the utility's accounts did not answer as expected. Try again in a minute.",
    ),
}
STATUSES = {
    400: Text(
        "No se entendió el pedido. Vuelva a la página e intente otra vez.",
        "The request was not understood. Go back to the page and try again.",
    ),
    401: Text("Inicie sesión para ver esto.", "Sign in to see this."),
    403: Text("Su rol no permite hacer esto.", "Your role does not allow this."),
    404: Text(
        "Esta dirección no lleva a ninguna página. Revise cómo está escrita.",
        "This address leads to no page. Check how it is written.",
    ),
    405: Text("Esta dirección no admite ese pedido.", "This address does not take that request."),
    413: Text("Lo que envió es demasiado grande.", "What you sent is too large."),
    500: Text(
        "Algo falló en el servidor. Quedó anotado con el número {number}; intente otra vez.",
        "Something failed on the server. It was noted as number {number}; try again.",
    ),
    503: Text(
        "El almacén de datos no responde en este momento. Intente otra vez en un minuto.",
        "The data store does not answer right now. Try again in a minute.",
    ),
}
_WAIT = Text(
    "Demasiados intentos. Espere {wait} e intente otra vez.", "Too many tries. Wait {wait}, and try again."
)
_SECONDS, _MINUTES = Text("{n} segundos", "{n} seconds"), Text("{n} minutos", "{n} minutes")
_LONG_WAIT_S = 120


def refused(error: AmunaError) -> Text:
    """What to tell a person of an error on these pages."""
    if isinstance(error, TooMany):
        return _WAIT.fill(wait=_length(int(str(error.facts["retry_after_s"]))))
    if isinstance(error, SignInNeeded):
        return _REFUSED.get(str(error.facts.get("reason")), STATUSES[401])
    return error.problem if isinstance(error, WeakPassword) else STATUSES[503]


def _length(seconds: int) -> Text:
    if seconds < _LONG_WAIT_S:
        return _SECONDS.fill(n=str(seconds))
    return _MINUTES.fill(n=str(-(-seconds // 60)))
