"""The browsers that are signed in: listed, and signed out one by one or all others."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

import msgspec
import pytest

from pmd_service.identity.sessions.browsers import name_of
from pmd_service.identity.sessions.queries import Seen, delete_expired, find_ended, forget_session, write_seen

from ..hang import HANG_SECONDS
from ..site import Answer, Api, Site

SESSIONS = "/api/pmd/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)


class Browser:
    """A browser that a user has signed in with."""

    def __init__(self, api: Api, user: int, *, lives: float, user_agent: str = FIREFOX) -> None:
        self.api = api
        self.token = api.token(user, lives=timedelta(seconds=lives))
        self.headers = {
            "Cookie": f"access_token={self.token}",
            "Sec-Fetch-Site": "same-origin",
            "User-Agent": user_agent,
        }

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        return await self.api.call(method, path, headers=self.headers, **options)

    async def listed(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.call("GET", SESSIONS)).json["items"]
        return items


@pytest.mark.parametrize(
    ("user_agent", "name", "is_phone"),
    [
        (FIREFOX, "Firefox 145 on Linux", False),
        (CHROME, "Chrome 142 on Windows", False),
        (CHROME + " Edg/119.0.0.0", "Edge 119 on Windows", False),
        (PHONE, "Safari 18 on an iPhone", True),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0.0.0 Mobile Safari/537.36",
            "Chrome 130 on Android",
            True,
        ),
        ("curl/8.5.0", "curl/8.5.0", False),
        ("", "A browser", False),
    ],
)
def test_a_browser_is_named_as_people_call_it(user_agent: str, name: str, *, is_phone: bool) -> None:
    assert name_of(user_agent) == (name, is_phone)


@pytest.mark.beside
async def test_signed_in_browsers_are_listed_and_this_one_is_marked(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    first = Browser(api, artist, lives=3600)
    phone = Browser(api, artist, lives=7200, user_agent=PHONE)
    stranger = Browser(api, other, lives=3600)
    for browser in (first, phone, stranger):
        assert (await browser.call("GET", "/api/pmd/me")).status == 200
        assert len([each for each in await browser.listed() if each["is_this"]]) == 1
    assert (await api.get("/api/pmd/me", user=artist)).status == 200  # a program's token is no browser
    listed = await first.listed()
    assert [(each["browser"], each["is_phone"], each["is_this"]) for each in listed] == [
        ("Safari 18 on an iPhone", True, False),
        ("Firefox 145 on Linux", False, True),
    ]
    assert {each["address"] for each in listed} == {"127.0.0.1"}
    page = await first.call("GET", SESSIONS, params={"limit": "1"})
    rest = await first.call("GET", SESSIONS, params={"limit": "1", "cursor": page.json["next_cursor"]})
    assert [page.json["items"][0]["id"], rest.json["items"][0]["id"]] == [each["id"] for each in listed]
    at = datetime.now(UTC) + timedelta(hours=1)
    moved = Seen(
        user_id=artist,
        credential=sha256(phone.token.encode()).digest(),
        user_agent=CHROME,
        address=ip_address("203.0.113.7"),
        at=at,
        expires_at=at,
    )
    for each in (moved, msgspec.structs.replace(moved, at=at - timedelta(hours=2))):
        await write_seen(site.pool, [each])
    (seen, _) = await first.listed()
    assert (seen["browser"], seen["address"]) == ("Chrome 142 on Windows", "203.0.113.7")
    assert datetime.fromisoformat(seen["last_used_at"]) == at


@pytest.mark.beside
async def test_a_browser_that_is_signed_out_is_refused_everywhere(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    this, lost = Browser(api, artist, lives=3600), Browser(api, artist, lives=7200)
    await lost.listed()
    (session,) = [each for each in await this.listed() if not each["is_this"]]
    path = f"{SESSIONS}/{session['id']}"
    assert (await api.call("DELETE", path, user=other)).status == 404
    async with api.session.get("/api/pmd/sse", headers=lost.headers) as stream:
        async for line in stream.content:
            if line == b"event: connected\n":
                break
        assert (await this.call("DELETE", path)).status == 204
        async with asyncio.timeout(HANG_SECONDS):
            assert b"event: signed_out" in await stream.content.read()
    assert (await this.call("DELETE", path)).status == 404
    for headers in (lost.headers, {"Authorization": f"Bearer {lost.token}"}):
        assert (await api.call("GET", "/api/pmd/me", headers=headers)).status == 401
        assert (await api.call("POST", "/api/pmd/session", headers=headers)).status == 401
        page = await api.call("GET", f"/u/{site.sqid(artist)}/posts", headers=headers)
        assert page.status == 401
    both = await asyncio.gather(*(browser.call("GET", "/api/pmd/me") for browser in (this, lost) for _ in range(3)))
    assert [answer.status for answer in both] == [200] * 3 + [401] * 3, "those that are looked up together, too"
    assert [each["is_this"] for each in await this.listed()] == [True]
    # Its page may have asked to be forgotten just before.
    ended = await site.pool.fetchval("SELECT digest FROM browser_session WHERE ended_at IS NOT NULL")
    await forget_session(site.pool, ended)
    assert await find_ended(site.pool, [ended]) == {ended}


async def test_all_others_are_signed_out_at_once(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    browsers = [Browser(api, artist, lives=3600 + number) for number in range(4)]
    stranger = Browser(api, other, lives=3600)
    for browser in (*browsers, stranger):
        await browser.call("GET", "/api/pmd/me")
    assert (await browsers[0].call("DELETE", SESSIONS)).json == {"count": 3}
    statuses = [(await browser.call("GET", "/api/pmd/me")).status for browser in (*browsers, stranger)]
    assert statuses == [200, 401, 401, 401, 200]


async def test_a_forgotten_cookie_is_listed_no_more_and_may_be_kept_again(site: Site, api: Api) -> None:
    artist = await site.add_user()
    browser, other = Browser(api, artist, lives=3600), Browser(api, artist, lives=7200)
    await browser.listed()
    assert (await browser.call("DELETE", "/api/pmd/session")).status == 204
    assert len(await other.listed()) == 1
    # A site's page holds the token, and may send it again.
    bearer = {"Authorization": f"Bearer {browser.token}"}
    assert (await api.call("POST", "/api/pmd/session", headers=bearer)).status == 204
    assert len(await browser.listed()) == 2


async def test_browsers_leave_the_list_when_their_token_ends(site: Site, api: Api) -> None:
    artist = await site.add_user()
    this = Browser(api, artist, lives=3600)
    await Browser(api, artist, lives=7200).listed()
    await this.listed()
    await site.pool.execute("UPDATE browser_session SET expires_at = now() - interval '1 s' WHERE NOT digest = $1", b"")
    assert await delete_expired(site.pool) == 2
    assert len(await this.listed()) == 1
