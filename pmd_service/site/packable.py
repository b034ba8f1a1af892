"""Which files of the library posts were made of, so that they can be packed (LIBRARY section 8)."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from ..base.database import Connection, Pool
from .posts import ARTWORK

Reason = Literal["no_file", "in_trash"]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A post that no file can be packed for; one that is gone, or is somebody else's now, has no title."""

    post_id: Annotated[int, msgspec.Meta(examples=[102])]
    title: Annotated[str | None, msgspec.Meta(examples=["Waves"])]
    reason: Reason


class Packable(msgspec.Struct, frozen=True, kw_only=True):
    """The files behind posts, each once and in the posts' order, and the posts that have none."""

    asset_ids: Annotated[Sequence[int], msgspec.Meta(examples=[[7]])]
    left_out: Sequence[LeftOut]


# A post that was published twice over may be said of two files: the newest that is not in the trash is meant.
_RESOLVE = f"""
SELECT wanted.post_id, posts.title, posts.id IS NOT NULL AS is_theirs, file.id AS asset_id, file.in_trash
  FROM unnest($2::int[]) WITH ORDINALITY AS wanted (post_id, place)
  LEFT JOIN posts ON posts.id = wanted.post_id AND posts.owner_id = $1 AND {ARTWORK}
  LEFT JOIN (SELECT DISTINCT ON (post_id) post_id, id, deleted_at IS NOT NULL AS in_trash
               FROM asset
              WHERE user_id = $1 AND post_id = ANY($2::int[])
              ORDER BY post_id, deleted_at IS NOT NULL, id DESC) AS file ON file.post_id = wanted.post_id
 ORDER BY wanted.place
"""


async def find_packable(
    connection: Connection | Pool, *, user_id: int, post_ids: Sequence[int]
) -> tuple[Packable, set[int]]:
    """The files that these posts were made of, and which of the posts are the user's."""
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
