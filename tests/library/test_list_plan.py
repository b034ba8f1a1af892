"""The library stays fast: by its indexes, however many files it has."""

import pytest

from pmd_service.base.database import Connection
from pmd_service.http.wire import NEWEST, Cursor
from pmd_service.library import actions, papers
from pmd_service.library.queries import AssetFilter, Where, count_assets, page_statement

from ..conftest import Derive
from ..plans import watched
from ..site import BORN, Site

ASSETS, ARTISTS = 20_000, 4


@pytest.fixture(scope="session")
def template(derive: Derive) -> str:
    return derive("many_assets", fill)


async def fill(connection: Connection) -> None:
    """20,000 files of four artists in all states, and autovacuum has been by."""
    await connection.execute(
        "INSERT INTO users (handle) SELECT 'artist' || n FROM generate_series(1, $1::int) AS n", ARTISTS
    )
    await connection.execute(
        """INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes, theme, approved,
                              rejected_at, deleted_at, created_at)
           SELECT 1 + n % $2, '/vault/assets/' || n, (ARRAY['image', 'audio', 'video'])[1 + n % 3],
                  encode(sha256(n::text::bytea), 'hex'), 'picture ' || n, 'image/png', 'png', 1000, 'theme ' || n % 7,
                  n % 5 = 0, CASE WHEN n % 5 = 1 THEN now() END, CASE WHEN n % 11 = 3 THEN now() END,
                  $3::timestamptz + n / 2 * interval '1 minute'
             FROM generate_series(1, $1) AS n""",
        ASSETS,
        ARTISTS,
        BORN,
    )
    await connection.execute(
        """INSERT INTO reports (user_id, asset_id, outcome, file_name, hash, facts)
           SELECT user_id, id, 'added', name, hash, jsonb_build_object('dhash', left(hash, 16)) FROM asset"""
    )
    for table in ("asset", "reports"):
        await connection.execute(f"VACUUM ANALYZE {table}")


@pytest.mark.parametrize("chosen", [{}, {"state": "new"}, {"state": "approved"}, {"state": "trash"}])
async def test_a_page_is_read_in_its_order_from_an_index(site: Site, chosen: dict[str, str]) -> None:
    where = Where.of(AssetFilter(**chosen))  # type: ignore[arg-type]
    for after in (NEWEST, Cursor.parse(Cursor.after(BORN.replace(day=4), 1))):
        async with watched(site.pool) as watching:
            await watching.connection.fetch(page_statement(where), 3, *where.values, after.created_at, after.id, 101)
            plan = await watching.plan()
        assert plan.scans("asset") == {"Index Scan"}
        assert not any(node["Node Type"] == "Sort" for node in plan.nodes)


@pytest.mark.parametrize("chosen", [{}, {"state": "new"}, {"theme": "theme 1", "type": "image"}])
async def test_the_total_and_the_facets_are_counted_in_an_index_alone(site: Site, chosen: dict[str, str]) -> None:
    where = Where.of(AssetFilter(**chosen))  # type: ignore[arg-type]
    async with watched(site.pool) as watching:
        total, _facets = await count_assets(watching.connection, user_id=3, where=where)
        plan = await watching.plan()
    assert total > 0
    assert plan.scans("asset") == {"Index Only Scan"}
    assert plan.heap_fetches == 0


async def test_an_action_finds_its_files_by_their_ids(site: Site) -> None:
    owned = [row["id"] for row in await site.pool.fetch("SELECT id FROM asset WHERE user_id = 3 LIMIT 128")]
    for statement in actions.STATEMENTS.values():
        async with watched(site.pool) as watching:
            await watching.connection.fetchrow(statement, owned, 3, 3, "approve_assets")
            for plan in (await watching.plan(), await watching.generic_plan()):
                assert "Seq Scan" not in plan.scans("asset")


async def test_what_looks_the_same_is_compared_in_an_index_alone(site: Site) -> None:
    asset = await site.pool.fetchval("SELECT min(id) FROM asset WHERE user_id = 3")
    async with watched(site.pool) as watching:
        await watching.connection.fetch(papers.NEAR, asset, 3, 100)
        plan = await watching.plan()
    assert "Index Only Scan" in plan.scans("reports")
    assert "Seq Scan" not in plan.scans("reports") | plan.scans("asset")
