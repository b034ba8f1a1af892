"""The dashboard's pages: who gets which, and under which rules the browser shows them."""

import re
from contextlib import aclosing
from typing import Literal

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.dashboard.routes import PAGES
from pmd_service.identity.session import COOKIE
from pmd_service.work.queue import Queue, Queues

from ..conftest import Serve
from ..site import Answer, Api, Site


@pytest.fixture
async def artist(site: Site) -> int:
    return await site.add_user("pixelsmith")


def page(site: Site, user: int) -> str:
    return f"/u/{site.sqid(user)}/posts"


async def test_page_has_the_owners_data(site: Site, api: Api, artist: int) -> None:
    answer = await api.get(page(site, artist), user=artist)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.body.decode()
    assert "&quot;handle&quot;:&quot;pixelsmith&quot;" in text
    assert "{{" not in text


@pytest.mark.own_tables
@pytest.mark.parametrize(("publish", "can"), [(None, True), ("insert", True), ("off", False)])
async def test_page_offers_publishing_only_where_enabled(
    serve: Serve, settings: Settings, site: Site, artist: int, publish: Literal["insert", "off"] | None, can: bool
) -> None:
    server = await serve(msgspec.structs.replace(settings, publish=publish))
    async with Api(server.make_url("/"), settings) as api:
        text = (await api.get(page(site, artist), user=artist)).body.decode()
        assert f"can_publish&quot;:{str(can).lower()}" in text
        asset = await site.add_asset(artist, b"no picture", type="audio")
        answer = await api.post("/api/pmd/assets/publish", {"asset_ids": [asset]}, user=artist)
        assert answer.status == (200 if can else 409)


@pytest.mark.parametrize("sharing", ["on", "off"])
async def test_page_offers_links_only_where_the_site_has_them(
    site: Site, serve: Serve, settings: Settings, artist: int, sharing: Literal["on", "off"]
) -> None:
    server = await serve(msgspec.structs.replace(settings, sharing=sharing))
    async with Api(server.make_url("/"), settings) as api:
        text = (await api.get(page(site, artist), user=artist)).body.decode()
    assert f"shares&quot;:{'true' if sharing == 'on' else 'false'}" in text


async def test_page_knows_whether_uploads_are_probed(site: Site, api: Api, settings: Settings, artist: int) -> None:
    async def are_probed() -> bool:
        text = (await api.get(page(site, artist), user=artist)).body.decode()
        return "are_uploads_probed&quot;:true" in text

    assert not await are_probed()
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        await queues.redis.set(Queue.PROBES.health_key, b"alive")
    assert await are_probed()


async def test_page_links_to_posts_only_with_a_site(site: Site, api: Api, artist: int, original: bool) -> None:
    text = (await api.get(page(site, artist), user=artist)).body.decode()
    assert f"site_url&quot;:{'&quot;https://makapix.club&quot;' if original else 'null'}" in text


async def test_each_page_opens_by_its_url(site: Site, api: Api, artist: int, subtests: pytest.Subtests) -> None:
    for name in ("posts", "library", "uploads", "packs", "tasks"):
        with subtests.test(name=name):
            address = f"/u/{site.sqid(artist)}/{name}"
            assert (await api.get(address, user=artist)).status == 200
            assert (await api.call("GET", address)).status == 401


async def test_page_preloads_its_files(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    owner = await site.add_user("owner", roles=["owner"])
    for name in ("posts", "library", "uploads", "packs", "tasks", "ops"):
        with subtests.test(name=name):
            answer = await api.get(f"/u/{site.sqid(owner)}/{name}", user=owner)
            links = re.findall(r"<([^>]+)>; rel=(\S+?);", answer.headers.get("Link", ""))
            component = "Console" if name == "ops" else name.capitalize()
            assert any(f"/{component}Page-" in path for path, way in links if way == "modulepreload")
            for path, _ in links:
                assert path not in answer.body.decode()
                assert (await api.call("GET", path)).status == 200


async def test_page_consists_of_few_scripts(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    """Each is a request before the page is shown: modules that pages share are one piece, however many there are."""
    owner = await site.add_user("owner", roles=["owner"])
    for name in PAGES:
        with subtests.test(name=name):
            answer = await api.get("/ops" if name == "ops" else f"/u/{site.sqid(owner)}/{name}", user=owner)
            assert answer.status == 200
            named = answer.headers.get("Link", "") + answer.body.decode()
            assert len(set(re.findall(r"/pmd/assets/[\w-]+\.js", named))) <= 14


async def test_page_opens_with_the_cookie(site: Site, api: Api, artist: int) -> None:
    cookie = {"Cookie": f"{COOKIE}={api.token(artist)}"}
    assert (await api.call("GET", page(site, artist), headers=cookie)).status == 200


@pytest.mark.parametrize(("roles", "status"), [(["user"], 403), (["user", "moderator"], 200), (["user", "owner"], 200)])
async def test_page_is_refused_to_others_but_moderators(
    site: Site, api: Api, artist: int, roles: list[str], status: int
) -> None:
    visitor = await site.add_user("visitor", roles=roles)
    answer = await api.get(page(site, artist), user=visitor)
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("text/html")
    if status == 403:
        assert b"another artist" in answer.body


async def test_site_owners_page_opens_for_the_owner_only(site: Site, api: Api) -> None:
    owner = await site.add_user("gridkeeper", roles=["owner"])
    moderator = await site.add_user("nightwatch", roles=["moderator"])
    assert (await api.get(page(site, owner), user=moderator)).status == 403


async def test_page_without_session_links_to_the_sign_in(site: Site, api: Api, artist: int) -> None:
    answer = await api.call("GET", page(site, artist))
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b'href="https://makapix.club"' in answer.body
    assert b"pixelsmith" not in answer.body


async def test_message_is_in_the_language_of_the_browser(site: Site, api: Api, artist: int) -> None:
    german = await api.call("GET", page(site, artist), headers={"Accept-Language": "de"})
    assert (german.status, german.headers["Content-Language"], german.headers["Vary"]) == (401, "de", "Accept-Language")
    text = german.body.decode()
    assert '<html lang="de" dir="ltr"' in text
    assert "Melde dich an, um deine Beiträge zu verwalten" in text
    assert '<html lang="en" dir="ltr"' in (await api.call("GET", page(site, artist))).body.decode()


async def test_root_redirects_to_own_posts_or_to_the_sign_in(site: Site, api: Api, artist: int) -> None:
    home = await api.get("/", user=artist, allow_redirects=False)
    assert (home.status, home.headers["Location"]) == (303, page(site, artist))
    assert (await api.call("GET", "/")).status == 401


async def test_page_of_an_unknown_artist_is_not_found(site: Site, api: Api) -> None:
    for role in ("user", "moderator"):
        visitor = await site.add_user(role, roles=[role])
        for sqid in ("nobody", "%00", "..%2F", "%F0%9F%92%A9"):
            answer = await api.get(f"/u/{sqid}/posts", user=visitor)
            assert answer.status == 404, (role, sqid)
            assert b"Artist not found" in answer.body


async def test_unknown_url_is_a_page_in_browsers_and_a_problem_for_programs(api: Api) -> None:
    shown = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for path in ("/nothing", "/u/x/<script>alert(1)</script>", "/p", "/u/%00/posts/", "/%F0%9F%92%A9"):
        answer = await api.call("GET", path, headers=shown)
        assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8"), path
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert b'href="https://makapix.club"' in answer.body
        assert b"alert" not in answer.body
        assert b"{{" not in answer.body
    for method, path, headers in (
        ("GET", "/nothing", {}),
        ("GET", "/nothing", {"Accept": "application/json"}),
        ("GET", "/api/pmd/nothing", shown),
        ("POST", "/nothing", shown),
    ):
        answer = await api.call(method, path, headers=headers)
        assert answer.status == 404
        assert answer.headers["Content-Type"].startswith("application/problem+json"), (method, path)
    assert (await api.call("GET", "/api/pmd/action", headers=shown)).headers["Allow"] == "POST"


async def test_names_are_escaped_in_the_page(site: Site, api: Api) -> None:
    handle = """"><script>alert(1)</script>'{{title}}"""
    artist = await site.add_user(handle)
    text = (await api.get(page(site, artist), user=artist)).body.decode()
    assert "<script>alert" not in text
    assert "alert(1)&lt;/script&gt;" in text


def policy(answer: Answer) -> dict[str, str]:
    directives = answer.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (directive.partition(" ") for directive in directives)}


@pytest.mark.parametrize("signed_in", [True, False])
async def test_every_page_forbids_inline_scripts_and_frames(site: Site, api: Api, artist: int, signed_in: bool) -> None:
    answer = await api.call("GET", page(site, artist), user=artist if signed_in else None)
    rules = policy(answer)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert (rules["default-src"], rules["script-src"], rules["style-src"]) == ("'none'", "'self'", "'self'")
    assert rules["frame-ancestors"] == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    text = answer.body.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)


async def test_assets_are_immutable_under_hashed_names(site: Site, api: Api, artist: int) -> None:
    text = (await api.get(page(site, artist), user=artist)).body.decode()
    assets = re.findall(r'(?:src|href)="(/pmd/assets/[^"]+)"', text)
    assert len(assets) >= 3
    for asset in assets:
        answer = await api.call("GET", asset)
        assert answer.status == 200, asset
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert re.search(r"-[\w-]{8}\.\w+$", asset)


async def test_only_assets_are_served_as_assets(api: Api, subtests: pytest.Subtests) -> None:
    for name in ("..%2Findex.html", "..%2F..%2F..%2Fpyproject.toml", "..", "nothing.js", "%00"):
        with subtests.test(name=name):
            assert (await api.call("GET", f"/pmd/assets/{name}")).status == 404
