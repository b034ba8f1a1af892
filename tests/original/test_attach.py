"""Beside the original site: attach, check, detach, import (SPEC section 14)."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from pmd_service.base.database import create_pool
from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.ops.site_check import check_site
from pmd_service.site.attach import AttachError, attach, detach, other_databases
from pmd_service.site.requests_import import import_requests
from pmd_service.site.rights import NOT_ATTACHED
from pmd_service.site.site_map import SiteMap, SiteMapError, View, load_site_map

from ..databases import Database, connected
from ..forked import migrate
from ..site import Api
from .attached import MAP, as_role, create_role

# The contents and the shape of the site's own schema.
FINGERPRINT = """
SELECT array_agg(format('%s %s %s %s', table_name, column_name, data_type, column_default)
                 ORDER BY table_name, ordinal_position)
  FROM information_schema.columns
 WHERE table_schema = 'public'
"""


async def findings(service_url: str, settings: Settings) -> dict[str, str | None]:
    async with await create_pool(service_url, application="tests", max_size=2) as pool:
        return {finding.what: finding.error for finding in await check_site(pool, settings)}


async def test_attach_changes_nothing_of_the_sites_and_is_repeatable(
    owner: asyncpg.Connection, site_map: SiteMap, service_url: str
) -> None:
    before = await owner.fetchval(FINGERPRINT)
    await attach(owner, site_map)
    migrate(service_url)
    await attach(owner, site_map)
    assert await owner.fetchval(FINGERPRINT) == before
    ours = await owner.fetch("SELECT relname FROM pg_class WHERE relowner = 'pmd'::regrole AND relkind = 'r'")
    theirs = await owner.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = 'pmd'")
    assert "reports" in {row["relname"] for row in ours}, "ours is beside the site's own table of that name"
    assert theirs == 0


async def test_site_migrations_run_while_detached(
    owner: asyncpg.Connection, site_map: SiteMap, service_url: str, settings: Settings
) -> None:
    await owner.execute("ALTER TABLE posts DROP COLUMN dwell_time_ms")  # nothing that a view shows
    await attach(owner, site_map)
    migrate(service_url)
    migration = "ALTER TABLE public.posts ALTER COLUMN title TYPE varchar(200)"
    await owner.execute("DROP SCHEMA hands CASCADE")
    with pytest.raises(asyncpg.FeatureNotSupportedError):
        await owner.execute(migration)
    await detach(owner, site_map)
    assert await findings(service_url, settings) == {"the site's tables": NOT_ATTACHED}
    await owner.execute(migration)
    await attach(owner, site_map)
    assert set((await findings(service_url, settings)).values()) == {None}


@pytest.mark.usefixtures("joined")
async def test_attach_check_tries_every_statement_and_rolls_back(
    owner: asyncpg.Connection, service_url: str, settings: Settings
) -> None:
    before = await owner.fetch("SELECT * FROM public.posts ORDER BY id")
    errors = await findings(service_url, settings)
    assert len(errors) > 5
    assert set(errors.values()) == {None}
    assert await owner.fetch("SELECT * FROM public.posts ORDER BY id") == before


@pytest.mark.parametrize(
    ("loss", "error"),
    [
        ("REVOKE UPDATE (hidden_by_user) ON pmd.posts FROM pmd", "no right to write posts.hidden_by_user"),
        ("REVOKE SELECT ON pmd.comments FROM pmd", "no right to read comments.body"),
        ("DROP VIEW pmd.reactions", "there is no reactions"),
    ],
)
@pytest.mark.usefixtures("joined")
async def test_attach_names_a_missing_privilege(
    owner: asyncpg.Connection, service_url: str, settings: Settings, loss: str, error: str
) -> None:
    await owner.execute(loss)
    async with await create_pool(service_url, application="tests", max_size=1) as pool:
        if "DROP" in loss:  # behind the view is a table of the site's by the same name, which is not ours to read
            error = "no right to read reactions.emoji"
        assert error in [finding.error for finding in await check_site(pool, settings)]


async def test_attach_with_an_unfit_map_changes_nothing(owner: asyncpg.Connection, site_map: SiteMap) -> None:
    views = site_map.views | {"comments": View(source="public.comments", columns={"body": "no_such_column"})}
    with pytest.raises(asyncpg.UndefinedColumnError):
        await attach(owner, msgspec.structs.replace(site_map, views=views))
    assert await owner.fetchval("SELECT to_regnamespace('pmd')") is None
    assert await owner.fetchval("SELECT to_regclass('public.pmd_posts_owner_created')") is None


async def test_site_check_finds_unreadable_formats(
    owner: asyncpg.Connection, site_map: SiteMap, service_url: str, settings: Settings
) -> None:
    posts = site_map.views["posts"]
    posts = msgspec.structs.replace(posts, columns=posts.columns | {"renditions": "'[\"png\"]'::json"})
    await attach(owner, msgspec.structs.replace(site_map, views=site_map.views | {"posts": posts}))
    migrate(service_url)
    errors = await findings(service_url, settings)
    assert "Expected `object`" in str(errors["a page of posts is listed: active"])


async def test_attach_needs_a_writable_posts_view(owner: asyncpg.Connection, site_map: SiteMap) -> None:
    posts = site_map.views["posts"]
    date = {"deleted_by_user_date": "deleted_by_user_date + interval '0'"}
    posts = msgspec.structs.replace(posts, columns=posts.columns | date)
    views = site_map.views | {"posts": posts}
    with pytest.raises(AttachError, match="cannot be written through its view: deleted_by_user_date must"):
        await attach(owner, msgspec.structs.replace(site_map, views=views))


async def test_attach_names_columns_of_another_type(owner: asyncpg.Connection, site_map: SiteMap) -> None:
    """A time without its zone cannot be read, and a text as roles makes nobody a moderator."""
    users = View(source="public.users", columns={"created_at": "created_at::timestamp", "roles": "roles::text"})
    with pytest.raises(AttachError) as raised:
        await attach(owner, msgspec.structs.replace(site_map, views=site_map.views | {"users": users}))
    wrong = "created_at of users is timestamp without time zone, not timestamp with time zone"
    assert {wrong, "roles of users is text, not json"} == set(str(raised.value).split("; "))
    users = View(source="public.users", columns={"roles": "roles::jsonb"})
    await attach(owner, msgspec.structs.replace(site_map, views=site_map.views | {"users": users}))


async def test_attach_names_a_missing_role(owner: asyncpg.Connection, site_map: SiteMap) -> None:
    with pytest.raises(AttachError, match="CREATE ROLE no_role_yet"):
        await attach(owner, msgspec.structs.replace(site_map, role="no_role_yet"))


async def test_attach_names_the_grant_that_the_owner_lacks(
    owner: asyncpg.Connection, site_map: SiteMap, stack: Stack
) -> None:
    create_role(stack, "another")
    with pytest.raises(AttachError, match="GRANT another TO club"):
        await attach(owner, msgspec.structs.replace(site_map, role="another"))


async def test_detach_names_other_databases_that_keep_the_role(
    owner: asyncpg.Connection, site_map: SiteMap, stack: Stack
) -> None:
    """DROP ROLE fails by it, and does not name the database."""
    create_role(stack, "elsewhere_role")
    theirs = msgspec.structs.replace(site_map, role="elsewhere_role")
    await owner.execute("GRANT SELECT ON hands.users TO elsewhere_role")
    assert await other_databases(owner, theirs) == []
    stack.sql("GRANT CREATE ON SCHEMA public TO elsewhere_role")  # in the database “postgres”
    assert await other_databases(owner, theirs) == ["postgres"]
    stack.sql("DROP OWNED BY elsewhere_role")


@pytest.mark.own_tables
async def test_attach_never_drops_a_standalone_services_tables(stack: Stack, site_url: str, site_map: SiteMap) -> None:
    create_role(stack)
    connection = await asyncpg.connect(site_url)
    alone = msgspec.structs.replace(site_map, schema="public", views=site_map.views)
    for change in (attach, detach):
        with pytest.raises(AttachError, match="tables of its own"):
            await change(connection, alone)
    await connection.close()


@pytest.mark.usefixtures("joined")
async def test_attach_imports_earlier_requests_once(owner: asyncpg.Connection, site_map: SiteMap) -> None:
    ids: dict[str, Any] = {name: uuid4() for name in ("ready", "lost", "failed", "processing", "expired")}
    for name, request_id in ids.items():
        await owner.execute(
            """INSERT INTO public.batch_download_requests
                      (id, user_id, post_ids, status, artwork_count, file_path, file_size_bytes, completed_at,
                       expires_at)
               VALUES ($1, 1, '{1,2}', $2, 2, $3, $4, now(), now() + interval '1 day')""",
            request_id,
            "ready" if name == "lost" else name,
            f"/bdr/Uk/{request_id}.zip" if name == "ready" else None,
            1000 if name == "ready" else None,
        )
    await owner.execute(
        """INSERT INTO public.batch_download_requests (id, user_id, post_ids, status, artwork_count)
           VALUES (gen_random_uuid(), 1, '{}', 'failed', 0)"""
    )
    source = "public.batch_download_requests"
    assert await import_requests(owner, site_map, source=source) == 5
    assert await import_requests(owner, site_map, source=source) == 0
    taken = {row["id"]: row for row in await owner.fetch("SELECT * FROM pmd.batch_download_requests")}
    assert taken.keys() == set(ids.values()), "a row without posts is no request"
    assert {name: taken[request_id]["status"] for name, request_id in ids.items()} == {
        "ready": "ready",
        "lost": "failed",
        "failed": "failed",
        "processing": "pending",
        "expired": "expired",
    }
    assert taken[ids["ready"]]["file_path"] == f"bdr/Uk/{ids['ready']}.zip"


def test_map_with_a_missing_relation_or_unknown_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[views.users]\nfrom = "public.users"\n')
    with pytest.raises(SiteMapError, match="no view for comments, licenses, posts, reactions"):
        load_site_map(path)
    path.write_text(MAP.read_text().replace("file_bytes =", "file_size ="))
    with pytest.raises(SiteMapError, match="posts has no column file_size"):
        load_site_map(path)
    path.write_text("views = 3")
    with pytest.raises(SiteMapError, match=r"map\.toml"):
        load_site_map(path)


async def test_detached_site_answers_503(beside: Api, owner: asyncpg.Connection, site_map: SiteMap) -> None:
    posts = "/api/pmd/posts"
    assert (await beside.get(posts, user=1)).json["total_count"] == 9
    await detach(owner, site_map)
    answer = await beside.get(posts, user=1)
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    ready = await beside.call("GET", "/readyz")
    assert (ready.status, ready.json["checks"]["site"]) == (503, "failing")
    await attach(owner, site_map)
    assert (await beside.get(posts, user=1)).json["total_count"] == 9
    while (await beside.call("GET", "/readyz")).status != 200:  # it is found out once a second
        await asyncio.sleep(0.1)


async def test_search_index_follows_the_sites_writes(
    beside: Api, owner: asyncpg.Connection, site_map: SiteMap, database: Database, stack: Stack
) -> None:
    async def found(q: str) -> list[int]:
        return [item["id"] for item in (await beside.get(f"/api/pmd/posts?q={q}", user=1)).json["items"]]

    title = "UPDATE public.posts SET title = $2 WHERE id = $1"
    assert len(await found("art")) == 9, "the posts from before"
    await owner.execute(title, 1, "Zeppelin")
    assert await found("zeppelin") == [1]
    create_role(stack, "app")  # as which a site's own application writes; it may not even enter our schema
    await owner.execute("GRANT SELECT, UPDATE, DELETE ON public.posts TO app")
    async with connected(as_role(database.url, "app")) as application:
        await application.execute("CREATE TEMP TABLE post_search (post_id bigint)")  # none of ours
        await application.execute(title, 2, "Zeppelin over the sea")
        await application.execute("UPDATE public.posts SET deleted_by_user = true WHERE id = $1", 3)
        await application.execute("DELETE FROM public.posts WHERE id = $1", 4)
    assert await found("zeppelin") == [2, 1]
    assert len(await found("art")) == 5
    await detach(owner, site_map)
    await owner.execute(title, 1, "A balloon")
    await owner.execute("DELETE FROM public.posts WHERE id = $1", 2)
    await attach(owner, site_map)
    assert (await found("balloon"), await found("zeppelin")) == ([1], [])
    await owner.execute("REVOKE ALL ON public.posts FROM app")


@pytest.mark.usefixtures("joined")
async def test_site_check_counts_posts_missing_in_search(
    owner: asyncpg.Connection, site_map: SiteMap, service_url: str, settings: Settings
) -> None:
    await owner.execute("ALTER TABLE public.posts DISABLE TRIGGER pmd_post_written")
    await owner.execute(
        "INSERT INTO hands.posts (owner_id, title, file_format, file_bytes) VALUES (1, 'Late', 'png', 1)"
    )
    found = (await findings(service_url, settings))["searches know all posts"]
    assert found == "posts missing in post_search: 1; run “pmd-admin site attach” again"
    await attach(owner, site_map)
    assert set((await findings(service_url, settings)).values()) == {None}


@pytest.mark.parametrize(("name", "expression"), [("id", "post_id + 1"), ("id", "(SELECT 1)")])
async def test_map_that_no_trigger_can_follow_is_refused(
    owner: asyncpg.Connection, site_map: SiteMap, name: str, expression: str
) -> None:
    posts = site_map.views["posts"]
    odd = msgspec.structs.replace(posts, columns=posts.columns | {name: expression})
    with pytest.raises(AttachError, match=f"“{name}” of posts must be a plain column"):
        await attach(owner, msgspec.structs.replace(site_map, views=site_map.views | {"posts": odd}))
