"""The device flow (RFC 8628): a program asks, a person decides, the program gets its key once."""

import asyncio
import re
from typing import Any

import pytest

from pmd_service.identity import device_routes
from pmd_service.identity.keys import device
from pmd_service.identity.keys.form import is_key

from ..dashboard.types import api_document
from ..site import Answer, Api, Site

CODE, TOKEN = "/api/pmd/device/code", "/api/pmd/device/token"
ASKED = {"client_id": "pmd on a laptop", "scope": "posts:write library:read"}


async def begin(api: Api, **changes: str) -> Answer:
    return await api.call("POST", CODE, data=ASKED | changes)


async def poll(api: Api, device_code: str, **changes: str) -> Answer:
    form = {"grant_type": device_routes.GRANT_TYPE, "device_code": device_code, "client_id": "pmd on a laptop"}
    return await api.call("POST", TOKEN, data=form | changes)


async def decide(api: Api, user: int, code: str, **body: Any) -> Answer:
    return await api.post(f"/api/pmd/device/{code}", body, user=user)


@pytest.mark.beside
async def test_a_program_gets_a_key_that_somebody_approves(site: Site, api: Api) -> None:
    artist = await site.add_user()
    begun = (await begin(api)).json
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", begun["user_code"])
    assert begun["verification_uri"] == "https://makapix.club/pmd/device"
    assert begun["verification_uri_complete"].endswith(f"?user_code={begun['user_code']}")
    assert (begun["expires_in"], begun["interval"]) == (600, 5)
    waiting = await poll(api, begun["device_code"])
    assert (waiting.status, waiting.json["error"]) == (400, "authorization_pending")

    typed = begun["user_code"].replace("-", " ").lower()  # as people type it
    shown = await api.get(f"/api/pmd/device/{typed}", user=artist)
    assert shown.json["name"] == "pmd on a laptop"
    assert shown.json["scopes"] == ["posts:read", "posts:write", "library:read"]
    assert shown.json["address"] == "127.0.0.1"
    assert (await decide(api, artist, typed, approve=True, expires_in_days=30)).status == 204
    assert (await decide(api, artist, typed, approve=True)).status == 404, "once"

    given = await poll(api, begun["device_code"])
    assert given.status == 200
    token = given.json
    assert is_key(token["access_token"])
    assert (token["token_type"], token["scope"]) == ("bearer", "posts:read posts:write library:read")
    assert abs(token["expires_in"] - 30 * 86_400) < 60
    me = await api.call("GET", "/api/pmd/me", headers={"Authorization": f"Bearer {token['access_token']}"})
    assert me.json["public_sqid"] == site.sqid(artist)
    (key,) = (await api.get("/api/pmd/keys", user=artist)).json["items"]
    assert (key["name"], key["made_by"]) == ("pmd on a laptop", "device")
    again = await poll(api, begun["device_code"])
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert await site.pool.fetchval("SELECT count(*) FROM device_grant") == 0


async def test_a_program_that_is_denied_gets_nothing(site: Site, api: Api) -> None:
    begun = (await begin(api)).json
    assert (await decide(api, await site.add_user(), begun["user_code"], approve=False)).status == 204
    for error in ("access_denied", "invalid_grant"):
        assert (await poll(api, begun["device_code"])).json["error"] == error
    assert await site.pool.fetchval("SELECT count(*) FROM access_key") == 0


async def test_the_document_says_which_fields_a_form_must_have(api: Api) -> None:
    begun = (await begin(api)).json
    given = {CODE: ASKED, TOKEN: {"grant_type": device_routes.GRANT_TYPE, "device_code": begun["device_code"]}}
    for path, form in given.items():
        body = api_document()["paths"][path]["post"]["requestBody"]["content"][device_routes.MEDIA]["schema"]
        assert sorted(body["required"]) == sorted(form), path
        whole = await api.call("POST", path, data=form)
        for missing in form:
            refused = await api.call("POST", path, data={name: form[name] for name in form if name != missing})
            assert (refused.status, refused.json["error"] == whole.json.get("error")) == (400, False), missing


async def test_codes_last_ten_minutes(site: Site, api: Api) -> None:
    artist = await site.add_user()
    begun = (await begin(api)).json
    await site.pool.execute("UPDATE device_grant SET expires_at = now()")
    assert (await api.get(f"/api/pmd/device/{begun['user_code']}", user=artist)).status == 404
    assert (await decide(api, artist, begun["user_code"], approve=True)).status == 404
    assert (await poll(api, begun["device_code"])).json["error"] == "expired_token"
    await site.pool.execute("UPDATE device_grant SET expires_at = now() - interval '2 hours'")
    await begin(api)
    assert (await poll(api, begun["device_code"])).json["error"] == "invalid_grant"


async def test_who_polls_too_often_has_to_slow_down(site: Site, api: Api) -> None:
    code = (await begin(api)).json["device_code"]
    errors = [(await poll(api, code)).json["error"] for _ in range(3)]
    assert errors == ["authorization_pending", "slow_down", "slow_down"]
    assert await site.pool.fetchval("SELECT interval_seconds FROM device_grant") == 15
    await site.pool.execute("UPDATE device_grant SET polled_at = now() - interval '16 seconds'")
    assert (await poll(api, code)).json["error"] == "authorization_pending"


async def test_an_approval_is_worth_nothing_once_its_user_is_banned(site: Site, api: Api) -> None:
    begun = (await begin(api)).json
    await decide(api, await site.add_user(), begun["user_code"], approve=True)
    await site.pool.execute("UPDATE users SET banned_until = now() + interval '1 day'")
    assert (await poll(api, begun["device_code"])).json["error"] == "access_denied"


async def test_a_key_that_deletes_is_not_approved_for_longer_than_a_month(site: Site, api: Api) -> None:
    artist = await site.add_user()
    begun = (await begin(api, scope="posts:delete")).json
    for days in (None, 31):
        assert (await decide(api, artist, begun["user_code"], approve=True, expires_in_days=days)).status == 422
    assert (await decide(api, artist, begun["user_code"], approve=True, expires_in_days=30)).status == 204


async def test_two_polls_at_once_get_one_key(site: Site, api: Api) -> None:
    begun = (await begin(api)).json
    await decide(api, await site.add_user(), begun["user_code"], approve=True)
    answers = await asyncio.gather(*(poll(api, begun["device_code"]) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [200, *[400] * 5]
    assert await site.pool.fetchval("SELECT count(*) FROM access_key") == 1


async def test_wrong_requests_have_an_oauth_error(site: Site, api: Api) -> None:
    for changes, error in (
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "posts:read keys:write"}, "invalid_scope"),
        ({"client_id": ""}, "invalid_request"),
        ({"client_id": "x" * 81}, "invalid_request"),
        ({"client_id": "a\nb"}, "invalid_request"),
    ):
        answer = await begin(api, **changes)
        assert (answer.status, answer.json["error"]) == (400, error), changes
    assert (await poll(api, "x", grant_type="password")).json["error"] == "unsupported_grant_type"
    assert (await poll(api, "")).json["error"] == "invalid_grant"
    assert (await api.call("POST", CODE, json=ASKED)).status == 415
    assert (
        await api.call("POST", TOKEN, data=b"x" * 5000, headers={"Content-Type": device_routes.MEDIA})
    ).status == 413
    assert await site.pool.fetchval("SELECT count(*) FROM device_grant") == 0


async def test_codes_are_neither_guessed_nor_piled_up(site: Site, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    artist = await site.add_user()
    statuses = [
        (await api.get("/api/pmd/device/BCDF-GHJK", user=artist)).status for _ in range(2 * device_routes.MAX_TYPED + 1)
    ]
    assert {*statuses} == {404, 429}
    assert (await decide(api, artist, "BCDF-GHJK", approve=True)).status == 429
    statuses = [(await begin(api)).status for _ in range(2 * device_routes.MAX_BEGUN + 1)]
    assert {*statuses} == {200, 429}
    monkeypatch.setattr(device, "MAX_WAITING", 1)
    elsewhere = await api.call("POST", CODE, data=ASKED, headers={"X-Forwarded-For": "203.0.113.9"})
    assert (elsewhere.status, int(elsewhere.headers["Retry-After"])) == (429, 60)


async def test_the_short_address_leads_to_the_settings_with_the_code(site: Site, api: Api) -> None:
    artist = await site.add_user()
    for asked, query in (
        ("?user_code=WDJB-MJHT", "section=device&user_code=WDJB-MJHT"),
        ("", "section=device&user_code="),
    ):
        async with api.session.get(f"/pmd/device{asked}", headers=api.sign(artist), allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/u/{site.sqid(artist)}/settings?{query}")
