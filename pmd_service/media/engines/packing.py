"""Packing sprites into a sheet, with an atlas file for game engines (DEPTH section 8, ``pack``)."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import msgspec
from PIL import Image

from .. import caps
from ..kinds.pack_sprites import SpriteSheet
from ..messages import Finding, Output, OutputFile, Progress, RefusalError, Work, result_name
from . import atlas, skyline
from .aseprite import tags_of
from .aseprite_sprite import Tag
from .image_metadata import ImageMetadata, no_metadata
from .pictures import Picture, read_picture, refuse_too_large, write_picture

LABEL = "sheet"
_MAX_SPRITES = 4096


class _Trimmed(msgspec.Struct, frozen=True):
    """A trimmed frame, not yet placed on the sheet."""

    image: Image.Image
    sprite: atlas.Sprite


def run(work: Work, progress: Progress) -> Output:
    """A PNG with all frames of all inputs, and the atlas file.

    Raises:
        RefusalError: there are too many, or the sheet would be too large.
    """
    params = msgspec.convert(work.params, SpriteSheet)
    sprites, findings = _read_all(work, params, progress)
    progress(70, "packing")
    padding = params.padding
    sizes = [(each.image.width + padding, each.image.height + padding) for each in sprites]
    if sum(width * height for width, height in sizes) > caps.PIXELS:
        refuse_too_large(caps.PIXELS, 2, 1)
    packed = skyline.pack(sizes, power_of_two=params.power_of_two)
    width, height = packed.width, packed.height
    if not params.power_of_two:
        # Padding is between sprites only.
        width, height = width - padding, height - padding
    refuse_too_large(width, height, 1)
    sheet = Image.new("RGBA", (width, height))
    for each, place in zip(sprites, packed.places, strict=True):
        sheet.paste(each.image, place)
    progress(85, "writing")
    output = _write(work, params, sheet, sprites, packed.places)
    return msgspec.structs.replace(output, findings=findings)


def _read_all(work: Work, params: SpriteSheet, progress: Progress) -> tuple[list[_Trimmed], list[Finding]]:
    sources = [work.source, *work.more]
    sprites: list[_Trimmed] = []
    findings: dict[str, Finding] = {}
    for number, (source, group) in enumerate(zip(sources, _distinct(work.names), strict=True)):
        progress(70 * number / len(sources), f"reading {number + 1} of {len(sources)}")
        picture = read_picture(Path(source))
        picture.narrow()
        picture.frames = picture.metadata.in_srgb(picture.frames, "all sprites of a sheet share one")
        findings |= {each.code: each for each in _losses(picture.metadata)}
        sprites += _trim(picture, group, tags_of(Path(source)), is_trimmed=params.trim)
        if len(sprites) > _MAX_SPRITES:
            raise RefusalError("too_many_sprites", f"A sheet holds up to {_MAX_SPRITES} frames; these are more.")
    return sprites, [*findings.values()]


def _losses(metadata: ImageMetadata) -> list[Finding]:
    """What is lost of an image on a sheet."""
    metadata.tell_bits(8)
    if metadata.words:
        message = "Author and copyright stay with the originals: a sheet of several images has none."
        metadata.findings.append(Finding("words_left", message))
    if metadata.mode == "P":
        metadata.findings.append(Finding("not_indexed", "Palettes stay with the originals: a sheet has none."))
    return metadata.findings


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """The names without extensions, made unique: “hero”, “hero 2”."""
    used: set[str] = set()
    for name in names:
        stem, number = PurePath(name).stem, 1
        while (distinct := stem if number == 1 else f"{stem} {number}") in used:
            number += 1
        used.add(distinct)
        yield distinct


def _trim(picture: Picture, name: str, tags: Sequence[Tag], *, is_trimmed: bool) -> Iterator[_Trimmed]:
    times: Sequence[int | None] = picture.durations_ms or [None] * len(picture.frames)
    for number, (frame, time) in enumerate(zip(picture.frames, times, strict=True)):
        # A fully transparent frame keeps a pixel: engines do not support empty ones.
        box = (frame.getchannel("A").getbbox() or (0, 0, 1, 1)) if is_trimmed else (0, 0, *frame.size)
        # Of overlapping tags the first one counts.
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
        yield _Trimmed(image, sprite)


def _write(
    work: Work, params: SpriteSheet, sheet: Image.Image, sprites: Sequence[_Trimmed], places: Sequence[tuple[int, int]]
) -> Output:
    folder, first = Path(work.folder), work.names[0]
    image = Picture(frames=[sheet], durations_ms=[], loop=None, file_format="png", metadata=no_metadata(sheet))
    written = write_picture(image, folder)
    extension, write = atlas.WRITERS[params.data]
    described = atlas.Sheet(
        image=result_name(first, LABEL, PurePath(written.name).suffix),
        width=sheet.width,
        height=sheet.height,
        sprites=[msgspec.structs.replace(each.sprite, x=x, y=y) for each, (x, y) in zip(sprites, places, strict=True)],
    )
    name = f"result-1.{extension}"
    (folder / name).write_text(write(described), encoding="utf-8")
    return Output(name=written.name, label=LABEL, extra=[OutputFile(name=name, label=LABEL)])
