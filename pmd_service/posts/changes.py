"""Changing posts, all or none: the statement shared by actions and edits (SPEC section 5)."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import asyncpg
import msgspec
from msgspec import Meta

from ..base.database import Pool
from ..base.telemetry import log
from ..identity.changes import change_statement
from ..identity.users import Actor
from ..outbox.hook import Hook, insert_news
from ..site.posts import ARTWORK


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an action.

    ``affected_count`` posts are now as requested, whether or not they were before. ``still_hidden_count`` of them are
    still hidden, by the flag of the artist or of a moderator.
    """

    success: Literal[True] = True
    affected_count: Annotated[int, Meta(examples=[2])]
    still_hidden_count: int = 0
    message: Annotated[str, Meta(examples=["2 posts are changed."])]


# Posts that were as requested before are not reported to the site.
_CHANGED = """
                SELECT array_agg(id ORDER BY id) AS ids
                  FROM chosen, verdict
                 WHERE $6 AND whole AND NOT holds
                HAVING count(*) > 0"""


def statement(
    goal: str,
    *,
    holds: str,
    among: str = "NOT deleted_by_user",
    allowed: str = "true",
    also: str = "",
    besides: str = "",
) -> str:
    """``change_statement`` for the owner's artworks. $5 is a reason or null, $6 whether the site has a webhook; its
    message is the row's ``news_id``, and ``is_done`` says that the posts are now as requested.
    """
    sql = change_statement(
        "posts",
        goal,
        holds=holds,
        among=f"owner_id = $2 AND {ARTWORK} AND {among}",
        trail={"post_ids": "$1", "reason": "$5"},
        allowed=allowed,
        also=f", hidden_by_user, hidden_by_mod {also}",
        besides=f", {insert_news(_CHANGED, user='$2', action='$4')} {besides}",
    )
    return f"""{sql}, (SELECT id FROM told) AS news_id, (SELECT whole FROM verdict) AS is_done,
               (SELECT count(*) FROM chosen WHERE hidden_by_mod) AS hidden_by_mod,
               (SELECT count(*) FROM chosen WHERE hidden_by_user) AS hidden_by_user"""


async def change(
    pool: Pool,
    hook: Hook,
    actor: Actor,
    action: str,
    sql: str,
    post_ids: Sequence[int],
    *values: Any,
    reason: str | None = None,
) -> asyncpg.Record:
    """Execute a statement, and notify the site of what it has changed.

    Args:
        values: of the statement's parameters from $7 on.
    """
    row = await pool.fetchrow(sql, post_ids, actor.subject.id, actor.viewer.id, action, reason, hook.is_set, *values)
    assert row is not None
    # Also if nothing has changed: a repeated call clears the feeds that an unreachable Redis has kept.
    if row["is_done"]:
        await hook.changed(row["news_id"])
    return row


def changed(actor: Actor, action: str, count: int, message: str, *, still_hidden: int = 0) -> Changed:
    log.info("posts_changed", action=action, posts=count, user=actor.subject.sqid, by=actor.viewer.sqid)
    return Changed(affected_count=count, still_hidden_count=still_hidden, message=message)
