"""The watched folder: a settled file is sent once; deleting it deletes nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pmd_cli.push import watch as watch_module
from pmd_cli.push.terminal import Terminal
from pmd_cli.push.watch import STILL_SECONDS, TICK_SECONDS, Folder, watch
from pmd_sdk import AsyncClient

from pmd_service.base.database import Pool

from ...hang import HANG_SECONDS
from ...uploads.conftest import add_known
from ...uploads.pictures import picture
from .conftest import DEFAULTS


def names(folder: Folder, now: float) -> list[str]:
    return [found.path for found in folder.settled(now)]


def test_watch_checks_a_file_when_it_has_settled(folder: Path) -> None:
    watched = Folder([folder])
    (folder / "a.png").write_bytes(b"whole")
    (folder / "empty.png").write_bytes(b"")
    assert watched.next_check(0.0) == TICK_SECONDS
    watched.changed(folder / "a.png", 0.0)
    watched.changed(folder / "empty.png", 0.0)
    assert watched.next_check(STILL_SECONDS - 0.05) == pytest.approx(0.05)
    sent = watched.settled(STILL_SECONDS)
    assert [found.path for found in sent] == ["dragons/a.png"]
    assert watched.next_check(STILL_SECONDS) == TICK_SECONDS, "what stays empty is not checked without end"
    for is_sent in (True, False):
        if not is_sent:
            watched.again(sent)
        watched.scan(3 * STILL_SECONDS)
        assert names(watched, 4 * STILL_SECONDS) == ([] if is_sent else ["dragons/a.png"])


def test_watch_uploads_a_settled_file_once(folder: Path) -> None:
    watched = Folder([folder])
    file = folder / "a.png"
    file.write_bytes(b"half")
    watched.changed(file, 0.0)
    assert names(watched, STILL_SECONDS - 0.1) == []
    file.write_bytes(b"whole now")
    assert names(watched, STILL_SECONDS) == []
    assert names(watched, STILL_SECONDS * 2 - 0.1) == []
    assert names(watched, STILL_SECONDS * 2) == ["dragons/a.png"]
    watched.scan(10.0)
    watched.changed(file, 10.0)
    assert names(watched, 20.0) == []
    file.write_bytes(b"changed in place")
    watched.changed(file, 20.0)
    assert names(watched, 30.0) == ["dragons/a.png"]


def test_watch_skips_unfinished_hidden_deleted_and_empty_files(folder: Path) -> None:
    watched = Folder([folder])
    for name in ("a.png.part", "b.tmp", ".c.png", "desktop.ini", "empty.png", "deleted.png"):
        (folder / name).write_bytes(b"" if name == "empty.png" else b"x")
        watched.changed(folder / name, 0.0)
    (folder / "deleted.png").unlink()
    assert names(watched, 10.0) == []
    (folder / "a.png.part").rename(folder / "a.png")
    watched.changed(folder / "a.png", 10.0)
    assert names(watched, 20.0) == ["dragons/a.png"]


def test_watch_sends_nothing_of_a_mirror(folder: Path) -> None:
    state = Folder([folder])
    (folder / "mirror/.pmd-mirror").mkdir(parents=True)
    for file in (folder / "mirror/a.png", folder / "b.png"):
        file.write_bytes(b"x")
        state.changed(file, 0.0)
    assert [found.path for found in state.settled(STILL_SECONDS)] == ["dragons/b.png"]


def test_watch_finds_files_of_new_folders_at_any_depth(folder: Path, tmp_path: Path) -> None:
    watched = Folder([folder])
    deep = tmp_path / "elsewhere" / "b" / "c"
    deep.mkdir(parents=True)
    (deep / "d.png").write_bytes(b"x")
    (tmp_path / "elsewhere").rename(folder / "moved")
    watched.changed(folder / "moved", 0.0)
    assert names(watched, 10.0) == ["dragons/moved/b/c/d.png"]


@pytest.fixture
async def watching(pushing: AsyncClient, folder: Path, terminal: Terminal) -> AsyncIterator[None]:
    task = asyncio.create_task(watch(pushing, [folder], defaults=DEFAULTS, terminal=terminal))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_watch_does_not_upload_a_deleted_file_again(watching: None, folder: Path, pool: Pool) -> None:
    async def count() -> int:
        counted: int = await pool.fetchval("SELECT count(*) FROM asset")
        return counted

    async def reached(number: int) -> None:
        async with asyncio.timeout(HANG_SECONDS):
            while await count() < number:
                await asyncio.sleep(0.05)

    (folder / "a.png").write_bytes(picture(1))
    (folder / "new").mkdir()
    (folder / "new" / "b.png").write_bytes(picture(2))
    await reached(2)
    (folder / "a.png").rename(folder / "renamed.png")
    (folder / "new" / "b.png").unlink()
    (folder / "c.png").write_bytes(picture(3))
    await reached(3)
    assert await count() == 3
    assert await pool.fetchval("SELECT count(*) FROM asset WHERE deleted_at IS NULL") == 3
    await pool.execute("UPDATE asset SET deleted_at = now() WHERE name = 'c.png'")
    (folder / "copy of c.png").write_bytes(picture(3))
    (folder / "d.png").write_bytes(picture(4))
    await reached(4)
    assert await pool.fetchval("SELECT deleted_at IS NOT NULL FROM asset WHERE name = 'c.png'")


async def test_watch_reports_the_outcome_of_each_file(
    pushing: AsyncClient,
    folder: Path,
    pool: Pool,
    artist: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch_module, "RESCAN_SECONDS", 3600)  # what is there already does not wait for it
    (folder / "a.png").write_bytes(picture(1))
    (folder / "known.png").write_bytes(picture(2))
    (folder / "thrown.png").write_bytes(picture(3))
    (folder / "bad.png").write_bytes(b"no picture")
    (folder / "setup.exe").write_bytes(b"MZ")
    await add_known(pool, artist, picture(2))
    await add_known(pool, artist, picture(3), trashed=True)
    task = asyncio.create_task(watch(pushing, [folder], defaults=DEFAULTS, terminal=Terminal()))
    output = ""
    async with asyncio.timeout(HANG_SECONDS):
        while output.count("dragons/") < 5:
            await asyncio.sleep(0.05)
            output += capsys.readouterr().err
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert "dragons/a.png: new" in output
    assert "dragons/known.png: already in your library" in output
    assert "dragons/thrown.png: in your library's trash, and not sent again" in output
    assert "dragons/setup.exe: This is a program or a script" in output
    assert "dragons/bad.png: Its name ends in" in output
