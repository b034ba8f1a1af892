"""Packing sprites into a sheet, with an atlas file for game engines (DEPTH section 8, ``pack``)."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import msgspec
import numpy as np
from PIL import Image

from ...locales import translatable
from .. import caps
from ..kinds.pack_sprites import MAX_PAGES, SpriteSheet
from ..messages import Finding, Output, OutputFile, Progress, RefusalError, Work, result_name
from . import atlas, skyline
from .aseprite import sprite_of
from .aseprite_sprite import Slice, Sprite
from .image_metadata import ImageMetadata, no_metadata
from .indexed import MAX_COLOURS
from .pictures import Picture, read_picture, refuse_too_large, write_picture

LABEL = "sheet"
_MAX_SPRITES = 4096
_CLEAR = (0, 0, 0, 0)


class _Trimmed(msgspec.Struct, frozen=True):
    """A trimmed frame, not yet placed on the sheet."""

    image: Image.Image
    sprite: atlas.Sprite


class _Read(msgspec.Struct):
    """All that comes onto the sheet; ``palette`` is the first image's."""

    sprites: list[_Trimmed] = []
    slices: list[atlas.Slice] = []
    findings: dict[str, Finding] = {}
    palette: list[int] = []


def run(work: Work, progress: Progress) -> Output:
    """A PNG for each page with the frames of all inputs, and the atlas file.

    Raises:
        RefusalError: there are too many, or they are too large.
    """
    params = msgspec.convert(work.params, SpriteSheet)
    read = _read_all(work, params, progress)
    progress(70, "packing")
    images, numbers = _different(read.sprites, merge=params.merge)
    placed = _pack(images, params)
    sheet = _described(work, params, read, [placed.places[number] for number in numbers], placed.pages)
    progress(85, "writing")
    folder, findings = Path(work.folder), read.findings
    files = []
    for number, page in enumerate(_drawn(images, placed, params.extrude)):
        # Nothing else has the name of a further page: results of one name are numbered.
        name = _write_page(page, read, folder, "result" if number == 0 else f"result-{number + 1}")
        files.append(OutputFile(name=name, label=_label(number)))
    writer = atlas.WRITERS[params.data]
    if not writer.points and any(each.sprite.pivot or each.sprite.centre for each in read.sprites):
        message = "Its pivots and nine-slices stay with the originals: this data has no place for them."
        findings["points_left"] = Finding("points_left", message)
    for number, text in enumerate(writer.write(sheet)):
        name = f"result-{number + 1}.{writer.ending}"
        (folder / name).write_text(text, encoding="utf-8")
        files.append(OutputFile(name=name, label=_label(number)))
    return Output(name=files[0].name, label=files[0].label, extra=files[1:], findings=[*findings.values()])


def _label(page: int) -> str:
    return LABEL if page == 0 else f"{LABEL} page {page + 1}"


def _read_all(work: Work, params: SpriteSheet, progress: Progress) -> _Read:
    sources, read = [work.source, *work.more], _Read()
    for number, (source, group) in enumerate(zip(sources, _distinct(work.names), strict=True)):
        progress(70 * number / len(sources), f"reading {number + 1} of {len(sources)}")
        picture = read_picture(Path(source))
        picture.narrow()
        picture.frames = picture.metadata.in_srgb(picture.frames, "all sprites of a sheet share one")
        read.findings |= {each.code: each for each in _losses(picture.metadata)}
        read.palette = read.palette or picture.metadata.palette
        first, drawn = len(read.sprites), sprite_of(Path(source))
        read.sprites += _trim(picture, group, drawn, is_trimmed=params.trim)
        read.slices += _slices(group, drawn, first) if drawn else ()
        if len(read.sprites) > _MAX_SPRITES:
            raise RefusalError("too_many_sprites", f"A sheet holds up to {_MAX_SPRITES} frames; these are more.")
    return read


def _losses(metadata: ImageMetadata) -> list[Finding]:
    """What is lost of an image on a sheet, besides its palette."""
    metadata.tell_bits(8)
    if metadata.words:
        message = "Author and copyright stay with the originals: a sheet of several images has none."
        metadata.findings.append(Finding("words_left", message))
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


def _trim(picture: Picture, name: str, drawn: Sprite | None, *, is_trimmed: bool) -> Iterator[_Trimmed]:
    times: Sequence[int | None] = picture.durations_ms or [None] * len(picture.frames)
    for number, (frame, time) in enumerate(zip(picture.frames, times, strict=True)):
        slices = drawn.slices_in(number) if drawn else ()
        centre = next(filter(None, (_centre(each, frame.size) for each in slices)), None)
        # A fully transparent frame keeps a pixel: engines do not support empty ones. A nine-slice is not trimmed: its
        # borders count from the frame's edges.
        box = (frame.getchannel("A").getbbox() or (0, 0, 1, 1)) if is_trimmed and not centre else (0, 0, *frame.size)
        # Of overlapping tags the first one counts.
        tags = drawn.tags if drawn else ()
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
            pivot=next(filter(None, (_pivot(each, frame.size) for each in slices)), None),
            centre=centre,
        )
        yield _Trimmed(image, sprite)


def _centre(part: Slice, size: skyline.Size) -> atlas.Box | None:
    """A nine-slice's centre within the frame; None if it is not there."""
    if part.centre is None:
        return None
    left, top, width, height = part.centre
    left, top = left + part.bounds[0], top + part.bounds[1]
    is_within = 0 <= left < left + width <= size[0] and 0 <= top < top + height <= size[1]
    return (left, top, width, height) if is_within else None


def _pivot(part: Slice, size: skyline.Size) -> tuple[float, float] | None:
    """As shares of the frame's size; it may lie outside."""
    if part.pivot is None:
        return None
    return (part.bounds[0] + part.pivot[0]) / size[0], (part.bounds[1] + part.pivot[1]) / size[1]


def _slices(group: str, drawn: Sprite, first: int) -> Iterator[atlas.Slice]:
    for each in drawn.slices:
        if each.frame < len(drawn.durations_ms):
            name, at = f"{group} {each.name}", first + each.frame
            yield atlas.Slice(name=name, sprite=at, bounds=each.bounds, centre=each.centre, pivot=each.pivot)


def _different(sprites: Sequence[_Trimmed], *, merge: bool) -> tuple[list[Image.Image], list[int]]:
    """The images to place, and which of them each sprite is."""
    if not merge:
        return [each.image for each in sprites], [*range(len(sprites))]
    images: dict[tuple[skyline.Size, bytes], Image.Image] = {}
    keys = []
    for each in sprites:
        keys.append((each.image.size, hashlib.sha256(each.image.tobytes()).digest()))
        images.setdefault(keys[-1], each.image)
    numbers = {key: number for number, key in enumerate(images)}
    return [*images.values()], [numbers[key] for key in keys]


def _pack(images: Sequence[Image.Image], params: SpriteSheet) -> skyline.Sheet:
    around, padding = 2 * params.extrude, params.padding
    sizes = [(image.width + around, image.height + around) for image in images]
    most = params.max_side
    if params.power_of_two:
        most = 1 << most.bit_length() - 1
    width, height = max(sizes, key=max)
    if max(width, height) > most:
        message = f"A frame has {width} × {height} pixels, and a page {most} × {most}: choose larger pages."
        raise RefusalError("sprite_too_large", message)
    if sum((width + padding) * (height + padding) for width, height in sizes) > caps.PIXELS:
        refuse_too_large(caps.PIXELS, 2, 1)
    placed = skyline.pack(sizes, max_side=most, padding=padding, power_of_two=params.power_of_two)
    most_pages = MAX_PAGES if atlas.WRITERS[params.data].pages else 1
    if len(placed.pages) > most_pages:
        why = translatable(f"They take {len(placed.pages)} pages, and this data describes up to {most_pages}")
        raise RefusalError("too_many_pages", f"{why}: choose larger pages, or other data.")
    for width, height in placed.pages:
        refuse_too_large(width, height, 1)
    return placed


def _described(
    work: Work, params: SpriteSheet, read: _Read, places: Sequence[skyline.Place], pages: Sequence[skyline.Size]
) -> atlas.Sheet:
    def name(page: int, ending: str) -> str:
        return result_name(work.names[0], _label(page), ending)

    # A still “walk 1” may be beside an animation “walk”.
    stems = _distinct([each.sprite.name for each in read.sprites])
    return atlas.Sheet(
        pages=[
            atlas.Page(image=name(number, ".png"), data=name(number, ".json"), width=width, height=height)
            for number, (width, height) in enumerate(pages)
        ],
        sprites=[
            msgspec.structs.replace(
                each.sprite,
                name=f"{stem}.png",
                page=place.page,
                x=place.left + params.extrude,
                y=place.top + params.extrude,
            )
            for each, place, stem in zip(read.sprites, places, stems, strict=True)
        ],
        slices=read.slices,
    )


def _drawn(images: Sequence[Image.Image], placed: skyline.Sheet, extrude: int) -> Iterator[Image.Image]:
    for number, size in enumerate(placed.pages):
        page = Image.new("RGBA", size)
        for image, place in zip(images, placed.places, strict=True):
            if place.page == number:
                page.paste(_extruded(image, extrude), (place.left, place.top))
        yield page


def _extruded(image: Image.Image, by: int) -> Image.Image:
    """With its edges repeated around it, so that a scaled or filtered sprite takes no colour of its neighbour."""
    return Image.fromarray(np.pad(np.asarray(image), ((by, by), (by, by), (0, 0)), mode="edge")) if by else image


def _write_page(page: Image.Image, read: _Read, folder: Path, stem: str) -> str:
    metadata = no_metadata(page)
    if _is_indexed(page):
        metadata = msgspec.structs.replace(metadata, mode="P", palette=read.palette)
    elif read.palette:
        message = f"Palettes stay with the originals: all together they have more than {MAX_COLOURS} colours."
        read.findings["not_indexed"] = Finding("not_indexed", message)
    image = Picture(frames=[page], durations_ms=[], loop=None, file_format="png", metadata=metadata)
    return write_picture(image, folder, stem=stem).name


def _is_indexed(page: Image.Image) -> bool:
    """Whether it is the same with a palette, in which all that is clear has one colour, black."""
    known = page.getcolors(MAX_COLOURS)
    return known is not None and all(colour == _CLEAR for _, colour in known if np.asarray(colour)[3] == 0)
