"""Background work of kind ``import``: the report of an archive, what is made of it, and the undo; each a stage.

Items are made in their order, some at a time, each group in a transaction of its own: after a crash the next attempt
goes on behind the last one.

In a thread: reading the next page of the archive in one hop.
"""

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..assets.asset import key_of
from ..base.database import Connection
from ..base.telemetry import log
from ..identity.users import Actor, User, find_sqid
from ..media.companions import PAGES, PROGRAMS, ending_of
from ..media.engine import make
from ..media.messages import Refused
from ..outbox.hook import Hook
from ..site.feeds import Feeds
from ..site.posts import LIVE_ARTWORK
from ..site.rights import are_ours, takes_posts
from ..vault import ObjectMissingError
from ..work.claimed import Claimed, LeaseLostError
from ..work.context import WorkerContext
from ..work.kind import Done, Failed, Kind, Outcome, PermanentError
from ..work.queue import Queue
from .files import find_present
from .groups import MADE_TOGETHER, make_group
from .items import FileItem, Item, LostItem, PackItem, PostItem
from .lifecycle import KIND
from .making import Making, Planned, title_of
from .reading import READING, RESULT
from .rows import NOTIFY, ImportChoices, ImportCount, ImportReport
from .undoing import undo_next

TIME_LIMIT_SECONDS = 6 * 3600.0
PAGE = 1000
MAX_ITEMS = 1_000_000
MAX_LICENSES = 64
# Of the report, and of those that are counted for it.
MAX_HASHTAGS, MAX_COUNTED = 500, 20_000
MAX_LINE_BYTES = 64 << 20
POSTS_ELSEWHERE = "posts_are_made_elsewhere"  # where the site takes no posts from here


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that an attempt needs."""

    id: int
    user_id: int
    requested_by: int
    asset_id: int
    stage: str
    choices: dict[str, Any]
    item_count: int


_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('import', $1, $2, $3) AS work),
     started AS (UPDATE imports SET status = 'running' FROM claimed
                  WHERE imports.id = (work).subject::bigint AND status IN ('pending', 'running')
                 RETURNING imports.id, imports.user_id, requested_by, asset_id, stage, choices, item_count)
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
_INSERT = """
INSERT INTO import_item (import_id, number, outcome, reason, item)
SELECT $1, row.number, row.outcome, row.reason, row.item
  FROM jsonb_to_recordset($2) AS row (number integer, outcome text, reason text, item jsonb)
"""
_SAME_POSTS = f"""
SELECT wanted.number
  FROM jsonb_to_recordset($2) AS wanted (number integer, title text, created_at timestamptz)
 WHERE EXISTS (SELECT FROM posts
                WHERE owner_id = $1 AND posts.created_at = wanted.created_at AND {LIVE_ARTWORK}
                  AND coalesce(posts.title, '') = wanted.title)
"""
_SAME_PACKS = "SELECT name FROM pack WHERE user_id = $1 AND deleted_at IS NULL AND name = ANY ($2)"
_NEXT = f"""
SELECT number, item FROM import_item
 WHERE import_id = $1 AND number > $2 AND state = 'planned'
   AND (outcome IN ('make', 'change') OR $3 AND reason = '{POSTS_ELSEWHERE}')
 ORDER BY number LIMIT {MADE_TOGETHER}
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
            while await undo_next(worker, actor_of(row.user_id, row.requested_by), row.id):
                pass
            await _complete(worker, claimed)
    log.info("import_stage_completed", import_id=row.id, stage=row.stage)
    return Done()


def actor_of(user_id: int, requested_by: int) -> Actor:
    """As whom the import was requested; the rights were checked then."""
    subject = User(id=user_id, sqid="", handle="", roles=())
    is_own = user_id == requested_by
    viewer = subject if is_own else User(id=requested_by, sqid="", handle="", roles=("moderator",))
    return Actor(viewer=viewer, subject=subject, token_ends=math.inf)


async def _complete(worker: WorkerContext, claimed: Claimed[ImportRow]) -> None:
    async with worker.pool.acquire() as connection, connection.transaction():
        await claimed.end(connection)
        await connection.execute(_COMPLETE, claimed.row.id)
        await connection.execute(NOTIFY, claimed.row.id)


async def _key(worker: WorkerContext, row: ImportRow) -> str:
    path = await worker.pool.fetchval(_ARCHIVE, row.asset_id, row.user_id)
    if path is None:
        raise PermanentError("The archive is no longer in your library. Upload it again.")
    return key_of(path)


async def _report(worker: WorkerContext, claimed: Claimed[ImportRow]) -> None:
    row, pool = claimed.row, worker.pool
    await pool.execute(_CLEAR, row.id)
    reporter = _Reporter(worker, row, dict(map(tuple, await pool.fetch(_LICENSES))))
    try:
        async with worker.vault.scratch() as folder, worker.vault.local(await _key(worker, row)) as archive:
            result = await make(READING, archive, folder, progress=claimed.progress)
            if isinstance(result, Refused):
                raise PermanentError(result.message, result.code)
            pages = _pages(folder / RESULT)
            form = await asyncio.to_thread(next, pages)
            while page := await asyncio.to_thread(next, pages, None):
                await reporter.add(page)
    except ObjectMissingError as error:
        raise PermanentError("The archive's bytes are gone: upload it again.") from error
    async with pool.acquire() as connection, connection.transaction():
        await claimed.end(connection)
        report = msgspec.to_builtins(reporter.report())
        await connection.execute(_REPORTED, row.id, str(form), report, reporter.count)
        await connection.execute(NOTIFY, row.id)


def _pages(path: Path) -> Iterator[Any]:
    """The form's name, then the items in pages, as the child has written them. Blocks.

    Raises:
        PermanentError: they are not items: the child was taken over by what it read.
    """
    decode = msgspec.json.Decoder(Item).decode
    with path.open("rb") as lines:
        try:
            yield msgspec.json.decode(lines.readline(1000), type=str)
            items = (decode(line) for line in iter(lambda: lines.readline(MAX_LINE_BYTES), b""))
            for number, page in enumerate(iter(lambda: list(itertools.islice(items, PAGE)), [])):
                if number * PAGE >= MAX_ITEMS:
                    raise PermanentError(f"The archive has more than {MAX_ITEMS:,} items.")
                yield page
        except msgspec.MsgspecError as error:
            raise PermanentError("The archive cannot be read.") from error


class _Reporter:
    """Decides what becomes of each item, by what there is already."""

    def __init__(self, worker: WorkerContext, row: ImportRow, licenses: Mapping[str, int]) -> None:
        self._worker = worker
        self._row = row
        self._licenses = licenses
        self._named: dict[str, int | None] = {}
        self._hashtags: Counter[str] = Counter()
        self._counts: Counter[tuple[str, str, str | None]] = Counter()
        self._hashes: set[str] = set()  # of the archive's files
        self.count = 0

    async def add(self, items: Sequence[Item]) -> None:
        pool, row = self._worker.pool, self._row
        numbered = list(enumerate(items, start=self.count + 1))
        self.count += len(items)
        hashes = {item.sha256 for item in items if isinstance(item, FileItem) and item.sha256}
        known = await find_present(pool, user_id=row.user_id, hashes=hashes)
        posts = [
            {"number": number, "title": title_of(item) or "", "created_at": item.created_at}
            for number, item in numbered
            if isinstance(item, PostItem)
        ]
        present = {each["number"] for each in await pool.fetch(_SAME_POSTS, row.user_id, msgspec.to_builtins(posts))}
        names = [item.title for item in items if isinstance(item, PackItem)]
        packs = {each["name"] for each in await pool.fetch(_SAME_PACKS, row.user_id, names)}
        takes = takes_posts(self._worker.settings, stands_alone=await are_ours(pool))
        rows = []
        for number, item in numbered:
            is_present = number in present or (isinstance(item, PackItem) and item.title in packs)
            is_present |= isinstance(item, FileItem) and item.sha256 in known
            outcome, reason = self._outcome(item, is_present=is_present, takes=takes)
            kind, count = item.__struct_config__.tag, item.count if isinstance(item, LostItem) else 1
            self._counts[str(kind), outcome, reason] += count
            if not isinstance(item, LostItem) and (outcome in ("make", "change") or reason == POSTS_ELSEWHERE):
                self._note_names(item)
            rows.append({"number": number, "outcome": outcome, "reason": reason, "item": msgspec.to_builtins(item)})
        await pool.execute(_INSERT, row.id, rows)

    def _outcome(self, item: Item, *, is_present: bool, takes: bool) -> tuple[str, str | None]:
        if isinstance(item, LostItem):
            return "lose", item.reason
        if is_present:
            return "present", None
        if isinstance(item, PostItem) and not takes:
            return "skip", POSTS_ELSEWHERE
        if isinstance(item, FileItem) and (left_out := self._left_out(item)) is not None:
            return left_out
        is_unknown = item.license is not None and item.license not in self._licenses
        return ("change", "license_unknown") if is_unknown else ("make", None)

    def _note_names(self, item: FileItem | PostItem | PackItem) -> None:
        """The licences and hashtags that can be mapped to others."""
        if item.license and len(self._named) < MAX_LICENSES:
            self._named[item.license] = self._licenses.get(item.license)
        if not isinstance(item, PackItem):
            known = self._hashtags
            known.update(tag for tag in set(item.hashtags) if tag in known or len(known) < MAX_COUNTED)

    def _left_out(self, item: FileItem) -> tuple[str, str | None] | None:
        if ending_of(item.title) in PROGRAMS | PAGES:
            return "skip", "not_kept_here"
        if item.sha256 in self._hashes:
            return "double", None
        if item.sha256:
            self._hashes.add(item.sha256)
        return None

    def report(self) -> ImportReport:
        counts = [
            ImportCount(kind=kind, outcome=outcome, reason=reason, count=count)  # type: ignore[arg-type]
            for (kind, outcome, reason), count in sorted(self._counts.items(), key=str)
        ]
        hashtags = dict(self._hashtags.most_common(MAX_HASHTAGS))
        return ImportReport(counts=counts, licenses=self._named, hashtags=hashtags)


async def _import(worker: WorkerContext, claimed: Claimed[ImportRow]) -> None:
    row, pool = claimed.row, worker.pool
    sqid = await find_sqid(pool, worker.ids, row.user_id)
    if sqid is None:
        raise PermanentError("The account of this import is deleted.")
    licenses, choices = dict(map(tuple, await pool.fetch(_LICENSES))), msgspec.convert(row.choices, ImportChoices)
    done = 0  # what is behind done_number may be planned still: a group is not made in its order
    try:
        async with worker.vault.local(await _key(worker, row)) as archive:
            making = Making(
                worker=worker,
                actor=actor_of(row.user_id, row.requested_by),
                sqid=sqid,
                archive=archive,
                import_id=row.id,
                choices=choices,
                licenses={**licenses, **choices.licenses},
                hook=Hook(worker.settings.site_webhook_url is not None, worker.queues, Feeds.of(worker.settings)),
            )
            while rows := await pool.fetch(_NEXT, row.id, done, choices.posts_as == "files"):
                group = [Planned(number=each["number"], item=msgspec.convert(each["item"], Item)) for each in rows]
                done = group[-1].number
                if not await make_group(making, group):
                    raise LeaseLostError  # it was cancelled
                claimed.progress(99.9 * done / max(row.item_count, 1))
    except ObjectMissingError as error:
        raise PermanentError("The archive's bytes are gone: upload it again.") from error
    await _complete(worker, claimed)


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
