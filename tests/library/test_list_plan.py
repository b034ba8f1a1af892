"""The library stays fast: by its indexes, however many files it has."""

import math
from functools import partial
from itertools import product
from typing import Any, get_args

import pytest

from pmd_service.base.database import Connection, with_custom_plans
from pmd_service.http.etags import IfMatch
from pmd_service.identity.users import Actor, User
from pmd_service.library import actions, alike, folders
from pmd_service.library.counts import counting_statement
from pmd_service.library.order import Direction, Order, Sort
from pmd_service.library.queries import window_statement
from pmd_service.library.where import AssetFilter, Where

from ..conftest import Derive
from ..databases import in_bulk
from ..plans import Plan, scans_in, watched
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


SORTS: list[Sort] = ["date", "path", "name", "size", "kind", "rating"]


async def read(site: Site, statement: str, *values: object) -> Plan:
    async with with_custom_plans(site.pool) as connection:
        return Plan((await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values))[0]["Plan"])


async def where_of(site: Site, **chosen: Any) -> Where:
    async with with_custom_plans(site.pool) as connection:
        return await Where.read(connection, AssetFilter(**chosen), user_id=3)


def only_reads_indexes(plan: Plan, rows: int) -> bool:
    """Whether no more than these rows of a page were read in the table itself."""
    readers = [node for node in plan.nodes if node.get("Relation Name") == "asset"]
    heap = [node for node in readers if node["Node Type"] in ("Index Scan", "Bitmap Heap Scan", "Seq Scan")]
    read_rows = sum(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in heap)
    return plan.heap_fetches == 0 and read_rows <= rows


@pytest.mark.parametrize("chosen", [{}, {"state": "trash"}, {"label": 8}, {"theme": "nowhere", "type": "image"}])
async def test_plan_of_a_window_in_any_order_is_an_index_only_scan(
    site: Site, chosen: dict[str, Any], subtests: pytest.Subtests
) -> None:
    where, directions = await where_of(site, **chosen), get_args(Direction)
    for sort, direction, offset in product(SORTS, directions, (0, 2000)):
        with subtests.test(sort=sort, direction=direction, offset=offset):
            plan = await read(site, window_statement(where, Order.of(sort, direction)), *where.values, 101, offset)
            assert only_reads_indexes(plan, 101)


async def test_plan_after_a_bulk_upload_reads_the_table_until_vacuum(site: Site) -> None:
    await site.pool.execute(
        """INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes)
           SELECT 3, '/vault/new/' || n, 'image', encode(sha256(('new ' || n)::bytea), 'hex'), 'new ' || n, 'image/png',
                  'png', 1 FROM generate_series(1, 2000) AS n"""
    )
    where, order = await where_of(site), Order.of("date", None)
    plan = await read(site, window_statement(where, order), *where.values, 101, 1500)
    assert plan.heap_fetches > 1000
    # What autovacuum does, once the new rows are more than 1,000 and this share of the table.
    options = "SELECT reloptions FROM pg_class WHERE oid = 'asset'::regclass"
    assert "autovacuum_vacuum_insert_scale_factor=0.02" in await site.pool.fetchval(options)
    await site.pool.execute("VACUUM asset")
    plan = await read(site, window_statement(where, order), *where.values, 101, 1500)
    assert only_reads_indexes(plan, 101)


async def test_plan_of_a_page_starts_at_the_cursor(site: Site, subtests: pytest.Subtests) -> None:
    for sort in SORTS:
        with subtests.test(sort=sort):
            where, order = await where_of(site), Order.of(sort, None)
            async with with_custom_plans(site.pool) as connection:
                row = (await connection.fetch(window_statement(where, order), *where.values, 101, 0))[50]
            after = order.read(order.cursor(row[-len(order.columns) :], row["id"]))
            assert after is not None
            plan = await read(site, window_statement(where, order, is_first=False), *where.values, *after, 101, 0)
            assert only_reads_indexes(plan, 101)
            assert plan.rows_read("asset") < 500


async def test_plan_of_a_folder_reads_the_folder_only(site: Site) -> None:
    where = await where_of(site, folder="folder 5")
    for sort in SORTS:
        plan = await read(site, window_statement(where, Order.of(sort, None)), *where.values, 101, 0)
        assert 0 < plan.rows_read("asset") < 200 or sort != "path"


async def test_plan_of_folder_counts_is_an_index_only_scan(site: Site) -> None:
    where = await where_of(site)
    names = [f"folder {number}" for number in range(97)]
    for statement, values in (
        (folders.NAMES, (3, "", 1000)),
        (folders.counting_statement(where), (*where.values, names)),
    ):
        plan = await read(site, statement, *values)
        assert plan.scans("asset") == {"Index Only Scan"}
    assert len(await site.pool.fetch(folders.NAMES, 3, "", 1000)) == 97


@pytest.mark.parametrize("chosen", [{}, {"state": "new"}, {"theme": "theme 1", "type": "image"}, {"rating": 3}])
async def test_plan_of_total_and_facets_is_an_index_only_scan(site: Site, chosen: dict[str, Any]) -> None:
    where = await where_of(site, **chosen)
    plan = await read(site, counting_statement(where), *where.values)
    assert plan.scans("asset") == {"Index Only Scan"}
    assert plan.heap_fetches == 0


@pytest.mark.parametrize("chosen", [{"q": "xylophon width>1"}, {"hashtag": "nowhere"}, {"q": "tag:no"}])
async def test_plan_of_a_value_without_files_scans_no_table(site: Site, chosen: dict[str, str]) -> None:
    where = await where_of(site, **chosen)
    for statement in (window_statement(where, Order.of("name", None)), counting_statement(where)):
        values = (*where.values, 101, 0) if "LIMIT $" in statement else where.values
        plan = await read(site, statement, *values)
        assert "ix_asset_lexemes" in {node.get("Index Name") for node in plan.nodes}
        assert plan.rows_read("asset") == 0


async def test_plan_of_a_frequent_word_reads_the_first_files_in_order(site: Site) -> None:
    where = await where_of(site, q="picture")
    for sort in SORTS:
        plan = await read(site, window_statement(where, Order.of(sort, None), is_near=True), *where.values, 101, 0)
        assert not any("lexemes" in str(node.get("Index Cond")) for node in plan.nodes)
        assert plan.rows_read("asset") <= 2 * 4000 + 101


async def test_plan_of_a_substring_search_is_an_index_only_scan(site: Site) -> None:
    where = await where_of(site, q="ictur")
    plan = await read(site, window_statement(where, Order.of("path", None)), *where.values, 101, 0)
    scans = [node for node in plan.nodes if {"sort_path", "~~"} <= {*str(node.get("Filter")).replace("(", " ").split()}]
    assert {node["Node Type"] for node in scans} == {"Index Only Scan"}


async def test_plan_of_an_action_uses_the_primary_key(site: Site) -> None:
    owned = [
        row["id"]
        for row in await site.pool.fetch("SELECT id FROM asset WHERE user_id = 3 AND deleted_at IS NULL LIMIT 128")
    ]
    artist = User(id=3, sqid="", handle="", roles=())
    actor = Actor(viewer=artist, subject=artist, token_ends=math.inf)
    for action in get_args(actions.Judgement):
        applied = partial(actions.apply, actor=actor, action=action, named=owned, match=IfMatch(None))
        scans = await scans_in(site.pool, "asset", applied)
        assert scans <= {"Index Scan", "Bitmap Heap Scan", "Bitmap Index Scan"}


async def test_plan_of_similar_files_uses_the_hash_bands(site: Site) -> None:
    asset = await site.pool.fetchval("SELECT min(id) FROM asset WHERE user_id = 3")
    async with watched(site.pool) as watching:
        await watching.connection.fetch(alike.NEAR, asset, 3, 100)
        for plan in (await watching.plan(), await watching.generic_plan()):
            taken = {node.get("Index Name") for node in plan.nodes}
            assert taken >= {f"ix_reports_dhash_{band}" for band in range(4)}
            assert "Seq Scan" not in plan.scans("reports") | plan.scans("asset")
