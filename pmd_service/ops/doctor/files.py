"""The vault's disk, and the temporary folder.

In a thread: file systems that may hang.
"""

import asyncio
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ...base.settings import Settings
from ...vault import opened_vault
from ...vault.local import DURABLE, SCRATCH
from .finding import CheckFailedError

# File systems whose files are gone after a restart, or are none: with these, a disk has not been mounted.
NO_DISKS = frozenset({"cgroup", "cgroup2", "debugfs", "devpts", "devtmpfs", "proc", "ramfs", "sysfs", "tmpfs"})
# A container's own layer.
OVERLAY = "overlay"
FEWEST_FILES = 10_000
# What a build with remote artworks may need (docs/scaling.md).
TEMPORARY_BYTES = 512 << 20
MOUNTS = Path("/proc/self/mountinfo")


async def check_vault(settings: Settings) -> str:
    kind = None
    if settings.vault_url is None:
        kind = await asyncio.to_thread(_require_disk, settings.vault_path)
    async with opened_vault(settings) as vault:
        described = await vault.describe(settings.bdr_max_bytes)
        # Upkeep and “pmd-admin vault check” also need listings; on an object store, of open multipart uploads as well.
        await anext(aiter(vault.list("doctor/")), None)
        await vault.remove("doctor/probe", unfinished=True)
    if kind == OVERLAY:
        described += " It is a container's own layer: without a volume, its files go with the container."
    return described


def _require_disk(folder: Path) -> str | None:
    """The type of the file system, if the machine names it.

    Raises:
        CheckFailedError: it cannot keep a vault.
    """
    if not folder.is_dir():
        return None  # as the vault itself reports
    kind, status = kind_of(folder), os.statvfs(folder)
    if kind in NO_DISKS:
        raise CheckFailedError(f"{folder} is on no disk, but on {kind}: mount the vault's disk there.")
    if status.f_flag & os.ST_RDONLY:
        raise CheckFailedError(f"{folder} is mounted read-only: check the disk, and mount it again.")
    if status.f_files and status.f_favail < FEWEST_FILES:
        raise CheckFailedError(
            f"The vault's disk has room for {status.f_favail} more files (inodes): make a larger one."
        )
    ours = folder.stat()
    areas = {area: (folder / area).stat() for area in (SCRATCH, "incoming", *DURABLE) if (folder / area).exists()}
    if moved := [area for area, status in areas.items() if status.st_dev != ours.st_dev]:
        raise CheckFailedError(
            f"On another disk than the rest of {folder}: {', '.join(moved)}. Files cannot be moved between the two."
        )
    if foreign := [area for area, status in areas.items() if not _is_writable(folder / area, status, ours)]:
        raise CheckFailedError(
            f"Of another owner than {folder}, and not to be written: {', '.join(foreign)}. Run chown -R on it."
        )
    return kind


def _is_writable(area: Path, status: os.stat_result, ours: os.stat_result) -> bool:
    """Whether the service can write an area; root, who can write all, compares it with the vault's own folder."""
    if os.geteuid() != 0:
        return os.access(area, os.W_OK | os.X_OK)
    shared = status.st_gid == ours.st_gid and status.st_mode & stat.S_IWGRP
    return status.st_uid == ours.st_uid or bool(shared) or bool(status.st_mode & stat.S_IWOTH)


def kind_of(folder: Path) -> str | None:
    """The type of the file system that the folder is on, by Linux' list of mounts: proc(5)."""
    try:
        mounts = dict(_mounts())
    except FileNotFoundError:
        return None
    place = folder.resolve()
    return next((mounts[str(each)] for each in (place, *place.parents) if str(each) in mounts), None)


def _mounts() -> Iterator[tuple[str, str]]:
    for line in MOUNTS.read_text().splitlines():
        before, _, after = line.partition(" - ")
        # Spaces and the like are octal.
        yield re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), before.split()[4]), after.split()[0]


async def check_temporary(_settings: Settings) -> str:
    folder = tempfile.gettempdir()
    free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    if free < TEMPORARY_BYTES:
        raise CheckFailedError(
            f"Only {free >> 20} MiB are free in {folder}, and a build may need {TEMPORARY_BYTES >> 20}: set TMPDIR."
        )
    return f"{folder}: {free / 2**30:.1f} GiB free."
