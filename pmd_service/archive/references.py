"""Objects that an archive refers to are kept for as long as the archive exists.

A file vault hard-links the site's artworks; where it cannot, the originals are referenced, and a download whose sources
have changed is refused. A file of the library has an archive reference: purging deletes its row, and the sweep keeps
its bytes until no archive needs them.
"""

from collections.abc import Sequence

from ..base.database import Connection, row_count
from ..vault.base import Source
from ..vault.leftovers import SweptAwayError
from ..vault.vault import Vault

# The row locks make a concurrent purge wait for this transaction, so that the sweep sees the reference.
_REFER = """
WITH file AS (
    SELECT substring(path FROM length('/vault/') + 1) AS key
      FROM asset
     WHERE user_id = $2 AND hash = ANY($3)
       FOR KEY SHARE)
INSERT INTO archive_reference (archive, key)
SELECT $1, key FROM file WHERE key = ANY($4)
"""


class ArchiveReferences:
    """Collects the objects that one archive refers to.

    Args:
        archive: its key, ``{kind}/{user_sqid}/…``.
    """

    def __init__(self, vault: Vault, archive: str) -> None:
        self._vault = vault
        self._archive = archive
        self._library = f"assets/{archive.split('/')[1]}/"
        self._files: set[str] = set()
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
        self._files |= ours
        return [source if source.key in ours else next(linked) for source in sources]

    @property
    def has_files(self) -> bool:
        """Whether there are files of the library: links need no reference."""
        return bool(self._files)

    async def keep(self, connection: Connection, *, user_id: int) -> None:
        """Refer to the library's files, in the transaction that publishes the archive.

        Raises:
            SweptAwayError: one of them was purged meanwhile; the transaction must not commit.
        """
        if not self._files:
            return
        hashes = [key.rpartition("/")[2].partition(".")[0] for key in self._files]
        done = await connection.execute(_REFER, self._archive, user_id, hashes, list(self._files))
        if row_count(done) < len(self._files):
            raise SweptAwayError("a file that the archive refers to")
