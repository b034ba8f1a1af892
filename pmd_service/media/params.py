"""What can be asked of the engines: one struct a kind, read strictly, and told to askers as JSON schema."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

Strength = Annotated[int, Meta(ge=0, le=100, description="0 leaves everything, 100 takes all that may be noise.")]
Seconds = Annotated[float, Meta(ge=0, le=6 * 3600)]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """There is nothing to choose."""


class Upscale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``pixel`` repeats pixels (``nearest``) or rounds their corners (``epx``), and makes no new colour; ``model`` is a
    network for drawings, which ruins pixel art."""

    factor: Literal[2, 3, 4, 8] = 4
    method: Literal["pixel", "model"] = "pixel"
    style: Literal["nearest", "epx"] = "nearest"


class Denoise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the noise to take."""

    strength: Strength = 50


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

    format: Literal["png", "gif", "webp", "bmp", "jpg", "wav", "flac", "ogg", "m4a", "mp3", "mp4", "webm", "mkv"]


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
