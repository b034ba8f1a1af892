"""The engine that removes metadata, with a mistake of our own, or on a full disk, as pictures of one width meet it."""

import errno

from PIL import Image

from pmd_service.media.engines import strip
from pmd_service.media.messages import Output, Progress, Work

WIDTH, FULL_DISK_WIDTH = 18, 20


def run(work: Work, progress: Progress) -> Output:
    with Image.open(work.source) as image:
        assert image.width != WIDTH
        if image.width == FULL_DISK_WIDTH:
            raise OSError(errno.ENOSPC, "No space left on device")
    return strip.run(work, progress)
