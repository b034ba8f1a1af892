"""What belongs to accounts that are gone (SPEC section 14).

On our own tables a foreign key sees to it at once. Nothing can refer to a view, and a site deletes accounts by DELETE:
there the daily clean-up looks. Whatever files the rows named are left to the sweep by triggers.
"""

from collections.abc import Sequence

from ..database import Pool
from ..ops.telemetry import log

# In this order: later tables' rows are referred to by earlier ones.
TABLES: Sequence[str] = ("job", "pack", "batch_reports", "reports", "asset", "batch_download_requests")
AT_ONCE = 1000

# A site that is being restored, or a map that shows nobody, must not look as if everybody had left.
_IS_FOLLOWED = """
SELECT (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) NOT IN ('r', 'p')
   AND EXISTS (SELECT FROM users)
"""


async def forget_gone_users(pool: Pool) -> int:
    """Remove rows of ours whose user is not there any more, a bounded number of each table; returns how many."""
    if not await pool.fetchval(_IS_FOLLOWED):
        return 0
    forgotten = 0
    for table in TABLES:
        rows = await pool.fetch(
            f"""
            DELETE FROM {table}
             WHERE id IN (SELECT id FROM {table}
                           WHERE NOT EXISTS (SELECT FROM users WHERE users.id = user_id)
                           LIMIT $1)
            RETURNING id""",
            AT_ONCE,
        )
        forgotten += len(rows)
    if forgotten:
        log.info("rows_of_gone_users_removed", rows=forgotten)
    return forgotten
