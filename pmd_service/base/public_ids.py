"""Public ids: sqids, shared with the site (SPEC section 3)."""

from functools import lru_cache

from sqids import Sqids
from sqids.constants import DEFAULT_ALPHABET

# An int4 in the smallest alphabet that sqids has, three characters, takes 32.
MAX_SQID = 64


class PublicIds:
    """Encodes a row's id where the site has not stored a public id for it."""

    def __init__(self, alphabet: str | None = None) -> None:
        self._sqids = Sqids(alphabet=alphabet or DEFAULT_ALPHABET)
        # Encoding takes 5 µs, and a page of posts has 512; decoding takes 20 µs, and every request names its user.
        self._encode = lru_cache(maxsize=1 << 14)(lambda row_id: self._sqids.encode([row_id]))
        self._decode = lru_cache(maxsize=1 << 14)(self._decoded)

    def of(self, row_id: int, public_sqid: str | None) -> str:
        return public_sqid or self._encode(row_id)

    def row_id(self, sqid: str) -> int | None:
        """The id that ``sqid`` was encoded from, or None when it was not encoded here."""
        if len(sqid) > MAX_SQID:
            return None  # decoding takes more than linear time: 7,000 characters would block the process for a second
        return self._decode(sqid)

    def _decoded(self, sqid: str) -> int | None:
        numbers = self._sqids.decode(sqid)
        # Decoding is lenient: without this check, one row would have many public ids.
        if len(numbers) == 1 and numbers[0] < 2**31 and self._sqids.encode(numbers) == sqid:
            return numbers[0]
        return None
