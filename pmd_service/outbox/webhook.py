"""Sends the site's news (SPEC section 14): signed, at least once, and each user's in their order.

A delivery whose answer was lost is sent again under the same id. Nothing of a user's overtakes an earlier one that has
not ended, so that the site's caches end as its tables do; what is not taken within a day is given up, for the site to
come on.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from ..base.telemetry import log
from ..base.trace import step
from ..vault import user_agent
from ..work.context import WorkerContext
from ..work.held import Claimed, Held
from ..work.kind import Done, Failed, Kind, Outcome, Retry
from ..work.queue import Queue

TIMEOUT_SECONDS = 10.0
GIVEN_UP_AFTER = timedelta(days=1)
# More than retries at most ten minutes apart can be in that time.
MAX_RETRIES = 400
GAVE_UP = "The site did not take it within a day."

# All hosts are told the time by the database: what is a day old, and when this was signed.
_OWNER = """
SELECT id, public_sqid, extract(epoch FROM now())::bigint AS at, now() - $2::timestamptz > $3::interval AS is_late
  FROM users
 WHERE id = $1
"""

_SETTLED = "status = $4, settled_at = now()"


class News(Claimed, frozen=True, kw_only=True):
    """Something that the site has not been told yet; ``news`` is the delivery's id."""

    id: int
    topic: str
    news: str
    payload: Mapping[str, Any]
    created_at: datetime


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a delivery."""

    id: str
    event: str
    user_sqid: str
    action: str
    post_ids: list[int]
    at: datetime


async def deliver(worker: WorkerContext, held: Held[News]) -> Outcome:
    """Tell the site one of its news, once more if need be."""
    settings = worker.settings
    if settings.site_webhook_url is None or settings.site_webhook_secret is None:
        return await _end(worker, held, "off")
    owner = await worker.pool.fetchrow(_OWNER, held.row.user_id, held.row.created_at, GIVEN_UP_AFTER)
    if owner is None:
        return await _end(worker, held, "dropped")
    news = held.row
    delivery = Delivery(
        id=news.news,
        event=news.topic,
        user_sqid=worker.ids.of(owner["id"], owner["public_sqid"]),
        at=news.created_at,
        **news.payload,
    )
    body = msgspec.json.encode(delivery)
    headers = {"X-PMD-Delivery": news.news, "User-Agent": user_agent(settings.site_name, settings.base_url)}
    headers |= signed(settings.site_webhook_secret, body, at=owner["at"])
    try:
        with step("site", "told by its webhook"):
            status = await _post(settings.site_webhook_url, body, headers)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return _again(repr(error), is_late=owner["is_late"])
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return await _end(worker, held, "sent")
    if status == HTTPStatus.GONE:
        return await _end(worker, held, "dropped")
    return _again(f"the site answered {status}", is_late=owner["is_late"])


def signed(secret: str, body: bytes, *, at: int) -> dict[str, str]:
    """The headers that say who sends this and when, in seconds since 1970."""
    digest = hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    return {"X-PMD-Timestamp": str(at), "X-PMD-Signature": f"sha256={digest}"}


async def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer, of which nothing else is read.

    The address is the operator's own and may be a private one; where it redirects to is not.
    """
    async with (
        aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        ) as session,
        session.post(
            url, data=body, headers={"Content-Type": "application/json", **headers}, allow_redirects=False
        ) as answer,
    ):
        answer.close()
        return answer.status


def _again(error: str, *, is_late: bool) -> Outcome:
    return Failed(f"{GAVE_UP} {error}") if is_late else Retry(error)


async def _end(worker: WorkerContext, held: Held[News], status: str) -> Outcome:
    await held.settle(worker.pool, _SETTLED, status)
    log.info(f"webhook_{status}")
    return Done()


HOOK = Kind(
    name="webhook",
    queue=Queue.WEBHOOKS,
    table="outbox",
    key=int,
    waiting="due",
    running="connecting",
    where="channel = 'webhook'",
    row=News,
    run=deliver,
    set_on_fail="settled_at = now()",
    title="replace(topic, '_', ' ')",
    ended="settled_at",
    set_on_restart="settled_at = NULL, created_at = now()",  # a day more to be taken
    time_limit_seconds=60.0,
    concurrency=8,
    running_per_user=1,
    in_order=True,
    max_retries=MAX_RETRIES,
    gave_up_message=GAVE_UP,
    kept_dying_message="Its senders never came to their end.",
)
