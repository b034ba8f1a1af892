"""Objects that an archive refers to are kept for as long as the archive exists.

A file vault hard-links the site's artworks; where it cannot, the originals are referenced, and a download whose sources
have changed is refused. The library's files get a row: purging deletes theirs, and the sweep keeps
their bytes until no archive needs them.
"""

from collections.abc import Sequence

from ..base.database import Connection, row_count
from ..vault.base import Source
from ..vault.leftovers import SweptAwayError
from ..vault.vault import Vault

# The row locks make a concurrent purge wait for this transaction, so that the sweep sees the reference.
_REFER = """
WITH kept AS (
    SELECT substring(path FROM length('/vault/') + 1) AS key
      FROM asset
     WHERE user_id = $2 AND hash = ANY($3)
       FOR KEY SHARE)
INSERT INTO archive_reference (archive, key)
SELECT $1, key FROM kept WHERE key = ANY($4)
"""


class References:
    """Collects the objects that one archive refers to.

    Args:
        archive: its key, ``{kind}/{user_sqid}/…``.
    """

    def __init__(self, vault: Vault, archive: str) -> None:
        self._vault = vault
        self._archive = archive
        self._library = f"assets/{archive.split('/')[1]}/"
        self._library_keys: set[str] = set()
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
        self._library_keys |= ours
        return [source if source.key in ours else next(linked) for source in sources]

    def add_library(self, key: str) -> bool:
        """Refer to a library file of the same user by its key; False if it is not one."""
        if not key.startswith(self._library):
            return False
        self._library_keys.add(key)
        return True

    @property
    def has_library_files(self) -> bool:
        """Whether there are references to write: links need none."""
        return bool(self._library_keys)

    async def keep(self, connection: Connection, *, user_id: int) -> None:
        """Write the references to the library's files, in the transaction that publishes the archive.

        Raises:
            SweptAwayError: one of them was purged meanwhile; the transaction must not commit.
        """
        if not self._library_keys:
            return
        hashes = [key.rpartition("/")[2].partition(".")[0] for key in self._library_keys]
        done = await connection.execute(_REFER, self._archive, user_id, hashes, list(self._library_keys))
        if row_count(done) < len(self._library_keys):
            raise SweptAwayError("a file that the archive refers to")
