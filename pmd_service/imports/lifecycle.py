"""Requesting, starting, cancelling and undoing an import; the rules."""

from typing import Annotated

import msgspec
from msgspec import Meta

from ..assets.asset import find_asset
from ..base.database import Connection, Pool, forget, lock
from ..base.telemetry import log, request_id
from ..downloads.taken import IS_MADE
from ..http.errors import conflict, forbidden, require, too_many, unprocessable
from ..http.once import Once
from ..http.selection import RowId
from ..identity import audit
from ..identity.users import Actor
from ..site.licenses import known_licenses, unknown_license
from ..work.adding import add_work, drop_work, lock_work
from ..work.context import WorkerContext
from ..work.queue import Queue, Queues
from .reading import FORMS
from .rows import KEEP_DAYS, NOTIFY, Import, ImportChoices, find_import

KIND = "import"
LOCK = "imp"
_FORMS = [form.name for form in FORMS]
ENDINGS = (".zip", ".tar.gz", ".tgz")
MAX_WAITING = 2
# Of all reports of a user; the oldest are forgotten for a new one.
MAX_KEPT_ITEMS = 2_000_000


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/imports."""

    asset_id: Annotated[RowId, Meta(description="A ZIP or `.tar.gz` in the library, as it was uploaded.", examples=[7])]
    form: Annotated[str, Meta(max_length=50, description=f"Instead of a guess: {', '.join(_FORMS)}.")] | None = None


_INSERT = """
INSERT INTO imports (user_id, requested_by, asset_id, name, wanted_form) VALUES ($1, $2, $3, $4, $5) RETURNING id
"""
# A report that nothing was made of, when the archive is read again.
_REPLACE = """
DELETE FROM imports WHERE user_id = $1 AND asset_id = $2 AND stage = 'report' AND status NOT IN ('pending', 'running')
"""
_COUNT_WAITING = "SELECT count(*) FROM imports WHERE user_id = $1 AND status IN ('pending', 'running')"
# One that has failed or was cancelled goes on where it was.
_START = """
UPDATE imports
   SET stage = 'import', status = 'pending', choices = $3, done_number = 0, error_message = NULL, completed_at = NULL
 WHERE id = $1 AND user_id = $2
   AND (stage = 'report' AND status = 'completed' OR stage = 'import' AND status IN ('failed', 'cancelled'))
RETURNING id
"""
_UNDO = """
UPDATE imports SET stage = 'undo', status = 'pending', done_number = 0, error_message = NULL, completed_at = NULL
 WHERE id = $1 AND user_id = $2
   AND (stage = 'import' AND status IN ('completed', 'failed', 'cancelled')
        OR stage = 'undo' AND status IN ('failed', 'cancelled'))
RETURNING id
"""
# A running attempt finds it at its next batch; what is made stays, and can be undone.
_CANCEL = """
UPDATE imports SET status = 'cancelled', completed_at = now()
 WHERE id = $1 AND user_id = $2 AND status IN ('pending', 'running')
RETURNING id
"""
_FORGET_OLDEST = """
DELETE FROM imports
 WHERE status NOT IN ('pending', 'running')
   AND id = ANY (ARRAY(SELECT id FROM (SELECT id, sum(item_count) OVER (ORDER BY id DESC) AS items
                                         FROM imports WHERE user_id = $1) AS kept
                        WHERE items > $2))
"""
# By one of a takeout, the next takeout knows that its archive is to be left out, for as long as that is in the library.
_FORGET = f"""
DELETE FROM imports
 WHERE id = ANY (ARRAY(
       SELECT id FROM imports
        WHERE completed_at < now() - make_interval(days => $1)
          AND NOT ({IS_MADE}
                   AND EXISTS (SELECT FROM asset WHERE asset.id = asset_id AND asset.user_id = imports.user_id))
        ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED))
"""


async def request_import(pool: Pool, queues: Queues, actor: Actor, body: ImportRequest, once: Once) -> Import:
    """Have an archive of the library read; nothing of it is made yet.

    Raises:
        ProblemError: 404 no such file, 409 it is no ZIP or in the trash, 422 no such form, 429 too many have not
            ended; and as ``Once.begin``.
    """
    if body.form not in (None, *_FORMS):
        raise unprocessable(f"There is no form “{body.form}”: {', '.join(_FORMS)}.", path="$.form")
    user_id = actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, LOCK, user_id)
        archive = require(await find_asset(connection, user_id=user_id, asset_id=body.asset_id), "file")
        if archive.deleted_at is not None or not archive.name.lower().endswith(ENDINGS):
            raise conflict("Only a ZIP or .tar.gz archive of the library, outside the trash, can be imported.")
        if await connection.fetchval(_COUNT_WAITING, user_id) >= MAX_WAITING:
            raise too_many(f"{MAX_WAITING} imports have not ended yet. Start this one when one has.", seconds=10)
        await connection.execute(_FORGET_OLDEST, user_id, MAX_KEPT_ITEMS)
        await connection.execute(_REPLACE, user_id, archive.id)
        values = (user_id, actor.viewer.id, archive.id, archive.name, body.form)
        import_id: int = await connection.fetchval(_INSERT, *values)
        await _enqueue(connection, actor, import_id, f"report of {archive.name}")
        await audit.record(connection, actor, "request_import", asset_ids=[archive.id])
        requested = await _require(connection, actor, import_id)
        await once.end(connection, requested)
    await queues.put(Queue.IMPORTS)
    log.info("import_requested", import_id=import_id, asset_id=archive.id)
    return requested


async def start_import(pool: Pool, queues: Queues, actor: Actor, import_id: int, choices: ImportChoices) -> Import:
    """Make what the report says, or what is left of it.

    Raises:
        ProblemError: 403 drafts of another user, 404 no such import, 409 its report is not complete, it is running or
            has ended, 422 an unknown licence.
    """
    if choices.posts_as == "drafts" and actor.viewer.id != actor.subject.id:
        raise forbidden("Only the artist can make drafts.")
    licenses = [license_id for license_id in choices.licenses.values() if license_id is not None]
    async with pool.acquire() as connection, connection.transaction():
        await _require(connection, actor, import_id)
        if unknown := {*licenses} - await known_licenses(connection, licenses):
            raise unknown_license(min(unknown), "$.licenses")
        await lock_work(connection, KIND, import_id)
        if await connection.fetchval(_START, import_id, actor.subject.id, msgspec.to_builtins(choices)) is None:
            raise conflict("This import cannot be started: its report is not complete, it is running, or it has ended.")
        await _enqueue(connection, actor, import_id, "import")
        await audit.record(connection, actor, "start_import")
        started = await _require(connection, actor, import_id)
    await queues.put(Queue.IMPORTS)
    log.info("import_started", import_id=import_id)
    return started


async def cancel_import(pool: Pool, actor: Actor, import_id: int) -> Import:
    """Stop it after the files that are being made; what is made stays and can be undone.

    Raises:
        ProblemError: 404 no such import, 409 it has ended.
    """
    async with pool.acquire() as connection, connection.transaction():
        await _require(connection, actor, import_id)
        await drop_work(connection, KIND, [import_id])
        if await connection.fetchval(_CANCEL, import_id, actor.subject.id) is None:
            raise conflict("This import has already ended.")
        await connection.execute(NOTIFY, import_id)
        await audit.record(connection, actor, "cancel_import")
        cancelled = await _require(connection, actor, import_id)
    log.info("import_cancelled", import_id=import_id)
    return cancelled


async def undo_import(pool: Pool, queues: Queues, actor: Actor, import_id: int) -> Import:
    """Take back what it has made: posts and packs are deleted, files go to the trash unless they have been used since.

    Raises:
        ProblemError: 404 no such import, 409 it has not made anything, or is still running.
    """
    async with pool.acquire() as connection, connection.transaction():
        await _require(connection, actor, import_id)
        await lock_work(connection, KIND, import_id)
        if await connection.fetchval(_UNDO, import_id, actor.subject.id) is None:
            raise conflict("There is nothing to undo: this import was not started, is running, or was undone.")
        await _enqueue(connection, actor, import_id, "undo of an import")
        await audit.record(connection, actor, "undo_import")
        undoing = await _require(connection, actor, import_id)
    await queues.put(Queue.IMPORTS)
    log.info("import_undone", import_id=import_id)
    return undoing


async def _enqueue(connection: Connection, actor: Actor, import_id: int, title: str) -> None:
    await drop_work(connection, KIND, [import_id])  # of a stage before that has failed
    await add_work(connection, KIND, actor.subject.id, [(import_id, title[:100])], request_id=request_id())
    await connection.execute(NOTIFY, import_id)


async def _require(connection: Connection, actor: Actor, import_id: int) -> Import:
    return require(await find_import(connection, user_id=actor.subject.id, import_id=import_id), "import")


async def forget_old_imports(worker: WorkerContext) -> None:
    """The daily upkeep step."""
    log.info("imports_forgotten", imports=await forget(worker.pool, _FORGET, KEEP_DAYS))
