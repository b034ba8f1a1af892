"""Rows of ``job`` as subjects of work: tasks on files and packs' exports share the table."""

from collections.abc import Sequence
from typing import Any

from ..base.database import Connection
from .claimed import Claimed
from .kind import Failed

# ``Kind.release``.
RELEASE = "UPDATE job SET status = 'pending', step = NULL WHERE id = $1 AND status = 'running'"
_PROGRESS = "UPDATE job SET progress = $2, step = $3 WHERE id = $1"
_FAIL = """
UPDATE job
   SET status = 'failed', error_message = left($2, 500), error_code = $3, completed_at = now(), step = NULL
 WHERE id = ANY ($1) AND status IN ('pending', 'running')
"""


async def fail_jobs(connection: Connection, ids: Sequence[int], failed: Failed) -> None:
    """``Kind.fail``."""
    await connection.execute(_FAIL, ids, failed.message, failed.code)


async def write_progress(connection: Connection, claimed: Claimed[Any]) -> None:
    """``Kind.write_progress``."""
    await connection.execute(_PROGRESS, claimed.row.id, claimed.done, claimed.step)
