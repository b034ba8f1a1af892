"""Pictures with a watermark, drawn in the media child.

In a thread: checking and reading a result in one hop.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from . import caps
from .child import CRASHED, Answer, checked_answer, run_batch
from .engine import make
from .kind import ENGINES, engine
from .messages import Found, Output, Refused, Work

Place: TypeAlias = Literal[
    "top_left", "top", "top_right", "middle_left", "middle", "middle_right", "bottom_left", "bottom", "bottom_right"
]
# The longer side of a mark, in pixels.
MARK_SIDE: Final = 512
_NAMES = ("result.png", "result.webp")
WATERMARK_ENGINE = engine(f"{ENGINES}.watermark", cpu_seconds=60, output_bytes=caps.AUDIO_BYTES, output_names=_NAMES)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A watermark: a text, or a picture at ``picture``; ``opacity`` and ``size`` are per cent."""

    text: str | None
    picture: Path | None
    place: Place
    opacity: int
    size: int


class Marked(NamedTuple):
    """The picture with this index, with the mark."""

    number: int
    data: bytes
    mime_type: str


async def mark_of(source: Path, folder: Path) -> bytes | Refused:
    """A picture as a mark: a small PNG.

    Raises:
        ChildFaultError: the child failed for no fault of the file; may pass.
    """
    output = await make(WATERMARK_ENGINE, source, folder)
    if isinstance(output, Found):
        return Refused(0, *CRASHED)  # a forged answer
    return output if isinstance(output, Refused) else await asyncio.to_thread((folder / output.name).read_bytes)


async def draw(mark: Mark, pictures: Sequence[Path], folder: Path) -> AsyncGenerator[Marked | Refused]:
    """Each picture with the mark, or why there is none; ``item`` is its index.

    Raises:
        ChildFaultError: a child failed for no fault of the files; may pass.
    """
    params = msgspec.to_builtins({"text": mark.text, "place": mark.place, "opacity": mark.opacity, "size": mark.size})
    works = []
    for number, path in enumerate(pictures):
        target = folder / f"marked-{number}"
        more = [str(mark.picture)] if mark.picture else []
        works.append(Work(source=str(path), folder=str(target), output_names=[*_NAMES], more=more, params=params))
    batch = run_batch(WATERMARK_ENGINE.module, works, folder=folder, limits=WATERMARK_ENGINE.limits)
    async with aclosing(batch) as answers:
        async for answer in answers:
            yield await asyncio.to_thread(_read, answer, Path(works[answer.item].folder))


def _read(answer: Answer, folder: Path) -> Marked | Refused:
    output = checked_answer(answer, Output, folder, lambda each: [each.name])
    if isinstance(output, Refused):
        return output
    return Marked(answer.item, (folder / output.name).read_bytes(), f"image/{output.name.rpartition('.')[2]}")
