"""One file more: what tus's creation does, in an upload of its own or in one that is open."""

from datetime import datetime
from uuid import UUID

import msgspec

from ..assets.asset import find_known
from ..database import Connection, Pool
from ..http.errors import conflict, gone, not_found
from ..identity import audit
from ..identity.users import Actor
from ..ops.settings import Settings
from ..vault import Vault
from .insert import insert_lines, insert_upload
from .names import name_of
from .plan import is_sent, plan_lines, refusal
from .queries import file_url
from .room import lock_announcing, require_open_place, require_room
from .settle import lock_upload, recount
from .shapes import AnnouncedFile


class AddedFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where the file's bytes go; ``is_here``: the library has them already."""

    upload_id: UUID
    file_id: UUID
    url: str
    file_size: int
    expires_at: datetime
    is_here: bool


async def add_file(
    pool: Pool, vault: Vault, settings: Settings, actor: Actor, file: AnnouncedFile, *, upload_id: UUID | None
) -> AddedFile:
    """Announce one file.

    Args:
        upload_id: the open upload that it belongs to; None opens one for it.

    Raises:
        ProblemError: 413, 422 it would not get in or the allowance does not suffice; 404, 409, 410 no such upload, or
            no more files in it; 429 too many open uploads; 507 the disk does not suffice.
    """
    async with pool.acquire() as connection, connection.transaction():
        await lock_announcing(connection, actor)
        hashes = {file.hash} if file.hash else set()
        (line,) = plan_lines([file], await find_known(connection, user_id=actor.subject.id, hashes=hashes))
        # An empty file is complete at once, and ends as a line that says so.
        if line.checked.code is not None and line.checked.code != "empty_file":
            raise refusal(line.checked.code)
        await require_room(connection, vault, settings, actor, file.size if is_sent(line) else 0)
        if upload_id is not None:
            first = await _enlarge(connection, settings, actor, upload_id)
        else:
            first = 0
            await require_open_place(connection, actor)
            upload_id = await insert_upload(connection, settings, actor, total_files=1, name=name_of(line.path))
        await insert_lines(connection, actor, upload_id, [line], first=first)
        await audit.record(connection, actor, "upload")
        await recount(connection, upload_id)
        expires_at = await connection.fetchval("SELECT expires_at FROM batch_reports WHERE id = $1", upload_id)
    return AddedFile(
        upload_id=upload_id,
        file_id=line.id,
        url=file_url(upload_id, line.id, actor.subject.sqid if actor.moderates else None),
        file_size=file.size,
        expires_at=expires_at,
        is_here=not is_sent(line),
    )


async def _enlarge(connection: Connection, settings: Settings, actor: Actor, upload_id: UUID) -> int:
    """Make room for one more line in the user's open upload; returns its number."""
    await lock_upload(connection, upload_id)
    row = await connection.fetchrow(
        """SELECT status, total_files, expires_at > now() AS is_kept FROM batch_reports
            WHERE id = $1 AND user_id = $2""",
        upload_id,
        actor.subject.id,
    )
    if row is None:
        raise not_found("upload")
    if not row["is_kept"]:
        raise gone("This upload is no longer open.")
    if row["status"] != "processing":
        raise conflict("This upload has ended. Open another one.")
    if row["total_files"] >= settings.upload_max_files:
        raise conflict(f"At most {settings.upload_max_files} files go into one upload.")
    await connection.execute("UPDATE batch_reports SET total_files = total_files + 1 WHERE id = $1", upload_id)
    number: int = row["total_files"]
    return number
