"""An embedded stack's data folder: locked, cleared of leftover processes, with private secrets."""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from .error import DemoError

MARK = "pmd.lock"  # also marks a folder as a data folder
PIDS = "pids"
PLAIN = "plain"
_REMADE = ("fresh", "vault", "store", "logs", "downloads")
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02


@contextmanager
def owned(folder: Path) -> Iterator[Path]:
    """The folder: created if missing, locked, and with the leftover processes of a killed run ended.

    Raises:
        DemoError: it is in use, or not a data folder.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MARK).exists() and any(folder.iterdir()):
        raise DemoError(f"{folder} is not a data folder of pmd; name an empty or a new folder.")
    with (folder / MARK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"{folder} is in use: by another “pmd-admin run” or “pmd-admin demo”.") from None
        end_leftovers(folder)
        yield folder


def plain(folder: Path) -> Path:
    """The folder of Postgres' and Valkey's files: the folder itself, if its path has no spaces.

    Neither of their wheels starts a server below a path with spaces. What is elsewhere is found through a link.
    """
    if not any(character.isspace() for character in str(folder)):
        return folder
    link = folder / PLAIN
    if not link.exists():
        link.unlink(missing_ok=True)
        # Unlike /tmp it survives a reboot.
        link.symlink_to(tempfile.mkdtemp(prefix="pmd-", dir="/var/tmp"))
    return link.resolve()


def remake(folder: Path) -> None:
    """Remove the data of an earlier run; other files in the folder stay."""
    for path in (*(folder / name for name in _REMADE), plain(folder) / "postgres", plain(folder) / "valkey"):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(path)


def end_leftovers(folder: Path) -> None:
    """End the processes of a killed run: they would occupy its ports and write to its files."""
    for pid_file in (folder / PIDS).glob("*.pid"):
        end_process(pid_file, working_in=folder)
    valkey, store = plain(folder) / "valkey", folder / "store"
    end_process(valkey / "valkey.pid", working_in=valkey)
    end_process(store / "weed.pid", working_in=store)
    end_postgres(plain(folder) / "postgres")


def end_postgres(data: Path) -> None:
    """End an orphaned Postgres; SIGINT is its fast shutdown.

    Its pid file goes too, because a stranger that got the same number is taken for Postgres otherwise; so does the
    list of its users, on which dead ones would keep it running.
    """
    end_process(data / "postmaster.pid", working_in=data, by=signal.SIGINT)
    (data / ".handle_pids.json").unlink(missing_ok=True)


def end_process(pid_file: Path, *, working_in: Path, by: signal.Signals = signal.SIGTERM) -> None:
    """End the process of a pid file, if it is ours: its working directory is the given folder."""
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if Path(process.cwd()) == working_in:
            process.send_signal(by)
            if not _has_ended(process):
                process.kill()
                _has_ended(process)
    pid_file.unlink(missing_ok=True)


def _has_ended(process: psutil.Process) -> bool:
    """Wait until a process has ended; a zombie has, too."""
    deadline = time.monotonic() + _STOP_SECONDS
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def secret_key(folder: Path) -> str:
    """The key that signs this folder's tokens, created once."""
    path = folder / "secret"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Atomically write a file that only its owner can read."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)
