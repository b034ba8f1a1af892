"""Reading images of unknown origin: their true dimensions, and what is wrong with them."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import msgspec
from PIL import Image, ImageSequence, UnidentifiedImageError

# Pillow's names, and the extension under which a site keeps each; only these decoders ever see a file.
FORMATS = {"PNG": "png", "GIF": "gif", "JPEG": "jpg", "WEBP": "webp", "BMP": "bmp"}
_SUFFIXES = frozenset({".png", ".apng", ".gif", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib"})

# A small animation can hold more work than any photograph: all frames together, in pixels.
MAX_TOTAL_PIXELS = 1_000_000_000


class ImageError(Exception):
    """The file is not an acceptable image; the message is a clause with the reason."""


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """What a file really holds, whatever its name says."""

    width: int
    height: int
    frame_count: int
    file_format: str
    file_bytes: int


class Found(msgspec.Struct, frozen=True):
    """An image in the user's folder; ``name`` is its path within the folder."""

    path: Path
    name: str
    measures: Measures


class Refused(msgspec.Struct, frozen=True):
    """A file that is left out. ``broken`` means that it should have been an image."""

    name: str
    reason: str
    broken: bool


def measure(path: Path) -> Measures:
    """Decode every frame of an image, so that what is accepted can be opened.

    Pillow's warning of a decompression bomb is an error here. Run this in one thread at a time: the warnings'
    filter belongs to the whole process.

    Raises:
        ImageError: not one of the formats, broken, or absurdly large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=tuple(FORMATS)) as image:
                return _measured(path, image)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ImageError("it would unpack to an absurd number of pixels") from error
    except UnidentifiedImageError as error:
        raise ImageError("it is not a PNG, GIF, JPEG, WebP or BMP image") from error
    except ImageError:
        raise
    except Exception as error:  # decoders raise anything for broken bytes
        raise ImageError(f"it is damaged ({' '.join(str(error).split()) or type(error).__name__})") from error


def _measured(path: Path, image: Image.Image) -> Measures:
    assert image.format is not None
    # A JPEG with a preview for other devices calls itself MPO; it is opened as the JPEG it is.
    file_format = FORMATS.get(image.format, "jpg")
    frames = getattr(image, "n_frames", 1)
    if image.width * image.height * frames > MAX_TOTAL_PIXELS:
        raise ImageError("it would unpack to an absurd number of pixels")
    for frame in ImageSequence.Iterator(image):
        frame.load()
        if file_format == "jpg":
            break
    return Measures(
        width=image.width,
        height=image.height,
        frame_count=1 if file_format == "jpg" else frames,
        file_format=file_format,
        file_bytes=path.stat().st_size,
    )


def find_images(folder: Path, *, without: Path) -> list[Found | Refused]:
    """Every file below ``folder``, by name: the images, and what is left out and why.

    Args:
        without: a folder that is not entered, the demo's own data.
    """
    files = _files(folder, without.resolve())
    return [_look(folder.resolve(), path, _printable(path.relative_to(folder))) for path in files]


def _files(folder: Path, without: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        here = Path(root)
        # Linked folders are named but not entered: they may lead out, or in a circle.
        linked = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(
            name
            for name in folders
            if name not in linked and not name.startswith(".") and (here / name).resolve() != without
        )
        yield from (here / name for name in sorted([*files, *linked]) if not name.startswith("."))


def _look(folder: Path, path: Path, name: str) -> Found | Refused:
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder):
            return Refused(name, "it is a link that leads out of the folder", broken=False)
        if real.is_dir():
            return Refused(name, "it is a link to a folder", broken=False)
        if not real.is_file():
            return Refused(name, "it is not a regular file", broken=False)
        return Found(path, name, measure(real))
    except ImageError as error:
        return Refused(name, str(error), broken=path.suffix.lower() in _SUFFIXES)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Refused(name, f"it cannot be read ({reason})", broken=True)


def _printable(path: Path) -> str:
    """A path as text that a terminal and a database take, whatever bytes the file system allowed."""
    text = os.fsencode(path).decode("utf-8", errors="replace")
    return "".join(character if character.isprintable() else "�" for character in text)
