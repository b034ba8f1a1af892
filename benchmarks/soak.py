"""``make soak``: requests against workers under random kills; nothing may be lost, nothing told twice.

Real processes and signals on the embedded stack, with the real lease and sweep: recovery takes what it takes in
production. Each kill is a SIGKILL of a worker, now and then of Valkey or a restart of Postgres; a new worker takes the
dead one's place, as a supervisor would see to.
"""

import argparse
import asyncio
import os
import random
import re
import shutil
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import aiohttp
import asyncpg
import msgspec

from pmd_service.demo.house import Service, settings_on, until_ready
from pmd_service.demo.mail_catcher import MailCatcher
from pmd_service.demo.processes import Child, stop_together
from pmd_service.demo.stack import Stack, free_port

from .world import World

ARTWORKS, SIZE = 128, 200_000
USERS = 8
# Lease, sweep, and what the rest may take: SPEC section 7 allows the lease and a minute.
RECOVERY_GOAL_SECONDS = 30 + 60


class Report(msgspec.Struct, kw_only=True):
    """What a soak has seen."""

    requests: int = 0
    kills: int = 0
    valkey_kills: int = 0
    postgres_restarts: int = 0
    ready: int = 0
    lost: int = 0
    bad_archives: int = 0
    stray_files: int = 0
    mails: int = 0
    doubled_mails: int = 0
    unknown_mails: int = 0
    taken_over: int = 0
    slowest_recovery_seconds: float = 0.0
    seconds: float = 0.0

    @property
    def is_well(self) -> bool:
        faults = self.lost + self.bad_archives + self.stray_files + self.doubled_mails
        return faults == 0 and self.slowest_recovery_seconds <= RECOVERY_GOAL_SECONDS


class Soak:
    """One soak: the asking, the killing, and the reckoning."""

    def __init__(self, world: World, stack: Stack, workers: list[Child]) -> None:
        self.world = world
        self.stack = stack
        self.workers = workers
        self.report = Report()
        self._askers: list[tuple[dict[str, str], list[int]]] = []

    async def run(self, requests: int, seconds: float, kills: int) -> Report:
        began = time.monotonic()
        for number in range(USERS):
            user, headers = await self.world.add_artist(f"soak-{number}")
            self._askers.append((headers, await self.world.add_artworks(user, ARTWORKS, SIZE)))
        await self.world.database.execute("UPDATE users SET email = handle || '@example.org'")
        # Half of the requests come at their own pace, half in a burst before each kill: those are under way then.
        bursts = [requests // (2 * kills) or 1] * kills
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ask(requests - sum(bursts), seconds))
            group.create_task(self._kill(bursts, seconds))
        await self._until_all_ended()
        await self._reckon()
        self.report.seconds = round(time.monotonic() - began, 1)
        return self.report

    async def _ask(self, requests: int, seconds: float) -> None:
        for _ in range(requests):
            await self._post()
            await asyncio.sleep(random.uniform(0, 2 * seconds / requests))

    async def _post(self) -> None:
        """Ask as a careful client does: the same key until there is an answer."""
        headers, posts = random.choice(self._askers)
        keyed = headers | {"Idempotency-Key": os.urandom(8).hex()}
        wanted = random.sample(posts, k=random.randint(ARTWORKS // 2, ARTWORKS))
        body = {"post_ids": wanted, "send_email": True, "include_reactions": True}
        while True:
            try:
                async with self.world.session.post("/api/pmd/bdr", json=body, headers=keyed) as response:
                    if response.status == 202:
                        self.report.requests += 1
                        return
                    if response.status != 503:
                        raise RuntimeError(await response.text())
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)

    async def _kill(self, bursts: list[int], seconds: float) -> None:
        for number, burst in enumerate(bursts):
            await asyncio.sleep(random.uniform(0.5, 1.5) * seconds / len(bursts))
            await asyncio.gather(*(self._post() for _ in range(burst)))
            await asyncio.sleep(random.uniform(0, 0.3))
            if number % 10 == 4:
                await asyncio.to_thread(self.stack.restart_valkey)
                self.report.valkey_kills += 1
            elif number % 10 == 9:
                await asyncio.to_thread(self.stack.restart_postgres)
                self.report.postgres_restarts += 1
            else:
                worker = random.choice(self.workers)
                await asyncio.to_thread(worker.kill)
                self.report.kills += 1
                await asyncio.sleep(random.uniform(0, 2))
                await asyncio.to_thread(worker.start)

    async def _until_all_ended(self) -> None:
        while await self._fetchval(
            """SELECT (SELECT count(*) FROM batch_download_requests WHERE status IN ('pending', 'processing'))
                    + (SELECT count(*) FROM outbox WHERE status IN ('due', 'connecting'))"""
        ):
            await asyncio.sleep(0.5)

    async def _reckon(self) -> None:
        report = self.report
        # A sweep removes what the last dead attempt has left.
        await asyncio.sleep(20)
        rows = await self._fetch("SELECT * FROM batch_download_requests")
        report.lost = report.requests - len([row for row in rows if row["status"] == "ready"])
        report.ready = report.requests - report.lost
        vault = self.world.settings.vault_path
        files = {str(path.relative_to(vault)) for path in vault.glob("bdr/*/*")}
        # What a killed attempt was writing is due to be removed when nobody can be at it any more.
        expected = [row["key"].removesuffix(".zip") for row in await self._fetch("SELECT key FROM vault_leftovers")]
        strays = files - {row["file_path"] for row in rows}
        report.stray_files = len([path for path in strays if not any(key.split("/")[-1] in path for key in expected)])
        sound = await asyncio.to_thread(lambda: [_is_sound(vault, row) for row in rows])
        report.bad_archives = sound.count(False)
        recovered = [row for row in rows if row["expired_leases"]]
        report.taken_over = len(recovered)
        # From the request to its end, less what each further loss may take.
        report.slowest_recovery_seconds = max(
            (
                round((row["completed_at"] - row["created_at"]).total_seconds() / row["expired_leases"], 1)
                for row in recovered
            ),
            default=0.0,
        )
        told = _told(self.stack.mail)
        report.mails = sum(map(len, told.values()))
        report.doubled_mails = sum(len(subjects) - len(set(subjects)) for subjects in told.values())
        # What a killed worker was handing over becomes “unknown” when no sender can be at it any more.
        report.unknown_mails = await self._fetchval(
            "SELECT count(*) FROM outbox WHERE status IN ('sending', 'unknown')"
        )

    async def _fetchval(self, query: str) -> Any:
        rows = await self._fetch(query)
        return rows[0][0]

    async def _fetch(self, query: str) -> list[asyncpg.Record]:
        """A connection each time: the soak restarts the server."""
        while True:
            try:
                connection = await asyncpg.connect(self.world.settings.database_url)
            except (asyncpg.PostgresError, OSError):
                await asyncio.sleep(0.2)
                continue
            rows = await connection.fetch(query)
            await connection.close()
            return rows


def _told(mailbox: MailCatcher) -> dict[str, list[str]]:
    """The messages' subjects, by the id of the request in their link."""
    told: defaultdict[str, list[str]] = defaultdict(list)
    for message in mailbox.messages():
        text = message.get_body(("plain",))
        assert text is not None
        found = re.search(r"\?bdr=([0-9a-f-]{36})", text.get_content())
        assert found is not None
        told[found[1]].append(str(message["Subject"]))
    return told


def _is_sound(vault: Path, row: asyncpg.Record) -> bool:
    if row["status"] != "ready":
        return True
    archive = vault / row["file_path"]
    with ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.startswith("artworks/")]
        return opened.testzip() is None and len(names) == row["artwork_count"]


async def soak(requests: int, workers: int, seconds: float, kills: int) -> Report:
    var = Path(__file__).parent.parent / "var"
    var.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir=var))
    try:
        with ExitStack() as closing:
            stack = closing.enter_context(Stack(folder))
            stack.create_database()
            settings = settings_on(stack, port=free_port(), daily_limit=1_000_000)
            server = Child("serve", stack.folder, settings)
            crew = [Child("worker", stack.folder, settings) for _ in range(workers)]
            closing.callback(stop_together, server, *crew)
            for child in (server, *crew):
                child.start()
            await until_ready(Service(settings, server, crew[0]))
            database = await asyncpg.connect(settings.database_url)
            async with aiohttp.ClientSession(settings.base_url) as session:
                world = World(Service(settings, server, crew[0]), database, session)
                return await Soak(world, stack, crew).run(requests, seconds, kills)
    finally:
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=180, help="how long to ask and kill")
    parser.add_argument("--kills", type=int, default=60)
    arguments = parser.parse_args()
    report = asyncio.run(soak(arguments.requests, arguments.workers, arguments.seconds, arguments.kills))
    for name, value in msgspec.structs.asdict(report).items():
        print(f"{name:<26} {value}")
    raise SystemExit(0 if report.is_well else 1)


if __name__ == "__main__":
    main()
