"""A genuine MariaDB server on a free port of this machine, in a folder of its own, that can be killed and started again."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pymysql

from services.machine import HOST, ServerMissing, free_ports, hand_over, without_root

USER, DATABASE = "billing_admin", "billing"
_ACCOUNT = "mysql"
_START_S = 60.0


@dataclass
class MariadbServer:
    """A running server.

    Parameters
    ----------
    folder
        Holds the data folder, the log and the socket; goes away with the server.
    program
        `mariadbd`.
    port
        Port on 127.0.0.1; stays the same over `kill` and `start`.
    password
        Password of the user `billing_admin`, who may do anything in the database `billing`.
    """

    folder: Path
    program: str
    port: int
    password: str = field(repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Address of the database `billing` as SQLAlchemy writes it."""
        return f"mariadb+pymysql://{USER}:{self.password}@{HOST}:{self.port}/{DATABASE}"

    def connect(self) -> pymysql.Connection:
        """A connection that commits every statement."""
        return pymysql.connect(
            host=HOST,
            port=self.port,
            user=USER,
            password=self.password,
            database=DATABASE,
            autocommit=True,
            connect_timeout=5,
        )

    def start(self) -> None:
        """Start the server on its folder and port, and wait until it lets itself be used."""
        command = [
            *(self.program, "--no-defaults", f"--datadir={self.folder / 'data'}"),
            *(f"--port={self.port}", f"--bind-address={HOST}", f"--socket={self.folder / 'socket'}"),
            *(f"--init-file={self.folder / 'init.sql'}", f"--pid-file={self.folder / 'pid'}"),
            *("--skip-name-resolve", "--skip-log-bin", "--innodb-buffer-pool-size=128M"),
        ]
        with (self.folder / "log").open("ab") as log:
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
        """Kill the server at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop the server in good order."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, sign)
        try:
            self._process.wait(timeout=_START_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                self.connect().close()
            except pymysql.MySQLError as error:
                ended = self._process is None or self._process.poll() is not None
                if ended or time.monotonic() > deadline:
                    said = (self.folder / "log").read_text(errors="replace")[-2000:]
                    self.kill()
                    message = f"MariaDB did not start: {error}\n{said}"
                    raise RuntimeError(message) from error
                time.sleep(0.05)
            else:
                return


@contextmanager
def mariadb_server() -> Iterator[MariadbServer]:
    """Run a server with an empty database `billing`; everything of it is gone afterwards.

    Raises
    ------
    ServerMissing
        If no MariaDB server is installed.
    """
    program = _program("mariadbd")
    folder = Path(tempfile.mkdtemp(prefix="amuna-mariadb-"))
    server = MariadbServer(folder, program, free_ports(1)[0], secrets.token_hex(12))
    try:
        _create(server)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        message = "MariaDB is not here: apt install mariadb-server"
        raise ServerMissing(message)
    return found


def _create(server: MariadbServer) -> None:
    """Make the data folder, and the statements that the server runs at every start."""
    (server.folder / "init.sql").write_text(
        f"CREATE DATABASE IF NOT EXISTS {DATABASE};\n"
        f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{server.password}';\n"
        f"GRANT ALL ON {DATABASE}.* TO '{USER}'@'%';\n"
    )
    hand_over(_ACCOUNT, server.folder, server.folder / "init.sql")
    command = [
        *(_program("mariadb-install-db"), "--no-defaults", f"--datadir={server.folder / 'data'}"),
        *("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=server.folder, **without_root(_ACCOUNT)
    )
    if done.returncode != 0:
        message = f"mariadb-install-db failed: {done.stderr or done.stdout}"
        raise RuntimeError(message)
