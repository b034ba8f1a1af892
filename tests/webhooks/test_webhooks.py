"""Webhooks of a user: where they may lead, how many there may be, and whose they are."""

import asyncio

import msgspec
import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.webhooks import deliveries as by_hand

from ..conftest import Serve
from ..locks import wait_for_waiting
from ..origin import HERE, Origin
from ..site import Api, Site
from .receiver import Receiver, Sending, act, add_webhook, deliveries

EVENTS = ["post.hidden"]


@pytest.fixture
async def strict(serve: Serve, settings: Settings) -> Api:
    """A server as it is in production: public addresses only."""
    server = await serve(msgspec.structs.replace(settings, user_webhooks="on"))
    return Api(server.make_url("/"), settings)


REFUSED = [
    "http://island.example/hook",
    "ftp://island.example/",
    "https://user:secret@island.example/",
    "https://island.example:22/",
    "https://island.example/#part",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://[::ffff:7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[::1]/",
    "https://10.0.0.7/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:10.0.0.7]/",
    "https://[64:ff9b::a00:7]/",
    "https://[fe80::1]/",
    "https://100.64.0.1/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://localhost./",
    "https://db.internal/",
    "https:///hook",
    "https://island.example/a b",
    "nonsense",
]


async def test_no_private_or_unencrypted_address_is_taken(strict: Api, artist: int, subtests: pytest.Subtests) -> None:
    async with strict as api:
        for url in REFUSED:
            with subtests.test(url=url):
                answer = await api.post("/api/pmd/webhooks", {"url": url, "events": EVENTS}, user=artist)
                assert answer.status == 422, answer
                assert answer.json["errors"][0]["path"] == "$.url"


@pytest.mark.parametrize("host", ["localhost", str(HERE)])
async def test_a_name_that_leads_to_a_private_address_is_never_connected_to(
    site: Site, api: Api, artist: int, origin: Origin, receiver: Receiver, sending: Sending, host: str
) -> None:
    """Whatever it led to when the webhook was made: each connection is checked, and no other one than the checked."""
    webhook = await add_webhook(api, artist, receiver.url.replace(str(HERE), host))
    strict = msgspec.structs.replace(sending.worker.settings, user_webhooks="on")
    msgspec.structs.force_setattr(sending.worker, "settings", strict)
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.send()
    assert receiver.received == []
    (delivery,) = await deliveries(api, artist, webhook)
    assert "public" in delivery["error_message"]


async def test_where_webhooks_are_off_none_is_made(serve: Serve, settings: Settings, site: Site) -> None:
    server = await serve(msgspec.structs.replace(settings, user_webhooks="off"))
    artist = await site.add_user("other")
    async with Api(server.make_url("/"), settings) as api:
        body = {"url": "https://island.example/", "events": EVENTS}
        assert (await api.post("/api/pmd/webhooks", body, user=artist)).status == 403


async def test_there_are_ten_at_most_and_unknown_events_are_refused(api: Api, artist: int) -> None:
    body = {"url": "https://island.example/", "events": EVENTS}
    for events in ([], ["post.flown"], ["post.hidden", "post.hidden"]):
        assert (await api.post("/api/pmd/webhooks", body | {"events": events}, user=artist)).status == 422
    for number in range(10):
        await add_webhook(api, artist, f"https://island.example/{number}")
    assert (await api.post("/api/pmd/webhooks", body, user=artist)).status == 429


async def test_two_pings_at_once_respect_the_limit(
    api: Api, artist: int, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_hand, "MAX_MANUAL", 1)
    webhook = await add_webhook(api, artist, "https://island.example/")
    path = f"/api/pmd/webhooks/{webhook['id']}/test"
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM webhooks FOR UPDATE")
        both = [asyncio.create_task(api.post(path, None, user=artist)) for _ in range(2)]
        await wait_for_waiting(pool, 2)
    assert sorted([(await each).status for each in both]) == [202, 429]


async def test_the_secret_is_shown_once(site: Site, api: Api, artist: int) -> None:
    webhook = await add_webhook(api, artist, "https://island.example/")
    assert webhook["secret"].startswith("whsec_")
    for path in ("/api/pmd/webhooks", f"/api/pmd/webhooks/{webhook['id']}"):
        assert webhook["secret"] not in (await api.get(path, user=artist)).body.decode()


async def test_a_moderator_neither_sees_nor_makes_webhooks_of_others(site: Site, api: Api, artist: int) -> None:
    """They would read another user's events without a trace."""
    moderator = await site.add_user("mod", roles=["moderator"])
    webhook = await add_webhook(api, artist, "https://island.example/")
    for method, path in (
        ("GET", "/api/pmd/webhooks"),
        ("POST", f"/api/pmd/webhooks/{webhook['id']}/secret"),
        ("DELETE", f"/api/pmd/webhooks/{webhook['id']}"),
    ):
        answer = await api.call(method, path, user=moderator, params={"target_sqid": site.sqid(artist)})
        assert answer.status == 403


async def test_a_webhook_is_changed_in_place(api: Api, artist: int) -> None:
    webhook = await add_webhook(api, artist, "https://island.example/")
    path = f"/api/pmd/webhooks/{webhook['id']}"
    body = {"url": "https://other.example/", "events": ["post.shown", "post.made"]}
    answer = await api.call("PATCH", path, user=artist, json=body)
    assert (answer.json["url"], answer.json["events"]) == (body["url"], ["post.made", "post.shown"])
    answer = await api.call("PATCH", path, user=artist, json={"is_enabled": False})
    assert (answer.json["is_enabled"], answer.json["disabled_reason"]) == (False, None)
    assert answer.json["url"] == body["url"]
