"""Part files on disks that take a part, or nothing more."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from pmd_service.vault import VaultFaultError, local_files
from pmd_service.vault.local_files import BATCH_BYTES, LocalPart, create_part

LETTERS = b"abcdefghijklmnopqrstuvwxyz"


def opened(folder: Path) -> LocalPart:
    return LocalPart(*create_part(folder, "object"), key="object")


def test_short_writes_are_completed_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "writev", lambda descriptor, batch: write(descriptor, b"".join(batch)[:3]))
    monkeypatch.setattr(os, "write", lambda descriptor, rest: write(descriptor, rest[:5]))
    part = opened(tmp_path)
    for letter in LETTERS:
        part.write(bytes([letter]))
    assert part.seal().size == len(LETTERS)
    assert (tmp_path / "object").read_bytes() == LETTERS


def test_a_full_disk_is_reported_when_the_file_is_sealed_or_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(descriptor: int, batch: Sequence[bytes]) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "writev", is_full)
    part = opened(tmp_path)
    part.write(LETTERS)
    with pytest.raises(VaultFaultError, match="full"):
        part.seal()
    part.abort()


@pytest.mark.parametrize("batches", [1, 2])
def test_a_failed_fsync_is_reported_at_the_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    errors = [OSError(errno.EIO, "lost")]  # the kernel tells it once

    def sync(descriptor: int) -> None:
        if errors:
            raise errors.pop()

    monkeypatch.setattr(local_files, "SYNC_BYTES", 1)
    monkeypatch.setattr(os, "fdatasync", sync)
    part = opened(tmp_path)
    part.write(bytes(BATCH_BYTES))
    assert part._syncing.exception() is not None
    with pytest.raises((OSError, VaultFaultError), match="lost"):
        for _ in range(1, batches):
            part.write(bytes(BATCH_BYTES))
        part.seal()
    part.abort()


def test_what_is_finished_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    part = opened(tmp_path)
    for _ in range(3):
        part.write(bytes(BATCH_BYTES))
    assert part.seal().size == 3 * BATCH_BYTES
    assert synced[0] == 3 * BATCH_BYTES, "before the name is taken, and the folder behind it"
    assert len(synced) == 2
