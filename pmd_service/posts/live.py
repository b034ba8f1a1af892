"""Posts on event streams: each of those that change, and the numbers of all."""

from collections.abc import Collection, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Pool
from ..base.public_ids import PublicIds
from ..events.topic import Topic, loads, none_at_first, of_users
from ..http.etags import tag
from ..site.posts import ARTWORK
from .queries import LOADED, Post, read_posts


class PostCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a user's posts: one ``posts_update``, however many posts have changed."""

    id: int
    active: int
    deleted: int
    newest_post_id: int | None


_EXAMPLE = '"9f86d081884c.2c26b46b68ff"'


class LivePost(Post, frozen=True, kw_only=True, gc=False):
    """A post as an event has it."""

    etag: Annotated[str, Meta(description="For `If-Match`, so that no `GET` is needed.", examples=[_EXAMPLE])]


# Of an index alone, whose first entry is the newest post.
_COUNT = f"""
SELECT users.id, count(posts.id) FILTER (WHERE NOT deleted_by_user)::int AS active,
       count(posts.id) FILTER (WHERE deleted_by_user)::int AS deleted,
       (SELECT id FROM posts WHERE owner_id = users.id AND {ARTWORK} AND NOT deleted_by_user
         ORDER BY created_at DESC, id DESC LIMIT 1) AS newest_post_id
  FROM unnest($1::int[]) AS users (id)
  LEFT JOIN posts ON posts.owner_id = users.id AND {ARTWORK}
 GROUP BY users.id
"""


COUNTS = Topic(
    kind="posts", scopes=("posts:read",), id_type=int, state=PostCounts, load=loads(PostCounts, _COUNT), newest=of_users
)


def post_topic(ids: PublicIds) -> Topic:
    """Each post that changes, as the lists have it; a deleted one is removed.

    Args:
        ids: the site's, which the posts' addresses are made with.
    """

    async def load(pool: Pool, post_ids: Collection[int]) -> Mapping[int, LivePost]:
        return {post.id: _live(post) for post in read_posts(await pool.fetch(LOADED, list(post_ids)), ids)}

    return Topic(kind="post", scopes=("posts:read",), id_type=int, state=LivePost, load=load, newest=none_at_first)


def _live(post: Post) -> LivePost:
    return LivePost(**msgspec.structs.asdict(post), etag=tag(post, msgspec.json.encode(post)))
