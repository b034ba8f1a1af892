"""Objects that an archive refers to are kept for as long as the archive exists.

A file vault hard-links the site's artworks; where it cannot, the originals are referenced, and a download whose sources
have changed is refused. Files of the library are held: purging deletes their rows, and the sweep keeps their bytes
until no archive needs them.
"""

from collections.abc import Sequence

from ..base.database import Connection, row_count
from ..vault.base import Source
from ..vault.leftovers import SweptAwayError
from ..vault.vault import Vault

# The row locks make a concurrent purge wait for this transaction, so that the sweep sees the hold.
_HOLD = """
WITH held AS (
    SELECT substring(path FROM length('/vault/') + 1) AS key
      FROM asset
     WHERE user_id = $2 AND hash = ANY($3)
       FOR KEY SHARE)
INSERT INTO archive_hold (archive, key)
SELECT $1, key FROM held WHERE key = ANY($4)
"""


class Holds:
    """Collects the objects that one archive refers to.

    Args:
        archive: its key, ``{kind}/{user_sqid}/…``.
    """

    def __init__(self, vault: Vault, archive: str) -> None:
        self._vault = vault
        self._archive = archive
        self._library = f"assets/{archive.split('/')[1]}/"
        self._held: set[str] = set()
        self._linked = 0

    async def add(self, sources: Sequence[Source]) -> list[Source]:
        """The same objects in the same order, by names that last.

        Raises:
            ObjectUnreadableError: one of them has changed since it was located.
            VaultFaultError: the vault is unavailable.
        """
        ours = {source.key for source in sources if source.key.startswith(self._library)}
        others = [source for source in sources if source.key not in ours]
        # Link numbers are used up even if this fails.
        first, self._linked = self._linked, self._linked + len(others)
        linked = iter(await self._vault.linked(self._archive, others, first=first) if others else ())
        self._held |= ours
        return [source if source.key in ours else next(linked) for source in sources]

    @property
    def is_holding(self) -> bool:
        """Whether there are files to hold: links need none."""
        return bool(self._held)

    async def keep(self, connection: Connection, *, user_id: int) -> None:
        """Hold the library's files, in the transaction that publishes the archive.

        Raises:
            SweptAwayError: one of them was purged meanwhile; the transaction must not commit.
        """
        if not self._held:
            return
        hashes = [key.rpartition("/")[2].partition(".")[0] for key in self._held]
        done = await connection.execute(_HOLD, self._archive, user_id, hashes, list(self._held))
        if row_count(done) < len(self._held):
            raise SweptAwayError("a file that the archive refers to")
