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


_LEDGER = """
SELECT file_bytes + preview_bytes + edition_bytes AS used_bytes, reserved_bytes, file_count, reserved_files
  FROM library_ledger($1)
"""


async def read_allowance(connection: Connection | Pool, settings: Settings, *, user_id: int) -> Allowance:
    """The current usage; only under ``lock_library`` is it valid until the transaction ends."""
    row = await connection.fetchrow(_LEDGER, user_id)
    assert row is not None
    return Allowance(limit_bytes=settings.library_max_bytes, max_files=settings.library_max_files, **row)
