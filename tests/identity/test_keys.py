"""Access keys: made, used, limited and revoked, and what becomes of those that leak."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.settings import Settings
from pmd_service.http import limits
from pmd_service.http.rates import Rates
from pmd_service.http.scopes import SCOPES, completed
from pmd_service.identity import by_key, uses
from pmd_service.identity.keys.form import digest_of, has_key, is_key, new_key
from pmd_service.identity.keys.queries import MAX_KEYS, delete_old
from pmd_service.uploads.tus import append

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..site import Answer, Api, Site

KEYS = "/api/pmd/keys"
BODY: dict[str, Any] = {"name": "Aseprite export", "scopes": ["posts:read", "uploads:write"], "expires_in_days": 90}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def make(api: Api, user: int, **changes: Any) -> tuple[dict[str, Any], str]:
    answer = await api.post(KEYS, BODY | changes, user=user)
    assert answer.status == 201, answer
    assert answer.headers["Location"] == f"{KEYS}/{answer.json['key']['id']}"
    return answer.json["key"], answer.json["secret"]


def test_a_key_is_known_by_its_prefix_and_its_checksum() -> None:
    secret = new_key()
    assert re.fullmatch(r"pmd_[0-9A-Za-z]{36}", secret)
    assert len({new_key() for _ in range(1000)}) == 1000
    # CRC-32 of the random part in base 62, the highest digit first.
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = 0
    for digit in secret[-6:]:
        number = number * 62 + alphabet.index(digit)
    assert number == zlib.crc32(secret[4:-6].encode())
    assert is_key(secret)
    for place in range(4, 40):
        mistyped = secret[:place] + ("a" if secret[place] != "a" else "b") + secret[place + 1 :]
        assert not is_key(mistyped), place
    for other in (secret[:-1], f"{secret}a", f" {secret}", secret.upper(), "pmd_", "ghp" + secret[3:]):
        assert not is_key(other), other
    assert has_key(f"/u/x/posts?token={secret}&y=1")
    assert not has_key("/api/pmd/posts?q=pmd_sprites")


def test_who_may_change_things_may_see_them_and_nothing_more() -> None:
    assert completed(["posts:write"]) == ["posts:read", "posts:write"]
    assert completed(["packs:delete", "library:read"]) == ["library:read", "packs:read", "packs:delete"]
    assert completed(SCOPES) == list(SCOPES)


async def test_a_key_is_shown_once_and_stored_as_a_hash(site: Site, api: Api) -> None:
    artist = await site.add_user()
    key, secret = await make(api, artist, networks=[" 203.0.113.7/24"])
    assert is_key(secret)
    assert (key["hint"], key["made_by"]) == (secret[:8], "page")
    assert key["scopes"] == ["posts:read", "uploads:read", "uploads:write"]
    assert key["networks"] == ["203.0.113.0/24"]
    ends = datetime.fromisoformat(key["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < ends <= timedelta(days=90)
    listed = await api.get(KEYS, user=artist)
    assert listed.json == {"items": [key], "next_cursor": None}
    assert (await api.get(f"{KEYS}/{key['id']}", user=artist)).json == key
    assert secret.encode() not in listed.body
    row = dict(await site.pool.fetchrow("SELECT * FROM access_key") or {})
    assert row["digest"] == digest_of(secret)
    assert secret not in repr(row)


async def test_a_key_that_cannot_be_is_refused_with_its_place(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for changes, path in (
        ({"name": ""}, "$.name"),
        ({"name": " "}, "$.name"),
        ({"scopes": []}, "$.scopes"),
        ({"scopes": ["keys:write"]}, "$.scopes[0]"),
        ({"expires_in_days": 0}, "$.expires_in_days"),
        ({"networks": ["203.0.113.0/24", "home"]}, "$.networks[1]"),
        ({"scopes": ["posts:delete"], "expires_in_days": 31}, "$.expires_in_days"),
        ({"scopes": ["library:delete"], "expires_in_days": None}, "$.expires_in_days"),
    ):
        answer = await api.post(KEYS, BODY | changes, user=artist)
        assert (answer.status, answer.json["errors"][0]["path"]) == (422, path), changes
    await make(api, artist, scopes=["posts:delete"], expires_in_days=30)
    await site.pool.execute(
        """INSERT INTO access_key (user_id, name, digest, hint, scopes, made_by)
           SELECT $1, 'x', sha256(n::text::bytea), 'pmd_', '{posts:read}', 'page' FROM generate_series(2, $2) AS n""",
        artist,
        MAX_KEYS,
    )
    refused = await api.post(KEYS, BODY, user=artist)
    assert (refused.status, f"{MAX_KEYS} keys" in refused.json["detail"]) == (409, True)
    await site.pool.execute("UPDATE access_key SET revoked_at = now() WHERE hint = 'pmd_'")
    assert (await api.post(KEYS, BODY, user=artist)).status == 201


async def restored(site: Site, user: int) -> int:
    """A bulk change that has restored posts: its undo deletes them."""
    change_id: int = await site.pool.fetchval(
        """INSERT INTO bulk_change (user_id, requested_by, action, request, found_count, changed_count, status,
                                    completed_at)
           VALUES ($1, $1, 'restore', '{}', 1, 1, 'completed', now()) RETURNING id""",
        user,
    )
    return change_id


async def test_a_key_without_the_scope_is_refused_with_its_name(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    _, writes = await make(api, artist, scopes=["posts:write"])
    action = {"action": "hide", "post_ids": [post]}
    assert (await api.call("POST", "/api/pmd/action", headers=bearer(writes), json=action)).status == 200
    refused = await api.call("POST", "/api/pmd/action", headers=bearer(writes), json=action | {"action": "delete"})
    assert (refused.status, refused.json["type"]) == (403, "urn:pmd:problem:insufficient-scope")
    assert "posts:delete" in refused.json["detail"]
    assert 'scope="posts:delete"' in refused.headers["WWW-Authenticate"]
    assert not await site.pool.fetchval("SELECT deleted_by_user FROM posts")
    for path, body in (
        ("/api/pmd/bulk-changes", {"action": "delete", "filter": {}}),
        (f"/api/pmd/bulk-changes/{await restored(site, artist)}/undo", {}),
    ):
        answer = await api.call("POST", path, headers=bearer(writes), json=body)
        assert (answer.status, answer.json["type"]) == (403, "urn:pmd:problem:insufficient-scope"), path
    asset = await site.add_asset(artist, deleted_at=datetime.now(UTC))
    purge = {"action": "purge", "asset_ids": [asset]}
    _, sorts = await make(api, artist, scopes=["library:write"])
    assert (await api.call("POST", "/api/pmd/assets/action", headers=bearer(sorts), json=purge)).status == 403
    _, deletes = await make(api, artist, scopes=["library:delete"], expires_in_days=1)
    needs_write = await api.call("POST", "/api/pmd/assets/action", headers=bearer(deletes), json=purge)
    assert "library:write" in needs_write.json["detail"]
    _, both = await make(api, artist, scopes=["library:delete", "library:write"], expires_in_days=1)
    assert (await api.call("POST", "/api/pmd/assets/action", headers=bearer(both), json=purge)).status == 200


async def test_a_program_learns_who_it_is_and_what_it_may(site: Site, api: Api) -> None:
    artist = await site.add_user("pixelfan")
    key, secret = await make(api, artist)
    me = (await api.call("GET", "/api/pmd/me", headers=bearer(secret))).json
    assert (me["handle"], me["key"]) == ("pixelfan", {name: key[name] for name in ("id", "name", "scopes")})


async def test_a_revoked_key_is_refused_at_once_and_forever(site: Site, api: Api) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    key, secret = await make(api, artist)
    path = f"{KEYS}/{key['id']}"
    assert (await api.call("GET", "/api/pmd/posts", headers=bearer(secret))).status == 200
    assert (await api.call("DELETE", path, user=other)).status == 404
    assert (await api.call("GET", "/api/pmd/posts", headers=bearer(secret))).status == 200
    for _ in range(2):
        assert (await api.call("DELETE", path, user=artist)).status == 204
        refused = await api.call("GET", "/api/pmd/posts", headers=bearer(secret))
        assert (refused.status, "revoked" in refused.json["detail"]) == (401, True)
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert (await api.call("PATCH", path, user=artist, json={"expires_in_days": None})).status == 404
    (listed,) = (await api.get(KEYS, user=artist)).json["items"]
    first = listed["revoked_at"]
    assert first is not None
    await site.pool.execute("UPDATE access_key SET revoked_at = now() - interval '31 days'")
    assert await delete_old(site.pool) == 1
    assert (await api.get(KEYS, user=artist)).json["items"] == []


async def test_a_program_revokes_its_own_key_by_signing_out(site: Site, api: Api) -> None:
    _, secret = await make(api, await site.add_user())
    assert (await api.call("DELETE", "/api/pmd/session", headers=bearer(secret))).status == 204
    assert (await api.call("GET", "/api/pmd/me", headers=bearer(secret))).status == 401


async def test_a_key_expires_at_its_time_which_can_be_changed(site: Site, api: Api) -> None:
    artist = await site.add_user()
    key, secret = await make(api, artist, expires_in_days=1)
    path = f"{KEYS}/{key['id']}"
    renamed = await api.call("PATCH", path, user=artist, json={"name": " Nightly ", "expires_in_days": None})
    assert (renamed.json["name"], renamed.json["expires_at"]) == ("Nightly", None)
    again = await api.call("PATCH", path, user=artist, json={"expires_in_days": 7})
    assert (again.json["name"], again.json["expires_at"] > key["expires_at"]) == ("Nightly", True)
    await site.pool.execute("UPDATE access_key SET expires_at = now()")
    assert (await api.call("GET", "/api/pmd/me", headers=bearer(secret))).status == 401
    assert (await api.call("PATCH", path, user=artist, json={"expires_in_days": 7})).status == 404


async def test_a_key_may_be_bound_to_the_networks_it_is_used_from(site: Site, settings: Settings, serve: Serve) -> None:
    artist = await site.add_user()
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api:
        _, secret = await make(api, artist, networks=["203.0.113.0/24", "2001:db8::5/128"])
        for address, status in (
            ("203.0.113.9", 200),
            ("2001:db8::5", 200),
            ("2001:db8::6", 403),
            ("198.51.100.1", 403),
        ):
            answer = await api.call(
                "GET", "/api/pmd/me", headers=bearer(secret) | {"X-Forwarded-For": f"203.0.113.1, {address}"}
            )
            assert answer.status == status, address


async def test_uses_are_counted_and_written_now_and_then(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    artist = await site.add_user()
    key, secret = await make(api, artist)
    assert (key["first_used_at"], key["last_used_at"], key["uses_today"]) == (None, None, 0)

    async def use(address: str) -> None:
        headers = bearer(secret) | {"X-Forwarded-For": address}
        assert (await api.call("GET", "/api/pmd/me", headers=headers)).status == 200

    await use("203.0.113.7")
    async with asyncio.timeout(HANG_SECONDS):  # the first one is written at once
        while not await site.pool.fetchval("SELECT last_used_at FROM access_key"):
            await asyncio.sleep(0.01)
    written = await site.pool.fetchval("SELECT xmin FROM access_key")
    for _ in range(5):
        await use("203.0.113.8")
    assert await site.pool.fetchval("SELECT xmin FROM access_key") == written
    (listed,) = (await api.get(KEYS, user=artist)).json["items"]
    assert (listed["uses_today"], listed["last_used_from"]) == (6, "203.0.113.8")
    assert key["created_at"] < listed["first_used_at"] < listed["last_used_at"]
    reported = [line for line in "".join(capfd.readouterr()).splitlines() if "access_key_used_from" in line]
    assert len(reported) == 2, "each new address once"
    await site.pool.execute("UPDATE access_key SET used_on = used_on - 1")
    assert (await api.get(f"{KEYS}/{key['id']}", user=artist)).json["uses_today"] == 0
    assert uses.WRITE_SECONDS >= 30


async def test_each_key_has_a_rate_limit_in_its_headers(site: Site, settings: Settings, serve: Serve) -> None:
    artist = await site.add_user()
    server = await serve(msgspec.structs.replace(settings, key_requests_per_minute=3))
    async with Api(server.make_url("/"), settings) as api:
        (_, first), (_, second) = await make(api, artist), await make(api, artist)
        answers = [await api.call("GET", "/api/pmd/me", headers=bearer(first)) for _ in range(5)]
        if answers[-1].status == 200:  # a new minute has begun in between
            answers = [await api.call("GET", "/api/pmd/me", headers=bearer(first)) for _ in range(5)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[0].headers["RateLimit-Policy"] == '"key";q=3;w=60'
        left = [re.fullmatch(r'"key";r=(\d);t=\d+', answer.headers["RateLimit"]) for answer in answers]
        assert [match and match[1] for match in left] == ["2", "1", "0", "0", "0"]
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
        assert answers[3].json["type"] == "urn:pmd:problem:too-many-requests"
        assert (await api.call("GET", "/api/pmd/me", headers=bearer(second))).status == 200
        signed_in = await api.get("/api/pmd/me", user=artist)
        assert (signed_in.status, "RateLimit" in signed_in.headers) == (200, False)


def test_a_rate_limit_resets_each_minute() -> None:
    now = 119.5
    rates = Rates("key", 2, clock=lambda: now)
    assert [rates.take("a").left for _ in range(3)] == [1, 0, -1]
    assert (rates.take("b").left, rates.take("b").resets_in) == (1, 1)
    rates.release("b")
    now = 120.0
    assert (rates.take("a").left, rates.take("a").resets_in) == (1, 60)


async def test_guessing_keys_is_bounded_and_stops_nobody_else(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    _, secret = await make(api, artist)
    thief, neighbour = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "198.51.100.2"}
    assert (await api.call("GET", "/api/pmd/me", headers=bearer(secret) | thief)).status == 200

    async def guess(secret: str) -> Answer:
        return await api.call("GET", "/api/pmd/me", headers=bearer(secret) | thief)

    for bad in ("pmd_", f"pmd_{'a' * 36}", secret[:-1] + ("a" if secret[-1] != "a" else "b")):
        for _ in range(by_key.MAX_WRONG + 1):
            assert (await guess(bad)).status == 401, "refused by its checksum, which costs no query"
    statuses = [(await guess(new_key())).status for _ in range(2 * by_key.MAX_WRONG)]
    assert 429 in statuses
    assert {*statuses} == {401, 429}
    # Who shares the address with the thief has a key that is known.
    assert (await guess(secret)).status == 200
    assert (await api.call("GET", "/api/pmd/me", headers=bearer(new_key()) | neighbour)).status == 401


async def test_a_key_in_an_address_is_refused_and_one_in_a_cookie_is_none(site: Site, api: Api) -> None:
    artist = await site.add_user()
    _, secret = await make(api, artist)
    for path in ("/api/pmd/me", "/api/license", f"/u/{site.sqid(artist)}/posts", "/nothing"):
        for headers in (bearer(secret), {}):
            refused = await api.call("GET", path, headers=headers, params={"access_token": secret})
            assert refused.status == 400, path
            assert "Revoke it" in refused.json["detail"]
    assert (await api.call("GET", f"/u/{secret}/posts", user=artist)).status == 400
    in_cookie = {"Cookie": f"access_token={secret}", "Sec-Fetch-Site": "same-origin"}
    assert (await api.call("GET", "/api/pmd/me", headers=in_cookie)).status == 401
    assert (await api.call("POST", "/api/pmd/session", headers=bearer(secret))).status == 403
    basic = {"Authorization": f"Basic {secret}"}
    assert (await api.call("GET", "/api/pmd/me", headers=basic)).status == 401
    page = await api.call("GET", f"/u/{site.sqid(artist)}/posts", headers=bearer(secret))
    assert page.status == 401


async def test_no_page_of_another_origin_reads_an_answer(site: Site, api: Api) -> None:
    _, secret = await make(api, await site.add_user())
    foreign = {"Origin": "https://evil.example"}
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    preflight = await api.call("OPTIONS", "/api/pmd/me", headers=foreign | asked)
    read = await api.call("GET", "/api/pmd/me", headers=foreign | bearer(secret))
    assert (preflight.status, read.status) == (405, 200)
    for answer in (preflight, read):
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


async def test_a_key_needs_no_cookie_and_no_page_of_ours_to_write(site: Site, api: Api) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    _, secret = await make(api, artist, scopes=["posts:write"])
    body = {"action": "hide", "post_ids": [post]}
    headers = bearer(secret) | {"Sec-Fetch-Site": "cross-site", "Cookie": "access_token=nonsense"}
    assert (await api.call("POST", "/api/pmd/action", headers=headers, json=body)).status == 200


async def test_no_key_is_ever_in_the_log(site: Site, api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    artist = await site.add_user()
    key, secret = await make(api, artist)
    for headers in (bearer(secret), bearer(secret[:-1] + "~"), {"Authorization": secret}):
        await api.call("GET", "/api/pmd/me", headers=headers)
        await api.call("GET", "/api/pmd/me", headers=headers, params={"key": secret})
        await api.call("POST", "/api/pmd/edit", headers=headers, data=secret)
    async with api.session.get(f"/{secret}") as response:
        assert response.status == 400
    await api.call("DELETE", f"{KEYS}/{key['id']}", user=artist)
    log = "".join(capfd.readouterr())
    assert "access_key_made" in log
    assert "access_key_revoked" in log
    assert secret[8:] not in log


async def test_a_revoked_key_ends_what_is_under_way(site: Site, api: Api) -> None:
    artist = await site.add_user()
    key, secret = await make(api, artist, scopes=["downloads:read"])
    _, other = await make(api, artist, scopes=["downloads:read"])
    async with (
        api.session.get("/api/pmd/sse", headers=bearer(secret)) as stream,
        api.session.get("/api/pmd/sse", headers=bearer(other)) as staying,
    ):
        for opened in (stream, staying):
            async for line in opened.content:
                if line == b"event: connected\n":
                    break
        await api.call("DELETE", f"{KEYS}/{key['id']}", user=artist)
        async with asyncio.timeout(HANG_SECONDS):
            reported = await stream.content.read()
        assert b"event: signed_out" in reported
        assert not staying.content.at_eof()


async def test_a_stream_shows_what_the_keys_scopes_show(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await site.add_request(artist, [await site.add_post(artist)])
    await site.add_asset(artist)
    await site.pool.execute(
        """INSERT INTO webhooks (user_id, url, events, secret, installation, seen)
           VALUES ($1, 'https://example.org', '{}', 'whsec', '1', pg_current_snapshot())""",
        artist,
    )

    async def events(*scopes: str) -> set[bytes]:
        _, secret = await make(api, artist, scopes=list(scopes))
        seen = set()
        async with api.session.get("/api/pmd/sse", headers=bearer(secret)) as stream:
            async for line in stream.content:
                if line.startswith(b"event: "):
                    seen.add(line[7:].strip())
                if line == b"event: connected\n":
                    return seen
        raise AssertionError("the stream ended")

    assert await events("downloads:read") == {b"bdr_update", b"connected"}
    assert await events("library:read") == {b"asset_update", b"connected"}
    assert await events("posts:read") == {b"posts_update", b"drafts_update", b"connected"}


async def test_an_upload_whose_key_is_revoked_goes_on_with_another(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SILENT_SECONDS", 10 * HANG_SECONDS)  # after which a silent body would end by itself
    monkeypatch.setattr(append, "PROGRESS_SECONDS", 0)
    artist = await site.add_user()
    key, secret = await make(api, artist, scopes=["uploads:write"])
    _, other = await make(api, artist, scopes=["uploads:write"])
    data = b"\x89PNG\r\n\x1a\n" + bytes(200_000)
    announced = {"files": [{"path": "a.png", "size_bytes": len(data)}]}
    begun = await api.call("POST", "/api/pmd/uploads", headers=bearer(secret), json=announced)
    url = begun.json["files"][0]["url"]
    tus = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    half, cut = len(data) // 2, asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield data[:half]
        await cut.wait()  # a slow client, which the server has to cut off

    sending = asyncio.create_task(api.call("PATCH", url, headers=bearer(secret) | tus, data=body()))
    async with asyncio.timeout(HANG_SECONDS):
        while not await site.pool.fetchval("SELECT received_bytes FROM batch_report_files"):
            await asyncio.sleep(0.02)
    await api.call("DELETE", f"{KEYS}/{key['id']}", user=artist)
    with pytest.raises(aiohttp.ClientError):
        async with asyncio.timeout(HANG_SECONDS):
            await sending
    cut.set()
    for method in ("HEAD", "PATCH"):
        assert (await api.call(method, url, headers=bearer(secret) | tus)).status == 401
    async with asyncio.timeout(HANG_SECONDS):
        while (kept := await api.call("HEAD", url, headers=bearer(other) | tus)).status == 423:
            await asyncio.sleep(0.1)
    offset = int(kept.headers["Upload-Offset"])
    assert 0 < offset <= half
    rest = await api.call(
        "PATCH", url, headers=bearer(other) | tus | {"Upload-Offset": str(offset)}, data=data[offset:]
    )
    assert (rest.status, rest.headers["Upload-Offset"]) == (204, str(len(data)))
