"""Several operations on one file, in their order (LIBRARY section 4, ``enhance``)."""

from pathlib import Path

import msgspec

from ..content import content_of
from ..messages import Made, Progress, Work
from ..params import Enhance
from . import enhance_images


def run(work: Work, progress: Progress) -> Made:
    """The operations, one after another.

    Raises:
        RefusalError: one of them cannot be done with this kind of file.
    """
    operations = msgspec.convert(work.params, Enhance).operations
    source, folder = Path(work.source), Path(work.folder)
    match content_of(source).type:
        case "image":
            return enhance_images.run(source, folder, operations, progress)
        case "audio":
            # libav takes longer to import than most images take to be changed.
            from . import enhance_sound  # noqa: PLC0415

            return enhance_sound.run(source, folder, operations, progress)
        case _:
            from . import enhance_video  # noqa: PLC0415

            return enhance_video.run(source, folder, operations, progress)
