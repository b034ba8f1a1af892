"""What is told about a download by mail: once when it is ready, once when it has finally failed (SPEC section 8).

The row of the outbox is written in the transaction that ends the request; the message is made when it is sent, so
that it says what is true then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from uuid import UUID

import msgspec

from ..database import Connection
from ..outbox import Mailer, compose
from ..outbox.sender import Compose, Mail
from ..work.context import WorkerContext
from .queries import Missing, Status

_ANNOUNCE = """
INSERT INTO outbox (topic, user_id, about, news)
SELECT 'bdr_' || status, user_id, id::text, attempt::text
  FROM batch_download_requests
 WHERE id = ANY($1) AND send_email
    ON CONFLICT DO NOTHING
RETURNING id
"""

# What has been removed or begun anew since has no news any more.
_OUTCOME = """
SELECT id, user_id, status, artwork_count, missing, file_size_bytes, expires_at, error_message
  FROM batch_download_requests
 WHERE id = $1 AND attempt = $2 AND status = $3 AND deleted_at IS NULL
"""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to tell about a request."""

    id: UUID
    user_id: int
    status: Status
    artwork_count: int
    missing: Sequence[Missing]
    file_size_bytes: int | None
    expires_at: datetime | None
    error_message: str | None


async def announce(connection: Connection, bdr_ids: Sequence[UUID]) -> Sequence[int]:
    """Have these requests' outcomes told to who asked for that; the ids of the mails that are due."""
    return [row["id"] for row in await connection.fetch(_ANNOUNCE, bdr_ids)]


async def announce_failed(connection: Connection, bdr_ids: Sequence[UUID]) -> None:
    await announce(connection, bdr_ids)


async def compose_news(worker: WorkerContext, mailer: Mailer, mail: Mail) -> EmailMessage | None:
    """The message about an outcome; None when it is past.

    Raises:
        ValueError: the user has no address, or one that is none.
    """
    status = mail.topic.removeprefix("bdr_")
    row = await worker.pool.fetchrow(_OUTCOME, UUID(mail.about), int(mail.news), status)
    return await _compose(worker, mailer, msgspec.convert(dict(row), News)) if row else None


COMPOSERS: Mapping[str, Compose] = {"bdr_ready": compose_news, "bdr_failed": compose_news}


async def _compose(worker: WorkerContext, mailer: Mailer, news: News) -> EmailMessage:
    """Raises: ValueError: the user has no address, or one that is none."""
    reader = await find_reader(worker, news.user_id)
    site = worker.settings.site_name
    subjects = {"ready": f"Your {site} download is ready", "failed": f"Your {site} download could not be built"}
    return compose(
        f"bdr_{news.status}",
        subject=subjects[news.status],
        sender=mailer.mail_from,
        sender_name=site,
        recipient=reader.email,
        site=site,
        handle=reader.handle,
        artwork_count=news.artwork_count - len(news.missing),
        requested_count=news.artwork_count,
        missing=news.missing,
        size=readable_size(news.file_size_bytes or 0),
        url=f"{reader.dashboard_url}?bdr={news.id}",
        expires_at=news.expires_at,
        error_message=news.error_message,
    )


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a message goes, and where their dashboard is."""

    email: str
    handle: str
    dashboard_url: str


async def find_reader(worker: WorkerContext, user_id: int) -> Reader:
    """Raises: ValueError: the user has no address."""
    user = await worker.pool.fetchrow("SELECT id, public_sqid, handle, email FROM users WHERE id = $1", user_id)
    if user is None or not user["email"]:
        raise ValueError("the user has no e-mail address")
    sqid = worker.ids.of(user["id"], user["public_sqid"])
    return Reader(
        email=user["email"],
        handle=user["handle"],
        dashboard_url=f"{worker.settings.base_url.rstrip('/')}/u/{sqid}/posts",
    )


def readable_size(size: int) -> str:
    """Bytes as people read them, in powers of 1024."""
    value = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"
