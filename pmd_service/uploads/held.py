"""Holds: a server's lease on a file that it receives, kept in the file's row, also between two requests.

An object store charges for each piece of a file. So bytes beyond the last whole piece are buffered here for the next
request, and the hold is kept: the next request to this server continues, and another server requests the file like one
that is being received. After a minute without a request the buffered bytes are written to the store. If the server
dies they are lost; the client is then given the offset at which the store's last piece ends.
"""

import asyncio
import time
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from ..base.database import DATABASE_DOWN, Pool
from ..base.telemetry import log
from ..events.listener import CHANNEL
from ..http.turns import Turn
from ..vault import IncomingWriter, VaultFaultError
from .shapes import TusFields

HOLD_SECONDS = 15.0
RENEW_SECONDS = 1.0
# Between requests a hold is renewed less often: a server that requests the file also sends a notification.
WAITING_SECONDS = 60.0
RENEW_WAITING_SECONDS = 5.0
# Per process; each takes up to 8 MiB of its disk. Beyond that, the oldest is written to the store.
MAX_WAITING = 128
# The kind of notification that a file has been released for which another request waits.
RELEASED = "upload_file_freed"
# The kind of notification that a request has started to wait for a file.
ASKED = "upload_file_asked"


class Wanted(NamedTuple):
    """A file as a client names it. With the user, so that a stranger cannot interrupt its owner."""

    user_id: int
    upload_id: UUID
    file_id: UUID


class Hold(msgspec.Struct, kw_only=True):
    """The lease on a file: its holder may write to it until ``interrupted`` is set."""

    file_id: UUID
    token: UUID
    file_size: int
    received_bytes: int  # as last recorded in the row
    expires_at: datetime
    tus: TusFields
    interrupted: asyncio.Event
    is_lapsed: bool  # whether the user's reservation on the disk counts no longer
    is_released: bool = False  # whether the row has been released already
    writer: IncomingWriter | None = None  # with the buffered bytes that are not in the store yet

    def is_whole(self, size: int) -> bool:
        """Whether a file of this size is complete and may be probed; a part never is."""
        return size == self.file_size and not self.tus.is_deferred and not self.tus.is_part


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is complete: nothing may be written to it any more."""

    file_size: int
    expires_at: datetime
    tus: TusFields


_RENEW = """
UPDATE batch_report_files SET receiver_until = now() + make_interval(secs => $3)
 WHERE id = $1 AND receiver = $2
RETURNING interrupted
"""

# Notifies the requests that wait for it, on all servers.
NOTIFY_RELEASED = f"CASE WHEN interrupted THEN pg_notify('{CHANNEL}', concat_ws(' ', user_id, '{RELEASED}', id)) END"

_RELEASE = f"""
UPDATE batch_report_files SET receiver = NULL, receiver_until = NULL WHERE id = $1 AND receiver = $2
RETURNING {NOTIFY_RELEASED}
"""


async def release(pool: Pool, file_id: UUID, token: UUID) -> None:
    await pool.execute(_RELEASE, file_id, token)


_INTERRUPT_ALL = f"""
UPDATE batch_report_files SET interrupted = true
 WHERE user_id = $1 AND receiver_until > now()
RETURNING pg_notify('{CHANNEL}', concat_ws(' ', user_id, '{ASKED}', id))
"""
_HELD = "SELECT EXISTS (SELECT FROM batch_report_files WHERE user_id = $1 AND receiver_until > now())"


async def release_all(pool: Pool, user_id: int) -> None:
    """Interrupt all requests that receive files of this user, and wait until what has arrived is stored, if it is."""
    if not await pool.fetch(_INTERRUPT_ALL, user_id):
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(HOLD_SECONDS):
            while await pool.fetchval(_HELD, user_id):  # noqa: ASYNC110 - the holders are other processes
                await asyncio.sleep(RENEW_SECONDS / 4)


async def end_hold(pool: Pool, hold: Hold, renewing: asyncio.Task[None], turn: Turn) -> None:
    renewing.cancel()
    await asyncio.gather(renewing, return_exceptions=True)
    if not hold.is_released:
        async with turn():
            await release(pool, hold.file_id, hold.token)


async def renew(pool: Pool, hold: Hold, every: float = RENEW_SECONDS) -> None:
    """Renew the hold until another request wants the file or the hold is lost; then set ``interrupted``."""
    renewed = time.monotonic()
    while time.monotonic() - renewed < HOLD_SECONDS - every:
        await asyncio.sleep(every)
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


class Waiting:
    """The holds of this process with buffered bytes between two requests, the oldest first."""

    def __init__(self) -> None:
        self._holds: dict[Wanted, Hold] = {}
        self._ends: set[asyncio.Task[None]] = set()

    def add(self, pool: Pool, wanted: Wanted, hold: Hold, turn: Turn) -> None:
        self._holds[wanted] = hold
        if len(self._holds) > MAX_WAITING:
            next(iter(self._holds.values())).interrupted.set()
        end = asyncio.create_task(self._wait(pool, wanted, hold, turn), name=f"buffered bytes of {wanted.file_id}")
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)

    def pop(self, wanted: Wanted) -> Hold | None:
        """Remove and return the hold on this file, for the request that continues it."""
        hold = self._holds.pop(wanted, None)
        if hold is not None:
            hold.interrupted.set()  # ends its waiting task
        return hold

    def asked(self, file_id: str) -> None:
        """Release a file for which another server waits."""
        for wanted, hold in self._holds.items():
            if str(wanted.file_id) == file_id:
                hold.interrupted.set()

    async def end(self) -> None:
        """The process is stopping: write everything to the store."""
        for hold in self._holds.values():
            hold.interrupted.set()
        await asyncio.gather(*self._ends)

    async def _wait(self, pool: Pool, wanted: Wanted, hold: Hold, turn: Turn) -> None:
        renewing = asyncio.create_task(renew(pool, hold, RENEW_WAITING_SECONDS), name=f"receiving {wanted.file_id}")
        with suppress(TimeoutError):
            await asyncio.wait_for(hold.interrupted.wait(), WAITING_SECONDS)
        if self._holds.get(wanted) is not hold:
            renewing.cancel()
            return
        del self._holds[wanted]
        assert hold.writer is not None
        try:
            # It may have been stopped meanwhile, or taken over by a server that found our lease expired.
            async with turn():
                is_ours = await pool.fetchval(_RENEW, hold.file_id, hold.token, HOLD_SECONDS) is not None
            if is_ours:
                await hold.writer.flush()
        except (VaultFaultError, asyncpg.PostgresError, *DATABASE_DOWN) as error:
            log.warning("received_not_stored", file_id=str(hold.file_id), error=repr(error))
        finally:
            await hold.writer.close()
            with suppress(asyncpg.PostgresError, *DATABASE_DOWN):
                await end_hold(pool, hold, renewing, turn)
