"""Which tokens and keys have been ended, for those whose requests last."""

from collections.abc import Collection

from ..base.database import Pool
from .keys.queries import find_revoked
from .sessions.queries import find_ended


async def find_ended_credentials(pool: Pool, credentials: Collection[bytes]) -> set[bytes]:
    """Those of browsers that have been signed out, and of keys that have been revoked, by their SHA-256."""
    both = list(credentials)
    return await find_ended(pool, both) | await find_revoked(pool, both)


def ended_by(payload: str) -> bytes | None:
    """The credential that a notification ends: ``<user id> signed_out <SHA-256>``; None where it is another one."""
    words = payload.split(" ")
    if len(words) != 3 or words[1] != "signed_out":
        return None
    try:
        return bytes.fromhex(words[2])
    except ValueError:
        return None  # any database role may notify
