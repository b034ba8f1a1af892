"""The vault on a file system: no path that a row holds leads out of it, and archives are nobody's artwork."""

import asyncio
import os
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import FileIO
from pathlib import Path
from uuid import UUID

import pytest

from pmd_service.vault import (
    ArtworkUnavailableError,
    LocalSource,
    ObjectUnreadableError,
    VaultFaultError,
    local_incoming,
    local_stream,
    local_vault,
)
from pmd_service.vault.base import FileSlice, Slice
from pmd_service.vault.local_files import sync_folder
from pmd_service.vault.local_links import link_all
from pmd_service.vault.scratch import DEAD_SECONDS

from ..hang import HANG_SECONDS

MISSING = "The artwork's file is missing."
UNREADABLE = "The artwork's file cannot be read."


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A vault with an artwork and an archive, and a secret beside it."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    root = tmp_path / "vault"
    for name in ("art/a.png", "bdr/x/1.zip"):
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(b"pixels")
    return root


async def locate(root: Path, art_url: str) -> Path | str:
    [found] = await local_vault(root).locate_artworks([art_url])
    return str(found) if isinstance(found, ArtworkUnavailableError) else root.resolve() / found.key


async def test_artworks_are_located_in_the_requested_order(root: Path) -> None:
    found = await local_vault(root).locate_artworks(["/vault/art/a.png", "/vault/art/b.png", "/vault//art/a.png"])
    keys = [str(each) if isinstance(each, ArtworkUnavailableError) else each.key for each in found]
    assert keys == ["art/a.png", MISSING, "art/a.png"]


@pytest.mark.parametrize(
    "art_url",
    [
        "/vault/../secret.png",
        "/vault/art/../../secret.png",
        "/vault//../secret.png",
        "/vault/art/a.png/../../../secret.png",
        "/vault/..",
        "/vault/../vault/../secret.png",
        "/vault//etc/passwd",
        "/etc/passwd",
        "/vaultx/art/a.png",
        "vault/art/a.png",
        "/vault",
        "/vault/art/%2e%2e/%2e%2e/secret.png",
        "/vault/art/a.png\0",
        "/vault/art\0/../../secret.png",
        "/vault/art/\ud800.png",
        "/vault/art/a.png/b.png",
        "/vault/art/..",
        "/vault/",
        "\\vault\\art\\a.png",
        "",
    ],
)
async def test_nothing_outside_is_located(root: Path, art_url: str) -> None:
    assert await locate(root, art_url) == MISSING


async def test_an_absolute_path_below_the_prefix_stays_below_the_root(root: Path, tmp_path: Path) -> None:
    assert await locate(root, f"/vault/{tmp_path}/secret.png") == MISSING


async def test_a_symlink_may_lead_around_in_the_vault_but_not_out(root: Path, tmp_path: Path) -> None:
    (root / "art/in.png").symlink_to(root / "art/a.png")
    (root / "art/out.png").symlink_to(tmp_path / "secret.png")
    (root / "art/up").symlink_to("../..")
    (root / "art/gone.png").symlink_to("nothing")
    (root / "art/loop.png").symlink_to("loop.png")
    (root / "art/archive.png").symlink_to(root / "bdr/x/1.zip")
    assert await locate(root, "/vault/art/in.png") == root / "art/a.png"
    for name in ("out.png", "up/secret.png", "gone.png", "loop.png", "archive.png"):
        assert await locate(root, f"/vault/art/{name}") == MISSING


async def test_of_many_artworks_each_is_judged_by_itself(root: Path, tmp_path: Path) -> None:
    (root / "art/up").symlink_to("../..")
    (root / "art/out.png").symlink_to(tmp_path / "secret.png")
    (root / "art/in.png").symlink_to("a.png")
    keys = ["art/a.png", "art/up/secret.png", "art/out.png", "art/in.png", "bdr/x/1.zip", "art/up/vault/art/a.png"]
    found = await local_vault(root).locate_artworks([f"/vault/{key}" for key in keys * 2])
    reported = [str(each) if isinstance(each, ArtworkUnavailableError) else each.key for each in found]
    assert reported == ["art/a.png", MISSING, MISSING, "art/a.png", MISSING, "art/a.png"] * 2


async def test_a_vault_that_is_away_is_a_fault_and_no_missing_artwork(root: Path) -> None:
    vault = local_vault(root)
    root.rename(root.with_name("unmounted"))
    with pytest.raises(VaultFaultError):
        await vault.locate_artworks(["/vault/art/a.png", "/vault/b.png"])


async def test_a_vault_may_be_a_symlink_itself(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert await locate(tmp_path / "link", "/vault/art/a.png") == root / "art/a.png"


@pytest.mark.parametrize("art_url", ["/vault/bdr/x/1.zip", "/vault/art/../bdr/x/1.zip", "/vault/./bdr/x/1.zip"])
async def test_an_archive_is_nobodys_artwork(root: Path, art_url: str) -> None:
    assert await locate(root, art_url) == MISSING


async def test_only_plain_files_are_artworks(root: Path) -> None:
    os.mkfifo(root / "art/pipe.png")
    # Bound where its path is short, for it may only have 107 bytes.
    with socket.socket(socket.AF_UNIX) as listener, tempfile.TemporaryDirectory() as short:
        listener.bind(f"{short}/s")
        Path(f"{short}/s").rename(root / "art/socket.png")
    for name in ("pipe.png", "socket.png", ""):
        assert await locate(root, f"/vault/art/{name}") == UNREADABLE


async def test_a_device_is_not_an_artwork() -> None:
    assert await locate(Path("/dev"), "/vault/zero") == UNREADABLE


@contextmanager
def as_somebody_without_rights() -> Iterator[None]:
    """Root reads everything, so that root's tests step down for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_file_that_the_service_may_not_read_is_reported() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "a.png").write_bytes(b"pixels")
        (root / "a.png").chmod(0)
        with as_somebody_without_rights():
            assert await locate(root, "/vault/a.png") == UNREADABLE
        (root / "a.png").chmod(0o644)
        with as_somebody_without_rights():
            assert await locate(root, "/vault/a.png") == root / "a.png"


async def test_a_name_longer_than_file_systems_take_is_reported(root: Path) -> None:
    assert await locate(root, "/vault/" + "a" * 5000) == UNREADABLE


async def test_an_object_that_leads_out_of_the_vault_is_not_there(root: Path, tmp_path: Path) -> None:
    (root / "bdr/x/2.zip").symlink_to(tmp_path / "secret.png")
    vault = local_vault(root)
    assert await vault.find("bdr/x/1.zip") is not None
    for key in ("bdr/x/2.zip", "bdr/../../secret.png", "bdr/x"):
        assert await vault.find(key) is None


async def test_the_daily_sweep_removes_only_unfinished_files_of_the_dead(root: Path) -> None:
    vault = local_vault(root)
    part = await vault.begin("bdr/x/2.zip")
    dead = root / "bdr/x/3.zip.0123abcd.part"
    dead.write_bytes(b"half of it")
    for path in (dead, root / "bdr/x/1.zip"):
        then = path.stat().st_mtime - 2 * DEAD_SECONDS
        os.utime(path, (then, then))
    await vault.tidy()
    assert not dead.exists()
    part.seal()
    assert sorted(path.name for path in (root / "bdr/x").iterdir()) == ["1.zip", "2.zip"]


async def test_empty_folders_are_removed_except_the_top_level_ones(root: Path) -> None:
    """Where one of these is missing, a disk is."""
    vault = local_vault(root)
    for key in ("art/a.png", "bdr/x/1.zip"):
        await vault.remove(key)
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == ["art", "bdr"]


async def test_a_folders_last_files_can_be_removed_concurrently(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, listed = local_vault(root), Path.iterdir

    def listed_too_late(folder: Path) -> Iterator[Path]:
        folder.rmdir()  # as the removal of the last of the others does
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", listed_too_late)
    await vault.remove("bdr/x/1.zip", unfinished=True)
    assert not (root / "bdr/x").exists()


async def test_bytes_written_between_stat_and_read_are_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = local_vault(tmp_path)
    path = tmp_path / "art" / "a.png"
    path.parent.mkdir()
    path.write_bytes(b"pixels")
    source = await vault.find("art/a.png")
    assert source is not None
    read = os.pread

    def write_and_read(file: int, size: int, start: int) -> bytes:
        path.write_bytes(b"others")
        os.utime(path, ns=(0, 0))
        return read(file, size, start)

    monkeypatch.setattr(os, "pread", write_and_read)
    piece = Slice(key="art/a.png", positions=range(source.size), size=source.size, tag=source.tag)
    with pytest.raises(ObjectUnreadableError, match="has other bytes than it had"):
        async for _ in vault.stream([piece]):
            pass


async def test_a_file_written_while_it_is_sent_ends_the_response(tmp_path: Path) -> None:
    vault, path = local_vault(tmp_path), tmp_path / "art" / "a.png"
    path.parent.mkdir()
    path.write_bytes(bytes(1 << 20))
    source = await vault.find("art/a.png")
    assert source is not None
    piece = Slice(key="art/a.png", positions=range(source.size), size=source.size, tag=source.tag)
    for is_changed in (False, True):
        sent = 0
        with pytest.raises(ObjectUnreadableError, match="other bytes") if is_changed else nullcontext():
            async for part in vault.stream([piece]):
                if isinstance(part, FileSlice) and is_changed:
                    path.write_bytes(b"x" * (1 << 20))
                    os.utime(path, ns=(0, 0))
                sent += len(part) if isinstance(part, bytes) else part.size
        assert sent == 1 << 20, "of the only piece, with nothing after it that would be compared"


async def test_an_upload_is_durable_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes before it is renamed, and its name after that."""
    target, done = tmp_path / "assets" / "1" / "a.png", list[str]()
    fsync = os.fsync

    def bytes_are_durable(file: int) -> None:
        fsync(file)
        if stat.S_ISREG(os.fstat(file).st_mode) and not target.exists():
            done.append("bytes")

    def name_is_durable(folder: Path) -> None:
        sync_folder(folder)
        if folder == target.parent and target.exists():
            done.append("name")

    monkeypatch.setattr(os, "fsync", bytes_are_durable)
    monkeypatch.setattr(local_incoming, "sync_folder", name_is_durable)
    incoming = local_incoming.LocalIncoming(tmp_path, UUID(int=1))
    writer = await incoming.open(0, is_new=True)
    await writer.write([b"pixels"])
    await writer.close()
    await incoming.finish("assets/1/a.png")
    assert (target.read_bytes(), done) == (b"pixels", ["bytes", "name"])


def test_a_source_missing_or_changed_when_linked_is_an_error(tmp_path: Path) -> None:
    source = LocalSource("art/a.png", 6, 0.0, str(tmp_path / "a.png"), "tag")
    for message in ("is missing", "has changed since it was located"):
        with pytest.raises(ObjectUnreadableError, match=message):
            link_all(tmp_path, "bdr/x/1.sparse", [source], first=0)
        (tmp_path / "a.png").write_bytes(b"pixels")


async def test_a_file_that_is_opened_for_a_reader_who_goes_is_closed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for the garbage collector: the thread that opened it had nobody to give it to any more."""
    opened: list[FileIO] = []
    begun, gone = threading.Event(), threading.Event()

    def open_slowly(path: str) -> FileIO:
        opened.append(FileIO(path))
        begun.set()
        gone.wait(HANG_SECONDS)
        return opened[-1]

    monkeypatch.setattr(local_stream, "FileIO", open_slowly)
    large = b"x" * (local_stream.SMALL_BYTES + 1)
    (root / "art/large.png").write_bytes(large)
    streamed = local_vault(root).stream([Slice(key="art/large.png", positions=range(len(large)), size=len(large))])
    reading = asyncio.ensure_future(anext(streamed))
    await asyncio.to_thread(begun.wait, HANG_SECONDS)
    reading.cancel()
    await asyncio.sleep(0)
    gone.set()
    await asyncio.wait([reading])
    assert [file.closed for file in opened] == [True]
