"""tus's deferred length: a file whose sender does not know yet how long it will be.

Room is reserved for the longest that it may become, so that nothing has to be asked while it comes in.
"""

from http import HTTPStatus

import msgspec

from ..assets.allowance import read_allowance
from ..base.database import Connection, Pool
from ..base.settings import Settings
from ..http.errors import ProblemError, bad_request, gone
from .held import Hold
from .rules import REASONS, most_bytes
from .shapes import AnnouncedFile

_LENGTH = "Upload-Length"


async def reserved(connection: Connection, settings: Settings, user_id: int, file: AnnouncedFile) -> AnnouncedFile:
    """The file as long as its kind and the library's room let it become; under ``lock_library``."""
    allowance = await read_allowance(connection, settings, user_id=user_id)
    most = max(1, min(most_bytes(file.path), allowance.left_bytes))
    return msgspec.structs.replace(file, size=most)


_SETTLE = """
UPDATE batch_report_files SET file_size = $3, is_deferred = false
 WHERE id = $1 AND receiver = $2 AND is_deferred AND processing_status = 'pending'
RETURNING true
"""


async def settle_length(pool: Pool, hold: Hold, length: int, *, received: int) -> None:
    """Take note of how long the file is, which frees the rest of what was reserved for it.

    Raises:
        ProblemError: 400 it was said otherwise before, or more has come already; 413 there is no room for so much;
            422 the file is empty; 410 it was stopped meanwhile.
    """
    if not hold.told.is_deferred:
        if length != hold.file_size:
            raise bad_request(f"This file has {hold.file_size} bytes, as was said before.", path=_LENGTH)
        return
    if length < received:
        raise bad_request(f"So far {received} bytes have arrived: it cannot be shorter.", path=_LENGTH)
    if length > hold.file_size:
        told = f"This file may have {hold.file_size:,} bytes at most."
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told)
    if not length and not hold.told.is_part:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, REASONS["empty_file"].message, kind="empty-file")
    if not await pool.fetchval(_SETTLE, hold.file_id, hold.token, length):
        raise gone("This file was stopped while it was being received.")
    hold.file_size = length
    hold.told = msgspec.structs.replace(hold.told, is_deferred=False)
