"""How much a user's library may hold: files and previews, the trash too, packs' editions, and what is on its way."""

import msgspec

from ..base.database import Connection, Pool
from ..base.settings import Settings


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may occupy, and does; ``reserved`` are files that are announced and not settled."""

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
    """What is used; true until the transaction's end only under ``lock_library``."""
    row = await connection.fetchrow(_LEDGER, user_id)
    assert row is not None
    return Allowance(limit_bytes=settings.library_max_bytes, max_files=settings.library_max_files, **row)
