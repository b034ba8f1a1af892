"""``multipart/form-data`` with ``files[]``: the plain way, for curl and forms. All of it counts, or nothing."""

from http import HTTPStatus
from uuid import UUID, uuid4

import msgspec
from aiohttp import BodyPartReader, web

from ..assets.asset import find_known
from ..database import POOL, Connection
from ..http.errors import ProblemError, bad_request
from ..identity import audit
from ..identity.users import ACTOR
from ..ops.settings import SETTINGS
from ..vault import VAULT, Vault
from ..work.queue import LOOKING, QUEUES
from .digest import Digest
from .insert import insert_lines, insert_upload
from .plan import Planned, is_sent, plan_lines
from .receiving import RECEIVING
from .room import lock_announcing, require_room
from .settle import recount
from .shapes import AnnouncedFile
from .stream import CUT, FLUSH_BYTES

MIB = 1024**2
MAX_FILES = 30
MAX_FILE_BYTES = 10 * MIB
MAX_FORM_BYTES = 100 * MIB
# Boundaries and headers of the parts.
OVERHEAD_BYTES = MIB


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the form, durable in the vault."""

    id: UUID
    name: str
    digest: Digest


async def receive_form(request: web.Request) -> UUID:
    """Keep the form's files and open an upload with them; returns its id.

    Raises:
        ProblemError: 413 over a limit, 400 not such a form, 422 the allowance does not suffice, 507 the disk. Nothing
            is kept then.
    """
    if (request.content_length or 0) > MAX_FORM_BYTES + OVERHEAD_BYTES:
        raise _too_large("A form has at most 100 MiB.")
    if request.content_type != "multipart/form-data":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the files as multipart/form-data.")
    receiving, user_id, vault = request.app[RECEIVING], request[ACTOR].subject.id, request.app[VAULT]
    kept: list[_Part] = []
    receiving.enter(user_id)
    try:
        await _require_room_for_form(request)
        await _read(request, vault, kept)
        async with receiving.announcing:
            upload_id, unneeded = await _insert(request, kept)
    except BaseException:
        await _discard(vault, [part.id for part in kept])
        raise
    finally:
        receiving.leave(user_id)
    await _discard(vault, unneeded)
    for part in kept:
        if part.id not in unneeded:
            await request.app[QUEUES].enqueue(LOOKING, part.id, 0)
    return upload_id


async def _require_room_for_form(request: web.Request) -> None:
    """Refuse before a byte is read what cannot be kept; the exact sizes are reserved when they are known."""
    async with request.app[POOL].acquire() as connection:
        needed = request.content_length or 1
        await require_room(
            connection, request.app[VAULT], request.app[SETTINGS], request[ACTOR], max(1, needed - OVERHEAD_BYTES)
        )


async def _read(request: web.Request, vault: Vault, kept: list[_Part]) -> None:
    total = 0
    try:
        form = await request.multipart()
        while (part := await form.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name not in ("files[]", "files", "file"):
                raise bad_request("The form's files go under the name “files[]”.", path="files[]")
            if len(kept) == MAX_FILES:
                raise _too_large(f"A form has at most {MAX_FILES} files.")
            kept.append(_Part(id=uuid4(), name=part.filename or "", digest=Digest()))
            total += await _read_part(vault, part, kept[-1], room=MAX_FORM_BYTES - total)
    except (*CUT, ValueError, AssertionError) as error:
        raise bad_request("The form does not arrive as its headers say.") from error
    if not kept:
        raise bad_request("The form has no files under the name “files[]”.", path="files[]")


async def _read_part(vault: Vault, part: BodyPartReader, kept: _Part, *, room: int) -> int:
    writer = await vault.incoming(kept.id).open(0)
    try:
        batch: list[bytes] = []
        size = flushed = 0
        while chunk := await part.read_chunk(64 * 1024):
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                raise _too_large("A file of a form has at most 10 MiB: send larger ones by tus.")
            if size > room:
                raise _too_large("A form has at most 100 MiB.")
            batch.append(chunk)
            if size - flushed >= FLUSH_BYTES:
                await writer.write(batch, seen_by=kept.digest.update)
                batch, flushed = [], size
        await writer.write(batch, seen_by=kept.digest.update)
        await writer.flush()
    finally:
        await writer.close()
    return size


async def _insert(request: web.Request, kept: list[_Part]) -> tuple[UUID, list[UUID]]:
    """Open the upload with the files in it; returns its id, and which files' bytes are not needed."""
    actor, settings = request[ACTOR], request.app[SETTINGS]
    files = [
        AnnouncedFile(path=part.name[:4096], size=part.digest.size, hash=part.digest.sha256.hexdigest())
        for part in kept
    ]
    async with request.app[POOL].acquire() as connection, connection.transaction():
        await lock_announcing(connection, actor)
        known = await find_known(connection, user_id=actor.subject.id, hashes={file.hash or "" for file in files})
        plan = plan_lines(files, known, ids=[part.id for part in kept])
        needed = sum(line.file.size for line in plan if is_sent(line))
        await require_room(connection, request.app[VAULT], settings, actor, needed)
        upload_id = await insert_upload(connection, settings, actor, total_files=len(plan), name=None)
        await insert_lines(connection, actor, upload_id, plan)
        await _mark_received(connection, plan, kept)
        await audit.record(connection, actor, "upload")
        await recount(connection, upload_id)
    return upload_id, [line.id for line in plan if not is_sent(line)]


async def _mark_received(connection: Connection, plan: list[Planned], kept: list[_Part]) -> None:
    await connection.executemany(
        """
        UPDATE batch_report_files
           SET received_bytes = file_size, received_hash = $2, received_crc32 = $3, next_attempt_at = now()
         WHERE id = $1""",
        [
            (line.id, part.digest.sha256.hexdigest(), part.digest.crc32)
            for line, part in zip(plan, kept, strict=True)
            if is_sent(line)
        ],
    )


async def _discard(vault: Vault, file_ids: list[UUID]) -> None:
    for file_id in file_ids:
        await vault.incoming(file_id).discard()


def _too_large(detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
