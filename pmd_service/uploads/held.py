"""A file that a server has, for as long as its row says so; also between two requests, while the next may bring more.

A store bills each piece of a file. So what a request has brought beyond its last piece waits here for the next one, and
the row goes on saying whose the file is: this server takes up where it was, and another one asks for it as for a file
that is being received. What nobody comes back for goes into the store after a minute. With its server it is lost: then
the file ends where the store's last piece does, and its sender is told so.
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
# Between requests the row is told less often: who asks for the file sends a notification as well.
WAITING_SECONDS = 60.0
RENEW_WAITING_SECONDS = 5.0
# Of one process; each is up to 8 MiB on its disk. Beyond, the one that has waited longest goes into the store.
MAX_WAITING = 128
# The kind of the notification that a file which somebody waits for is free.
RELEASED = "upload_file_freed"
# And of the one that somebody has begun to wait for a file.
ASKED = "upload_file_asked"


class Wanted(NamedTuple):
    """A file as its sender names it: who is not its owner stands in a line of their own."""

    user_id: int
    upload_id: UUID
    file_id: UUID


class Hold(msgspec.Struct, kw_only=True):
    """A file that this request may write to, until ``interrupted`` is set."""

    file_id: UUID
    token: UUID
    file_size: int
    received_bytes: int  # as far as it was told
    expires_at: datetime
    tus: TusFields
    interrupted: asyncio.Event
    is_released: bool = False  # whether the row says already that nobody holds it
    writer: IncomingWriter | None = None  # has what is not in the store yet

    def is_whole(self, size: int) -> bool:
        """Whether so many bytes are a file that may be looked at; a part never is."""
        return size == self.file_size and not self.tus.is_deferred and not self.tus.is_part


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose bytes are all here: nobody writes to it any more."""

    file_size: int
    expires_at: datetime
    tus: TusFields


_RENEW = """
UPDATE batch_report_files SET receiver_until = now() + make_interval(secs => $3)
 WHERE id = $1 AND receiver = $2
RETURNING interrupted
"""

# Whoever has waited for it hears of it, on whichever server.
NOTIFY_RELEASED = f"CASE WHEN interrupted THEN pg_notify('{CHANNEL}', concat_ws(' ', user_id, '{RELEASED}', id)) END"

_RELEASE = f"""
UPDATE batch_report_files SET receiver = NULL, receiver_until = NULL WHERE id = $1 AND receiver = $2
RETURNING {NOTIFY_RELEASED}
"""


async def release(pool: Pool, file_id: UUID, token: UUID) -> None:
    await pool.execute(_RELEASE, file_id, token)


async def end_hold(pool: Pool, hold: Hold, renewing: asyncio.Task[None], turn: Turn) -> None:
    renewing.cancel()
    await asyncio.gather(renewing, return_exceptions=True)
    if not hold.is_released:
        async with turn():
            await release(pool, hold.file_id, hold.token)


async def renew(pool: Pool, hold: Hold, every: float = RENEW_SECONDS) -> None:
    """Keep the file for as long as nobody asks for it; the holder hears of it when it is not its own any more."""
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
    """The files of this process whose last bytes wait for more, the oldest first."""

    def __init__(self) -> None:
        self._holds: dict[Wanted, Hold] = {}
        self._ends: set[asyncio.Task[None]] = set()

    def add(self, pool: Pool, wanted: Wanted, hold: Hold, turn: Turn) -> None:
        self._holds[wanted] = hold
        if len(self._holds) > MAX_WAITING:
            next(iter(self._holds.values())).interrupted.set()
        end = asyncio.create_task(self._wait(pool, wanted, hold, turn), name=f"waiting for more of {wanted.file_id}")
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)

    def take(self, wanted: Wanted) -> Hold | None:
        """The hold on this file, for whoever goes on with it."""
        hold = self._holds.pop(wanted, None)
        if hold is not None:
            hold.interrupted.set()  # its waiting is over
        return hold

    def asked(self, file_id: str) -> None:
        """Another server waits for this file."""
        for wanted, hold in self._holds.items():
            if str(wanted.file_id) == file_id:
                hold.interrupted.set()

    async def end(self) -> None:
        """Nobody comes any more: all of it goes into the store."""
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
            # What has been stopped meanwhile, or taken by a server that thought us dead, is no concern of ours.
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
