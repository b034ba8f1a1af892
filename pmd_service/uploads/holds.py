"""Who is receiving a file: one request at a time, on whichever server, and how the next one makes it let go.

A client that comes back knows that its old connection is dead; the server may not know it for minutes. So whoever
asks for a file that is being received interrupts that, waits until what has arrived is durable, and only then goes on.
The holder is in the row. It renews its hold every second and reads there whether somebody waits; within one process it
is told at once.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec

from ..base.database import DATABASE_DOWN, Pool
from ..base.telemetry import log
from ..http.errors import ProblemError, gone, not_found
from .queries import IS_AWAITED

HOLD_SECONDS = 15.0
RENEW_SECONDS = 1.0
ASK_SECONDS = 0.1
WAIT_SECONDS = HOLD_SECONDS + 5


class Hold(msgspec.Struct, kw_only=True):
    """A file that this request may write to, until ``interrupted`` is set."""

    file_id: UUID
    token: UUID
    file_size: int
    received_bytes: int  # as far as it was told
    expires_at: datetime
    interrupted: asyncio.Event
    is_told: bool = False  # whether the row says already that nobody holds it


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose bytes are all here: nobody writes to it any more."""

    file_size: int
    expires_at: datetime


class Receivers:
    """The files that this process is receiving."""

    def __init__(self) -> None:
        self._held: dict[UUID, asyncio.Event] = {}
        self._endings: set[asyncio.Task[None]] = set()

    def interrupt(self, file_id: UUID) -> None:
        if event := self._held.get(file_id):
            event.set()

    @asynccontextmanager
    async def hold(self, pool: Pool, *, user_id: int, upload_id: UUID, file_id: UUID) -> AsyncIterator[Hold | Settled]:
        """The file, once whoever was receiving it has let go.

        Raises:
            ProblemError: 404 no such file of this user, 410 it has failed, was stopped or is too late, 423 its
                receiver does not let go.
        """
        hold = await self._take(pool, user_id, upload_id, file_id)
        if isinstance(hold, Settled):
            yield hold
            return
        renewing = asyncio.create_task(_renew(pool, hold), name=f"receiving {file_id}")
        try:
            yield hold
        finally:
            # Before anything is awaited: a client that goes just now cancels us there.
            del self._held[file_id]
            await self._to_the_end(_let_go(pool, hold, renewing))

    async def _take(self, pool: Pool, user_id: int, upload_id: UUID, file_id: UUID) -> Hold | Settled:
        token, began = uuid4(), time.monotonic()
        while True:
            if file_id not in self._held:
                try:
                    row = await pool.fetchrow(_TAKE, file_id, upload_id, user_id, token, HOLD_SECONDS)
                except asyncio.CancelledError:
                    # It may have become ours all the same.
                    await self._to_the_end(_release(pool, file_id, token))
                    raise
                if row is not None:
                    self._held[file_id] = interrupted = asyncio.Event()
                    return Hold(file_id=file_id, token=token, interrupted=interrupted, **row)
            if settled := await self._ask_for_it(pool, user_id, upload_id, file_id):
                return settled
            if time.monotonic() - began > WAIT_SECONDS:
                raise ProblemError(
                    HTTPStatus.LOCKED, "This file is being received by another request.", headers={"Retry-After": "5"}
                )
            await asyncio.sleep(ASK_SECONDS)

    async def _ask_for_it(self, pool: Pool, user_id: int, upload_id: UUID, file_id: UUID) -> Settled | None:
        """Ask the holder to let go; a file that nobody can hold any more is told as it is."""
        row = await pool.fetchrow(_ASK, file_id, upload_id, user_id)
        if row is None:
            raise not_found("file")
        if row["is_here"]:
            return Settled(file_size=row["file_size"], expires_at=row["expires_at"])
        if not row["is_awaited"]:
            raise gone(row["error_message"] or "This upload is no longer open.")
        self.interrupt(file_id)
        return None

    async def _to_the_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for it; it goes on though the client is gone and nobody waits any more."""
        ending = asyncio.create_task(work)
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        await asyncio.shield(ending)


_TAKE = f"""
UPDATE batch_report_files AS files
   SET receiver = $4, receiver_until = now() + make_interval(secs => $5), interrupted = false
  FROM batch_reports
 WHERE files.id = $1 AND files.batch_id = $2 AND files.user_id = $3 AND batch_reports.id = $2
   AND {IS_AWAITED} AND batch_reports.expires_at > now() AND (receiver IS NULL OR receiver_until < now())
RETURNING file_size, files.received_bytes, batch_reports.expires_at
"""

_ASK = f"""
WITH asked AS (
    UPDATE batch_report_files SET interrupted = true
     WHERE id = $1 AND batch_id = $2 AND user_id = $3 AND receiver IS NOT NULL AND NOT interrupted
)
SELECT file_size, error_message, batch_reports.expires_at,
       batch_reports.expires_at > now() AND ({IS_AWAITED}) AS is_awaited,
       processing_status IN ('processing', 'success') OR (processing_status = 'pending' AND follows IS NULL
                                                          AND next_attempt_at < 'infinity') AS is_here
  FROM batch_report_files AS files
  JOIN batch_reports ON batch_reports.id = batch_id
 WHERE files.id = $1 AND files.batch_id = $2 AND files.user_id = $3
"""

_RENEW = """
UPDATE batch_report_files SET receiver_until = now() + make_interval(secs => $3)
 WHERE id = $1 AND receiver = $2
RETURNING interrupted
"""

_LET_GO = "UPDATE batch_report_files SET receiver = NULL, receiver_until = NULL WHERE id = $1 AND receiver = $2"


async def _let_go(pool: Pool, hold: Hold, renewing: asyncio.Task[None]) -> None:
    renewing.cancel()
    await asyncio.gather(renewing, return_exceptions=True)
    if not hold.is_told:
        await _release(pool, hold.file_id, hold.token)


async def _release(pool: Pool, file_id: UUID, token: UUID) -> None:
    await pool.execute(_LET_GO, file_id, token)


async def _renew(pool: Pool, hold: Hold) -> None:
    """Keep the file for as long as nobody asks for it; the holder hears of it when it is not its own any more."""
    renewed = time.monotonic()
    while time.monotonic() - renewed < HOLD_SECONDS - RENEW_SECONDS:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            began = time.monotonic()
            interrupted = await pool.fetchval(_RENEW, hold.file_id, hold.token, HOLD_SECONDS)
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            log.warning("receiving_not_renewed", error=repr(error))
            continue
        if interrupted is None or interrupted:
            break
        renewed = began
    hold.interrupted.set()
