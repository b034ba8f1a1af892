"""Sends the outbox's mails: due, connecting, sending, sent; or failed, unknown, dropped, off.

Connecting takes longest and fails most: it is leased work like any other, with retries and take-over. Just before the
message's bytes are sent the row becomes ``sending`` and leaves the queue: if the result is unclear after that, it ends
as ``unknown`` and is not sent again. At most once is the better failure, because the page shows the same news.
"""

from collections.abc import Awaitable, Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, TypeAlias

import aiosmtplib

from ..base.database import Connection, Pool, forget
from ..base.telemetry import EMAIL_ENDS, EMAILS, log
from ..base.trace import step
from ..work.context import WorkerContext
from ..work.held import Claimed, Held
from ..work.kind import Done, Failed, Kind, Outcome, Retry
from ..work.queue import Queue
from ..work.retry import retry_delay
from .mailer import MAIL_FAULTS, Mailer, is_refusal

# RFC 5321, section 4.5.3.2.6: how long the server may take to confirm the message.
DATA_SECONDS = 600.0
TIME_LIMIT_SECONDS = 900.0
KEEP_DAYS = 14
# At most ten minutes apart: for some three hours.
MAX_RETRIES = 24


class Mail(Claimed, frozen=True, kw_only=True):
    """A due mail: its topic, the row it is about, and which of that row's news."""

    id: int
    topic: str
    about: str
    news: str
    payload: Mapping[str, Any]


# Composes a mail's message from the current state; None if it has become pointless. ValueError: no valid address.
Compose: TypeAlias = Callable[[WorkerContext, Mailer, Mail], Awaitable[EmailMessage | None]]

_SENDING = "status = 'sending', sending_at = now()"
_SETTLED = "status = $4, error_message = left($5, 500), settled_at = now()"

_SENT = """
UPDATE outbox
   SET status = $3, error_message = left($4, 500), settled_at = now()
 WHERE id = $1 AND attempt = $2 AND status = 'sending'
"""

_NOT_TAKEN = """
UPDATE outbox
   SET status = 'due', sending_at = NULL, faults = faults + 1, next_attempt_at = now() + make_interval(secs => $3)
 WHERE id = $1 AND attempt = $2 AND status = 'sending'
"""

_ABANDON = """
UPDATE outbox
   SET status = 'unknown', settled_at = now()
 WHERE status = 'sending' AND sending_at < now() - make_interval(secs => $1)
RETURNING id
"""

_DELETE_OLD = """
DELETE FROM outbox
 WHERE id = ANY (ARRAY(SELECT id FROM outbox WHERE settled_at < now() - make_interval(days => $1) LIMIT $2))
"""


def mail_kind(composers: Mapping[str, Compose]) -> Kind[Mail]:
    """The kind of work that sends mails; ``composers`` by topic."""

    async def send(worker: WorkerContext, held: Held[Mail]) -> Outcome:
        return await send_mail(worker, held, composers[held.row.topic])

    return Kind(
        name="email",
        queue=Queue.MAILS,
        table="outbox",
        key=int,
        waiting="due",
        running="connecting",
        where="channel = 'mail'",
        row=Mail,
        run=send,
        set_on_fail="settled_at = now()",
        on_status=_count,
        title="replace(replace(topic, 'bdr', 'download'), '_', ' ')",
        next_step="CASE WHEN error_message ~ 'Recipient|e-mail address' THEN 'address' ELSE 'retry' END",
        ended="settled_at",
        set_on_restart="settled_at = NULL, sending_at = NULL",
        needs=("mail",),
        time_limit_seconds=TIME_LIMIT_SECONDS,
        concurrency=8,
        max_retries=MAX_RETRIES,
        gave_up_message="The mail server could not be reached.",
        kept_dying_message="Its workers died again and again.",
    )


def _count(status: str) -> None:
    if status in EMAIL_ENDS:
        EMAILS.labels(status).inc()


async def send_mail(worker: WorkerContext, held: Held[Mail], compose: Compose) -> Outcome:
    """Send one mail, unless it has become pointless."""
    mailer = Mailer.of(worker.settings)
    if mailer is None:
        return await _end(worker.pool, held, "off")
    try:
        message = await compose(worker, mailer, held.row)
    except ValueError as error:
        return Failed(str(error))
    if message is not None and held.row.request_id:
        message["X-Request-ID"] = held.row.request_id
    if message is None:
        return await _end(worker.pool, held, "dropped")
    try:
        with step("mail", "connected and sent"):
            async with mailer.connected() as session:
                await session.mail(mailer.mail_from)
                await session.rcpt(message["To"].addresses[0].addr_spec)
                await held.settle(worker.pool, _SENDING)
                await _hand_over(worker, held.row, session, message)
    except MAIL_FAULTS as error:
        return Failed(repr(error)) if is_refusal(error) else Retry(repr(error))
    return Done()


async def _end(pool: Pool, held: Held[Mail], status: str) -> Outcome:
    await held.settle(pool, _SETTLED, status, None)
    _count(status)
    log.info(f"email_{status}")
    return Done()


async def _hand_over(worker: WorkerContext, mail: Mail, session: aiosmtplib.SMTP, message: EmailMessage) -> None:
    """Send the message's bytes; from here on the server may have accepted it, whatever we hear."""
    content = message.as_bytes(policy=SMTP.clone(cte_type="7bit"))
    try:
        await session.data(content, timeout=DATA_SECONDS)
    except aiosmtplib.SMTPDataError as error:
        if is_refusal(error) or mail.faults >= MAX_RETRIES:
            await worker.pool.execute(_SENT, mail.id, mail.attempt, "failed", repr(error))
            _count("failed")
            log.error("email_failed", error=repr(error))
        else:
            await worker.pool.execute(_NOT_TAKEN, mail.id, mail.attempt, retry_delay(mail.faults))
            log.warning("email_retry", error=repr(error))
    except MAIL_FAULTS as error:
        await worker.pool.execute(_SENT, mail.id, mail.attempt, "unknown", repr(error))
        _count("unknown")
        log.warning("email_unknown", error=repr(error))
    else:
        await worker.pool.execute(_SENT, mail.id, mail.attempt, "sent", None)
        _count("sent")
        log.info("email_sent")


async def sweep_outbox(worker: WorkerContext) -> None:
    """End mails as ``unknown`` whose worker died while sending."""
    for row in await worker.pool.fetch(_ABANDON, TIME_LIMIT_SECONDS):
        _count("unknown")
        log.warning("email_unknown", email_id=row["id"])


async def delete_old_mails(connection: Connection | Pool) -> None:
    """Daily upkeep."""
    await forget(connection, _DELETE_OLD, KEEP_DAYS)
