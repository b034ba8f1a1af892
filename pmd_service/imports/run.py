"""Background work of kind ``import``: the report of an archive, what is made of it, and the undo; each a stage.

Items are made in their order, some at a time, each group in a transaction of its own: after a crash the next attempt
goes on behind the last one.

In a thread: reading the next page of the archive in one hop.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from asyncpg import Record

from ..assets.asset import key_of
from ..base.database import Connection
from ..base.telemetry import log
from ..identity.users import find_sqid, requester
from ..media.engine import make
from ..media.messages import Refused
from ..outbox.hook import Hook
from ..vault import ObjectMissingError
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.kind import Done, Failed, Kind, Outcome, PermanentError
from ..work.queue import Queue
from .groups import make_group
from .items import FileItem, Item, PostItem
from .lifecycle import KIND
from .making import Making, Planned
from .posts import link_earlier_posts
from .reading import MAX_HEADING_BYTES, READING, RESULT, Heading
from .report import POSTS_ELSEWHERE, Reporter
from .rows import NOTIFY, ImportChoices
from .tars import seekable
from .undoing import undo_next

TIME_LIMIT_SECONDS = 6 * 3600.0
# Of a pack, the files are named: a hundred packs of 200,000 files would fill the memory.
PAGE, PAGE_BYTES = 1000, 16 << 20
MADE_TOGETHER, TOGETHER_BYTES = 128, 128 << 20
# As they are stored, compressed.
ROWS_BYTES = 1 << 20
MAX_ITEMS = 1_000_000
MAX_LINE_BYTES = 64 << 20


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that an attempt needs."""

    id: int
    user_id: int
    requested_by: int
    asset_id: int
    stage: str
    wanted_form: str | None
    choices: dict[str, Any]
    item_count: int


_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('import', $1, $2, $3) AS work),
     started AS (UPDATE imports SET status = 'running' FROM claimed
                  WHERE imports.id = (work).subject::bigint AND status IN ('pending', 'running')
                 RETURNING imports.id, imports.user_id, requested_by, asset_id, stage, wanted_form, choices,
                           item_count)
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
_RELEASE = "UPDATE imports SET status = 'pending' WHERE id = $1 AND status = 'running'"
_RESTART = """
UPDATE imports SET status = 'pending', error_message = NULL, completed_at = NULL
 WHERE id = $1 AND status = 'failed'
RETURNING id
"""
_FAIL = """
UPDATE imports SET status = 'failed', error_message = left($2, 500), completed_at = now()
 WHERE id = ANY ($1) AND status IN ('pending', 'running')
"""
_COMPLETE = "UPDATE imports SET status = 'completed', completed_at = now() WHERE id = $1"
_REPORTED = """
UPDATE imports SET status = 'completed', completed_at = now(), form = $2, report = $3, item_count = $4 WHERE id = $1
"""
_ARCHIVE = "SELECT path FROM asset WHERE id = $1 AND user_id = $2"
_LICENSES = "SELECT identifier, id FROM licenses"
_CLEAR = "DELETE FROM import_item WHERE import_id = $1"
# Half a report is of no use.
_CLEAR_REPORTS = """
DELETE FROM import_item USING imports WHERE import_id = imports.id AND imports.id = ANY ($1) AND stage = 'report'
"""
_NEXT = f"""
SELECT number, item
  FROM (SELECT number, item, sum(pg_column_size(item)) OVER (ORDER BY number) - pg_column_size(item) AS before
          FROM (SELECT number, item FROM import_item
                 WHERE import_id = $1 AND number > $2 AND state = 'planned'
                   AND (outcome IN ('make', 'change') OR $3 AND reason = '{POSTS_ELSEWHERE}')
                 ORDER BY number LIMIT $4) AS listed) AS next
 WHERE before < $5
 ORDER BY number
"""


async def run_import(worker: WorkerContext, claimed: Claimed[ImportRow]) -> Outcome:
    """Run the import's stage, and end the work."""
    row = claimed.row
    match row.stage:
        case "report":
            await _report(worker, claimed)
        case "import":
            await _import(worker, claimed)
        case _:
            actor = requester(row.user_id, row.requested_by)
            while (part := await undo_next(worker, actor, row.id)) is not None:
                claimed.progress(99.9 * part)
            await _complete(worker, claimed)
    log.info("import_stage_completed", import_id=row.id, stage=row.stage)
    return Done()


async def _complete(worker: WorkerContext, claimed: Claimed[ImportRow]) -> None:
    async with worker.pool.acquire() as connection, connection.transaction():
        await claimed.end(connection)
        await connection.execute(_COMPLETE, claimed.row.id)
        await connection.execute(NOTIFY, claimed.row.id)


@asynccontextmanager
async def _opened(worker: WorkerContext, row: ImportRow) -> AsyncIterator[Path]:
    """The archive on this machine, within the block."""
    path = await worker.pool.fetchval(_ARCHIVE, row.asset_id, row.user_id)
    if path is None:
        raise PermanentError("The archive is no longer in your library. Upload it again.")
    async with worker.vault.local(key_of(path)) as local, seekable(worker, local) as archive:
        yield archive


async def _report(worker: WorkerContext, claimed: Claimed[ImportRow]) -> None:
    row, pool = claimed.row, worker.pool
    await pool.execute(_CLEAR, row.id)
    licenses = dict(map(tuple, await pool.fetch(_LICENSES)))
    is_own = row.user_id == row.requested_by
    try:
        async with worker.vault.scratch() as folder, _opened(worker, row) as archive:
            reporter = Reporter(worker, row.id, row.user_id, licenses, archive=archive, is_own=is_own)
            params = {"form": row.wanted_form}
            result = await make(READING, archive, folder, params=params, progress=claimed.progress)
            if isinstance(result, Refused):
                raise PermanentError(result.message, result.code)
            pages = _pages(folder / RESULT)
            heading = await asyncio.to_thread(next, pages)
            while page := await asyncio.to_thread(next, pages, None):
                await reporter.add(page)
    except ObjectMissingError as error:
        raise PermanentError("The archive's bytes are gone: upload it again.") from error
    async with pool.acquire() as connection, connection.transaction():
        await claimed.end(connection)
        report = msgspec.to_builtins(reporter.report(heading))
        await connection.execute(_REPORTED, row.id, heading.form, report, reporter.count)
        await connection.execute(NOTIFY, row.id)


def _pages(path: Path) -> Iterator[Any]:
    """The heading, then the items in pages, as the child has written them. Blocks.

    Raises:
        PermanentError: they are not items: the child was taken over by what it read.
    """
    decode = msgspec.json.Decoder(Item).decode
    with path.open("rb") as lines:
        try:
            yield msgspec.json.decode(lines.readline(MAX_HEADING_BYTES), type=Heading)
            page: list[Item] = []
            size = 0
            for number, line in enumerate(iter(lambda: lines.readline(MAX_LINE_BYTES), b"")):
                if number >= MAX_ITEMS:
                    raise PermanentError(f"The archive has more than {MAX_ITEMS:,} items.")
                page.append(decode(line))
                size += len(line)
                if len(page) == PAGE or size >= PAGE_BYTES:
                    yield page
                    page, size = [], 0
            if page:
                yield page
        except msgspec.MsgspecError as error:
            raise PermanentError("The archive cannot be read.") from error


async def _import(worker: WorkerContext, claimed: Claimed[ImportRow]) -> None:
    row, pool = claimed.row, worker.pool
    sqid = await find_sqid(pool, worker.ids, row.user_id)
    if sqid is None:
        raise PermanentError("The account of this import is deleted.")
    licenses, choices = dict(map(tuple, await pool.fetch(_LICENSES))), msgspec.convert(row.choices, ImportChoices)
    done = 0  # what is behind done_number may be planned still: a group is not made in its order
    try:
        async with _opened(worker, row) as archive:
            making = Making(
                worker=worker,
                actor=requester(row.user_id, row.requested_by),
                sqid=sqid,
                archive=archive,
                claimed=claimed,
                choices=choices,
                licenses={**licenses, **choices.licenses},
                hook=Hook.of_worker(worker),
            )
            while rows := await pool.fetch(_NEXT, row.id, done, choices.posts_as != "posts", MADE_TOGETHER, ROWS_BYTES):
                group = _together(rows)
                done = group[-1].number
                await make_group(making, group)
                claimed.progress(99.9 * done / max(row.item_count, 1))
            await link_earlier_posts(making)
    except ObjectMissingError as error:
        raise PermanentError("The archive's bytes are gone: upload it again.") from error
    await _complete(worker, claimed)


def _together(rows: Sequence[Record]) -> Sequence[Planned]:
    """The first of these that are made at a time: one, or some whose bytes are not too many to unpack."""
    group: list[Planned] = []
    left = TOGETHER_BYTES
    for each in rows:
        item = msgspec.convert(each["item"], Item)
        left -= item.entry.size if isinstance(item, FileItem | PostItem) else 0
        if group and left < 0:
            break
        group.append(Planned(number=each["number"], item=item))
    return group


async def _fail(connection: Connection, import_ids: Sequence[int], failed: Failed) -> None:
    await connection.execute(_FAIL, import_ids, failed.message)
    await connection.execute(_CLEAR_REPORTS, import_ids)
    for import_id in import_ids:
        await connection.execute(NOTIFY, import_id)


IMPORTS = Kind(
    name=KIND,
    queue=Queue.IMPORTS,
    key=int,
    row=ImportRow,
    run=run_import,
    claim=_CLAIM,
    release=_RELEASE,
    restart=_RESTART,
    fail=_fail,
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=2,
    running_per_user=1,
    gave_up_message="The import could not be completed, although it was tried several times.",
    kept_dying_message="The import could not be completed: every attempt was interrupted.",
)
