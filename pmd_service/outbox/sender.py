"""Sends the outbox's mails: due, connecting, sending, sent; or failed, unknown, dropped, off.

Connecting takes longest and fails most: it is leased work like any other, with retries and take-over. Just before the
message's bytes are sent the row becomes ``sending``, and is not claimed again: if the result is unclear after that, it
ends as ``unknown``. At most once is the better failure, because the page shows the same.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, TypeAlias

import aiosmtplib
import msgspec

from ..base.database import Connection, Pool, forget
from ..base.telemetry import EMAILS, log
from ..base.trace import step
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.kind import Done, Failed, Kind, NextStep, Outcome, Retry, State
from ..work.lease import require_lease
from ..work.queue import Queue
from .mailer import MAIL_FAULTS, Mailer, is_refusal
from .queue import EMAIL, RELEASE, fail_messages

# RFC 5321, section 4.5.3.2.6: how long the server may take to confirm the message.
DATA_SECONDS = 600.0
TIME_LIMIT_SECONDS = 900.0
KEEP_DAYS = 14
# At most ten minutes apart: for some three hours.
MAX_RETRIES = 24


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A due mail: its topic, and the row it is about in the state that it reports."""

    id: int
    user_id: int
    topic: str
    about: str
    deduplication_key: str
    payload: Mapping[str, Any]


# Composes a mail's message from the current state; None if it has become pointless. ValueError: no valid address.
Compose: TypeAlias = Callable[[WorkerContext, Mailer, Mail], Awaitable[EmailMessage | None]]

_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('email', $1, $2, $3) AS work),
     started AS (UPDATE outbox SET status = 'connecting'
                   FROM claimed
                  WHERE outbox.id = (work).subject::bigint AND outbox.status IN ('due', 'connecting')
                 RETURNING outbox.id, outbox.user_id, topic, about, deduplication_key, payload)
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
_RESTART = """
UPDATE outbox SET status = 'due', error_message = NULL, settled_at = NULL, sending_at = NULL
 WHERE id = $1 AND status = 'failed'
RETURNING id
"""
_SENDING = "UPDATE outbox SET status = 'sending', sending_at = now() WHERE id = $1 AND status = 'connecting'"
_NOT_TAKEN = "UPDATE outbox SET status = 'connecting', sending_at = NULL WHERE id = $1 AND status = 'sending'"
_SETTLE = "UPDATE outbox SET status = $2, error_message = left($3, 500), settled_at = now() WHERE id = $1"

_ABANDON = """
UPDATE outbox
   SET status = 'unknown', settled_at = now()
 WHERE settled_at IS NULL AND status = 'sending' AND sending_at < now() - make_interval(secs => $1)
RETURNING id
"""

_DELETE_OLD = """
DELETE FROM outbox
 WHERE id = ANY (ARRAY(SELECT id FROM outbox WHERE settled_at < now() - make_interval(days => $1) LIMIT $2))
"""


def mail_kind(composers: Mapping[str, Compose]) -> Kind[Mail]:
    """The kind of work that sends mails; ``composers`` by topic."""

    async def send(worker: WorkerContext, claimed: Claimed[Mail]) -> Outcome:
        return await send_mail(worker, claimed, composers[claimed.row.topic])

    return Kind(
        name=EMAIL,
        queue=Queue.MAILS,
        key=int,
        row=Mail,
        run=send,
        claim=_CLAIM,
        release=RELEASE,
        fail=fail_messages,
        restart=_RESTART,
        on_state=_count_failed,
        next_step=_next_step,
        needs=("mail",),
        time_limit_seconds=TIME_LIMIT_SECONDS,
        concurrency=8,
        max_retries=MAX_RETRIES,
        gave_up_message="The mail server could not be reached.",
        kept_dying_message="Its workers died again and again.",
    )


def _next_step(failed: Failed) -> NextStep:
    """The recipient's address needs another one; any other failure is the server's."""
    return "address" if re.search("Recipient|e-mail address", failed.message) else "retry"


def _count_failed(state: State) -> None:
    if state == "failed":
        EMAILS.labels(state).inc()


async def send_mail(worker: WorkerContext, claimed: Claimed[Mail], compose: Compose) -> Outcome:
    """Send one mail, unless it has become pointless."""
    mailer = Mailer.of(worker.settings)
    if mailer is None:
        return await _end(worker.pool, claimed, "off")
    try:
        message = await compose(worker, mailer, claimed.row)
    except ValueError as error:
        return Failed(str(error))
    if message is None:
        return await _end(worker.pool, claimed, "dropped")
    if claimed.work.request_id:
        message["X-Request-ID"] = claimed.work.request_id
    try:
        with step("mail", "connected and sent"):
            async with mailer.connected() as session:
                await session.mail(mailer.mail_from)
                await session.rcpt(message["To"].addresses[0].addr_spec)
                await _mark_sending(worker.pool, claimed)
                return await _hand_over(worker.pool, claimed, session, message)
    except MAIL_FAULTS as error:
        return Failed(repr(error)) if is_refusal(error) else Retry(repr(error))


async def _end(pool: Pool, claimed: Claimed[Mail], status: str, error: str | None = None) -> Outcome:
    async with pool.acquire() as connection, connection.transaction():
        await claimed.end(connection)
        await connection.execute(_SETTLE, claimed.row.id, status, error)
    EMAILS.labels(status).inc()
    if error is None:
        log.info(f"email_{status}")
    else:
        log.warning(f"email_{status}", error=error)
    return Done()


async def _mark_sending(pool: Pool, claimed: Claimed[Mail]) -> None:
    """From here on, the attempt is not interrupted by its heartbeat, and the mail is not claimed again.

    Raises:
        LeaseLostError: the mail has been taken over or cancelled.
    """
    async with pool.acquire() as connection, connection.transaction():
        await require_lease(connection, claimed)
        await connection.execute(_SENDING, claimed.row.id)
    claimed.is_settled = True


async def _hand_over(pool: Pool, claimed: Claimed[Mail], session: aiosmtplib.SMTP, message: EmailMessage) -> Outcome:
    """Send the message's bytes; the server may have accepted it, whatever its answer."""
    content = message.as_bytes(policy=SMTP.clone(cte_type="7bit"))
    try:
        await session.data(content, timeout=DATA_SECONDS)
    except aiosmtplib.SMTPDataError as error:
        await pool.execute(_NOT_TAKEN, claimed.row.id)
        return Failed(repr(error)) if is_refusal(error) else Retry(repr(error))
    except MAIL_FAULTS as error:
        return await _end(pool, claimed, "unknown", repr(error))
    return await _end(pool, claimed, "sent")


async def sweep_outbox(worker: WorkerContext) -> None:
    """End mails as ``unknown`` whose worker died while sending."""
    for row in await worker.pool.fetch(_ABANDON, TIME_LIMIT_SECONDS):
        EMAILS.labels("unknown").inc()
        log.warning("email_unknown", email_id=row["id"])


async def delete_old_mails(connection: Connection | Pool) -> None:
    """Daily upkeep."""
    await forget(connection, _DELETE_OLD, KEEP_DAYS)
