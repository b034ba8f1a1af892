"""Webhooks and their deliveries, for their owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..base.database import Connection, Pool, find_all, find_one, lock
from ..base.settings import Settings
from ..events.changes import EVENT_NAMES, INSTALLATION, KEEP_DAYS
from ..events.topic import Topic, loads, newest_of
from ..http.errors import conflict, forbidden, require, too_many, unprocessable
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.wire import Cursor
from ..locales import Sentence
from ..work.adding import add_work, drop_work, hasten_work
from .addresses import check_address
from .messages import PING
from .signing import new_secret

MAX_WEBHOOKS = 10
MAX_PAGE = 100
# So long the secret before signs as well.
OVERLAP_HOURS = 24
KIND = "delivery"

EventName: TypeAlias = Literal[tuple(EVENT_NAMES)]  # type: ignore[valid-type]
Events = Annotated[
    Sequence[EventName],
    Meta(min_length=1, max_length=len(EVENT_NAMES), examples=[["post.made", "post.hidden_by_moderator"]]),
]
Url = Annotated[str, Meta(min_length=1, max_length=2000, examples=["https://island.example/hooks/makapix"])]


class WebhookRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/webhooks: where to, and what of."""

    url: Url
    events: Events


class WebhookEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PATCH /api/pmd/webhooks/{webhook_id}; what is left out stays as it is."""

    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    is_enabled: Annotated[bool, Meta(examples=[True])] | UnsetType = UNSET


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook and how it does. ``disabled_reason`` says why it was switched off, unless its owner did it."""

    id: Annotated[int, Meta(examples=[4])]
    url: Url
    events: Events
    is_enabled: bool
    disabled_at: datetime | None
    disabled_reason: Annotated[Sentence | None, Meta(examples=[None])]
    first_failed_at: datetime | None
    waiting_count: Annotated[int, Meta(description="Deliveries that are not delivered yet.", examples=[0])]
    next_try_at: Annotated[datetime | None, Meta(description="Of the first of them.")]
    last_tried_at: datetime | None
    last_answer_code: Annotated[int | None, Meta(examples=[200])]
    last_answer_ms: Annotated[int | None, Meta(examples=[84])]
    previous_secret_expires_at: Annotated[
        datetime | None, Meta(description="Until when a secret that was changed signs as well.")
    ]
    created_at: datetime

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares: no delivery is a change of it, unless it switches the webhook off."""
        return self.url, self.events, self.is_enabled, self.previous_secret_expires_at


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook, and its secret: it is shown this once."""

    webhook: Webhook
    secret: Annotated[str, Meta(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])]

    def __str__(self) -> str:
        """For the ``Location`` header."""
        return str(self.webhook.id)


class WebhookList(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, the newest first."""

    items: Sequence[Webhook]


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


_SELECT = """
SELECT webhooks.id, url, events, disabled_at IS NULL AS is_enabled, disabled_at, disabled_by AS disabled_reason,
       first_failed_at, waiting.count AS waiting_count, waiting.next_try_at, last.tried_at AS last_tried_at,
       last.answer_code AS last_answer_code, last.answer_ms AS last_answer_ms,
       CASE WHEN previous_until > now() THEN previous_until END AS previous_secret_expires_at, created_at
  FROM webhooks
 CROSS JOIN LATERAL (
       SELECT count(*)::int AS count, (array_agg(due_at ORDER BY id))[1] AS next_try_at
         FROM webhook_deliveries WHERE webhook_id = webhooks.id AND status = 'due' AND NOT is_manual) AS waiting
  LEFT JOIN LATERAL (
       SELECT tried_at, answer_code, answer_ms
         FROM webhook_deliveries WHERE webhook_id = webhooks.id AND tried_at IS NOT NULL
        ORDER BY id DESC LIMIT 1) AS last ON true
"""
_LIST = f"{_SELECT} WHERE user_id = $1 ORDER BY webhooks.id DESC"
_FIND = f"{_SELECT} WHERE user_id = $1 AND webhooks.id = $2"
_LOCK = "SELECT FROM webhooks WHERE user_id = $1 AND id = $2 FOR UPDATE"
_COUNT = "SELECT count(*) FROM webhooks WHERE user_id = $1"
_INSERT = f"""
INSERT INTO webhooks (user_id, url, events, secret, installation, seen)
VALUES ($1, $2, $3, $4, {INSTALLATION}, pg_current_snapshot())
RETURNING id
"""
# What happened while it was off is sent when it is on again, unless that is known no longer.
_EDIT = f"""
UPDATE webhooks
   SET url = coalesce($3, url), events = coalesce($4, events),
       disabled_at = CASE WHEN $5::boolean IS NULL THEN disabled_at WHEN NOT $5 THEN coalesce(disabled_at, now()) END,
       disabled_by = CASE WHEN $5 THEN NULL ELSE disabled_by END,
       first_failed_at = CASE WHEN $5 THEN NULL ELSE first_failed_at END,
       seen = CASE WHEN seen_at < now() - make_interval(days => {KEEP_DAYS}) THEN pg_current_snapshot() ELSE seen END
 WHERE user_id = $1 AND id = $2
RETURNING id
"""
# The delays between attempts begin again.
_AGAIN = "UPDATE webhook_deliveries SET due_at = now(), attempts = 0 WHERE webhook_id = $1 AND status = 'due'"
_DELETE = "DELETE FROM webhooks WHERE user_id = $1 AND id = $2 RETURNING id"
_ROTATE = f"""
UPDATE webhooks
   SET secret = $3, previous_secret = secret, previous_until = now() + interval '{OVERLAP_HOURS} hours'
 WHERE user_id = $1 AND id = $2
RETURNING id
"""

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


async def list_webhooks(pool: Pool, *, user_id: int) -> WebhookList:
    return WebhookList(items=await find_all(pool, Webhook, _LIST, user_id))


async def find_webhook(connection: Connection | Pool, *, user_id: int, webhook_id: int) -> Webhook | None:
    return await find_one(connection, Webhook, _FIND, user_id, webhook_id)


async def _locked(connection: Connection, user_id: int, webhook_id: int) -> Webhook:
    """Raises: ProblemError: 404."""
    await connection.execute(_LOCK, user_id, webhook_id)
    return require(await find_webhook(connection, user_id=user_id, webhook_id=webhook_id), "webhook")


async def create_webhook(
    pool: Pool, settings: Settings, body: WebhookRequest, once: Once, *, user_id: int
) -> NewSecret:
    """A webhook for what happens from now on.

    Raises:
        ProblemError: 403 webhooks are off on this site; 422 nothing may be sent to the address; 429 too many; and as
            ``Once.begin``.
    """
    if settings.user_webhooks == "off":
        raise forbidden("Webhooks are off on this site.")
    check_address(settings, body.url)
    secret = new_secret()
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, "hook", user_id)
        if await connection.fetchval(_COUNT, user_id) >= MAX_WEBHOOKS:
            raise too_many(f"You have {MAX_WEBHOOKS} webhooks. Remove one of them first.", seconds=60)
        webhook_id = await connection.fetchval(_INSERT, user_id, body.url, _sorted(body.events), secret)
        webhook = require(await find_webhook(connection, user_id=user_id, webhook_id=webhook_id), "webhook")
        made = NewSecret(webhook=webhook, secret=secret)
        await once.end(connection, made, is_secret=True)
    return made


def _sorted(events: Sequence[str]) -> list[str]:
    """In their own order, each once."""
    if len(set(events)) < len(events):
        raise unprocessable("An event is there twice.", path="$.events")
    return sorted(events, key=EVENT_NAMES.index)


async def edit_webhook(
    pool: Pool, settings: Settings, body: WebhookEdit, match: IfMatch, *, user_id: int, webhook_id: int
) -> Webhook:
    """Change it; what waits is sent to the new address.

    Raises:
        ProblemError: 404; 412; 422 nothing may be sent to the address.
    """
    if body.url is not UNSET:
        check_address(settings, body.url)
    events = None if body.events is UNSET else _sorted(body.events)
    given: list[Any] = [None if value is UNSET else value for value in (body.url, events, body.is_enabled)]
    async with pool.acquire() as connection, connection.transaction():
        match.require(await _locked(connection, user_id, webhook_id))
        await connection.execute(_EDIT, user_id, webhook_id, *given)
        if body.is_enabled is True:
            await connection.execute(_AGAIN, webhook_id)
        webhook = await find_webhook(connection, user_id=user_id, webhook_id=webhook_id)
    assert webhook is not None
    if body.is_enabled is True:
        await _serve(pool, user_id=user_id, webhook_id=webhook_id)
    return webhook


async def delete_webhook(pool: Pool, match: IfMatch, *, user_id: int, webhook_id: int) -> None:
    """Remove it, and what waits; what is being sent at the moment may arrive.

    Raises:
        ProblemError: 404; 412.
    """
    async with pool.acquire() as connection, connection.transaction():
        match.require(await _locked(connection, user_id, webhook_id))
        await drop_work(connection, KIND, [webhook_id])
        await connection.execute(_DELETE, user_id, webhook_id)


async def rotate_secret(pool: Pool, once: Once, *, user_id: int, webhook_id: int) -> NewSecret:
    """A new secret; for a day the one before signs as well.

    Raises:
        ProblemError: 404, and as ``Once.begin``.
    """
    secret = new_secret()
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        require(await connection.fetchval(_ROTATE, user_id, webhook_id, secret), "webhook")
        webhook = require(await find_webhook(connection, user_id=user_id, webhook_id=webhook_id), "webhook")
        made = NewSecret(webhook=webhook, secret=secret)
        await once.end(connection, made, is_secret=True)
    return made


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
    await _serve(pool, user_id=user_id, webhook_id=webhook_id)
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
        require(await find_webhook(connection, user_id=user_id, webhook_id=webhook_id), "webhook")
        if await connection.fetchval(_MANUAL, webhook_id) >= MAX_MANUAL:
            raise too_many(f"{MAX_MANUAL} deliveries are being sent by hand already.", seconds=10)
        delivery = require(await find_one(connection, Delivery, insert, webhook_id, *values), what)
        await once.end(connection, delivery)
    await _serve(pool, user_id=user_id, webhook_id=webhook_id)
    return delivery


async def _serve(pool: Pool, *, user_id: int, webhook_id: int) -> None:
    """Have what is due sent now. If this is not reached, the upkeep does it."""
    async with pool.acquire() as connection, connection.transaction():
        await add_work(connection, KIND, user_id, [(webhook_id, "deliveries to a webhook")], request_id=None)
        await hasten_work(connection, KIND, webhook_id)


class WebhookState(msgspec.Struct, frozen=True, kw_only=True):
    """How a webhook does, on a stream; its address is for its owner alone."""

    id: int
    is_enabled: bool
    first_failed_at: datetime | None
    disabled_reason: Sentence | None


TOPIC = Topic(
    kind="webhook",
    scope="posts:read",
    id_type=int,
    state=WebhookState,
    load=loads(
        WebhookState,
        """SELECT id, disabled_at IS NULL AS is_enabled, first_failed_at, disabled_by AS disabled_reason
             FROM webhooks WHERE id = ANY ($1)""",
    ),
    newest=newest_of("webhooks"),
)
