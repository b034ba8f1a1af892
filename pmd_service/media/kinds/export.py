"""Saving a copy in another format, size or quality."""

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from .. import caps
from ..formats import TARGETS
from ..kind import ENGINES, TaskKind, engine
from .enhance import Seconds

SAME = "same"
# Of moving pictures; and what becomes of a video, besides another video.
FILMS, MOVING, SOUNDS = TARGETS["video"], ("gif", "webp", "png", "avif"), TARGETS["audio"]
_OF_IMAGES, _OF_VIDEOS = (SAME, *TARGETS["image"], "mp4", "webm"), (SAME, *FILMS, *MOVING, *SOUNDS)
if TYPE_CHECKING:
    ExportFormat: TypeAlias = str
else:
    ExportFormat = Literal[tuple(dict.fromkeys((*_OF_IMAGES, *_OF_VIDEOS)))]


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A copy in this ``format``; ``same`` keeps it. Animations become videos and videos animations, and of a video its
    sound alone can be saved. What is not asked for stays as it is."""

    format: Annotated[ExportFormat, Meta(description="“Same” keeps the one that it has.")] = SAME
    quality: Annotated[
        Annotated[int, Meta(ge=1, le=100)] | None,
        Meta(
            description="Of JPEG, WebP, AVIF and videos; at 100 WebP loses nothing. Without it pixel art loses "
            "nothing, and other pictures get 82."
        ),
    ] = None
    longest_side: Annotated[
        Annotated[int, Meta(ge=1, le=16_384)] | None,
        Meta(description="Pixels at most of width and height; nothing is enlarged."),
    ] = None
    scaling: Annotated[
        Literal["smooth", "nearest"], Meta(description="Smooth by Lanczos, or nearest, without new colours.")
    ] = "smooth"
    colours: Annotated[
        Annotated[int, Meta(ge=2, le=256)] | None,
        Meta(description="Reduces pictures to a palette of so many colours (PNG, GIF)."),
    ] = None
    dither: Annotated[bool, Meta(description="Hides the steps between a palette's colours.")] = True
    metadata: Annotated[bool, Meta(description="Keeps author, copyright and tags.")] = True
    start: Annotated[Seconds | None, Meta(description="Of videos and sounds: the part to keep, in seconds.")] = None
    end: Seconds | None = None
    at_keyframes: Annotated[
        bool, Meta(description="Cuts a video without encoding it again, at the nearest keyframe before the start.")
    ] = False

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= (self.start or 0):
            raise ValueError("The part to keep ends after its start")


KIND = TaskKind(
    name="export",
    position=100,
    title="Export",
    description="Saves a copy in another format, size or quality, with fewer colours, or a part of it.",
    params=Export,
    examples={
        "image": [
            *map(Export, TARGETS["image"]),
            *(Export(longest_side=8, scaling="nearest"), Export(colours=64), Export(metadata=False)),
        ],
        "audio": [*map(Export, SOUNDS), Export(start=0.5, end=1.5)],
        "video": [Export("wav"), Export(end=0.5, at_keyframes=True), *map(Export, FILMS), Export("gif")],
    },
    without={
        "image": ("start", "end", "at_keyframes"),
        "audio": ("quality", "longest_side", "scaling", "colours", "dither", "at_keyframes"),
    },
    choices={("format", "image"): _OF_IMAGES, ("format", "audio"): (SAME, *SOUNDS), ("format", "video"): _OF_VIDEOS},
    engine=engine(f"{ENGINES}.export", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    preview=engine(f"{ENGINES}.export_preview", cpu_seconds=30),
    suffix="exported",
    megapixel=0.3,
    second=0.05,
)
