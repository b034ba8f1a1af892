"""A file in another format of its kind (DEPTH section 8, ``transcode``): converting, and nothing else."""

import msgspec

from ..messages import Made, Progress, Work
from ..params import Transcode
from . import enhance


def run(work: Work, progress: Progress) -> Made:
    """As ``enhance`` converts.

    Raises:
        RefusalError: that format is for another kind of file.
    """
    params = msgspec.convert(work.params, Transcode)
    operations = [{"op": "convert", "format": params.format}]
    return enhance.run(msgspec.structs.replace(work, params={"operations": operations}), progress)
