"""Closed-loop HTTP load: so many connections, each asking again as soon as it has its answer. Runs as a process of its own.

    python benchmarks/_load.py < plan.json

The plan names host, port, connections, seconds, paths and token; a JSON object with latencies [ms] is written out.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass
class Tally:
    """What was asked and answered until `end` [s, perf_counter]."""

    requests: list[bytes]
    end: float
    latencies_s: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    lost: int = 0


class Connection(asyncio.Protocol):
    """One client: a request, its answer, the next request."""

    def __init__(self, tally: Tally, seed: int) -> None:
        self._tally, self._choice = tally, random.Random(seed)
        self._received = b""
        self._sent = 0.0
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(_END)
        if head_end < 0:
            return
        head = self._received[:head_end].lower()
        _, _, rest = head.partition(_LENGTH)
        size = int(rest.split(b"\r\n", 1)[0]) if rest else 0
        if len(self._received) < head_end + len(_END) + size:
            return
        self._received = self._received[head_end + len(_END) + size :]
        self._tally.latencies_s.append(time.perf_counter() - self._sent)
        status = head[9:12].decode()
        self._tally.statuses[status] = self._tally.statuses.get(status, 0) + 1
        if time.perf_counter() < self._tally.end:
            self._ask()
        else:
            self._sent = 0.0
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 (asyncio names it)
        if self._sent:
            self._tally.lost += 1

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._choice.choice(self._tally.requests))


async def load(plan: dict[str, Any]) -> Tally:
    """Carry the plan out."""
    head = f"HTTP/1.1\r\nHost: {plan['host']}:{plan['port']}\r\nAuthorization: Bearer {plan['token']}\r\n\r\n"
    requests = [f"GET {path} {head}".encode() for path in plan["paths"]]
    tally = Tally(requests, time.perf_counter() + plan["seconds"])
    loop = asyncio.get_running_loop()
    for number in range(plan["connections"]):
        await loop.create_connection(lambda n=number: Connection(tally, n), plan["host"], plan["port"])
    await asyncio.sleep(max(tally.end - time.perf_counter(), 0.0) + 0.5)
    return tally


def figures(tally: Tally, seconds: float) -> dict[str, Any]:
    """Requests a second, latencies [ms] and errors: answers other than 200, and connections that broke."""
    found = np.sort(np.array(tally.latencies_s or [np.nan])) * 1000
    wrong = sum(count for status, count in tally.statuses.items() if status != "200")
    return {
        "requests": len(tally.latencies_s),
        "rps": round(len(tally.latencies_s) / seconds, 1),
        **{f"p{p}_ms": round(float(np.percentile(found, p)), 2) for p in (50, 95, 99)},
        "max_ms": round(float(found[-1]), 2),
        "errors": wrong + tally.lost,
        "statuses": tally.statuses,
    }


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    print(json.dumps(figures(asyncio.run(load(asked)), asked["seconds"])))
