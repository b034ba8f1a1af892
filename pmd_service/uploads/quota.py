"""Whether there is room: in the user's allowance, on the disk, and among their open uploads."""

from http import HTTPStatus
from uuid import UUID

from ..assets.allowance import read_allowance
from ..assets.disk import has_room
from ..base.database import Connection
from ..base.settings import Settings
from ..http.errors import ProblemError, too_many

MAX_OPEN_UPLOADS = 4
MAX_OPEN_PARTS = 256


async def require_quota(
    connection: Connection, settings: Settings, *, user_id: int, needed_bytes: int, needed_files: int
) -> None:
    """Let so much more be reserved of the user's allowance; true until the transaction's end under ``lock_library``.

    Raises:
        ProblemError: 422, that is over it.
    """
    if not needed_files:
        return
    allowance = await read_allowance(connection, settings, user_id=user_id)
    if needed_bytes > allowance.left_bytes:
        raise _full(f"{allowance.left_bytes:,} more bytes, and these files have {needed_bytes:,}")
    if needed_files > allowance.left_files:
        raise _full(f"{allowance.left_files:,} more files, and these are {needed_files:,}")


def _full(room: str) -> ProblemError:
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"Your library has room for {room}. What lies in the trash counts until it is emptied.",
        kind="library-full",
    )


async def require_disk(connection: Connection, *, user_id: int, free: int | None, more: int = 0) -> None:
    """Let the disk, of which so much is free, promise the user what the transaction has reserved, and so much more.

    The transaction's last step: all who announce wait here for each other, and for nothing but the commit.

    Raises:
        ProblemError: 507, it has too little left for this user.
    """
    if free is not None and not await has_room(connection, free=free, more=more, user_id=user_id):
        raise insufficient_storage()


def insufficient_storage() -> ProblemError:
    """The disk is full: an operator's matter, which may pass."""
    return ProblemError(
        HTTPStatus.INSUFFICIENT_STORAGE,
        "There is not enough room on the server just now. Please try again later.",
        headers={"Retry-After": "600"},
    )


async def require_open_place(connection: Connection, *, user_id: int, besides: UUID | None = None) -> None:
    """Let the user have one more open upload, ``besides`` being that one.

    Raises:
        ProblemError: 429, enough of them await bytes.
    """
    waiting = await connection.fetchval(
        """
        SELECT count(*)
          FROM batch_reports
         WHERE user_id = $1 AND status = 'processing' AND NOT is_parts AND id IS DISTINCT FROM $2
           AND EXISTS (SELECT FROM batch_report_files
                        WHERE batch_id = batch_reports.id AND processing_status = 'pending'
                          AND next_attempt_at = 'infinity')""",
        user_id,
        besides,
    )
    if waiting >= MAX_OPEN_UPLOADS:
        detail = f"{MAX_OPEN_UPLOADS} uploads are open already. Let one of them end, or stop it."
        raise too_many(detail, seconds=60, kind="open-uploads")


async def require_open_part(connection: Connection, *, user_id: int) -> None:
    """Let the user have one more part that waits to become a file with others.

    Raises:
        ProblemError: 429, enough of them do.
    """
    waiting = await connection.fetchval(
        "SELECT count(*) FROM batch_reports WHERE user_id = $1 AND status = 'processing' AND is_parts", user_id
    )
    if waiting >= MAX_OPEN_PARTS:
        detail = f"{MAX_OPEN_PARTS} parts of files are waiting already. Put them together, or stop some."
        raise too_many(detail, seconds=60, kind="open-parts")
