"""Which tokens and keys have been ended, for those whose requests last."""

from collections.abc import Collection

from ..base.database import Pool
from .keys.queries import find_revoked
from .sessions.queries import find_ended


async def find_ended_credentials(pool: Pool, credentials: Collection[bytes]) -> set[bytes]:
    """Those of browsers that have been signed out, and of keys that have been revoked, by their SHA-256."""
    both = list(credentials)
    return await find_ended(pool, both) | await find_revoked(pool, both)
