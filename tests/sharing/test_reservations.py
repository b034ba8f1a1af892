"""What visitors' crawlers are asked to leave alone: in each answer's headers, and in the files that they read first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.sharing import reservations
from pmd_service.site.ai_rights import reserved

from ..conftest import Serve
from ..plans import watched
from ..site import Api, Site
from .conftest import Shelf


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservations, "SECONDS", 0.0)


async def opt_out(shelf: Shelf, asset: int) -> None:
    await shelf.artist.site.pool.execute("UPDATE asset SET ai_opt_out = true WHERE id = $1", asset)


def robots_of(answer: Any) -> str:
    return str(answer.headers.get("X-Robots-Tag", ""))


async def test_answers_behind_a_link_say_which_works_are_not_for_training(shelf: Shelf) -> None:
    link, public = await shelf.link(), await shelf.link(is_public=True)
    out, other = shelf.assets[:2]
    for path in ("", "/download", "/cover.png", f"/art/{out}"):
        assert "noai" not in robots_of(await shelf.visit(link, path))
    await opt_out(shelf, out)
    for path in ("", "/download", "/cover.png", f"/art/{out}"):
        shown, secret = await shelf.visit(public, path), await shelf.visit(link, path)
        assert (robots_of(shown), shown.headers["tdm-reservation"]) == ("noai, noimageai", "1"), path
        assert robots_of(secret) == "noindex, nofollow, noai, noimageai"
    for path in (f"/art/{other}", f"/sound/{shelf.assets[2]}"):
        free = await shelf.visit(public, path)
        assert (free.status, robots_of(free), "tdm-reservation" in free.headers) == (200, "", False)


async def test_files_for_crawlers_list_public_links_that_are_reserved(shelf: Shelf, api: Api) -> None:
    secret = await shelf.link()
    public = await shelf.link(is_public=True, expires_at=(datetime.now(UTC) + timedelta(days=1)).isoformat())
    code = public["url"].rpartition("-")[2]
    assert (await api.call("GET", "/.well-known/tdmrep.json")).json == []
    robots = (await api.call("GET", "/robots.txt")).body.decode()
    assert (robots, "GPTBot" in robots) == (
        "User-agent: *\nDisallow: /api/\nDisallow: /u/\nAllow: /u/*/series/\n",
        False,
    )
    await opt_out(shelf, shelf.assets[0])
    listed = await api.call("GET", "/.well-known/tdmrep.json")
    assert listed.json == [{"location": f"/p/*{code}", "tdm-reservation": 1}]
    assert listed.headers["Content-Type"] == "application/json"
    robots = (await api.call("GET", "/robots.txt")).body.decode()
    everyone, trainers = robots.split("\n\n")
    assert code not in everyone
    assert "User-agent: GPTBot\n" in trainers
    assert trainers.endswith(f"Allow: /u/*/series/\nDisallow: /p/*{code}\n")
    assert f"Disallow: /p/*{code}\n" in (await api.call("GET", "/ai.txt")).body.decode()
    # A secret link stays one, and a withdrawn link is nothing.
    assert secret["url"].rpartition("-")[2] not in robots
    await shelf.withdraw(public)
    assert (await api.call("GET", "/.well-known/tdmrep.json")).json == []


async def test_shared_download_is_reserved_by_its_posts(shelf: Shelf, site: Site, api: Api) -> None:
    post = await site.add_post(shelf.artist.user)
    bdr = await site.add_request(shelf.artist.user, [post])
    answer = await api.post(f"/api/pmd/bdr/{bdr}/links", {"is_public": True}, user=shelf.artist.user)
    code = answer.json["url"].rpartition("-")[2]
    await site.pool.execute(
        "INSERT INTO post_details (post_id, owner_id, ai_opt_out) VALUES ($1, $2, true)", post, shelf.artist.user
    )
    assert (await api.call("GET", "/.well-known/tdmrep.json")).json[0]["location"] == f"/p/*{code}"


async def test_series_page_is_reserved_by_its_posts(shelf: Shelf, site: Site, api: Api) -> None:
    user, pool = shelf.artist.user, site.pool
    post = await site.add_post(user, b"\x89PNG\r\n\x1a\n")
    series = await pool.fetchval("INSERT INTO series (user_id, name) VALUES ($1, 'Sea') RETURNING id", user)
    await pool.execute("INSERT INTO series_post (post_id, series_id, position) VALUES ($1, $2, 1)", post, series)
    page = f"/u/{site.sqid(user)}/series/{series}"
    for path in (page, f"{page}/art/{post}"):
        shown = await api.call("GET", path)
        assert (shown.status, robots_of(shown)) == (200, ""), path
    assert (await api.call("GET", "/.well-known/tdmrep.json")).json == []
    await pool.execute("INSERT INTO post_details (post_id, owner_id, ai_opt_out) VALUES ($1, $2, true)", post, user)
    for path in (page, f"{page}/art/{post}"):
        assert robots_of(await api.call("GET", path)) == "noai, noimageai", path
    listed = (await api.call("GET", "/.well-known/tdmrep.json")).json
    assert [rule["location"] for rule in listed] == [f"{page}$", f"{page}/"]


async def test_more_reserved_links_than_are_listed_reserve_all(
    shelf: Shelf, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opt_out(shelf, shelf.assets[0])
    for _ in range(2):
        await shelf.link(is_public=True)
    monkeypatch.setattr(reservations, "MAX_LISTED", 1)
    assert (await api.call("GET", "/.well-known/tdmrep.json")).json == [{"location": "/p/", "tdm-reservation": 1}]


async def test_site_without_links_reserves_nothing(shelf: Shelf, serve: Serve, settings: Settings) -> None:
    await opt_out(shelf, shelf.assets[0])
    await shelf.link(is_public=True)
    off = msgspec.structs.replace(settings, sharing="off")
    async with Api((await serve(off)).make_url("/"), off) as closed:
        assert (await closed.call("GET", "/.well-known/tdmrep.json")).json == []


async def test_owners_own_answers_say_it_too(shelf: Shelf, site: Site, api: Api) -> None:
    user, (out, other, _) = shelf.artist.user, shelf.assets
    await opt_out(shelf, out)
    post = await site.add_post(user, b"\x89PNG\r\n\x1a\n")
    for path, is_reserved in (
        (f"/api/pmd/assets/{out}/file", True),
        (f"/api/pmd/assets/{out}/preview", True),
        (f"/api/pmd/assets/{other}/file", False),
        (f"/api/pmd/posts/{post}/art", False),
    ):
        assert (robots_of(await api.get(path, user=user)) == "noai, noimageai") == is_reserved, path
    await site.pool.execute(
        "INSERT INTO post_details (post_id, owner_id, ai_opt_out) VALUES ($1, $2, true)", post, user
    )
    assert robots_of(await api.get(f"/api/pmd/posts/{post}/art", user=user)) == "noai, noimageai"


def test_reservation_keeps_the_headers_that_are_there() -> None:
    assert reserved({"X-Robots-Tag": "noindex"}) == {"X-Robots-Tag": "noindex, noai, noimageai", "tdm-reservation": "1"}


async def test_reserved_links_are_found_without_reading_all_files(shelf: Shelf, site: Site) -> None:
    await shelf.link(is_public=True)
    await site.pool.execute(
        """WITH others AS (INSERT INTO users (handle) SELECT 'u' || n FROM generate_series(1, 300) AS n RETURNING id)
           INSERT INTO share_link (code, user_id, pack_id, is_public)
           SELECT md5(others.id || '-' || n), others.id, $1, true FROM others, generate_series(1, 20) AS n""",
        shelf.pack,
    )
    await site.pool.execute("ANALYZE")
    async with watched(site.pool) as watching:
        assert await watching.connection.fetch(reservations._CODES) == []
        assert (await watching.plan()).rows_read("asset") <= len(shelf.assets)


async def test_too_many_links_to_check_are_listed_as_one(
    shelf: Shelf, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reservations, "_CODES", reservations._CODES.replace(str(reservations.MAX_CHECKED), "1"))
    monkeypatch.setattr(reservations, "MAX_LISTED", 1)
    for _ in range(3):
        await shelf.link(is_public=True)
    other = await shelf.artist.add("free.png", b"free", ai_opt_out=True)
    assert other not in shelf.assets
    listed = await api.call("GET", "/.well-known/tdmrep.json")
    assert [each["location"] for each in listed.json] == ["/p/"]
