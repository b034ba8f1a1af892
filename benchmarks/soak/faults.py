"""What befalls the house: each fault strikes, passes, and is counted by its name."""

import asyncio
import os
import random
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

from redis.asyncio import Redis

from tests.s3 import Fault

from .house import House
from .report import Report

Strike: TypeAlias = Callable[[], Coroutine[None, None, None]]

# Longer than a lease: whoever wakes then has lost its row to another.
PAST_LEASE_SECONDS = 34.0
SLOW_MAIL_SECONDS = 4.0
# Longer than all retries of a row together: what waits for the store has to be done afterwards, and nothing failed.
OUTAGE_SECONDS = 150.0


class Faults:
    """Strikes so often as it is told; what lasts goes on beside the next ones.

    Args:
        lasting: holds what lasts until it has passed.
    """

    def __init__(self, house: House, report: Report, lasting: asyncio.TaskGroup) -> None:
        self._house = house
        self._report = report
        self._lasting = lasting
        self._deck: list[str] = []
        self._menu = self._all()

    def _all(self) -> Mapping[str, tuple[int, Strike]]:
        """Every fault by its name, with how often it comes in a round."""
        house = self._house
        menu: dict[str, tuple[int, Strike]] = {
            "downloads worker killed": (3, partial(self._kill, "downloads")),
            "media worker killed": (4, partial(self._kill, "media")),
            "upkeep worker killed": (2, partial(self._kill, "upkeep")),
            "server killed": (2, self._kill_server),
            "downloads worker frozen": (1, partial(self._freeze, "downloads")),
            "media worker frozen": (1, partial(self._freeze, "media")),
            "server frozen": (1, self._freeze_server),
            "Valkey flushed": (1, self._flush),
            "Valkey killed": (1, partial(asyncio.to_thread, house.stack.restart_valkey)),
            "Postgres restarted": (2, partial(asyncio.to_thread, house.stack.restart_postgres)),
            "mail server slow": (1, self._slow_mail),
        }
        if house.disk is not None:
            menu["disk full"] = (1, partial(self._fill_disk, house.disk))
        elif house.proxy is None:
            self._report.left_out.append("disk full (a small disk cannot be mounted here)")
        if house.proxy is not None:
            menu["store hangs"] = (1, partial(self._fail_store, "hang"))
            menu["store slow"] = (1, partial(self._fail_store, "drip"))
            menu["store refuses"] = (1, partial(self._fail_store, "503"))
            menu["store refuses for minutes"] = (1, partial(self._fail_store, "503", seconds=OUTAGE_SECONDS))
        return menu

    async def strike(self) -> None:
        """The next fault: all of them come in each round, in an order of its own."""
        if not self._deck:
            self._deck = [name for name, (often, _) in self._menu.items() for _ in range(often)]
            random.shuffle(self._deck)
        name = self._deck.pop()
        await self._menu[name][1]()
        self._report.faults[name] += 1

    async def _kill(self, queue: str) -> None:
        worker = random.choice(self._house.workers[queue])
        await self._house.kill(worker, down_seconds=random.uniform(0, 2))

    async def _kill_server(self) -> None:
        await self._house.kill(self._house.server, down_seconds=random.uniform(0, 2))

    async def _freeze(self, queue: str) -> None:
        worker = random.choice(self._house.workers[queue])
        seconds = random.choice([random.uniform(1, 5), PAST_LEASE_SECONDS])
        self._lasting.create_task(self._house.freeze(worker, seconds=seconds))

    async def _freeze_server(self) -> None:
        await self._house.freeze(self._house.server, seconds=random.uniform(1, 4))

    async def _flush(self) -> None:
        async with Redis.from_url(self._house.stack.redis_url) as redis:
            await redis.flushall()

    async def _slow_mail(self) -> None:
        async def slow() -> None:
            self._house.mail.seconds = SLOW_MAIL_SECONDS
            await asyncio.sleep(3 * SLOW_MAIL_SECONDS)
            self._house.mail.seconds = 0.0

        self._lasting.create_task(slow())

    async def _fill_disk(self, disk: Path) -> None:
        ballast = disk / "ballast"
        try:
            await asyncio.to_thread(_fill, ballast)
            await asyncio.sleep(random.uniform(2, 5))
        finally:
            ballast.unlink(missing_ok=True)

    async def _fail_store(self, how: Fault, *, seconds: float | None = None) -> None:
        assert self._house.proxy is not None
        await self._house.proxy.fail(how)
        await asyncio.sleep(random.uniform(2, 5) if seconds is None else seconds)
        await self._house.proxy.fail("none")


def _fill(ballast: Path) -> None:
    """Take all the room that there is, to the last page."""
    with ballast.open("wb", buffering=0) as file:
        disk = os.statvfs(file.fileno())
        try:
            os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize)
            while True:
                file.seek(0, os.SEEK_END)
                file.write(b"\0" * 4096)
        except OSError:
            return
