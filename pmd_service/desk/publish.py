"""Background work of kind ``publish``: a draft whose time has come becomes a post.

The post is inserted in the transaction that ends the work and settles the draft: it is there once, whatever is killed.

In a thread: reading the copy and storing it in one hop.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import aiofiles.os
import msgspec

from ..assets.asset import Asset, find_assets
from ..base.database import Connection, Pool
from ..base.telemetry import log
from ..identity.users import find_sqid, in_good_standing
from ..library.new_posts import NewPost, art_key, copies_of, insert_post, refusal_of, too_large
from ..locales import translatable
from ..media.messages import Faulted, Refused
from ..outbox.hook import Hook, queue_webhook
from ..outbox.mailer import Mailer
from ..outbox.message import compose_for
from ..outbox.queue import add_mail
from ..outbox.sender import Compose, Mail
from ..site.details import PostDetails
from ..site.rights import PUBLISHING_IS_OFF, are_ours, takes_posts
from ..vault import Stored
from ..vault.leftovers import NewObject, new_object
from ..work.claimed import Claimed, LeaseLostError
from ..work.context import WorkerContext
from ..work.kind import Done, Failed, Kind, Outcome, PermanentError, Retry
from ..work.queue import Queue
from .drafts import Draft
from .edits import KIND
from .live import note_drafts
from .queries import Reader, find_draft
from .series import join_series

TIME_LIMIT_SECONDS = 600.0
TOPIC = "publishing_failed"


class PublishRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that an attempt needs."""

    id: int
    user_id: int
    asset_id: int


_CLAIM = f"""
WITH claimed AS (SELECT work FROM claim_work('{KIND}', $1, $2, $3) AS work)
SELECT work, draft.id, draft.user_id, draft.asset_id
  FROM claimed
  LEFT JOIN draft ON draft.id = (work).subject::bigint AND draft.status = 'scheduled'
"""
# It has no state of its own for what runs: scheduled until it is published.
_RELEASE = "SELECT FROM draft WHERE id = $1"
_RESTART = """
UPDATE draft SET status = 'scheduled', reason = NULL, version = version + 1, updated_at = now()
 WHERE id = $1 AND status = 'failed'
RETURNING id
"""
_FAIL = """
UPDATE draft SET status = 'failed', reason = left($2, 500), version = version + 1, updated_at = now()
 WHERE id = ANY ($1) AND status = 'scheduled'
RETURNING id, user_id, version
"""
_LOCK = "SELECT id FROM draft WHERE id = $1 AND status = 'scheduled' FOR UPDATE"
_LOCK_FILE = "SELECT FROM asset WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL FOR UPDATE"
_PUBLISH = """
UPDATE draft
   SET status = 'published', post_id = $2, published_at = now(), version = version + 1, updated_at = now()
 WHERE id = $1
"""
_SUSPENDED = translatable("Your account cannot publish at the moment.")


class _ChangedError(Exception):
    """The draft needs another copy than the one that was made, or none: another attempt finds out."""


async def publish_draft(worker: WorkerContext, claimed: Claimed[PublishRow]) -> Outcome:
    """Publish the draft by the site's rules, as it is now.

    Raises:
        PermanentError: something must be done first, which the message says.
        LeaseLostError: it was taken out of the queue.
    """
    try:
        await _make_post(worker, claimed)
    except _ChangedError:
        return Retry("the draft was changed meanwhile", delay_seconds=0, is_fault=False)
    return Done()


async def _make_post(worker: WorkerContext, claimed: Claimed[PublishRow]) -> None:
    row = claimed.row
    draft = await _ready(worker, worker.pool, row)
    asset = (await find_assets(worker.pool, user_id=row.user_id, asset_ids=[row.asset_id])).get(row.asset_id)
    sqid = await find_sqid(worker.pool, worker.ids, row.user_id)
    if asset is None or sqid is None:
        raise _ChangedError
    hook = Hook.of_worker(worker)
    async with (
        _copy_of(worker, asset, draft) as path,
        new_object(worker.pool, worker.vault, art_key(sqid, asset.file_format)) as copy,
    ):
        stored = await asyncio.to_thread(_store, path, copy)
        async with worker.pool.acquire() as connection, connection.transaction():
            await claimed.end(connection)
            post_id = await _publish(worker, connection, row, draft, stored)
            await copy.keep(connection)
            webhook_id = await queue_webhook(
                connection, hook, user_id=row.user_id, action="publish", post_ids=[post_id]
            )
    await hook.changed(webhook_id)
    log.info("draft_published", post_id=post_id)


async def _ready(worker: WorkerContext, connection: Connection | Pool, row: PublishRow) -> Draft:
    """The draft, if nothing speaks against publishing it now.

    Raises:
        PermanentError: something does.
        LeaseLostError: it is not there any more.
    """
    if not takes_posts(worker.settings, stands_alone=await are_ours(connection)):
        raise PermanentError(PUBLISHING_IS_OFF, "publishing_off")
    if not await in_good_standing(connection, [row.user_id]):
        raise PermanentError(_SUSPENDED, "suspended")
    draft = await find_draft(connection, Reader(worker.ids, worker.settings), user_id=row.user_id, draft_id=row.id)
    if draft is None:
        raise LeaseLostError
    for problem in draft.problems:
        if problem.is_blocking:
            raise PermanentError(problem.message, problem.code)
    return draft


@asynccontextmanager
async def _copy_of(worker: WorkerContext, asset: Asset, draft: Draft) -> AsyncIterator[Path]:
    """The copy that the post gets.

    Raises:
        PermanentError: the site does not take it, or it cannot be made.
        ChildFaultError: no child can be started.
    """
    async with (
        worker.vault.scratch() as folder,
        aclosing(copies_of(worker.vault, [asset], draft.marks or "strip", folder)) as copies,
    ):
        async for copy in copies:
            if isinstance(copy, Faulted):
                raise OSError(f"the copy of file {asset.id} could not be made")
            if isinstance(copy, Refused):
                raise PermanentError(copy.message, copy.code)
            refusal = refusal_of(asset, worker.settings)
            if refusal := refusal or too_large((await aiofiles.os.stat(copy.path)).st_size, worker.settings):
                raise PermanentError(refusal[1], refusal[0])
            yield copy.path


def _store(path: Path, copy: NewObject) -> Stored:
    copy.part.write(path.read_bytes())
    return copy.part.seal()


async def _publish(
    worker: WorkerContext, connection: Connection, row: PublishRow, before: Draft, stored: Stored
) -> int:
    """Insert the post and settle the draft, in the transaction that ends the work; returns the post's id.

    Raises:
        PermanentError: something speaks against it since the copy was made.
        LeaseLostError: it is not scheduled any more.
        _ChangedError: it needs another copy.
    """
    if await connection.fetchval(_LOCK, row.id) is None:
        raise LeaseLostError
    await connection.execute(_LOCK_FILE, row.asset_id, row.user_id)
    draft = await _ready(worker, connection, row)
    if draft.marks != before.marks:
        raise _ChangedError
    post_id = await insert_post(connection, row.asset_id, stored, new_post(draft), user_id=row.user_id)
    if draft.series_id is not None:
        await join_series(connection, user_id=row.user_id, post_id=post_id, series_id=draft.series_id)
    await connection.execute(_PUBLISH, row.id, post_id)
    await note_drafts(connection, row.user_id, "published", [row.id])
    return post_id


def new_post(draft: Draft) -> NewPost:
    return NewPost(
        title=draft.title or "",
        description=draft.description,
        hashtags=draft.hashtags,
        license_id=draft.license_id,
        is_hidden=draft.is_hidden,
        marks=draft.marks or "strip",
        created_at=draft.posted_at,
        details=PostDetails(
            alt_text=draft.alt_text,
            content_warnings=draft.content_warnings,
            ai_disclosure=draft.ai_disclosure,
            ai_opt_out=draft.ai_opt_out,
        ),
    )


async def _fail(connection: Connection, draft_ids: Sequence[int], failed: Failed) -> None:
    for row in await connection.fetch(_FAIL, draft_ids, failed.message):
        await note_drafts(connection, row["user_id"], "failed", [row["id"]])
        about, state = str(row["id"]), str(row["version"])
        await add_mail(connection, TOPIC, user_id=row["user_id"], about=about, state=state, request_id=None)


_SUBJECT = translatable("A post of yours at {site} was not published")
_FAILED = "SELECT title, reason FROM draft WHERE id = $1 AND status = 'failed' AND version = $2"


async def compose_failed(worker: WorkerContext, mailer: Mailer, mail: Mail) -> EmailMessage | None:
    """The message about a draft that was not published; None if it is outdated."""
    row = await worker.pool.fetchrow(_FAILED, int(mail.about), int(mail.deduplication_key))
    if row is None:
        return None
    values = {"title": row["title"], "why": row["reason"]}
    return await compose_for(worker, mailer, mail, _SUBJECT, about="show=scheduled", page="publish", **values)


COMPOSERS: Mapping[str, Compose] = {TOPIC: compose_failed}

PUBLISHING = Kind(
    name=KIND,
    queue=Queue.PUBLISHING,
    key=int,
    row=PublishRow,
    run=publish_draft,
    claim=_CLAIM,
    release=_RELEASE,
    fail=_fail,
    restart=_RESTART,
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=3,
    running_per_user=1,
    in_order=True,
    gave_up_message=translatable("It could not be published, although it was tried several times."),
    kept_dying_message=translatable("It could not be published: every attempt was cut off."),
)
