"""Batch actions on posts: hide, unhide, delete, restore, license (SPEC sections 4 and 5).

Each is one statement, all or nothing: it locks the chosen posts, and changes them only if all of them exist. Playlist
posts are excluded from every part of PMD: for an action they do not exist.
"""

from typing import Annotated, Literal

import asyncpg
import msgspec
from msgspec import Meta

from ..base.database import Pool
from ..http.errors import bad_request, conflict
from ..http.selection import LicenseId, PostIds, are, check_all_found, counted, distinct_ids
from ..identity.audit import Reason, check_reason
from ..identity.users import Actor
from ..outbox.hook import Hook
from .changes import Changed, change, changed, statement

Action = Literal["hide", "unhide", "delete", "restore"]


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/action; a moderator may give a reason, for the audit trail."""

    action: Annotated[Action, Meta(examples=["hide"])]
    post_ids: PostIds
    reason: Reason | None = None


class LicenseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/license; null removes the licence."""

    license_id: Annotated[LicenseId, Meta(examples=[2])] | None
    post_ids: PostIds


# A site may hide what its artists delete, so the artist's own flag is kept for a restore, in a table of ours, because
# posts may be a site's view. A moderator's flag is not restored: that would clear a later hide.
_KEEP_FLAGS = """,
        kept AS (
            INSERT INTO deleted_posts (post_id, hidden_by_user, deleted_at)
            SELECT id, hidden_by_user, now() FROM chosen, verdict WHERE NOT chosen.holds AND whole
                ON CONFLICT (post_id)
                DO UPDATE SET hidden_by_user = excluded.hidden_by_user, deleted_at = excluded.deleted_at)"""

_FORGET_FLAGS = """,
        forgotten AS (
            DELETE FROM deleted_posts USING chosen, verdict WHERE post_id = chosen.id AND whole)"""

_FLAGS_BEFORE = """
    coalesce((SELECT kept.hidden_by_user
                FROM deleted_posts AS kept
               WHERE kept.post_id = posts.id AND kept.deleted_at = posts.deleted_by_user_date), posts.hidden_by_user)"""

OWN = {
    "hide": statement("hidden_by_user = true", holds="hidden_by_user"),
    "unhide": statement("hidden_by_user = false", holds="NOT hidden_by_user"),
    # Deleted posts may be named: a repeated call changes nothing, and keeps the date of the first.
    "delete": statement(
        "deleted_by_user = true, deleted_by_user_date = now()",
        holds="deleted_by_user",
        among="true",
        besides=_KEEP_FLAGS,
    ),
    "restore": statement(
        f"deleted_by_user = false, deleted_by_user_date = NULL, hidden_by_user = {_FLAGS_BEFORE}",
        holds="NOT deleted_by_user",
        among="true",
        besides=_FORGET_FLAGS,
    ),
}

# The artist sees the reason while the flag is set. A hide without a reason keeps the one before, as the undo of an
# unhide does.
_KEEP_REASON = """,
        explained AS (
            INSERT INTO post_hides (post_id, owner_id, moderator_id, reason)
            SELECT id, $2, $3, $5 FROM chosen, verdict WHERE NOT chosen.holds AND whole AND $5 IS NOT NULL
                ON CONFLICT (post_id)
                DO UPDATE SET owner_id = excluded.owner_id, moderator_id = excluded.moderator_id,
                              reason = excluded.reason, created_at = excluded.created_at,
                              answer = NULL, answered_at = NULL)"""

# Moderators hide by a flag of their own, which the user's unhide does not clear.
MODERATORS = OWN | {
    "hide": statement("hidden_by_mod = true", holds="hidden_by_mod", besides=_KEEP_REASON),
    "unhide": statement("hidden_by_mod = false", holds="NOT hidden_by_mod"),
}

_LICENSE = statement(
    "license_id = $7",
    holds="license_id IS NOT DISTINCT FROM $7",
    allowed="($7::int IS NULL OR EXISTS (SELECT FROM licenses WHERE licenses.id = $7))",
)
_SET_LICENSE = f"{_LICENSE}, (SELECT identifier FROM licenses WHERE licenses.id = $7) AS identifier"

_DONE = {"hide": "hidden", "unhide": "visible again", "delete": "deleted", "restore": "restored"}


async def act(pool: Pool, hook: Hook, actor: Actor, body: ActionRequest) -> Changed:
    """Hide, unhide, delete or restore all of these posts, or none; doing it again changes nothing.

    Raises:
        ProblemError: 400 with each post that is unknown, another user's, a playlist or, except for ``delete`` and
            ``restore``, deleted; 409 the artwork has been posted again; 422 too many posts, or a reason to oneself.
    """
    post_ids = distinct_ids("post", body.post_ids)
    check_reason(actor, body.reason)
    sql = (MODERATORS if actor.moderates else OWN)[body.action]
    try:
        row = await change(pool, hook, actor, body.action, sql, post_ids, reason=body.reason)
    except asyncpg.UniqueViolationError as error:
        # A site may prevent posting an artwork twice, by a unique index of posts that are not deleted.
        raise conflict(
            "Nothing was restored: one of these artworks has been posted again since. Delete that post first."
        ) from error
    check_all_found("post", body.post_ids, row["found"])
    count = len(post_ids)
    if body.action != "unhide":
        return changed(actor, body.action, count, f"{are(count, 'post', _DONE[body.action])}.")
    still = row["hidden_by_user" if actor.moderates else "hidden_by_mod"]
    return changed(actor, "unhide", count, _unhidden(actor, count - still, still), still_hidden=still)


def _unhidden(actor: Actor, visible: int, still: int) -> str:
    if not still:
        return f"{are(visible, 'post', 'visible again')}."
    by = "the artist" if actor.moderates else "a moderator"
    stay = f"{counted(still, 'post')} {'stays' if still == 1 else 'stay'} hidden by {by}."
    return f"{are(visible, 'post', 'visible again')}; {stay}" if visible else stay


async def set_license(pool: Pool, hook: Hook, actor: Actor, body: LicenseRequest) -> Changed:
    """Set or remove the licence of all of these posts, or of none.

    Raises:
        ProblemError: 400 with each post that is unknown, another user's, a playlist or deleted, or an unknown licence;
            422 too many posts.
    """
    post_ids = distinct_ids("post", body.post_ids)
    # As the original site does.
    unknown = bad_request(f"There is no licence {body.license_id}.", path="$.license_id")
    try:
        row = await change(pool, hook, actor, "license", _SET_LICENSE, post_ids, body.license_id)
    except asyncpg.ForeignKeyViolationError as error:  # the licence was deleted meanwhile
        raise unknown from error
    if not row["allowed"]:
        raise unknown
    check_all_found("post", body.post_ids, row["found"])
    # The original's clients parse the licence from this message.
    message = f"Changed license to {row['identifier'] or 'none'} for {counted(len(post_ids), 'post')}."
    return changed(actor, "license", len(post_ids), message)
