"""``pmd mirror``: a folder that follows, whatever happens on the way."""

import asyncio
import hashlib
import json
import random
import resource
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pmd_cli.mirror.disk import Disk
from pmd_cli.mirror.state import FOLDER, State
from pmd_cli.names import MAX_BYTES, safe_folder, safe_name

from pmd_service.events.changes import Place

from .. import forked
from ..ctrl_c import heeded_ctrl_c
from ..site import BORN, Api, Site
from ..uploads.pictures import picture
from .conftest import Pmd, make_key
from .push.test_push import Cutter

ACTION = "/api/pmd/assets/action"


def tree(folder: Path) -> dict[str, bytes]:
    """What is in the folder, and not about it."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".pmd-mirror" not in file.parts
    }


def digest(folder: Path) -> str:
    return hashlib.sha256(repr(tree(folder)).encode()).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


async def fill(site: Site, artist: int, *, size: int = 1000) -> tuple[list[int], list[int]]:
    """Files of the library in two folders, and posts."""
    assets = []
    for number in range(8):
        path, data = f"{'ab'[number % 2]}/{number}.png", random.randbytes(size + number)
        assets.append(await site.add_asset(artist, data, name=f"{number}.png", original_path=path))
    posts = [await site.add_post(artist, picture(each), title=f"Artwork {each}", created_at=BORN) for each in range(4)]
    return assets, posts


async def test_mirror_fetches_everything_once_then_only_changes(
    pmd: Pmd, site: Site, api: Api, artist: int, folder: Path
) -> None:
    assets, posts = await fill(site, artist)
    dry = await pmd.well("mirror", str(folder), "--dry-run")
    assert (dry.out.count("added"), folder.exists()) == (12, False)
    first = await pmd.well("mirror", str(folder))
    assert first.out == f"12 new; 12 things in {folder}.\n"
    found = tree(folder)
    assert found[f"posts/2026/{posts[0]} Artwork 0.png"] == picture(0)
    assert json.loads(found["library/a/0.png.json"])["id"] == assets[0]
    assert hashlib.sha256(found["library/a/0.png"]).hexdigest() == json.loads(found["library/a/0.png.json"])["sha256"]
    assert len(found) == 24
    assert (await pmd.well("mirror", str(folder), "--json")).lines == [{"summary": {}, "files": 12}]

    await api.post("/api/pmd/action", {"action": "hide", "post_ids": posts[:1]}, user=artist)
    await api.post("/api/pmd/edit", {"post_ids": posts[1:2], "set": {"title": "New name"}}, user=artist)
    await api.post("/api/pmd/action", {"action": "delete", "post_ids": posts[2:3]}, user=artist)
    await api.post(ACTION, {"action": "trash", "asset_ids": assets[:1]}, user=artist)
    await site.add_asset(artist, b"new bytes", name="new.png")
    (folder / "library/a/2.png").unlink()
    (folder / "mine.txt").write_text("not of the library")
    second = await pmd.well("mirror", str(folder), "--json")
    *lines, summary = second.lines
    assert summary["summary"] == {"added": 1, "changed": 2, "moved": 1, "removed": 2}
    assert {(line["action"], line["path"]) for line in lines} == {
        ("removed", "library/a/0.png"),
        ("removed", f"posts/2026/{posts[2]} Artwork 2.png"),
        ("changed", "library/a/2.png"),
        ("changed", f"posts/2026/{posts[0]} Artwork 0.png"),
        ("moved", f"posts/2026/{posts[1]} New name.png"),
        ("added", "library/new.png"),
    }
    assert json.loads((folder / f"posts/2026/{posts[0]} Artwork 0.png.json").read_bytes())["hidden_by_user"] is True
    assert (folder / f"posts/2026/{posts[1]} New name.png").read_bytes() == picture(1)
    assert not (folder / f"posts/2026/{posts[1]} Artwork 1.png").exists()
    (bin_,) = (folder / ".pmd-mirror/bin").iterdir()
    assert (bin_ / "library/a/0.png").read_bytes() == found["library/a/0.png"]
    assert (folder / "mine.txt").exists()

    await api.post(ACTION, {"action": "restore", "asset_ids": assets[:1]}, user=artist)
    await api.post(ACTION, {"action": "trash", "asset_ids": assets[1:2]}, user=artist)
    third = await pmd.well("mirror", str(folder), "--delete")
    assert third.out.startswith("1 new, 1 removed;")
    assert (folder / "library/a/0.png").read_bytes() == found["library/a/0.png"]
    assert not (bin_ / "library/b/1.png").exists()


async def test_what_is_left_of_a_file_that_is_gone_is_removed(pmd: Pmd, site: Site, artist: int, folder: Path) -> None:
    await fill(site, artist)
    await pmd.well("mirror", str(folder))
    left = folder / ".pmd-mirror/parts/asset-999"
    left.write_bytes(b"half of it")
    await pmd.well("mirror", str(folder))
    assert not left.exists()


async def killed(pmd: Pmd, folder: Path, seconds: float) -> int | None:
    """Run it, and end it by SIGKILL after so long; the exit code."""
    process = forked.start("pmd_cli", "mirror", str(folder), environ=pmd.environ, log=folder.with_name("killed.log"))
    await asyncio.to_thread(process.join, seconds)
    process.kill()
    await asyncio.to_thread(process.join)
    return process.exitcode


async def test_mirror_killed_at_any_moment_ends_with_the_same_tree(
    pmd: Pmd, site: Site, artist: int, tmp_path: Path
) -> None:
    await fill(site, artist, size=1_500_000)
    await pmd.well("mirror", str(tmp_path / "whole"))
    whole, parts, kills = tree(tmp_path / "whole"), tmp_path / "parts", 0
    # From before the first byte until after the last one, however slow the machine is.
    seconds = 0.05
    while (code := await killed(pmd, parts, seconds)) == -signal.SIGKILL:
        kills, seconds = kills + 1, seconds * random.uniform(1.1, 1.4)
        for path, data in tree(parts).items():
            assert data == whole[path], f"{path} has a name, and is not whole"
    assert code == 0
    assert kills >= 3
    assert (await pmd.well("mirror", str(parts))).out.startswith("Nothing has changed")
    assert tree(parts) == whole


async def test_mirror_goes_on_after_its_connection_was_cut(pmd: Pmd, site: Site, artist: int, folder: Path) -> None:
    data = random.randbytes(3_000_000)
    await site.add_asset(artist, data, name="large.png")

    class Back(Cutter):
        """Cuts answers, in the middle of the file."""

        async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int | None) -> None:
            await super()._pump(reader, writer, 700_000 if limit is None else None)

    cutter = Back(pmd.url, every=700_000, times=3)
    async with await cutter.start() as proxy:
        url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        ran = await pmd("mirror", str(folder), env={"PMD_URL": url})
    assert (ran.code, cutter.left) == (0, 0), ran
    assert (folder / "library/large.png").read_bytes() == data


async def test_mirror_on_a_full_disk_is_a_sentence_and_goes_on_later(
    pmd: Pmd, site: Site, artist: int, folder: Path
) -> None:
    await site.add_asset(artist, b"small", name="small.png")
    for size in (400_000, 2_000_000):
        await site.add_asset(artist, random.randbytes(size), name=f"{size}.png")

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pmd_cli", "mirror", str(folder)),
        env=pmd.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=little_room,
    )
    _, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (
        4,
        f"The disk of {folder} is full. Make room and run it again: it goes on where it stopped.\n",
    )
    assert all("00000" not in path for path in tree(folder))
    await pmd.well("mirror", str(folder))
    assert sorted(path for path in tree(folder) if path.endswith(".png")) == [
        "library/2000000.png",
        "library/400000.png",
        "library/small.png",
    ]


async def test_two_mirrors_in_one_folder_do_not_work_at_once(pmd: Pmd, site: Site, artist: int, folder: Path) -> None:
    await site.add_post(artist)
    with State(folder):
        second = await pmd("mirror", str(folder))
    assert (second.code, second.err) == (1, f"Another “pmd mirror” works in {folder} at the moment.\n")
    await pmd.well("mirror", str(folder))


async def test_mirror_of_another_user_or_with_their_cursor_is_refused(
    pmd: Pmd, site: Site, api: Api, artist: int, folder: Path
) -> None:
    await site.add_post(artist)
    await pmd.well("mirror", str(folder))
    before, other = digest(folder), await site.add_user("other")
    refused = await pmd("mirror", str(folder), env={"PMD_KEY": api.token(other)})
    assert (refused.code, refused.err) == (
        1,
        f"{folder} mirrors artist at {pmd.url}; you are other at {pmd.url}. Use another folder.\n",
    )
    with sqlite3.connect(folder / ".pmd-mirror/state.sqlite") as state:
        theirs = (await api.get("/api/pmd/changes", user=other)).json["next_cursor"]
        state.execute("UPDATE meta SET value = ? WHERE name = 'cursor'", (theirs,))
    state.close()
    refused = await pmd("mirror", str(folder))
    assert (refused.code, refused.err.splitlines()[0]) == (
        1,
        "This cursor is not from this list, or is another user's.",
    )
    assert digest(folder) == before


async def test_mirror_lists_everything_when_its_cursor_is_too_old(
    pmd: Pmd, site: Site, api: Api, artist: int, folder: Path
) -> None:
    posts = await site.add_posts(artist, 3)
    await pmd.well("mirror", str(folder))
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", posts[0])
    place = Place("another database", "1:1:", datetime(2026, 1, 1, tzinfo=UTC))
    old = api.sealed("/api/pmd/changes", artist, place)
    with sqlite3.connect(folder / ".pmd-mirror/state.sqlite") as state:
        state.execute("UPDATE meta SET value = ? WHERE name = 'cursor'", (old,))
    state.close()
    assert (await pmd.well("mirror", str(folder))).out.startswith("1 removed;")


async def test_mirror_recognizes_files_although_its_state_is_lost(
    pmd: Pmd, site: Site, artist: int, folder: Path
) -> None:
    await fill(site, artist)
    await pmd.well("mirror", str(folder))
    before = tree(folder)
    (folder / ".pmd-mirror/state.sqlite").write_bytes(b"nonsense" * 1000)
    damaged = await pmd("mirror", str(folder))
    assert (damaged.code, "is damaged" in damaged.err) == (1, True)
    (folder / ".pmd-mirror/state.sqlite").unlink()
    await pmd.well("mirror", str(folder))
    assert tree(folder) == before
    (folder / ".pmd-mirror/state.sqlite").unlink()
    whole = before["library/a/0.png"]
    (folder / "library/a/0.png").write_bytes(bytes(len(whole)))
    await pmd.well("mirror", str(folder))
    assert whole in tree(folder).values(), "not recognized by its size alone"


async def test_mirror_keeps_apart_what_a_disk_may_not(pmd: Pmd, site: Site, artist: int, folder: Path) -> None:
    names = ["A.png", "a.png", "con.png", "..", "x:y?.png", "a.png.json", ".hidden"]
    ids = [await site.add_asset(artist, f"bytes of {name}".encode(), name=name) for name in names]
    (folder / "library").mkdir(parents=True)
    (folder / "library" / "x_y_.png").write_text("mine")
    await pmd.well("mirror", str(folder))
    files = {file.read_bytes().decode() for file in (folder / "library").iterdir() if "bytes of" in file.read_text()}
    assert files == {f"bytes of {name}" for name in names}
    assert (folder / "library" / "x_y_.png").read_text() == "mine"
    assert (folder / "library" / f"x_y_~{ids[4]}.png").exists()
    assert len({file.name.casefold() for file in (folder / "library").iterdir()}) == 2 * len(names) + 1


def test_names_are_safe_on_every_file_system() -> None:
    for name, safe in {
        "..": "_",
        ".": "_",
        "": "_",
        ".bashrc": "_bashrc",
        "a/b\\c": "a_b_c",
        "CON": "_CON",
        "com1.txt": "_com1.txt",
        "console.png": "console.png",
        "trailing. ": "trailing",
        "tab\t.png": "tab_.png",
        "cafe\u0301.png": "caf\u00e9.png",
    }.items():
        assert safe_name(name) == safe, name
    long = safe_name("ä" * 300 + ".png")
    assert (len(long.encode()) <= MAX_BYTES, long.endswith("ä.png")) == (True, True)
    assert safe_name("a.png", suffix="~4") == "a~4.png"
    assert safe_name("README", suffix="~4") == "README~4", "no extension to put it before"
    assert safe_folder("../../etc//passwd") == "_/_/etc/passwd"


def test_what_is_gone_is_done_first_so_that_its_name_is_free(tmp_path: Path) -> None:
    with State(tmp_path, is_trial=True) as state:
        state.must("asset", 1, b"{}")
        state.must("asset", 2, b"")
        assert state.todo() == [("asset", 2), ("asset", 1)]


def test_bin_keeps_both_of_two_files_of_one_name(tmp_path: Path) -> None:
    disk = Disk(tmp_path, bin_name="today")
    for data in (b"first", b"second"):
        (tmp_path / "a.png").write_bytes(data)
        disk.remove("a.png")
    kept = (tmp_path / FOLDER / "bin" / "today").iterdir()
    assert sorted(path.read_bytes() for path in kept) == [b"first", b"second"]


async def test_mirror_follows_changes_as_they_happen(pmd: Pmd, site: Site, artist: int, folder: Path) -> None:
    await site.add_post(artist, title="First")
    with heeded_ctrl_c():
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pmd_cli", "mirror", str(folder), "--follow", "--json"),
            env=pmd.environ,
            stdout=subprocess.PIPE,
        )
    assert process.stdout is not None
    lines: list[Any] = [json.loads(await process.stdout.readline()) for _ in range(2)]
    post = await site.add_post(artist, title="Second")
    while not str(lines[-1].get("path")).endswith(f"{post} Second.png"):
        lines.append(json.loads(await process.stdout.readline()))
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 130


async def test_mirror_works_with_an_access_key_that_may_only_read(
    pmd: Pmd, site: Site, api: Api, artist: int, folder: Path
) -> None:
    await fill(site, artist)
    _, secret = await make_key(api, artist)
    ran = await pmd("mirror", str(folder), "--only", "library", env={"PMD_KEY": secret})
    assert (ran.code, ran.out[:6]) == (0, "8 new;"), ran
    ran = await pmd("mirror", str(folder), env={"PMD_KEY": secret})
    assert (ran.code, ran.out[:6]) == (0, "4 new;"), ran
