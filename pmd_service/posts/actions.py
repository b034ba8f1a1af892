"""Batch actions on posts: hide, unhide, delete, restore, license (SPEC sections 4 and 5).

Each is one transaction, all or nothing: it locks the chosen posts, and changes them only if all of them exist. Playlist
posts are excluded from every part of PMD: for an action they do not exist.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import asyncpg
import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL, Connection, find_values
from ..http.errors import bad_request, conflict
from ..http.etags import IfMatch
from ..http.selection import LicenseId, PostIds, are, counted
from ..identity.audit import Reason, check_reason
from ..identity.users import Actor
from ..locales import plural, translatable
from .changes import Change, Changed, LockedPost, changed

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


# Each writes the posts of $1 that are not as requested yet, and returns their ids.
_HIDE = "UPDATE posts SET hidden_by_user = true WHERE id = ANY($1) AND NOT hidden_by_user RETURNING id"
_UNHIDE = "UPDATE posts SET hidden_by_user = false WHERE id = ANY($1) AND hidden_by_user RETURNING id"
# Moderators hide by a flag of their own, which the user's unhide does not clear.
_HIDE_BY_MOD = "UPDATE posts SET hidden_by_mod = true WHERE id = ANY($1) AND NOT hidden_by_mod RETURNING id"
_UNHIDE_BY_MOD = "UPDATE posts SET hidden_by_mod = false WHERE id = ANY($1) AND hidden_by_mod RETURNING id"
# Deleted posts may be named: a repeated call changes nothing, and keeps the date of the first.
_DELETE = """
UPDATE posts SET deleted_by_user = true, deleted_by_user_date = now()
 WHERE id = ANY($1) AND NOT deleted_by_user
RETURNING id
"""
_RESTORE = """
UPDATE posts
   SET deleted_by_user = false, deleted_by_user_date = NULL,
       hidden_by_user = coalesce(
           (SELECT kept.hidden_by_user
              FROM deleted_posts AS kept
             WHERE kept.post_id = posts.id AND kept.deleted_at = posts.deleted_by_user_date), posts.hidden_by_user)
 WHERE id = ANY($1) AND deleted_by_user
RETURNING id
"""
_LICENSE = "UPDATE posts SET license_id = $2 WHERE id = ANY($1) AND license_id IS DISTINCT FROM $2 RETURNING id"
_FIND_LICENSE = "SELECT identifier FROM licenses WHERE id = $1"

# A site may hide what its artists delete, so the artist's own flag is kept for a restore, in a table of ours, because
# posts may be a site's view. A moderator's flag is not restored: that would clear a later hide.
_KEEP_FLAGS = """
INSERT INTO deleted_posts (post_id, hidden_by_user, deleted_at)
SELECT id, hidden_by_user, now() FROM posts WHERE id = ANY($1) AND NOT deleted_by_user
    ON CONFLICT (post_id) DO UPDATE SET hidden_by_user = excluded.hidden_by_user, deleted_at = excluded.deleted_at
"""
_FORGET_FLAGS = "DELETE FROM deleted_posts WHERE post_id = ANY($1)"

# The artist sees the reason while the flag is set. A hide without a reason keeps the one before, as the undo of an
# unhide does.
_KEEP_REASON = """
INSERT INTO post_hides (post_id, owner_id, moderator_id, reason)
SELECT id, $2, $3, $4 FROM unnest($1::bigint[]) AS hidden (id)
    ON CONFLICT (post_id)
    DO UPDATE SET owner_id = excluded.owner_id, moderator_id = excluded.moderator_id, reason = excluded.reason,
                  created_at = excluded.created_at, answer = NULL, answered_at = NULL
"""


def own(action: Action) -> Change:
    """What artists do to their own posts."""

    async def write(connection: Connection, posts: Sequence[LockedPost]) -> list[int]:
        post_ids = [post.id for post in posts]
        match action:
            case "hide":
                return await find_values(connection, _HIDE, post_ids)
            case "unhide":
                return await find_values(connection, _UNHIDE, post_ids)
            case "delete":
                await connection.execute(_KEEP_FLAGS, post_ids)
                return await find_values(connection, _DELETE, post_ids)
            case "restore":
                restored = await find_values(connection, _RESTORE, post_ids)
                await connection.execute(_FORGET_FLAGS, post_ids)
                return restored

    return Change(action=action, write=write, finds_deleted=action in ("delete", "restore"))


def moderated(action: Action, actor: Actor, reason: str | None = None) -> Change:
    """What moderators do to the posts of others."""

    async def write(connection: Connection, posts: Sequence[LockedPost]) -> Sequence[int]:
        post_ids = [post.id for post in posts]
        match action:
            case "hide":
                hidden = await find_values(connection, _HIDE_BY_MOD, post_ids)
                if reason is not None:
                    await connection.execute(_KEEP_REASON, hidden, actor.subject.id, actor.viewer.id, reason)
                return hidden
            case "unhide":
                return await find_values(connection, _UNHIDE_BY_MOD, post_ids)
            case _:
                return await as_artist.write(connection, posts)

    as_artist = own(action)
    return Change(action=action, write=write, finds_deleted=as_artist.finds_deleted, reason=reason)


def licensing(license_id: int | None) -> Change:
    """Setting a licence that exists, or removing it."""

    async def write(connection: Connection, posts: Sequence[LockedPost]) -> list[int]:
        return await find_values(connection, _LICENSE, [post.id for post in posts], license_id)

    return Change(action="license", write=write)


_DONE = {
    "hide": translatable("hidden"),
    "unhide": translatable("visible again"),
    "delete": translatable("deleted"),
    "restore": translatable("restored"),
}


async def act(app: web.Application, actor: Actor, body: ActionRequest, match: IfMatch) -> Changed:
    """Hide, unhide, delete or restore all of these posts, or none; doing it again changes nothing.

    Raises:
        ProblemError: 400 with each post that is unknown, another user's, a playlist or, except for ``delete`` and
            ``restore``, deleted; 409 the artwork has been posted again; 412; 422 too many posts, or a reason to
            oneself.
    """
    check_reason(actor, body.reason)
    chosen = moderated(body.action, actor, body.reason) if actor.moderates else own(body.action)
    try:
        posts = await chosen.run(app, actor, body.post_ids, match)
    except asyncpg.UniqueViolationError as error:
        # A site may prevent posting an artwork twice, by a unique index of posts that are not deleted.
        raise conflict(
            "Nothing was restored: one of these artworks has been posted again since. Delete that post first."
        ) from error
    count = len(posts)
    if body.action != "unhide":
        return changed(actor, body.action, count, are(count, "post", _DONE[body.action]))
    still = sum(post.hidden_by_user if actor.moderates else post.hidden_by_mod for post in posts)
    return changed(actor, "unhide", count, _unhidden(actor, count - still, still), still_hidden=still)


def _unhidden(actor: Actor, visible: int, still: int) -> str:
    shown = are(visible, "post", _DONE["unhide"])
    if not still:
        return shown
    by = translatable("the artist") if actor.moderates else translatable("a moderator")
    stay = plural("{number} post stays hidden by {done}.", "{number} posts stay hidden by {done}.", still, done=by)
    return f"{shown} {stay}" if visible else stay


async def set_license(app: web.Application, actor: Actor, body: LicenseRequest, match: IfMatch) -> Changed:
    """Set or remove the licence of all of these posts, or of none.

    Raises:
        ProblemError: 400 with each post that is unknown, another user's, a playlist or deleted, or an unknown licence;
            412; 422 too many posts.
    """
    # As the original site does.
    unknown = bad_request(f"There is no licence {body.license_id}.", path="$.license_id")
    identifier = None
    if body.license_id is not None:
        identifier = await app[POOL].fetchval(_FIND_LICENSE, body.license_id)
        if identifier is None:
            raise unknown
    try:
        posts = await licensing(body.license_id).run(app, actor, body.post_ids, match)
    except asyncpg.ForeignKeyViolationError as error:  # the licence was deleted meanwhile
        raise unknown from error
    # The original's clients parse the licence from this message.
    message = f"Changed license to {identifier or 'none'} for {counted(len(posts), 'post')}."
    return changed(actor, "license", len(posts), message)
