"""What every request costs before it does anything: GET /api/auth/me against a bare aiohttp handler.

``python -m benchmarks.fixed_cost PORT`` is that handler, as a process.
"""

import asyncio
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from pmd_service.demo.stack import free_port

from .runner import Row
from .wire import requests_per_second, served
from .world import World

CONNECTIONS = 4
TURNS = 7


async def measure(world: World) -> list[Row]:
    _artist, headers = await world.add_artist("bench-fixed")
    seconds = world.sized(3, 1)

    def by_turns() -> tuple[list[float], list[float]]:
        """One after the other, so that a busy moment of the machine falls on both."""
        ours, theirs = [], []
        with running_bare() as address:
            for _ in range(TURNS):
                theirs.append(rate(address, "/", {}))
                ours.append(rate(world.settings.base_url, "/api/auth/me", headers))
        return ours, theirs

    def rate(address: str, path: str, signed: dict[str, str]) -> float:
        return requests_per_second(address, path, signed, connections=CONNECTIONS, seconds=seconds)

    ours, theirs = await asyncio.to_thread(by_turns)
    return [
        Row(
            what="GET /api/auth/me ÷ a bare aiohttp handler, requests a second",
            value=statistics.median(ours) / statistics.median(theirs),
            unit="×",
            goal=0.25,
            higher_is_better=True,
            detail={"ours": [round(each) for each in ours], "bare": [round(each) for each in theirs]},
        )
    ]


@contextmanager
def running_bare() -> Iterator[str]:
    port = free_port()
    with served(subprocess.Popen([sys.executable, "-m", __name__, str(port)]), port) as address:
        yield address


def main() -> None:
    async def get_nothing(_request: web.Request) -> web.Response:
        return web.Response(body=b"{}", content_type="application/json")

    app = web.Application()
    app.add_routes([web.get("/", get_nothing)])
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=lambda *_: None)


if __name__ == "__main__":
    main()
