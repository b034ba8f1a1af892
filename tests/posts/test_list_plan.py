"""The list of posts stays fast: by its indexes, whatever the size of the tables."""

import math
from datetime import datetime
from functools import partial
from typing import Any, get_args

import pytest

from pmd_service.base.database import Connection, with_custom_plans
from pmd_service.http.wire import NEWEST, Cursor
from pmd_service.identity.users import Actor, User
from pmd_service.posts import actions, queries
from pmd_service.posts.edits import EditRequest, editing
from pmd_service.posts.filters import PostFilter, Sort, State, Where
from pmd_service.posts.windows import Window, filter_count_statement, text_statement, window_statement

from ..conftest import Derive
from ..databases import in_bulk
from ..plans import Plan, scans_in, watched
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
async def test_plan_of_a_page_has_no_sequential_scan(site: Site, limit: int, after: Cursor) -> None:
    for plan in await list_plans(site, limit=limit, after=after):
        for table in ("posts", "comments", "reactions"):
            assert "Seq Scan" not in plan.scans(table), table


@pytest.mark.own_tables
async def test_plan_of_counts_is_an_index_only_scan(site: Site) -> None:
    plan, generic = await list_plans(site, limit=512, after=NEWEST)
    for found in (plan, generic):
        assert found.scans("reactions") == found.scans("comments") == {"Index Only Scan"}
        assert "Index Only Scan" in found.scans("posts")
    assert plan.heap_fetches == 0


async def read(site: Site, statement: str, *values: object) -> Plan:
    async with with_custom_plans(site.pool) as connection:
        return Plan((await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values))[0]["Plan"])


async def where_of(site: Site, **chosen: Any) -> Where:
    async with with_custom_plans(site.pool) as connection:
        return await Where.read(connection, PostFilter(**chosen), owner_id=3)


def window(sort: Sort, **chosen: Any) -> Window:
    return Window(chosen=PostFilter(**chosen), state="active", sort=sort, offset=0, limit=9)


@pytest.mark.parametrize(("sort", "table"), [("-reactions", "reactions"), ("comments", "comments")])
async def test_plan_of_order_values_is_one_index_pass(site: Site, sort: Sort, table: str) -> None:
    where = await where_of(site)
    plan = await read(site, window_statement(where, window(sort)), *where.values, 9, 0)
    readers = [node for node in plan.nodes if node.get("Relation Name") == table]
    assert [(node["Node Type"], node["Actual Loops"]) for node in readers] == [("Index Only Scan", 1)]


@pytest.mark.parametrize("sort", ["date", "-date"])
async def test_plan_of_a_window_by_date_is_an_index_only_scan(site: Site, sort: Sort) -> None:
    where = await where_of(site)
    plan = await read(site, window_statement(where, window(sort)), *where.values, 9, 1500)
    assert plan.scans("posts") == {"Index Only Scan"}
    assert plan.heap_fetches == 0


async def test_plan_of_titles_uses_their_index(site: Site) -> None:
    plan = await read(site, text_statement(window("title")), 3, 9, 0)
    assert {node.get("Index Name") for node in plan.nodes} >= {"ix_post_search_title"}
    assert not any(node["Node Type"] == "Sort" for node in plan.nodes)


@pytest.mark.parametrize("chosen", [{"q": "xylophon views>1"}, {"hashtag": "nowhere"}])
async def test_plan_of_a_value_without_posts_scans_no_table(site: Site, chosen: dict[str, str]) -> None:
    where = await where_of(site, **chosen)
    for statement, values in (
        (window_statement(where, window("views", **chosen)), (*where.values, 9, 0)),
        (filter_count_statement(where, "active"), where.values),
    ):
        plan = await read(site, statement, *values)
        assert "ix_post_search_lexemes" in {node.get("Index Name") for node in plan.nodes}
        assert plan.rows_read("post_search") == 0
        assert plan.rows_read("posts") <= 1  # a hash join may begin with the other side


async def test_plan_of_an_action_uses_the_primary_key(site: Site) -> None:
    owned = [
        row["id"]
        for row in await site.pool.fetch(
            "SELECT id FROM posts WHERE owner_id = 3 AND kind = 'artwork' AND NOT deleted_by_user ORDER BY id LIMIT 128"
        )
    ]
    artist, moderator = User(id=3, sqid="", handle="", roles=()), User(id=4, sqid="", handle="", roles=("moderator",))
    by_artist = Actor(viewer=artist, subject=artist, token_ends=math.inf)
    by_moderator = Actor(viewer=moderator, subject=artist, token_ends=math.inf)
    edit = editing(EditRequest(post_ids=owned, add_hashtags=["sea"]), owner_id=artist.id)
    changes = [(change, by_artist) for change in (*map(actions.own, get_args(actions.Action)), edit)]
    changes += [(actions.moderated(name, by_moderator, "Why."), by_moderator) for name in get_args(actions.Action)]
    for change, actor in (*changes, (actions.licensing(2), by_artist)):
        scans = await scans_in(site.pool, "posts", partial(change.apply, actor=actor, named=owned))
        assert scans <= {"Index Scan", "Bitmap Heap Scan", "Bitmap Index Scan"}


@pytest.mark.parametrize("state", ["deleted", "all"])
async def test_plan_of_the_trash_uses_its_index(site: Site, state: State) -> None:
    async with watched(site.pool) as watching:
        page, _ = await queries.list_posts(
            watching.connection, site.ids, owner_id=4, limit=20, after=NEWEST, state=state
        )
        assert len(page.items) == 20
        assert "Seq Scan" not in (await watching.plan()).scans("posts")
