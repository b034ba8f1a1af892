"""Whether there is room: in the user's allowance, on the disk, and among their open uploads."""

import errno
from http import HTTPStatus
from uuid import UUID

from ..assets.allowance import read_allowance
from ..assets.asset import lock_library
from ..database import Connection
from ..http.errors import ProblemError
from ..identity.users import Actor
from ..ops.settings import Settings
from ..vault import Vault

MAX_OPEN_UPLOADS = 4
# What an upload may not use up: Postgres, logs and archives of the same machine go on.
DISK_RESERVE_BYTES = 64 * 1024**2


async def lock_announcing(connection: Connection, actor: Actor) -> None:
    """Until the transaction ends, nobody else reserves anything of the disk or of this user's allowance."""
    # “upl” in ASCII. One lock for all: an announcement takes a few milliseconds.
    await connection.execute("SELECT pg_advisory_xact_lock(x'75706c'::int, 0)")
    await lock_library(connection, user_id=actor.subject.id)


async def require_room(connection: Connection, vault: Vault, settings: Settings, actor: Actor, needed: int) -> None:
    """Let so many bytes more be reserved; under ``lock_announcing``.

    Raises:
        ProblemError: 422 over the allowance, 507 over the disk.
    """
    if needed == 0:
        return
    allowance = await read_allowance(connection, user_id=actor.subject.id, limit_bytes=settings.library_max_bytes)
    if needed > allowance.left_bytes:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"Your library has room for {allowance.left_bytes:,} more bytes, and these files have {needed:,}. "
            "What lies in the trash counts until it is emptied.",
            kind="library-full",
        )
    free = await vault.free_bytes()
    if free is None:
        return
    awaited = await connection.fetchval(
        """SELECT coalesce(sum(file_size - received_bytes), 0)::bigint
             FROM batch_report_files
            WHERE processing_status = 'pending' AND follows IS NULL"""
    )
    if needed + awaited + DISK_RESERVE_BYTES > free:
        raise insufficient_storage()


def insufficient_storage() -> ProblemError:
    """The disk is full: an operator's matter, which may pass."""
    return ProblemError(
        HTTPStatus.INSUFFICIENT_STORAGE,
        "There is not enough room on the server just now. Please try again later.",
        headers={"Retry-After": "600"},
    )


def is_disk_full(error: BaseException) -> bool:
    """Whether this, or what caused it, is a full disk or a used-up quota of the file system."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


async def require_open_place(connection: Connection, actor: Actor, *, besides: UUID | None = None) -> None:
    """Let the user have one more open upload, ``besides`` being that one.

    Raises:
        ProblemError: 429, enough of them await bytes.
    """
    waiting = await connection.fetchval(
        """
        SELECT count(*)
          FROM batch_reports
         WHERE user_id = $1 AND status = 'processing' AND id IS DISTINCT FROM $2
           AND EXISTS (SELECT FROM batch_report_files
                        WHERE batch_id = batch_reports.id AND processing_status = 'pending'
                          AND next_attempt_at = 'infinity')""",
        actor.subject.id,
        besides,
    )
    if waiting >= MAX_OPEN_UPLOADS:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"{MAX_OPEN_UPLOADS} uploads are open already. Let one of them end, or stop it.",
            kind="open-uploads",
            headers={"Retry-After": "60"},
        )
