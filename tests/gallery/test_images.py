"""Importing a folder of a user's own images."""

import os
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from gallery.artworks import import_artworks
from gallery.images import Found, Refused, find_images


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people have them: nested, with images of every format and much that is none."""
    folder = tmp_path / "my images"
    (folder / "sprites" / "heroes").mkdir(parents=True)
    Image.new("RGB", (8, 5), "red").save(folder / "one.PNG")
    Image.new("RGB", (40, 30), "green").save(folder / "sprites" / "photo_of-a tree.jpeg")
    Image.new("RGB", (7, 9), "blue").save(folder / "sprites" / "flat.bmp")
    Image.new("RGBA", (12, 12)).save(folder / "sprites" / "clear.webp", lossless=True)
    frames = [Image.new("RGB", (16, 16), (number * 40, 0, 0)) for number in range(5)]
    frames[0].save(folder / "sprites" / "heroes" / "walk.gif", save_all=True, append_images=frames[1:], duration=90)
    return folder


def found(folder: Path) -> dict[str, Found]:
    results = find_images(folder, without=folder / "nothing")
    return {result.name: result for result in results if isinstance(result, Found)}


def refused(folder: Path) -> dict[str, Refused]:
    results = find_images(folder, without=folder / "nothing")
    return {result.name: result for result in results if isinstance(result, Refused)}


def test_every_image_format_is_found_with_its_real_size(folder: Path) -> None:
    measures = {
        name: (m.width, m.height, m.frame_count, m.file_format)
        for name, m in ((name, image.measures) for name, image in found(folder).items())
    }
    assert measures == {
        "one.PNG": (8, 5, 1, "png"),
        "sprites/photo_of-a tree.jpeg": (40, 30, 1, "jpg"),
        "sprites/flat.bmp": (7, 9, 1, "bmp"),
        "sprites/clear.webp": (12, 12, 1, "webp"),
        "sprites/heroes/walk.gif": (16, 16, 5, "gif"),
    }
    assert all(image.measures.file_bytes == image.path.stat().st_size for image in found(folder).values())


def test_image_format_is_detected_by_content(folder: Path) -> None:
    (folder / "no suffix").write_bytes((folder / "one.PNG").read_bytes())
    (folder / "liar.jpg").write_bytes((folder / "one.PNG").read_bytes())
    images = found(folder)
    assert images["no suffix"].measures.file_format == "png"
    assert images["liar.jpg"].measures.file_format == "png"


def test_broken_images_are_named_and_skipped(folder: Path) -> None:
    whole = (folder / "sprites" / "photo_of-a tree.jpeg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "nonsense.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    (folder / "empty.gif").touch()
    assert {name for name, result in refused(folder).items() if result.broken} == {
        "cut.jpg",
        "nonsense.png",
        "empty.gif",
    }
    assert len(found(folder)) == 5


def test_decompression_bomb_is_refused_before_decoding(folder: Path) -> None:
    (folder / "bomb.png").write_bytes(bomb(40_000, 40_000))
    (folder / "squib.png").write_bytes(bomb(10_000, 10_000))  # Pillow only warns of this one
    for name in ("bomb.png", "squib.png"):
        assert refused(folder)[name].reason == "it would unpack to an absurd number of pixels"


def test_non_images_and_links_are_skipped_with_a_reason(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    Image.new("RGB", (3, 3)).save(outside)
    (folder / "notes.txt").write_text("no pixels here")
    (folder / "out.png").symlink_to(outside)
    (folder / "away").symlink_to(tmp_path)
    (folder / "dangling.png").symlink_to(tmp_path / "never.png")
    os.mkfifo(folder / "pipe.png")
    reasons = {name: result.reason for name, result in refused(folder).items()}
    assert reasons == {
        "away": "it is a link that leads out of the folder",
        "dangling.png": "it cannot be read (No such file or directory)",
        "notes.txt": "it is not a PNG, GIF, JPEG, WebP or BMP image",
        "out.png": "it is a link that leads out of the folder",
        "pipe.png": "it is not a regular file",
    }
    assert len(found(folder)) == 5


def test_demo_data_below_the_folder_is_not_imported(folder: Path) -> None:
    Image.new("RGB", (3, 3)).save(folder / "sprites" / "own.png")
    results = find_images(folder, without=folder / "sprites")
    assert [result.name for result in results] == ["one.PNG"]


def test_imported_image_gets_a_title_and_its_folders_as_hashtags(folder: Path, tmp_path: Path) -> None:
    artworks = import_artworks(tmp_path / "vault", list(found(folder).values()))
    hashtags = {artwork.title: list(artwork.hashtags) for artwork in artworks}
    assert hashtags["Photo of a tree"] == ["sprites"]
    assert hashtags["Walk"] == ["sprites", "heroes", "animated"]
    for artwork in artworks:
        copy = tmp_path / artwork.art_url.removeprefix("/")
        assert copy.read_bytes() == artwork.source.read_bytes()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
