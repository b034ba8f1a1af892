"""The library files that posts were published from, for packing them (LIBRARY section 8)."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from ..base.database import Connection, Pool
from .posts import ARTWORK

Reason = Literal["no_file", "in_trash"]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A post without a file that can be packed; it has no title if it was deleted, or is another user's now."""

    post_id: Annotated[int, msgspec.Meta(examples=[102])]
    title: Annotated[str | None, msgspec.Meta(examples=["Waves"])]
    reason: Reason


class Packable(msgspec.Struct, frozen=True, kw_only=True):
    """The files of posts, in the posts' order and without repeats, and the posts without one."""

    asset_ids: Annotated[Sequence[int], msgspec.Meta(examples=[[7]])]
    left_out: Sequence[LeftOut]


# Two files may name the same post, if it was published twice: the newest that is not in the trash counts.
_RESOLVE = f"""
SELECT wanted.post_id, posts.title, posts.id IS NOT NULL AS is_theirs, file.id AS asset_id, file.in_trash
  FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (post_id, place)
  LEFT JOIN posts ON posts.id = wanted.post_id AND posts.owner_id = $1 AND {ARTWORK}
  LEFT JOIN (SELECT DISTINCT ON (post_id) post_id, id, deleted_at IS NOT NULL AS in_trash
               FROM asset
              WHERE user_id = $1 AND post_id = ANY($2::bigint[])
              ORDER BY post_id, deleted_at IS NOT NULL, id DESC) AS file ON file.post_id = wanted.post_id
 ORDER BY wanted.place
"""


async def find_packable(
    connection: Connection | Pool, *, user_id: int, post_ids: Sequence[int]
) -> tuple[Packable, set[int]]:
    """The files that these posts were published from, and which of the posts are the user's."""
    rows = await connection.fetch(_RESOLVE, user_id, post_ids)
    packable = Packable(
        asset_ids=list(dict.fromkeys(row["asset_id"] for row in rows if row["in_trash"] is False)),
        left_out=[
            LeftOut(post_id=row["post_id"], title=row["title"], reason="in_trash" if row["in_trash"] else "no_file")
            for row in rows
            if row["in_trash"] is not False
        ],
    )
    return packable, {row["post_id"] for row in rows if row["is_theirs"]}
