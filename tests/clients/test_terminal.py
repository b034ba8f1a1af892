"""What ``pmd`` shows on a terminal while it works."""

import asyncio
import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import msgspec
import pytest

from ..site import Site
from ..uploads.pictures import picture
from .conftest import Pmd

# What a bar moves the cursor and sets colours by.
CONTROL = "\x1b["


def _received(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            yield os.read(terminal, 1 << 16)
        except OSError:  # its other end is closed
            return


async def on_a_terminal(pmd: Pmd, *arguments: str) -> tuple[int | None, str, str]:
    """The exit code, the output, which goes elsewhere, and what the terminal shows."""
    terminal, ours = pty.openpty()
    shown = asyncio.create_task(asyncio.to_thread(lambda: b"".join(_received(terminal))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pmd_cli", *arguments), env=pmd.environ | {"TERM": "xterm"}, stdout=PIPE, stderr=ours
    )
    os.close(ours)
    ended = asyncio.create_task(process.communicate())
    while not ended.done():
        await pmd.work_off()
        await asyncio.wait({ended}, timeout=0.1)
    out, _ = ended.result()
    screen = (await shown).decode()
    os.close(terminal)
    return process.returncode, out.decode(), screen


@pytest.mark.parametrize("as_json", [False, True])
async def test_terminal_has_progress_unless_json_is_wanted(
    pmd: Pmd, site: Site, artist: int, tmp_path: Path, as_json: bool
) -> None:
    """Where both go to the same terminal, JSON Lines between its movements could not be read."""
    asset = str(await site.add_asset(artist, picture(1), name="1.png", approved=True))
    (tmp_path / "2.png").write_bytes(picture(2))
    commands = {
        "Downloading": ["get", asset, "-o", str(tmp_path / "got")],
        "Sending": ["push", str(tmp_path / "2.png")],
        "Making": ["takeout", "-o", str(tmp_path / "all.zip")],
        "Building": ["pack", "build", "Seaside", asset, "--license", "royalty_free"],
    }
    for title, command in commands.items():
        code, out, screen = await on_a_terminal(pmd, *command, *(["--json"] if as_json else []))
        assert code == 0, screen
        assert (title in screen, CONTROL in screen) == (not as_json, not as_json), (title, screen)
        if as_json:
            assert [msgspec.json.decode(line) for line in out.splitlines()], out
