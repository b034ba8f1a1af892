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


# Of the counts that are kept; the newest is one step into an index.
_COUNT = """
SELECT users.id,
       coalesce(sum(files) FILTER (WHERE state = 'new'), 0)::int AS new,
       coalesce(sum(files) FILTER (WHERE state = 'approved'), 0)::int AS approved,
       coalesce(sum(files) FILTER (WHERE state = 'set_aside'), 0)::int AS set_aside,
       coalesce(sum(files) FILTER (WHERE state = 'trash'), 0)::int AS trash,
       (SELECT asset.id
          FROM asset
         WHERE asset.user_id = users.id AND deleted_at IS NULL
         ORDER BY created_at DESC, asset.id DESC
         LIMIT 1) AS newest_asset_id
  FROM unnest($1::int[]) AS users (id)
  LEFT JOIN library_counts AS kept ON kept.user_id = users.id
 GROUP BY users.id
"""


# The counts of users' libraries, empty ones too.
load_counts = loads(LibraryCounts, _COUNT)


async def _own(_pool: Pool, user_ids: Collection[int]) -> Mapping[int, int]:
    return {user_id: user_id for user_id in user_ids}


TOPIC = Topic(kind="asset", id_type=int, load=load_counts, newest=_own)
