"""How many bytes one archive may take: of its own, and by reference."""

from ..work.kind import PermanentError

# Of bytes that stay where they are; a takeout has no such limit.
REFERRED_MAX_BYTES = 50 << 30


class Room:
    """Counts an archive's bytes.

    Args:
        own: the most that it may hold itself (``BDR_MAX_BYTES``).
        referred: the most that it may refer to; None without a limit.
        whole: nothing is referred to, and everything counts as its own.
    """

    def __init__(self, *, own: int, referred: int | None, whole: bool) -> None:
        self._own = own
        self._referred = referred
        self._whole = whole
        self.left = own
        self._referred_bytes = 0

    def refer(self, size: int) -> None:
        """Raises: PermanentError: together they are too large."""
        if self._whole:
            self.hold(size)
            return
        self._referred_bytes += size
        if self._referred is not None and self._referred_bytes > self._referred:
            raise _too_large(self._referred)

    def hold(self, size: int) -> None:
        """Raises: PermanentError: together they are too large."""
        self.left -= size
        if self.left < 0:
            raise self.too_large()

    def too_large(self) -> PermanentError:
        return _too_large(self._own)


def _too_large(limit: int) -> PermanentError:
    return PermanentError(
        f"The artworks together are larger than the {limit / 2**20:,.0f} MiB that one download holds. "
        "Please select fewer."
    )
