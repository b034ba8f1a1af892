"""Deliveries of webhooks: what was sent, and sending by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..base.database import Pool, find_all, find_one
from ..http.errors import conflict, require, too_many
from ..http.once import Once
from ..http.wire import Cursor
from ..locales import Sentence
from .messages import PING
from .queries import find_webhook, lock_webhook, serve

MAX_PAGE = 100


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent, or waits to be, and what came back at the last attempt.

    ``message_id`` is the header ``webhook-id``, the same when it is sent again.
    """

    id: Annotated[int, Meta(examples=[812])]
    message_id: Annotated[str, Meta(examples=["msg_2f0c6d3be5a14c0f8a0e9a1c7d4b5e6f"])]
    event: Annotated[str, Meta(examples=["post.hidden"])]
    subjects: Annotated[Sequence[str], Meta(description="The ids of what it happened to.", examples=[["101", "102"]])]
    at: Annotated[datetime, Meta(description="When it happened.")]
    is_manual: Annotated[bool, Meta(description="Sent by hand: once, and not in the order.")]
    status: Literal["due", "sent", "failed"]
    attempt_count: Annotated[int, Meta(examples=[1])]
    next_try_at: datetime | None
    tried_at: datetime | None
    answer_code: Annotated[int | None, Meta(examples=[200])]
    answer_body: Annotated[str | None, Meta(description="Its beginning.", examples=["thanks"])]
    answer_ms: Annotated[int | None, Meta(examples=[84])]
    error_message: Annotated[Sentence | None, Meta(examples=[None])]
    created_at: datetime


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[Delivery]
    next_cursor: str | None


_COLUMNS = """
webhook_deliveries.id, message_id, event, subjects, at, is_manual, status,
attempts AS attempt_count,
CASE WHEN status = 'due' THEN due_at END AS next_try_at, tried_at, answer_code, answer_body, answer_ms,
error AS error_message, webhook_deliveries.created_at
"""
_DELIVERIES = f"""
SELECT {_COLUMNS} FROM webhook_deliveries
 WHERE webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
"""
_ADD_PING = f"""
INSERT INTO webhook_deliveries (webhook_id, message_id, event, subjects, at, is_manual)
VALUES ($1, 'msg_' || replace(gen_random_uuid()::text, '-', ''), '{PING}', '{{}}', now(), true)
RETURNING {_COLUMNS}
"""
_ADD_AGAIN = f"""
INSERT INTO webhook_deliveries (webhook_id, message_id, event, subjects, at, is_manual)
SELECT webhook_id, message_id, event, subjects, at, true FROM webhook_deliveries WHERE webhook_id = $1 AND id = $2
RETURNING {_COLUMNS}
"""
_MANUAL = "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 AND status = 'due' AND is_manual"
# Sent by hand, or the first of those that wait: sooner than it would be tried.
_HASTEN = """
UPDATE webhook_deliveries SET due_at = now()
 WHERE webhook_id = $1 AND id = $2 AND status = 'due'
   AND id = (SELECT min(id) FROM webhook_deliveries WHERE webhook_id = $1 AND status = 'due' AND NOT is_manual)
RETURNING id
"""
MAX_MANUAL = 20


async def list_deliveries(
    pool: Pool, *, user_id: int, webhook_id: int, after: Cursor, limit: int
) -> DeliveryPage | None:
    """A page of a webhook's deliveries, of the last 30 days; None if there is no such webhook."""
    if await find_webhook(pool, user_id=user_id, webhook_id=webhook_id) is None:
        return None
    found = await find_all(pool, Delivery, _DELIVERIES, webhook_id, after.id, limit + 1)
    return DeliveryPage(items=found[:limit], next_cursor=Cursor.behind(found, limit))


async def send_ping(pool: Pool, once: Once, *, user_id: int, webhook_id: int) -> Delivery:
    """Send a test, at once.

    Raises:
        ProblemError: 404; 429 too many are being sent by hand; and as ``Once.begin``.
    """
    return await _send(pool, once, _ADD_PING, webhook_id, user_id=user_id, what="webhook")


async def send_again(pool: Pool, once: Once, *, user_id: int, webhook_id: int, delivery_id: int) -> Delivery:
    """Send a delivery once more, by hand, at once: with the same id, so that the receiver may know it.

    Raises:
        ProblemError: 404; 409 it waits for those before it; 429 too many are being sent by hand; and as ``Once.begin``.
    """
    found = await find_delivery(pool, user_id=user_id, webhook_id=webhook_id, delivery_id=delivery_id)
    if found.status != "due":
        return await _send(pool, once, _ADD_AGAIN, webhook_id, delivery_id, user_id=user_id, what="delivery")
    if not await pool.fetchval(_HASTEN, webhook_id, delivery_id):
        raise conflict("This delivery waits for those before it.")
    await serve(pool, user_id=user_id, webhook_id=webhook_id)
    return await find_delivery(pool, user_id=user_id, webhook_id=webhook_id, delivery_id=delivery_id)


_DELIVERY = f"""
SELECT {_COLUMNS} FROM webhook_deliveries JOIN webhooks ON webhooks.id = webhook_id
 WHERE user_id = $1 AND webhook_id = $2 AND webhook_deliveries.id = $3
"""


async def find_delivery(pool: Pool, *, user_id: int, webhook_id: int, delivery_id: int) -> Delivery:
    return require(await find_one(pool, Delivery, _DELIVERY, user_id, webhook_id, delivery_id), "delivery")


async def _send(
    pool: Pool, once: Once, insert: str, webhook_id: int, *values: int, user_id: int, what: str
) -> Delivery:
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock_webhook(connection, user_id, webhook_id)
        if await connection.fetchval(_MANUAL, webhook_id) >= MAX_MANUAL:
            raise too_many(f"{MAX_MANUAL} deliveries are being sent by hand already.", seconds=10)
        delivery = require(await find_one(connection, Delivery, insert, webhook_id, *values), what)
        await once.end(connection, delivery)
    await serve(pool, user_id=user_id, webhook_id=webhook_id)
    return delivery
