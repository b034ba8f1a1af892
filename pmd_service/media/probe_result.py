"""The result of probing a file."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..assets.fingerprint import Fingerprint
from ..assets.generation import Generation
from ..assets.types import AssetType
from .messages import Finding, Text

# The longest side, in pixels.
PREVIEW_SIZES = (256, 512)


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A preview file; ``size`` is the requested longest side in pixels.

    A waveform's peaks (JSON) have no size, and 0 as width and height.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z0-9]{1,32}\.(webp|json)$")]
    mime_type: Literal["image/webp", "application/json"]
    size: int | None = None
    width: Annotated[int, Meta(ge=0)] = 0
    height: Annotated[int, Meta(ge=0)] = 0


class Rights(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Author, copyright and licence as embedded in the file."""

    author: Text | None = None
    copyright: Text | None = None
    license: Text | None = None


MAX_REFERENCES, REFERENCE_LENGTH = 256, 300

Reference = Annotated[str, Meta(min_length=1, max_length=REFERENCE_LENGTH)]
Colour = Annotated[str, Meta(pattern=r"^[0-9a-f]{6}$")]


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """A file's measures, embedded metadata and previews; stored in ``reports.facts`` under these names,
    and the fingerprint in ``asset_fingerprint``.

    ``colours`` is None above 65,536 or where they were not counted. ``dhash`` is a 64-bit difference hash in
    hexadecimal: similar images differ in at most nine bits. ``palette`` are the most frequent colours. ``bit_depth`` is
    per colour channel or audio sample, and ``pixel_aspect`` width:height of a pixel that is not square. ``references``
    are the paths of other files that it names.
    """

    version: int = 1
    type: AssetType
    mime_type: Annotated[str, Meta(max_length=64)]
    file_format: Annotated[str, Meta(pattern=r"^[a-z0-9]{1,10}$")]
    width: Annotated[int, Meta(gt=0)] | None = None
    height: Annotated[int, Meta(gt=0)] | None = None
    frame_count: Annotated[int, Meta(gt=0)] | None = None
    duration_sec: Annotated[float, Meta(ge=0)] | None = None
    samplerate_hz: Annotated[int, Meta(gt=0)] | None = None
    channels: Annotated[int, Meta(gt=0)] | None = None
    codec: Annotated[str, Meta(max_length=64)] | None = None
    bit_rate: Annotated[int, Meta(ge=0)] | None = None
    frame_rate: Annotated[float, Meta(gt=0)] | None = None
    bit_depth: Annotated[int, Meta(gt=0)] | None = None
    alpha: bool | None = None
    colour_profile: Annotated[str, Meta(max_length=100)] | None = None
    pixel_aspect: Annotated[str, Meta(pattern=r"^\d+:\d+$")] | None = None
    interlaced: bool | None = None
    hdr: Literal["PQ", "HLG"] | None = None
    sound_tracks: Annotated[int, Meta(ge=0)] | None = None
    cover: bool | None = None
    colours: Annotated[int, Meta(gt=0)] | None = None
    animated: bool = False
    dhash: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")] | None = None
    palette: Annotated[list[Colour], Meta(max_length=8)] = []
    rights: Rights = Rights()
    ai_marks: Annotated[list[Text], Meta(max_length=16)] = []
    generation: Generation | None = None
    gps: bool = False
    references: Annotated[list[Reference], Meta(max_length=MAX_REFERENCES)] = []
    findings: Annotated[list[Finding], Meta(max_length=32)] = []
    previews: Annotated[list[Preview], Meta(max_length=8)] = []
    fingerprint: Fingerprint | None = None
