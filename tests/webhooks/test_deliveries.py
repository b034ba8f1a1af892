"""What happens to a user's things arrives at their server: signed, in order, at least once, for three days."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks
from aiohttp import web

from pmd_service.base.settings import Settings
from pmd_service.jobs import opened_worker
from pmd_service.webhooks import deliver, feed
from pmd_service.webhooks.deliver import DELAYS_SECONDS, DELIVERIES
from pmd_service.webhooks.feed import delete_old_deliveries
from pmd_service.work.claimed import LeaseLostError
from pmd_service.work.lease import claim
from pmd_service.work.sweep import take_over

from ..dashboard.types import api_document
from ..events.sse import opened
from ..hang import HANG_SECONDS
from ..locks import waits_for_a_lock
from ..origin import Origin
from ..site import Api, Site
from .receiver import Receiver, Sending, act, add_webhook, deliveries, state


async def test_the_specifications_own_verifier_accepts_our_signatures(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    post = await site.add_post(artist)
    await act(api, artist, "hide", post)
    await sending.send()
    headers, body = dict(receiver.headers[0]), receiver.bodies[0]
    message = standardwebhooks.Webhook(webhook["secret"]).verify(body, headers)
    assert (message["type"], message["data"]) == ("post.hidden", {"user_sqid": site.sqid(artist), "ids": [post]})
    assert headers["Content-Type"] == "application/json"
    (delivery,) = await deliveries(api, artist, webhook)
    assert (delivery["status"], delivery["answer_code"], delivery["answer_body"]) == ("sent", 200, "thanks")
    assert delivery["message_id"] == headers["webhook-id"]
    for other in (body + b" ", body.replace(b"hidden", b"shown!")):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(webhook["secret"]).verify(other, headers)
    # A later replay is recognized by its time, which is signed.
    old = headers | {"webhook-timestamp": str(int((datetime.now(UTC) - timedelta(minutes=6)).timestamp()))}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(webhook["secret"]).verify(body, old)


async def test_after_a_change_of_the_secret_both_sign_for_a_day(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    answer = await api.call("POST", f"/api/pmd/webhooks/{webhook['id']}/secret", user=artist)
    assert answer.json["webhook"]["previous_secret_expires_at"]
    secrets = [webhook["secret"], answer.json["secret"]]
    assert len(set(secrets)) == 2
    post = await site.add_post(artist)
    await act(api, artist, "hide", post)
    await sending.send()
    for secret in secrets:
        standardwebhooks.Webhook(secret).verify(receiver.bodies[0], dict(receiver.headers[0]))
    await site.pool.execute("UPDATE webhooks SET previous_until = now()")
    await act(api, artist, "unhide", post)
    await sending.send()
    standardwebhooks.Webhook(secrets[1]).verify(receiver.bodies[1], dict(receiver.headers[1]))
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secrets[0]).verify(receiver.bodies[1], dict(receiver.headers[1]))


async def test_a_second_change_of_the_secret_ends_the_first_at_once(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    path = f"/api/pmd/webhooks/{webhook['id']}/secret"
    secrets = [webhook["secret"], *[(await api.call("POST", path, user=artist)).json["secret"] for _ in range(2)]]
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.send()
    for secret in secrets[1:]:
        standardwebhooks.Webhook(secret).verify(receiver.bodies[0], dict(receiver.headers[0]))
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secrets[0]).verify(receiver.bodies[0], dict(receiver.headers[0]))


@pytest.mark.parametrize(
    ("suspended", "lifted"),
    [
        ("deactivated = true", "deactivated = false"),
        ("banned_until = now() + interval '1 day'", "banned_until = now()"),
    ],
)
async def test_a_suspended_accounts_webhooks_wait_and_lose_nothing(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending, suspended: str, lifted: str
) -> None:
    """All it has is refused and its streams end, and its webhooks went on telling what became of its tasks."""
    await add_webhook(api, artist, receiver.url)
    first, second = await site.add_posts(artist, 2)
    receiver.statuses = [503]
    await act(api, artist, "hide", first)
    await sending.send()
    assert len(receiver.received) == 1
    receiver.statuses = [200]
    await site.pool.execute(f"UPDATE users SET {suspended} WHERE id = $1", artist)
    await site.pool.execute("UPDATE posts SET hidden_by_user = true WHERE id = $1", second)
    await sending.later()
    assert len(receiver.received) == 1
    await sending.feed()
    assert await site.pool.fetchval("SELECT count(*) FROM work WHERE kind = 'delivery'") == 0, "nobody is at it"
    await site.pool.execute(f"UPDATE users SET {lifted} WHERE id = $1", artist)
    await sending.later()
    assert receiver.received == [("post.hidden", [first]), ("post.hidden", [first]), ("post.hidden", [second])]


async def test_what_waits_beyond_the_most_comes_in_order_afterwards(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a suspended account, whose deliveries are made until so many wait."""
    monkeypatch.setattr(feed, "MAX_WAITING", 3)
    webhook = await add_webhook(api, artist, receiver.url)
    post = await site.add_post(artist)
    await site.pool.execute("UPDATE users SET deactivated = true WHERE id = $1", artist)
    happened = []
    for is_hidden in (True, False) * 4:
        await site.pool.execute("UPDATE posts SET hidden_by_user = $2 WHERE id = $1", post, is_hidden)
        await sending.feed()
        happened.append(("post.hidden" if is_hidden else "post.shown", [post]))
    assert await site.pool.fetchval("SELECT count(*) FROM webhook_deliveries") == 3
    await site.pool.execute("UPDATE users SET deactivated = false WHERE id = $1", artist)
    await sending.send()
    assert receiver.received == happened[:3]
    await sending.send()
    assert receiver.received == happened
    assert [each["status"] for each in await deliveries(api, artist, webhook)] == ["sent"] * 8


async def test_chosen_events_arrive_in_order_and_fit_the_document(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    first, second = await site.add_posts(artist, 2)
    await act(api, artist, "hide", second)  # before there was a webhook
    await add_webhook(api, artist, receiver.url)
    await act(api, artist, "hide", first)
    await act(api, artist, "unhide", first)
    await act(api, artist, "hide", first)
    await api.post("/api/pmd/license", {"license_id": 1, "post_ids": [first]}, user=artist)
    stranger = await site.add_user("stranger")
    await act(api, stranger, "hide", await site.add_post(stranger))
    await act(api, artist, "delete", first, second)
    await sending.send()
    assert receiver.received == [
        ("post.hidden", [first]),
        ("post.shown", [first]),
        ("post.hidden", [first]),
        ("post.deleted", [first, second]),
    ]
    document = api_document()
    for message in receiver.messages:
        ref = document["webhooks"][message["type"]]["post"]["requestBody"]["content"]["application/json"]["schema"]
        schema = document["components"]["schemas"][ref["$ref"].rpartition("/")[2]]
        assert schema["properties"].keys() == message.keys()
        assert schema["properties"]["type"]["const"] == message["type"]


async def test_a_hundred_thousand_changes_are_no_hundred_thousand_messages(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    await add_webhook(api, artist, receiver.url)
    await site.pool.execute(
        "INSERT INTO posts (owner_id, title) SELECT $1, 'No ' || n FROM generate_series(1, 1000) AS n", artist
    )
    await site.pool.execute("UPDATE posts SET hidden_by_user = true")
    await sending.send()
    assert [len(ids) for _, ids in receiver.received] == [400, 400, 200]
    assert len({each for _, ids in receiver.received for each in ids}) == 1000
    assert max(map(len, receiver.bodies)) < 20_000


async def test_one_that_fails_holds_up_its_own_and_no_others(
    site: Site, api: Api, artist: int, origin: Origin, receiver: Receiver, sending: Sending
) -> None:
    other = Receiver(origin, "/other")
    webhook = await add_webhook(api, artist, receiver.url)
    await add_webhook(api, artist, other.url)
    post = await site.add_post(artist)
    receiver.statuses = [503]
    await act(api, artist, "hide", post)
    await sending.send()
    await act(api, artist, "unhide", post)
    await sending.send()
    assert [name for name, _ in receiver.received] == ["post.hidden"], "it is not tried again before its time"
    assert [name for name, _ in other.received] == ["post.hidden", "post.shown"]
    found = await state(api, artist, webhook)
    assert (found["waiting_count"], found["last_answer_code"]) == (2, 503)
    assert found["first_failed_at"]
    receiver.statuses = [200]
    await sending.later()
    assert [name for name, _ in receiver.received] == ["post.hidden", "post.hidden", "post.shown"]
    assert receiver.headers[0]["webhook-id"] == receiver.headers[1]["webhook-id"]
    assert receiver.bodies[0] == receiver.bodies[1]
    found = await state(api, artist, webhook)
    assert (found["waiting_count"], found["first_failed_at"]) == (0, None)


async def test_after_three_days_it_is_off_with_a_mail_and_loses_nothing(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    first, second = await site.add_posts(artist, 2)
    receiver.statuses = [500]
    await act(api, artist, "hide", first)
    await sending.send()
    waits = [(await deliveries(api, artist, webhook))[0]]
    for _ in DELAYS_SECONDS:
        assert (await state(api, artist, webhook))["is_enabled"]
        await sending.later()
        waits.append((await deliveries(api, artist, webhook))[0])
    assert timedelta(seconds=sum(DELAYS_SECONDS)) > timedelta(days=3)
    for delay, wait in zip(DELAYS_SECONDS, waits, strict=False):
        until = datetime.fromisoformat(wait["next_try_at"]) - datetime.fromisoformat(wait["tried_at"])
        assert delay <= until.total_seconds() <= 1.1 * delay + 1, "with jitter"
    found = await state(api, artist, webhook)
    assert not found["is_enabled"]
    assert "answered 500" in found["disabled_reason"]
    assert await site.pool.fetchval("SELECT array_agg(topic) FROM outbox") == ["webhook_disabled"]
    assert waits[-1]["status"] == "failed"
    assert len(receiver.received) == len(DELAYS_SECONDS) + 1
    # What happens meanwhile waits for its owner.
    await act(api, artist, "hide", second)
    await sending.later()
    assert len(receiver.received) == len(DELAYS_SECONDS) + 1
    receiver.statuses = [200]
    await api.call("PATCH", f"/api/pmd/webhooks/{webhook['id']}", user=artist, json={"is_enabled": True})
    await sending.send()
    assert receiver.received[-1] == ("post.hidden", [second])
    assert await state(api, artist, webhook) | {"is_enabled": True, "disabled_reason": None} == await state(
        api, artist, webhook
    )


async def test_who_answers_410_is_switched_off_at_once(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    receiver.statuses = [410]
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.send()
    await sending.later()
    assert len(receiver.received) == 1
    assert "410" in (await state(api, artist, webhook))["disabled_reason"]


async def test_a_redirect_is_not_followed(
    site: Site, api: Api, artist: int, origin: Origin, receiver: Receiver, sending: Sending
) -> None:
    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": receiver.url})

    receiver.respond = redirect
    webhook = await add_webhook(api, artist, receiver.url)
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.send()
    assert len(receiver.received) == 1
    (delivery,) = await deliveries(api, artist, webhook)
    assert delivery["error_message"] == "answered 307, a redirect, which is not followed"


async def test_a_huge_answer_is_read_no_further_than_its_beginning(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    receiver.respond = flood
    webhook = await add_webhook(api, artist, receiver.url)
    await act(api, artist, "hide", await site.add_post(artist))
    async with asyncio.timeout(HANG_SECONDS):
        await sending.send()
    (delivery,) = await deliveries(api, artist, webhook)
    assert (delivery["status"], delivery["answer_body"]) == ("sent", "x" * 1000)


async def test_a_receiver_that_hangs_is_given_up_and_delays_nobody(
    site: Site, api: Api, artist: int, origin: Origin, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmd_service.outbox.post.TIMEOUT_SECONDS", 1.0)
    slow, quick = Receiver(origin, "/slow"), Receiver(origin, "/quick")
    slow.statuses = [0]
    other = await site.add_user("other")
    webhooks = [await add_webhook(api, artist, slow.url), await add_webhook(api, artist, slow.url)]
    await add_webhook(api, other, quick.url)
    for user in (artist, other):
        await act(api, user, "hide", await site.add_post(user))
    await sending.feed()
    hanging = [asyncio.create_task(sending.runner.run_next(DELIVERIES)) for _ in webhooks]
    async with asyncio.timeout(HANG_SECONDS):
        while not quick.received:
            await sending.runner.run_next(DELIVERIES)
        await asyncio.gather(*hanging)
    for webhook in webhooks:
        (delivery,) = await deliveries(api, artist, webhook)
        assert (delivery["status"], delivery["error_message"]) == ("due", "no answer within 10 seconds")


async def test_a_delivery_whose_sender_died_is_sent_again_with_its_id(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending, settings: Settings
) -> None:
    """Two workers: the first is frozen after it has sent, and must not note it when it wakes up."""
    webhook = await add_webhook(api, artist, receiver.url)
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.feed()
    held = await claim(sending.worker.pool, DELIVERIES, suspects=True)
    assert held is not None
    assert await claim(sending.worker.pool, DELIVERIES, suspects=True) is None, "one worker at a time"
    await site.pool.execute("UPDATE work SET lease_until = now() - interval '1 second'")
    async with opened_worker(settings) as second:
        await take_over(second.pool, DELIVERIES)
        await Sending(second).later()
        assert len(receiver.received) == 1
        with pytest.raises(LeaseLostError):
            await deliver.deliver(sending.worker, held)
    (delivery,) = await deliveries(api, artist, webhook)
    assert (delivery["status"], delivery["attempt_count"]) == ("sent", 1)


async def test_a_webhook_that_is_removed_while_it_is_sent_to_leaves_nothing(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)

    async def remove(_request: web.Request) -> web.Response:
        answer = await api.call("DELETE", f"/api/pmd/webhooks/{webhook['id']}", user=artist)
        return web.Response(status=answer.status)

    receiver.respond = remove
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.send()
    assert len(receiver.received) == 1
    for table in ("webhooks", "webhook_deliveries", "work"):
        assert await site.pool.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_webhook_is_removed_behind_the_attempt_that_ends_just_then(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    """It was locked before its work, which the attempt locks first."""
    webhook = await add_webhook(api, artist, receiver.url)
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.feed()
    async with site.pool.acquire() as attempt, attempt.transaction():
        assert await attempt.fetchval("SELECT count(*) FROM (SELECT FROM work FOR UPDATE) AS held") == 1
        removing = asyncio.create_task(api.call("DELETE", f"/api/pmd/webhooks/{webhook['id']}", user=artist))
        assert await waits_for_a_lock(site.pool, removing)
        await attempt.execute("SELECT FROM webhooks FOR UPDATE NOWAIT")
    assert (await removing).status == 204


async def test_a_test_is_sent_at_once_beside_what_waits_and_while_it_is_off(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    receiver.statuses = [500]
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.send()
    receiver.statuses = [204]
    path = f"/api/pmd/webhooks/{webhook['id']}"
    assert (await api.call("POST", f"{path}/test", user=artist)).status == 202
    await sending.send()
    await api.call("PATCH", path, user=artist, json={"is_enabled": False})
    assert (await api.call("POST", f"{path}/test", user=artist)).status == 202
    await sending.send()
    assert [name for name, _ in receiver.received] == ["post.hidden", "ping", "ping"]
    found = await state(api, artist, webhook)
    assert (found["waiting_count"], found["disabled_reason"], found["last_answer_code"]) == (1, None, 204)
    assert (await api.get("/api/pmd/webhooks", user=artist)).json["items"] == [found], (
        "once, however often it was tried"
    )
    listed: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await api.get(f"{path}/deliveries?limit=1{cursor}", user=artist)).json
        listed += [delivery["event"] for delivery in page["items"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert listed == ["ping", "ping", "post.hidden"], "the newest first, each on one page"


async def test_a_delivery_is_sent_again_by_hand_with_its_id(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    first, second = await site.add_posts(artist, 2)
    await act(api, artist, "hide", first)
    await sending.send()
    (sent,) = await deliveries(api, artist, webhook)
    path = f"/api/pmd/webhooks/{webhook['id']}/deliveries"
    again = await api.call("POST", f"{path}/{sent['id']}/resend", user=artist)
    assert (again.status, again.json["message_id"], again.json["is_manual"]) == (202, sent["message_id"], True)
    await sending.send()
    assert receiver.received == [("post.hidden", [first])] * 2
    receiver.statuses = [500]
    assert (await api.call("POST", f"{path}/{sent['id']}/resend", user=artist)).status == 202
    await sending.send()
    assert (await state(api, artist, webhook))["first_failed_at"] is None, "one by hand says nothing of the others"
    # Of those that wait, the first is tried at once; the others keep their place.
    receiver.statuses = [500]
    await act(api, artist, "hide", second)
    await sending.send()
    await act(api, artist, "unhide", second)
    await sending.feed()
    *_, head, behind = await deliveries(api, artist, webhook)
    assert (await api.call("POST", f"{path}/{behind['id']}/resend", user=artist)).status == 409
    receiver.statuses = [200]
    assert (await api.call("POST", f"{path}/{head['id']}/resend", user=artist)).status == 202
    await sending.send()
    assert [name for name, _ in receiver.received][-2:] == ["post.hidden", "post.shown"]


async def test_a_restored_database_goes_on_from_now(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    """Its transactions are numbered again: a webhook's snapshot means nothing."""
    await add_webhook(api, artist, receiver.url)
    post = await site.add_post(artist)
    await act(api, artist, "hide", post)
    await site.pool.execute("UPDATE webhooks SET installation = '1.1.1', seen = '9000000000:9000000000:'")
    await sending.send()
    await act(api, artist, "unhide", post)
    await sending.send()
    assert receiver.received == [("post.shown", [post])]


async def test_a_change_that_commits_late_is_sent_once(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    first, second = await site.add_posts(artist, 2)
    await add_webhook(api, artist, receiver.url)
    async with site.pool.acquire() as connection:
        late = connection.transaction()
        await late.start()
        await connection.execute("UPDATE posts SET hidden_by_user = true WHERE id = $1", first)
        await act(api, artist, "hide", second)
        await sending.send()
        await late.commit()
    await sending.send()
    await sending.send()
    assert receiver.received == [("post.hidden", [second]), ("post.hidden", [first])]


async def test_a_backlog_is_bounded_and_arrives_whole(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pmd_service.webhooks.feed.MAX_WAITING", 2)
    webhook = await add_webhook(api, artist, receiver.url)
    post = await site.add_post(artist)
    receiver.statuses = [500]
    for action in ("hide", "unhide", "hide", "unhide"):
        await act(api, artist, action, post)
        await sending.send()
    assert (await state(api, artist, webhook))["waiting_count"] == 2
    receiver.statuses = [200]
    for _ in range(3):
        await sending.later()
    assert [name for name, _ in receiver.received[1:]] == ["post.hidden", "post.shown"] * 2


async def test_the_owner_sees_it_live(site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    receiver.statuses = [410]
    async with opened(api, artist, path="/api/pmd/sse") as stream:
        await stream.until("connected")
        await act(api, artist, "hide", await site.add_post(artist))
        await sending.send()
        event: Any = (await stream.until("webhook_update"))[-1]
        while event.data["is_enabled"]:  # of the webhook's making, which the server may be notified of late
            event = (await stream.until("webhook_update"))[-1]
    assert event.data["id"] == webhook["id"]
    assert json.dumps(event.data).find("http") == -1, "no address: moderators may follow"


async def test_old_deliveries_are_forgotten(
    site: Site, api: Api, artist: int, receiver: Receiver, sending: Sending
) -> None:
    webhook = await add_webhook(api, artist, receiver.url)
    await act(api, artist, "hide", await site.add_post(artist))
    await sending.send()
    await delete_old_deliveries(site.pool)
    assert len(await deliveries(api, artist, webhook)) == 1
    await site.pool.execute("UPDATE webhook_deliveries SET created_at = now() - interval '31 days'")
    await delete_old_deliveries(site.pool)
    assert len(await deliveries(api, artist, webhook)) == 1, "it has waited, for an account that was suspended"
    await site.pool.execute("UPDATE webhook_deliveries SET tried_at = created_at")
    await delete_old_deliveries(site.pool)
    assert await deliveries(api, artist, webhook) == []
