"""This machine: slabs of a panel in threads, which the compiled kernels use in parallel."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from amuna.domain.panel import Panel

Result = TypeVar("Result")


@dataclass(frozen=True)
class ThreadEngine:
    """Computes slabs of a panel on the cores of this machine.

    Parameters
    ----------
    workers
        Threads; 0 for one per core.
    slab
        Most series in a slab; bounds memory.
    """

    workers: int = 0
    slab: int = 500

    def map(self, function: Callable[[Panel], Result], panel: Panel) -> Iterator[Result]:
        """Apply the function to slabs of the panel; results in the panel's order, as they are ready."""
        workers = self.workers or len(os.sched_getaffinity(0))
        with ThreadPoolExecutor(workers) as pool:
            waiting: deque[Future[Result]] = deque()
            for slab in panel.slabs(self.slab):
                waiting.append(pool.submit(function, slab))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
