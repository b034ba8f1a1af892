"""Whether there is room: in the user's allowance, on the disk, and among their open uploads."""

from http import HTTPStatus
from uuid import UUID

from ..assets.allowance import read_allowance
from ..assets.asset import lock_library
from ..base.database import Connection, lock
from ..base.settings import Settings
from ..http.errors import ProblemError

MAX_OPEN_UPLOADS = 4
# What an upload may not use up: Postgres, logs and archives of the same machine go on.
DISK_RESERVE_BYTES = 64 * 1024**2


async def lock_announcing(connection: Connection, *, user_id: int) -> None:
    """Until the transaction ends, nobody else reserves anything of the disk or of this user's allowance."""
    await lock(connection, "upl", 0)  # one for all: an announcement takes a few milliseconds
    await lock_library(connection, user_id=user_id)


# All that has been announced and has not come. What is being looked at is here, and adds nothing: it is named because
# the index that has these sums is of both.
_AWAITED = """
SELECT coalesce(sum(file_size - received_bytes), 0)::bigint
  FROM batch_report_files
 WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
"""


async def require_room(
    connection: Connection, settings: Settings, *, user_id: int, needed: int, free: int | None
) -> None:
    """Let so many bytes more be reserved, of so many that the disk has; under ``lock_announcing``.

    Raises:
        ProblemError: 422 over the allowance, 507 over the disk.
    """
    if needed == 0:
        return
    allowance = await read_allowance(connection, user_id=user_id, limit_bytes=settings.library_max_bytes)
    if needed > allowance.left_bytes:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"Your library has room for {allowance.left_bytes:,} more bytes, and these files have {needed:,}. "
            "What lies in the trash counts until it is emptied.",
            kind="library-full",
        )
    if free is not None and needed + DISK_RESERVE_BYTES + await connection.fetchval(_AWAITED) > free:
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
         WHERE user_id = $1 AND status = 'processing' AND id IS DISTINCT FROM $2
           AND EXISTS (SELECT FROM batch_report_files
                        WHERE batch_id = batch_reports.id AND processing_status = 'pending'
                          AND next_attempt_at = 'infinity')""",
        user_id,
        besides,
    )
    if waiting >= MAX_OPEN_UPLOADS:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"{MAX_OPEN_UPLOADS} uploads are open already. Let one of them end, or stop it.",
            kind="open-uploads",
            headers={"Retry-After": "60"},
        )
