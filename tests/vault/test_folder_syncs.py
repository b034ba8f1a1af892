"""A caller waits for an fsync of the folder that began after the call, and callers share them."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pmd_service.vault import local_files
from pmd_service.vault.local_files import FolderSyncs

from ..hang import HANG_SECONDS

FOLDER = Path("a folder")


class Disk:
    """Counts the fsyncs, each of which waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = 0
        self.is_broken = False
        self.has_begun, self.may_end = threading.Semaphore(0), threading.Semaphore(0)
        monkeypatch.setattr(local_files, "_sync", self._sync)

    def _sync(self, _folder: Path) -> None:
        self.begun += 1
        self.has_begun.release()
        self.may_end.acquire()
        if self.is_broken:
            raise OSError("the disk is gone")


class Asked(FolderSyncs):
    """Says when somebody has asked."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = threading.Semaphore(0)

    def _ask(self, path: Path) -> tuple["local_files._Folder", int]:
        asked = super()._ask(path)
        self.waiting.release()
        return asked


@contextmanager
def asking(disk: Disk) -> Iterator[ThreadPoolExecutor]:
    """Threads that come to their end whatever the test has found."""
    with ThreadPoolExecutor(12) as threads:
        try:
            yield threads
        finally:
            disk.may_end.release(100)


def ask(syncs: Asked, disk: Disk, threads: ThreadPoolExecutor, *, later: int) -> list["Future[None]"]:
    """One fsync that runs, and so many who have asked since."""
    asked = [threads.submit(syncs.sync, FOLDER)]
    assert disk.has_begun.acquire(timeout=HANG_SECONDS)
    asked += [threads.submit(syncs.sync, FOLDER) for _ in range(later)]
    for _ in range(1 + later):
        assert syncs.waiting.acquire(timeout=HANG_SECONDS)
    return asked


def test_callers_during_an_fsync_share_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    disk, syncs = Disk(monkeypatch), Asked()
    with asking(disk) as threads:
        first, *later = ask(syncs, disk, threads, later=10)
        assert not any(each.done() for each in (first, *later))
        disk.may_end.release()
        first.result()
        assert disk.has_begun.acquire(timeout=HANG_SECONDS)
        # The one that was running when they asked does not do for them.
        assert not any(each.done() for each in later)
        disk.may_end.release()
        for each in later:
            each.result()
    assert disk.begun == 2


def test_an_fsync_that_fails_has_failed_for_all_who_waited_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    disk, syncs = Disk(monkeypatch), Asked()
    with asking(disk) as threads:
        asked = ask(syncs, disk, threads, later=3)
        disk.is_broken = True
        for _ in range(2):
            disk.may_end.release()
        for each in asked:
            with pytest.raises(OSError, match="the disk is gone"):
                each.result()
        disk.is_broken = False
        disk.may_end.release()
        syncs.sync(FOLDER)
