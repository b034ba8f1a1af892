"""A library's quota: files with their previews, including the trash, packs' editions, and announced uploads."""

import msgspec

from ..base.database import Connection, Pool
from ..base.settings import Settings


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """A user's quota and usage; ``reserved`` is for files that are announced and not settled yet."""

    limit_bytes: int
    used_bytes: int
    reserved_bytes: int
    max_files: int
    file_count: int
    reserved_files: int

    @property
    def left_bytes(self) -> int:
        return max(0, self.limit_bytes - self.used_bytes - self.reserved_bytes)

    @property
    def left_files(self) -> int:
        return max(0, self.max_files - self.file_count - self.reserved_files)


# The one sum of what a user occupies: the page's meter shows it, too.
_LEDGER = """
SELECT coalesce(usage.size_bytes + usage.preview_bytes, 0)
       + coalesce((SELECT sum(coalesce(stored_bytes, pack_edition.size_bytes))::bigint
                     FROM pack JOIN pack_edition ON pack_id = pack.id
                    WHERE pack.user_id = $1), 0) AS used_bytes,
       coalesce(reserved_bytes, 0) AS reserved_bytes, coalesce(file_count, 0) AS file_count,
       coalesce(reserved_files, 0) AS reserved_files
  FROM (VALUES ($1::int)) AS owner (user_id) LEFT JOIN library_usage AS usage USING (user_id)
"""


async def read_allowance(connection: Connection | Pool, settings: Settings, *, user_id: int) -> Allowance:
    """The current usage; only under ``lock_library`` is it valid until the transaction ends."""
    row = await connection.fetchrow(_LEDGER, user_id)
    assert row is not None
    return Allowance(limit_bytes=settings.library_max_bytes, max_files=settings.library_max_files, **row)
