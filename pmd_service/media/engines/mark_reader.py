"""Reading the marks in time of any sound."""

from collections.abc import Mapping
from pathlib import Path

import av
import msgspec
from av.container import InputContainer

from ..content import content_of
from .marks import Marks, cues_in, loops_in
from .riff_marks import wav_marks
from .streams import audio_stream, open_media

# By how much headers may understate a duration, in seconds.
_ROUNDED = 0.05


def read_marks(path: Path) -> Marks:
    """The marks of a sound that lie within it."""
    with open_media(path) as container:
        sound = audio_stream(container)
        assert sound is not None
        samples = round((container.duration / av.time_base + _ROUNDED) * sound.rate) if container.duration else None
        if content_of(path).file_format == "wav":
            return wav_marks(path, sound.rate).within(samples)
        return _container_marks(container, {**container.metadata, **sound.metadata}, sound.rate).within(samples)


def _container_marks(container: InputContainer, tags: Mapping[str, str], rate: int) -> Marks:
    samples = round(container.duration / av.time_base * rate) if container.duration else None
    loops, unread = loops_in(tags, samples)
    cues, damaged = cues_in(container.chapters(), rate)
    return msgspec.structs.replace(Marks(rate=rate), loops=loops, cues=cues, damaged=unread + damaged)
