"""Sends what is due to one webhook, in order: the kind of work whose subjects are webhooks.

At least once: a delivery whose answer was lost is repeated with the same id. One that fails holds up those behind it of
its webhook alone; after three days of attempts it is given up, and the webhook is switched off.
"""

import random
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from http import HTTPStatus
from uuid import uuid4

import aiohttp
import msgspec

from ..base.database import Connection, Pool, find_one
from ..base.telemetry import log
from ..base.trace import step
from ..events.listener import CHANNEL
from ..identity.users import IN_GOOD_STANDING
from ..locales import translatable
from ..outbox.mailer import Mailer
from ..outbox.message import compose_for
from ..outbox.post import Answer, post
from ..outbox.queue import add_mail
from ..outbox.sender import Compose, Mail
from ..vault import user_agent
from ..vault.addresses import NotPublicError
from ..vault.remote import REDIRECTS
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.kind import Done, Failed, Kind, Outcome, Retry
from ..work.lease import require_lease
from ..work.queue import Queue
from .addresses import guarded_session
from .messages import body_of
from .queries import KIND
from .signing import signed

# The specification's: the last attempt is three days after the first.
DELAYS_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.1
# So long one attempt sends one delivery after another; then others have their turn.
TURN_SECONDS = 15.0
TOPIC = "webhook_disabled"
GONE = translatable("Its server answered 410: it is gone.")
GAVE_UP = translatable("Its server accepted nothing for three days. Last: {error}")
_ANSWERED = translatable("answered {status}")
_REDIRECTED = translatable("answered {status}, a redirect, which is not followed")

_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('delivery', $1, $2, $3) AS work)
SELECT work, webhooks.id, webhooks.user_id
  FROM claimed LEFT JOIN webhooks ON webhooks.id = (work).subject::bigint
"""
_RELEASE = "SELECT id FROM webhooks WHERE id = $1"
_FAIL = """
UPDATE webhooks SET disabled_at = coalesce(disabled_at, now()), disabled_by = left($2, 500) WHERE id = ANY ($1)
"""
_RESTART = "UPDATE webhooks SET disabled_at = NULL, disabled_by = NULL WHERE id = $1 RETURNING id"

# Those that are sent by hand first. A webhook's address and secret as they are now. A suspended account's wait.
_NEXT = f"""
SELECT delivery.id, message_id, event, subjects, at, attempts, is_manual, url, secret,
       CASE WHEN previous_until > now() THEN previous_secret END AS previous_secret, users.id AS owner_id, public_sqid,
       extract(epoch FROM now())::bigint AS sent_at, extract(epoch FROM due_at - now())::float8 AS wait_seconds, error
  FROM webhooks
  JOIN users ON users.id = webhooks.user_id
  JOIN webhook_deliveries AS delivery ON webhook_id = webhooks.id AND status = 'due'
 WHERE webhooks.id = $1 AND (is_manual OR disabled_at IS NULL) AND {IN_GOOD_STANDING}
 ORDER BY is_manual DESC, delivery.id
 LIMIT 1
"""
_SETTLE = """
UPDATE webhook_deliveries
   SET status = $2, attempts = attempts + 1, tried_at = now(), due_at = now() + make_interval(secs => $3),
       answer_code = $4, answer_body = $5, answer_ms = $6, error = left($7, 500)
 WHERE id = $1 AND status = 'due'
"""
_WORKS = "UPDATE webhooks SET first_failed_at = NULL WHERE id = $1 AND first_failed_at IS NOT NULL"
_FAILS = "UPDATE webhooks SET first_failed_at = coalesce(first_failed_at, now()) WHERE id = $1"
_DISABLE = """
UPDATE webhooks SET disabled_at = now(), disabled_by = left($2, 500) WHERE id = $1 AND disabled_at IS NULL
RETURNING user_id
"""
_TELL = f"SELECT pg_notify('{CHANNEL}', concat_ws(' ', $1::int, 'webhook', $2::bigint))"


class WebhookRow(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that has deliveries."""

    id: int
    user_id: int


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The next delivery of a webhook."""

    id: int
    message_id: str
    event: str
    subjects: Sequence[str]
    at: datetime
    attempts: int
    is_manual: bool
    url: str
    secret: str
    previous_secret: str | None
    owner_id: int
    public_sqid: str | None
    sent_at: int
    wait_seconds: float
    error: str | None


async def deliver(worker: WorkerContext, claimed: Claimed[WebhookRow]) -> Outcome:
    """Send one delivery after another, until none is due or the turn is over."""
    until = time.monotonic() + TURN_SECONDS
    async with guarded_session(worker.settings) as session:
        while True:
            due = await _next(worker.pool, claimed)
            if due is None:
                return Done()
            if due.wait_seconds > 0:
                return Retry(due.error or "it is not time yet", delay_seconds=due.wait_seconds, is_fault=False)
            if time.monotonic() > until:
                return Retry("its turn is over", delay_seconds=0, is_fault=False)
            await _attempt(worker, session, claimed, due)


async def _next(pool: Pool, claimed: Claimed[WebhookRow]) -> Due | None:
    """The next delivery; without one, the work is ended under a lock of its row: what comes later adds it again."""
    async with pool.acquire() as connection, connection.transaction():
        await require_lease(connection, claimed)
        due = await find_one(connection, Due, _NEXT, claimed.row.id)
        if due is None:
            await claimed.end(connection)
    return due


async def _attempt(
    worker: WorkerContext, session: aiohttp.ClientSession, claimed: Claimed[WebhookRow], due: Due
) -> None:
    """Send it, and note what came back.

    Raises:
        LeaseLostError: the webhook has been removed, or another worker has taken over.
    """
    settings = worker.settings
    body = body_of(due.event, subjects=due.subjects, at=due.at, user_sqid=worker.ids.of(due.owner_id, due.public_sqid))
    keys = [due.secret, *([due.previous_secret] if due.previous_secret else [])]
    headers = signed(keys, body, message_id=due.message_id, at=due.sent_at)
    headers["User-Agent"] = user_agent(settings.site_name, settings.base_url)
    answer, error = None, None
    try:
        with step("webhook", "delivered"):
            answer = await post(session, due.url, body, headers)
        if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
            is_redirect = answer.status in REDIRECTS
            error = (_REDIRECTED if is_redirect else _ANSWERED).format(status=answer.status)
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        error = _error_text(fault)
    has_mail = False
    async with worker.pool.acquire() as connection, connection.transaction():
        await require_lease(connection, claimed)
        has_mail = await _settle(connection, claimed.row, due, answer, error)
        await connection.execute(_TELL, claimed.row.user_id, claimed.row.id)
    if error is None:
        log.info("delivery_sent", about=due.event)
    else:
        log.warning("delivery_refused", about=due.event, error=error)
    if has_mail:
        await worker.queues.put(Queue.MAILS)


async def _settle(
    connection: Connection, webhook: WebhookRow, due: Due, answer: Answer | None, error: str | None
) -> bool:
    """Note the attempt, and switch the webhook off where it was the last; whether there is a mail about that."""
    is_last = due.is_manual or due.attempts >= len(DELAYS_SECONDS)
    is_gone = answer is not None and answer.status == HTTPStatus.GONE
    status = "sent" if error is None else "failed" if is_last or is_gone else "due"
    delay = DELAYS_SECONDS[due.attempts] * random.uniform(1, 1 + JITTER) if status == "due" else 0.0  # noqa: S311
    came = (answer.status, answer.beginning, answer.milliseconds) if answer else (None, None, None)
    await connection.execute(_SETTLE, due.id, status, delay, *came, error)
    if error is None:
        await connection.execute(_WORKS, webhook.id)
        return False
    if is_gone:
        return await _disable(connection, webhook, GONE)
    if due.is_manual:
        return False
    await connection.execute(_FAILS, webhook.id)
    return status == "failed" and await _disable(connection, webhook, GAVE_UP.format(error=error))


async def _disable(connection: Connection, webhook: WebhookRow, why: str) -> bool:
    user_id = await connection.fetchval(_DISABLE, webhook.id, why)
    if user_id is None:
        return False
    log.warning("webhook_disabled", webhook_id=webhook.id, reason=why)
    about, state = str(webhook.id), str(uuid4())
    return await add_mail(connection, TOPIC, user_id=user_id, about=about, state=state, request_id=None)


def _error_text(fault: BaseException) -> str:
    """What went wrong, for the webhook's owner."""
    match fault:
        case aiohttp.ClientConnectorCertificateError():
            return translatable("its certificate is not valid")
        case aiohttp.ClientConnectorDNSError():
            return translatable("its name leads to no public address")
        case aiohttp.ClientConnectorError(os_error=NotPublicError()):
            return translatable("its address is not a public one")
        case aiohttp.ClientConnectorError():
            return translatable("it cannot be reached")
        case TimeoutError():
            return translatable("no answer within 10 seconds")
    return translatable("the connection broke off ({error})").format(error=type(fault).__name__)


async def fail_webhooks(connection: Connection, ids: Sequence[int], failed: Failed) -> None:
    """``Kind.fail``: by mistakes of ours alone."""
    await connection.execute(_FAIL, ids, failed.message)


_SUBJECT = translatable("A webhook of yours at {site} is switched off")
_WHY = "SELECT url, disabled_by FROM webhooks WHERE id = $1 AND user_id = $2 AND disabled_by IS NOT NULL"


async def compose_disabled(worker: WorkerContext, mailer: Mailer, mail: Mail) -> EmailMessage | None:
    """The message about a webhook that was switched off; None if it is on again."""
    row = await worker.pool.fetchrow(_WHY, int(mail.about), mail.user_id)
    if row is None:
        return None
    values = {"address": row["url"], "why": row["disabled_by"]}
    return await compose_for(worker, mailer, mail, _SUBJECT, about="section=webhooks", page="settings", **values)


COMPOSERS: Mapping[str, Compose] = {TOPIC: compose_disabled}

DELIVERIES = Kind(
    name=KIND,
    queue=Queue.DELIVERIES,
    key=int,
    row=WebhookRow,
    run=deliver,
    claim=_CLAIM,
    release=_RELEASE,
    fail=fail_webhooks,
    restart=_RESTART,
    time_limit_seconds=120.0,
    concurrency=16,
    running_per_user=2,
    gave_up_message="It could not be sent, by a mistake on our side.",
    kept_dying_message="Its workers died again and again.",
)
