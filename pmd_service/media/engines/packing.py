"""Sprites onto one sheet, with what an engine reads beside it (DEPTH section 8, ``pack``)."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import msgspec
from PIL import Image

from .. import caps
from ..messages import Finding, Output, OutputFile, Progress, RefusalError, Work, result_name
from ..params import SpriteSheet
from . import atlas, skyline
from .aseprite import tags_of
from .aseprite_sprite import Tag
from .image_metadata import ImageMetadata, no_metadata
from .pictures import Picture, read_picture, refuse_too_large, write_picture

LABEL = "sheet"
_MOST_SPRITES = 4096


class _Cut(msgspec.Struct, frozen=True):
    """A frame without its clear margin, which has no place on the sheet yet."""

    image: Image.Image
    sprite: atlas.Sprite


def run(work: Work, progress: Progress) -> Output:
    """A PNG with every frame of every source, and the file that says where each lies.

    Raises:
        RefusalError: there are too many, or they are larger together than a picture may be.
    """
    params = msgspec.convert(work.params, SpriteSheet)
    cuts, findings = _read_all(work, params, progress)
    progress(70, "packing")
    padding = params.padding
    sizes = [(cut.image.width + padding, cut.image.height + padding) for cut in cuts]
    if sum(width * height for width, height in sizes) > caps.PIXELS:
        refuse_too_large(caps.PIXELS, 2, 1)
    packed = skyline.pack(sizes, power_of_two=params.power_of_two)
    width, height = packed.width, packed.height
    if not params.power_of_two:
        # What is kept free is between them, and not beyond the last.
        width, height = width - padding, height - padding
    refuse_too_large(width, height, 1)
    sheet = Image.new("RGBA", (width, height))
    for cut, place in zip(cuts, packed.places, strict=True):
        sheet.paste(cut.image, place)
    progress(85, "writing")
    made = _write(work, params, sheet, cuts, packed.places)
    return msgspec.structs.replace(made, findings=findings)


def _read_all(work: Work, params: SpriteSheet, progress: Progress) -> tuple[list[_Cut], list[Finding]]:
    sources = [work.source, *work.more]
    cuts: list[_Cut] = []
    told: dict[str, Finding] = {}
    for number, (source, group) in enumerate(zip(sources, _distinct(work.names), strict=True)):
        progress(70 * number / len(sources), f"reading {number + 1} of {len(sources)}")
        picture = read_picture(Path(source))
        picture.narrow()
        picture.frames = picture.metadata.in_srgb(picture.frames, "a sheet has one")
        told |= {each.code: each for each in _left_behind(picture.metadata)}
        cuts += _cut(picture, group, tags_of(Path(source)), is_trimmed=params.trim)
        if len(cuts) > _MOST_SPRITES:
            raise RefusalError("too_many_sprites", f"A sheet holds up to {_MOST_SPRITES} frames; these are more.")
    return cuts, [*told.values()]


def _left_behind(metadata: ImageMetadata) -> list[Finding]:
    """What of a picture is not on a sheet that it shares with others."""
    metadata.tell_bits(8)
    if metadata.words:
        message = "A sheet names nobody: author and copyright of its pictures stay with the originals."
        metadata.findings.append(Finding("words_left", message))
    if metadata.mode == "P":
        message = "A sheet has no palette: those of its pictures stay with the originals."
        metadata.findings.append(Finding("not_indexed", message))
    return metadata.findings


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """The names without their endings, each once: “hero”, “hero 2”."""
    taken: set[str] = set()
    for name in names:
        stem, number = PurePath(name).stem, 1
        while (distinct := stem if number == 1 else f"{stem} {number}") in taken:
            number += 1
        taken.add(distinct)
        yield distinct


def _cut(picture: Picture, name: str, tags: Sequence[Tag], *, is_trimmed: bool) -> Iterator[_Cut]:
    times: Sequence[int | None] = picture.durations_ms or [None] * len(picture.frames)
    for number, (frame, time) in enumerate(zip(picture.frames, times, strict=True)):
        # A frame that is clear everywhere keeps a pixel: engines know no empty one.
        box = (frame.getchannel("A").getbbox() or (0, 0, 1, 1)) if is_trimmed else (0, 0, *frame.size)
        # Of two tags on the same frame the first one has it.
        tag = next((tag for tag in tags if tag.first <= number <= tag.last), None)
        image = frame.crop(box)
        sprite = atlas.Sprite(
            name=f"{name} {number}.png" if picture.is_animated else f"{name}.png",
            group=f"{name} {tag.name}" if tag else name,
            x=0,
            y=0,
            width=image.width,
            height=image.height,
            left=box[0],
            top=box[1],
            source_width=frame.width,
            source_height=frame.height,
            duration_ms=time,
            direction=tag.direction if tag else "forward",
        )
        yield _Cut(image, sprite)


def _write(
    work: Work, params: SpriteSheet, sheet: Image.Image, cuts: Sequence[_Cut], places: Sequence[tuple[int, int]]
) -> Output:
    folder, first = Path(work.folder), work.names[0]
    image = Picture(frames=[sheet], durations_ms=[], loop=None, file_format="png", metadata=no_metadata(sheet))
    written = write_picture(image, folder)
    extension, write = atlas.WRITERS[params.data]
    described = atlas.Sheet(
        image=result_name(first, LABEL, PurePath(written.name).suffix),
        width=sheet.width,
        height=sheet.height,
        sprites=[msgspec.structs.replace(cut.sprite, x=x, y=y) for cut, (x, y) in zip(cuts, places, strict=True)],
    )
    name = f"result-1.{extension}"
    (folder / name).write_text(write(described), encoding="utf-8")
    return Output(name=written.name, label=LABEL, extra=[OutputFile(name=name, label=LABEL)])
