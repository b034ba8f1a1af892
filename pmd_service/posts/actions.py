"""Batch actions on posts: hide, unhide, delete, restore, license (SPEC sections 4 and 5).

Each is one statement, all or nothing: it locks the chosen posts, and changes them only when they are all there.
Playlist posts are excluded from every part of PMD: to an action they are unknown.
"""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Annotated, Literal

import asyncpg
import msgspec

from ..database import Pool
from ..http.errors import Fault, ProblemError, unprocessable
from ..http.wire import PostIds, distinct_ids
from ..identity.users import Actor
from ..ops.telemetry import log

Action = Literal["hide", "unhide", "delete", "restore"]


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/action."""

    action: Action
    post_ids: PostIds


class LicenseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/license; null takes the licence away."""

    license_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None
    post_ids: PostIds


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What an action came to; ``affected_count`` posts are now as asked for, whether or not they were before."""

    success: Literal[True] = True
    affected_count: int
    message: str


def _statement(goal: str, *, holds: str, among: str = "NOT deleted_by_user", allowed: str = "true") -> str:
    """The statement of one action.

    Args:
        goal: what is set.
        holds: whether a post is so already; then it is not written again.
        among: which of the owner's posts the action may name.
        allowed: a condition on the whole action.
    """
    # Locks are taken in the order of ids, so that overlapping selections queue instead of deadlocking. They are
    # weaker than FOR UPDATE: whoever comments or reacts, and so refers to a post, does not wait for us. What
    # “chosen” gives is a post as it is under its lock; the other parts see the statement's older snapshot, and must
    # not ask posts themselves whether the goal holds.
    return f"""
        WITH chosen AS MATERIALIZED (
            SELECT id, {holds} AS holds
              FROM posts
             WHERE id = ANY($1) AND owner_id = $2 AND kind = 'artwork' AND {among}
             ORDER BY id
               FOR NO KEY UPDATE),
        verdict AS MATERIALIZED (
            SELECT count(*) = cardinality($1::int[]) AND {allowed} AS whole FROM chosen),
        changed AS (
            UPDATE posts
               SET {goal}
              FROM chosen, verdict
             WHERE posts.id = chosen.id AND NOT chosen.holds AND whole),
        audited AS (
            INSERT INTO audit_log (actor_id, action, target_user_id, post_ids)
            SELECT $3, $4, $2, $1 FROM verdict WHERE whole AND $3 <> $2)
        SELECT array(SELECT id FROM chosen) AS found, {allowed} AS allowed"""


OWN = {
    "hide": _statement("hidden_by_user = true", holds="hidden_by_user"),
    "unhide": _statement("hidden_by_user = false", holds="NOT hidden_by_user"),
    # Deleted posts may be named: a repeated call finds its goal reached, and the date of the first stays.
    "delete": _statement("deleted_by_user = true, deleted_by_user_date = now()", holds="deleted_by_user", among="true"),
    "restore": _statement(
        "deleted_by_user = false, deleted_by_user_date = NULL", holds="NOT deleted_by_user", among="true"
    ),
}

# A moderator hides by a flag of their own, which the user's unhide never clears.
MODERATORS = OWN | {
    "hide": _statement("hidden_by_mod = true", holds="hidden_by_mod"),
    "unhide": _statement("hidden_by_mod = false", holds="NOT hidden_by_mod"),
}

_LICENSE = _statement(
    "license_id = $5",
    holds="license_id IS NOT DISTINCT FROM $5",
    allowed="($5::int IS NULL OR EXISTS (SELECT FROM licenses WHERE licenses.id = $5))",
)

_DONE = {"hide": "hidden", "unhide": "visible again", "delete": "deleted", "restore": "restored"}


async def act(pool: Pool, actor: Actor, body: ActionRequest) -> Changed:
    """Hide, unhide, delete or restore all of these posts, or none; doing it again changes nothing.

    Raises:
        ProblemError: 400 with each post that is unknown, somebody else's, a playlist or, except for ``delete`` and
            ``restore``, deleted; 422 too many posts.
    """
    post_ids = distinct_ids(body.post_ids)
    statement = (MODERATORS if actor.moderates else OWN)[body.action]
    row = await pool.fetchrow(statement, post_ids, actor.subject.id, actor.viewer.id, body.action)
    assert row is not None
    _check_all_found(body.post_ids, row["found"])
    return _changed(actor, body.action, len(post_ids), _DONE[body.action])


async def set_license(pool: Pool, actor: Actor, body: LicenseRequest) -> Changed:
    """Give all of these posts a licence or none, or leave all as they are.

    Raises:
        ProblemError: 400 with each post that is unknown, somebody else's, a playlist or deleted; 422 too many posts,
            or an unknown licence.
    """
    post_ids = distinct_ids(body.post_ids)
    unknown = unprocessable(f"There is no licence {body.license_id}.", path="$.license_id")
    try:
        row = await pool.fetchrow(_LICENSE, post_ids, actor.subject.id, actor.viewer.id, "license", body.license_id)
    except asyncpg.ForeignKeyViolationError as error:  # the licence went while we looked
        raise unknown from error
    assert row is not None
    if not row["allowed"]:
        raise unknown
    _check_all_found(body.post_ids, row["found"])
    return _changed(actor, "license", len(post_ids), "without a licence" if body.license_id is None else "licensed")


def _check_all_found(post_ids: Sequence[int], found: Collection[int]) -> None:
    found = set(found)
    lost = {post_id: index for index, post_id in reversed(list(enumerate(post_ids))) if post_id not in found}
    if lost:
        # Which of unknown, deleted, playlist or somebody else's it is, is not told to anybody.
        faults = [
            Fault(path=f"$.post_ids[{index}]", message=f"There is no such post: {post_id}.")
            for post_id, index in sorted(lost.items(), key=lambda item: item[1])
        ]
        detail = f"Nothing was changed: {len(lost)} of these posts cannot be found."
        raise ProblemError(HTTPStatus.BAD_REQUEST, detail, faults=faults)


def _changed(actor: Actor, action: str, count: int, done: str) -> Changed:
    log.info("posts_changed", action=action, posts=count, user=actor.subject.sqid, by=actor.viewer.sqid)
    return Changed(affected_count=count, message=f"{_posts(count)} {'is' if count == 1 else 'are'} {done}.")


def _posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count} posts"
