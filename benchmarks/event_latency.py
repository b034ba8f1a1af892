"""Commit → event at the subscriber, on an idle machine: the clock runs from the moment that COMMIT is sent."""

import asyncio
import time
from uuid import UUID

from .runner import Row, median_row, percentile
from .subscribers import Reader, add_requests
from .world import World

RUNS = 200


async def measure(world: World) -> list[Row]:
    artist, headers = await world.add_artist("bench-events")
    bdr_id = (await add_requests(world.database, [artist]))[artist]
    reader = await Reader.connect(world.settings.base_url, headers)
    await reader.connected
    seconds = [await commit_to_event(world, reader, bdr_id, 1 + run % 128) for run in range(RUNS)]
    reader.close()
    milliseconds = [1000 * value for value in seconds[5:]]
    what, p99 = "commit → event at the subscriber, idle, p50", percentile(milliseconds, 0.99)
    return [median_row(what, milliseconds, goal=5, original="2.5 s", p99=round(p99, 2))]


async def commit_to_event(world: World, reader: Reader, bdr_id: UUID, progress: int) -> float:
    arrived: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def record(value: int) -> None:
        if value == progress:
            arrived.set_result(time.perf_counter())

    reader.on_progress = record
    transaction = world.database.transaction()
    await transaction.start()
    await world.database.execute(
        "UPDATE batch_download_requests SET processed_count = $2 WHERE id = $1", bdr_id, progress
    )
    began = time.perf_counter()
    await transaction.commit()
    seconds = await arrived - began
    await asyncio.sleep(0.01)  # idle again
    return seconds
