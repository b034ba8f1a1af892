"""Archives whose sources have other tags than they had, since the vault was restored or moved."""

from ..base.database import Pool
from ..vault.base import ObjectUnreadableError
from ..vault.keys import ARTWORK_PREFIX
from ..vault.vault import Vault
from .sparse import SparseArchive
from .sums import Summed, forget_changed, is_of_library, locate_summed

# Files read and recorded together; a repeated request resumes after them.
BATCH = 64


async def with_current_tags(pool: Pool, vault: Vault, archive: SparseArchive) -> SparseArchive:
    """The archive with the current tags of the library's files, for a vault that was restored or moved.

    These files are named by their hash; each is read and compared with it.

    Raises:
        ObjectUnreadableError: one of them is missing or has other bytes.
        VaultFaultError: the vault is unavailable.
    """
    sizes = {each.key: each.size for each in archive.all_references() if is_of_library(each.key)}
    keys, tags = list(sizes), {}
    await forget_changed(pool, vault, [ARTWORK_PREFIX + key for key in keys])
    for first in range(0, len(keys), BATCH):
        page = keys[first : first + BATCH]
        located = await locate_summed(pool, vault, [ARTWORK_PREFIX + key for key in page])
        for key, found in zip(page, located, strict=True):
            if not isinstance(found, Summed) or found.source.size != sizes[key]:
                raise ObjectUnreadableError(key, "is not what the archive refers to")
            tags[key] = found.source.tag
    return archive.retagged(tags)
