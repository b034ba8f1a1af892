"""15,000 event streams on one server process: connections to the database, delay at 500 changes a second, memory."""

import asyncio
import random
import re
import time
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from .runner import Row, percentile, spread
from .world import World, resident_bytes

CHANGES_PER_SECOND = 500
WRITERS = 4
OPENING = 64  # streams that are opened at the same time

_PROGRESS = re.compile(rb'"processed_count":(\d+)')


async def measure(world: World) -> list[Row]:
    many = world.sized(15_000, 500)
    crowd = await Crowd.gather(world, many)
    try:
        connections, bytes_each, delays = await crowd.watch(world.sized(10, 3))
    finally:
        crowd.close()
    milliseconds = [1000 * delay for delay in delays]
    return [
        Row(
            what=f"{many} subscribers on one process: connections to the database that streams hold",
            value=connections,
            unit="",
            goal=1,
            original="one each; stops at 30",
        ),
        Row(
            what=f"{many} subscribers, {CHANGES_PER_SECOND} changes/s: commit → received, p99",
            value=percentile(milliseconds, 0.99),
            unit="ms",
            goal=20,
            detail={"ms": spread(milliseconds)},
        ),
        Row(what=f"{many} subscribers: memory each", value=bytes_each / 1000, unit="kB", goal=20, original="235 kB"),
    ]


class Reader(asyncio.Protocol):
    """An event stream that only reads the progress."""

    def __init__(self) -> None:
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.on_progress: Callable[[int], object] = lambda _progress: None
        self._rest = b""

    @classmethod
    async def connect(cls, base_url: str, headers: dict[str, str]) -> Self:
        address = urlsplit(base_url)
        assert address.hostname is not None
        _, reader = await asyncio.get_running_loop().create_connection(cls, address.hostname, address.port or 80)
        lines = ["GET /api/pmd/bdr/sse HTTP/1.1", f"Host: {address.netloc}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        reader._transport.write("\r\n".join([*lines, "", ""]).encode())
        return reader

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        whole, _, self._rest = data.rpartition(b"\n")
        for progress in _PROGRESS.findall(whole):
            self.on_progress(int(progress))
        if not self.connected.done() and b"event: connected" in whole:
            self.connected.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.connected.done():
            self.connected.set_exception(error or EOFError("the stream has ended"))

    def close(self) -> None:
        self._transport.abort()


class Crowd:
    """Users with a request and a stream each, and writers who change the requests."""

    def __init__(self, world: World, users: list[tuple[str, UUID]], writers: list[asyncpg.Connection]) -> None:
        self._world = world
        self._users = users
        self._writers = writers
        self._readers: list[Reader] = []
        self._awaited: list[dict[int, float]] = [{} for _ in users]
        self._progress = [0] * len(users)
        self._delays: list[float] = []
        self._memory = resident_bytes(world.service.server.pid)

    @classmethod
    async def gather(cls, world: World, count: int) -> Self:
        """Users with one request each, without streams yet."""
        rows = await world.database.fetch(
            """INSERT INTO users (handle, public_sqid)
               SELECT 'crowd' || n, 'crowd' || n FROM generate_series(1, $1) AS n
               RETURNING id, public_sqid""",
            count,
        )
        requests = await add_requests(world.database, [row["id"] for row in rows])
        users = [(row["public_sqid"], requests[row["id"]]) for row in rows]
        writers = [await asyncpg.connect(world.settings.database_url) for _ in range(WRITERS)]
        for writer in writers:
            # The clock runs from the commit: how long the disk takes for it is not the question here.
            await writer.execute("SET synchronous_commit = off")
        return cls(world, users, writers)

    async def watch(self, seconds: float) -> tuple[int, float, list[float]]:
        """Open all users' streams and change requests for so long.

        Returns:
            The connections that streams hold to the database, a stream's bytes of memory, and each change's delay.
        """
        for first in range(0, len(self._users), OPENING):
            opening = range(first, min(len(self._users), first + OPENING))
            self._readers += await asyncio.gather(*map(self._open, opening))
            await asyncio.gather(*(self._readers[index].connected for index in opening))
        await asyncio.sleep(1)
        memory = resident_bytes(self._world.service.server.pid) - self._memory
        began = time.perf_counter()
        await asyncio.gather(*(self._change(writer, began, seconds) for writer in self._writers))
        while any(self._awaited):
            await asyncio.sleep(0.01)
        connections = await self._world.database.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pmd-listener'"
        )
        return connections, memory / len(self._users), self._delays

    def close(self) -> None:
        for reader in self._readers:
            reader.close()
        for writer in self._writers:
            writer.terminate()

    async def _open(self, index: int) -> Reader:
        sqid, _ = self._users[index]
        reader = await Reader.connect(self._world.settings.base_url, self._world.sign(sqid))
        reader.on_progress = lambda progress: self._record(index, progress)
        return reader

    def _record(self, index: int, progress: int) -> None:
        """A state confirms every change up to it: intermediate ones need not be sent."""
        now = time.perf_counter()
        awaited = self._awaited[index]
        for earlier in [value for value in awaited if value <= progress]:
            self._delays.append(now - awaited.pop(earlier))

    async def _change(self, writer: asyncpg.Connection, began: float, seconds: float) -> None:
        """One writer's share of the changes, evenly spread."""
        pause = len(self._writers) / CHANGES_PER_SECOND
        for number in range(int(seconds / pause)):
            await asyncio.sleep(began + number * pause - time.perf_counter())
            index = random.randrange(self._writers.index(writer), len(self._readers), len(self._writers))
            self._progress[index] += 1
            progress = self._progress[index]
            self._awaited[index][progress] = time.perf_counter()
            await writer.execute(
                "UPDATE batch_download_requests SET processed_count = $2 WHERE id = $1", self._users[index][1], progress
            )


async def add_requests(database: asyncpg.Connection, user_ids: list[int]) -> dict[int, UUID]:
    """One request for each user that some worker seems to be at, and that no real one will touch."""
    rows = await database.fetch(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status, started_at)
           SELECT n, n, (SELECT array_agg(post) FROM generate_series(1, 128) AS post), 128, 'processing', now()
             FROM unnest($1::int[]) AS n
           RETURNING user_id, id""",
        user_ids,
    )
    return {row["user_id"]: row["id"] for row in rows}
