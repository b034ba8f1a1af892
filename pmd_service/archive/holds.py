"""What an archive refers to stays until the archive is gone.

Of the site's artworks a file vault keeps links; where there are none they are referred to as they are, and a reader is
told when one has changed. The library's own files are held: purging takes their rows, and the sweep leaves their bytes
until no archive needs them any more.
"""

from collections.abc import Sequence

from ..base.database import Connection, rows_of
from ..vault.base import Source
from ..vault.leftovers import SweptAwayError
from ..vault.vault import Vault

# Who purges a file waits for this transaction, and leaves its bytes to the sweep only after it.
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
    """Gathers what one archive refers to.

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
            ObjectUnreadableError: one of them has changed since it was looked for.
            VaultFaultError: it may pass.
        """
        ours = {source.key for source in sources if source.key.startswith(self._library)}
        others = [source for source in sources if source.key not in ours]
        # Names that are taken even if it fails: the next ones begin behind them.
        first, self._linked = self._linked, self._linked + len(others)
        linked = iter(await self._vault.linked(self._archive, others, first=first) if others else ())
        self._held |= ours
        return [source if source.key in ours else next(linked) for source in sources]

    @property
    def is_holding(self) -> bool:
        """Whether there is anything to be held: of the site's artworks links are enough."""
        return bool(self._held)

    async def keep(self, connection: Connection, *, user_id: int) -> None:
        """Hold the library's files; in the transaction that publishes the archive.

        Raises:
            SweptAwayError: one of them has been purged meanwhile, and the transaction must not commit.
        """
        if not self._held:
            return
        hashes = [key.rpartition("/")[2].partition(".")[0] for key in self._held]
        done = await connection.execute(_HOLD, self._archive, user_id, hashes, list(self._held))
        if rows_of(done) < len(self._held):
            raise SweptAwayError("a file that the archive refers to")
