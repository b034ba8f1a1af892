"""Uploads by ``multipart/form-data`` with ``files[]``, for curl and HTML forms. All of its files are kept, or none."""

from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from aiohttp import BodyPartReader, MultipartReader, StreamReader, hdrs, web

from ..assets.hashing import Digest
from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.errors import ProblemError, bad_request, too_large
from ..http.limits import Pace
from ..http.turns import turn_of
from ..identity.users import ACTOR
from ..vault import VAULT, Vault
from ..work.queue import QUEUES, Queue
from .admit import Offer, admit, open_upload
from .bodies import BODY_SLOTS, CUT, FLUSH_BYTES
from .quota import require_disk, require_quota
from .rules import Offered
from .shapes import AnnouncedFile

MIB = 1024**2
MAX_FILES = 30
MAX_FILE_BYTES = 10 * MIB
MAX_FORM_BYTES = 100 * MIB
# Boundaries and headers of the parts.
OVERHEAD_BYTES = MIB
# Other encodings would have to be decoded, which blocks the event loop: aiohttp inspects each byte of base64.
PLAIN_ENCODINGS = ("binary", "8bit", "7bit")
# Browsers send about five lines for each file.
MAX_LINES = 16 * MAX_FILES


async def receive_form(request: web.Request) -> UUID:
    """Store the form's files and open an upload with them; returns its id.

    Raises:
        ProblemError: 413 over a limit, 415 not a form, 400 a malformed form, 408 too slow, 422 the allowance does not
            suffice, 503 too many concurrent bodies, 507 the disk does not suffice. Nothing is kept then.
    """
    if (request.content_length or 0) > MAX_FORM_BYTES + OVERHEAD_BYTES:
        raise too_large("A form has at most 100 MiB.")
    if request.content_type != "multipart/form-data":
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the files as multipart/form-data.")
    app, actor, settings, vault = request.app, request[ACTOR], request.app[SETTINGS], request.app[VAULT]
    started: list[UUID] = []
    needed: list[UUID] = []
    try:
        with app[BODY_SLOTS].slot(actor.subject.id) as pace:
            await _require_quota_for_form(request)
            files = await _read(request, vault, started, pace)
            async with turn_of(request):
                admitted = await admit(
                    app[POOL],
                    vault,
                    settings,
                    actor,
                    offer=Offer(files),
                    insert=lambda connection, plan: open_upload(connection, settings, actor, plan),
                )
        needed = [line.id for line in admitted.plan if line.is_needed]
    finally:
        for file_id in started:
            if file_id not in needed:
                await vault.incoming(file_id).discard()
    if needed:
        await app[QUEUES].put(Queue.PROBES)
    return admitted.upload_id


async def _require_quota_for_form(request: web.Request) -> None:
    """Refuse a form that cannot be kept before reading it; the exact sizes are reserved once they are known."""
    needed, user_id = max(1, (request.content_length or 1) - OVERHEAD_BYTES), request[ACTOR].subject.id
    free = await request.app[VAULT].free_bytes()
    async with turn_of(request), request.app[POOL].acquire() as connection, connection.transaction():
        await require_quota(connection, request.app[SETTINGS], user_id=user_id, needed_bytes=needed, needed_files=1)
        await require_disk(connection, user_id=user_id, free=free, more=needed)


class _LimitedLines:
    """A stream with a limited number of lines.

    Before the first part aiohttp reads lines until it finds a boundary, and blocks the event loop while they arrive.
    """

    def __init__(self, content: StreamReader) -> None:
        self._content = content
        self._left = MAX_LINES

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def readline(self, **limits: int) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise ValueError("no boundary")
        return await self._content.readline(**limits)


async def _next_part(form: MultipartReader) -> MultipartReader | BodyPartReader | None:
    try:
        return await form.next()
    except RuntimeError as error:
        raise ValueError("invalid “_charset_”") from error


async def _read(request: web.Request, vault: Vault, started: list[UUID], pace: Pace) -> list[Offered]:
    files: list[Offered] = []
    room = MAX_FORM_BYTES
    try:
        form = MultipartReader(request.headers, _LimitedLines(request.content))  # type: ignore[arg-type]
        while (part := await pace.keep(partial(_next_part, form))) is not None:
            if not isinstance(part, BodyPartReader) or part.name not in ("files[]", "files", "file"):
                raise bad_request("The form's files must be named “files[]”.", path="files[]")
            if part.headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "binary").lower() not in PLAIN_ENCODINGS:
                raise bad_request("Send the form's files without Content-Transfer-Encoding.", path="files[]")
            if len(started) == MAX_FILES:
                raise too_large(f"A form has at most {MAX_FILES} files.")
            started.append(uuid4())
            files.append(await _read_part(vault, part, started[-1], pace, room=room))
            room -= files[-1].file.size_bytes
    except TimeoutError as error:
        raise _too_slow(pace) from error
    except (*CUT, ValueError, AssertionError) as error:
        raise bad_request("The form is malformed or incomplete.") from error
    if not files:
        raise bad_request("The form has no files named “files[]”.", path="files[]")
    return files


async def _read_part(vault: Vault, part: BodyPartReader, file_id: UUID, pace: Pace, *, room: int) -> Offered:
    """Write one file of the form durably to the vault."""
    writer, digest = await vault.incoming(file_id).open(0, is_new=True), Digest()
    try:
        batch: list[bytes] = []
        size = flushed = 0
        while chunk := await pace.keep(partial(part.read_chunk, 64 * 1024)):
            size += len(chunk)
            if size > MAX_FILE_BYTES:
                raise too_large("A file in a form has at most 10 MiB. Send larger files by tus.")
            if size > room:
                raise too_large("A form has at most 100 MiB.")
            batch.append(chunk)
            if size - flushed >= FLUSH_BYTES:
                await writer.write(batch, observer=digest.update)
                batch, flushed = [], size
        await writer.write(batch, observer=digest.update)
        await writer.flush()
    finally:
        await writer.close()
    file = AnnouncedFile(path=part.filename or "", size_bytes=size, sha256=digest.sha256.hexdigest())
    return Offered(id=file_id, file=file, is_here=True, crc32=digest.crc32)


def _too_slow(pace: Pace) -> ProblemError:
    close = {"Connection": "close", "Retry-After": "5"}
    if pace.is_ended:
        detail = "The server is busy and this form was the slowest, so it was interrupted. Please send it again later."
        return ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=close)
    detail = "The form did not arrive in time. Please try again, with fewer files or by tus."
    return ProblemError(HTTPStatus.REQUEST_TIMEOUT, detail, headers=close)
