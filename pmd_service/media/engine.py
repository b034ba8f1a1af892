"""Making a new file of a file: the engines by name, each with what it may use."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from . import caps
from .child import believed, run_one
from .content import CONTENTS
from .messages import MAX_PIECES, MAX_TOGETHER, Limits, Made, Progress, Refused, Work

# What an engine may make: its result in any format, and sound between two operations.
_FORMATS = [form for form, content in CONTENTS.items() if not content.for_work]
MAKES = (*(f"result.{form}" for form in _FORMATS), *(f"step{number}.wav" for number in range(8)))
_NUMBERS = range(MAX_PIECES + 1)
_MANY_IMAGES = [f"result-{number}.{ending}" for number in _NUMBERS for ending in ("png", "gif", "webp", "bmp")]
_MANY_SOUNDS = [f"result-{number}.{ending}" for number in range(MAX_TOGETHER) for ending in ("wav", "flac")]
_SHEET = ["result.png", *(f"result-1.{ending}" for ending in ("json", "tres", "css"))]


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """A module of :mod:`.engines`, its limits, and the files that it may make."""

    module: str
    limits: Limits
    makes: tuple[str, ...] = MAKES


def _engine(name: str, *, cpu_seconds: int, output_bytes: int, makes: Sequence[str] = MAKES) -> Engine:
    limits = Limits(
        memory_bytes=3 * caps.GIB,
        cpu_seconds=cpu_seconds,
        # Two children share two cores, and what waits for the disk uses none.
        wall_seconds=cpu_seconds * 4.0,
        output_bytes=output_bytes,
    )
    return Engine(module=f"{__package__}.engines.{name}", limits=limits, makes=tuple(makes))


ENGINES = {
    "upscale": _engine("upscale", cpu_seconds=900, output_bytes=caps.AUDIO_BYTES),
    "denoise_audio": _engine("denoise_audio", cpu_seconds=900, output_bytes=caps.GIB),
    "denoise_video": _engine("denoise_video", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    "enhance": _engine("enhance", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    "slice": _engine("slicing", cpu_seconds=300, output_bytes=caps.AUDIO_BYTES, makes=_MANY_IMAGES),
    "pack_sprites": _engine("packing", cpu_seconds=300, output_bytes=caps.AUDIO_BYTES, makes=_SHEET),
    "palette": _engine("palette", cpu_seconds=300, output_bytes=caps.AUDIO_BYTES, makes=[*MAKES, "result.gpl"]),
    "loop": _engine("loop", cpu_seconds=300, output_bytes=caps.GIB),
    "loudness": _engine("levels", cpu_seconds=900, output_bytes=caps.GIB, makes=_MANY_SOUNDS),
    "transcode": _engine("enhance", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    "strip": _engine("strip", cpu_seconds=120, output_bytes=caps.VIDEO_BYTES),
}


async def make(
    engine: str,
    source: Path,
    folder: Path,
    *,
    params: Mapping[str, Any] | None = None,
    more: Sequence[Path] = (),
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> Made | Refused:
    """Run a file through an engine; the results lie in ``folder`` (its own) by their names, beside empty files.

    Args:
        more: further files, for an engine that takes several together; ``names`` is what their owner calls them all.

    Cancelling this kills the child at once; the folder is the caller's to remove.

    Raises:
        ChildFaultError: it does not work at the moment, for no fault of the file.
    """
    chosen = ENGINES[engine]
    work = Work(
        source=str(source),
        folder=str(folder),
        makes=list(chosen.makes),
        more=[str(path) for path in more],
        names=list(names),
        params=dict(params or {}),
    )
    answer = await run_one(chosen.module, work, folder=folder, limits=chosen.limits, progress=progress)
    return believed(answer, Made, folder, lambda made: _names_of(made, sources=1 + len(more)))


def _names_of(made: Made, *, sources: int) -> list[str]:
    """What it says it has made.

    Raises:
        ValueError: of files that it was not given.
    """
    if any(piece.source >= sources for piece in made.pieces):
        raise ValueError("a result of no source")
    return [piece.name for piece in made.pieces]
