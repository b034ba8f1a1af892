"""``send_bdr_email``: one message when a download is ready, one when it has finally failed (SPEC section 8).

The row says that a message is due; this job sends it, and never touches the request itself. Once the server is ready to
take the message the row is marked ``sending``: whoever else comes finds nothing due.
"""

import random
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from ..ops.telemetry import log
from ..outbox import MAIL_FAULTS, Mailer, compose, is_refusal
from ..work.context import WorkerContext
from ..work.queue import SEND_BDR_EMAIL
from .queries import Missing, Status

MAX_TRIES = 6
RETRY_BASE_SECONDS = 10.0
RETRY_CAP_SECONDS = 3600.0
# Longer than any session with a server can take: past it, the worker that was sending is dead.
SENDING_SECONDS = 300

_IS_DUE = "id = $1 AND email_status = 'due' AND email_at <= now() AND deleted_at IS NULL"

_CLAIM = f"""
UPDATE batch_download_requests
   SET email_status = 'sending', email_tries = email_tries + 1, email_at = now() + make_interval(secs => $2)
 WHERE {_IS_DUE}
RETURNING id, user_id, status, artwork_count, missing, file_size_bytes, expires_at, error_message
"""

_SETTLE = "UPDATE batch_download_requests SET email_status = $2, email_at = now() WHERE id = $1 AND email_status = $3"

_POSTPONE = """
UPDATE batch_download_requests
   SET email_status = CASE WHEN email_tries + $4 >= $3 THEN 'failed' ELSE 'due' END, email_tries = email_tries + $4,
       email_at = now() + make_interval(secs => $2)
 WHERE id = $1 AND email_status IN ('due', 'sending')
RETURNING email_status, email_tries
"""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to tell about a request."""

    id: UUID
    user_id: int
    status: Status
    artwork_count: int
    missing: Sequence[Missing]
    file_size_bytes: int | None
    expires_at: datetime | None
    error_message: str | None


async def send_bdr_email(context: dict[str, Any], bdr_id: str) -> None:
    """Send the message that is due about this request, if there is one."""
    worker: WorkerContext = context["worker"]
    with structlog.contextvars.bound_contextvars(bdr_id=bdr_id):
        tries = await worker.pool.fetchval(
            f"SELECT email_tries FROM batch_download_requests WHERE {_IS_DUE}", UUID(bdr_id)
        )
        if tries is None:
            log.info("email_not_due")
        elif worker.mailer is None:
            log.info("email_off")
            await worker.pool.execute(_SETTLE, UUID(bdr_id), "off", "due")
        else:
            await _send(worker, worker.mailer, UUID(bdr_id), tries)


async def _send(worker: WorkerContext, mailer: Mailer, bdr_id: UUID, tries: int) -> None:
    claimed = False
    try:
        # Connecting takes the longest and fails most; nothing is marked until the server is ready to take the message.
        async with mailer.connected() as session:
            row = await worker.pool.fetchrow(_CLAIM, bdr_id, SENDING_SECONDS)
            if row is None:
                return
            claimed = True
            message = await _compose(worker, mailer, msgspec.convert(dict(row), Outcome))
            await session.send_message(message)
    except MAIL_FAULTS as error:
        if is_refusal(error):
            await _give_up(worker, bdr_id, repr(error))
        else:
            await _postpone(worker, bdr_id, tries, claimed=claimed, error=repr(error))
    except ValueError as error:
        # No address, or one that is none: nothing that the server could be asked about.
        await _give_up(worker, bdr_id, str(error))
    else:
        await worker.pool.execute(_SETTLE, bdr_id, "sent", "sending")
        log.info("email_sent")


async def _give_up(worker: WorkerContext, bdr_id: UUID, error: str) -> None:
    await worker.pool.execute(_SETTLE, bdr_id, "failed", "sending")
    log.error("email_failed", error=error)


async def _postpone(worker: WorkerContext, bdr_id: UUID, tries: int, *, claimed: bool, error: str) -> None:
    delay = min(RETRY_BASE_SECONDS * 3.0**tries, RETRY_CAP_SECONDS) * random.uniform(0.5, 1)  # noqa: S311 - jitter
    # A claim has counted its try already.
    row = await worker.pool.fetchrow(_POSTPONE, bdr_id, delay, MAX_TRIES, 0 if claimed else 1)
    if row is None or row["email_status"] == "failed":
        log.error("email_failed", error=error)
        return
    log.warning("email_postponed", error=error, delay_seconds=delay)
    await worker.queues.enqueue(SEND_BDR_EMAIL, bdr_id, row["email_tries"], delay_seconds=delay)


async def _compose(worker: WorkerContext, mailer: Mailer, outcome: Outcome) -> EmailMessage:
    """Raises: ValueError: the user has no address, or one that is none."""
    user = await worker.pool.fetchrow("SELECT id, public_sqid, handle, email FROM users WHERE id = $1", outcome.user_id)
    if user is None or not user["email"]:
        raise ValueError("the user has no e-mail address")
    site = worker.settings.site_name
    subjects = {"ready": f"Your {site} download is ready", "failed": f"Your {site} download could not be built"}
    return compose(
        f"bdr_{outcome.status}",
        subject=subjects[outcome.status],
        sender=mailer.mail_from,
        sender_name=site,
        recipient=user["email"],
        site=site,
        handle=user["handle"],
        artwork_count=outcome.artwork_count - len(outcome.missing),
        requested_count=outcome.artwork_count,
        missing=outcome.missing,
        size=readable_size(outcome.file_size_bytes or 0),
        url=_dashboard_url(worker, user, outcome.id),
        expires_at=outcome.expires_at,
        error_message=outcome.error_message,
    )


def _dashboard_url(worker: WorkerContext, user: asyncpg.Record, bdr_id: UUID) -> str:
    sqid = worker.ids.of(user["id"], user["public_sqid"])
    return f"{worker.settings.base_url.rstrip('/')}/u/{sqid}/posts?bdr={bdr_id}"


def readable_size(size: int) -> str:
    """Bytes as people read them, in powers of 1024."""
    value = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"
