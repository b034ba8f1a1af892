"""Limits on announcing files: the user's allowance, the disk, and the number of open uploads."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from ..assets.allowance import read_allowance
from ..assets.disk import has_room
from ..base.database import POOL, Connection
from ..base.faults import is_disk_full
from ..base.settings import Settings
from ..http.errors import ProblemError, too_many
from ..http.turns import turn_of
from ..identity.users import ACTOR
from ..locales import translatable
from ..vault import VAULT, VaultFaultError
from .lease import UploadLease

MAX_OPEN_UPLOADS = 4
MAX_OPEN_PARTS = 256


async def require_quota(
    connection: Connection, settings: Settings, *, user_id: int, needed_bytes: int, needed_files: int
) -> None:
    """Check that this fits into the user's allowance; holds until the transaction ends, under ``lock_library``.

    Raises:
        ProblemError: 422, it does not.
    """
    if not needed_files:
        return
    allowance = await read_allowance(connection, settings, user_id=user_id)
    if needed_bytes > allowance.left_bytes:
        raise _full(translatable(f"{allowance.left_bytes:,} more bytes, but these files have {needed_bytes:,}"))
    if needed_files > allowance.left_files:
        raise _full(translatable(f"{allowance.left_files:,} more files, but these are {needed_files:,}"))


def _full(room: str) -> ProblemError:
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"Your library has room for {room}. Files in the trash count until it is emptied.",
        kind="library-full",
    )


async def require_disk(connection: Connection, *, user_id: int, free: int | None, more: int = 0) -> None:
    """Check that the disk has room for what the transaction has reserved for the user.

    It must be the transaction's last step: it takes a lock that all users share, so they wait only for each other's
    commit.

    Args:
        free: the disk's free bytes; None if the vault is not on a disk.
        more: further bytes that are needed.

    Raises:
        ProblemError: 507, there is too little left for this user.
    """
    if free is not None and not await has_room(connection, free=free, more=more, user_id=user_id):
        raise insufficient_storage()


_RESERVE_AGAIN = """
UPDATE library_usage SET awaited_until = now() + interval '1 minute' WHERE user_id = $1
"""


async def reserve_again(request: web.Request, lease: UploadLease) -> None:
    """Reserve what the user's uploads still wait for, after their reservation has lapsed.

    Raises:
        ProblemError: 507, the room has been given to others meanwhile.
    """
    user_id, free = request[ACTOR].subject.id, await request.app[VAULT].free_bytes()
    async with turn_of(request), request.app[POOL].acquire() as connection, connection.transaction():
        await connection.execute(_RESERVE_AGAIN, user_id)
        await require_disk(connection, user_id=user_id, free=free)
    lease.is_lapsed = False


def insufficient_storage() -> ProblemError:
    """The disk is full: temporary, so not a 4xx."""
    return ProblemError(
        HTTPStatus.INSUFFICIENT_STORAGE,
        "The server's disk is full at the moment. Please try again later.",
        headers={"Retry-After": "600"},
    )


@contextmanager
def translate_full_vault() -> Iterator[None]:
    """Raises: ProblemError: 507, the vault has failed because it is full."""
    try:
        yield
    except VaultFaultError as error:
        if not is_disk_full(error):
            raise
        raise insufficient_storage() from error


async def require_upload_slot(connection: Connection, *, user_id: int, excluding: UUID | None = None) -> None:
    """Check that the user may have one more open upload, not counting ``excluding``.

    Raises:
        ProblemError: 429, too many of them wait for bytes.
    """
    waiting = await connection.fetchval(
        """
        SELECT count(*)
          FROM batch_reports
         WHERE user_id = $1 AND status = 'processing' AND NOT is_parts AND id IS DISTINCT FROM $2
           AND EXISTS (SELECT FROM batch_report_files
                        WHERE batch_id = batch_reports.id AND processing_status = 'pending'
                          AND NOT is_received)""",
        user_id,
        excluding,
    )
    if waiting >= MAX_OPEN_UPLOADS:
        detail = f"{MAX_OPEN_UPLOADS} uploads are open already. Wait until one of them ends, or stop it."
        raise too_many(detail, seconds=60, kind="open-uploads")


async def require_part_slot(connection: Connection, *, user_id: int) -> None:
    """Check that the user may have one more part of a file that waits for its concatenation.

    Raises:
        ProblemError: 429, too many do.
    """
    waiting = await connection.fetchval(
        "SELECT count(*) FROM batch_reports WHERE user_id = $1 AND status = 'processing' AND is_parts", user_id
    )
    if waiting >= MAX_OPEN_PARTS:
        detail = f"{MAX_OPEN_PARTS} parts of files are open already. Concatenate them, or stop some."
        raise too_many(detail, seconds=60, kind="open-parts")
