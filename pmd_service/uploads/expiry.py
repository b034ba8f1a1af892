"""Until when a file's bytes may come (tus's expiration): an hour without any, and then as long as its upload."""

from datetime import datetime
from uuid import UUID

from ..base.database import Connection, Pool
from .queries import IS_AWAITED

# What is announced keeps room from others: for so long without a byte of its upload's, and no longer.
UNBEGUN_HOURS = 1

_FIND = f"""
SELECT CASE WHEN files.received_bytes > 0 OR NOT ({IS_AWAITED}) THEN batch_reports.expires_at
            ELSE least(batch_reports.expires_at, make_interval(hours => {UNBEGUN_HOURS}) + greatest(
                 batch_reports.expires_at - make_interval(hours => $2), files.created_at,
                 (SELECT max(received_at) FROM batch_report_files AS line WHERE line.batch_id = batch_reports.id)))
       END
  FROM batch_report_files AS files JOIN batch_reports ON batch_reports.id = batch_id
 WHERE files.id = $1
"""


async def find_expiry(connection: Connection | Pool, file_id: UUID, *, ttl_hours: int) -> datetime:
    """When the sweep lets the file fail, unless a byte of its upload's comes before; the file is there.

    Args:
        ttl_hours: for how long an upload is open.
    """
    expires_at: datetime = await connection.fetchval(_FIND, file_id, ttl_hours)
    return expires_at
