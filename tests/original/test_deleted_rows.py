"""The site takes accounts and posts away by DELETE, and nothing of ours can refer to a view (SPEC section 14)."""

from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from pmd_service.base.database import Pool, create_pool
from pmd_service.base.settings import Settings
from pmd_service.jobs import worker_settings
from pmd_service.site.deleted_rows import OF_USERS, delete_orphaned_rows
from pmd_service.vault import Vault
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.arq_worker import ArqWorker
from pmd_service.work.queue import Queue

from ..databases import Database
from ..site import Api, Site
from .attached import as_hands

ARTIST, ANOTHER = 1, 2


@pytest.fixture
async def service(service_url: str) -> AsyncIterator[Pool]:
    """The database as the service's role."""
    async with await create_pool(service_url, application="tests", max_size=2) as pool:
        yield pool


@pytest.fixture
async def hands(beside: Api, database: Database, settings: Settings, stored: Vault) -> AsyncIterator[Site]:
    """The site's hands in the attached database; there is a second user."""
    _ = beside
    async with await create_pool(as_hands(database.url), application="tests", max_size=2) as pool:
        site = Site(pool, settings, stored)
        await site.add_user("another")
        yield site


async def fill(site: Site, user_id: int) -> None:
    """A row of this user's in each of our tables, and the files that they name."""
    asset = await site.add_asset(user_id)
    archive = f"bdr/{site.sqid(user_id)}/x.1.zip"
    await site.stored.put(archive, b"an archive")
    edition = f"packs/{site.sqid(user_id)}/1.zip"
    await site.stored.put(edition, b"a pack")
    for statement, *values in (
        (
            """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status, file_path,
                      file_size_bytes, completed_at, expires_at, processed_count)
               VALUES ($1, $1, '{1}', 1, 'ready', $2, 10, now(), now() + interval '1 day', 1)""",
            archive,
        ),
        (
            """INSERT INTO takeouts (user_id, requested_by, send_email, post_count, file_count, pack_count)
               VALUES ($1, $1, false, 1, 0, 0)""",
        ),
        ("INSERT INTO outbox (topic, user_id, about, deduplication_key) VALUES ('bdr_ready', $1, $1::int::text, '1')",),
        (
            """WITH upload AS (INSERT INTO batch_reports (user_id, requested_by, total_files) VALUES ($1, $1, 1)
                               RETURNING id)
               INSERT INTO batch_report_files (batch_id, user_id, file_name, processing_status, processing_order)
               SELECT id, $1, 'a.png', 'pending', 1 FROM upload""",
        ),
        (
            """INSERT INTO reports (user_id, asset_id, outcome, file_name, hash)
               VALUES ($1, $2, 'added', 'a.png', repeat('a', 64))""",
            asset,
        ),
        (
            """WITH whole AS (INSERT INTO pack (user_id, name, slug, license_type)
                              VALUES ($1, 'A pack', 'a-pack', 'personal') RETURNING id)
               INSERT INTO pack_edition (pack_id, edition, key, size_bytes, hash, asset_count)
               SELECT id, 1, $2, 6, repeat('b', 64), 1 FROM whole""",
            edition,
        ),
        ("INSERT INTO work (user_id, kind, subject, title) VALUES ($1, 'email', $1::int::text, 'download ready')",),
        (
            """INSERT INTO bulk_change (user_id, requested_by, action, request, found_count)
               VALUES ($1, $1, 'hide', '{}', 1)""",
        ),
        (
            """INSERT INTO webhooks (user_id, url, events, secret, installation, seen)
               VALUES ($1, 'https://island.example/', '{post.made}', 'whsec_c2VjcmV0', '', pg_current_snapshot())""",
        ),
        (
            """INSERT INTO access_key (user_id, name, digest, hint, scopes, made_by)
               VALUES ($1, 'A key', sha256($1::int::text::bytea), 'pmd_7QdX', '{posts:read}', 'page')""",
        ),
        (
            """INSERT INTO browser_session (user_id, digest, browser, address, expires_at)
               VALUES ($1, sha256($1::int::text::bytea), 'Firefox', '127.0.0.1', now() + interval '1 day')""",
        ),
        (
            """INSERT INTO device_grant (digest, user_code, name, scopes, address, expires_at, user_id, status)
               VALUES (sha256($1::int::text::bytea), $1::int::text, 'A program', '{posts:read}', '127.0.0.1',
                       now() + interval '1 day', $1, 'approved')""",
        ),
        ("INSERT INTO imports (user_id, requested_by, asset_id, name) VALUES ($1, $1, $2, 'all.zip')", asset),
        ("INSERT INTO idempotency (user_id, route, key, fingerprint) VALUES ($1, 'POST /', 'k', '')",),
        ("INSERT INTO draft (user_id, asset_id, position) VALUES ($1, $2, 1)", asset),
        ("INSERT INTO watermark (user_id, text, place, opacity, size) VALUES ($1, '©', 'middle', 50, 50)",),
        ("INSERT INTO watermarked (user_id, source, version, mime_type) VALUES ($1, 'x', 1, 'image/webp')",),
        ("INSERT INTO smart_folder (user_id, name, filter, sort) VALUES ($1, 'New', '{}', 'path')",),
        ("INSERT INTO account_language (user_id, language) VALUES ($1, 'de')",),
        ("INSERT INTO saved_view (user_id, name, query) VALUES ($1, 'GIFs', 'format=gif')",),
        ("INSERT INTO tag_color (user_id, tag, color) VALUES ($1, 'sea', 'teal')",),
        (
            """INSERT INTO visits (user_id, day, subject, subject_id, slot, view_count, download_count)
               VALUES ($1, now(), 'link', 1, 1, 1, 0)""",
        ),
        ("INSERT INTO post_report (post_id, owner_id, user_id, reason) VALUES (1, $1, $1, 'It flashes.')",),
        ("INSERT INTO series (user_id, name) VALUES ($1, 'Coast')",),
        ("INSERT INTO publishing_rule (user_id, weekdays, times, time_zone) VALUES ($1, '{1}', '{18:00}', 'UTC')",),
        ("INSERT INTO job (user_id, requested_by, kind, asset_id) VALUES ($1, $1, 'upscale', $2)", asset),
    ):
        await site.pool.execute(statement, user_id, *values)


async def row_count(site: Site, user_id: int) -> dict[str, int]:
    return {
        table: await site.pool.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", user_id)
        for table in OF_USERS
    }


async def test_rows_of_a_deleted_account_are_deleted(hands: Site, service: Pool, owner: asyncpg.Connection) -> None:
    for user_id in (ARTIST, ANOTHER):
        await fill(hands, user_id)
    files = await hands.keys("")
    theirs = await row_count(hands, ANOTHER)
    assert set(theirs.values()) == {1} and len(files) == 6
    assert await delete_orphaned_rows(service) == 0

    await owner.execute("DELETE FROM hands.users WHERE id = $1", ARTIST)
    assert await delete_orphaned_rows(service) >= len(OF_USERS) - 1
    assert set((await row_count(hands, ARTIST)).values()) == {0}
    assert await row_count(hands, ANOTHER) == theirs
    await sweep_leftovers(service, hands.stored)
    assert [key for key in files if hands.sqid(ANOTHER) in key] == sorted(await hands.keys(""))


async def test_empty_users_view_deletes_nothing(
    beside: Api, hands: Site, service: Pool, owner: asyncpg.Connection
) -> None:
    assert (await beside.post("/api/pmd/bdr", {"post_ids": [1]}, user=ARTIST)).status == 202
    await hands.add_asset(ARTIST, post_id=1)
    await owner.execute("DELETE FROM hands.users")
    assert await delete_orphaned_rows(service) == 0


async def test_file_of_a_deleted_post_can_be_published_again(
    beside: Api, hands: Site, service: Pool, owner: asyncpg.Connection
) -> None:
    shown, deleted = [await hands.add_asset(ARTIST, post_id=post_id) for post_id in (1, 2)]
    await owner.execute("DELETE FROM hands.posts WHERE id = 2")
    assert await delete_orphaned_rows(service) == 1
    items = (await beside.get("/api/pmd/assets", user=ARTIST)).json["items"]
    assert {item["id"]: item["post_id"] for item in items} == {shown: 1, deleted: None}


async def test_kept_deletion_flags_are_deleted_with_their_post(
    beside: Api, service: Pool, owner: asyncpg.Connection
) -> None:
    body = {"action": "delete", "post_ids": [3, 4]}
    assert (await beside.post("/api/pmd/action", body, user=ARTIST)).status == 200
    await owner.execute("DELETE FROM hands.posts WHERE id = 3")
    await delete_orphaned_rows(service)
    assert [row["post_id"] for row in await service.fetch("SELECT post_id FROM deleted_posts")] == [4]
    restored = await beside.post("/api/pmd/action", {"action": "restore", "post_ids": [3]}, user=ARTIST)
    assert restored.status == 400


async def test_post_deleted_before_its_build_is_missing(
    beside: Api, hands: Site, owner: asyncpg.Connection, settings: Settings, service_url: str
) -> None:
    posts = [await hands.add_post(ARTIST) for _ in range(2)]
    made = await beside.post("/api/pmd/bdr", {"post_ids": posts}, user=ARTIST)
    await owner.execute("DELETE FROM hands.posts WHERE id = $1", posts[1])
    attached = msgspec.structs.replace(settings, database_url=service_url)
    worker = ArqWorker(**worker_settings(attached, Queue.DOWNLOADS), burst=True, handle_signals=False)
    try:
        await worker.async_run()
    finally:
        await worker.close()
    assert (await beside.get(made.headers["Location"], user=ARTIST)).json["status"] == "ready"
    missing = (await beside.get(f"{made.headers['Location']}/missing", user=ARTIST)).json["items"]
    assert [lost["public_sqid"] for lost in missing] == [hands.sqid(posts[1])]


@pytest.mark.own_tables
async def test_references_to_users_are_checked_behind_views(site: Site) -> None:
    referring = await site.pool.fetch(
        """SELECT DISTINCT conrelid::regclass::text AS name, confrelid::regclass::text AS there FROM pg_constraint
            WHERE contype = 'f' AND confrelid IN ('users'::regclass, 'posts'::regclass)
              AND conrelid NOT IN ('posts'::regclass, 'comments'::regclass, 'reactions'::regclass)"""
    )
    assert {row["name"] for row in referring if row["there"] == "users"} == set(OF_USERS)
    referring_to_posts = {row["name"] for row in referring if row["there"] == "posts"}
    assert referring_to_posts == {
        "deleted_posts", "post_hides", "post_disclosure", "post_report", "post_details", "series_post",
    }  # fmt: skip
