"""Requesting a bulk change: which posts it is about is fixed then, so that a person changes what they have seen."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...assets.types import AiDisclosure
from ...base.database import Connection, Pool, lock, with_custom_plans
from ...base.telemetry import log, request_id
from ...http.errors import conflict, too_many, unprocessable
from ...http.once import Once
from ...http.selection import LicenseId, counted
from ...identity import audit
from ...identity.audit import Reason, check_reason
from ...identity.users import Actor
from ...locales import plural
from ...site.details import normalized
from ...site.licenses import require_licenses
from ...site.texts import AltText, ContentWarnings, Hashtags, hashtags
from ...work.adding import add_work
from ...work.queue import Queue, Queues
from ..filters import PostFilter, State, Where
from .rows import BulkChange, require_bulk_change

KIND = "bulk_change"
# As many as one user may have; and as one transaction of a change writes.
MAX_POSTS = 200_000
BATCH = 500
# A user's changes are counted and inserted under this advisory lock.
LOCK = "bulk"
# Changes of one user that have not ended.
MAX_WAITING = 8


class BulkFilter(PostFilter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The filters of ``GET /api/pmd/posts``; none: all posts."""

    state: Annotated[State, Meta(description="Posts that are not deleted, that are, or all.")] = "active"


class BulkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/bulk-changes."""

    action: Annotated[
        Literal["hide", "unhide", "delete", "restore", "license", "hashtags", "details"], Meta(examples=["license"])
    ]
    filter: Annotated[BulkFilter, Meta(examples=[{"q": "sea"}])]
    license_id: Annotated[
        LicenseId | UnsetType | None, Meta(description="For `license`; null removes it.", examples=[2])
    ] = UNSET
    add_hashtags: Annotated[Hashtags, Meta(description="For `hashtags`.")] = []
    remove_hashtags: Annotated[Hashtags, Meta(description="For `hashtags`.")] = []
    alt_text: Annotated[AltText | UnsetType, Meta(description="For `details`; of posts that have none.")] = UNSET
    content_warnings: Annotated[ContentWarnings | UnsetType, Meta(description="For `details`, in place of others.")] = (
        UNSET
    )
    ai_disclosure: Annotated[AiDisclosure | UnsetType | None, Meta(description="For `details`.")] = UNSET
    ai_opt_out: Annotated[
        bool | UnsetType | None, Meta(description="For `details`; null: as the artist's default is.")
    ] = UNSET
    expected_count: (
        Annotated[
            int,
            Meta(
                ge=0, description="How many posts the filter has to find; otherwise nothing is changed.", examples=[1]
            ),
        ]
        | None
    ) = None
    reason: Reason | None = None


_INSERT = """
INSERT INTO bulk_change (user_id, requested_by, action, request, found_count)
VALUES ($1, $2, $3, $4, $5)
RETURNING id
"""
_INSERT_BATCH = "INSERT INTO bulk_change_batch (change_id, number, post_ids) VALUES ($1, $2, $3)"
_COUNT_WAITING = "SELECT count(*) FROM bulk_change WHERE user_id = $1 AND status IN ('pending', 'running')"


async def request_bulk_change(pool: Pool, queues: Queues, actor: Actor, body: BulkRequest, once: Once) -> BulkChange:
    """Commit a change of the posts that the filter finds now, and enqueue it.

    Raises:
        ProblemError: 409 the filter does not find as many posts as expected; 422 values that do not fit the action, an
            unknown licence, more than ``MAX_POSTS`` posts; 429 too many changes have not ended.
    """
    check_reason(actor, body.reason)
    request = msgspec.to_builtins(_normalized(body))
    user_id = actor.subject.id
    post_ids = await _find_posts(pool, actor, body.filter)
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, LOCK, user_id)
        await require_licenses(connection, {"$.license_id": body.license_id or None})
        if body.expected_count not in (None, len(post_ids)):
            detail = plural(
                "The filter finds {number} post now, not {expected}. Nothing was changed.",
                "The filter finds {number} posts now, not {expected}. Nothing was changed.",
                len(post_ids),
                expected=body.expected_count,
            )
            raise conflict(detail)
        await require_capacity(connection, user_id)
        values = (user_id, actor.viewer.id, body.action, request, len(post_ids))
        change_id: int = await connection.fetchval(_INSERT, *values)
        batches = [
            (change_id, place // BATCH, post_ids[place : place + BATCH]) for place in range(0, len(post_ids), BATCH)
        ]
        await connection.executemany(_INSERT_BATCH, batches)
        await enqueue(connection, actor, change_id, f"{body.action} · {counted(len(post_ids), 'post')}")
        await audit.record(connection, actor, "change_posts", reason=body.reason)
        change = await require_bulk_change(connection, user_id=user_id, change_id=change_id)
        await once.end(connection, change)
    await queues.put(Queue.POSTS)
    log.info("bulk_change_requested", change_id=change_id, action=body.action, posts=len(post_ids))
    return change


def _normalized(body: BulkRequest) -> BulkRequest:
    """The request with normalized hashtags.

    Raises:
        ProblemError: 422, a value is missing or does not belong to the action.
    """
    add = hashtags(body.add_hashtags, path="$.add_hashtags")
    remove = hashtags(body.remove_hashtags, path="$.remove_hashtags")
    if (body.action == "hashtags") != bool(add or remove):
        raise unprocessable("Hashtags are to be added or removed by “hashtags” only.", path="$.action")
    if (body.action == "license") != (body.license_id is not UNSET):
        raise unprocessable("A licence is set by “license” only, which needs one or null.", path="$.license_id")
    details = normalized(body, path="$")
    if (body.action == "details") != bool(details):
        raise unprocessable("Details are set by “details” only, which needs one of them.", path="$.action")
    if body.alt_text is not UNSET and details["alt_text"] is None:
        raise unprocessable("An alt text needs at least one visible character.", path="$.alt_text")
    return msgspec.structs.replace(body, add_hashtags=add, remove_hashtags=remove, **details)


async def _find_posts(pool: Pool, actor: Actor, chosen: BulkFilter) -> Sequence[int]:
    async with with_custom_plans(pool) as connection:
        where = await Where.read(connection, chosen, owner_id=actor.subject.id, is_moderated=actor.moderates)
        found = f"SELECT id FROM posts WHERE {where.sql(chosen.state)} LIMIT {MAX_POSTS + 1}"
        sql = f"SELECT array_agg(id ORDER BY id) FROM ({found}) AS found"
        post_ids: Sequence[int] = await connection.fetchval(sql, *where.values) or ()
    if len(post_ids) > MAX_POSTS:
        raise unprocessable(f"More than {MAX_POSTS:,} posts are found; narrow the filter.", path="$.filter")
    return post_ids


async def require_capacity(connection: Connection, user_id: int) -> None:
    """Raises: ProblemError: 429, too many of the user's changes have not ended. Call it under the lock."""
    if await connection.fetchval(_COUNT_WAITING, user_id) >= MAX_WAITING:
        raise too_many(f"{MAX_WAITING} changes have not ended yet. Start this one when some have.", seconds=10)


async def enqueue(connection: Connection, actor: Actor, change_id: int, title: str) -> None:
    """Have a change run."""
    await add_work(connection, KIND, actor.subject.id, [(change_id, title)], request_id=request_id())
    await connection.execute(NOTIFY, change_id)


# Streams of the change read its row.
NOTIFY = "SELECT pg_notify('pmd_changed', user_id || ' bulk_change ' || id) FROM bulk_change WHERE id = $1"
