"""Slicing a sheet by grid, connected components, frames, or Aseprite's tags or slices (DEPTH section 8, ``slice``)."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np
from PIL import Image

from ...locales import translatable
from ..kinds.slice import Slice
from ..messages import MAX_OUTPUT_FILES, Finding, Output, OutputFile, Progress, RefusalError, Work, combined_output
from .aseprite import played, sprite_of, tags_of
from .pictures import Picture, read_picture, write_picture

# Left, top, right, bottom, in pixels; the last two are exclusive.
Box: TypeAlias = tuple[int, int, int, int]
# A horizontal run of pixels: its component, begin and end.
_Run: TypeAlias = tuple[int, int, int]

_LABEL_LENGTH = 80
_NOTHING = {
    "grid": translatable("There is nothing on this sheet: all of it is transparent."),
    "tags": translatable("This file has no tags: Aseprite's own files have them."),
    "slices": translatable("This file has no slices: Aseprite's own files have them."),
}


class Cut(msgspec.Struct, frozen=True):
    """The frames of one result: a still image without durations; numbered without a label."""

    frames: list[Image.Image]
    label: str = ""
    durations_ms: list[int] = []
    low: Image.Image | None = None


def run(work: Work, progress: Progress) -> Output:
    """A file for each sprite, frame, tag or slice; empty cells are skipped.

    Raises:
        RefusalError: there would be no file, or too many.
    """
    params = msgspec.convert(work.params, Slice)
    progress(0, "reading")
    picture, cuts = read_cuts(Path(work.source), params)
    if len(cuts) > MAX_OUTPUT_FILES:
        detail = (
            f"This would make {len(cuts)} files, and the limit is {MAX_OUTPUT_FILES}. Choose larger cells or a gap."
        )
        raise RefusalError("too_many_pieces", detail)
    files, digits = [], len(str(len(cuts)))
    findings = [*picture.metadata.findings, *_findings(picture, params)]
    for number, cut in enumerate(cuts, 1):
        progress(5 + 90 * number / len(cuts), f"writing {number} of {len(cuts)}")
        output = write_picture(_picture(cut, picture), Path(work.folder), stem=f"result-{number}")
        label = (cut.label or f"{number:0{digits}}")[:_LABEL_LENGTH]
        files.append(OutputFile(name=output.name, label=label, own=output.findings))
    return combined_output(files, findings)


def _why_nothing(sheet: Image.Image, params: Slice) -> str:
    if params.by != "grid" or grid(sheet.width, sheet.height, params):
        return _NOTHING.get(params.by, _NOTHING["grid"])
    margin = translatable(f" and a margin of {params.margin}") if params.margin else ""
    return translatable(
        f"No cell fits: this picture is {sheet.width} × {sheet.height} pixels, and a cell {params.width} × "
        f"{params.height}{margin}. Choose smaller cells."
    )


def _picture(cut: Cut, source: Picture) -> Picture:
    # No second JPEG compression; GIF is the usual format of animated pixel art.
    still = source.file_format if source.file_format in ("webp", "bmp") else "png"
    return Picture(
        frames=cut.frames,
        durations_ms=cut.durations_ms,
        loop=0 if cut.durations_ms else None,
        file_format="gif" if cut.durations_ms else still,
        metadata=msgspec.structs.replace(source.metadata, findings=[]),
        low=cut.low,
    )


def _findings(picture: Picture, params: Slice) -> Iterator[Finding]:
    if params.by == "grid" and (left := _partial(picture.frames[0], params)):
        yield Finding("partial_cells", f"Not in any file: {left}. The grid has whole cells only.")
    if params.by == "tags" or not picture.is_animated:
        return
    if params.by == "frames":
        yield Finding("times_left", "Each frame is a still image now: their durations stay with the original.")
    else:
        message = "This is an animation: only its first frame was sliced. Slice by frames for all."
        yield Finding("first_frame", message)


def _partial(sheet: Image.Image, params: Slice) -> str:
    """What is visible to the right of the last whole cell and below it, in words."""
    last = grid(sheet.width, sheet.height, params)[-1]
    alpha = np.asarray(sheet)[..., 3]
    parts = ((alpha[:, last[2] :], 1, "columns on the right"), (alpha[last[3] :], 0, "rows at the bottom"))
    return " and ".join(f"{part.shape[axis]} {what}" for part, axis, what in parts if part.any())


def read_cuts(source: Path, params: Slice) -> tuple[Picture, list[Cut]]:
    """The sheet, and what would become a file each, in their order.

    Raises:
        RefusalError: nothing would.
    """
    picture = read_picture(source)
    cuts = _cuts_of(source, picture, params)
    if not cuts:
        raise RefusalError("nothing_there", _why_nothing(picture.frames[0], params))
    return picture, cuts


def _cuts_of(source: Path, picture: Picture, params: Slice) -> list[Cut]:
    sheet, times = picture.frames[0], picture.durations_ms
    if params.by == "frames":
        return [Cut([frame], low=picture.low) for frame in picture.frames]
    if params.by == "tags":
        return [Cut(played(picture.frames, tag), tag.name, played(times, tag)) for tag in tags_of(source)]
    if params.by == "slices":
        sprite = sprite_of(source)
        named = [(each.bounds, each.name) for each in sprite.slices if each.frame == 0] if sprite else []
        return [_part(picture, (x, y, x + width, y + height), name) for (x, y, width, height), name in named]
    alpha = np.asarray(sheet)[..., 3]
    boxes = grid(sheet.width, sheet.height, params) if params.by == "grid" else components(alpha > 0, params.gap)
    return [_part(picture, box) for box in boxes if alpha[box[1] : box[3], box[0] : box[2]].any()]


def _part(sheet: Picture, box: Box, label: str = "") -> Cut:
    return Cut([sheet.frames[0].crop(box)], label, low=sheet.low.crop(box) if sheet.low is not None else None)


def grid(width: int, height: int, params: Slice) -> list[Box]:
    """The complete cells of a sheet, row by row: ``margin`` around all, ``spacing`` in between."""
    across = range(params.margin, width - params.margin - params.width + 1, params.width + params.spacing)
    down = range(params.margin, height - params.margin - params.height + 1, params.height + params.spacing)
    return [(x, y, x + params.width, y + params.height) for y in down for x in across]


def components(solid: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], gap: int = 1) -> list[Box]:
    """Bounding boxes of 8-connected components, row by row; parts nearer than ``gap`` pixels are one.

    By union-find over horizontal runs, which needs memory for the runs only.
    """
    parts = _Components()
    edges = np.diff(np.pad(solid, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    before: list[list[_Run]] = []
    for y in range(solid.shape[0]):
        row: list[_Run] = []
        begins, ends = np.flatnonzero(edges[y] == 1), np.flatnonzero(edges[y] == -1)
        for left, right in zip(begins.tolist(), ends.tolist(), strict=True):
            if row and left - row[-1][2] < gap:
                row[-1] = (parts.grow(row[-1][0], right), row[-1][1], right)
            else:
                row.append((parts.new(left, y, right), left, right))
        for above in before:
            _join(parts, above, row, gap)
        before = [row, *before[: gap - 1]]
    return parts.boxes()


def _join(parts: "_Components", above: list[_Run], row: list[_Run], gap: int) -> None:
    first = second = 0
    while first < len(above) and second < len(row):
        upper, lower = above[first], row[second]
        if upper[1] < lower[2] + gap and lower[1] < upper[2] + gap:
            parts.unite(upper[0], lower[0])
        if upper[2] < lower[2]:
            first += 1
        else:
            second += 1


class _Components:
    """Sets of runs with their bounding boxes (union-find with path halving)."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._boxes: list[list[int]] = []

    def new(self, left: int, y: int, right: int) -> int:
        self._parent.append(len(self._parent))
        self._boxes.append([left, y, right, y + 1])
        return len(self._parent) - 1

    def grow(self, part: int, right: int) -> int:
        self._boxes[part][2] = max(self._boxes[part][2], right)
        return part

    def unite(self, one: int, other: int) -> None:
        low, high = sorted((self._root(one), self._root(other)))
        if low == high:
            return
        self._parent[high] = low
        into, gone = self._boxes[low], self._boxes[high]
        into[:] = [min(into[0], gone[0]), min(into[1], gone[1]), max(into[2], gone[2]), max(into[3], gone[3])]

    def boxes(self) -> list[Box]:
        roots = [part for part, parent in enumerate(self._parent) if part == parent]
        found = [self._boxes[root] for root in roots]
        by_rows = sorted((y, x, bottom, right) for x, y, right, bottom in found)
        return [(x, y, right, bottom) for y, x, bottom, right in by_rows]

    def _root(self, part: int) -> int:
        while self._parent[part] != part:
            self._parent[part] = self._parent[self._parent[part]]
            part = self._parent[part]
        return part
