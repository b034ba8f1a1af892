"""An engine that does what a taken-over decoder would; ``params`` says what."""

import ctypes
import errno
import fcntl
import json
import os
import platform
import resource
import signal
import socket
import string
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from pmd_service.media.messages import Progress, Progressed, RefusalError, Work


def run(work: Work, progress: Progress) -> object:
    act = work.params.get("act", "behave")
    return ACTS[act](work, progress)


def behave(work: Work, progress: Progress) -> object:
    progress(50, "half way")
    return {"name": work.names[0]}


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
    return {"name": work.names[0]}


def hang(work: Work, progress: Progress) -> object:
    progress(1, f"pid {os.getpid()}")
    time.sleep(3600)
    return None


def flood(work: Work, progress: Progress) -> object:
    """Report progress without end, past what limits an engine's reports."""
    for cell in progress.__closure__ or ():
        if send := getattr(cell.cell_contents, "_send", None):
            while True:
                send(Progressed(0, 1, "x" * work.params["size"]))
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
    return {"name": work.names[0]}


def fail_disk(work: Work, progress: Progress) -> object:
    raise OSError(28, "No space left on device")


def miss_a_key(work: Work, progress: Progress) -> object:
    return work.params["no such parameter"]


def misuse_a_library(work: Work, progress: Progress) -> object:
    """A function in C has no frame of its own."""
    return len(progress)  # type: ignore[arg-type]


def miscall_a_library(work: Work, progress: Progress) -> object:
    """As one of another version is: the argument is refused further down."""
    return json.dumps({}, metadata_errors="replace")


def make_a_library_miss_a_key(work: Work, progress: Progress) -> object:
    """As decoders do for damaged files."""
    return string.Template("$part").substitute({})


def lack_a_module(work: Work, progress: Progress) -> object:
    return import_module("no_such_decoder")


def be_forbidden(work: Work, progress: Progress) -> object:
    return Path(work.params["secret"]).read_bytes()


def answer_nonsense(work: Work, progress: Progress) -> object:
    return object()


def lie(work: Work, progress: Progress) -> object:
    return {"type": "output", "name": "result.png"}


def escape(work: Work, progress: Progress) -> object:
    """Try every way out; the answer is what worked."""
    return [name for name, attempt in ESCAPES.items() if _works(attempt, work)]


def start_threads(work: Work, progress: Progress) -> object:
    """As many as can be; each tries to read what none may. The answer is how many there were, and what was read."""
    over, read, started = threading.Event(), [], 0
    threading.stack_size(64 * 1024)

    def peek() -> None:
        with suppress(OSError):
            read.append(Path(work.params["secret"]).read_bytes().decode())
        over.wait()

    with suppress(RuntimeError):
        while started < work.params["most"]:
            threading.Thread(target=peek, daemon=True).start()
            started += 1
    over.set()
    return [started, *read]


def _works(attempt: Callable[[Work], object], work: Work) -> bool:
    """Whatever fails for another reason than a wall could be made to work."""
    try:
        attempt(work)
    except OSError as error:
        return error.errno not in (errno.EPERM, errno.EACCES, errno.ENOSYS)
    except (ValueError, RuntimeError):  # a limit that may not be raised; a thread that cannot be started
        return False
    return True


def _call(name: str, *arguments: object) -> None:
    """A function of the C library."""
    if getattr(LIBC, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)


def _raw(x86_64: int, aarch64: int, *arguments: object) -> None:
    """A system call by its number, for which the C library has no function."""
    _call("syscall", x86_64 if platform.machine() == "x86_64" else aarch64, *arguments)


LIBC = ctypes.CDLL(None, use_errno=True)
# By the wall that stops them.
LANDLOCK: dict[str, Callable[[Work], object]] = {
    "read another file": lambda work: Path(work.params["secret"]).read_bytes(),
    "list a folder": lambda work: list(Path(work.params["secret"]).parent.iterdir()),
    "write beside": lambda work: Path(work.params["secret"]).with_name("new").write_bytes(b""),
    "change the source": lambda work: Path(work.source).open("ab").close(),
    "make one more file": lambda work: Path(work.folder, "more").write_bytes(b""),
}
CALLS: dict[str, Callable[[Work], object]] = {
    "make a folder": lambda work: Path(work.folder, "folder").mkdir(),
    "make a pipe": lambda work: os.mkfifo(Path(work.folder, "pipe")),
    "link out": lambda work: Path(work.folder, "link").symlink_to(work.params["secret"]),
    "link the source": lambda work: Path(work.folder, "link").hardlink_to(work.source),
    "rename": lambda work: Path(work.folder, "large").rename(Path(work.folder, "other")),
    "change owner": lambda work: os.chown(work.folder, 12345, 12345),
    "change mode": lambda work: Path(work.folder).chmod(0o777),
    "open a socket": lambda work: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "open a local socket": lambda work: socket.socketpair(),
    "connect": lambda work: socket.create_connection(("127.0.0.1", work.params["port"])),
    "start a program": lambda work: subprocess.run(["/bin/true"], check=True),
    "become another program": lambda work: os.execv("/bin/true", ["true"]),
    "become two": lambda work: os.fork(),
    "become two by clone": lambda work: _raw(56, 220, signal.SIGCHLD, 0, 0, 0, 0),
    "become two that share memory": lambda work: _raw(56, 220, 0x4100 | signal.SIGCHLD, 0, 0, 0, 0),
    "have a process of the worker's": lambda work: _raw(56, 220, 0x8000 | signal.SIGCHLD, 0, 0, 0, 0),
    "have a thread in a namespace": lambda work: _raw(56, 220, 1 << 28 | 0x3D0F00, 0, 0, 0, 0),
    "become two by clone3": lambda work: _raw(435, 435, bytes(64), 64),
    "leave the group": lambda work: os.setsid(),
    "have a namespace": lambda work: _call("unshare", 1 << 28),
    "join a namespace": lambda work: _call("setns", 0, 0),
    "kill the worker": lambda work: os.kill(os.getppid(), signal.SIGCONT),
    "signal a thread of the worker": lambda work: _call("tgkill", os.getppid(), os.getppid(), signal.SIGCONT),
    "have others signalled": lambda work: fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid()),
    "limit the worker": lambda work: _call("prlimit", os.getppid(), 0, None, None),
    "slow the worker down": lambda work: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
    "take the worker's processor": lambda work: os.sched_setaffinity(os.getppid(), {0}),
    "schedule the worker": lambda work: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0)),
    "trace the worker": lambda work: _call("ptrace", 16, os.getppid(), 0, 0),
    "read the worker's memory": lambda work: _call("process_vm_readv", os.getppid(), None, 0, None, 0, 0),
    "hold the worker": lambda work: _raw(434, 434, os.getppid(), 0),  # pidfd_open
    "share memory": lambda work: _call("shmget", 0, 4096, 0o1600),
    "have semaphores": lambda work: _call("semget", 0, 1, 0o1600),
    "have a queue of messages": lambda work: _call("msgget", 0, 0o1600),
    "have memory that is a file": lambda work: os.memfd_create("x"),
    "handle page faults": lambda work: _raw(323, 282, 1),
    "add a key": lambda work: _raw(248, 217, b"user", b"name", b"value", 5, -3),
    "read keys": lambda work: _raw(250, 219, 0, -3, 0),
    "watch the kernel": lambda work: _raw(298, 241, None, 0, -1, -1, 0),  # perf_event_open
    "run in the kernel": lambda work: _raw(321, 280, 0, None, 0),  # bpf
    "have a ring": lambda work: _raw(425, 425, 1, None),
    "mount": lambda work: _call("mount", b"none", work.folder.encode(), b"tmpfs", 0, None),
    "change the terminal": lambda work: fcntl.ioctl(1, 0x5412, b"x"),  # TIOCSTI
}
LIMITS: dict[str, Callable[[Work], object]] = {
    "raise a limit": lambda work: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)),
}
ESCAPES = LANDLOCK | CALLS | LIMITS
ACTS: dict[str, Callable[[Work, Progress], object]] = {
    act.__name__: act
    for act in (
        behave,
        refuse,
        crash,
        be_killed,
        flood,
        hang,
        compute,
        eat_memory,
        fill_disk,
        babble,
        print_much,
        fail_disk,
        miss_a_key,
        misuse_a_library,
        miscall_a_library,
        make_a_library_miss_a_key,
        lack_a_module,
        be_forbidden,
        answer_nonsense,
        escape,
        start_threads,
        lie,
    )
}
