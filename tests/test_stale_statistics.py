"""No call and no step of the upkeep is quadratic because Postgres' statistics are wrong.

They are wrong for a user who has just brought thousands of files, and after a table was emptied and filled again: until
autovacuum has been by, Postgres expects one row where there are thousands.
"""

import asyncio
from collections.abc import Sequence

import pytest
from aiohttp.test_utils import TestServer
from asyncpg.connection import LoggedQuery

from pmd_service.base.database import POOL, Connection, Pool
from pmd_service.jobs import STEPS
from pmd_service.work.context import WorkerContext

from .conftest import Derive
from .plans import recorded
from .site import Api, Site
from .test_growth import HEAVY, filling, plans_of

# Half of them are one user's. A page of 100 that is searched among all of these is above the limit, too.
ROWS = 6_000
MOST_WORK = 20 * ROWS // 2
pytestmark = pytest.mark.own_tables

# Where a user's rows are.
OWNERS = {
    "posts": "owner_id", "post_search": "owner_id", "asset": "user_id", "reports": "user_id", "job": "user_id",
    "asset_fingerprint": "user_id",
    "batch_download_requests": "user_id", "outbox": "user_id", "batch_reports": "user_id",
    "batch_report_files": "user_id",
}  # fmt: skip

UPLOAD = "00000000-0000-0000-0000-000000000002"
CALLS = (
    *(f"posts?limit=100&offset=2000&sort={sort}" for sort in ("date", "title", "-views", "license", "reactions")),
    "posts?limit=100&sort=-comments&hashtag=sea", "posts?limit=100&q=hero&sort=-reactions", "posts?q=xylophon",
    "posts?limit=100", "posts?limit=100&state=all&offset=50", "posts/months", "posts/count?q=hero",
    "assets/counts", "assets/counts?q=hero", "assets/counts?theme=theme+7&folder=folder7",
    *(f"assets?limit=100&offset=2500&sort={sort}" for sort in ("date", "path", "name", "size", "kind", "rating")),
    *(
        f"assets?limit=100&{chosen}{window}"
        for chosen in ("state=trash", "hashtag=rare", "license=CC-BY-4.0", "folder=folder7", "q=hero", "theme=theme+7",
                       f"upload_id={UPLOAD}")
        for window in ("", "&sort=name&offset=50")
    ),
    "assets?limit=100&q=xylophon", "assets/2000", "assets/alike", "assets/kept-both", "assets/sequences",
    "assets/folders", "jobs", "bdr", "takeout", "packs",
    "uploads", f"uploads/{UPLOAD}/files", f"uploads/{UPLOAD}/files.csv", "audit", "hides", "ops", "ops/work",
)  # fmt: skip


# All but those that Postgres generates.
_COLUMNS = """
SELECT string_agg(attname, ', ') FROM pg_attribute
 WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


async def fill(connection: Connection) -> None:
    """Rows of all users, analyzed while one of the users had none; nothing corrects that."""
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(filling(ROWS, share=2))
    for table, owner in OWNERS.items():
        await connection.execute(
            f"""ALTER TABLE {table} SET (autovacuum_enabled = off);
                CREATE TEMP TABLE of_{table} AS SELECT * FROM {table} WHERE {owner} = {HEAVY};
                DELETE FROM {table} WHERE {owner} = {HEAVY}"""
        )
    await connection.execute("VACUUM ANALYZE")
    for table in OWNERS:
        own = await connection.fetchval(_COLUMNS, table)
        await connection.execute(f"INSERT INTO {table} ({own}) OVERRIDING SYSTEM VALUE SELECT {own} FROM of_{table}")


@pytest.fixture(scope="session")
def template(derive: Derive) -> str:
    return derive("stale", fill)


# As VACUUM leaves them where all rows were deleted, and the file could not be made shorter.
EMPTIED = """
UPDATE pg_class SET reltuples = 0, relpages = pg_relation_size(oid) / 8192
 WHERE oid >= 16384 AND relkind IN ('r', 'i')
"""


async def costly(pool: Pool, sent: Sequence[LoggedQuery]) -> list[tuple[int, str]]:
    return [(plan.work, text) async for text, plan in plans_of(pool, sent) if plan.work > MOST_WORK]


# One test for the same reason as ``test_growth``.
async def test_stale_statistics_make_no_statement_quadratic(
    site: Site, api: Api, server: TestServer, worker: WorkerContext, subtests: pytest.Subtests
) -> None:
    await site.pool.execute("UPDATE users SET roles = '[\"owner\"]' WHERE id = $1", HEAVY)
    async with recorded(server.app[POOL]) as called, recorded(site.pool) as stepped:
        for known in ("others", "none"):
            if known == "none":
                await site.pool.execute(EMPTIED)
            for call in CALLS:
                with subtests.test(known=known, call=call):
                    called.clear()
                    answer = await api.get(f"/api/pmd/{call}", user=HEAVY)
                    assert answer.status == 200, answer.body
                    assert await costly(site.pool, called) == []
            for step in STEPS:
                with subtests.test(known=known, step=step.name):
                    stepped.clear()
                    await step.run(worker)
                    await asyncio.sleep(0)  # asyncpg calls its loggers in the loop's next turn
                    assert await costly(site.pool, stepped.copy()) == []
