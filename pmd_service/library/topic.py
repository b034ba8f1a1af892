"""A library as it is followed live: one ``asset_update`` with its counts, however many files have changed."""

from collections.abc import Collection, Mapping

import msgspec

from ..base.database import Pool
from ..events.topic import Topic, loads


class LibraryCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many files a library has in each state."""

    id: int
    new: int
    approved: int
    set_aside: int
    trash: int
    newest_asset_id: int | None


# One pass over each user's part of ix_asset_facets; the newest is one step into another index.
_COUNT = """
SELECT users.id,
       count(*) FILTER (WHERE state = 'new') AS new,
       count(*) FILTER (WHERE state = 'approved') AS approved,
       count(*) FILTER (WHERE state = 'set_aside') AS set_aside,
       count(*) FILTER (WHERE state = 'trash') AS trash,
       (SELECT asset.id
          FROM asset
         WHERE asset.user_id = users.id AND deleted_at IS NULL
         ORDER BY created_at DESC, asset.id DESC
         LIMIT 1) AS newest_asset_id
  FROM unnest($1::int[]) AS users (id)
  LEFT JOIN asset ON asset.user_id = users.id
 GROUP BY users.id
"""


# The counts of users' libraries, empty ones too.
load_counts = loads(LibraryCounts, _COUNT)


async def _own(_pool: Pool, user_ids: Collection[int]) -> Mapping[int, int]:
    return {user_id: user_id for user_id in user_ids}


TOPIC = Topic(kind="asset", id_type=int, load=load_counts, newest=_own)
