"""Files that no row names any more, until they are out of the vault.

The rows go first, in one transaction with a note of their files; then the files, under the library's lock and after
another look, for the same bytes may have come in again. A crash in between leaves the notes, and the daily upkeep
goes on with them.
"""

from collections.abc import Sequence

from ..database import Connection, Pool
from ..vault import Vault
from .asset import key_of, lock_library

_FORGET = """
INSERT INTO purged_files (key, user_id)
SELECT DISTINCT key, $1::int FROM unnest($2::text[]) AS key
    ON CONFLICT (key) DO NOTHING
"""

# Both an asset's key and its previews' carry the content's hash: where the same bytes have come in again, all of them
# are needed, and only the note goes.
_DUE = """
SELECT key,
       EXISTS (SELECT FROM asset WHERE user_id = $1 AND hash = substring(key FROM '[0-9a-f]{64}')) AS is_needed
  FROM purged_files
 WHERE user_id = $1
 ORDER BY key
 LIMIT 50
"""


async def forget_files(connection: Connection, *, user_id: int, paths: Sequence[str]) -> None:
    """Note, in the transaction that removes their rows, that these files are to go."""
    await connection.execute(_FORGET, user_id, [key_of(path) for path in paths])


async def remove_forgotten(pool: Pool, vault: Vault, *, user_id: int) -> int:
    """Remove what is noted of this user; how many files went.

    Raises:
        VaultFaultError: the store is out of reach; the notes stay.
    """
    removed = 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=user_id)
            due = await connection.fetch(_DUE, user_id)
            for row in due:
                if not row["is_needed"]:
                    await vault.remove(row["key"])
                    removed += 1
            await connection.execute("DELETE FROM purged_files WHERE key = ANY($1)", [row["key"] for row in due])
        if not due:
            return removed
