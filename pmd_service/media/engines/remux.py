"""Sound and video into a new container, packet by packet, without the old one's tags and further tracks."""

from pathlib import Path

import av

from ..content import Content
from .streams import open_media, sound_of, video_of

# Nothing of when and with what it was written.
_SILENT = {"fflags": "+bitexact"}
_OPTIONS = {".mp3": {"id3v2_version": "0", "write_id3v1": "0"}, ".mp4": {"movflags": "+faststart"}}


def remux(source: Path, target: Path, content: Content) -> None:
    """The first sound and picture, as they are; covers, subtitles, chapters and tracks of places stay behind."""
    options = _SILENT | _OPTIONS.get(target.suffix, {})
    with open_media(source, content.reader) as read, av.open(str(target), "w", options=options) as written:
        streams = [stream for stream in (video_of(read), sound_of(read)) if stream is not None]
        copies = {stream.index: written.add_stream_from_template(stream) for stream in streams}
        for copy in copies.values():
            copy.metadata.clear()
        for packet in read.demux(streams):
            if packet.size == 0:
                continue  # the demuxer's word for the end
            packet.stream = copies[packet.stream.index]
            written.mux(packet)
