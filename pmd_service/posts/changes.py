"""Changing posts, all of them or none: the one statement that actions and edits share (SPEC section 5)."""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Literal

import msgspec

from ..http.errors import Fault, ProblemError
from ..identity.users import Actor
from ..ops.telemetry import log
from ..outbox.hook import tell
from ..site.posts import ARTWORK


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What an action came to.

    ``affected_count`` posts are now as asked for, whether or not they were before. ``still_hidden_count`` of them are
    hidden all the same, by whoever else may hide them.
    """

    success: Literal[True] = True
    affected_count: int
    still_hidden_count: int = 0
    message: str


# What is as it was asked to be is no news.
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
    """The statement of one action. $1 are the posts, $2 their owner, $3 the actor, $4 the action, $5 a reason or null,
    $6 whether the site is to be told; what it is told with is in the row's ``news_id``.

    Args:
        goal: what is set.
        holds: whether a post is so already; then it is not written again.
        among: which of the owner's artworks the action may name.
        allowed: a condition on the whole action.
        also: more columns of the chosen posts, each after a comma.
        besides: more statements of the same WITH, each after a comma.
    """
    # Locks are taken in the order of ids, so that overlapping selections queue instead of deadlocking. They are
    # weaker than FOR UPDATE: whoever comments or reacts, and so refers to a post, does not wait for us. What
    # “chosen” gives is a post as it is under its lock; the other parts see the statement's older snapshot, and must
    # not ask posts themselves whether the goal holds.
    return f"""
        WITH chosen AS MATERIALIZED (
            SELECT id, {holds} AS holds, hidden_by_user, hidden_by_mod {also}
              FROM posts
             WHERE id = ANY($1) AND owner_id = $2 AND {ARTWORK} AND {among}
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
            INSERT INTO audit_log (actor_id, action, target_user_id, post_ids, reason)
            SELECT $3, $4, $2, $1, $5 FROM verdict WHERE whole AND $3 <> $2),
        told AS ({tell(_CHANGED, user="$2", action="$4")})
            {besides}
        SELECT (SELECT id FROM told) AS news_id, array(SELECT id FROM chosen) AS found, {allowed} AS allowed,
               (SELECT count(*) FROM chosen WHERE hidden_by_mod) AS hidden_by_mod,
               (SELECT count(*) FROM chosen WHERE hidden_by_user) AS hidden_by_user"""


def check_all_found(post_ids: Sequence[int], found: Collection[int]) -> None:
    """Raises:
    ProblemError: 400 with each post that is not there.
    """
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


def changed(actor: Actor, action: str, count: int, message: str, *, still_hidden: int = 0) -> Changed:
    log.info("posts_changed", action=action, posts=count, user=actor.subject.sqid, by=actor.viewer.sqid)
    return Changed(affected_count=count, still_hidden_count=still_hidden, message=message)


def posts_are(count: int, done: str) -> str:
    """“3 posts are hidden”"""
    return f"{posts(count)} {'is' if count == 1 else 'are'} {done}"


def posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count} posts"
