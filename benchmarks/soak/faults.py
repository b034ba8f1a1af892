"""What befalls the installation: each fault strikes, passes, and is counted by its name."""

import asyncio
import os
import random
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

from redis.asyncio import Redis

from tests.restarts import restart_postgres, restart_valkey
from tests.s3 import Fault

from .installation import Installation
from .report import Report

Strike: TypeAlias = Callable[[], Coroutine[None, None, None]]

# Longer than a lease: a process that thaws then has lost its row to another.
PAST_LEASE_SECONDS = 34.0
SLOW_MAIL_SECONDS = 4.0
# Longer than all retries of a row together: what waits for it has to be done afterwards, and nothing failed.
OUTAGE_SECONDS = 150.0
UPGRADED = "process of the release before upgraded"


class Faults:
    """Causes the given number of faults; lasting ones overlap the next.

    Args:
        count: how many there will be.
        lasting: has what lasts until it has passed.
    """

    def __init__(self, installation: Installation, report: Report, count: int, lasting: asyncio.TaskGroup) -> None:
        self._installation = installation
        self._report = report
        self._lasting = lasting
        self._menu = self._all()
        self._outages = self._for_minutes()
        self._deck = self._dealt(count)
        often = {name: strike for name, (_, strike) in self._menu.items()}
        self._strikes = {UPGRADED: installation.upgrade, **self._outages, **often}

    def _dealt(self, count: int) -> list[str]:
        """Each round has all faults, in random order; the rolling upgrade runs during the first half."""
        deck: list[str] = []
        while len(deck) < count:
            rounds = [name for name, (often, _) in self._menu.items() for _ in range(often)]
            rounds.append(random.choice([*self._outages]))
            random.shuffle(rounds)
            deck += rounds
        older = len(self._installation.older)
        for number in range(1, older + 1):
            deck[number * count // 2 // older] = UPGRADED
        return deck[:count][::-1]

    def _for_minutes(self) -> Mapping[str, Strike]:
        """One long outage per round, of one dependency or another."""
        installation = self._installation
        outages: dict[str, Strike] = {
            "Valkey away for minutes": partial(asyncio.to_thread, restart_valkey, installation.stack, OUTAGE_SECONDS),
            "Postgres away for minutes": partial(
                asyncio.to_thread, restart_postgres, installation.stack, OUTAGE_SECONDS
            ),
        }
        if installation.disk is not None:
            outages["disk full for minutes"] = partial(self._fill_disk, installation.disk, seconds=OUTAGE_SECONDS)
        if installation.proxy is not None:
            outages["store refuses for minutes"] = partial(self._fail_store, "503", seconds=OUTAGE_SECONDS)
            outages["store hangs for minutes"] = partial(self._fail_store, "hang", seconds=OUTAGE_SECONDS)
        return outages

    def _all(self) -> Mapping[str, tuple[int, Strike]]:
        """Every fault by name, with its number per round."""
        installation = self._installation
        menu: dict[str, tuple[int, Strike]] = {
            "downloads worker killed": (6, partial(self._kill, "downloads")),
            "media worker killed": (8, partial(self._kill, "media")),
            "upkeep worker killed": (4, partial(self._kill, "upkeep")),
            "server killed": (4, self._kill_server),
            "downloads worker frozen": (2, partial(self._freeze, "downloads")),
            "media worker frozen": (2, partial(self._freeze, "media")),
            "server frozen": (2, self._freeze_server),
            "Valkey flushed": (2, self._flush),
            "Valkey killed": (2, partial(asyncio.to_thread, restart_valkey, installation.stack)),
            "Postgres restarted": (4, partial(asyncio.to_thread, restart_postgres, installation.stack)),
            "mail server slow": (2, self._slow_mail),
        }
        if installation.disk is not None:
            menu["disk full"] = (2, partial(self._fill_disk, installation.disk))
        elif installation.proxy is None:
            self._report.left_out.append("disk full (a small disk cannot be mounted here)")
        if installation.proxy is not None:
            menu["store hangs"] = (2, partial(self._fail_store, "hang"))
            menu["store slow"] = (2, partial(self._fail_store, "drip"))
            menu["store refuses"] = (2, partial(self._fail_store, "503"))
        return menu

    async def strike(self) -> None:
        name = self._deck.pop()
        strikes = {UPGRADED: self._installation.upgrade, **self._outages} | {
            name: each for name, (_, each) in self._menu.items()
        }
        await strikes[name]()
        self._report.faults[name] += 1

    async def _kill(self, queue: str) -> None:
        worker = random.choice(self._installation.workers[queue])
        await self._installation.kill(worker, down_seconds=random.uniform(0, 2))

    async def _kill_server(self) -> None:
        await self._installation.kill(self._installation.server, down_seconds=random.uniform(0, 2))

    async def _freeze(self, queue: str) -> None:
        worker = random.choice(self._installation.workers[queue])
        seconds = random.choice([random.uniform(1, 5), PAST_LEASE_SECONDS])
        self._lasting.create_task(self._installation.freeze(worker, seconds=seconds))

    async def _freeze_server(self) -> None:
        await self._installation.freeze(self._installation.server, seconds=random.uniform(1, 4))

    async def _flush(self) -> None:
        async with Redis.from_url(self._installation.stack.redis_url) as redis:
            await redis.flushall()

    async def _slow_mail(self) -> None:
        async def slow() -> None:
            self._installation.mail.seconds = SLOW_MAIL_SECONDS
            await asyncio.sleep(3 * SLOW_MAIL_SECONDS)
            self._installation.mail.seconds = 0.0

        self._lasting.create_task(slow())

    async def _fill_disk(self, disk: Path, *, seconds: float | None = None) -> None:
        ballast = disk / "ballast"
        try:
            await asyncio.to_thread(_fill, ballast)
            await asyncio.sleep(random.uniform(2, 5) if seconds is None else seconds)
        finally:
            ballast.unlink(missing_ok=True)

    async def _fail_store(self, how: Fault, *, seconds: float | None = None) -> None:
        assert self._installation.proxy is not None
        await self._installation.proxy.fail(how)
        await asyncio.sleep(random.uniform(2, 5) if seconds is None else seconds)
        await self._installation.proxy.fail("none")


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
