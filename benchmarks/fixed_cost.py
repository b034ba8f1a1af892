"""What every request costs before it does anything: GET /api/auth/me against a bare aiohttp handler."""

import asyncio
import statistics

from .naive import running_bare
from .runner import Row
from .wire import requests_per_second
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
                theirs.append(rate(address, "/nothing", {}))
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
