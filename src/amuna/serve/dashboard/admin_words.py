"""What the page of administration calls roles, permissions, states, actions and refusals."""

from __future__ import annotations

from amuna.domain.errors import AmunaError
from amuna.domain.text import Text
from amuna.serve.dashboard.troubles import trouble

ROLES = {
    "customer": Text("Cliente", "Customer"),
    "crew": Text("Cuadrilla de campo", "Field crew"),
    "analyst": Text("Analista", "Analyst"),
    "operator": Text("Operador", "Operator"),
    "admin": Text("Administrador", "Administrator"),
}
STATES = {
    "active": Text("activo", "active"),
    "inactive": Text("desactivado", "inactive"),
    "no_password": Text("sin contraseña aún", "no password yet"),
    "expired": Text("vencido", "expired"),
    "revoked": Text("revocado", "revoked"),
}
PERMISSIONS = {
    "accounts": Text("Cuentas, sus lecturas y pronósticos", "Accounts, their readings and forecasts"),
    "bills": Text("Recibos por venir", "Bills to come"),
    "alarms": Text("Ver alarmas", "See alarms"),
    "alarms:handle": Text("Atender alarmas", "Handle alarms"),
    "demand": Text("Demanda total y por zona", "Demand in all and by zone"),
    "zones": Text("Ingreso de las zonas y su pronóstico", "Inflow of zones and its forecast"),
    "models": Text("Modelos y su exactitud", "Models and their accuracy"),
    "data": Text("Fuentes y calidad de datos", "Feeds and data quality"),
    "ingest": Text("Entregar lecturas", "Hand in readings"),
    "jobs": Text("Iniciar trabajos y promover modelos", "Start jobs and promote models"),
    "admin": Text("Administrar usuarios", "Administer users"),
    "audit": Text("Ver la bitácora", "See the audit log"),
}
ACTIONS = {
    "sign_in": Text("Inició sesión", "Signed in"),
    "sign_in_failed": Text("Inicio de sesión fallido", "Failed sign-in"),
    "sign_out": Text("Cerró sesión", "Signed out"),
    "user_added": Text("Agregó un usuario", "Added a user"),
    "user_changed": Text("Cambió un usuario", "Changed a user"),
    "link_made": Text("Creó un enlace", "Made a link"),
    "password_chosen": Text("Eligió contraseña", "Chose a password"),
    "token_made": Text("Creó una ficha", "Made a token"),
    "token_revoked": Text("Revocó una ficha", "Revoked a token"),
    "account_forgotten": Text("Borró una cuenta", "Erased an account"),
    "training_asked": Text("Pidió un entrenamiento", "Asked for a training"),
    "models_rolled_back": Text("Volvió al entrenamiento anterior", "Went back to the training before"),
}
DETAILS = {
    "role": Text("rol", "role"),
    "name": Text("nombre", "name"),
    "language": Text("idioma", "language"),
    "active": Text("puede iniciar sesión", "may sign in"),
    "accounts": Text("cuentas", "accounts"),
    "by": Text("con", "by"),
    "purpose": Text("para", "for"),
    "hours": Text("vale por horas", "holds for hours"),
    "days": Text("vale por días", "holds for days"),
    "user": Text("en nombre de", "in the name of"),
    "scopes": Text("permisos", "permissions"),
    "rows": Text("filas", "rows"),
    "users": Text("usuarios borrados", "users erased"),
    "before": Text("antes servía", "before it served"),
    "reason": Text("motivo", "reason"),
}
VALUES = {
    "by": {
        "password": Text("contraseña", "password"),
        "link": Text("enlace", "link"),
        "oidc": Text("cuenta de la empresa", "the utility's account"),
    },
    "purpose": {
        "password": Text("elegir contraseña", "choosing a password"),
        "visit": Text("mirar", "looking around"),
    },
    "role": ROLES,
    "active": {"True": Text("sí", "yes"), "False": Text("no", "no")},
}
_REFUSED = {
    "exists": Text("Ya hay un usuario con ese nombre.", "There is a user of that name already."),
    "name": Text(
        "Ese nombre no se puede usar. Escriba un correo, sin espacios ni comillas, y un nombre de hasta 120 letras.",
        "That name cannot be used. Write an e-mail address without blanks and quotes, and a name of up to 120 letters.",
    ),
    "accounts": Text(
        "Solo un cliente tiene cuentas: los demás roles las ven todas.",
        "Only a customer holds accounts: the other roles see all of them.",
    ),
    "last_admin": Text(
        "Es el último administrador activo. Nombre antes a otro.",
        "This is the last active administrator. Name another one first.",
    ),
    "inactive": Text(
        "El usuario está desactivado. Actívelo antes.", "The user is inactive. Activate them first."
    ),
    "scopes": Text(
        "Elija al menos un permiso, de los que tiene su rol.",
        "Choose at least one permission that their role has.",
    ),
    "job_running": Text(
        "No se borró nada: hay un trabajo en marcha que volvería a escribir filas de la cuenta. Intente cuando termine.",
        "Nothing was erased: a job is under way that would write rows of the account again. Try again when it has ended.",
    ),
}


def refusal(error: AmunaError) -> Text:
    """Why something was not done."""
    found = _REFUSED.get(str(error.facts.get("reason", "")))
    return found or trouble(error)


def word(words: dict[str, Text], code: str) -> Text:
    """A code in words; itself where nobody has named it."""
    return words.get(code, Text(code, code))
