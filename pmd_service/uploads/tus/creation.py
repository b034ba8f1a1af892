"""tus's creation: announcing one file, or a part of one."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from uuid import UUID

import msgspec
from aiohttp import web

from ...assets.allowance import read_allowance
from ...base.database import POOL, Connection
from ...base.settings import SETTINGS, Settings
from ...http.errors import ProblemError, conflict, too_large
from ...http.turns import turn_of
from ...identity.users import ACTOR, Actor
from ...vault import VAULT
from ..admit import Offer, admit, insert_lines, open_upload
from ..queries import find_expiry
from ..quota import require_part_slot, require_upload_slot
from ..rules import MAX_FILE_BYTES, REASONS, Offered, Planned, judge, max_bytes
from ..settle import lock_owned
from ..shapes import AnnouncedFile, TusFields

Insert = Callable[[Connection, Sequence[Planned]], Awaitable[UUID]]


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """The file's line; ``is_here``: its bytes are not needed."""

    upload_id: UUID
    id: UUID
    size: int
    expires_at: datetime
    is_here: bool


async def create_file(request: web.Request, file: AnnouncedFile, tus: TusFields, *, upload_id: UUID | None) -> Created:
    """Announce one file.

    Args:
        upload_id: the open upload that it belongs to; None opens one for it.

    Raises:
        ProblemError: 413, 422 it would be refused, or the allowance does not suffice; 404, 409, 410 no such upload, or
            it is full; 429 too many open uploads; 507 the disk does not suffice.
    """
    require_acceptable(file)
    return await create(request, partial(_offer, request, file, tus), inserter(request, upload_id))


async def create_part(request: web.Request, length: int, tus: TusFields) -> Created:
    """Announce a part: bytes without a name, in an upload that is never listed.

    Raises:
        ProblemError: 413 longer than any file, 422 the allowance does not suffice, 429 too many parts, 507 the disk
            does not suffice.
    """
    _require_possible(length)
    settings, actor = request.app[SETTINGS], request[ACTOR]

    async def insert(connection: Connection, plan: Sequence[Planned]) -> UUID:
        await require_part_slot(connection, user_id=actor.subject.id)
        return await open_upload(connection, settings, actor, plan, is_parts=True)

    return await create(request, partial(_offer, request, AnnouncedFile(path="part", size_bytes=length), tus), insert)


async def create(request: web.Request, offer: Callable[[Connection], Awaitable[Offer]], insert: Insert) -> Created:
    """Admit the one file that ``offer`` returns under the library's lock."""
    app, actor = request.app, request[ACTOR]
    async with turn_of(request):
        admitted = await admit(app[POOL], app[VAULT], app[SETTINGS], actor, offer=offer, insert=insert)
        (line,) = admitted.plan
        expires_at = await find_expiry(app[POOL], line.id, ttl_hours=app[SETTINGS].upload_ttl_hours)
    return Created(
        upload_id=admitted.upload_id,
        id=line.id,
        size=line.file.size_bytes,
        expires_at=expires_at,
        is_here=not line.is_needed,
    )


async def _offer(request: web.Request, file: AnnouncedFile, tus: TusFields, connection: Connection) -> Offer:
    """The offer of one file; with a deferred length, its size is the maximum for its type and allowance."""
    if tus.is_deferred:
        allowance = await read_allowance(connection, request.app[SETTINGS], user_id=request[ACTOR].subject.id)
        file = msgspec.structs.replace(file, size_bytes=max(1, min(max_bytes(file.path), allowance.left_bytes)))
    return Offer([Offered(file=file, tus=tus)])


def inserter(request: web.Request, upload_id: UUID | None) -> Insert:
    """A function that inserts the line into the user's open upload, or into a new one."""
    settings, actor = request.app[SETTINGS], request[ACTOR]

    async def insert(connection: Connection, plan: Sequence[Planned]) -> UUID:
        if upload_id is None:
            await require_upload_slot(connection, user_id=actor.subject.id)
            return await open_upload(connection, settings, actor, plan, name=plan[0].name)
        number = await _enlarge(connection, settings, actor, upload_id)
        await insert_lines(connection, actor, upload_id, plan, first=number)
        return upload_id

    return insert


async def _enlarge(connection: Connection, settings: Settings, actor: Actor, upload_id: UUID) -> int:
    """Add one to the number of files of the user's open upload; returns the new line's position."""
    upload = await lock_owned(connection, actor, upload_id, ended="This upload is no longer open.")
    if upload["status"] != "processing":
        raise conflict("This upload has ended. Open another one.")
    if upload["total_files"] >= settings.upload_max_files:
        raise conflict(f"An upload has at most {settings.upload_max_files:,} files.")
    await connection.execute("UPDATE batch_reports SET total_files = total_files + 1 WHERE id = $1", upload_id)
    number: int = upload["total_files"]
    return number


def require_acceptable(file: AnnouncedFile) -> None:
    """Raises: ProblemError: 413, 422, the file would be refused for its name or size."""
    _require_possible(file.size_bytes)
    code = judge(file, {}).code
    if code is not None:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if code.endswith("_too_large") else HTTPStatus.UNPROCESSABLE_ENTITY
        raise ProblemError(status, REASONS[code].message, kind=code.replace("_", "-"))


def _require_possible(length: int) -> None:
    """Check ``Tus-Max-Size``, which takes precedence over the limit of the file's type."""
    if length > MAX_FILE_BYTES:
        raise too_large(f"A file has at most {MAX_FILE_BYTES:,} bytes.")
