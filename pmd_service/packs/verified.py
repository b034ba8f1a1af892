"""Verification of a pack's files: each was compared with its hash within the last month, or is now."""

from collections.abc import Sequence

from ..archive.sums import OtherBytesError, Summed, read_sums
from ..base.database import Pool, find_values
from ..work.kind import PermanentError

TRUSTED_DAYS = 30


class UnreadableError(Exception):
    """The file of this name cannot be read at the moment."""


def damaged(name: str) -> PermanentError:
    """The error for a file whose bytes are not those that were uploaded."""
    detail = f"“{name}” cannot be packed: its bytes are not those that were uploaded. Please upload it again."
    return PermanentError(detail, "file_damaged")


# A file is hashed on arrival, and the scrub adds its row an hour later.
_STALE = """
SELECT id
  FROM asset LEFT JOIN asset_verified ON asset_id = id
 WHERE id = ANY($1)
   AND (coalesce(verified_at, created_at) < now() - make_interval(days => $2) OR fault IS NOT NULL)
"""

_NOTE = "UPDATE asset_verified SET verified_at = now(), fault = NULL WHERE asset_id = ANY($1)"


async def find_stale(pool: Pool, asset_ids: Sequence[int]) -> set[int]:
    """The files that have not been verified for a month."""
    return {*await find_values(pool, _STALE, asset_ids, TRUSTED_DAYS)}


async def note_verified(pool: Pool, asset_ids: Sequence[int]) -> None:
    if asset_ids:
        await pool.execute(_NOTE, asset_ids)


def verify(summed: Summed, *, name: str) -> None:
    """Read all of a file again; blocks.

    Raises:
        UnreadableError: it cannot be read.
        PermanentError: it has changed.
    """
    try:
        if read_sums(summed.source).crc32 != summed.crc32:
            raise damaged(name)
    except OtherBytesError as error:
        raise damaged(name) from error
    except OSError as error:
        raise UnreadableError(name) from error
