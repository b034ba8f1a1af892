"""How much a user's library may hold: what lies in it, the trash too, and what is announced and on its way."""

import msgspec

from ..base.database import Connection, Pool


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of a user's library; ``reserved_bytes`` are of files that are announced and not settled."""

    limit_bytes: int
    used_bytes: int
    reserved_bytes: int

    @property
    def left_bytes(self) -> int:
        return max(0, self.limit_bytes - self.used_bytes - self.reserved_bytes)


_USED = """
SELECT coalesce((SELECT size_bytes FROM library_usage WHERE user_id = $1), 0) AS used_bytes,
       coalesce((SELECT sum(file_size)
                   FROM batch_report_files
                  WHERE user_id = $1 AND processing_status IN ('pending', 'processing')
                    AND follows IS NULL), 0)::bigint AS reserved_bytes
"""


async def read_allowance(connection: Connection | Pool, *, user_id: int, limit_bytes: int) -> Allowance:
    """What is used; true until the transaction's end only under ``lock_library``."""
    row = await connection.fetchrow(_USED, user_id)
    assert row is not None
    return Allowance(limit_bytes=limit_bytes, used_bytes=row["used_bytes"], reserved_bytes=row["reserved_bytes"])
