"""The library stays fast: by its indexes, however many files it has."""

import asyncio
from typing import Any

import pytest
from asyncpg.connection import LoggedQuery

from pmd_service.base.database import Connection, with_custom_plans
from pmd_service.http.wire import NEWEST, Cursor
from pmd_service.library import actions, alike, folders, marks
from pmd_service.library.counts import count_assets
from pmd_service.library.finding import ASSET_WORDS
from pmd_service.library.order import Direction, Order, Sort
from pmd_service.library.queries import page_statement, read_page, read_window, window_statement
from pmd_service.library.where import AssetFilter, Where

from ..conftest import Derive
from ..databases import in_bulk
from ..plans import Plan, explained, watched
from ..site import BORN, Site

ASSETS, ARTISTS = 10_000, 4


@pytest.fixture(scope="session")
def template(derive: Derive) -> str:
    return derive("many_assets", in_bulk(fill))


async def fill(connection: Connection) -> None:
    """10,000 files of four artists in all states."""
    await connection.execute(
        "INSERT INTO users (handle) SELECT 'artist' || n FROM generate_series(1, $1::int) AS n", ARTISTS
    )
    await connection.execute(
        """INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes, theme, approved,
                              rejected_at, deleted_at, rating, original_path, created_at)
           SELECT 1 + n % $2, '/vault/assets/' || n, (ARRAY['image', 'audio', 'video'])[1 + n % 3],
                  encode(sha256(n::text::bytea), 'hex'), 'picture ' || n, 'image/png', 'png', 1000, 'theme ' || n % 7,
                  n % 5 = 0, CASE WHEN n % 5 = 1 THEN now() END, CASE WHEN n % 11 = 3 THEN now() END,
                  n % 6, 'folder ' || n % 97 || '/picture ' || n,
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


@pytest.mark.parametrize("chosen", [{}, {"state": "new"}, {"state": "approved"}, {"state": "trash"}])
async def test_a_page_is_read_in_its_order_from_an_index(site: Site, chosen: dict[str, str]) -> None:
    where = Where.of(AssetFilter(**chosen))  # type: ignore[arg-type]
    for after in (NEWEST, Cursor.parse(Cursor.after(BORN.replace(day=4), 1))):
        async with watched(site.pool) as watching:
            await watching.connection.fetch(page_statement(where), 3, *where.values, after.created_at, after.id, 101)
            plan = await watching.plan()
        assert plan.scans("asset") == {"Index Scan"}
        assert not any(node["Node Type"] == "Sort" for node in plan.nodes)


@pytest.mark.parametrize("sort", ["path", "name", "size", "kind", "rating"])
async def test_every_order_is_an_indexs_own(site: Site, sort: Sort) -> None:
    where, order = Where.of(AssetFilter()), Order.of(sort, None)
    async with with_custom_plans(site.pool) as connection:
        statement = page_statement(where, order, is_first=True)
        row = (await connection.fetch(statement, 3, 101))[50]
        after = order.read(order.cursor(row[-len(order.columns) :], row["id"]))
        assert after is not None
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {page_statement(where, order)}"
        plan = Plan((await connection.fetchval(explain, 3, *after, 101))[0]["Plan"])
    assert plan.scans("asset") == {"Index Scan"}
    assert not any(node["Node Type"] == "Sort" for node in plan.nodes)
    assert plan.rows_read("asset") < 200


@pytest.mark.parametrize("sort", ["date", "path", "name", "size", "kind", "rating"])
async def test_a_window_deep_in_any_order_is_found_in_its_index_alone(site: Site, sort: Sort) -> None:
    statement = window_statement(Where.of(AssetFilter()), Order.of(sort, None))
    async with with_custom_plans(site.pool) as connection:
        plan = Plan((await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", 3, 100, 4000))[0]["Plan"])
    read = [node for node in plan.nodes if node.get("Relation Name") == "asset"]
    assert {node["Node Type"] for node in read if node["Actual Rows"] > 1000} == {"Index Only Scan"}
    assert plan.heap_fetches == 0


@pytest.mark.parametrize("sort", ["date", "path", "name", "size", "kind", "rating"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
async def test_a_window_deep_in_any_order_is_found_from_a_mark(
    site: Site, sort: Sort, direction: Direction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "APART", 200)
    where, order = Where.of(AssetFilter()), Order.of(sort, direction)
    await marks.find_mark(site.pool, 3, where, order, 4000)
    await marks.keep_marks(site.pool)
    mark = await marks.find_mark(site.pool, 3, where, order, 4000)
    assert mark is not None
    async with watched(site.pool) as watching:
        await read_window(watching.connection, 3, where, order, offset=4000, limit=50, mark=mark)
        plan = await watching.plan()
    assert plan.rows_read("asset") < 700
    assert not any(node["Node Type"] == "Sort" and node["Actual Rows"] > 100 for node in plan.nodes)


@pytest.mark.parametrize("after", [None, ["picture 0000000000009000", 9000]])
async def test_a_state_in_another_order_is_found_in_that_orders_index_alone(
    site: Site, after: list[Any] | None
) -> None:
    where, order = Where.of(AssetFilter(state="trash")), Order.of("name", None)
    async with with_custom_plans(site.pool) as connection:
        statements: list[LoggedQuery] = []
        with connection.query_logger(statements.append):
            await read_page(connection, 3, where, order, after=after, limit=50)
            await asyncio.sleep(0)  # asyncpg tells its loggers in the loop's next turn
    async with site.pool.acquire() as connection:
        plan = await explained(connection, statements[-1])
    read = [node for node in plan.nodes if node.get("Relation Name") == "asset"]
    assert {node["Node Type"] for node in read if node["Actual Rows"] * node["Actual Loops"] > 1} >= {"Index Only Scan"}
    assert not any(node["Node Type"] == "Sort" and node["Actual Rows"] > 51 for node in plan.nodes)


async def test_a_colour_is_looked_for_in_its_own_index(site: Site) -> None:
    where = Where.of(AssetFilter(label=8))
    async with with_custom_plans(site.pool) as connection:
        explain = f"EXPLAIN (FORMAT JSON) {page_statement(where, is_first=True)}"
        plan = Plan((await connection.fetchval(explain, 3, *where.values, 101))[0]["Plan"])
    assert "ix_asset_user_label" in {node.get("Index Name") for node in plan.nodes}


async def test_a_folder_is_read_and_not_the_library(site: Site) -> None:
    where, order = Where.of(AssetFilter(folder="folder 5")), Order.of("path", None)
    async with with_custom_plans(site.pool) as connection:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {page_statement(where, order, is_first=True)}"
        plan = Plan((await connection.fetchval(explain, 3, *where.values, 101))[0]["Plan"])
    assert 0 < plan.rows_read("asset") < 100


async def test_folders_are_found_and_counted_in_an_index_alone(site: Site) -> None:
    where = Where.of(AssetFilter())
    names = [f"folder {number}" for number in range(97)]
    async with with_custom_plans(site.pool) as connection:
        for statement, values in ((folders.NAMES, ("", 1000)), (folders.counting_statement(where), (names,))):
            explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
            plan = Plan((await connection.fetchval(explain, 3, *values))[0]["Plan"])
            assert plan.scans("asset") == {"Index Only Scan"}
    assert len(await site.pool.fetch(folders.NAMES, 3, "", 1000)) == 97


@pytest.mark.parametrize("chosen", [{}, {"state": "new"}, {"theme": "theme 1", "type": "image"}])
async def test_the_total_and_the_facets_are_counted_in_an_index_alone(site: Site, chosen: dict[str, str]) -> None:
    where = Where.of(AssetFilter(**chosen))  # type: ignore[arg-type]
    async with watched(site.pool) as watching:
        counts = await count_assets(watching.connection, user_id=3, where=where)
        plan = await watching.plan()
    assert counts.total.count > 0
    assert plan.scans("asset") == {"Index Only Scan"}
    assert plan.heap_fetches == 0


@pytest.mark.parametrize("chosen", [{"license": "CC-BY-4.0"}, {"hashtag": "nowhere"}, {"theme": "nowhere"}])
async def test_what_nothing_has_is_not_looked_for_in_every_file(site: Site, chosen: dict[str, str]) -> None:
    async with with_custom_plans(site.pool) as connection:
        where = await Where.read(connection, AssetFilter(**chosen))  # type: ignore[arg-type]
        values = (3, *where.values, NEWEST.created_at, NEWEST.id, 101)
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {page_statement(where)}"
        plan = Plan((await connection.fetchval(explain, *values))[0]["Plan"])
    assert plan.rows_read("asset") == 0


# What many files have may be in old ones alone: that the newest have it is nobody's guess.
@pytest.mark.parametrize("word", ["xylophon", "theme 3"])
async def test_a_word_is_looked_for_in_the_index_of_words(site: Site, word: str) -> None:
    async with with_custom_plans(site.pool) as connection:
        explain = f"EXPLAIN (FORMAT JSON) {ASSET_WORDS.era('words LIKE $4')}"
        found = Plan((await connection.fetchval(explain, 3, ASSETS, [0], f"% {word}%"))[0]["Plan"])
    assert "ix_asset_search_words" in {node.get("Index Name") for node in found.nodes}


async def test_an_action_finds_its_files_by_their_ids(site: Site) -> None:
    owned = [row["id"] for row in await site.pool.fetch("SELECT id FROM asset WHERE user_id = 3 LIMIT 128")]
    for statement in actions.STATEMENTS.values():
        async with watched(site.pool) as watching:
            await watching.connection.fetchrow(statement, owned, 3, 3, "approve_assets", None)
            for plan in (await watching.plan(), await watching.generic_plan()):
                assert "Seq Scan" not in plan.scans("asset")


async def test_what_looks_the_same_is_looked_for_by_the_bands_of_its_hash(site: Site) -> None:
    asset = await site.pool.fetchval("SELECT min(id) FROM asset WHERE user_id = 3")
    async with watched(site.pool) as watching:
        await watching.connection.fetch(alike.NEAR, asset, 3, 100)
        for plan in (await watching.plan(), await watching.generic_plan()):
            taken = {node.get("Index Name") for node in plan.nodes}
            assert taken >= {f"ix_reports_dhash_{band}" for band in range(4)}
            assert "Seq Scan" not in plan.scans("reports") | plan.scans("asset")
