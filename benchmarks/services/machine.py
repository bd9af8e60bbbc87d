"""What every server started here needs of the machine: ports that are free, and a user that is not root."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path

HOST = "127.0.0.1"


class ServerMissing(RuntimeError):
    """The programs of a server are not installed here; the message says what to install."""


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def without_root(user: str) -> dict[str, object]:
    """Arguments of subprocess that take root's rights away, which database servers refuse to run with.

    The process then belongs to `user`, or to `nobody` where there is no such user; empty where this one is not root.
    """
    if os.geteuid() != 0:
        return {}
    account = _account(user)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def hand_over(user: str, *paths: Path) -> None:
    """Give files of root to the user that `without_root` names."""
    if os.geteuid() == 0:
        account = _account(user)
        for path in paths:
            os.chown(path, account.pw_uid, account.pw_gid)


def _account(user: str) -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(user)
    except KeyError:
        return pwd.getpwnam("nobody")
