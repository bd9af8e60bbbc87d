"""The API under load: forecasts of random accounts, signed in, before and while the fleet is trained anew.

    python benchmarks/api.py [--accounts-n 27000] [--seconds 60] [--clients 64] [--workspace DIR] [--json]

`amuna serve` runs as a process of its own on the demo's utility, and so do the clients; the machine's cores are shared
by both. The peer is a Flask route that returns a constant from the same web server: what the machine can do at most.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from _common import cores, finish, parser
from amuna import wiring
from amuna.access.roles import Permission, Role
from amuna.domain.tables import ACCOUNTS
from amuna.workflows.audit import Actor
from amuna.workflows.tokens import make_token
from amuna.workflows.users import add_user

BARS = {"rps": 3_000.0, "p99_ms": 50.0, "errors": 0, "p99_training_ms": 250.0}
HERE = Path(__file__).parent
PATHS = 5_000
_QUIET = {"AMUNA_SERVE_PORT": "0", "AMUNA_SCHEDULE_DAILY": "", "AMUNA_SCHEDULE_WEEKLY": ""}
_BARE = """
import json, sys, threading
from flask import Flask
from amuna.serve.server import Place, free_place, run_server
app = Flask("bare")
app.add_url_rule("/bare", view_func=lambda: {"bare": True})
place = free_place(Place("127.0.0.1", 0))
run_server(app, place, stopping=threading.Event(), opened=lambda: print(json.dumps({"door": place.address}), flush=True))
"""


def main() -> None:
    """Make the workspace, serve it, ask."""
    arguments = parser(__doc__.splitlines()[0])
    arguments.add_argument("--accounts-n", type=int, default=27_000)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--clients", type=int, default=64)
    arguments.add_argument(
        "--workspace", type=Path, help="a workspace that `amuna demo` made; else one is made"
    )
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="amuna-api-") as folder:
        workspace = options.workspace or made(Path(folder) / "demo", options.accounts_n)
        figures = measure(workspace, seconds=options.seconds, clients=options.clients)
    show(figures)
    finish(figures, as_json=options.json)


def made(folder: Path, accounts: int) -> Path:
    """The demo's utility, trained and forecast."""
    command = [sys.executable, "-m", "amuna.serve.cli.main", "demo", str(folder), "--accounts", str(accounts)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def measure(workspace: Path, *, seconds: float, clients: int) -> dict[str, Any]:
    """Figures of the quiet server, of the training one, and of the bare route."""
    token, accounts = analyst(workspace)
    chosen = random.Random(1).choices(accounts, k=PATHS)
    paths = [f"/api/v1/accounts/{account}/forecast" for account in chosen]
    command = [sys.executable, "-m", "amuna.serve.cli.main", "-w", str(workspace), "serve", "--json"]
    with serving(command) as door:
        warm(door, token, paths)
        plan = {"connections": clients, "paths": paths, "token": token}
        quiet = asked(door, plan, seconds=seconds)
        with httpx.Client(base_url=door, headers={"Authorization": f"Bearer {token}"}, timeout=30) as api:
            training = under_training(api, door, plan, most_s=seconds)
    with serving([sys.executable, "-c", _BARE]) as door:
        bare = asked(door, plan | {"paths": ["/bare"]}, seconds=min(seconds, 15.0))
    return {
        "rps": quiet["rps"],
        "p99_ms": quiet["p99_ms"],
        "errors": quiet["errors"] + training["errors"],
        "p99_training_ms": training["p99_ms"],
        "ratio_to_bare": round(quiet["rps"] / bare["rps"], 3),
        "quiet": quiet,
        "training": training,
        "bare": bare,
        "accounts": len(accounts),
        "clients": clients,
        "cores": cores(),
    }


def analyst(workspace: Path) -> tuple[str, list[str]]:
    """A token of an operator made for this, and the accounts there are."""
    now = datetime.now(UTC)
    store = wiring.store(wiring.open_workspace(workspace))
    try:
        name = f"benchmark-{now:%Y%m%d%H%M%S}@example.org"
        actor = Actor("amuna")
        add_user(name, Role.OPERATOR, store=store, actor=actor, now=now)
        scopes = [Permission.ACCOUNTS, Permission.JOBS]
        made_token = make_token(name, "load", scopes=scopes, store=store, actor=actor, now=now, days=1)
        return made_token.secret, store.read(ACCOUNTS, columns=["account_id"])["account_id"].to_list()
    finally:
        store.close()


@contextmanager
def serving(command: list[str]) -> Iterator[str]:
    """A server process and the address it says."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | _QUIET)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["door"]
    finally:
        process.terminate()
        process.wait(timeout=30)


def warm(door: str, token: str, paths: list[str]) -> None:
    """One answer, checked, before the clock runs."""
    answer = httpx.get(door + paths[0], headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert answer.status_code == 200, answer.text
    first = answer.json()["days"][0]
    assert first["low80_m3"] <= first["forecast_m3"] <= first["high80_m3"], first


def asked(door: str, plan: dict[str, Any], *, seconds: float) -> dict[str, Any]:
    """What the clients saw."""
    url = httpx.URL(door)
    whole = plan | {"host": url.host, "port": url.port, "seconds": seconds}
    done = subprocess.run(
        [sys.executable, str(HERE / "_load.py")],
        input=json.dumps(whole),
        text=True,
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def under_training(api: httpx.Client, door: str, plan: dict[str, Any], *, most_s: float) -> dict[str, Any]:
    """What the clients saw while the whole fleet was trained; the load ends with the training or before."""
    started = api.post("/api/v1/jobs", json={"job": "train"})
    assert started.status_code == 202, started.text
    place = started.headers["Location"]
    while api.get(place).json()["status"] == "queued":
        time.sleep(0.1)
    found = asked(door, plan, seconds=most_s)
    return found | {"training_status_after": api.get(place).json()["status"]}


def show(figures: dict[str, Any]) -> None:
    """A table for people."""
    table = Table(
        title=f"{figures['accounts']:,} accounts, {figures['clients']} clients, {figures['cores']} cores"
    )
    for column in ("", "requests/s", "p50 [ms]", "p99 [ms]", "max [ms]", "errors"):
        table.add_column(column, justify="left" if not column else "right")
    for name in ("quiet", "training", "bare"):
        row = figures[name]
        cells = [row["rps"], row["p50_ms"], row["p99_ms"], row["max_ms"], row["errors"]]
        table.add_row(name, *(f"{cell:,.4g}" for cell in cells))
    console = Console()
    console.print(table)
    for name, bar in BARS.items():
        console.print(f"{name}: {figures[name]:,} (bar {bar:,})")


if __name__ == "__main__":
    main()
