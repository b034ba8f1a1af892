"""Saving sounds in another format, and the sound of videos: packets are copied where nothing has to be encoded."""

from pathlib import Path

from ..content import content_of
from ..kinds.enhance import Trim
from ..kinds.export import SAME, Export
from ..messages import Output, Progress, not_supported
from .audio import audio_info
from .enhance_streams import change_sound
from .mark_reader import read_marks
from .streams import audio_stream, open_media
from .tags import TagCopier, open_output
from .video_audio import WHOLE, CopiedSound

# Codecs that are copied out of a video as they are.
_COPIED = {"m4a": ("aac", "alac"), "mp3": ("mp3",), "ogg": ("opus", "vorbis"), "flac": ("flac",)}


def run(source: Path, folder: Path, params: Export, progress: Progress) -> Output:
    """Write the file's first sound; lossless unless a lossy format is asked for.

    Raises:
        RefusalError: there is none, or something is asked for that pictures have.
    """
    if params.longest_side or params.colours or params.at_keyframes:
        raise not_supported("change the picture", "a sound")
    wanted = None if params.format == SAME else params.format
    cut = [] if params.start is None and params.end is None else [Trim(params.start or 0, params.end)]
    codecs = _COPIED.get(wanted or "", ())
    if wanted and not cut and content_of(source).type == "video" and audio_info(source).codec in codecs:
        progress(0, "copying")
        return _copied(source, folder, wanted, keeps_tags=params.metadata)
    return change_sound(source, folder, cut, progress, wanted=wanted, keeps_tags=params.metadata)


def _copied(source: Path, folder: Path, wanted: str, *, keeps_tags: bool) -> Output:
    name = f"result.{wanted}"
    copier = TagCopier(source, wanted, read_marks(source), keeps_tags=keeps_tags)
    with open_media(source) as read, open_output(folder / name) as made:
        stream = audio_stream(read)
        assert stream is not None
        sound = CopiedSound(stream, WHOLE)
        sound.begin(made)
        copier.begin(made)
        for packet in read.demux(stream):
            sound.add(packet)
    return Output(name=name, findings=copier.findings)
