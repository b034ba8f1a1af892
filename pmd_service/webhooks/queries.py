"""Webhooks, for their owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..base.database import Connection, Pool, find_all, find_one, lock
from ..base.settings import Settings
from ..events.changes import EVENT_NAMES, INSTALLATION, KEEP_DAYS
from ..events.topic import Topic, loads, newest_of
from ..http.errors import forbidden, require, too_many, unprocessable
from ..http.etags import IfMatch
from ..http.once import Once
from ..locales import Sentence
from ..work.adding import add_work, drop_work, hasten_work
from .addresses import check_address
from .signing import new_secret

MAX_WEBHOOKS = 10
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
"""
# The delays between attempts begin again.
_AGAIN = "UPDATE webhook_deliveries SET due_at = now(), attempts = 0 WHERE webhook_id = $1 AND status = 'due'"
_DELETE = "DELETE FROM webhooks WHERE user_id = $1 AND id = $2"
_ROTATE = f"""
UPDATE webhooks
   SET secret = $3, previous_secret = secret, previous_until = now() + interval '{OVERLAP_HOURS} hours'
 WHERE user_id = $1 AND id = $2
RETURNING id
"""


async def list_webhooks(pool: Pool, *, user_id: int) -> WebhookList:
    return WebhookList(items=await find_all(pool, Webhook, _LIST, user_id))


async def find_webhook(connection: Connection | Pool, *, user_id: int, webhook_id: int) -> Webhook | None:
    return await find_one(connection, Webhook, _FIND, user_id, webhook_id)


async def lock_webhook(connection: Connection, user_id: int, webhook_id: int) -> Webhook:
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
        match.require(await lock_webhook(connection, user_id, webhook_id))
        await connection.execute(_EDIT, user_id, webhook_id, *given)
        if body.is_enabled is True:
            await connection.execute(_AGAIN, webhook_id)
        webhook = await find_webhook(connection, user_id=user_id, webhook_id=webhook_id)
    assert webhook is not None
    if body.is_enabled is True:
        await serve(pool, user_id=user_id, webhook_id=webhook_id)
    return webhook


async def delete_webhook(pool: Pool, match: IfMatch, *, user_id: int, webhook_id: int) -> None:
    """Remove it, and what waits; what is being sent at the moment may arrive.

    Raises:
        ProblemError: 404; 412.
    """
    async with pool.acquire() as connection, connection.transaction():
        await drop_work(connection, KIND, [webhook_id])
        match.require(await lock_webhook(connection, user_id, webhook_id))
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


async def serve(pool: Pool, *, user_id: int, webhook_id: int) -> None:
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
    scopes=None,
    id_type=int,
    state=WebhookState,
    load=loads(
        WebhookState,
        """SELECT id, disabled_at IS NULL AS is_enabled, first_failed_at, disabled_by AS disabled_reason
             FROM webhooks WHERE id = ANY ($1)""",
    ),
    newest=newest_of("webhooks"),
)
