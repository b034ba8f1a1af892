"""An image's metadata, and how much of it a result in some format keeps."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from ..messages import Finding, bits_reduced
from . import images, provenance
from .colours import Colours

# EXIF tags by PNG's keywords.
_WORDS = {
    "Author": ExifTags.Base.Artist,
    "Copyright": ExifTags.Base.Copyright,
    "Description": ExifTags.Base.ImageDescription,
}
# Only PNG has keywords for the latter two.
_PNG_WORDS = (*_WORDS, "Title", "License")
# Formats that hold a profile and texts.
_HOLDERS = ("png", "jpg", "webp", "tiff", "avif")
# EXIF tags that are kept, or describe the original file only.
_OF_THE_FILE = {ExifTags.Base.Orientation, ExifTags.Base.ExifOffset, *_WORDS.values()}


class ImageMetadata(msgspec.Struct, kw_only=True):
    """``mode`` is the source's in Pillow, ``bits`` are per channel, and ``palette`` has colours as numbers."""

    mode: str
    bits: int
    icc: bytes | None
    colours: Colours
    palette: list[int]
    words: dict[str, str]
    findings: list[Finding]

    def saved_in(self, file_format: str) -> dict[str, Any]:
        """Pillow's save options; adds a finding for texts that the format cannot hold."""
        options: dict[str, Any] = {"icc_profile": self.icc} if self.icc and file_format in _HOLDERS else {}
        left = {name for name in self.words if file_format != "png" and name not in _WORDS}
        if file_format not in _HOLDERS:
            left = set(self.words)
        elif file_format == "png":
            options["pnginfo"] = _png_words(self.words)
        elif self.words:
            options["exif"] = self._exif()
        if left:
            names = " and ".join(sorted(name.lower() for name in left))
            self.findings.append(Finding("words_left", f"{file_format.upper()} has no place for its {names}."))
        return options

    def exif_words(self) -> list[tuple[int, bytes]]:
        """The texts that EXIF and TIFF have tags for."""
        return [(tag, self.words[name].encode()) for name, tag in _WORDS.items() if name in self.words]

    def _exif(self) -> bytes:
        exif = Image.Exif()
        for tag, text in self.exif_words():
            exif[tag] = text  # as bytes: Pillow encodes str as ASCII
        return exif.tobytes()

    def tell_bits(self, kept: int) -> None:
        """Add a finding if the result has fewer bits."""
        self.findings += bits_reduced(kept, self.bits)

    def converted(self, frames: list[Image.Image], file_format: str) -> list[Image.Image]:
        """The frames, RGBA, converted to sRGB if the format cannot hold the profile."""
        is_grey = self.colours.base == "L"
        is_held = file_format in _HOLDERS and (not is_grey or _holds_grey(file_format, frames))
        if self.icc is None or is_held:
            return frames
        return self.in_srgb(frames, f"{file_format.upper()} has no place for it")

    def in_srgb(self, frames: list[Image.Image], why: str) -> list[Image.Image]:
        """The frames, RGBA, converted to sRGB."""
        if self.icc is None:
            return frames
        self.icc = None
        if not self.colours.are_srgb:
            self.findings.append(_converted(self.colours, why))
        return [self.colours.in_srgb(frame).convert("RGBA") for frame in frames]


def read_metadata(image: Image.Image, path: Path) -> ImageMetadata:
    """Read an opened image's metadata; decodes it, as a PNG may have texts after its pixels."""
    pages = int(getattr(image, "n_frames", 1))
    with images.bounded_chunks():
        image.load()
    colours = Colours(image)
    findings = [*_left_behind(image, pages), *([colours.finding] if colours.finding else [])]
    if colours.base == "CMYK" and not colours.finding:
        findings.append(_converted(colours, "results are for screens"))
    return ImageMetadata(
        mode=image.mode,
        bits=images.bit_depth(image, path),
        icc=None if colours.base == "CMYK" or colours.name is None or colours.finding else image.info["icc_profile"],
        colours=colours,
        palette=_palette_of(image),
        words=_words_of(image),
        findings=findings,
    )


def no_metadata(image: Image.Image) -> ImageMetadata:
    """The metadata of an image that was drawn here."""
    return ImageMetadata(mode="RGBA", bits=8, icc=None, colours=Colours(image), palette=[], words={}, findings=[])


def _holds_grey(file_format: str, frames: list[Image.Image]) -> bool:
    """Whether the frames are written as greys, and so may have a grey profile."""
    return file_format not in ("webp", "avif") and len(frames) == 1


def _converted(colours: Colours, why: str) -> Finding:
    return Finding("profile_converted", f"Its colours were converted from {colours.name} to sRGB: {why}.")


def _left_behind(image: Image.Image, pages: int) -> list[Finding]:
    found = []
    if not images.is_animated(image) and pages > 1:
        message = f"Only the first of {pages} pictures was processed; the others stay with the original."
        found.append(Finding("pages_left", message))
    if image.format == "PNG" and image.info.get("default_image"):
        message = "The image for viewers without animations stays with the original."
        found.append(Finding("hidden_picture_left", message))
    exif = image.getexif()
    texts = {name for name, value in image.info.items() if isinstance(value, str)} - {*_PNG_WORDS}
    if (
        texts
        or image.info.get("xmp")
        or image.info.get("comment")
        or set(exif) - _OF_THE_FILE
        or exif.get_ifd(ExifTags.IFD.Exif)
    ):
        message = "Its metadata (EXIF, XMP, comments) stays with the original, except author and copyright."
        found.append(Finding("notes_left", message))
    return found


def _words_of(image: Image.Image) -> dict[str, str]:
    exif = image.getexif()
    texts = {name: provenance.exif_text(exif.get(tag)) for name, tag in _WORDS.items()}
    texts |= {name: image.info[name] for name in _PNG_WORDS if isinstance(image.info.get(name), str)}
    return {name: text for name, value in texts.items() if (text := provenance.clean(value))}


def _png_words(words: dict[str, str]) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    for name, text in words.items():
        info.add_itxt(name, text)
    return info


def _palette_of(image: Image.Image) -> list[int]:
    """An indexed image's palette, as numbers like those of :func:`indexed.packed`."""
    if image.mode != "P":
        return []
    strip = Image.frombytes("P", (256, 1), bytes(range(256)))
    strip.putpalette(image.getpalette("RGB") or [])
    if (clear := image.info.get("transparency")) is not None:
        strip.info["transparency"] = clear
    used = len(image.getpalette("RGB") or []) // 3
    return [int(value) for value in np.asarray(strip.convert("RGBA")).view(np.uint32)[0, :used, 0]]
