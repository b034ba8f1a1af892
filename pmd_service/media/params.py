"""The parameters of the tasks: a strict struct for each kind, published to clients as JSON schema."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from .palettes import MAX_COLOURS, require_colours

Strength = Annotated[int, Meta(ge=0, le=100, description="0 removes nothing, 100 everything that may be noise.")]
Seconds = Annotated[float, Meta(ge=0, le=6 * 3600)]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class Upscale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``pixel`` repeats pixels (``nearest``) or rounds their corners (``epx``), without new colours; ``smooth`` is
    Lanczos; ``model`` is a neural network for drawings. ``auto`` chooses the first for pixel art, and otherwise the one
    that restores the image better from half its size."""

    factor: Literal[2, 3, 4, 8] = 4
    method: Literal["auto", "pixel", "smooth", "model"] = "auto"
    style: Literal["nearest", "epx"] = "nearest"


class Denoise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the noise to remove."""

    strength: Strength = 50


Formats: TypeAlias = Literal[
    "png", "gif", "webp", "bmp", "jpg", "wav", "flac", "ogg", "m4a", "mp3", "mp4", "webm", "mkv"
]


class _Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    @property
    def op(self) -> str:
        """The operation's name in requests."""
        return str(self.__struct_config__.tag)


class Autocontrast(_Operation, frozen=True, tag="autocontrast"):
    """Images: stretches the contrast from black to white."""


class Sharpen(_Operation, frozen=True, tag="sharpen"):
    """Images and video."""

    amount: Annotated[int, Meta(ge=1, le=100)] = 50


class Quantize(_Operation, frozen=True, tag="quantize"):
    """Images: reduces the number of colours."""

    colours: Annotated[int, Meta(ge=2, le=256)] = 32


class CropTransparent(_Operation, frozen=True, tag="crop_transparent"):
    """Images: crops the transparent margin that all frames share."""


class ResizeNearest(_Operation, frozen=True, tag="resize_nearest"):
    """Images: resizes without new colours."""

    width: Annotated[int, Meta(ge=1, le=16_384)]
    height: Annotated[int, Meta(ge=1, le=16_384)]


class StripMetadata(_Operation, frozen=True, tag="strip_metadata"):
    """Images: removes EXIF, locations and texts. The pixels stay the same."""


class Normalize(_Operation, frozen=True, tag="normalize"):
    """Sound: normalises the loudness to −16 LUFS (EBU R128), without clipping."""


class TrimSilence(_Operation, frozen=True, tag="trim_silence"):
    """Sound: trims the silence at both ends."""

    threshold_db: Annotated[float, Meta(ge=-90, le=-20)] = -50.0


class Colour(_Operation, frozen=True, tag="colour"):
    """Video: more saturation (above 0) or less."""

    vibrance: Annotated[float, Meta(ge=-1, le=1)] = 0.3


class Trim(_Operation, frozen=True, tag="trim"):
    """Video: keeps the part from ``start`` to ``end``, in seconds."""

    start: Seconds = 0.0
    end: Seconds | None = None


class Convert(_Operation, frozen=True, tag="convert"):
    """Converts to another format of the same kind of file."""

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
    """Operations, applied in this order."""

    operations: Annotated[list[Operation], Meta(min_length=1, max_length=8)]


_Cell = Annotated[int, Meta(ge=1, le=4096)]
_Between = Annotated[int, Meta(ge=0, le=256)]


class Slice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alpha`` slices connected parts, ``grid`` cells of equal size, ``frames`` an animation; ``tags`` and ``slices``
    are those of an Aseprite file."""

    by: Literal["alpha", "grid", "frames", "tags", "slices"] = "alpha"
    gap: Annotated[int, Meta(ge=1, le=64, description="By alpha: parts nearer than this many pixels are one.")] = 1
    width: Annotated[_Cell, Meta(description="By grid: a cell's width in pixels.")] = 16
    height: Annotated[_Cell, Meta(description="By grid: a cell's height in pixels.")] = 16
    margin: Annotated[_Between, Meta(description="By grid: pixels around all cells.")] = 0
    spacing: Annotated[_Between, Meta(description="By grid: pixels between two cells.")] = 0


class SpriteSheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``data`` is the format of the atlas file for game engines."""

    data: Literal["texturepacker_hash", "texturepacker_array", "aseprite", "godot", "css"] = "texturepacker_hash"
    padding: Annotated[int, Meta(ge=0, le=64, description="Pixels between two sprites.")] = 2
    trim: Annotated[bool, Meta(description="Trim transparent margins; the data has their sizes.")] = True
    power_of_two: Annotated[bool, Meta(description="Width and height are powers of two.")] = False


_Colours = Annotated[str, Meta(max_length=16_384)]


class Palette(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``reduce`` to these colours, ``swap`` some for others, or ``extract`` the image's palette."""

    method: Literal["reduce", "swap", "extract"] = "reduce"
    colours: Annotated[
        _Colours, Meta(description="To reduce to, or to swap for: a .gpl, .pal or .hex file, or a list.")
    ] = ""
    replaces: Annotated[_Colours, Meta(description="To swap: the old colours, in the order of the new ones.")] = ""
    dither: Annotated[int, Meta(ge=0, le=100, description="To reduce: strength of the ordered dithering.")] = 0
    most: Annotated[int, Meta(ge=2, le=MAX_COLOURS, description="To extract: the maximum number of colours.")] = 64

    def __post_init__(self) -> None:
        if self.method == "extract":
            return
        new = require_colours(self.colours, what="The colours")
        if self.method == "swap" and len(require_colours(self.replaces, what="What it replaces")) != len(new):
            raise ValueError("A swap needs as many old colours as new ones")


class Loop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The loop from ``start`` to ``end``, in seconds; without these it is detected."""

    start: Seconds | None = None
    end: Seconds | None = None
    format: Annotated[
        Literal["wav", "ogg", "flac"], Meta(description="WAV has a “smpl” chunk, the others have tags.")
    ] = "wav"

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise ValueError("A loop needs both a start and an end, or neither")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("A loop ends after its start")


class Loudness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Changes sounds to this loudness; as a group all by the same gain, so that they keep their differences."""

    target_lufs: Annotated[float, Meta(ge=-40, le=-6, description="EBU R128, in LUFS.")] = -16.0
    peak_dbtp: Annotated[float, Meta(ge=-9, le=0, description="The maximum true peak, in dBTP.")] = -1.0
    as_group: bool = True


class Transcode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Converts to another format of the same kind."""

    format: Formats
