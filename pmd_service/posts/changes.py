"""Changing posts, all or none: the transaction shared by actions and edits (SPEC section 5)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL, Connection, find_all
from ..base.telemetry import log
from ..http.etags import IfMatch
from ..http.selection import check_all_found, distinct_ids
from ..identity.audit import Action, record
from ..identity.users import PUBLIC_IDS, Actor
from ..locales import Sentence
from ..outbox.hook import Hook, queue_webhook
from ..site.posts import ARTWORK
from .queries import Post, find_post


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an action.

    ``affected_count`` posts are now as requested, whether or not they were before. ``still_hidden_count`` of them are
    still hidden, by the flag of the artist or of a moderator.
    """

    success: Literal[True] = True
    affected_count: Annotated[int, Meta(examples=[2])]
    still_hidden_count: int = 0
    message: Annotated[Sentence, Meta(examples=["2 posts are changed."])]


class LockedPost(msgspec.Struct, frozen=True, gc=False):
    """A post as it is under the lock."""

    id: int
    hashtags: Sequence[str]
    license_id: int | None
    hidden_by_user: bool
    hidden_by_mod: bool
    deleted_by_user: bool


# In the order of their ids, so that overlapping selections queue instead of deadlocking. The lock is weaker than FOR
# UPDATE: inserts that refer to a post, such as comments, do not wait.
_LOCK = f"""
SELECT id, coalesce(hashtags::text[], '{{}}') AS hashtags, license_id, hidden_by_user, hidden_by_mod, deleted_by_user
  FROM posts
 WHERE id = ANY($1) AND owner_id = $2 AND {ARTWORK}
 ORDER BY id
   FOR NO KEY UPDATE
"""

# Writes the posts that are not as requested yet; returns their ids.
Write: TypeAlias = Callable[[Connection, Sequence[LockedPost]], Awaitable[Sequence[int]]]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """How posts are changed, in a transaction that has locked them."""

    action: Action
    write: Write
    finds_deleted: bool = False
    reason: str | None = None

    async def lock(self, connection: Connection, actor: Actor, post_ids: Sequence[int]) -> list[LockedPost]:
        """Those of these posts that may be changed so, locked until the transaction ends."""
        found = await find_all(connection, LockedPost, _LOCK, post_ids, actor.subject.id)
        return [post for post in found if self.finds_deleted or not post.deleted_by_user]

    async def apply(
        self, connection: Connection, actor: Actor, named: Sequence[int]
    ) -> tuple[Sequence[LockedPost], Sequence[int]]:
        """Lock the owner's artworks and change them, in the caller's transaction.

        Returns:
            The posts as they were, and the ids of those that have changed.

        Raises:
            ProblemError: 400 with each post that is unknown, another user's, a playlist or deleted; 422 too many posts.
        """
        post_ids = distinct_ids("post", named)
        posts = await self.lock(connection, actor, post_ids)
        check_all_found("post", named, [post.id for post in posts])
        changed_ids = await self.write(connection, posts)
        await record(connection, actor, self.action, post_ids, reason=self.reason)
        return posts, changed_ids

    async def run(
        self, app: web.Application, actor: Actor, named: Sequence[int], match: IfMatch
    ) -> Sequence[LockedPost]:
        """Change all of these posts or none, and notify the site; returns the posts as they were.

        Raises:
            ProblemError: as ``apply`` and ``match.require_one`` do.
        """
        hook = Hook.of(app)
        async with app[POOL].acquire() as connection, connection.transaction():

            async def read(post_id: int) -> Post | None:
                await self.lock(connection, actor, [post_id])
                return await find_post(
                    connection, app[PUBLIC_IDS], owner_id=actor.subject.id, post_id=post_id, keep_days=None
                )

            await match.require_one(named, read)
            posts, changed_ids = await self.apply(connection, actor, named)
            webhook_id = await queue_webhook(
                connection, hook, user_id=actor.subject.id, action=self.action, post_ids=changed_ids
            )
        # Also if nothing has changed: a repeated call clears the feeds that an unreachable Redis has kept.
        await hook.changed(webhook_id)
        return posts


def changed(actor: Actor, action: str, count: int, message: str, *, still_hidden: int = 0) -> Changed:
    log.info("posts_changed", action=action, posts=count, user=actor.subject.sqid, by=actor.viewer.sqid)
    return Changed(affected_count=count, still_hidden_count=still_hidden, message=message)
