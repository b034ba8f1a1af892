"""Scratch of killed processes is removed by the next sweep, and none of live ones."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pmd_service.base.settings import Settings
from pmd_service.vault import local_vault, opened_vault, scratch
from pmd_service.vault.scratch import DEAD_SECONDS, Scratch

_USER = """
import asyncio, sys, time
from pathlib import Path
from pmd_service.vault.scratch import Scratch

async def use():
    async with Scratch(Path(sys.argv[1])).new() as folder:
        (folder / "spool").write_bytes(b"x")
        print(folder, flush=True)
        time.sleep(3600)

asyncio.run(use())
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database_url="", redis_url="", vault_path=tmp_path, base_url="https://makapix.club", jwt_secret_key="secret"
    )


@pytest.fixture
def place(settings: Settings) -> Path:
    return settings.vault_path / ".pmd-scratch"


@asynccontextmanager
async def used_by_another_process(place: Path) -> AsyncIterator[tuple[Path, "subprocess.Popen[str]"]]:
    with subprocess.Popen(  # noqa: ASYNC220 - it prints its line at once
        [sys.executable, "-c", _USER, str(place)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield Path(process.stdout.readline().strip()), process
        finally:
            process.kill()


def age(folder: Path) -> None:
    then = folder.stat().st_mtime - 2 * DEAD_SECONDS
    os.utime(folder, (then, then))


async def test_scratch_stays_while_its_process_lives_and_not_after(settings: Settings, place: Path) -> None:
    async with used_by_another_process(place) as (theirs, process), Scratch(place).new() as ours:
        for folder in (theirs, ours):
            age(folder)
        await local_vault(settings.vault_path).tidy()
        assert (theirs / "spool").exists()
        assert ours.exists()
        process.kill()
        process.wait()
        async with opened_vault(settings):
            assert not theirs.exists(), "a worker that begins does not wait for the daily look"
            assert ours.exists()
    assert list(place.iterdir()) == []


async def test_scratch_of_other_hosts_stays_for_a_day(settings: Settings, place: Path) -> None:
    for name in ("of-another-kernel", "of-another-kernel-long-ago"):
        (place / name).mkdir(parents=True)
    age(place / "of-another-kernel-long-ago")
    await local_vault(settings.vault_path).tidy()
    assert [folder.name for folder in place.iterdir()] == ["of-another-kernel"]


async def test_scratch_removed_before_it_is_locked_is_created_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = tempfile.mkdtemp

    def mkdtemp(**options: Any) -> str:
        made.append(make(**options))
        if len(made) == 1:
            Scratch(place).tidy()
        return made[-1]

    monkeypatch.setattr("tempfile.mkdtemp", mkdtemp)
    async with Scratch(place).new() as folder:
        assert folder.exists()


async def test_scratch_removed_between_open_and_lock_is_created_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    open_it = scratch._opened

    def open_and_lose_the_first(folder: Path) -> scratch._Locked:
        room = open_it(folder)
        opened.append(folder)
        if len(opened) == 1:
            folder.rmdir()
        return room

    monkeypatch.setattr(scratch, "_opened", open_and_lose_the_first)
    async with Scratch(place).new() as folder:
        assert folder.exists()
        assert folder == opened[1]
