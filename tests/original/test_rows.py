"""Rows as the original site writes them: both layouts of its vault, files in several formats, guests, the banned."""

import io
import json
import zipfile
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.jobs import worker_settings
from pmd_service.site.attach import attach
from pmd_service.site.site_map import SiteMap
from pmd_service.work.arq_worker import ArqWorker
from pmd_service.work.queue import Queue

from ..conftest import Serve
from ..site import Api
from .conftest import join

PREFIX = "https://vault.makapix.club/"
ARTIST, BANNED, DEACTIVATED = 11, 12, 13
SHARDS = {101: "ab/cd/ef", 102: "12/34"}

USERS = """
INSERT INTO public.users (id, user_key, handle, email, handle_normalized, banned_until, deactivated)
VALUES (11, gen_random_uuid(), 'Painter', 'p@example.invalid', 'painter', NULL, false),
       (12, gen_random_uuid(), 'Banned', 'b@example.invalid', 'banned', now() + interval '1 year', false),
       (13, gen_random_uuid(), 'Gone', 'g@example.invalid', 'gone', NULL, true)
"""
POST = """
INSERT INTO public.posts (id, storage_key, storage_shard, owner_id, title, art_url, width, height)
SELECT {id}, key, '{shard}', 11, 'Art {id}', '{prefix}{shard}/' || key || '.gif', 32, 32 FROM gen_random_uuid() AS key;
INSERT INTO public.post_files (post_id, format, file_bytes, is_native)
VALUES ({id}, 'webp', 1, false), ({id}, 'gif', {size}, true), ({id}, 'png', 3, false)
"""
PLAYLIST = """
INSERT INTO public.posts (id, storage_key, kind, owner_id, title)
VALUES (103, gen_random_uuid(), 'playlist', 11, 'Mine')
"""
GUESTS = (
    """INSERT INTO public.comments (id, post_id, author_ip, body)
       VALUES (gen_random_uuid(), 101, '192.0.2.1', 'Nice!')""",
    """INSERT INTO public.comments (id, post_id, author_ip, body, hidden_by_mod)
       VALUES (gen_random_uuid(), 101, '192.0.2.2', 'Spam', true)""",
    "INSERT INTO public.reactions (post_id, user_ip, emoji) VALUES (101, '192.0.2.1', '🔥'), (101, '192.0.2.2', '🔥')",
)


@pytest.fixture
def attached(settings: Settings, service_url: str) -> Settings:
    return msgspec.structs.replace(settings, database_url=service_url, artwork_url_prefix=PREFIX)


def pixels(post_id: int) -> bytes:
    return f"GIF89a of {post_id}".encode() * 9


@pytest.fixture(scope="session")
def joined(stack: Stack, bare: str) -> str:
    """The template of an attached site that had such rows already."""
    posts = [
        POST.format(id=post_id, shard=shard, prefix=PREFIX, size=len(pixels(post_id)))
        for post_id, shard in SHARDS.items()
    ]
    return join(stack, bare, "painted", USERS, *posts, PLAYLIST, *GUESTS)


@pytest.fixture
async def club(joined: str, owner: asyncpg.Connection, attached: Settings, serve: Serve) -> AsyncIterator[Api]:
    """A client of the attached service; the site has such rows, and the artworks' files."""
    _ = joined
    for row in await owner.fetch("SELECT id, art_url FROM public.posts WHERE id = ANY ($1)", list(SHARDS)):
        path = attached.vault_path / row["art_url"].removeprefix(PREFIX)
        path.parent.mkdir(parents=True)
        path.write_bytes(pixels(row["id"]))
    server = await serve(attached)
    async with Api(server.make_url("/"), attached) as api:
        yield api


async def test_posts_show_the_posted_file_and_count_guest_comments(club: Api) -> None:
    page = (await club.get("/api/pmd/posts", user=ARTIST)).json
    assert page["total_count"] == 2, "a playlist is none of them"
    posts = {post["id"]: post for post in page["items"]}
    assert {post["file_format"] for post in posts.values()} == {"gif"}
    assert [posts[post_id]["file_bytes"] for post_id in SHARDS] == [len(pixels(post_id)) for post_id in SHARDS]
    assert [(post["comment_count"], post["reaction_count"]) for post in (posts[101], posts[102])] == [(1, 2), (0, 0)]


async def test_post_lists_all_mapped_formats(club: Api, owner: asyncpg.Connection, site_map: SiteMap) -> None:
    async def formats() -> list[tuple[str, int, bool]]:
        page, window = [
            {
                post["id"]: post["files"]
                for post in (await club.get(f"/api/pmd/posts{query}", user=ARTIST)).json["items"]
            }
            for query in ("", "?offset=0")
        ]
        assert page == window
        return [(file["format"], file["file_bytes"], file["is_native"]) for file in page[101]]

    native = ("gif", len(pixels(101)), True)
    assert await formats() == [native, ("webp", 1, False), ("png", 3, False)]
    posts = site_map.views["posts"]
    without = msgspec.structs.replace(posts, columns={**posts.columns})
    del without.columns["renditions"]
    await attach(owner, msgspec.structs.replace(site_map, views=site_map.views | {"posts": without}))
    assert await formats() == [native]


async def test_alt_texts_of_a_site_are_read_until_one_is_written_here(
    club: Api, owner: asyncpg.Connection, site_map: SiteMap
) -> None:
    posts = site_map.views["posts"]
    columns = {"alt_text": "'Of ' || title", "content_warning": "CASE WHEN id = 101 THEN 'Blood' END"}
    mapped = msgspec.structs.replace(posts, columns=posts.columns | columns)
    await attach(owner, msgspec.structs.replace(site_map, views=site_map.views | {"posts": mapped}))

    async def details(post_id: int) -> tuple[str | None, list[str]]:
        found = (await club.get(f"/api/pmd/posts/{post_id}", user=ARTIST)).json
        return found["alt_text"], found["content_warnings"]

    title = (await club.get("/api/pmd/posts/101", user=ARTIST)).json["title"]
    assert await details(101) == (f"Of {title}", ["Blood"])
    assert (await details(102))[1] == []
    found = (await club.get("/api/pmd/posts?q=warning:blood", user=ARTIST)).json["items"]
    assert [post["id"] for post in found] == [101]
    edit = {"post_ids": [101], "set": {"alt_text": "A sword."}}
    assert (await club.post("/api/pmd/edit", edit, user=ARTIST)).status == 200
    assert await details(101) == ("A sword.", ["Blood"])
    edit = {"post_ids": [101], "set": {"content_warnings": []}}
    assert (await club.post("/api/pmd/edit", edit, user=ARTIST)).status == 200
    assert await details(101) == ("A sword.", [])


async def test_banned_and_deactivated_users_are_refused(club: Api) -> None:
    for user_id in (BANNED, DEACTIVATED):
        assert (await club.get("/api/pmd/posts", user=user_id)).status == 401


async def test_archive_has_files_from_the_sites_own_vault(club: Api, attached: Settings) -> None:
    body = {"post_ids": list(SHARDS), "include_comments": True, "include_reactions": True}
    made = await club.post("/api/pmd/bdr", body, user=ARTIST)
    assert made.status == 202, made
    worker = ArqWorker(**worker_settings(attached, Queue.DOWNLOADS), burst=True, handle_signals=False)
    try:
        await worker.async_run()
    finally:
        await worker.close()
    archive = await club.get(f"{made.headers['Location']}/download", user=ARTIST)
    with zipfile.ZipFile(io.BytesIO(archive.body)) as unpacked:
        arts = [name for name in unpacked.namelist() if name.startswith("artworks/")]
        assert [unpacked.read(name) for name in arts] == [pixels(post_id) for post_id in SHARDS]
        (comments,) = json.loads(unpacked.read("comments.json"))["comments_by_artwork"].values()
    assert [(comment["author_handle"], comment["body"]) for comment in comments] == [("anonymous", "Nice!")]
