"""tus's concatenation: parts that came in side by side become one file.

A part is received like any file and looked at by nobody. The vault puts whole parts together before there is a line for
the file, as a form's files lie there before theirs; in one transaction the parts go then and the file comes, so that
its bytes are reserved once.
"""

import re
from collections.abc import Sequence
from functools import partial
from uuid import UUID, uuid4

from aiohttp import web

from ...assets.disk import reserve_disk
from ...base.database import POOL, Connection
from ...http.errors import bad_request, conflict, forbidden, not_found
from ...http.turns import turn_of
from ...identity.users import ACTOR
from ...vault import VAULT
from ...vault.base import is_disk_full
from ...vault.leftovers import schedule_removal, sweep_leftovers
from ...work.queue import QUEUES, Queue
from ..admit import Offer
from ..quota import insufficient_storage
from ..rules import Offered
from ..settle import received_keys
from ..shapes import AnnouncedFile, TusFields
from .creation import Created, create, entering, require_taken
from .headers import file_of, read_metadata, upload_of

CONCAT = "Upload-Concat"
MAX_PARTS = 64
_ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_ADDRESS = re.compile(rf"(?:https?://[^/?#]+)?[^?#]*/api/pmd/uploads/{_ID}/files/(?P<id>{_ID})(?:\?[^#]*)?")


def read_concat(request: web.Request) -> str | None:
    """What ``Upload-Concat`` says: ``partial``, ``final;`` and addresses, or nothing.

    Raises:
        ProblemError: 400, something else.
    """
    concat = request.headers.get(CONCAT)
    if concat is None or concat == "partial" or (concat.startswith("final;") and concat.isascii()):
        return concat
    raise bad_request("Upload-Concat is “partial”, or “final;” and the addresses of the parts.", path=CONCAT)


async def create_final(request: web.Request, tus: TusFields) -> Created:
    """Make one file of the parts that ``Upload-Concat`` names, in its order; they are gone then.

    Raises:
        ProblemError: 400 no parts' addresses, or a length beside them; 403 bytes beside them; 404 no such parts; 409
            one is not whole, or goes just now; and as ``create_file`` has them.
    """
    if "Upload-Length" in request.headers or "Upload-Defer-Length" in request.headers:
        raise bad_request("A file of parts is as long as they are: send no Upload-Length.", path="Upload-Length")
    if request.body_exists:
        raise forbidden("A file of parts gets its bytes from them, and no others.")
    assert tus.concat is not None
    metadata = read_metadata(request)
    upload_id, part_ids = upload_of(metadata), _parts_of(tus.concat)
    async with turn_of(request):
        size = await _size_of(request, part_ids)
    file = file_of(size, metadata)
    require_taken(file)
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
        raise bad_request("Upload-Concat does not name parts, each once, by their addresses.", path=CONCAT)
    if len(part_ids) > MAX_PARTS:
        raise bad_request(f"A file is made of {MAX_PARTS} parts at most.", path=CONCAT)
    return part_ids


_PARTS = """
SELECT files.id, batch_id, file_size, received_bytes = file_size AND NOT is_deferred AS is_whole
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE files.id = ANY($1) AND files.user_id = $2 AND concat = 'partial' AND processing_status = 'pending'
   AND batch_reports.expires_at > now()
"""


async def _size_of(request: web.Request, part_ids: Sequence[UUID]) -> int:
    """In bytes, of all of them together; one that is not whole yet has none."""
    rows = await request.app[POOL].fetch(_PARTS, part_ids, request[ACTOR].subject.id)
    if len(rows) < len(part_ids):
        raise not_found("part")
    if not all(row["is_whole"] for row in rows):
        raise conflict("A part is not whole yet. Send the rest of it first.")
    return sum(row["file_size"] for row in rows)


async def _join(
    request: web.Request, file: AnnouncedFile, tus: TusFields, part_ids: Sequence[UUID], upload_id: UUID | None
) -> Created:
    app, user_id, file_id = request.app, request[ACTOR].subject.id, uuid4()
    incoming = app[VAULT].incoming(file_id)

    async def offer(connection: Connection) -> Offer:
        await _take_parts(connection, user_id, part_ids)
        return Offer([Offered(id=file_id, file=file, is_here=True, tus=tus)])

    is_kept = False
    try:
        if await incoming.join(part_ids) != file.size:
            raise conflict("The parts have changed meanwhile. Look at them, and try again.")
        created = await create(request, offer, entering(request, upload_id))
        is_kept = not created.is_here
    finally:
        if not is_kept:
            await incoming.discard()
    async with turn_of(request):
        await sweep_leftovers(app[POOL], app[VAULT], keys=received_keys(part_ids))
    await app[QUEUES].put(Queue.LOOKING)
    return created


_TAKE = """
WITH taken AS (
    SELECT batch_reports.id
      FROM batch_reports JOIN batch_report_files AS files ON files.batch_id = batch_reports.id
     WHERE files.id = ANY($1) AND files.user_id = $2 AND is_parts AND processing_status = 'pending'
       FOR UPDATE OF batch_reports
)
DELETE FROM batch_reports WHERE id IN (SELECT id FROM taken) RETURNING id
"""


async def _take_parts(connection: Connection, user_id: int, part_ids: Sequence[UUID]) -> None:
    """They give their room back to the file that they have become.

    Raises:
        ProblemError: 409, one was stopped meanwhile, or has become a part of another file.
    """
    if len(await connection.fetch(_TAKE, part_ids, user_id)) < len(part_ids):
        raise conflict("A part has gone meanwhile.")
    await schedule_removal(connection, received_keys(part_ids))
