"""An engine that does what a taken-over decoder would; ``params`` says what."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pmd_service.media.messages import Progress, RefusalError, Work


def run(work: Work, progress: Progress) -> object:
    act = work.params.get("act", "behave")
    return ACTS[act](work, progress)


def behave(work: Work, progress: Progress) -> object:
    progress(50, "half way")
    return {"name": work.name}


def refuse(work: Work, progress: Progress) -> object:
    raise RefusalError("no_good", "This is no good.")


def crash(work: Work, progress: Progress) -> object:
    os.abort()


def be_killed(work: Work, progress: Progress) -> object:
    """Wait to be killed so many times, and then behave."""
    met = Path(work.folder, "met")
    seen = met.read_text() if met.exists() else ""
    met.write_text(seen + f"{os.getpid()}\n")
    if len(seen.splitlines()) < work.params["times"]:
        progress(1, f"pid {os.getpid()}")
        time.sleep(3600)
    return {"name": work.name}


def hang(work: Work, progress: Progress) -> object:
    progress(1, f"pid {os.getpid()}")
    time.sleep(3600)
    return None


def compute(work: Work, progress: Progress) -> object:
    while True:
        pass


def eat_memory(work: Work, progress: Progress) -> object:
    return len(bytearray(8 * 1024**3))


def fill_disk(work: Work, progress: Progress) -> object:
    with Path(work.folder, "large").open("wb") as file:
        while True:
            file.write(bytes(1024**2))


def babble(work: Work, progress: Progress) -> object:
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b"this is not a message\n")
        except OSError:
            continue
    time.sleep(3600)
    return None


def print_much(work: Work, progress: Progress) -> object:
    sys.stdout.write("lines of a library\n" * 10_000)
    sys.stdout.flush()
    return {"name": work.name}


def fail_disk(work: Work, progress: Progress) -> object:
    raise OSError(28, "No space left on device")


def lie(work: Work, progress: Progress) -> object:
    return {"name": "result.png"}


def escape(work: Work, progress: Progress) -> object:
    """Try every way out; the answer is what worked."""
    return [name for name, attempt in ESCAPES.items() if _works(attempt, work)]


def _works(attempt: Callable[[Work], object], work: Work) -> bool:
    try:
        attempt(work)
    except (OSError, ValueError):
        return False
    return True


ESCAPES: dict[str, Callable[[Work], object]] = {
    "read another file": lambda work: Path(work.params["secret"]).read_bytes(),
    "list a folder": lambda work: list(Path(work.params["secret"]).parent.iterdir()),
    "write beside": lambda work: Path(work.params["secret"]).with_name("new").write_bytes(b""),
    "change the source": lambda work: Path(work.source).open("ab").close(),
    "link out": lambda work: Path(work.folder, "link").symlink_to(work.params["secret"]),
    "open a socket": lambda work: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "connect": lambda work: socket.create_connection(("127.0.0.1", work.params["port"])),
    "start a program": lambda work: subprocess.run(["/bin/true"], check=True),
    "become two": lambda work: os.fork(),
    "leave the group": lambda work: os.setsid(),
    "kill the worker": lambda work: os.kill(os.getppid(), signal.SIGCONT),
    "raise a limit": lambda work: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)),
    "change owner": lambda work: os.chown(work.folder, 12345, 12345),
}
ACTS: dict[str, Callable[[Work, Progress], object]] = {
    act.__name__: act
    for act in (
        behave,
        refuse,
        crash,
        be_killed,
        hang,
        compute,
        eat_memory,
        fill_disk,
        babble,
        print_much,
        fail_disk,
        escape,
        lie,
    )
}
