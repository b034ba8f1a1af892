"""Delivers webhooks to the site (SPEC section 14): signed, at least once, and in order for each user.

A delivery whose response was lost is repeated with the same id. No delivery of a user overtakes an earlier unfinished
one, so that the site's caches end in the state of its tables. After a day without success a delivery is given up, so
that the following ones can be sent.
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
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.kind import Done, Failed, Kind, Outcome, Retry
from ..work.queue import Queue
from .post import post, webhook_session
from .queue import RELEASE, WEBHOOK, fail_messages

GIVEN_UP_AFTER = timedelta(days=1)
# More than fit into that time, at most ten minutes apart.
MAX_RETRIES = 400
GAVE_UP = "The site did not accept it within a day."

# The age and the signature's time are by the database's clock, the same for all hosts.
_OWNER = """
SELECT id, public_sqid, extract(epoch FROM now())::bigint AS at, now() - $2::timestamptz > $3::interval AS is_late
  FROM users
 WHERE id = $1
"""

_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('webhook', $1, $2, $3) AS work),
     started AS (UPDATE outbox SET status = 'connecting'
                   FROM claimed
                  WHERE outbox.id = (work).subject::bigint AND outbox.status IN ('due', 'connecting')
                 RETURNING outbox.id, outbox.user_id, topic, deduplication_key, payload, outbox.created_at)
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
# It has another day to be accepted.
_RESTART = """
UPDATE outbox SET status = 'due', error_message = NULL, settled_at = NULL, created_at = now()
 WHERE id = $1 AND status = 'failed'
RETURNING id
"""
_SETTLE = "UPDATE outbox SET status = $2, settled_at = now() WHERE id = $1"


class DueDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A due delivery; ``deduplication_key`` is its id."""

    id: int
    user_id: int
    topic: str
    deduplication_key: str
    payload: Mapping[str, Any]
    created_at: datetime


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery's body."""

    id: str
    event: str
    user_sqid: str
    action: str
    post_ids: list[int]
    at: datetime


async def deliver(worker: WorkerContext, claimed: Claimed[DueDelivery]) -> Outcome:
    """Attempt one delivery."""
    settings = worker.settings
    if settings.site_webhook_url is None or settings.site_webhook_secret is None:
        return await _end(worker, claimed, "off")
    owner = await worker.pool.fetchrow(_OWNER, claimed.row.user_id, claimed.row.created_at, GIVEN_UP_AFTER)
    if owner is None:
        return await _end(worker, claimed, "dropped")
    row = claimed.row
    delivery = Delivery(
        id=row.deduplication_key,
        event=row.topic,
        user_sqid=worker.ids.of(owner["id"], owner["public_sqid"]),
        at=row.created_at,
        **row.payload,
    )
    body = msgspec.json.encode(delivery)
    headers = {"X-PMD-Delivery": row.deduplication_key, "User-Agent": user_agent(settings.site_name, settings.base_url)}
    headers |= signed(settings.site_webhook_secret, body, at=owner["at"])
    try:
        with step("site", "webhook delivered"):
            # The URL is the operator's and may be a private address.
            async with webhook_session() as session:
                status = (await post(session, settings.site_webhook_url, body, headers)).status
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return _retry_or_fail(repr(error), is_late=owner["is_late"])
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return await _end(worker, claimed, "sent")
    if status == HTTPStatus.GONE:
        return await _end(worker, claimed, "dropped")
    return _retry_or_fail(f"the site answered {status}", is_late=owner["is_late"])


def signed(secret: str, body: bytes, *, at: int) -> dict[str, str]:
    """The signature headers; ``at``: seconds since 1970."""
    digest = hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    return {"X-PMD-Timestamp": str(at), "X-PMD-Signature": f"sha256={digest}"}


def _retry_or_fail(error: str, *, is_late: bool) -> Outcome:
    return Failed(f"{GAVE_UP} {error}") if is_late else Retry(error)


async def _end(worker: WorkerContext, claimed: Claimed[DueDelivery], status: str) -> Outcome:
    async with worker.pool.acquire() as connection, connection.transaction():
        await claimed.end(connection)
        await connection.execute(_SETTLE, claimed.row.id, status)
    log.info(f"webhook_{status}")
    return Done()


HOOK = Kind(
    name=WEBHOOK,
    queue=Queue.WEBHOOKS,
    key=int,
    row=DueDelivery,
    run=deliver,
    claim=_CLAIM,
    release=RELEASE,
    fail=fail_messages,
    restart=_RESTART,
    time_limit_seconds=60.0,
    concurrency=8,
    running_per_user=1,
    in_order=True,
    max_retries=MAX_RETRIES,
    gave_up_message=GAVE_UP,
    kept_dying_message="Its workers died again and again.",
)
