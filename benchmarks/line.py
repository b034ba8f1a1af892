"""The queue: 20,000 waiting rows of 2,000 users, one of whom has a tenth of them; and an idle worker's queries."""

import asyncio
import re
import time
from pathlib import Path

from pmd_service.base.database import Pool, create_pool
from pmd_service.downloads.kind import BDR
from pmd_service.work import lease
from pmd_service.work.queue import Queue, Queues

from .runner import Row, median_row
from .world import World

CLAIMERS = 2

_USERS = """
INSERT INTO users (handle, public_sqid) SELECT 'bench-line-' || n, 'bench-line-' || n FROM generate_series(1, $1) AS n
RETURNING id
"""
_FILL = """
WITH added AS (
    INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
    SELECT id, id, '{1}', 1
      FROM unnest($1::int[]) WITH ORDINALITY AS of (id, n),
           generate_series(1, CASE n WHEN 1 THEN $3::int ELSE $2::int END)
    RETURNING id, user_id)
INSERT INTO work (kind, subject, user_id, title) SELECT 'bdr', id::text, user_id, '1 artwork' FROM added
"""
_END = """
UPDATE batch_download_requests SET status = 'failed', error_message = 'measured', completed_at = now() WHERE id = $1
"""
_STATEMENT = re.compile(rb"^pmd-worker LOG:  (?:statement|execute)", re.MULTILINE)


async def measure(world: World) -> list[Row]:
    await _until_idle(world)
    idle = await statements_a_second(world, world.sized(60, 15))
    await asyncio.to_thread(world.service.worker.stop)
    try:
        users = [row["id"] for row in await world.database.fetch(_USERS, world.sized(2000, 100))]
        async with await create_pool(world.settings.database_url, application="bench", max_size=CLAIMERS) as pool:
            await pool.execute(_FILL, users, 9, len(users))
            await pool.execute("ANALYZE batch_download_requests, work")
            waiting = await pool.fetchval("SELECT count(*) FROM batch_download_requests WHERE status = 'pending'")
            took, served = await claim_for_all(pool, round(1.3 * len(users)))
            await pool.execute("DELETE FROM users WHERE id = ANY($1)", users)
    finally:
        await asyncio.to_thread(world.service.worker.start)
    users_served = len(set(served))
    first = next(number for number in range(len(served)) if len(set(served[: number + 1])) == users_served) + 1
    return [
        median_row(
            f"claim among {waiting:,} waiting pieces of {len(users):,} users, {CLAIMERS} at a time, p50",
            [1000 * each for each in took],
            goal=0.6,
        ),
        Row(
            what="pieces that were anybody's second before all of those users had had one",
            value=first - len(users) if users_served == len(users) else len(served),
            unit="pieces",
            goal=0,
        ),
        Row(what="statements of an idle worker", value=idle, unit="/s", goal=1),
    ]


async def claim_for_all(pool: Pool, pieces: int) -> tuple[list[float], list[int]]:
    """What each claim took, and whose piece it was."""
    took: list[float] = []
    served: list[int] = []

    async def claimer() -> None:
        while len(served) < pieces:
            began = time.perf_counter()
            claimed = await lease.claim(pool, BDR)
            took.append(time.perf_counter() - began)
            assert claimed is not None
            served.append(claimed.row.user_id)
            async with pool.acquire() as connection, connection.transaction():
                await claimed.end(connection)
                await connection.execute(_END, claimed.row.id)

    await asyncio.gather(*(claimer() for _ in range(CLAIMERS)))
    return took, served


async def _until_idle(world: World) -> None:
    """Earlier benchmarks' tickets come due for a while: wait until no worker has any."""
    queues = Queues.connect(world.settings.redis_url)
    while any([await queues.depth(queue) for queue in Queue]):
        await asyncio.sleep(0.5)
    await queues.aclose()


async def statements_a_second(world: World, seconds: float) -> float:
    """Statements of the workers, by Postgres' own log: a transaction's begin and end are statements, too."""
    log = Path(await world.database.fetchval("SHOW data_directory"), "log")
    logged = {"log_statement": "all", "log_line_prefix": "%a "}
    for name, value in logged.items():
        await world.database.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    await world.database.execute("SELECT pg_reload_conf()")
    try:
        await asyncio.sleep(1)
        before = len(await asyncio.to_thread(log.read_bytes))
        await asyncio.sleep(seconds)
        return len(_STATEMENT.findall(await asyncio.to_thread(log.read_bytes), before)) / seconds
    finally:
        for name in logged:
            await world.database.execute(f"ALTER SYSTEM RESET {name}")
        await world.database.execute("SELECT pg_reload_conf()")
