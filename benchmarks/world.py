"""The service as it runs, on the embedded stack, with a gallery to measure on."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import aiohttp
import asyncpg
import msgspec
import psutil

from pmd_service.base.settings import Settings
from pmd_service.demo.service import Service, settings_on, start_service, until_ready
from pmd_service.demo.stack import Stack, free_port
from pmd_service.identity.tokens import Tokens

SIGNED_FOR = timedelta(hours=6)


class World:
    """A running service, a database connection, and an authenticated client."""

    def __init__(
        self,
        service: Service,
        database: asyncpg.Connection,
        session: aiohttp.ClientSession,
        *,
        is_quick: bool = False,
        library_size: int = 50_000,
    ) -> None:
        self.service = service
        self.is_quick = is_quick
        self.library_size = library_size
        self.settings: Settings = service.settings
        self.database = database
        self.session = session
        self._tokens = Tokens(service.settings)

    def sized(self, full: int, quick: int) -> int:
        """A benchmark's size: as the report wants it, or as a quick run does."""
        return quick if self.is_quick else full

    def sign(self, sqid: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens.issue(sqid, datetime.now(UTC) + SIGNED_FOR)}"}

    async def add_artist(self, handle: str) -> tuple[int, dict[str, str]]:
        """A user of their own for a benchmark, and the headers that sign them in."""
        user_id: int = await self.database.fetchval(
            "INSERT INTO users (handle, public_sqid) VALUES ($1, $1) RETURNING id", handle
        )
        return user_id, self.sign(handle)

    async def add_artworks(self, owner_id: int, count: int, size: int) -> list[int]:
        """Posts with files of ``size`` random bytes: what a compressed image is to a ZIP."""
        folder = self.settings.vault_path / "bench"
        folder.mkdir(exist_ok=True)
        rows = await self.database.fetch(
            """INSERT INTO posts (owner_id, title, file_format, file_bytes, width, height)
               SELECT $1, 'Artwork ' || n, 'png', $3, 64, 64 FROM generate_series(1, $2) AS n RETURNING id""",
            owner_id,
            count,
            size,
        )
        ids = [row["id"] for row in rows]
        await asyncio.to_thread(lambda: [(folder / f"{post}.png").write_bytes(os.urandom(size)) for post in ids])
        await self.database.execute(
            "UPDATE posts SET art_url = '/vault/bench/' || id || '.png' WHERE id = ANY($1)", ids
        )
        return ids

    async def until(self, location: str, headers: dict[str, str], status: str) -> dict[str, Any]:
        """Poll a request until it has this status."""
        while True:
            async with self.session.get(location, headers=headers) as response:
                item: dict[str, Any] = await response.json()
            if item["status"] == status:
                return item
            if item["status"] == "failed":
                raise RuntimeError(item["error_message"])
            await asyncio.sleep(0.1)  # rarely, so that polling does not disturb the measurement

    async def post(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Any:
        """The answer's JSON; RuntimeError where it is none of 2xx."""
        async with self.session.post(f"/api/pmd/{path}", json=body, headers=headers) as response:
            if not response.ok:
                raise RuntimeError(await response.text())
            return await response.json()

    async def request(self, headers: dict[str, str], posts: list[int], **options: Any) -> str:
        """Ask for a download; its address."""
        return f"/api/pmd/bdr/{(await self.post('bdr', headers, {'post_ids': posts, **options}))['id']}"

    async def postgres_milliseconds(self, statement: str) -> float:
        """What Postgres takes until the last row is encoded for the wire; no round trip is in it."""
        options = "ANALYZE, TIMING OFF, BUFFERS OFF, SERIALIZE BINARY, FORMAT JSON"
        plan = json.loads(await self.database.fetchval(f"EXPLAIN ({options}) {statement}"))
        return float(plan[0]["Execution Time"])


@asynccontextmanager
async def running(
    folder: Path, *, is_quick: bool = False, library_size: int = 50_000, store: bool = False, **overrides: Any
) -> AsyncIterator[World]:
    """Start the stack, one server and one worker; stop them at the end.

    Args:
        store: whether the vault is an object store.
    """
    with ExitStack() as closing:
        stack = closing.enter_context(Stack(folder, store=store))
        stack.create_database()
        settings = settings_on(stack, port=free_port(), daily_limit=1_000_000)
        settings = msgspec.structs.replace(settings, **overrides)
        service = start_service(closing, stack.folder, settings)
        await until_ready(service)
        database = await asyncpg.connect(settings.database_url)
        async with aiohttp.ClientSession(settings.base_url, connector=aiohttp.TCPConnector(limit=0)) as session:
            yield World(service, database, session, is_quick=is_quick, library_size=library_size)
        await database.close()


class PeakMemory:
    """A process's peak memory within the block, in bytes above what it had before."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def __enter__(self) -> Self:
        self._before = resident_bytes(self._pid)
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")  # forget the peak so far: proc(5)
        return self

    def __exit__(self, *_: object) -> None:
        self.above = resident_bytes(self._pid, "VmHWM") - self._before


def resident_bytes(pid: int, name: str = "VmRSS") -> int:
    """The memory that a process has (``VmHWM``: the most it has had)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def read_bytes(pid: int) -> int:
    """What a process has read from files and sockets so far: proc(5)."""
    lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(lines["rchar"])


def cpu_seconds(pid: int) -> float:
    """What a process has computed, with those that it has started and those of them that have ended."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system + each.children_user + each.children_system for each in times))
