"""What can be asked of the engines: one struct a kind, read strictly, and told to askers as JSON schema."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from .palettes import MAX_COLOURS, require_colours

Strength = Annotated[int, Meta(ge=0, le=100, description="0 leaves everything, 100 takes all that may be noise.")]
Seconds = Annotated[float, Meta(ge=0, le=6 * 3600)]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """There is nothing to choose."""


class Upscale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``pixel`` repeats pixels (``nearest``) or rounds their corners (``epx``), and makes no new colour; ``smooth`` is
    Lanczos; ``model`` is a network for drawings. ``auto`` takes the first for pixel art, and of the others the one that
    draws the picture better from its own half size."""

    factor: Literal[2, 3, 4, 8] = 4
    method: Literal["auto", "pixel", "smooth", "model"] = "auto"
    style: Literal["nearest", "epx"] = "nearest"


class Denoise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the noise to take."""

    strength: Strength = 50


Formats: TypeAlias = Literal[
    "png", "gif", "webp", "bmp", "jpg", "wav", "flac", "ogg", "m4a", "mp3", "mp4", "webm", "mkv"
]


class _Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    @property
    def op(self) -> str:
        """The operation's name, as it is asked for."""
        return str(self.__struct_config__.tag)


class Autocontrast(_Operation, frozen=True, tag="autocontrast"):
    """Images: the darkest becomes black and the lightest white."""


class Sharpen(_Operation, frozen=True, tag="sharpen"):
    """Images and video."""

    amount: Annotated[int, Meta(ge=1, le=100)] = 50


class Quantize(_Operation, frozen=True, tag="quantize"):
    """Images: at most so many colours."""

    colours: Annotated[int, Meta(ge=2, le=256)] = 32


class CropTransparent(_Operation, frozen=True, tag="crop_transparent"):
    """Images: without the transparent margin, over all frames."""


class ResizeNearest(_Operation, frozen=True, tag="resize_nearest"):
    """Images: to this size, without new colours."""

    width: Annotated[int, Meta(ge=1, le=16_384)]
    height: Annotated[int, Meta(ge=1, le=16_384)]


class StripMetadata(_Operation, frozen=True, tag="strip_metadata"):
    """Images: without EXIF, places and texts. The same pixels."""


class Normalize(_Operation, frozen=True, tag="normalize"):
    """Sound: as loud as EBU R128 measures −16 LUFS, without clipping."""


class TrimSilence(_Operation, frozen=True, tag="trim_silence"):
    """Sound: without the silence at both ends."""

    threshold_db: Annotated[float, Meta(ge=-90, le=-20)] = -50.0


class Colour(_Operation, frozen=True, tag="colour"):
    """Video: more colour (above 0) or less."""

    vibrance: Annotated[float, Meta(ge=-1, le=1)] = 0.3


class Trim(_Operation, frozen=True, tag="trim"):
    """Video: only from ``start`` to ``end``, in seconds."""

    start: Seconds = 0.0
    end: Seconds | None = None


class Convert(_Operation, frozen=True, tag="convert"):
    """To another format of the same kind of file."""

    format: Formats


Operation: TypeAlias = (
    Autocontrast
    | Sharpen
    | Quantize
    | CropTransparent
    | ResizeNearest
    | StripMetadata
    | Normalize
    | TrimSilence
    | Colour
    | Trim
    | Convert
)


class Enhance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One operation after another, in this order."""

    operations: Annotated[list[Operation], Meta(min_length=1, max_length=8)]


_Cell = Annotated[int, Meta(ge=1, le=4096)]
_Between = Annotated[int, Meta(ge=0, le=256)]


class Slice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alpha`` cuts what hangs together, ``grid`` cells of one size, ``frames`` an animation; ``tags`` and ``slices``
    what an Aseprite file names so."""

    by: Literal["alpha", "grid", "frames", "tags", "slices"] = "alpha"
    gap: Annotated[int, Meta(ge=1, le=64, description="By alpha: parts nearer than this many pixels are one.")] = 1
    width: Annotated[_Cell, Meta(description="By grid: a cell's width in pixels.")] = 16
    height: Annotated[_Cell, Meta(description="By grid: a cell's height in pixels.")] = 16
    margin: Annotated[_Between, Meta(description="By grid: pixels around all cells.")] = 0
    spacing: Annotated[_Between, Meta(description="By grid: pixels between two cells.")] = 0


class SpriteSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``data`` is what an engine reads beside the sheet."""

    data: Literal["texturepacker_hash", "texturepacker_array", "aseprite", "godot", "css"] = "texturepacker_hash"
    padding: Annotated[int, Meta(ge=0, le=64, description="Pixels between two sprites.")] = 2
    trim: Annotated[bool, Meta(description="Cut clear margins off; the data says what was cut.")] = True
    power_of_two: Annotated[bool, Meta(description="Width and height are powers of two.")] = False


_Colours = Annotated[str, Meta(max_length=16_384)]


class Palette(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``reduce`` to these colours, ``swap`` some for others, or ``extract`` those that are there."""

    method: Literal["reduce", "swap", "extract"] = "reduce"
    colours: Annotated[
        _Colours, Meta(description="To reduce to, or the new ones of a swap: a .gpl, .pal or .hex file, or a list.")
    ] = ""
    replaces: Annotated[_Colours, Meta(description="Of a swap: the old colours, in the order of the new ones.")] = ""
    dither: Annotated[int, Meta(ge=0, le=100, description="Of reducing: a pattern between two colours.")] = 0
    most: Annotated[int, Meta(ge=2, le=MAX_COLOURS, description="Of extracting: colours at most.")] = 64

    def __post_init__(self) -> None:
        if self.method == "extract":
            return
        new = require_colours(self.colours, what="The colours")
        if self.method == "swap" and len(require_colours(self.replaces, what="What it replaces")) != len(new):
            raise ValueError("A swap has as many old colours as new ones")


class Loop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Found in the music where nothing is said: from ``start`` to ``end``, in seconds."""

    start: Seconds | None = None
    end: Seconds | None = None
    format: Annotated[Literal["wav", "ogg", "flac"], Meta(description="WAV has it as “smpl”, the others as tags.")] = (
        "wav"
    )

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise ValueError("A loop has a start and an end, or neither")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("A loop ends behind its start")


class Loudness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sounds to a loudness of one's choice: as a group all change by the same, so that what is soft stays softer."""

    target_lufs: Annotated[float, Meta(ge=-40, le=-6, description="EBU R128, in LUFS.")] = -16.0
    peak_dbtp: Annotated[float, Meta(ge=-9, le=0, description="No true peak above this.")] = -1.0
    as_group: bool = True


class Transcode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same in another format of its kind."""

    format: Formats
