"""What the rows are to be seen beside: a deflated ZIP, a polling stream, and the framework without us."""

import asyncio
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg
from aiohttp import web

from pmd_service.demo.stack import free_port

from .runner import Row, spread
from .subscribers import Reader, add_requests
from .wire import requests_per_second, served
from .world import World, stopwatch

COUNT, SIZE = 128, 5_000_000
POLL_SECONDS = 5.0
POLLERS = 30


async def measure(world: World) -> list[Row]:
    return [await deflated_zip(world), await polling_stream(world), *await framework(world)]


async def deflated_zip(world: World) -> Row:
    """The artworks into a ZIP in place, with the standard library's defaults for one who wants it small."""
    count = world.sized(COUNT, 8)
    noise = os.urandom(SIZE)
    target = world.settings.vault_path / "naive.zip"
    with stopwatch() as seconds:
        await asyncio.to_thread(write_deflated, target, noise, count)
    target.unlink()
    return Row(
        what=f"naive: zipfile with deflate, {count} × 5 MB ({count * SIZE / 1e6:.0f} MB)", value=seconds[0], unit="s"
    )


def write_deflated(target: Path, noise: bytes, count: int) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            archive.writestr(f"artworks/{number}.png", noise)


async def polling_stream(world: World) -> Row:
    """Streams that look at the table every 5 s, each on a connection that it keeps."""
    users = [(await world.add_artist(f"bench-poller-{number}"))[0] for number in range(POLLERS)]
    added = await add_requests(world.database, users)
    requests = [added[user] for user in users]
    delays: list[float] = []
    writing = asyncio.Lock()

    async def change_and_wait(index: int, reader: Reader) -> None:
        await asyncio.sleep(random.uniform(0, POLL_SECONDS))
        arrived = asyncio.Event()
        reader.on_progress = lambda told: arrived.set() if told == 1 else None
        async with writing:
            await world.database.execute(
                "UPDATE batch_download_requests SET processed_count = 1 WHERE id = $1", requests[index]
            )
        began = time.perf_counter()
        await arrived.wait()
        delays.append(time.perf_counter() - began)

    async with polling_server(world.settings.database_url) as address:
        readers = [await Reader.connect(address, {}, path=f"/{bdr_id}") for bdr_id in requests]
        await asyncio.gather(*(reader.connected for reader in readers))
        held = await world.database.fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'naive'")
        await asyncio.gather(*(change_and_wait(index, reader) for index, reader in enumerate(readers)))
        for reader in readers:
            reader.close()
    return Row(
        what=f"naive: commit → event by polling every 5 s, {POLLERS} subscribers, p50",
        value=spread(delays)["median"],
        unit="s",
        detail={"seconds": spread(delays, 2), "database_connections": held},
    )


@asynccontextmanager
async def polling_server(database_url: str) -> AsyncIterator[str]:
    """``/{bdr_id}`` is a stream of that request's progress; the server's address."""

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"event: connected\ndata: {}\n\n")
        told = 0
        database = await asyncpg.connect(database_url, server_settings={"application_name": "naive"})
        try:
            while True:
                progress = await database.fetchval(
                    "SELECT processed_count FROM batch_download_requests WHERE id = $1", request.match_info["bdr_id"]
                )
                if progress != told:
                    await response.write(f'data: {{"processed_count":{progress}}}\n\n'.encode())
                    told = progress
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await database.close()

    app = web.Application()
    app.add_routes([web.get("/{bdr_id}", stream)])
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


async def framework(world: World) -> list[Row]:
    """Answers a second of one process: aiohttp's own, and beside them ours that ask the database who is calling."""
    _, headers = await world.add_artist("bench-framework")
    seconds = world.sized(4, 1)

    def rate(address: str, path: str, headers: dict[str, str]) -> float:
        return requests_per_second(address, path, headers, connections=8, seconds=seconds)

    with running_bare() as bare:
        nothing = await asyncio.to_thread(rate, bare, "/nothing", {})
        page = await asyncio.to_thread(rate, bare, "/page", {})
    me = await asyncio.to_thread(rate, world.settings.base_url, "/api/auth/me", headers)
    return [
        Row(what="a bare aiohttp handler: an empty object, 8 at a time", value=nothing, unit="/s"),
        Row(what="a bare aiohttp handler: 245 kB, as a page of 512 posts has, 8 at a time", value=page, unit="/s"),
        Row(what="GET /api/auth/me: one user looked up, 8 at a time", value=me, unit="/s"),
    ]


@contextmanager
def running_bare() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.bare", str(port)], cwd=Path(__file__).parent.parent)
    with served(process, port) as address:
        yield address
