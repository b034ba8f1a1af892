"""Carrying tags and cover art of audio and video over to results."""

import base64
import struct
from collections.abc import Mapping
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ..messages import Finding
from .marks import LOOP_TAGS, Marks
from .streams import COVERS, open_media

# By libav's names. Locations are never carried over.
_KEPT = {
    *("title", "artist", "album", "album_artist", "composer", "performer", "date", "year", "genre", "track", "disc"),
    *("comment", "description", "copyright", "license", "publisher", "lyrics"),
}
# Tags that describe the original file itself.
_OF_THE_FILE = {
    *("encoder", "encoded_by", "major_brand", "minor_version", "compatible_brands", "handler_name", "vendor_id"),
    *("creation_time", "duration", "language", "alpha_mode", "software", "tsse"),
}
_PICTURE = "METADATA_BLOCK_PICTURE"
_FRONT_COVER = 3
_HOLD_COVER = ("flac", "mp3", "m4a", "mp4", "mov")
_MIME_TYPES = {"mjpeg": "image/jpeg"}
# Results are reproducible: no dates, random numbers or versions (with ``+bitexact``).
_MOVFLAGS = "+faststart+disable_chpl"  # one list of chapters is enough
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    ".m4a": {"brand": "M4A ", "movflags": _MOVFLAGS},
    ".mp4": {"movflags": _MOVFLAGS},
    ".mov": {"movflags": _MOVFLAGS},
}
# The ipod muxer supports no covers.
_MUXERS = {".m4a": "mp4"}


def open_output(path: Path) -> OutputContainer:
    """Create an audio or video file, in the format of the path's extension."""
    options = {"fflags": "+bitexact", **_OPTIONS.get(path.suffix, {})}
    return av.open(str(path), "w", format=_MUXERS.get(path.suffix), container_options=options)


def kept_tags(metadata: Mapping[str, str]) -> dict[str, str]:
    """The tags that apply to a result as well."""
    return {name.lower(): value for name, value in metadata.items() if name.lower() in _KEPT}


def dropped_tags(metadata: Mapping[str, str]) -> list[Finding]:
    """The finding for all other tags."""
    left = {name.lower().partition("-")[0] for name in metadata if name.lower() not in LOOP_TAGS} - _KEPT - _OF_THE_FILE
    if not left:
        return []
    message = f"Its tags but the usual ones ({', '.join(sorted(left))[:300]}) stay with the original."
    return [Finding("notes_left", message)]


def cover_of(container: InputContainer) -> VideoStream | None:
    """The cover art."""
    return next((stream for stream in container.streams.video if stream.codec_context.name in COVERS), None)


class TagCopier:
    """Copies a sound's tags and cover, if they are to be kept, and ``marks``, to a result.

    ``findings`` tell what cannot be copied.

    The marks of a WAV are written afterwards (``riff_marks``).
    """

    def __init__(self, source: Path, file_format: str, marks: Marks, *, keeps_tags: bool = True) -> None:
        self._source = source
        self._file_format = file_format
        with open_media(source) as container:
            metadata = _all_metadata(container)
            cover = cover_of(container)
            tracks = len(container.streams.audio)
        self.findings = [*(dropped_tags(metadata) if keeps_tags else []), *marks.losses(file_format)]
        self._tags = {**(kept_tags(metadata) if keeps_tags else {}), **marks.tags(file_format)}
        self._chapters = marks.chapters(file_format)
        self._has_cover = cover is not None and keeps_tags and file_format in (*_HOLD_COVER, "ogg")
        if cover is not None and keeps_tags and not self._has_cover:
            self.findings.append(Finding("cover_left", f"{file_format.upper()} has no place for its cover."))
        if tracks > 1:
            message = f"Only the first of {tracks} tracks was processed; the others stay with the original."
            self.findings.append(Finding("tracks_left", message))

    def comments(self) -> dict[str, str]:
        """Tags and cover as Ogg holds them, by libav's names."""
        if not self._has_cover:
            return self._tags
        with open_media(self._source) as container:
            cover = cover_of(container)
            assert cover is not None
            return {**self._tags, _PICTURE: _picture_block(cover, bytes(next(container.demux(cover))))}

    def begin(self, target: OutputContainer) -> None:
        """Write tags, chapters and cover; after the audio stream was added, before its first packet."""
        target.metadata.update(self.comments() if self._file_format == "ogg" else self._tags)
        target.set_chapters(self._chapters)
        if not self._has_cover or self._file_format == "ogg":
            return
        with open_media(self._source) as container:
            cover = cover_of(container)
            assert cover is not None
            packet = next(container.demux(cover))
            stream = target.add_stream_from_template(cover)
            stream.disposition = Disposition.attached_pic
            target.start_encoding()
            packet.stream = stream
            target.mux(packet)


def _all_metadata(container: InputContainer) -> dict[str, str]:
    streams = container.streams.audio[:1]
    return {**container.metadata, **(streams[0].metadata if streams else {})}


def _picture_block(cover: VideoStream, content: bytes) -> str:
    """Cover art as a Vorbis comment: FLAC's picture block (RFC 9639, 8.8) in Base64."""
    codec = cover.codec_context.name
    mime_type = _MIME_TYPES.get(codec, f"image/{codec}").encode()
    head = struct.pack(">II", _FRONT_COVER, len(mime_type)) + mime_type + struct.pack(">I", 0)
    measures = struct.pack(">5I", cover.width, cover.height, 24, 0, len(content))
    return base64.b64encode(head + measures + content).decode()
