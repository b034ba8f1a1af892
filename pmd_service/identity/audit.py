"""The audit trail: what moderators did on another user's behalf, one row per action (SPEC section 4).

A row is written in the transaction of its action.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from aiohttp import web

from ..base.database import POOL, Connection, Pool
from ..base.public_ids import PublicIds
from ..http.errors import unprocessable
from ..http.patterns import NOT_BLANK
from ..http.reading import Function
from ..http.route import Routes
from ..http.wire import Cursor, PageQuery
from .users import ACTOR, PUBLIC_IDS, Actor

Reader = TypeVar("Reader", bound=Function)

Reason = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=500, description="Why, for the audit trail."),
    NOT_BLANK,
]


def check_reason(actor: Actor, reason: str | None, *, is_required: bool = False) -> None:
    """Accept a reason only from a moderator who acts for another user.

    Args:
        is_required: whether a moderator has to.

    Raises:
        ProblemError: 422, a reason without acting for another, or a required one is missing.
    """
    if reason is not None and not actor.moderates:
        raise unprocessable("A reason is for moderators who act for another user.", path="$.reason")
    if reason is None and actor.moderates and is_required:
        raise unprocessable("Please give a reason, for the audit trail of moderators.", path="$.reason")


# By room.
Action = Literal[
    "hide", "unhide", "answer_hide", "delete", "restore", "license", "edit", "replace_file",
    "read_live", "read_posts", "read_drafts", "change_posts", "cancel_change_of_posts", "undo_change_of_posts",
    "read_downloads", "request_download", "retry_download", "cancel_download", "delete_download",
    "request_takeout", "cancel_takeout",
    "read_uploads", "upload", "stop_upload", "retry_upload", "undo_upload",
    "read_imports", "request_import", "start_import", "cancel_import", "undo_import",
    "read_library", "read_asset", "read_asset_file", "approve_assets", "unapprove_assets", "set_aside_assets",
    "trash_assets", "restore_assets", "purge_assets", "edit_assets", "publish_assets",
    "stack_assets", "unstack_assets", "keep_both_assets", "compare_assets_again", "unfold_assets", "fold_assets",
    "begin_tasks", "retry_task", "cancel_task",
    "read_packs", "read_pack", "create_pack", "edit_pack", "fill_pack", "delete_pack", "export_pack", "download_pack",
    "read_links", "share", "withdraw_link", "read_watermark", "set_watermark",
]  # fmt: skip


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One action of a moderator on another user's behalf; a user who has been deleted has no handle."""

    id: Annotated[int, msgspec.Meta(examples=[12])]
    action: Annotated[Action, msgspec.Meta(examples=["hide"])]
    target_sqid: Annotated[str, msgspec.Meta(examples=["Uk7c"])]
    target_handle: Annotated[str | None, msgspec.Meta(examples=["pixelfan"])]
    post_ids: Annotated[Sequence[int], msgspec.Meta(examples=[[101, 102]])]
    asset_ids: Sequence[int] = ()
    pack_id: int | None = None
    reason: Annotated[str | None, msgspec.Meta(examples=["Not the artist's own work."])]
    created_at: datetime


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the trail, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[AuditEntry]
    next_cursor: str | None


async def record(
    connection: Connection | Pool,
    actor: Actor,
    action: Action,
    post_ids: Sequence[int] = (),
    *,
    asset_ids: Sequence[int] = (),
    pack_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Record a moderator's action, in the caller's transaction; users' own actions are not recorded."""
    if actor.moderates:
        await connection.execute(
            """INSERT INTO audit_log (actor_id, action, target_user_id, post_ids, asset_ids, pack_id, reason)
               VALUES ($1, $2, $3, $4, $5, $6, $7)""",
            actor.viewer.id,
            action,
            actor.subject.id,
            post_ids,
            asset_ids,
            pack_id,
            reason,
        )


# Reads within this time are one entry.
_ONE_LOOK = "1 hour"

_RECORD_ONCE = f"""
INSERT INTO audit_log (actor_id, action, target_user_id, post_ids, asset_ids, pack_id)
SELECT $1, $2, $3, '{{}}', $4, $5
 WHERE NOT EXISTS (
       SELECT FROM audit_log
        WHERE actor_id = $1 AND action = $2 AND target_user_id = $3 AND asset_ids = $4
          AND pack_id IS NOT DISTINCT FROM $5 AND created_at > now() - interval '{_ONE_LOOK}')
"""


async def record_once(
    connection: Connection | Pool,
    actor: Actor,
    action: Action,
    *,
    asset_ids: Sequence[int] = (),
    pack_id: int | None = None,
) -> None:
    """Record that a moderator reads something, unless there is an entry of the last hour."""
    if actor.moderates:
        await connection.execute(_RECORD_ONCE, actor.viewer.id, action, actor.subject.id, asset_ids, pack_id)


def recorded_once(action: Action) -> Callable[[Reader], Reader]:
    """Record that a moderator reads what a handler answers; nothing where it answers None."""

    def decorate(function: Reader) -> Reader:
        @wraps(function)
        async def read(request: web.Request, **parsed: Any) -> Any:
            answer = await function(request, **parsed)
            if answer is not None:
                await record_once(request.app[POOL], request[ACTOR], action)
            return answer

        return cast("Reader", read)

    return decorate


_LIST_TRAIL = """
SELECT audit_log.id, action, target_user_id, users.public_sqid, users.handle AS target_handle, post_ids, asset_ids,
       pack_id, reason, audit_log.created_at
  FROM audit_log
  LEFT JOIN users ON users.id = target_user_id
 WHERE actor_id = $1 AND ($2::int IS NULL OR target_user_id = $2) AND (audit_log.created_at, audit_log.id) < ($3, $4)
 ORDER BY audit_log.created_at DESC, audit_log.id DESC
 LIMIT $5
"""


async def list_trail(connection: Connection | Pool, ids: PublicIds, actor: Actor, query: PageQuery) -> AuditPage:
    """A page of the viewer's actions, for the user for whom they act now, or for all."""
    after, limit = Cursor.parse(query.cursor), query.limit
    target_id = actor.subject.id if actor.moderates else None
    rows = await connection.fetch(_LIST_TRAIL, actor.viewer.id, target_id, after.created_at, after.id, limit + 1)
    entries = [_entry(dict(row), ids) for row in rows]
    return AuditPage(items=entries[:limit], next_cursor=Cursor.behind(entries, limit))


def _entry(columns: dict[str, Any], ids: PublicIds) -> AuditEntry:
    sqid = ids.of(columns.pop("target_user_id"), columns.pop("public_sqid"))
    return AuditEntry(target_sqid=sqid, **columns)


ROUTES = Routes("Moderation", keys="none")


@ROUTES("GET /api/pmd/audit", "A page of the trail.", moderators="Only moderators have an audit trail.")
async def get_audit(request: web.Request, query: PageQuery) -> AuditPage:
    """Read your trail.

    What you did as a moderator on somebody else's behalf, newest first; with `target_sqid` only what you did for that
    user.
    """
    return await list_trail(request.app[POOL], request.app[PUBLIC_IDS], request[ACTOR], query)
