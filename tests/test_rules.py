"""Rules for every route: who is refused, what is not found, for whom a moderator acts.

The tests try the whole URL table; a route without a declaration fails them.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msgspec
import pytest
from aiohttp import hdrs
from aiohttp.test_utils import TestServer

from pmd_service.base.settings import Settings
from pmd_service.http.scopes import SCOPES
from pmd_service.http.wire import SAFE_METHODS

from .calls import (
    ASSET,
    ASSETS,
    CALLS,
    CONSOLE,
    MODERATORS_ONLY,
    NOBODYS,
    OF_ANYBODY,
    OF_ARTISTS,
    OF_ONESELF,
    PERSONAL,
    POSTS,
    filled,
)
from .scene import Scene
from .site import Api, Site

LATER = timedelta(hours=1)

# What all may read; everything else below /api/ identifies its caller.
PUBLIC = {"/api/openapi.json", "/api/docs", "/api/license"}
# Of programs that have no key yet.
DEVICE = {"/api/pmd/device/code", "/api/pmd/device/token"}
# Where no access key may: whom one moderates, what signs in for one, and who looks for whom.
NO_KEYS = (
    (PERSONAL - OF_ARTISTS - OF_ONESELF) | MODERATORS_ONLY | {"POST /api/pmd/session", "POST /api/pmd/client-errors"}
)

WRITES = [route for route in CALLS if route.split()[0] not in SAFE_METHODS]
OBJECTS = [route for route in CALLS if "{" in route and "{user_code}" not in route and route not in OF_ANYBODY]
# Whether the caller and the subject are read is declared by each route; the result is the same for all:
# every answer is tried on these, and some on each.
THOROUGHLY = ("GET /api/pmd/posts", "POST /api/pmd/action", "GET /api/pmd/bdr/{bdr_id}/download")

# What is nobody's in particular, or the caller's own; all else that moderators read of others is in the audit trail.
UNRECORDED = {"GET /api/pmd/jobs/kinds", "GET /api/pmd/license", "GET /api/pmd/me", "GET /api/auth/me"}
RECORDED = {route for route in CALLS if route.startswith("GET ")} - PERSONAL - MODERATORS_ONLY - UNRECORDED


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An allowance that these tests do not use up, and a key that is long enough for every algorithm."""
    return msgspec.structs.replace(
        settings, bdr_daily_limit=10_000, pack_daily_limit=10_000, jwt_secret_key="a long secret " * 10
    )


@pytest.fixture
async def scene(site: Site, api: Api, original: bool) -> Scene:
    return await Scene.set(site, api, original=original)


async def test_every_api_route_is_covered_by_these_rules(server: TestServer) -> None:
    table = {
        f"{route.method} {route.resource.canonical}"
        for route in server.app.router.routes()
        if route.resource is not None and route.method != hdrs.METH_HEAD
    }
    api = {route for route in table if route.split()[1].startswith("/api")}
    assert {*THOROUGHLY} < CALLS.keys() < api
    others = {route.split()[1] for route in api - CALLS.keys()}
    assert {path for path in others if not path.startswith(CONSOLE)} == PUBLIC | DEVICE


async def test_every_route_refuses_anonymous_callers_and_tokens_in_urls(
    scene: Scene, settings: Settings, subtests: pytest.Subtests
) -> None:
    site, exp = scene.site, datetime.now(UTC) + LATER
    good = {"sub": site.sqid(scene.artist), "exp": exp}
    key = settings.jwt_secret_key
    away = await site.add_user("away", deactivated=True)
    banned = await site.add_user("banned", banned_until=exp)

    def token(claims: dict[str, Any], signed_with: str = key, algorithm: str = "HS256") -> str:
        return jwt.encode(claims, signed_with, algorithm=algorithm)

    bad_tokens = {
        "none": None,
        "empty": "",
        "not a token": "nonsense",
        "expired": token(good | {"exp": datetime.now(UTC) - timedelta(seconds=1)}),
        "without an end": token({"sub": good["sub"]}),
        "without subject": token({"exp": exp}),
        "of an unknown user": token(good | {"sub": site.sqid(2**31 - 1)}),
        "signed with another key": token(good, "another key that is just as long as it must be"),
        "signed by nothing": token(good, "", "none"),
        "signed otherwise": token(good, key, "HS512"),
        "of a deactivated user": token(good | {"sub": site.sqid(away)}),
        "of a banned user": token(good | {"sub": site.sqid(banned)}),
        "bent": token(good)[:-4] + "AAAA",
    }
    for route, call in CALLS.items():
        with subtests.test(route=route):
            path = await scene.path(route.split()[1], owner=scene.artist, call=call)
            for name in bad_tokens if route in THOROUGHLY else ("none", "expired", "of a banned user"):
                bad = bad_tokens[name]
                for place, headers in {
                    "header": {"Authorization": f"Bearer {bad}"} if bad is not None else {},
                    "cookie": {"Cookie": f"access_token={bad}", "Sec-Fetch-Site": "same-origin"},
                    "other scheme": {"Authorization": f"Basic {bad}"},
                }.items():
                    assert await scene.status(route, path=path, headers=headers) == 401, (name, place)
            own = scene.api.token(scene.artist)
            assert await scene.status(route, path=path, params={"access_token": own, "token": own}) == 401


@pytest.mark.beside
async def test_every_route_accepts_its_owner_by_header_and_cookie(scene: Scene, subtests: pytest.Subtests) -> None:
    for number, (route, call) in enumerate(scene.calls.items()):
        with subtests.test(route=route):
            # A token of its own: some calls sign other browsers out.
            token = scene.api.token(scene.artist, lives=LATER + timedelta(minutes=number))
            own_page = {"Cookie": f"access_token={token}", "Sec-Fetch-Site": "same-origin"}
            expected = 403 if route in MODERATORS_ONLY else call.status
            for headers in (scene.sign(scene.artist), own_page):
                assert await scene.status(route, headers=headers) == expected, list(headers)


async def test_cookie_writes_need_a_same_origin_page(
    scene: Scene, settings: Settings, subtests: pytest.Subtests
) -> None:
    foreign: list[dict[str, str]] = [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{settings.base_url}.evil.example"},
        {"Origin": settings.base_url.replace("https", "http")},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": settings.base_url},
        {"Referer": f"{settings.base_url}/u/x/posts"},
    ]
    own: list[dict[str, str]] = [
        {"Origin": settings.base_url},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": settings.base_url},
    ]
    for number, route in enumerate(WRITES):
        with subtests.test(route=route):
            # A token of its own: some calls sign other browsers out.
            user = scene.moderator if route in MODERATORS_ONLY else scene.artist
            token = scene.api.token(user, lives=LATER + timedelta(minutes=number))
            cookie = {"Cookie": f"access_token={token}"}
            for signs in foreign if route in THOROUGHLY else foreign[:2]:
                assert await scene.status(route, headers=cookie | signs) == 403, signs
            for signs in own if route in THOROUGHLY else own[:1]:
                assert await scene.status(route, headers=cookie | signs) == CALLS[route].status, signs
            # A header, which no other site can send.
            headers = scene.sign(user) | {"Origin": "https://app.example"}
            assert await scene.status(route, headers=headers) == CALLS[route].status


async def test_other_users_and_missing_ids_are_not_found(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in OBJECTS:
        with subtests.test(route=route):
            for stranger in (scene.stranger, scene.moderator, scene.owner):
                assert await scene.status(route, headers=scene.sign(stranger)) == 404, stranger
            for parameter, text in [(name, text) for name in NOBODYS if name in route for text in NOBODYS[name]]:
                template = route.split()[1].replace(parameter, text)
                path = await scene.path(template, owner=scene.artist, call=CALLS[route])
                assert await scene.status(route, path=path, headers=scene.sign(scene.artist)) == 404, path


async def test_other_users_posts_in_bodies_are_not_found(scene: Scene, subtests: pytest.Subtests) -> None:
    for route, call in scene.calls.items():
        if call.body != filled(call.body, dict.fromkeys((POSTS, ASSETS, ASSET))):
            with subtests.test(route=route):
                expected = 404 if route in OBJECTS else 400
                assert await scene.status(route, headers=scene.sign(scene.stranger)) == expected


async def test_acting_for_another_user_needs_the_moderator_role(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in CALLS:
        with subtests.test(route=route):
            for target in (scene.artist, scene.owner):
                headers = scene.sign(scene.stranger)
                assert await scene.status(route, headers=headers, params=scene.target(target)) == 403
            assert await scene.status(route, headers=scene.sign(scene.stranger), params={"target_sqid": "x"}) == 403


@pytest.mark.beside
async def test_moderators_act_for_users_and_moderators_on_every_route(scene: Scene, subtests: pytest.Subtests) -> None:
    await scene.site.add_post(scene.second_moderator, b"GIF89a")
    pairs = (
        (scene.moderator, scene.second_moderator),
        (scene.owner, scene.artist),
        (scene.moderator, scene.artist),
        (scene.owner, scene.second_moderator),
    )
    for route, call in scene.calls.items():
        with subtests.test(route=route):
            for actor, target in pairs if route in THOROUGHLY else pairs[:2]:
                status = await scene.status(route, of=target, headers=scene.sign(actor), params=scene.target(target))
                assert status == (403 if route in PERSONAL else call.status), (actor, target)
                trail = await scene.site.pool.fetch("DELETE FROM audit_log RETURNING actor_id, target_user_id")
                if route in RECORDED:
                    assert [tuple(row) for row in trail] == [(actor, target)]


async def test_moderators_act_for_banned_users(scene: Scene) -> None:
    await scene.site.pool.execute(
        "UPDATE users SET banned_until = now() + interval '1 day' WHERE id = $1", scene.artist
    )
    for route in ("GET /api/pmd/posts", "POST /api/pmd/action"):
        status = await scene.status(route, headers=scene.sign(scene.moderator), params=scene.target(scene.artist))
        assert status == 200


async def test_only_the_owner_acts_for_the_owner(scene: Scene, subtests: pytest.Subtests) -> None:
    await scene.site.add_post(scene.owner, b"GIF89a")
    for route, call in CALLS.items():
        with subtests.test(route=route):
            target = scene.target(scene.owner)
            headers = scene.sign(scene.moderator)
            assert await scene.status(route, of=scene.owner, headers=headers, params=target) == 403
            headers = scene.sign(scene.owner)
            assert await scene.status(route, of=scene.owner, headers=headers, params=target) == call.status


async def test_acting_for_an_unknown_user_is_not_found(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in CALLS:
        with subtests.test(route=route):
            headers = scene.sign(scene.moderator)
            for sqid in (scene.site.sqid(2**31 - 1), "", "no such user", "\0"):
                assert await scene.status(route, headers=headers, params={"target_sqid": sqid}) == 404, sqid


async def test_acting_for_oneself_is_allowed(scene: Scene, subtests: pytest.Subtests) -> None:
    for route, call in CALLS.items():
        with subtests.test(route=route):
            headers, target = scene.sign(scene.artist), scene.target(scene.artist)
            expected = 403 if route in MODERATORS_ONLY else call.status
            assert await scene.status(route, headers=headers, params=target) == expected


async def test_a_key_reaches_only_the_routes_of_its_scopes(scene: Scene, subtests: pytest.Subtests) -> None:
    for route, call in CALLS.items():
        with subtests.test(route=route):
            if call.scopes is None:
                assert await scene.status(route, headers=await scene.key(scene.artist, *SCOPES)) == 403
                continue
            needed = set(call.scopes)
            assert await scene.status(route, headers=await scene.key(scene.artist, *needed)) == call.status
            for scope in needed:
                others = await scene.key(scene.artist, *({*SCOPES} - {scope}))
                assert await scene.status(route, headers=others) == 403, scope


def test_every_route_declares_its_scope_or_refuses_keys() -> None:
    assert {route for route, call in CALLS.items() if call.scopes is None} == NO_KEYS
    assert {scope for call in CALLS.values() for scope in call.scopes or ()} | {"posts:delete", "library:delete"} == {
        *SCOPES
    }


async def test_a_key_acts_for_its_owner_and_only_while_they_may(scene: Scene, subtests: pytest.Subtests) -> None:
    for route, call in CALLS.items():
        if call.scopes is not None:
            with subtests.test(route=route):
                keys = {user: await scene.key(user, *SCOPES) for user in (scene.stranger, scene.moderator, scene.owner)}
                for user, key in keys.items():
                    if route in OBJECTS:
                        assert await scene.status(route, headers=key) == 404, user
                    target = scene.target(scene.artist)
                    assert await scene.status(route, headers=key, params=target) == 403, user
    key = await scene.key(scene.artist, *SCOPES)
    for until, status in (("now() + interval '1 day'", 401), ("NULL", 200)):
        await scene.site.pool.execute(f"UPDATE users SET banned_until = {until} WHERE id = $1", scene.artist)
        assert await scene.status("GET /api/pmd/posts", headers=key) == status


async def test_api_documents_are_public(api: Api) -> None:
    for path in PUBLIC:
        assert (await api.call("GET", path)).status == 200
