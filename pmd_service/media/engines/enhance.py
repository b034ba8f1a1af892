"""Operations on one file, in their order (LIBRARY section 4, ``enhance``)."""

from pathlib import Path

import msgspec

from ..content import content_of
from ..kinds.enhance import Enhance
from ..messages import Output, Progress, Work
from . import enhance_images


def run(work: Work, progress: Progress) -> Output:
    """Apply the operations in order.

    Raises:
        RefusalError: one of them does not support this kind of file.
    """
    operations = msgspec.convert(work.params, Enhance).operations
    source, folder = Path(work.source), Path(work.folder)
    kind = content_of(source).type
    if kind == "image":
        return enhance_images.run(source, folder, operations, progress)
    # libav takes longer to import than most images take to process.
    from .enhance_streams import change_sound, change_video  # noqa: PLC0415

    change = change_sound if kind == "audio" else change_video
    return change(source, folder, operations, progress)
