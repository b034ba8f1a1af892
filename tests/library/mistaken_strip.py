"""The engine that removes metadata, with a mistake of our own, which pictures of one width meet."""

from PIL import Image

from pmd_service.media.engines import strip
from pmd_service.media.messages import Output, Progress, Work

WIDTH = 18


def run(work: Work, progress: Progress) -> Output:
    with Image.open(work.source) as image:
        assert image.width != WIDTH
    return strip.run(work, progress)
