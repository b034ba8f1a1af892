"""Rules for every route: who is refused, what is not found, for whom a moderator acts.

The tests walk the URL table; a route that is not in ``CALLS`` fails them.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp
import jwt
import msgspec
import pytest
from aiohttp import hdrs
from aiohttp.test_utils import TestServer

from pmd_service.http.wire import SAFE_METHODS
from pmd_service.identity.session import PUBLIC, is_guarded
from pmd_service.ops.settings import Settings

from .site import Api, Site

LATER = timedelta(hours=1)


class Call(NamedTuple):
    """A call that succeeds for the owner of what it names.

    Args:
        body: what is sent; ``POSTS`` in it stands for the ids of the owner's posts, ``ASSETS`` for those of their
            files, ``ASSET`` for one, and ``GROUP`` for a group of tasks.
        bdr: the state of the request that the path names.
        upload: the state of the upload that the path names.
        job: the state of the task that the path names.
        form: whether a form with a file is sent.
        headers: what is sent beside the token.
    """

    status: int
    body: dict[str, Any] | None = None
    bdr: str = "pending"
    upload: str = "processing"
    job: str = "pending"
    form: bool = False
    headers: dict[str, str] = {}  # noqa: RUF012 - nobody changes it


POSTS, ASSETS, ASSET, GROUP = object(), object(), object(), object()
TUS = {"Tus-Resumable": "1.0.0"}

CALLS = {
    "GET /api/pmd/posts": Call(200),
    "GET /api/pmd/posts/{post_id}/art": Call(200),
    "POST /api/pmd/action": Call(200, {"action": "hide", "post_ids": POSTS}),
    "POST /api/pmd/license": Call(200, {"license_id": 1, "post_ids": POSTS}),
    "POST /api/pmd/edit": Call(200, {"add_hashtags": ["sea"], "post_ids": POSTS}),
    "GET /api/pmd/users": Call(200),
    "POST /api/pmd/session": Call(204),
    "DELETE /api/pmd/session": Call(204),
    "GET /api/pmd/audit": Call(200),
    "POST /api/pmd/bdr": Call(202, {"post_ids": POSTS}),
    "GET /api/pmd/bdr": Call(200),
    "GET /api/pmd/bdr/sse": Call(200),
    "GET /api/pmd/sse": Call(200),
    "GET /api/pmd/bdr/{bdr_id}": Call(200),
    "GET /api/pmd/bdr/{bdr_id}/missing": Call(200),
    "GET /api/pmd/bdr/{bdr_id}/posts": Call(200),
    "GET /api/pmd/bdr/{bdr_id}/assets": Call(200),
    "POST /api/pmd/takeout": Call(202, {}),
    "GET /api/pmd/takeout": Call(200),
    "GET /api/pmd/takeout/{takeout_id}": Call(200),
    "POST /api/pmd/takeout/{takeout_id}/cancel": Call(200),
    "GET /api/pmd/bdr/{bdr_id}/download": Call(200, bdr="ready"),
    "DELETE /api/pmd/bdr/{bdr_id}": Call(204, bdr="ready"),
    "POST /api/pmd/bdr/{bdr_id}/retry": Call(200, bdr="failed"),
    "POST /api/pmd/bdr/{bdr_id}/cancel": Call(200),
    "GET /api/pmd/assets": Call(200),
    "POST /api/pmd/assets/action": Call(200, {"action": "approve", "asset_ids": ASSETS}),
    "POST /api/pmd/assets/edit": Call(200, {"asset_ids": ASSETS, "set": {"theme": "sea"}}),
    "POST /api/pmd/assets/publish": Call(200, {"asset_ids": ASSETS}),
    "GET /api/pmd/assets/{asset_id}": Call(200),
    "GET /api/pmd/assets/{asset_id}/file": Call(200),
    "GET /api/pmd/assets/{asset_id}/preview": Call(200),
    "GET /api/pmd/packs": Call(200),
    "POST /api/pmd/packs": Call(201, {"name": "Sea", "license_type": "royalty_free", "assets": [{"asset_id": ASSET}]}),
    "GET /api/pmd/packs/{pack_id}": Call(200),
    "PATCH /api/pmd/packs/{pack_id}": Call(200, {"theme": "sea"}),
    "DELETE /api/pmd/packs/{pack_id}": Call(204),
    "PUT /api/pmd/packs/{pack_id}/assets": Call(200, {"assets": [{"asset_id": ASSET}]}),
    "POST /api/pmd/packs/{pack_id}/check": Call(200),
    "POST /api/pmd/packs/{pack_id}/export": Call(202),
    "GET /api/pmd/packs/{pack_id}/download": Call(200),
    "POST /api/pmd/uploads/check": Call(200, {"files": [{"path": "notes.txt", "size": 1}]}),
    "POST /api/pmd/uploads": Call(201, {"files": [{"path": "notes.txt", "size": 1}]}),
    "GET /api/pmd/uploads": Call(200),
    "POST /api/pmd/uploads/form": Call(202, form=True),
    "OPTIONS /api/pmd/uploads/tus": Call(204),
    "POST /api/pmd/uploads/tus": Call(
        201, headers=TUS | {"Upload-Length": "0", "Upload-Metadata": "filename YS5wbmc="}
    ),
    "GET /api/pmd/uploads/{upload_id}": Call(200),
    "GET /api/pmd/uploads/{upload_id}/files": Call(200),
    "GET /api/pmd/uploads/{upload_id}/files.csv": Call(200),
    "OPTIONS /api/pmd/uploads/{upload_id}/files/{file_id}": Call(204),
    "PATCH /api/pmd/uploads/{upload_id}/files/{file_id}": Call(
        204, headers=TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    ),
    "DELETE /api/pmd/uploads/{upload_id}/files/{file_id}": Call(204, headers=TUS),
    "POST /api/pmd/uploads/{upload_id}/stop": Call(200),
    "POST /api/pmd/uploads/{upload_id}/retry": Call(200, upload="failed"),
    "POST /api/pmd/uploads/{upload_id}/undo": Call(200, upload="completed"),
    "GET /api/pmd/reports/{report_id}": Call(200, upload="completed"),
    "POST /api/pmd/jobs": Call(202, {"kind": "upscale", "asset_ids": ASSETS}),
    "GET /api/pmd/jobs": Call(200),
    "GET /api/pmd/jobs/kinds": Call(200),
    "POST /api/pmd/jobs/cancel": Call(200, {"group_id": GROUP}),
    "GET /api/pmd/jobs/{job_id}": Call(200),
    "POST /api/pmd/jobs/{job_id}/cancel": Call(200),
    "POST /api/pmd/jobs/{job_id}/retry": Call(200, job="failed"),
    "GET /api/auth/me": Call(200),
}

# What a path names, by the path's parameter: an id that nobody has, and texts that are no ids.
NOBODYS = {
    "{post_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{asset_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{pack_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{bdr_id}": [str(uuid4()), "1", "x", "%00"],
    "{takeout_id}": [str(uuid4()), "1", "x", "%00"],
    "{job_id}": ["2147483647", "2147483648", "0", "-1", "x", "%00", "٣"],
    "{upload_id}": [str(uuid4()), "1", "x", "%00"],
    "{file_id}": [str(uuid4()), "1", "x", "%00"],
    "{report_id}": [str(uuid4()), "1", "x", "%00"],
}

# Whose path takes a query of its own.
QUERIES = {"GET /api/pmd/users": {"q": "art"}}

# Posts of a site's own are not made from here, unless its operator says so (PUBLISH=insert).
ON_OWN_TABLES = {"POST /api/pmd/assets/publish"}

MODERATORS_ONLY = {"GET /api/pmd/audit", "GET /api/pmd/users"}

WRITES = [route for route in CALLS if route.split()[0] not in SAFE_METHODS]
OBJECTS = [route for route in CALLS if "{" in route]


class Scene(NamedTuple):
    """An artist with a post and a stranger, a moderator, another one, and the owner of the site."""

    site: Site
    api: Api
    artist: int
    post: int
    stranger: int
    moderator: int
    second_moderator: int
    owner: int
    calls: dict[str, Call]

    async def status(self, route: str, *, of: int | None = None, path: str = "", **options: Any) -> int:
        """The status of a call on what the artist, or ``of``, owns; the answer's body is not waited for."""
        method, template = route.split()
        call = CALLS[route]
        owner = of or self.artist
        options["params"] = QUERIES.get(route, {}) | options.get("params", {})
        path = path or await self.path(template, owner=owner, call=call)
        options["headers"] = call.headers | options.get("headers", {})
        if call.form:
            options["data"] = aiohttp.FormData()
            options["data"].add_field("files[]", b"hello", filename="notes.txt")
        if call.body is not None:
            options["json"] = _filled(call.body, await self.named(owner))
        async with self.api.session.request(method, path, **options) as response:
            return response.status

    async def named(self, owner: int) -> dict[object, Any]:
        """What a body names of the owner's."""
        asset, job = await self.asset(owner), await self.add_job(owner, "pending")
        return {
            POSTS: await self.site.pool.fetchval("SELECT array_agg(id) FROM posts WHERE owner_id = $1", owner),
            ASSETS: [asset],
            ASSET: asset,
            GROUP: str(await self.site.pool.fetchval("SELECT group_id FROM job WHERE id = $1", job)),
        }

    async def path(self, template: str, *, owner: int, call: Call) -> str:
        if template == "/api/pmd/takeout":
            await self.site.pool.execute("DELETE FROM takeouts")  # once in so many days is enough otherwise
        if "{upload_id}" in template or "{report_id}" in template:
            for parameter, value in (await self.add_upload(owner, call.upload)).items():
                template = template.replace(parameter, value)
        adding: dict[str, Callable[[], Awaitable[object]]] = {
            "{post_id}": lambda: self.site.pool.fetchval("SELECT min(id) FROM posts WHERE owner_id = $1", owner),
            "{asset_id}": lambda: self.asset(owner),
            "{pack_id}": lambda: self.add_pack(owner),
            "{bdr_id}": lambda: self.add_bdr(owner, call.bdr),
            "{takeout_id}": lambda: self.add_takeout(owner),
            "{job_id}": lambda: self.add_job(owner, call.job),
        }
        for parameter, add in adding.items():
            if parameter in template:
                template = template.replace(parameter, str(await add()))
        return template

    async def add_takeout(self, owner: int) -> str:
        takeout_id = await self.site.pool.fetchval(
            """INSERT INTO takeouts (user_id, requested_by, include_comments, include_reactions, send_email,
                                     artwork_count, part_count)
               VALUES ($1, $1, false, false, false, 1, 1) RETURNING id""",
            owner,
        )
        return str(takeout_id)

    async def asset(self, owner: int) -> int:
        """The owner's file."""
        found: int | None = await self.site.pool.fetchval("SELECT min(id) FROM asset WHERE user_id = $1", owner)
        if found is not None:
            return found
        key = self.site.write(f"previews/{owner}/128.webp", b"RIFF")
        preview = {"path": f"/vault/{key.relative_to(self.site.vault)}", "etag": None, "size": 128, "size_bytes": 4}
        preview |= {"mime_type": "image/webp", "width": 128, "height": 128}
        return await self.site.add_asset(owner, approved=True, previews=[preview])

    async def add_pack(self, owner: int) -> int:
        """A pack of the owner's with that file, and an edition of it."""
        pack: int = await self.site.pool.fetchval(
            """INSERT INTO pack (user_id, name, slug, license_type, edition, export_path, exported_at, export_hash)
               VALUES ($1, 'Sea', md5(random()::text), 'royalty_free', 1, 'packs/x', now(), 'ab') RETURNING id""",
            owner,
        )
        key = f"packs/{self.site.sqid(owner)}/{pack}/1.1.zip"
        self.site.write(key, b"PK")
        await self.site.pool.execute(
            """INSERT INTO pack_edition (pack_id, edition, key, size_bytes, hash, asset_count)
               VALUES ($1, 1, $2, 2, repeat('ab', 32), 1)""",
            pack,
            key,
        )
        await self.site.pool.execute(
            "INSERT INTO pack_asset (pack_id, asset_id) VALUES ($1, $2)", pack, await self.asset(owner)
        )
        return pack

    async def add_upload(self, owner: int, status: str) -> dict[str, str]:
        """An upload of one file; returns what a path may name of it."""
        counts = {"processing": (0, 0), "failed": (0, 1), "completed": (1, 0)}[status]
        settled = "NULL" if status == "processing" else "now()"
        pool = self.site.pool
        # A fifth open one would have to wait.
        await pool.execute("DELETE FROM batch_reports WHERE user_id = $1", owner)
        upload_id = await pool.fetchval(
            f"""INSERT INTO batch_reports (user_id, requested_by, total_files, status, successful_files, failed_files,
                                           completed_at)
                VALUES ($1, $1, 1, $2, $3, $4, {settled}) RETURNING id""",
            owner,
            status,
            *counts,
        )
        report_id = await pool.fetchval(
            """INSERT INTO reports (user_id, batch_id, outcome, file_name, hash)
               VALUES ($1, $2, 'added', 'a.png', repeat('0', 64)) RETURNING id""",
            owner,
            upload_id,
        )
        file_id = await pool.fetchval(
            f"""INSERT INTO batch_report_files (batch_id, user_id, file_name, relative_path, file_size,
                                                processing_order, processing_status, settled_at, error_message)
                VALUES ($1, $2, 'a.png', 'a.png', 9, 0, $3, {settled}, $4) RETURNING id""",
            upload_id,
            owner,
            {"processing": "pending", "failed": "failed", "completed": "success"}[status],
            "It failed." if status == "failed" else None,
        )
        return {"{upload_id}": str(upload_id), "{file_id}": str(file_id), "{report_id}": str(report_id)}

    async def add_job(self, owner: int, status: str) -> int:
        failed = status == "failed"
        job_id: int = await self.site.pool.fetchval(
            """INSERT INTO job (kind, asset_id, params_json, user_id, requested_by, group_id, status, completed_at,
                                error_message)
               VALUES ('upscale', $1, '{}', $2, $2, gen_random_uuid(), $3, CASE WHEN $4 THEN now() END,
                       CASE WHEN $4 THEN 'It failed.' END) RETURNING id""",
            await self.asset(owner),
            owner,
            status,
            failed,
        )
        return job_id

    async def add_bdr(self, owner: int, status: str) -> str:
        self.site.write("bdr/archive.zip", b"PK")
        columns = {
            "pending": "",
            "failed": ", completed_at = now(), error_message = 'It failed.'",
            "ready": """, completed_at = now(), expires_at = now() + interval '1 day', file_path = 'bdr/archive.zip',
                        file_size_bytes = 2""",
        }[status]
        bdr_id = await self.site.pool.fetchval(
            """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
               VALUES ($1, $1, ARRAY[$2::int], 1) RETURNING id""",
            owner,
            self.post,
        )
        await self.site.pool.execute(
            f"UPDATE batch_download_requests SET status = $2 {columns} WHERE id = $1", bdr_id, status
        )
        return str(bdr_id)

    def sign(self, user: int) -> dict[str, str]:
        return self.api.sign(user)

    def target(self, user: int) -> dict[str, str]:
        return {"target_sqid": self.site.sqid(user)}


def _filled(body: Any, meant: dict[object, Any]) -> Any:
    """The body with what its words stand for."""
    if isinstance(body, dict):
        return {name: _filled(value, meant) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, meant) for value in body]
    return meant.get(body, body)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An allowance that these tests do not use up, and a key that is long enough for every algorithm."""
    return msgspec.structs.replace(
        settings, bdr_daily_limit=10_000, pack_daily_limit=10_000, jwt_secret_key="a long secret " * 10
    )


@pytest.fixture
async def scene(site: Site, api: Api, original: bool) -> AsyncIterator[Scene]:
    artist, stranger = await site.add_user("artist"), await site.add_user("stranger")
    yield Scene(
        site=site,
        api=api,
        artist=artist,
        post=await site.add_post(artist, b"\x89PNG\r\n\x1a\n"),
        stranger=stranger,
        moderator=await site.add_user("mod", roles=["user", "moderator"]),
        second_moderator=await site.add_user("second", roles=["moderator"]),
        owner=await site.add_user("boss", roles=["owner"]),
        calls={route: call for route, call in CALLS.items() if not (original and route in ON_OWN_TABLES)},
    )


async def test_every_route_of_the_api_is_covered_by_these_rules(server: TestServer) -> None:
    table = {
        f"{route.method} {route.resource.canonical}"
        for route in server.app.router.routes()
        if route.resource is not None and route.method != hdrs.METH_HEAD
    }
    api = {route for route in table if route.split()[1].startswith("/api")}
    assert {route for route in api if is_guarded(route.split()[1])} == CALLS.keys()
    assert {route.split()[1] for route in api - CALLS.keys()} == PUBLIC


async def test_every_route_refuses_whoever_is_not_signed_in(
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
        "of nobody": token({"exp": exp}),
        "of somebody unknown": token(good | {"sub": site.sqid(2**31 - 1)}),
        "signed with another key": token(good, "another key that is just as long as it must be"),
        "signed by nothing": token(good, "", "none"),
        "signed otherwise": token(good, key, "HS512"),
        "of a deactivated user": token(good | {"sub": site.sqid(away)}),
        "of a banned user": token(good | {"sub": site.sqid(banned)}),
        "bent": token(good)[:-4] + "AAAA",
    }
    for route in CALLS:
        for name, bad in bad_tokens.items():
            for place, headers in {
                "header": {"Authorization": f"Bearer {bad}"} if bad is not None else {},
                "cookie": {"Cookie": f"access_token={bad}", "Sec-Fetch-Site": "same-origin"},
                "other scheme": {"Authorization": f"Basic {bad}"},
            }.items():
                with subtests.test(route=route, token=name, place=place):
                    assert await scene.status(route, headers=headers) == 401


async def test_a_token_in_the_address_is_no_token(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in CALLS:
        with subtests.test(route=route):
            token = scene.api.token(scene.artist)
            assert await scene.status(route, params={"access_token": token, "token": token}) == 401


@pytest.mark.beside
async def test_every_call_succeeds_for_its_owner_by_header_and_by_cookie(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    own_page = {"Cookie": f"access_token={scene.api.token(scene.artist)}", "Sec-Fetch-Site": "same-origin"}
    for route, call in scene.calls.items():
        for headers in (scene.sign(scene.artist), own_page):
            with subtests.test(route=route, headers=list(headers)):
                expected = 403 if route in MODERATORS_ONLY else call.status
                assert await scene.status(route, headers=headers) == expected


async def test_writes_by_cookie_come_from_our_own_pages_only(
    scene: Scene, settings: Settings, subtests: pytest.Subtests
) -> None:
    cookie = {"Cookie": f"access_token={scene.api.token(scene.artist)}"}
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
    for route in WRITES:
        for signs in foreign:
            with subtests.test(route=route, signs=signs):
                assert await scene.status(route, headers=cookie | signs) == 403
        for signs in own:
            with subtests.test(route=route, signs=signs):
                assert await scene.status(route, headers=cookie | signs) == CALLS[route].status
        with subtests.test(route=route, signs="a header, which no other site can send"):
            headers = scene.sign(scene.artist) | {"Origin": "https://app.example"}
            assert await scene.status(route, headers=headers) == CALLS[route].status


async def test_what_is_somebody_elses_or_nobodys_is_not_found(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in OBJECTS:
        for stranger in (scene.stranger, scene.moderator, scene.owner):
            with subtests.test(route=route, stranger=stranger):
                assert await scene.status(route, headers=scene.sign(stranger)) == 404
        for parameter, text in [(name, text) for name in NOBODYS if name in route for text in NOBODYS[name]]:
            with subtests.test(route=route, parameter=parameter, text=text):
                template = route.split()[1].replace(parameter, text)
                path = await scene.path(template, owner=scene.artist, call=CALLS[route])
                assert await scene.status(route, path=path, headers=scene.sign(scene.artist)) == 404


async def test_somebody_elses_posts_are_not_found_in_any_body(scene: Scene, subtests: pytest.Subtests) -> None:
    for route, call in scene.calls.items():
        if call.body != _filled(call.body, dict.fromkeys((POSTS, ASSETS, ASSET))):
            with subtests.test(route=route):
                expected = 404 if route in OBJECTS else 400
                assert await scene.status(route, headers=scene.sign(scene.stranger)) == expected


async def test_nobody_without_the_role_acts_for_somebody_else(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in CALLS:
        with subtests.test(route=route):
            for target in (scene.artist, scene.owner):
                headers = scene.sign(scene.stranger)
                assert await scene.status(route, headers=headers, params=scene.target(target)) == 403
            assert await scene.status(route, headers=scene.sign(scene.stranger), params={"target_sqid": "x"}) == 403


@pytest.mark.beside
async def test_moderators_act_for_users_and_for_each_other_everywhere(scene: Scene, subtests: pytest.Subtests) -> None:
    await scene.site.add_post(scene.second_moderator, b"GIF89a")
    for route, call in scene.calls.items():
        for actor, target in (
            (scene.moderator, scene.artist),
            (scene.moderator, scene.second_moderator),
            (scene.owner, scene.artist),
            (scene.owner, scene.second_moderator),
        ):
            with subtests.test(route=route, actor=actor, target=target):
                status = await scene.status(route, of=target, headers=scene.sign(actor), params=scene.target(target))
                assert status == call.status


async def test_moderators_look_after_the_banned_as_well(scene: Scene) -> None:
    await scene.site.pool.execute(
        "UPDATE users SET banned_until = now() + interval '1 day' WHERE id = $1", scene.artist
    )
    for route in ("GET /api/pmd/posts", "POST /api/pmd/action"):
        status = await scene.status(route, headers=scene.sign(scene.moderator), params=scene.target(scene.artist))
        assert status == 200


async def test_nobody_but_the_owner_acts_for_the_owner(scene: Scene, subtests: pytest.Subtests) -> None:
    await scene.site.add_post(scene.owner, b"GIF89a")
    for route, call in CALLS.items():
        with subtests.test(route=route):
            target = scene.target(scene.owner)
            headers = scene.sign(scene.moderator)
            assert await scene.status(route, of=scene.owner, headers=headers, params=target) == 403
            headers = scene.sign(scene.owner)
            assert await scene.status(route, of=scene.owner, headers=headers, params=target) == call.status


async def test_acting_for_nobody_is_not_found(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in CALLS:
        for sqid in (scene.site.sqid(2**31 - 1), "", "no such user", "\0"):
            with subtests.test(route=route, sqid=sqid):
                headers = scene.sign(scene.moderator)
                assert await scene.status(route, headers=headers, params={"target_sqid": sqid}) == 404


async def test_naming_oneself_is_acting_for_oneself(scene: Scene, subtests: pytest.Subtests) -> None:
    for route, call in CALLS.items():
        with subtests.test(route=route):
            headers, target = scene.sign(scene.artist), scene.target(scene.artist)
            expected = 403 if route in MODERATORS_ONLY else call.status
            assert await scene.status(route, headers=headers, params=target) == expected


async def test_the_documents_are_for_everybody(api: Api) -> None:
    for path in PUBLIC:
        assert (await api.call("GET", path)).status == 200
