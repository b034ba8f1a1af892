"""The fingerprint of a picture, as the child finds it and as similar files are compared by it."""

from typing import Annotated

import msgspec
from msgspec import Meta

# The luma plane is kept at these sides, as an average that is computed once.
SIDES = (64, 32, 16, 8)
COLOUR_SIDE = 16
# Those, then red and blue less luma (halved, around 128) and alpha; all but alpha on grey. One byte a cell, by rows.
PLANES_LENGTH = sum(side * side for side in SIDES) + 3 * COLOUR_SIDE * COLOUR_SIDE


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True):
    """``pixels`` is a digest, the same for equal pixels in any format; None where they are not known exactly."""

    pixels: Annotated[bytes, Meta(min_length=16, max_length=16)] | None = None
    planes: Annotated[bytes, Meta(min_length=PLANES_LENGTH, max_length=PLANES_LENGTH)]
