"""An archive whose vault has been restored or moved: the same bytes lie there under other tags."""

from ..base.database import Pool
from ..vault.base import ObjectUnreadableError
from ..vault.keys import ARTWORK_PREFIX
from ..vault.vault import Vault
from .sparse import SparseArchive
from .sums import Summed, is_of_library, locate_summed

# Learnt together, and kept: whoever asks again goes on behind them.
AT_ONCE = 64


async def recognized(pool: Pool, vault: Vault, archive: SparseArchive) -> SparseArchive:
    """The same archive by the tags that the library's files have now: each is called by its hash, and compared with it.

    Raises:
        ObjectUnreadableError: one of them is gone, or has other bytes.
        VaultFaultError: it may pass.
    """
    sizes = {each.key: each.size for each in archive.all_references() if is_of_library(each.key)}
    keys, tags = list(sizes), {}
    for first in range(0, len(keys), AT_ONCE):
        page = keys[first : first + AT_ONCE]
        located = await locate_summed(pool, vault, [ARTWORK_PREFIX + key for key in page], look=True)
        for key, found in zip(page, located, strict=True):
            if not isinstance(found, Summed) or found.source.size != sizes[key]:
                raise ObjectUnreadableError(key, "is not what the archive refers to any more")
            tags[key] = found.source.tag
    return archive.retagged(tags)
