"""What copies of files say about AI: whether they may be mined, and whether AI has made them."""

import msgspec

from ..assets.types import AiDisclosure

# The code of the finding of a copy that does not say what it was to say: its format has no place for it.
NOT_WRITTEN = "rights_not_written"


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """What is written into a copy; nothing, unless the artist has stated something.

    ``opts_out``: not for training AI. ``disclosure``: how much AI has made of it.
    """

    opts_out: bool = False
    disclosure: AiDisclosure | None = None

    @property
    def is_stated(self) -> bool:
        """Whether a file has anything to say: there is no word for what AI has no part in."""
        return self.opts_out or self.disclosure in ("assisted", "generated")
