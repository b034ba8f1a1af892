"""Any file is kept: what can be shown is shown, what cannot is a companion, and programs stay out."""

import importlib
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from pmd_service.media.formats import FORMATS
from pmd_service.media.messages import Refused
from pmd_service.media.probe_result import ProbeResult

from .aseprite_files import noise
from .conftest import Probe
from .work_files import TILE_MAP, aiff, old_tga, psd, saved

KEPT = {
    "level.tmx": TILE_MAP,
    "atlas.json": b'{"frames": {}}',
    "readme.md": b"# Arcade\n\n<p align=center>made by hand</p>\n",
    "notes.txt": b"just words",
    "song.mid": b"MThd\0\0\0\6\0\1\0\1\0\x60",
    "pack.zip": b"PK\3\4" + bytes(60),
    "paper.pdf": b"%PDF-1.7\n",
    "scene.blend": b"BLENDER-v300" + bytes(60),
    "LICENSE": b"MIT License\n",
    "list.m3u": b"#EXTM3U\nfile:///etc/passwd\n",
    "odd.Ünding": b"whatever",
    # What Windows calls “Unicode”: its first bytes are those of a frame of MPEG audio.
    "von Windows.txt": "Grüße aus Köln\r\n".encode("utf-16"),
    # So are these by chance, and no name claims that they are sounds.
    "level.dat": b"\xff\xfb\x90\x44" + bytes(60),
    "tags.txt": b"ID3 tags hold titles.\n",
    "scores": b"\xff\xf1\x50\x80" + bytes(60),
}


async def test_unknown_formats_are_kept_and_not_decoded(
    probe: Probe, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for name, data in KEPT.items():
        with subtests.test(name=name):
            (tmp_path / name).write_bytes(data)
            found = await probe(tmp_path / name)
            assert isinstance(found, ProbeResult), found
            ending = name.rpartition(".")[2] if "." in name and name.isascii() else "bin"
            assert (found.type, found.file_format, found.mime_type) == ("other", ending, "application/octet-stream")
            assert (found.previews, found.findings, found.width) == ([], [], None)


@pytest.mark.parametrize(("name", "start"), [("song.mp3", b"\xff\xfb\x90\x44"), ("song.aac", b"\xff\xf1\x50\x80")])
async def test_what_its_name_calls_a_sound_is_a_damaged_one(
    probe: Probe, tmp_path: Path, name: str, start: bytes
) -> None:
    (tmp_path / name).write_bytes(start + bytes(60))
    found = await probe(tmp_path / name)
    assert isinstance(found, Refused), found
    assert found.code == "broken"


@pytest.mark.parametrize("name", ["intro.ogv", "intro.ogg", "intro"])
async def test_a_theora_film_is_kept_whatever_its_name(probe: Probe, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"OggS\0\2" + bytes(20) + b"\1\x2a\x80theora\3\2\1" + bytes(60))
    found = await probe(tmp_path / name)
    assert isinstance(found, ProbeResult), found
    assert (found.type, found.file_format, [each.code for each in found.findings]) == ("other", "ogv", ["not_shown"])


async def test_programs_and_pages_stay_out_whatever_they_are_called(
    probe: Probe, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for name, data, code in (
        ("notes.txt", b"#!/bin/sh\nrm -rf /\n", "program"),
        ("data.bin", b"\x7fELF\2\1\1\0", "program"),
        ("data.dat", b"MZ\x90\0" + bytes(60), "program"),
        ("module", b"\0asm\1\0\0\0", "program"),
        ("a.class2", b"\xca\xfe\xba\xbe\0\0\0\x34", "program"),
        ("drawing.psd", b"\x7fELF\2\1\1\0", "program"),
        ("page.txt", b"\xef\xbb\xbf \n<!DOCTYPE html><title>x", "active_content"),
        ("drawing.xml", b'<?xml version="1.0"?><a><svg onload="x">', "active_content"),
        ("photo.png", b"just words", "not_media"),
    ):
        with subtests.test(name=name):
            (tmp_path / name).write_bytes(data)
            found = await probe(tmp_path / name)
            assert isinstance(found, Refused), found
            assert found.code == code
            assert found.message.endswith(".")


async def test_what_artists_work_with_is_shown(probe: Probe, tmp_path: Path, subtests: pytest.Subtests) -> None:
    image = noise(1, (24, 16)).convert("RGB")
    for name, data, kind, form in (
        ("a.psd", psd(image), "image", "psd"),
        ("a.avif", saved(image, "AVIF"), "image", "avif"),
        ("a.tga", saved(image, "TGA"), "image", "tga"),
        ("old.tga", old_tga(image), "image", "tga"),
        ("a.ico", saved(image, "ICO", sizes=[(16, 16)]), "image", "ico"),
        ("a.aif", aiff(), "audio", "aiff"),
    ):
        with subtests.test(name=name):
            (tmp_path / name).write_bytes(data)
            found = await probe(tmp_path / name)
            assert isinstance(found, ProbeResult), found
            assert (found.type, found.file_format, found.findings) == (kind, form, [])
            assert found.previews != []
            assert found.frame_count == (1 if kind == "image" else None)


async def test_what_a_reader_cannot_read_is_kept_all_the_same(probe: Probe, tmp_path: Path) -> None:
    image = noise(1, (24, 16))
    for name, data in (
        ("deep.psd", psd(image, bits=32)),
        ("cut.avif", saved(image, "AVIF")[:-30]),
        ("cut.aiff", aiff()[:40]),
    ):
        (tmp_path / name).write_bytes(data)
        found = await probe(tmp_path / name)
        assert isinstance(found, ProbeResult), found
        assert (found.type, found.file_format) == ("other", name.partition(".")[2])
        assert [finding.code for finding in found.findings] == ["not_shown"]


def test_a_format_without_its_package_says_so() -> None:
    heic = FORMATS["heic"]
    assert heic.why_unreadable is None
    without = msgspec.structs.replace(heic, package="no_such_decoder")
    assert without.why_unreadable == "The decoder of HEIC is not installed here: upload it as JPEG as well."


async def test_jpeg_xl_is_shown_where_its_reader_is_and_kept_where_not(probe: Probe, tmp_path: Path) -> None:
    is_there = find_spec("pillow_jxl") is not None
    data = b"\xff\x0a" + bytes(40)
    if is_there:
        importlib.import_module("pillow_jxl")
        data = saved(noise(1, (64, 48)).convert("RGB"), "JXL")
    (tmp_path / "a.jxl").write_bytes(data)
    found = await probe(tmp_path / "a.jxl")
    assert isinstance(found, ProbeResult), found
    assert (found.type, found.file_format) == ("image" if is_there else "other", "jxl")
    assert bool(found.previews) == is_there
