"""tus's concatenation: parts that were sent in parallel become one file.

A part is received like any file but never probed. The vault joins complete parts before the file has a line, like the
files of a form. One transaction then deletes the parts and inserts the file, so that its bytes are reserved once.
"""

import re
from collections.abc import Sequence
from functools import partial
from uuid import UUID, uuid4

from aiohttp import web

from ...assets.disk import reserve_disk
from ...base.database import POOL, Connection
from ...base.faults import is_disk_full
from ...http.errors import bad_request, conflict, forbidden, not_found
from ...http.turns import turn_of
from ...identity.users import ACTOR
from ...vault import VAULT
from ...vault.leftovers import schedule_removal, sweep_leftovers
from ...work.queue import QUEUES, Queue
from ..admit import Offer
from ..quota import insufficient_storage
from ..rules import Offered
from ..settle import received_keys
from ..shapes import AnnouncedFile, TusFields
from .creation import Created, create, inserter, require_acceptable
from .headers import file_of, read_metadata, upload_of

CONCAT = "Upload-Concat"
MAX_PARTS = 64
_ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ADDRESS = re.compile(rf"(?:https?://[^/?#]+)?[^?#]*/api/pmd/uploads/{_ID}/files/(?P<id>{_ID})(?:\?[^#]*)?")


def read_concat(request: web.Request) -> str | None:
    """Parse ``Upload-Concat``: ``partial``, ``final;`` and the parts' URLs, or None.

    Raises:
        ProblemError: 400, anything else.
    """
    concat = request.headers.get(CONCAT)
    if concat is None or concat == "partial" or (concat.startswith("final;") and concat.isascii()):
        return concat
    raise bad_request("Upload-Concat must be “partial”, or “final;” and the URLs of the parts.", path=CONCAT)


async def create_final(request: web.Request, tus: TusFields) -> Created:
    """Concatenate the parts that ``Upload-Concat`` names, in its order, into one file; the parts are deleted.

    Raises:
        ProblemError: 400 not the URLs of parts, or a length as well; 403 a body as well; 404 no such parts; 409 one is
            incomplete, or has just been stopped or used; and those of ``create_file``.
    """
    if "Upload-Length" in request.headers or "Upload-Defer-Length" in request.headers:
        raise bad_request("A final file is as long as its parts: send no Upload-Length.", path="Upload-Length")
    if request.body_exists:
        raise forbidden("A final file consists of its parts: send no body.")
    assert tus.concat is not None
    metadata = read_metadata(request)
    upload_id, part_ids = upload_of(metadata), _parts_of(tus.concat)
    async with turn_of(request):
        size = await _size_of(request, part_ids)
    file = file_of(size, metadata)
    require_acceptable(file)
    free = await request.app[VAULT].free_bytes()
    try:
        async with reserve_disk(request.app[POOL], size_bytes=size, free=free, turn=partial(turn_of, request)):
            return await _join(request, file, tus, part_ids, upload_id)
    except OSError as error:
        if is_disk_full(error):
            raise insufficient_storage() from error
        raise


def _parts_of(concat: str) -> Sequence[UUID]:
    addresses = concat.removeprefix("final;").split()
    found = [_ADDRESS.fullmatch(address) for address in addresses]
    part_ids = [UUID(match["id"]) for match in found if match is not None]
    if not part_ids or len(part_ids) < len(addresses) or len(set(part_ids)) < len(part_ids):
        raise bad_request("Upload-Concat must name each part once, by its URL.", path=CONCAT)
    if len(part_ids) > MAX_PARTS:
        raise bad_request(f"A file has at most {MAX_PARTS} parts.", path=CONCAT)
    return part_ids


_PARTS = """
SELECT files.id, batch_id, file_size, received_bytes = file_size AND NOT is_deferred AS is_whole
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE files.id = ANY($1) AND files.user_id = $2 AND concat = 'partial' AND processing_status = 'pending'
   AND batch_reports.expires_at > now()
"""


async def _size_of(request: web.Request, part_ids: Sequence[UUID]) -> int:
    """The total size of the parts in bytes.

    Raises:
        ProblemError: 404 no such parts, 409 one is incomplete.
    """
    rows = await request.app[POOL].fetch(_PARTS, part_ids, request[ACTOR].subject.id)
    if len(rows) < len(part_ids):
        raise not_found("part")
    if not all(row["is_whole"] for row in rows):
        raise conflict("A part is incomplete. Send the rest of it first.")
    return sum(row["file_size"] for row in rows)


async def _join(
    request: web.Request, file: AnnouncedFile, tus: TusFields, part_ids: Sequence[UUID], upload_id: UUID | None
) -> Created:
    app, user_id, file_id = request.app, request[ACTOR].subject.id, uuid4()
    incoming = app[VAULT].incoming(file_id)

    async def offer(connection: Connection) -> Offer:
        await _consume_parts(connection, user_id, part_ids)
        return Offer([Offered(id=file_id, file=file, is_here=True, tus=tus)])

    is_kept = False
    try:
        if await incoming.join(part_ids) != file.size_bytes:
            raise conflict("The parts have changed meanwhile. Check their offsets and try again.")
        created = await create(request, offer, inserter(request, upload_id))
        is_kept = not created.is_here
    finally:
        if not is_kept:
            await incoming.discard()
    async with turn_of(request):
        await sweep_leftovers(app[POOL], app[VAULT], keys=received_keys(part_ids))
    await app[QUEUES].put(Queue.PROBES)
    return created


_CONSUME_PARTS = """
WITH consumed AS (
    SELECT batch_reports.id
      FROM batch_reports JOIN batch_report_files AS files ON files.batch_id = batch_reports.id
     WHERE files.id = ANY($1) AND files.user_id = $2 AND is_parts AND processing_status = 'pending'
       FOR UPDATE OF batch_reports
)
DELETE FROM batch_reports WHERE id IN (SELECT id FROM consumed) RETURNING id
"""


async def _consume_parts(connection: Connection, user_id: int, part_ids: Sequence[UUID]) -> None:
    """Delete the parts, which frees their reservations for the file.

    Raises:
        ProblemError: 409, one was stopped or used for another file meanwhile.
    """
    if len(await connection.fetch(_CONSUME_PARTS, part_ids, user_id)) < len(part_ids):
        raise conflict("A part was stopped or used for another file meanwhile.")
    await schedule_removal(connection, received_keys(part_ids))
