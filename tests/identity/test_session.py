"""A token kept as a cookie, who one is, and whom moderators look for."""

from http.cookies import SimpleCookie

import msgspec
import pytest

from pmd_service.base.settings import Settings

from ..conftest import Serve
from ..site import Api, Site

SESSION = "/api/pmd/session"


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_a_token_becomes_a_cookie_until_its_end_and_is_forgotten(
    site: Site, settings: Settings, serve: Serve, scheme: str
) -> None:
    artist = await site.add_user()
    server = await serve(msgspec.structs.replace(settings, base_url=f"{scheme}://makapix.club"))
    async with Api(server.make_url("/"), settings) as api:
        token = api.token(artist)
        kept = await api.call("POST", SESSION, headers={"Authorization": f"Bearer {token}"})
        assert (kept.status, kept.body) == (204, b"")
        cookie = SimpleCookie(kept.headers["Set-Cookie"])["access_token"]
        assert cookie.value == token
        assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/", "Lax", True)
        assert bool(cookie["secure"]) is (scheme == "https")
        assert 3500 < int(cookie["max-age"]) <= 3600

        by_cookie = {"Cookie": f"access_token={token}"}
        assert (await api.call("GET", "/api/auth/me", headers=by_cookie)).status == 200
        assert (await api.call("DELETE", SESSION, headers=by_cookie)).status == 403, "from another site's page"
        forgotten = await api.call("DELETE", SESSION, headers=by_cookie | {"Sec-Fetch-Site": "same-origin"})
        assert forgotten.status == 204
        assert SimpleCookie(forgotten.headers["Set-Cookie"])["access_token"]["max-age"] == "0"


async def test_a_token_without_an_end_in_sight_makes_a_cookie_of_a_year(site: Site, api: Api) -> None:
    token = api._tokens.issue(site.sqid(await site.add_user()), 10**12)  # type: ignore[arg-type]
    kept = await api.call("POST", SESSION, headers={"Authorization": f"Bearer {token}"})
    assert SimpleCookie(kept.headers["Set-Cookie"])["access_token"]["max-age"] == str(365 * 24 * 3600)


async def test_roles_stand_where_the_originals_page_reads_them(site: Site, api: Api) -> None:
    moderator = await site.add_user("mod", roles=["user", "moderator"])
    answer = await api.get("/api/auth/me", user=moderator)
    assert answer.json == {
        "user": {"public_sqid": site.sqid(moderator), "handle": "mod", "roles": ["user", "moderator"]},
        "roles": ["user", "moderator"],
    }
    # Our own page asks where no site has a route of its own; a moderator who acts for another is still themselves.
    artist = site.sqid(await site.add_user())
    own = await api.get("/api/pmd/me", user=moderator, params={"target_sqid": artist})
    assert own.json == answer.json["user"] | {"key": None}


async def test_a_cross_site_page_cannot_act_with_the_users_session(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    for named, status in ((artist, 200), (other, 412)):
        answer = await api.get("/api/auth/me", user=artist, headers={"PMD-Viewer": site.sqid(named)})
        assert answer.status == status
    assert answer.json["type"] == "urn:pmd:problem:another-viewer"


async def test_licences_are_for_everybody_with_their_texts_addresses(api: Api) -> None:
    answer = await api.call("GET", "/api/license")
    urls = {licence["identifier"]: licence["url"] for licence in answer.json["items"]}
    assert urls["CC-BY-NC-SA-4.0"] == "https://creativecommons.org/licenses/by-nc-sa/4.0/"
    assert urls["CC-BY-4.0"] == "https://creativecommons.org/licenses/by/4.0/"
    assert urls["CC0-1.0"] == "https://creativecommons.org/publicdomain/zero/1.0/"


async def test_a_licence_of_the_sites_own_has_no_address(site: Site, api: Api) -> None:
    await site.pool.execute("INSERT INTO licenses (identifier, title) VALUES ('club-only', 'Club only')")
    assert (await api.call("GET", "/api/license")).json["items"][-1]["url"] is None


async def test_moderators_find_users_by_the_beginning_of_their_handle(site: Site, api: Api) -> None:
    moderator = await site.add_user("mod", roles=["moderator"])
    fan = await site.add_user("PixelFan", deactivated=True)
    await site.add_posts(fan, 2)
    await site.add_post(fan, kind="playlist")
    await site.add_post(fan, deleted_by_user=True)
    await site.add_user("pix_el")
    await site.add_user("other")

    async def found(text: str) -> list[str]:
        answer = await api.get("/api/pmd/users", user=moderator, params={"q": text})
        return [user["handle"] for user in answer.json["items"]]

    assert await found("pix") == ["pix_el", "PixelFan"]
    assert await found("PIXELF") == ["PixelFan"]
    assert await found("pix_") == ["pix_el"]
    assert await found("%") == []
    assert await found("\\") == []
    assert await found(site.sqid(fan)) == ["PixelFan"]
    answer = await api.get("/api/pmd/users", user=moderator, params={"q": "pixelfan"})
    assert answer.json == {"items": [{"public_sqid": site.sqid(fan), "handle": "PixelFan", "artwork_count": 2}]}
    for user, text, status in ((fan, "pix", 401), (moderator, "", 422), (moderator, "x" * 65, 422)):
        assert (await api.get("/api/pmd/users", user=user, params={"q": text})).status == status
    answer = await api.get("/api/pmd/users", user=moderator)
    assert (answer.status, answer.json["detail"]) == (422, "“q” is missing.")
    stranger = await site.add_user("stranger")
    assert (await api.get("/api/pmd/users", user=stranger, params={"q": "pix"})).status == 403
