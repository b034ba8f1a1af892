"""The lease on a request: who builds it, for how long, and every way a build can end.

Each statement guards on the attempt and the token, so that a worker that lost its lease (killed, frozen, cut off)
can change nothing any more: for it, every function here returns False.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from ..database import DATABASE_DOWN, Connection, Pool
from ..ops.telemetry import log
from ..vault import Stored
from .queries import Missing

T = TypeVar("T")

LEASE_SECONDS = 30.0
# Progress is told at most this often; a cancelled build notices as fast.
HEARTBEAT_SECONDS = 0.5


class LeaseLostError(Exception):
    """The request is somebody else's now, or cancelled, or gone."""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at building one request."""

    id: UUID
    user_id: int
    post_ids: Sequence[int]
    include_comments: bool
    include_reactions: bool
    send_email: bool
    attempt: int
    lease_token: UUID
    faults: int


_CLAIM = """
UPDATE batch_download_requests
   SET status = 'processing', attempt = attempt + 1, lease_token = gen_random_uuid(),
       lease_expires_at = now() + make_interval(secs => $2), started_at = now(), processed_count = 0, missing = '[]'
 WHERE id = $1 AND status = 'pending' AND next_attempt_at <= now() AND deleted_at IS NULL
RETURNING id, user_id, post_ids, include_comments, include_reactions, send_email, attempt, lease_token, faults
"""

_HELD = "WHERE id = $1 AND status = 'processing' AND attempt = $2 AND lease_token = $3"

_RENEW = f"""
UPDATE batch_download_requests
   SET lease_expires_at = now() + make_interval(secs => $4), processed_count = $5
 {_HELD}
RETURNING id
"""

_PUBLISH = f"""
UPDATE batch_download_requests
   SET status = 'ready', lease_token = NULL, lease_expires_at = NULL, error_message = NULL,
       file_path = $4, file_size_bytes = $5, etag = $9, processed_count = $6, missing = $7,
       completed_at = now(), expires_at = now() + make_interval(days => $8),
       email_status = CASE WHEN send_email THEN 'due' END, email_tries = 0, email_at = now()
 {_HELD}
RETURNING id
"""

_RELEASE = f"""
UPDATE batch_download_requests
   SET status = 'pending', lease_token = NULL, lease_expires_at = NULL, processed_count = 0,
       faults = faults + $4, next_attempt_at = now() + make_interval(secs => $5)
 {_HELD}
RETURNING id
"""

_FAIL = f"""
UPDATE batch_download_requests
   SET status = 'failed', lease_token = NULL, lease_expires_at = NULL, error_message = left($4, 500),
       missing = $5, completed_at = now(),
       email_status = CASE WHEN send_email THEN 'due' END, email_tries = 0, email_at = now()
 {_HELD}
RETURNING id
"""


async def claim(connection: Connection | Pool, bdr_id: UUID) -> Lease | None:
    """Take a waiting request; None when it is not waiting (any more), so a second delivery is harmless."""
    row = await connection.fetchrow(_CLAIM, bdr_id, LEASE_SECONDS)
    return Lease(**row) if row else None


async def publish(
    pool: Pool,
    lease: Lease,
    *,
    keep: Callable[[Connection], Awaitable[None]],
    stored: Stored,
    processed_count: int,
    missing: Sequence[Missing],
    ttl_days: int,
) -> bool:
    """Make the request ready: its row names the archive, which lies in the vault already.

    A zombie gets no row, and its archive is a leftover. A crash before the commit leaves a request that is built again.
    """
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(
            _PUBLISH,
            *_held(lease),
            stored.key,
            stored.size,
            processed_count,
            msgspec.to_builtins(missing),
            ttl_days,
            stored.etag,
        )
        if row is None:
            return False
        await keep(connection)
    return True


async def release(connection: Connection | Pool, lease: Lease, *, fault: bool, delay_seconds: float) -> bool:
    """Give the request back to wait for its next attempt; a ``fault`` uses up one of its retries."""
    return await connection.fetchrow(_RELEASE, *_held(lease), int(fault), delay_seconds) is not None


async def fail(
    connection: Connection | Pool, lease: Lease, *, error_message: str, missing: Sequence[Missing] = ()
) -> bool:
    """End the request for good; the message is a sentence for its owner."""
    row = await connection.fetchrow(_FAIL, *_held(lease), error_message, msgspec.to_builtins(missing))
    return row is not None


async def while_held(pool: Pool, lease: Lease, work: Coroutine[Any, Any, T], *, progress: Callable[[], int]) -> T:
    """Do the work, renewing the lease and telling ``progress()`` (artworks done) beside it.

    Raises:
        LeaseLostError: the lease was lost; the work is cancelled and has ended.
    """
    working = asyncio.create_task(work, name=f"build {lease.id}")
    beating = asyncio.create_task(_beat_until_lost(pool, lease, progress), name=f"heartbeat {lease.id}")
    try:
        await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise LeaseLostError
        return working.result()
    finally:
        for task in (beating, working):
            task.cancel()
        await asyncio.gather(beating, working, return_exceptions=True)


async def _beat_until_lost(pool: Pool, lease: Lease, progress: Callable[[], int]) -> None:
    renewed = time.monotonic()
    while time.monotonic() - renewed < LEASE_SECONDS:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        try:
            row = await pool.fetchrow(_RENEW, *_held(lease), LEASE_SECONDS, progress())
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            # The database may be back before the lease ends.
            log.warning("heartbeat_failed", bdr_id=str(lease.id), error=repr(error))
        else:
            if row is None:
                return
            renewed = time.monotonic()


def _held(lease: Lease) -> tuple[UUID, int, UUID]:
    return lease.id, lease.attempt, lease.lease_token
