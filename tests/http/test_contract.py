"""One contract for all routes, read from the OpenAPI document; what differs is listed here, each with its reason."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from pmd_service.base.settings import Settings, SettingsError, environment
from pmd_service.http.once import delete_old_answers

from ..calls import CALLS, MODERATORS_ONLY
from ..conftest import Serve
from ..dashboard.types import api_document
from ..events.sse import opened
from ..locks import waits_for_a_lock
from ..scene import Scene
from ..site import Answer, Api, Site

DOCUMENT = api_document()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def parameters(operation: dict[str, Any], place: str) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == place}


# A route that creates answers 201 or 202, or is one of these.
CREATING = {
    "POST /api/pmd/assets/publish",
    "POST /api/pmd/drafts",
    "POST /api/pmd/posts/{post_id}/file",
    "POST /api/pmd/posts/{post_id}/versions/{number}/restore",
    "POST /api/pmd/webhooks/{webhook_id}/secret",
}
# They create as well, and take no Idempotency-Key.
WITHOUT_KEY = {
    "POST /api/pmd/uploads/form": "its files are known by their contents: sent again, they are “already” there",
    "POST /api/pmd/uploads/tus": "tus has no such header; what is left over ends with its upload",
    "POST /api/pmd/bulk-changes/{change_id}/undo": "a change has one undo, with which a repeat answers",
    "POST /api/pmd/takeout/{takeout_id}/retry": "only what has ended can be retried",
    "POST /api/pmd/imports/{import_id}/start": "an import is started once",
    "POST /api/pmd/imports/{import_id}/undo": "an import is undone once",
}
# Their answer has a secret, which is stored nowhere: a repeat is a 409.
SECRET = {"POST /api/pmd/keys", "POST /api/pmd/webhooks", "POST /api/pmd/webhooks/{webhook_id}/secret"}
# What makes the body another one.
OTHERWISE: dict[str, dict[str, Any]] = {
    "POST /api/pmd/bdr": {"send_email": True},
    "POST /api/pmd/takeout": {"send_email": True},
    "POST /api/pmd/uploads": {"name": "Others"},
    "POST /api/pmd/jobs": {"params": {"factor": 2}},
    "POST /api/pmd/bulk-changes": {"action": "unhide"},
    "POST /api/pmd/packs": {"name": "Others"},
    "POST /api/pmd/packs/{pack_id}/export": {"version": "9.9.9"},
    "POST /api/pmd/packs/{pack_id}/links": {"is_public": True},
    "POST /api/pmd/bdr/{bdr_id}/links": {"is_public": True},
    "POST /api/pmd/webhooks": {"url": "https://other.example/"},
    "POST /api/pmd/keys": {"name": "Others"},
    "POST /api/pmd/assets/publish": {"hidden": True},
    "POST /api/pmd/imports": {"asset_id": 2**31 - 1},
    "POST /api/pmd/drafts": {"asset_ids": [2**31 - 1]},
    "POST /api/pmd/series": {"name": "Others"},
    "POST /api/pmd/smart-folders": {"name": "Others"},
    "POST /api/pmd/saved-views": {"name": "Others"},
    "POST /api/pmd/assets/download": {"name": "Others"},
    "POST /api/pmd/posts/{post_id}/file": {"asset_id": 2**31 - 1},
    "POST /api/pmd/posts/{post_id}/versions/{number}/restore": {"reason": "Because."},
    "POST /api/pmd/posts/{post_id}/reports": {"reason": "It is mine."},
}
REPEATABLE = sorted(route for route, each in OPERATIONS.items() if "Idempotency-Key" in parameters(each, "header"))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An allowance that these tests do not use up."""
    return msgspec.structs.replace(settings, bdr_daily_limit=10_000, pack_daily_limit=10_000)


@pytest.fixture
async def scene(site: Site, api: Api, original: bool) -> Scene:
    return await Scene.set(site, api, original=original)


# Lists without pages, as they are short.
BOUNDED = {
    "GET /api/license": "the site's licences; as the original has it",
    "GET /api/pmd/license": "the site's licences",
    "GET /api/pmd/posts/months": "a number a month",
    "GET /api/pmd/packs/{pack_id}/links": "32 that work, and as many that are withdrawn",
    "GET /api/pmd/bdr/{bdr_id}/links": "as a pack's",
    "GET /api/pmd/packs/{pack_id}/editions": "three are kept",
    "GET /api/pmd/posts/{post_id}/versions": "a hundred a post",
    "GET /api/pmd/insights": "400 days",
    "GET /api/pmd/jobs/kinds": "they are part of the release",
    "GET /api/pmd/webhooks": "ten a user",
    "GET /api/pmd/users": "a search, for moderators: the best few",
    "GET /api/pmd/ops/work": "for operators, who narrow it",
    "GET /api/pmd/ops/log": "for operators: the latest",
}
# Of which there is no single GET.
NOT_SINGLE = {
    "GET /api/license": "as the original has it",
    "GET /api/pmd/license": "the list is kept whole",
    "GET /api/pmd/audit": "an entry is about others, which it names",
    "GET /api/pmd/post-reports": "an entry says all",
    "GET /api/pmd/changes": "an event is about a thing, which it names",
    "GET /api/pmd/uploads/{upload_id}/files": "tus has it: HEAD",
    "GET /api/pmd/ops/work": "GET /api/pmd/ops/story has it",
    "GET /api/pmd/ops/log": "an entry says all",
}
# What is changed without If-Match.
WITHOUT_MATCH = {
    "DELETE /api/pmd/session": "the caller's own, which has no other state",
    "DELETE /api/pmd/sessions": "all but the caller's",
    "PATCH /api/pmd/drafts": "each change has the version that it is of",
    "DELETE /api/pmd/sessions/{session_id}": "a browser has nothing that could have been changed",
    "PATCH /api/pmd/uploads/{upload_id}/files/{file_id}": "tus: `Upload-Offset` is its condition",
    "DELETE /api/pmd/uploads/{upload_id}/files/{file_id}": "tus",
}
# They name what they change in their bodies, by its ids.
NAMING = {
    "POST /api/pmd/action": "posts",
    "POST /api/pmd/license": "posts",
    "POST /api/pmd/edit": "posts",
    "POST /api/pmd/assets/action": "assets",
    "POST /api/pmd/assets/edit": "assets",
}
STALE = '"000000000000.000000000000"'
MATCHING = sorted(route for route, each in OPERATIONS.items() if "If-Match" in parameters(each, "header"))
PAGED = sorted(route for route, each in OPERATIONS.items() if "cursor" in parameters(each, "query"))
SINGLE = sorted(
    route
    for route, each in OPERATIONS.items()
    if route.startswith("GET") and "{" in route and "application/json" in each["responses"]["200"].get("content", {})
)


def _changed_by(path: str) -> str:
    """Where the thing is read that a call to this path changes."""
    return re.sub(r"/file$|/versions/[^/]+/restore$", "/versions", path).removesuffix("/assets")


def schema_of(operation: dict[str, Any]) -> dict[str, Any]:
    """The schema of the operation's JSON answer."""
    reference = operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
    schema = DOCUMENT["components"]["schemas"].get(reference.get("$ref", "").rpartition("/")[2], {})
    properties: dict[str, Any] = schema.get("properties", {})
    return properties


LISTS = sorted(route for route, each in OPERATIONS.items() if route.startswith("GET") and "items" in schema_of(each))


def test_every_route_that_creates_takes_an_idempotency_key() -> None:
    creating = {
        route
        for route, operation in OPERATIONS.items()
        if route.startswith("POST") and operation["security"] and {"201", "202"} & operation["responses"].keys()
    }
    assert (creating | CREATING) - {*WITHOUT_KEY} == {*REPEATABLE}


def lasting(answer: Answer) -> dict[str, str]:
    """The headers that are not about this one request."""
    of_one = re.compile("date|x-request-id|ratelimit.*", re.IGNORECASE)
    return {name: value for name, value in answer.headers.items() if not of_one.fullmatch(name)}


async def test_the_same_idempotency_key_has_the_same_answer(scene: Scene, subtests: pytest.Subtests) -> None:
    await scene.site.add_post(scene.stranger)
    for route in REPEATABLE:
        with subtests.test(route=route):
            path = await scene.path(route.split()[1], owner=scene.artist, call=CALLS[route])
            headers = scene.sign(scene.artist) | {"Idempotency-Key": "6f1c2a44"}
            first, again = [await scene.answer(route, path=path, headers=headers) for _ in range(2)]
            assert first.status == CALLS[route].status
            if route in SECRET:
                assert again.status == 409
                assert "secret" in again.json["detail"]
                assert first.json["secret"] not in await scene.site.pool.fetchval(
                    "SELECT string_agg(concat(location, encode(body, 'escape')), ' ') FROM idempotency"
                )
            else:
                assert (again.status, again.body) == (first.status, first.body)
                assert lasting(again) == lasting(first)
            # Without a body, what the path names makes it another request.
            other = await scene.path(route.split()[1], owner=scene.artist, call=CALLS[route])
            body: dict[str, Any] = {"json": OTHERWISE[route]} if route in OTHERWISE else {}
            used = await scene.answer(route, path=path if body else other, headers=headers, **body)
            assert (used.status, used.json["errors"][0]["path"]) == (422, "Idempotency-Key")
            # A key is its user's.
            strangers = await scene.path(route.split()[1], owner=scene.stranger, call=CALLS[route])
            theirs = await scene.answer(
                route, of=scene.stranger, path=strangers, headers=headers | scene.sign(scene.stranger)
            )
            assert theirs.status == first.status


async def test_a_failed_request_is_made_again_with_the_same_key(scene: Scene) -> None:
    headers = scene.sign(scene.artist) | {"Idempotency-Key": "6f1c2a44"}
    body = {"name": "Sea", "license_type": "royalty_free", "assets": [{"asset_id": 2**31 - 1}]}
    assert (await scene.api.call("POST", "/api/pmd/packs", headers=headers, json=body)).status == 400
    made = await scene.api.call("POST", "/api/pmd/packs", headers=headers, json=body | {"assets": []})
    assert made.status == 201


async def test_a_key_whose_request_is_still_running_is_a_409(scene: Scene) -> None:
    headers = scene.sign(scene.artist) | {"Idempotency-Key": "6f1c2a44"}
    body = {"name": "Sea", "license_type": "royalty_free"}
    async with scene.site.pool.acquire() as connection, connection.transaction():
        # The first request waits for the user's other packs, and has begun.
        await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", int.from_bytes(b"pack"), scene.artist)
        first = asyncio.create_task(scene.api.call("POST", "/api/pmd/packs", headers=headers, json=body))
        assert await waits_for_a_lock(scene.site.pool, first)
        again = await scene.api.call("POST", "/api/pmd/packs", headers=headers, json=body)
        assert (again.status, "still running" in again.json["detail"]) == (409, True)
    assert (await first).status == 201
    assert (await scene.api.call("POST", "/api/pmd/packs", headers=headers, json=body)).body == (await first).body


async def test_old_answers_of_idempotency_keys_are_deleted(scene: Scene) -> None:
    headers = scene.sign(scene.artist)
    body = {"name": "Sea", "license_type": "royalty_free"}
    for key in ("old", "new"):
        await scene.api.call("POST", "/api/pmd/packs", headers=headers | {"Idempotency-Key": key}, json=body)
    await scene.site.pool.execute("UPDATE idempotency SET created_at = now() - interval '25 hours' WHERE key = 'old'")
    assert await delete_old_answers(scene.site.pool) == 1
    assert await scene.site.pool.fetchval("SELECT array_agg(key) FROM idempotency") == ["new"]


def test_every_list_has_pages_by_cursor() -> None:
    assert {*LISTS} - {*BOUNDED} - {*PAGED} == set()
    for route in PAGED:
        assert "limit" in parameters(OPERATIONS[route], "query") or route.endswith("/skipped")
        assert "next_cursor" in schema_of(OPERATIONS[route])


def test_everything_in_a_list_can_be_read_alone() -> None:
    for route in {*LISTS} - {*NOT_SINGLE}:
        items = schema_of(OPERATIONS[route])["items"]["items"]
        schema = DOCUMENT["components"]["schemas"][items["$ref"].rpartition("/")[2]]["properties"]
        if "id" in schema or "edition" in schema:
            assert any(single.startswith(f"{route}/{{") for single in SINGLE), route


async def test_a_cursor_of_another_list_or_user_is_a_422(scene: Scene, subtests: pytest.Subtests) -> None:
    cursors = {}
    for user in (scene.artist, scene.stranger):
        for _ in range(2):
            await scene.add_pack(user)
        page = await scene.api.get("/api/pmd/packs?limit=1", user=user)
        cursors[user] = page.json["next_cursor"]
    good = cursors[scene.artist]
    assert len((await scene.api.get(f"/api/pmd/packs?limit=1&cursor={good}", user=scene.artist)).json["items"]) == 1
    for route in PAGED:
        if route in MODERATORS_ONLY:
            continue
        with subtests.test(route=route):
            path = await scene.path(route.split()[1], owner=scene.artist, call=CALLS[route])
            wrong = [cursors[scene.stranger], good[:-1], good[1:], "", "x", "yesterday" * 9]
            for cursor in wrong if route == "GET /api/pmd/packs" else [*wrong, good]:
                given: dict[str, Any] = {"headers": scene.sign(scene.artist), "params": {"cursor": cursor}}
                answer = await scene.answer(route, path=path, **given)
                assert (answer.status, answer.json["errors"][0]["path"]) == (422, "?cursor"), cursor


def test_everything_that_can_be_changed_takes_if_match() -> None:
    changing = {route for route in OPERATIONS if route.split()[0] in ("PUT", "PATCH", "DELETE")}
    assert changing - {*WITHOUT_MATCH} == {*MATCHING} - {*CREATING, *NAMING}
    for route in NAMING:
        assert "ETag" not in OPERATIONS[route]["responses"]["200"].get("headers", {}), "its answer is another thing"
    for route in MATCHING:
        assert "412" in OPERATIONS[route]["responses"]
        if route in NAMING:
            continue
        single = f"GET {_changed_by(route.split()[1])}"
        assert "ETag" in OPERATIONS[single]["responses"]["200"]["headers"], single


async def test_every_single_thing_has_an_etag(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in SINGLE:
        with subtests.test(route=route):
            assert {"ETag"} <= OPERATIONS[route]["responses"]["200"]["headers"].keys()
            assert "304" in OPERATIONS[route]["responses"]
            path = await scene.path(route.split()[1], owner=scene.artist, call=CALLS[route])
            headers = scene.sign(scene.artist)
            first = await scene.answer(route, path=path, headers=headers)
            assert first.status == 200
            for condition in (first.headers["ETag"], f'"x", W/{first.headers["ETag"]}'):
                same = await scene.answer(route, path=path, headers=headers | {"If-None-Match": condition})
                assert (same.status, same.body, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
            other = await scene.answer(
                route, path=path, headers=headers | {"If-None-Match": '"000000000000.000000000000"'}
            )
            assert (other.status, other.body) == (200, first.body)


async def test_a_change_of_what_has_changed_is_a_412(scene: Scene, subtests: pytest.Subtests) -> None:
    for route in MATCHING:
        with subtests.test(route=route):
            path = await scene.path(route.split()[1], owner=scene.artist, call=CALLS[route])
            headers = scene.sign(scene.artist)
            single = await _single(scene, route, path)
            etag = (await scene.api.get(single, user=scene.artist)).headers["ETag"]
            for stale in (STALE, '"anything"', "x"):
                refused = await scene.answer(route, path=path, headers=headers | {"If-Match": stale})
                assert (refused.status, refused.json["type"]) == (412, "urn:pmd:problem:changed-since"), stale
            assert (await scene.api.get(single, user=scene.artist)).headers["ETag"] == etag, "nothing was changed"
            done = await scene.answer(route, path=path, headers=headers | {"If-Match": f'"x", {etag}'})
            assert done.status == CALLS[route].status


async def _single(scene: Scene, route: str, path: str) -> str:
    """Where that is read which this call changes."""
    if route not in NAMING:
        return _changed_by(path)
    named = scene.post if NAMING[route] == "posts" else await scene.asset(scene.artist)
    return f"/api/pmd/{NAMING[route]}/{named}"


async def test_a_change_of_several_things_takes_no_if_match(scene: Scene, subtests: pytest.Subtests) -> None:
    headers = scene.sign(scene.artist) | {"If-Match": STALE}
    ids = {"posts": [scene.post, await scene.site.add_post(scene.artist)]}
    ids["assets"] = [await scene.asset(scene.artist), await scene.site.add_asset(scene.artist)]
    for route, kind in NAMING.items():
        with subtests.test(route=route):
            name = "post_ids" if kind == "posts" else "asset_ids"
            body = (CALLS[route].body or {}) | {name: ids[kind], "set": {"content_warnings": []}}
            body = {key: value for key, value in body.items() if key in (CALLS[route].body or {})}
            refused = await scene.api.call("POST", route.split()[1], headers=headers, json=body)
            assert (refused.status, refused.json["errors"][0]["path"]) == (422, "If-Match")
            # One that is named twice is one; what is not found is not out of date.
            for named, status in ((ids[kind][:1] * 2, 412), ([2**40], 400)):
                answer = await scene.api.call("POST", route.split()[1], headers=headers, json=body | {name: named})
                assert answer.status == status, answer


async def test_of_two_changes_of_the_same_version_one_is_made(scene: Scene) -> None:
    pack = f"/api/pmd/packs/{await scene.add_pack(scene.artist)}"
    etag = (await scene.api.get(pack, user=scene.artist)).headers["ETag"]
    headers = scene.sign(scene.artist) | {"If-Match": etag}
    changes = [scene.api.call("PATCH", pack, headers=headers, json={"name": name}) for name in ("Sea", "Shore")]
    answers = await asyncio.gather(*changes)
    assert sorted(answer.status for answer in answers) == [200, 412]
    (made,) = (answer for answer in answers if answer.status == 200)
    now = await scene.api.get(pack, user=scene.artist)
    assert (now.json["name"], now.headers["ETag"]) == (made.json["name"], made.headers["ETag"])


async def test_if_match_overlooks_what_is_only_counted(scene: Scene) -> None:
    key = f"/api/pmd/keys/{await scene.add_key(scene.artist)}"
    etag = (await scene.api.get(key, user=scene.artist)).headers["ETag"]
    await scene.site.pool.execute("UPDATE access_key SET last_used_at = now(), uses = 7")
    assert (await scene.api.get(key, user=scene.artist)).headers["ETag"] != etag
    headers = scene.sign(scene.artist) | {"If-Match": etag}
    assert (await scene.api.call("PATCH", key, headers=headers, json={"name": "Other"})).status == 200
    assert (await scene.api.call("PATCH", key, headers=headers, json={"name": "Third"})).status == 412
    post = f"/api/pmd/posts/{scene.post}"
    etag = (await scene.api.get(post, user=scene.artist)).headers["ETag"]
    await scene.site.pool.execute("UPDATE posts SET view_count = view_count + 1")
    await scene.site.add_comment(scene.post, "Lovely!")
    headers["If-Match"] = etag
    for body, status in (({"title": "Mine"}, 200), ({"title": "Yours"}, 412)):
        edit = {"post_ids": [scene.post], "set": body}
        assert (await scene.api.call("POST", "/api/pmd/edit", headers=headers, json=edit)).status == status


def test_every_429_and_503_says_when_to_try_again() -> None:
    for route, operation in OPERATIONS.items():
        for status in {"429", "503"} & operation["responses"].keys():
            headers = operation["responses"][status].get("headers", {}).keys()
            assert "Retry-After" in headers or route == "GET /readyz", route
            assert status == "503" or {"RateLimit", "RateLimit-Policy"} <= headers


async def test_rate_limits_are_in_the_headers_of_answers(site: Site, serve: Serve, settings: Settings) -> None:
    limited = msgspec.structs.replace(settings, bdr_daily_limit=2, pack_daily_limit=1, key_requests_per_minute=100)
    async with Api((await serve(limited)).make_url("/"), limited) as api:
        scene = await Scene.set(site, api, original=False)
        key = await scene.key(scene.artist, "posts:read", "downloads:write")
        body = {"post_ids": [scene.post]}
        limits = []
        for _ in range(3):
            answer = await api.call("POST", "/api/pmd/bdr", headers=key, json=body)
            limits.append((answer.status, answer.headers["RateLimit-Policy"], answer.headers["RateLimit"]))
        policy = '"key";q=100;w=60, "downloads";q=2;w=86400'
        assert [(status, policies) for status, policies, _ in limits] == [(202, policy)] * 2 + [(429, policy)]
        left = [headers.partition('"downloads"')[2].split(";")[1] for _status, _policy, headers in limits]
        assert left == ["r=1", "r=0", "r=0"]
        assert answer.headers["Retry-After"] == limits[2][2].rpartition("t=")[2]
        pack = f"/api/pmd/packs/{await scene.add_pack(scene.artist)}/export"
        exported = await api.call("POST", pack, headers=scene.sign(scene.artist))
        assert exported.headers["RateLimit"].startswith('"exports";r=0;t=')


ELSEWHERE = "https://app.example"


async def test_cors_lets_pages_of_the_set_origins_call(site: Site, serve: Serve, settings: Settings) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    allowing = msgspec.structs.replace(settings, cors_origins="https://APP.example:443, http://localhost:5173")
    async with Api((await serve(allowing)).make_url("/"), allowing) as api:
        asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,if-match"}
        for origin in (ELSEWHERE, "http://localhost:5173"):
            preflight = await api.call("OPTIONS", "/api/pmd/packs/1", headers=asked | {"Origin": origin})
            assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, origin)
            assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
            for header in ("Authorization", "Idempotency-Key", "If-Match", "Upload-Offset"):
                assert header in preflight.headers["Access-Control-Allow-Headers"].split(", ")
        for path, status in ((f"/api/pmd/posts/{post}", 200), ("/api/pmd/posts/0", 404), ("/api/pmd/nothing", 404)):
            answer = await api.call("GET", path, user=artist, headers={"Origin": ELSEWHERE})
            assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, ELSEWHERE)
            exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
            assert {"ETag", "RateLimit", "Location", "Retry-After", "Deprecation"} <= {*exposed}
            assert "Origin" in answer.headers["Vary"]
            assert "Access-Control-Allow-Credentials" not in answer.headers
        packed = await api.call("GET", "/api/openapi.json", headers={"Origin": ELSEWHERE, "Accept-Encoding": "gzip"})
        assert {"Accept-Encoding", "Origin"} <= {*packed.headers["Vary"].split(", ")}
        anonymous = await api.call("GET", "/api/pmd/posts", headers={"Origin": ELSEWHERE})
        assert (anonymous.status, anonymous.headers["Access-Control-Allow-Origin"]) == (401, ELSEWHERE)
        for origin in ("https://app.example.evil.example", "https://evil.example", "null", "http://app.example", "*"):
            refused = await api.call("OPTIONS", "/api/pmd/packs/1", headers=asked | {"Origin": origin})
            assert (refused.status, "Access-Control-Allow-Origin" in refused.headers) == (405, False), origin
            answer = await api.call("GET", "/api/pmd/posts", user=artist, headers={"Origin": origin})
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert "Origin" in answer.headers["Vary"]


async def test_without_a_setting_no_answer_has_cors_headers(scene: Scene) -> None:
    headers = scene.sign(scene.artist) | {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    for method in ("GET", "OPTIONS"):
        answer = await scene.api.call(method, "/api/pmd/posts", headers=headers)
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


def test_only_exact_origins_can_be_set(settings: Settings, subtests: pytest.Subtests) -> None:
    for origins in ("*", "https://app.example/path", "app.example", "https://*.example", "null"):
        with subtests.test(origins=origins):
            given = environment(settings) | {"CORS_ORIGINS": origins}
            with pytest.raises(SettingsError, match="CORS_ORIGINS"):
                Settings.from_environment(given)


async def test_events_of_streams_are_as_documented(scene: Scene) -> None:
    schemas = DOCUMENT["components"]["schemas"]
    kinds = [schemas[each["$ref"].rpartition("/")[2]] for each in schemas["StreamEvent"]["oneOf"]]
    names = {each["properties"]["event"]["const"] for each in kinds}
    assert names == {*schemas["StreamEvent"]["discriminator"]["mapping"]}
    assert {"connected", "ping", "timeout", "superseded", "signed_out"} < names
    async with opened(scene.api, scene.artist, path="/api/pmd/sse") as stream:
        began = await stream.until("connected")
        await scene.api.post("/api/pmd/bdr", {"post_ids": [scene.post]}, user=scene.artist)
        made = (await stream.until("bdr_update"))[-1]
    for event in (*began, made):
        assert event.name in names
    state = schemas[schemas["BdrUpdateEvent"]["properties"]["data"]["$ref"].rpartition("/")[2]]
    assert {*made.data} == {*state["properties"]}
    for route in ("GET /api/pmd/sse", "GET /api/pmd/bdr/sse"):
        content = OPERATIONS[route]["responses"]["200"]["content"]["text/event-stream"]
        assert content["schema"]["contentSchema"] == {"$ref": "#/components/schemas/StreamEvent"}


# One name for one meaning: what is not a name, and what is it instead. What a site has itself keeps its names
# (`file_bytes` of a post, `file_size_bytes` of a download), and so have amounts that are no thing's size.
NAMES = {
    "hash": "sha256",
    "digest": "sha256",
    "file_size": "size_bytes",
    "total_bytes": "total_size_bytes",
    "total_size_mb": "total_size_bytes",
    "export_bytes": "export_size_bytes",
    "result_bytes": "result_size_bytes",
    "sqid": "public_sqid",
    "batch_id": "upload_id",
    "upload": "upload_id",
    "group": "group_id",
    "undo_of": "undo_of_id",
    "undone_by": "undone_by_id",
    "processing_status": "status",
    "views": "view_count",
    "downloads": "download_count",
    "wrong_passwords": "wrong_password_count",
    "attempts": "attempt_count",
    "faults": "fault_count",
    "wrong_passwords_since": "first_wrong_password_at",
    "failing_since": "first_failed_at",
    "previous_secret_until": "previous_secret_expires_at",
    "seen_at": "last_used_at",
    "asks_at": "next_try_at",
    "milliseconds": "answer_ms",
    "disabled_because": "disabled_reason",
    "unchanged_because": "unchanged_reason",
    "results": "items",
    "total": "total_count",
}
# Of a group's counts, whose names are those of its tasks' states.
NAMED_OTHERWISE = {("GroupCounts", "total"), ("GroupCounts", "results")}
# Times: of an event, which are no property of it; the bounds of a filter; and Standard Webhooks' own.
TIMES = {"at", "as_of", "since", "timestamp"}


def names() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every property and query parameter: where it is, its name and its schema."""
    for title, schema in DOCUMENT["components"]["schemas"].items():
        for name, each in schema.get("properties", {}).items():
            yield title, name, each
    for route, operation in OPERATIONS.items():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] in ("query", "path"):
                yield route, parameter["name"], parameter["schema"]


def formats(schema: dict[str, Any]) -> set[str]:
    return {each["format"] for each in (schema, *schema.get("anyOf", ())) if "format" in each}


def test_one_meaning_has_one_name() -> None:
    found = {(where, name): NAMES[name] for where, name, _ in names() if name in NAMES}
    assert {key: right for key, right in found.items() if key not in NAMED_OTHERWISE} == {}
    assert found.keys() >= NAMED_OTHERWISE


def test_times_end_in_at_and_ids_in_id() -> None:
    times = {name for _, name, schema in names() if "date-time" in formats(schema)}
    assert {name for name in times if not name.endswith("_at")} == TIMES
    ids = {name for _, name, schema in names() if "uuid" in formats(schema)}
    assert {name for name in ids if not name.endswith("_id")} == {"id"}
