"""A small utility of the demo, its people, and the process that serves it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from amuna import wiring
from amuna.access.roles import Role
from amuna.domain.alarm_tables import ALARMS
from amuna.domain.ports import Store
from amuna.domain.tables import ACCOUNTS
from amuna.workflows.audit import PROGRAM
from amuna.workflows.links import VISIT, choose_password, first_admin_link, make_link
from amuna.workflows.sessions import open_session
from amuna.workflows.users import add_user
from amuna.workflows.views.example import example_account

ROOT = Path(__file__).parents[2]
PASSWORD = "tres ríos y un molino"
LANGUAGES = ("es", "en")
_SMALL = {"AMUNA_REGISTRY_ENABLED": "off"}
_QUIET = {
    "AMUNA_SERVE_PORT": "0",
    "AMUNA_SCHEDULE_DAILY": "",
    "AMUNA_SCHEDULE_WEEKLY": "",
}


@dataclass
class Utility:
    """A workspace, the people of it, and where it is served.

    Parameters
    ----------
    own, foreign
        An account that the customers hold, and one that they do not: it has alarms.
    sessions
        Secret of an open session of each role.
    links
        Paths of unused links: by language and role, customers' to look around, administrators' to choose a password.
    """

    folder: Path
    own: str = ""
    foreign: str = ""
    door: str = ""
    sessions: dict[Role, str] = field(default_factory=dict)
    links: dict[tuple[str, Role], str] = field(default_factory=dict)


def make_demo(folder: Path) -> Utility:
    """The demo's utility, of sixty accounts."""
    _amuna("demo", str(folder), "--accounts", "60", "--days", "330", "--json")
    return Utility(folder)


def populate(utility: Utility) -> None:
    """One person of each role with a session and a password, and for each language those who come by a link."""
    store = wiring.store(wiring.open_workspace(utility.folder))
    now = datetime.now(UTC)
    try:
        utility.own = example_account(store)
        others = store.read(ACCOUNTS, columns=["account_id"])["account_id"].sort().to_list()
        utility.foreign = next(account for account in others if account != utility.own)
        store.upsert(ALARMS, ALARMS.frame([_alarm(utility.foreign, number, now) for number in range(4)]))
        first_admin_link(store, now)
        for role in Role:
            utility.sessions[role] = _employee(role, utility, store, now)
        for language in LANGUAGES:
            for role, purpose in ((Role.CUSTOMER, VISIT), (Role.ADMIN, "password")):
                name = f"{role.value}.{language}@example.org"
                add_user(name, role, store=store, actor=PROGRAM, now=now, accounts=_held(role, utility))
                secret = make_link(name, store=store, actor=PROGRAM, now=now, purpose=purpose)
                utility.links[language, role] = f"/link/{secret}"
    finally:
        store.close()


def user_name(role: Role) -> str:
    """Under which name the person of a role signs in."""
    return f"{role.value}@example.org"


def _alarm(account_id: str, number: int, now: datetime) -> dict[str, object]:
    """An open alarm of too much use, as the daily look writes it, of a use that has gone on since."""
    first = now.date() - timedelta(days=10 * number + 3)
    return {
        "alarm_id": f"high_use {account_id} {first}",
        "account_id": account_id,
        "kind": "high_use",
        "first_day": first,
        "last_day": first + timedelta(days=2),
        "observed_m3": 9.0,
        "expected_m3": 1.5,
        "money_pen": 210.0 + number,
        "evidence": '{"usual_m3_day": 0.001, "observed_m3_day": 0.002}',
        "state": "open",
        "handled_by": "",
        "raised_at": now,
        "changed_at": now,
    }


def _held(role: Role, utility: Utility) -> list[str]:
    return [utility.own] if role is Role.CUSTOMER else []


def _employee(role: Role, utility: Utility, store: Store, now: datetime) -> str:
    """A person with an open session and, but for the administrator, a password; returns the session's secret."""
    user = add_user(user_name(role), role, store=store, actor=PROGRAM, now=now, accounts=_held(role, utility))
    if role is not Role.ADMIN:
        secret = make_link(user.user_id, store=store, actor=PROGRAM, now=now)
        choose_password(secret, PASSWORD, store=store, now=now, address="")
    return open_session(user, store=store, now=now, address="", how="test").secret


@contextmanager
def served(utility: Utility) -> Iterator[Utility]:
    """The utility while `amuna serve` runs on it; its first words name the door and the first administrator's link."""
    command = [sys.executable, "-m", "amuna.serve.cli.main", "-w", str(utility.folder), "serve", "--json"]
    log = utility.folder / "serve.log"
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, text=True, env=_environment() | _QUIET
        )
        with process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, log.read_text("utf-8")
                found = json.loads(line)
                utility.door = found["door"]
                utility.links["es", Role.ADMIN] = found["admin_link"].removeprefix(utility.door)
                yield utility
            finally:
                process.terminate()
                process.wait(timeout=30)
    assert "Traceback" not in log.read_text("utf-8"), log.read_text("utf-8")


def _amuna(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "amuna.serve.cli.main", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env=_environment(),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _environment() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AMUNA_")}
    return clean | {"PYTHONPATH": str(ROOT / "src")} | _SMALL
