"""``pmd push``: everything in a folder comes in once, whatever happens on the way, and the report adds up."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from pmd_cli.exit_codes import PARTLY_FAILED
from pmd_cli.push import push
from pmd_cli.push.command import run_push
from pmd_cli.push.files import find_files
from pmd_cli.push.push import push_files
from pmd_cli.push.terminal import Terminal
from pmd_cli.session import Login
from pmd_sdk import AsyncClient, PmdError, aio, files
from pmd_sdk.models import Defaults

from pmd_service.base.database import Pool

from ...ctrl_c import heeded_ctrl_c
from ...forked import pmd_client as pmd
from ...hang import HANG_SECONDS
from ...site import Api as SiteApi
from ...uploads.conftest import add_known
from ...uploads.pictures import picture
from .conftest import DEFAULTS


def test_push_skips_hidden_and_unfinished_files(folder: Path) -> None:
    for name in (
        "b.png",
        "a/c.GIF",
        "a/level.tmx",
        "a.part",
        "x.png.crdownload",
        ".hidden.png",
        ".git/d.png",
        "e.tmp",
        "Thumbs.db",
        "~$a.doc",
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"x")
    (folder / "loop").symlink_to(folder)
    assert [found.path for found in find_files([folder])] == [
        "dragons/b.png",
        "dragons/a/c.GIF",
        "dragons/a/level.tmx",
    ]
    assert [found.path for found in find_files([folder / "b.png"])] == ["b.png"]


def test_push_sends_nothing_of_a_mirror(folder: Path) -> None:
    """What came from the library went back with its descriptions, each of which had one at the next mirror."""
    for file in ("a.png", "mirror/library/b.png", "mirror/library/b.png.json", "mirror/.pmd-mirror/state.sqlite"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"x")
    left_out: list[str] = []
    assert [found.path for found in find_files([folder], left_out=left_out)] == ["dragons/a.png"]
    assert left_out == ["dragons/mirror"]
    for path in (folder / "mirror", folder / "mirror/library", folder / "mirror/library/b.png"):
        refused = pmd("push", str(path), "--to", "http://127.0.0.1:1", "--token", "x", env={})
        assert (
            refused.returncode,
            refused.stderr.endswith("is a mirror of the library: nothing in it is sent.\n"),
        ) == (
            1,
            True,
        ), refused


def test_push_reports_unreadable_paths(folder: Path) -> None:
    (folder / "a.png").write_bytes(b"x")
    (folder / "lost.png").symlink_to(folder / "nothing")
    closed = folder / "closed"
    closed.mkdir()
    unreadable: list[str] = []
    walk, refused = os.walk, PermissionError(13, "denied", str(closed))

    def denied(root: Path, onerror: Callable[[OSError], None]) -> Iterator[tuple[str, list[str], list[str]]]:
        for each in walk(root):
            if each[0] == str(closed):
                onerror(refused)
            else:
                yield each

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "walk", denied)  # root reads everything
        assert [found.path for found in find_files([folder], unreadable)] == ["dragons/a.png"]
    assert sorted(unreadable) == sorted([str(closed), "dragons/lost.png"])


async def test_push_reports_a_licence_file_and_does_not_apply_it(
    server: TestServer,
    api: SiteApi,
    artist: int,
    folder: Path,
    pool: Pool,
    probing: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "LICENSE").write_text("SPDX-License-Identifier: CC-BY-SA-4.0")
    (folder / "License.txt").write_text("https://creativecommons.org/licenses/by/4.0/")
    login = Login(str(server.make_url("/")), api.token(artist))
    assert await run_push([folder], login, defaults=Defaults()) == 0
    assert "dragons/License.txt is" in (output := capsys.readouterr().err)
    assert "--license-id 2" in output
    assert await pool.fetchval("SELECT count(*) FROM asset WHERE license_id IS NULL AND type = 'other'") == 2


async def test_push_uploads_a_folder_and_its_report_adds_up(
    pushing: AsyncClient, folder: Path, terminal: Terminal, pool: Pool, artist: int
) -> None:
    for number in range(12):
        (folder / f"{number:02}.png").write_bytes(picture(number))
    (folder / "twin.png").write_bytes(picture(0))
    (folder / "bad.png").write_bytes(b"no picture")
    (folder / "large.png").write_bytes(picture(50) + b"\0" * 3_000_000)
    await add_known(pool, artist, picture(1))
    await add_known(pool, artist, picture(2), trashed=True)
    found = list(find_files([folder]))
    result = await push_files(pushing, found, name="dragons", defaults=DEFAULTS, terminal=terminal)
    assert result.outcomes == {"added": 11, "already_there": 2, "restored": 1, "failed": 1}
    assert [line.path for line in result.failed] == ["dragons/bad.png"]
    again = await push_files(pushing, found, name="dragons", defaults=DEFAULTS, terminal=terminal)
    assert again.outcomes == {"already_there": 14, "failed": 1}
    assert await pool.fetchval("SELECT count(*) FROM asset WHERE theme = 'dragons'") == 11


async def test_interrupted_push_resumes_its_open_upload(
    pushing: AsyncClient, folder: Path, terminal: Terminal, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        (folder / f"{number}.png").write_bytes(picture(number) + b"\0" * 500_000)
    found = list(find_files([folder]))
    read = files.read_at
    monkeypatch.setattr(push, "PARALLEL", 1)
    cut = PmdError("cut", status=400, code="cut")
    monkeypatch.setattr(aio, "read_at", lambda *_: (_ for _ in ()).throw(cut))
    with pytest.raises(PmdError, match="cut"):
        await push_files(pushing, found, name=None, defaults=DEFAULTS, terminal=terminal)
    monkeypatch.setattr(aio, "read_at", read)
    result = await push_files(pushing, found, name=None, defaults=DEFAULTS, terminal=terminal)
    assert result.outcomes == {"added": 4}
    assert await pool.fetchval("SELECT count(*) FROM batch_reports") == 1


class Cutter:
    """A proxy that cuts a connection after so many bytes, so many times."""

    def __init__(self, target: str, *, every: int, times: int) -> None:
        self._target, self._every, self.left = target, every, times

    async def start(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self._target.removeprefix("http://").rstrip("/").partition(":")
        there, back = await asyncio.open_connection(host, int(port))
        up = asyncio.create_task(self._pump(reader, back, self._every))
        down = asyncio.create_task(self._pump(there, writer, None))
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        for task in (up, down):
            task.cancel()
        await asyncio.gather(up, down, return_exceptions=True)
        back.close()
        writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int | None) -> None:
        passed = 0
        while data := await reader.read(1 << 16):
            passed += len(data)
            if limit is not None and passed > limit and self.left:
                self.left -= 1
                return
            writer.write(data)
            await writer.drain()


async def test_push_survives_repeated_connection_loss(
    pushing: AsyncClient, server: TestServer, api: SiteApi, artist: int, folder: Path, terminal: Terminal, pool: Pool
) -> None:
    data = picture(1) + b"\0" * 4_000_000
    (folder / "large.png").write_bytes(data)
    cutter = Cutter(str(server.make_url("/")), every=900_000, times=4)
    proxy = await cutter.start()
    url = f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    async with AsyncClient(url, api.token(artist), retry_seconds=60) as client:
        result = await push_files(client, list(find_files([folder])), name=None, defaults=DEFAULTS, terminal=terminal)
    proxy.close()
    assert (cutter.left, result.outcomes) == (0, {"added": 1})
    assert await pool.fetchval("SELECT size_bytes FROM asset") == len(data)


async def test_push_uses_a_renewed_token(
    server: TestServer, api: SiteApi, artist: int, tmp_path: Path, probing: None
) -> None:
    file = tmp_path / "token"
    file.write_text("expired")
    output: list[str] = []

    def renew(text: str) -> None:
        output.append(text)
        file.write_text(api.token(artist) + "\n")

    def read() -> str:
        return file.read_text().strip()

    async with AsyncClient(str(server.make_url("/")), read, retry_seconds=30, on_retry=renew) as client:
        assert (await client.get_uploads()).items == []
    assert "Sign in first" in output[0]


async def test_push_reports_an_unreachable_service(api: SiteApi) -> None:
    async with AsyncClient("http://127.0.0.1:1", "t", retry_seconds=0) as client:
        with pytest.raises(PmdError, match="cannot be reached"):
            await client.get_uploads()


async def test_push_timeout_restarts_with_progress() -> None:
    reached = 0

    async def go_on() -> int:
        nonlocal reached
        if reached < 6:
            reached += 1
            raise PmdError("cut", status=None, code="unreachable")
        return reached

    async def stand_still() -> int:
        raise PmdError("It cannot be reached.", status=None, code="unreachable")

    async with AsyncClient("http://127.0.0.1:1", "t", retry_seconds=0.5) as client:
        assert await client.retrying(go_on, reached=lambda: reached) == 6
        with pytest.raises(PmdError, match="cannot be reached"):
            await client.retrying(stand_still, reached=lambda: 0)


async def test_push_reports_vanished_files_and_uploads_the_rest(
    pushing: AsyncClient, folder: Path, terminal: Terminal
) -> None:
    (folder / "a.png").write_bytes(picture(1))
    (folder / "b.png").write_bytes(picture(2))
    found = list(find_files([folder]))
    (folder / "b.png").unlink()
    result = await push_files(pushing, found, name=None, defaults=DEFAULTS, terminal=terminal)
    assert (result.outcomes, result.unreadable, result.is_well) == ({"added": 1}, ["dragons/b.png"], False)


async def test_push_exit_code_shows_whether_all_files_were_added(
    pushing: AsyncClient, server: TestServer, api: SiteApi, artist: int, folder: Path
) -> None:
    (folder / "a.png").write_bytes(picture(1))
    (folder / "bad.png").write_bytes(b"no picture")

    async def push(*more: str) -> tuple[int | None, str]:
        env = {**os.environ, "PMD_TOKEN": api.token(artist)}
        to = str(server.make_url("/"))
        ended = await asyncio.to_thread(pmd, "push", str(folder), "--to", to, *more, env=env)
        return ended.returncode, ended.stdout

    code, output = await push("--theme", "dragons")
    assert code == PARTLY_FAILED
    assert output.splitlines()[0].startswith("dragons/bad.png: ")
    assert output.splitlines()[-1] == "1 new · 1 refused"
    (folder / "bad.png").unlink()
    assert await push() == (0, "1 already in your library\n")


async def test_push_ctrl_c_explains_how_to_resume(folder: Path) -> None:
    (folder / "a.png").write_bytes(picture(1))
    called = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(never_answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with heeded_ctrl_c():
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "pmd_cli", "push", str(folder), "--to", url, "--token", "t"),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        async with asyncio.timeout(HANG_SECONDS):
            await called.wait()
            process.send_signal(signal.SIGINT)
            output, errors = await process.communicate()
    assert (process.returncode, output) == (130, b"")
    assert errors.decode().splitlines()[1:] == ["Interrupted. Run it again to continue."]


async def test_push_refusal_while_sending_is_one_message(
    pushing: AsyncClient, folder: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        (folder / f"{number}.png").write_bytes(picture(number))
    opened = pushing.opened

    def refuse(method: str, path: str, **options: Any) -> Any:
        if method == "PATCH":
            raise PmdError("There is no room.", status=403, code="forbidden")
        return opened(method, path, **options)

    monkeypatch.setattr(pushing, "opened", refuse)
    with pytest.raises(PmdError, match="There is no room"):
        await push_files(pushing, list(find_files([folder])), name=None, defaults=DEFAULTS, terminal=terminal)


async def test_push_accepts_any_file_name(pushing: AsyncClient, folder: Path, terminal: Terminal) -> None:
    """A Mac's two-part letters, one name in both forms, invisible characters, and bytes that are no text."""
    names = ["cafe\u0301.png", "caf\u00e9.png", "tab\there.png", "\u202egnp.png", "back\\slash.png", "\udcff.png"]
    for number, name in enumerate(names):
        (folder / name).write_bytes(picture(number) + b"\0" * number)
    found = list(find_files([folder]))
    result = await push_files(pushing, found, name=None, defaults=DEFAULTS, terminal=terminal)
    assert (result.outcomes, len(result.ended)) == ({"added": len(names)}, len(names))
