"""Several operations on a file, one after another."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from .. import caps
from ..kind import ENGINES, TaskKind, engine

Seconds = Annotated[float, Meta(ge=0, le=6 * 3600)]


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


class CropTransparent(_Operation, frozen=True, tag="crop_transparent"):
    """Images: crops the transparent margin that all frames share."""


class Normalize(_Operation, frozen=True, tag="normalize"):
    """Sound: normalises the loudness to −16 LUFS (EBU R128), without clipping."""


class TrimSilence(_Operation, frozen=True, tag="trim_silence"):
    """Sound: trims the silence at both ends."""

    threshold_db: Annotated[float, Meta(ge=-90, le=-20)] = -50.0


class Colour(_Operation, frozen=True, tag="colour"):
    """Video: more saturation (above 0) or less."""

    vibrance: Annotated[float, Meta(ge=-1, le=1)] = 0.3


class Trim(_Operation, frozen=True, tag="trim"):
    """Sound: keeps the part from ``start`` to ``end``, in seconds."""

    start: Seconds = 0.0
    end: Seconds | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError("The part to keep ends after its start")


class Fade(_Operation, frozen=True, tag="fade"):
    """Sound: fades in and out, in seconds."""

    fade_in: Annotated[float, Meta(ge=0, le=60)] = 0.0
    fade_out: Annotated[float, Meta(ge=0, le=60)] = 0.0

    def __post_init__(self) -> None:
        if not self.fade_in and not self.fade_out:
            raise ValueError("A fade lasts longer than 0 seconds")


Operation: TypeAlias = Autocontrast | Sharpen | CropTransparent | Normalize | TrimSilence | Colour | Trim | Fade


class Enhance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Operations, applied in this order."""

    operations: Annotated[list[Operation], Meta(min_length=1, max_length=8)]


def _each(*operations: Operation) -> Sequence[Enhance]:
    return [Enhance([operation]) for operation in operations]


KIND = TaskKind(
    name="enhance",
    position=40,
    title="Improve",
    description="Up to eight operations, one after another: contrast, sharpening, cropping, loudness, fading …",
    params=Enhance,
    examples={
        "image": _each(Autocontrast(), Sharpen(), CropTransparent()),
        "audio": _each(Normalize(), TrimSilence(), Trim(0.5, 1.5), Fade(0.1, 0.2)),
        "video": _each(Sharpen(), Colour()),
    },
    engine=engine(f"{ENGINES}.enhance", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    suffix="improved",
    megapixel=0.1,
    second=0.05,
)
