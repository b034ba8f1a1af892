"""The public page of a series: what visitors may see of it, in its order, and nothing else."""

from html import unescape

import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.site.rights import are_ours

from ..conftest import Serve
from ..desk.conftest import picture
from ..site import Answer, Api, Site


async def add_series(site: Site, api: Api, artist: int) -> tuple[int, list[int]]:
    posts = [await site.add_post(artist, picture(number), title=f"Tree <{number}>") for number in range(4)]
    made = await api.post("/api/pmd/series", {"name": "Forest & sea"}, user=artist)
    path = f"/api/pmd/series/{made.json['id']}/posts"
    assert (await api.call("PUT", path, user=artist, json={"post_ids": posts[::-1]})).status == 200
    return made.json["id"], posts


async def visit(site: Site, api: Api, artist: int, series_id: int, rest: str = "") -> Answer:
    return await api.call("GET", f"/u/{site.sqid(artist)}/series/{series_id}{rest}")


async def test_visitors_see_visible_posts_in_order(site: Site, api: Api) -> None:
    artist = await site.add_user()
    series_id, posts = await add_series(site, api, artist)
    await api.post("/api/pmd/action", {"action": "hide", "post_ids": posts[:1]}, user=artist)
    await api.post("/api/pmd/action", {"action": "delete", "post_ids": posts[1:2]}, user=artist)
    details = {"alt_text": 'A "tree".', "content_warnings": ["Spiders"]}
    await api.post("/api/pmd/edit", {"post_ids": posts[3:], "set": details}, user=artist)
    answer = await visit(site, api, artist, series_id)
    text = answer.body.decode()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert '<h1 dir="auto">Forest &amp; sea</h1>' in text
    assert [text.find(f"Tree &lt;{number}&gt;") > 0 for number in range(4)] == [False, False, True, True]
    head, body = text.split("</head>")
    assert body.index("Tree &lt;3&gt;") < body.index("Tree &lt;2&gt;")
    assert "<summary>Spiders</summary>" in text
    assert 'alt="A "tree"."' in unescape(text)
    assert f"/art/{posts[2]}" in head, "the cover has no warning"
    for number, status in ((3, 200), (2, 200), (1, 404), (0, 404)):
        art = await visit(site, api, artist, series_id, f"/art/{posts[number]}")
        assert art.status == status
    assert art.headers.get("Set-Cookie") is None


@pytest.mark.beside
async def test_page_takes_reports_only_where_the_service_does(site: Site, api: Api) -> None:
    artist = await site.add_user()
    series_id, _ = await add_series(site, api, artist)
    report = "/reports" in (await visit(site, api, artist, series_id)).body.decode()
    assert report is await are_ours(site.pool)


async def test_page_shows_nothing_of_others_or_suspended_artists(site: Site, api: Api) -> None:
    artist, stranger = await site.add_user(), await site.add_user("stranger")
    series_id, posts = await add_series(site, api, artist)
    assert (await visit(site, api, stranger, series_id)).status == 404
    assert (await visit(site, api, artist, 2**40)).status == 404
    other = await site.add_post(artist)
    assert (await visit(site, api, artist, series_id, f"/art/{other}")).status == 404
    await site.pool.execute("UPDATE users SET banned_until = now() + interval '1 day' WHERE id = $1", artist)
    for rest in ("", f"/art/{posts[0]}"):
        assert (await visit(site, api, artist, series_id, rest)).status == 404


@pytest.mark.own_tables
async def test_page_is_off_where_sharing_is(site: Site, api: Api, serve: Serve, settings: Settings) -> None:
    artist = await site.add_user()
    series_id, _ = await add_series(site, api, artist)
    off = msgspec.structs.replace(settings, sharing="off")
    async with Api((await serve(off)).make_url("/"), off) as other:
        assert (await visit(site, other, artist, series_id)).status == 404
