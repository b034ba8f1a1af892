"""Archives of strangers: read in bounded memory, or refused in a sentence."""

import gzip
import io
import random
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest

from pmd_service.imports import archive as reading
from pmd_service.imports import listing
from pmd_service.imports.archive import ArchiveReader
from pmd_service.imports.listing import ArchiveRefusedError, EntryDamagedError
from pmd_service.imports.tars import unpack
from pmd_service.work.kind import PermanentError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.zip"


def packed(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return bytearray(path.read_bytes())


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archive_files_are_read_as_they_were_packed(path: Path, method: int) -> None:
    files = {"a.txt": b"", "ünder/b.bin": random.Random(1).randbytes(700_000), "c.txt": b"line\n" * 200_000}
    packed(path, files, method)
    with ArchiveReader(path) as archive:
        assert {name: b"".join(archive.chunks(entry)) for name, entry in archive.entries.items()} == files
        assert list(archive.lines("c.txt", longest=10)) == [b"line"] * 200_000


def test_what_desktops_put_beside_files_is_left_out(path: Path) -> None:
    files = ("sea.png", "set/sky.png", "set/Thumbs.db.png", "DS_Store")
    litter = (".DS_Store", "set/.DS_Store", "set/Thumbs.db", "set/desktop.ini", "__MACOSX/set/._sky.png")
    packed(path, dict.fromkeys((*files, *litter), b"x"))
    with ArchiveReader(path) as archive:
        assert {*archive.entries} == {*files}


def test_archive_with_another_one_at_its_end_is_read_as_a_whole(path: Path) -> None:
    inner = bytes(packed(path, {"inner.txt": b"inner"}))
    packed(path, {"a.txt": b"a", "inner.zip": inner}, zipfile.ZIP_STORED)
    with ArchiveReader(path) as archive:
        assert {name: archive.read(name) for name in archive.entries} == {"a.txt": b"a", "inner.zip": inner}


@pytest.mark.parametrize("size", [1 << 20, (64 << 20) + 22, 5_000_001])
def test_entry_that_is_packed_to_nearly_nothing_is_read_whole(path: Path, size: int) -> None:
    """The decompressor may have taken all input before it gives the last output."""
    packed(path, {"a": b"start" + b" " * size})
    with ArchiveReader(path) as archive:
        assert sum(map(len, archive.chunks(archive.entries["a"]))) == size + 5


def test_archive_of_64_bit_places_is_read(path: Path) -> None:
    """The extra field has what does not fit, and nothing else: here the last of three values alone."""
    packed(path, {"a.bin": b"abc", "b.bin": b"defgh"}, zipfile.ZIP_STORED)
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    (offset,) = struct.unpack_from("<L", data, at + 42)
    entry, extra = bytearray(data[at:end]), struct.pack("<HHQ", 1, 8, offset)
    struct.pack_into("<H", entry, 30, len(extra))
    struct.pack_into("<L", entry, 42, 0xFFFFFFFF)
    ending = bytearray(data[end:])
    struct.pack_into("<L", ending, 12, struct.unpack_from("<L", ending, 12)[0] + len(extra))
    path.write_bytes(data[:at] + entry + extra + ending)
    with ArchiveReader(path) as archive:
        assert b"".join(archive.chunks(archive.entries["b.bin"])) == b"defgh"


def test_file_is_found_by_its_name_if_only_one_has_it(path: Path) -> None:
    packed(path, {"one/sea.png": b"1", "one/sky.png": b"2", "two/sky.png": b"3", "two/none.png": b""})
    with ArchiveReader(path) as archive:
        found = {name: archive.find(name) for name in ("media/sea.png", "two/sky.png", "media/sky.png", "two/none.png")}
        assert {name: entry and entry.name for name, entry in found.items()} == {
            "media/sea.png": "one/sea.png",
            "two/sky.png": "two/sky.png",
            "media/sky.png": None,
            "two/none.png": None,
        }


class Unflagged(zipfile.ZipInfo):
    """A name in UTF-8 that does not say so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's name
        return self.filename.encode(), self.flag_bits


def listed(path: Path, *names: str, made_by: int) -> list[str]:
    """The names that are read of an archive by another program."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            info = Unflagged(name)
            info.create_system = made_by
            archive.writestr(info, b"1")
    with ArchiveReader(path) as reader:
        return [*reader.entries]


def test_names_of_macos_are_read_as_utf8_in_one_form(path: Path) -> None:
    """Its archives do not say that they are, and have accents as signs of their own."""
    written = [unicodedata.normalize("NFD", name) for name in ("Küste.png", "Küste.png.json")]
    assert listed(path, *written, "__MACOSX/._Küste.png", "art/._a.png", made_by=3) == ["Küste.png", "Küste.png.json"]


def test_folders_of_windows_are_read(path: Path) -> None:
    """PowerShell 5 writes its own separator; what leads elsewhere is refused like any other."""
    assert listed(path, "art\\", "art\\a.png", made_by=0) == ["art/a.png"]
    for name in ("..\\a.png", "C:\\a.png", "\\\\host\\a.png", "art\\..\\..\\a.png"):
        with pytest.raises(ArchiveRefusedError, match="leads out"):
            listed(path, name, made_by=0)
    with pytest.raises(ArchiveRefusedError, match="leads out"):
        listed(path, "art\\a.png", made_by=3)


@pytest.mark.parametrize("named", ["KÜSTE.PNG", unicodedata.normalize("NFD", "art/küste.png"), "Art/Küste.PNG"])
def test_file_is_found_however_its_name_is_written(path: Path, named: str) -> None:
    packed(path, {"Art/Küste.png": b"1", "sky.png": b"2"})
    with ArchiveReader(path) as archive:
        entry = archive.find(named)
        assert entry is not None and entry.name == "Art/Küste.png"


def test_archive_of_64_bit_sizes_is_read(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as large, large.open("a.bin", "w", force_zip64=True) as file:
        file.write(b"abc")
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<LL", data, at + 20, 0xFFFFFFFF, 0xFFFFFFFF)  # the sizes are in the extra field only
    name_end = at + 46 + 5
    extra = struct.pack("<HHQQ", 1, 16, 3, 3)
    struct.pack_into("<H", data, at + 30, len(extra))
    end = data.index(b"PK\x05\x06")
    data[name_end:end] = extra
    end = data.index(b"PK\x05\x06")
    struct.pack_into("<L", data, end + 12, end - at)
    path.write_bytes(data)
    with ArchiveReader(path) as archive:
        assert archive.read("a.bin") == b"abc"


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "C:/a", "a\\b", "a//b", "a\0b"])
def test_archive_with_names_that_lead_elsewhere_is_refused(path: Path, name: str) -> None:
    data = packed(path, {"x" * len(name): b"1"})
    path.write_bytes(data.replace(b"x" * len(name), name.encode()))
    with pytest.raises(ArchiveRefusedError, match="leads out of the archive"):
        ArchiveReader(path)


def test_archive_with_doubled_names_is_refused(path: Path) -> None:
    packed(path, {"Hero.png": b"1", "hero.png": b"2"})
    with pytest.raises(ArchiveRefusedError, match="two files named"):
        ArchiveReader(path)


def test_archive_with_links_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(ArchiveRefusedError, match="is a link or a device"):
        ArchiveReader(path)


def test_encrypted_archive_is_refused(path: Path) -> None:
    data = packed(path, {"a": b"1"})
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 8, 1)
    path.write_bytes(data)
    with pytest.raises(ArchiveRefusedError, match="encrypted"):
        ArchiveReader(path)


def test_archive_of_too_many_entries_is_refused_by_its_count(path: Path) -> None:
    """Before one of them is read."""
    data = packed(path, {"a": b"1"})
    at = data.index(b"PK\x05\x06")
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 10_000_000, 10_000_000, 100, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    struct.pack_into("<HH", data, at + 8, 0xFFFF, 0xFFFF)
    path.write_bytes(data[:at] + end64 + locator + data[at:])
    with pytest.raises(ArchiveRefusedError, match="10,000,000 entries"):
        ArchiveReader(path)


def test_archive_whose_files_overlap_is_refused(path: Path) -> None:
    """One kernel of bytes, listed a thousand times (Fifield, 2019)."""
    data = packed(
        path, {f"{number:04}": b"\0" * 100 if number == 0 else b"" for number in range(1000)}, zipfile.ZIP_STORED
    )
    at = data.index(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<LLL", data, at + 16, zlib.crc32(b"\0" * 100), 100, 100)
        struct.pack_into("<L", data, at + 42, 0)
        at = data.find(b"PK\x01\x02", at + 1)
    path.write_bytes(data)
    with pytest.raises(ArchiveRefusedError, match="overlap"):
        ArchiveReader(path)


def test_archive_that_claims_impossible_sizes_is_refused(path: Path) -> None:
    data = packed(path, {"a": b"\0" * 1000})
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, 1 << 30)
    path.write_bytes(data)
    with pytest.raises(ArchiveRefusedError, match="a size that its bytes cannot have"):
        ArchiveReader(path)


def test_bomb_is_stopped_at_its_claimed_size(path: Path) -> None:
    data = packed(path, {"a": b"\0" * 50_000_000})
    struct.pack_into("<L", data, data.index(b"PK\x01\x02") + 24, 1000)
    path.write_bytes(data)
    with ArchiveReader(path) as archive:
        read = 0
        with pytest.raises(EntryDamagedError, match="not those that are listed"):
            for chunk in archive.chunks(archive.entries["a"]):
                read += len(chunk)
        assert read == 0


def test_damaged_bytes_are_found(path: Path) -> None:
    data = packed(path, {"a": b"hello"}, zipfile.ZIP_STORED)
    path.write_bytes(data.replace(b"hello", b"hallo", 1))
    with ArchiveReader(path) as archive, pytest.raises(EntryDamagedError):
        archive.read("a")


@pytest.mark.parametrize("data", [b"", b"PK", b"\x89PNG", b"PK\x05\x06" + b"\0" * 10])
def test_what_is_no_archive_is_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(ArchiveRefusedError):
        ArchiveReader(path)


def test_document_of_any_size_is_not_read_as_a_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed(path, {"a": b"12345"})
    monkeypatch.setattr(reading, "MAX_DOCUMENT_BYTES", 4)
    with ArchiveReader(path) as archive:
        with pytest.raises(ArchiveRefusedError, match="5 bytes; 4 are possible"):
            archive.read("a", most=4)
        with pytest.raises(EntryDamagedError, match="a line that is too long"):
            list(archive.lines("a", longest=3))


def tarred(path: Path, *members: tarfile.TarInfo, data: bytes = b"12345") -> None:
    with tarfile.open(path, "w") as tar:
        for member in members:
            member.size = len(data) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(data) if member.isreg() else None)


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, "/etc/passwd"
    return found


def test_tar_is_read_like_a_zip(path: Path) -> None:
    tarred(path, member("./a.txt"), member("b", tarfile.DIRTYPE), member("b/" + "ü" * 200 + ".bin"))
    with ArchiveReader(path) as archive:
        assert list(archive.entries) == ["a.txt", "b/" + "ü" * 200 + ".bin"]
        assert [archive.read(name) for name in archive.entries] == [b"12345"] * 2


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("link", tarfile.SYMTYPE, "is a link or a device"),
        ("link", tarfile.LNKTYPE, "is a link or a device"),
        ("null", tarfile.CHRTYPE, "is a link or a device"),
        ("pipe", tarfile.FIFOTYPE, "is a link or a device"),
        ("../a", tarfile.REGTYPE, "leads out of the archive"),
        ("/etc/passwd", tarfile.REGTYPE, "leads out of the archive"),
        ("A.TXT", tarfile.REGTYPE, "two files named"),
    ],
)
def test_tar_with_links_and_names_that_lead_elsewhere_is_refused(
    path: Path, name: str, kind: bytes, sentence: str
) -> None:
    tarred(path, member("a.txt"), member(name, kind))
    with pytest.raises(ArchiveRefusedError, match=sentence):
        ArchiveReader(path)


def test_tar_that_is_cut_off_or_endless_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tarred(path, *(member(f"{number}.txt") for number in range(20)), data=b"1" * 5000)
    whole = path.read_bytes()
    path.write_bytes(whole[:9000])
    with pytest.raises(ArchiveRefusedError, match=r"more bytes than it has|damaged or cut off"):
        ArchiveReader(path)
    path.write_bytes(whole)
    monkeypatch.setattr(listing, "MAX_ENTRIES", 19)
    with pytest.raises(ArchiveRefusedError, match="more than 19 entries"):
        ArchiveReader(path)


def test_packed_tar_unpacks_to_a_bound(path: Path, tmp_path: Path) -> None:
    tar = tmp_path / "archive.tar"
    path.write_bytes(gzip.compress(b"\0" * 1_000_000))
    unpack(path, tar, most=1_000_000)
    assert tar.stat().st_size == 1_000_000
    with pytest.raises(PermanentError, match="far more than it has"):
        unpack(path, tar, most=999_999)
    for damaged in (path.read_bytes()[:-20], b"\x1f\x8b\x08" + b"x" * 100):
        path.write_bytes(damaged)
        with pytest.raises(PermanentError, match="damaged or cut off"):
            unpack(path, tar, most=2_000_000)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_mutated_archives_are_read_or_refused(path: Path, kind: str) -> None:
    """Never another error, whatever a byte becomes."""
    whole = packed(path, {"a.txt": b"hello " * 50, "b/c.bin": bytes(range(256))})
    if kind == "tar":
        tarred(path, member("a.txt"), member("b/c.bin"), member("d/" + "x" * 150), data=b"hello " * 50)
        whole = bytearray(path.read_bytes())
    rng = random.Random(2026)
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.choice((len(data), rng.randrange(len(data))))])
        try:
            with ArchiveReader(path) as archive:
                for entry in archive.entries.values():
                    assert sum(map(len, archive.chunks(entry))) == entry.size
        except (ArchiveRefusedError, EntryDamagedError) as refused:
            assert str(refused).endswith(".")
