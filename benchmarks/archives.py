"""Archives that refer to their sources: ready when they are requested, and next to nothing in the vault.

On files and, in a house of its own, on an object store; then everything of an artist with very many artworks.
"""

import time

from pmd_service.demo.service import fill_store

from .ready_latency import until_ready, until_ready_event
from .runner import Row, median_row
from .wire import Wire
from .world import PeakMemory, World, read_bytes, running

COUNT, SIZE = 128, 5_000_000
RUNS = 30
EVERYTHING = 20_000


async def measure(world: World) -> list[Row]:
    rows = await build(world, "files")
    rows += await take_everything_out(world)
    folder = world.settings.vault_path.parent / "beside"  # on the same disk
    async with running(folder, is_quick=world.is_quick, store=True) as beside:
        rows += await build(beside, "S3")
    return rows


async def build(world: World, where: str) -> list[Row]:
    """The same download again and again; the first one reads every artwork once in its life."""
    count = world.sized(COUNT, 16)
    artist, headers = await world.add_artist("bench-large")
    posts = await world.add_artworks(artist, count, SIZE)
    if world.settings.vault_url is not None:
        await fill_store(world.settings)
    (first,) = await until_ready_event(world, headers, posts, runs=1)
    before = read_bytes(world.service.worker.pid)
    with PeakMemory(world.service.worker.pid) as memory:
        milliseconds = [1000 * each for each in await until_ready_event(world, headers, posts, runs=RUNS)]
    read = read_bytes(world.service.worker.pid) - before
    stored = await world.database.fetchval("SELECT max(stored_bytes) FROM batch_download_requests")
    what = f"{count} × 5 MB ({count * SIZE / 1e6:.0f} MB) on {where}"
    return [
        median_row(
            f"POST → “ready” at a subscriber, {what}, sums known, p50",
            milliseconds,
            goal=60,
            original="15.8 s to build",
            first_time_seconds=round(first, 2),
            read_bytes_a_build=read // RUNS,
        ),
        Row(what=f"what the archive of {what} takes itself", value=stored / 1e3, unit="kB", goal=200),
        Row(what=f"{what}: the worker's memory above idle", value=memory.above / 2**20, unit="MiB", goal=64),
    ]


async def take_everything_out(world: World) -> list[Row]:
    """One archive of 20,000 artworks; requested twice, because the first one reads them all."""
    count = world.sized(EVERYTHING, 2000)
    artist, headers = await world.add_artist("bench-everything")
    await world.add_artworks(artist, count, 2000)
    await world.database.execute("ANALYZE")
    first = await taken_out(world, headers)
    await world.database.execute("UPDATE takeouts SET created_at = created_at - interval '2 days'")
    with PeakMemory(world.service.worker.pid) as memory:
        seconds = await taken_out(world, headers)
    url = await world.database.fetchval(
        "SELECT '/api/pmd/bdr/' || id || '/download' FROM batch_download_requests WHERE takeout_id IS NOT NULL "
        "AND status = 'ready' ORDER BY created_at DESC LIMIT 1"
    )
    first_bytes = first_byte_milliseconds(world.settings.base_url, url, headers, runs=10)
    what = f"takeout of {count:,} artworks, sums known"
    return [
        Row(
            what=f"{what}: POST → “ready”",
            value=seconds,
            unit="s",
            goal=3,
            detail={"first_time_seconds": round(first, 2)},
        ),
        median_row(f"{what}: first byte, p50", first_bytes, goal=100),
        Row(what=f"{what}: the worker's memory above idle", value=memory.above / 2**20, unit="MiB", goal=64),
    ]


async def taken_out(world: World, headers: dict[str, str]) -> float:
    """Seconds until everything is ready at a subscriber."""
    async with world.session.get("/api/pmd/sse", headers=headers) as stream:
        began = time.perf_counter()
        takeout = await world.post("takeout", headers, {})
        await until_ready(stream, takeout["download_id"])
        return time.perf_counter() - began


def first_byte_milliseconds(base_url: str, path: str, headers: dict[str, str], *, runs: int) -> list[float]:
    """From the request to the beginning of its answer's body, on a connection that is there."""
    with Wire(base_url) as wire:
        return [1000 * wire.first_byte(path, headers) for _ in range(runs)]
