"""A pack is a promise: each of its files was compared with its hash within the last month, or is now."""

from collections.abc import Sequence

from ..archive.sums import OtherBytesError, Summed, crc32_of
from ..base.database import Pool
from ..work.kind import PermanentError

TRUSTED_DAYS = 30


class UnreadableError(Exception):
    """The bytes of the file of this name cannot be read just now."""


def damaged(name: str) -> PermanentError:
    """A file's bytes are not those that were uploaded."""
    detail = f"“{name}” cannot be packed: its bytes are not those that were uploaded. Send it again."
    return PermanentError(detail, "file_damaged")


# A file is hashed as it comes in; the scrub enters it an hour later.
_STALE = """
SELECT id
  FROM asset LEFT JOIN asset_verified ON asset_id = id
 WHERE id = ANY($1)
   AND (coalesce(verified_at, created_at) < now() - make_interval(days => $2) OR fault IS NOT NULL)
"""

_NOTE = "UPDATE asset_verified SET verified_at = now(), fault = NULL WHERE asset_id = ANY($1)"


async def find_stale(pool: Pool, asset_ids: Sequence[int]) -> set[int]:
    """Those of the files whose bytes nobody has looked at for a month."""
    return {row["id"] for row in await pool.fetch(_STALE, asset_ids, TRUSTED_DAYS)}


async def note_verified(pool: Pool, asset_ids: Sequence[int]) -> None:
    if asset_ids:
        await pool.execute(_NOTE, asset_ids)


def verify(summed: Summed, *, name: str) -> None:
    """Read all of a file again; blocks.

    Raises:
        UnreadableError: it cannot be read.
        PermanentError: it is not what it was.
    """
    try:
        if crc32_of(summed.source) != summed.crc32:
            raise damaged(name)
    except OtherBytesError as error:
        raise damaged(name) from error
    except OSError as error:
        raise UnreadableError(name) from error
