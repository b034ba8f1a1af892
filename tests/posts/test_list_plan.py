"""The list of posts stays fast: by its indexes, whatever the size of the tables."""

from datetime import datetime
from typing import Any

import pytest

from pmd_service.base.database import Connection, Pool
from pmd_service.http.wire import NEWEST, Cursor
from pmd_service.posts import actions, edits, queries
from pmd_service.posts.filters import PostFilter, Sort, Where
from pmd_service.posts.windows import Window, filter_statement, sorting_statement

from ..conftest import Derive
from ..databases import in_bulk
from ..plans import Plan, watched
from ..site import BORN, Site

POSTS, ARTISTS, REACTIONS, COMMENTS = 20_000, 10, 40_000, 20_000


@pytest.fixture(scope="session")
def template(derive: Derive) -> str:
    return derive("many_posts", in_bulk(fill))


async def fill(connection: Connection) -> None:
    """20,000 posts of ten artists; every third comment is hidden."""
    await connection.execute(
        "INSERT INTO users (handle) SELECT 'artist' || n FROM generate_series(1, $1::int) AS n", ARTISTS
    )
    await connection.execute(
        """INSERT INTO posts (owner_id, title, hashtags, art_url, license_id, kind, deleted_by_user, created_at)
           SELECT 1 + n % $2, 'Artwork ' || n, '{pixel,art}', '/vault/art/' || n || '.png', 1 + n % 7,
                  CASE WHEN n % 100 = 7 THEN 'playlist' ELSE 'artwork' END, n % 50 = 3,
                  $3::timestamptz + n / 2 * interval '1 minute'
             FROM generate_series(1, $1) AS n""",
        POSTS,
        ARTISTS,
        BORN,
    )
    await connection.execute(
        "INSERT INTO reactions (post_id, emoji) SELECT 1 + n % $2, '🔥' FROM generate_series(1, $1) AS n",
        REACTIONS,
        POSTS,
    )
    await connection.execute(
        """INSERT INTO comments (post_id, body, hidden_by_mod)
           SELECT 1 + n % $2, 'Nice!', n % 3 = 0 FROM generate_series(1, $1) AS n""",
        COMMENTS,
        POSTS,
    )


async def list_plans(site: Site, *, limit: int, after: Cursor) -> list[Plan]:
    async with watched(site.pool) as watching:
        page, _ = await queries.list_posts(watching.connection, site.ids, owner_id=3, limit=limit, after=after)
        assert len(page.items) == limit
        return [await watching.plan(), await watching.generic_plan()]


def middle(created_at: datetime = BORN) -> Cursor:
    return Cursor.parse(Cursor.after(created_at.replace(day=5), 1))


@pytest.mark.parametrize(("limit", "after"), [(512, NEWEST), (512, middle()), (1, NEWEST)])
async def test_a_page_reads_no_table_from_end_to_end(site: Site, limit: int, after: Cursor) -> None:
    for plan in await list_plans(site, limit=limit, after=after):
        for table in ("posts", "comments", "reactions"):
            assert "Seq Scan" not in plan.scans(table), table


@pytest.mark.own_tables
async def test_reactions_comments_and_the_total_are_counted_in_the_indexes_alone(site: Site) -> None:
    plan, generic = await list_plans(site, limit=512, after=NEWEST)
    for found in (plan, generic):
        assert found.scans("reactions") == found.scans("comments") == {"Index Only Scan"}
        assert "Index Only Scan" in found.scans("posts")
    assert plan.heap_fetches == 0


@pytest.mark.parametrize(("sort", "table"), [("-reactions", "reactions"), ("comments", "comments")])
async def test_all_that_posts_are_sorted_by_is_counted_in_one_walk_along_an_index(
    site: Site, sort: Sort, table: str
) -> None:
    window = Window(chosen=PostFilter(), state="active", sort=sort, offset=0, limit=9)
    statement = sorting_statement(window, newest=None)
    async with watched(site.pool) as watching:
        await watching.connection.fetch(statement, 3, 0, 9)
        plan = await watching.plan()
    readers = [node for node in plan.nodes if node.get("Relation Name") == table]
    assert [(node["Node Type"], node["Actual Loops"]) for node in readers] == [("Index Only Scan", 1)]
    # What the index is asked for is in its order, and nothing was kept to be asked for.
    assert ["posts_1.id"] in [node.get("Sort Key") for node in plan.nodes]
    assert "CTE Scan" not in {node["Node Type"] for node in plan.nodes}


@pytest.mark.parametrize("sort", ["-date", "views"])
async def test_posts_that_words_or_a_hashtag_have_named_are_read_once_and_the_first_sorted(
    site: Site, sort: Sort
) -> None:
    named = await site.pool.fetchval("SELECT array_agg(id) FROM posts WHERE owner_id = 3 AND NOT deleted_by_user")
    window = Window(chosen=PostFilter(hashtag="art"), state="active", sort=sort, offset=0, limit=9)
    where = Where.of(window.chosen, has_capitals=False).among(named)
    async with watched(site.pool) as watching:
        rows = await watching.connection.fetch(filter_statement(where, window, None), 3, *where.values, 0, 9)
        plan = await watching.plan()
    assert [len(row["post_ids"]) for row in rows] == [9]
    assert [node["Actual Loops"] for node in plan.nodes if node.get("Relation Name") == "posts"] == [1]
    assert [node["Sort Method"] for node in plan.nodes if "Sort Method" in node] == ["top-N heapsort"]


async def test_an_action_finds_its_posts_by_their_ids(site: Site) -> None:
    owned = [
        row["id"]
        for row in await site.pool.fetch(
            "SELECT id FROM posts WHERE owner_id = 3 AND kind = 'artwork' AND NOT deleted_by_user ORDER BY id LIMIT 128"
        )
    ]
    by_id = {"Index Scan", "Bitmap Heap Scan"}
    for statement in (*actions.OWN.values(), *actions.MODERATORS.values()):
        assert await scans_of_posts(site.pool, statement, owned, 3, 3, "hide", None, True) <= by_id
    edit: tuple[Any, ...] = (edits.EDIT, owned, 3, 3, "edit", None, True, False, None, False, None, ["sea"], [])
    assert await scans_of_posts(site.pool, *edit) <= by_id


@pytest.mark.parametrize("state", ["deleted", "all"])
async def test_the_trash_is_listed_by_its_index(site: Site, state: queries.State) -> None:
    async with watched(site.pool) as watching:
        page, _ = await queries.list_posts(
            watching.connection, site.ids, owner_id=4, limit=20, after=NEWEST, state=state
        )
        assert page.total_count >= len(page.items) == 20
        assert "Seq Scan" not in (await watching.plan()).scans("posts")


async def scans_of_posts(pool: Pool, statement: str, *args: object) -> set[str]:
    async with watched(pool) as watching:
        await watching.connection.fetchrow(statement, *args)
        return (await watching.plan()).scans("posts") | (await watching.generic_plan()).scans("posts")
