"""The engines by task, with their limits, and running one of them on a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from . import caps
from .child import checked_answer, run_one
from .content import CONTENTS
from .messages import MAX_INPUT_FILES, MAX_OUTPUT_FILES, Limits, Output, Progress, Refused, Work

# An engine's result in any format, and the audio between two operations.
_FORMATS = [form for form, content in CONTENTS.items() if not content.for_work]
OUTPUT_NAMES = (*(f"result.{form}" for form in _FORMATS), *(f"step{number}.wav" for number in range(8)))
_NUMBERS = range(MAX_OUTPUT_FILES + 1)
_MANY_IMAGES = [f"result-{number}.{ending}" for number in _NUMBERS for ending in ("png", "gif", "webp", "bmp")]
_MANY_SOUNDS = [f"result-{number}.{ending}" for number in range(MAX_INPUT_FILES) for ending in ("wav", "flac")]
_SHEET = ["result.png", *(f"result-1.{ending}" for ending in ("json", "tres", "css"))]


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """A module of :mod:`.engines`, its limits, and the files that it may write."""

    module: str
    limits: Limits
    output_names: Sequence[str] = OUTPUT_NAMES


def _engine(
    name: str, *, cpu_seconds: int, output_bytes: int = caps.AUDIO_BYTES, output_names: Sequence[str] = OUTPUT_NAMES
) -> Engine:
    limits = Limits(
        memory_bytes=3 * caps.GIB,
        cpu_seconds=cpu_seconds,
        # Several children share the cores, and waiting for the disk takes no processor time.
        wall_seconds=cpu_seconds * 4.0,
        output_bytes=output_bytes,
    )
    return Engine(module=f"{__package__}.engines.{name}", limits=limits, output_names=output_names)


# A result's report names the engine's module.
ENGINES = {
    "upscale": _engine("upscale", cpu_seconds=900),
    "denoise_audio": _engine("denoise_audio", cpu_seconds=900, output_bytes=caps.GIB),
    "denoise_video": _engine("denoise_video", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    "enhance": _engine("enhance", cpu_seconds=7200, output_bytes=caps.VIDEO_BYTES),
    "slice": _engine("slicing", cpu_seconds=300, output_names=_MANY_IMAGES),
    "pack_sprites": _engine("packing", cpu_seconds=300, output_names=_SHEET),
    "palette": _engine("palette", cpu_seconds=300, output_names=[*OUTPUT_NAMES, "result.gpl"]),
    "loop": _engine("loop", cpu_seconds=300, output_bytes=caps.GIB),
    "loudness": _engine("levels", cpu_seconds=900, output_bytes=caps.GIB, output_names=_MANY_SOUNDS),
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
) -> Output | Refused:
    """Run an engine on a file; the results are in ``folder``, among empty files, and the caller removes it.

    Cancelling this kills the child.

    Args:
        more: further inputs of an engine that combines several; ``names`` are the owner's names of all inputs.

    Raises:
        ChildFaultError: the child failed for no fault of the file; may pass.
    """
    chosen = ENGINES[engine]
    work = Work(
        source=str(source),
        folder=str(folder),
        output_names=list(chosen.output_names),
        more=[str(path) for path in more],
        names=list(names),
        params=dict(params or {}),
    )
    answer = await run_one(chosen.module, work, folder=folder, limits=chosen.limits, progress=progress)
    return checked_answer(answer, Output, folder, lambda output: _file_names(output, inputs=1 + len(more)))


def _file_names(output: Output, *, inputs: int) -> list[str]:
    """Raises: ValueError: a file claims to be derived from an input that does not exist."""
    if any(file.source >= inputs for file in output.files):
        raise ValueError("a result of no input")
    return [file.name for file in output.files]
