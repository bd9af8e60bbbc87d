"""Transactions that nest: the inner ones join the outermost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from amuna.domain.errors import StoreBroken
from amuna.domain.text import Text
from amuna.store.session import Session


class Transactions:
    """The transaction of each thread. Writers of one database take turns; readers never wait.

    Parameters
    ----------
    session
        Database whose transactions these are.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._local = threading.local()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All writes inside commit together or not at all.

        Raises
        ------
        StoreBroken
            If an inner transaction failed and its error was swallowed: its writes cannot be undone alone.
        """
        if self._open:
            with self._inner():
                yield
            return
        with self._session.write_lock:
            self._session.begin(writing=True)
            with self._outermost():
                yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All reads inside see the same state of the database."""
        if self._open:
            yield
            return
        self._session.begin(writing=False)
        with self._outermost():
            yield

    @property
    def _open(self) -> bool:
        return getattr(self._local, "open", False)

    @contextmanager
    def _inner(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._local.failed = True
            raise

    @contextmanager
    def _outermost(self) -> Iterator[None]:
        self._local.open, self._local.failed = True, False
        try:
            yield
            self._check_whole()
        except BaseException:
            self._session.rollback()
            raise
        else:
            self._session.commit()
        finally:
            self._local.open = False

    def _check_whole(self) -> None:
        if self._local.failed:
            raise StoreBroken(
                Text(
                    "Almacén {store}: un paso dentro de la transacción falló, así que nada se guardó.",
                    "Store {store}: a step inside the transaction failed, so nothing was written.",
                ),
                remedy=Text(
                    "Deje que el error del paso salga de la transacción, o dé al paso una propia.",
                    "Let the step's error leave the transaction, or give the step its own.",
                ),
                store=self._session.place,
            )
