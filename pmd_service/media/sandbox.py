"""The sandbox that a child enters before it opens an untrusted file.

Its layers are independent: rlimits; Landlock against other files, new files, TCP and signals; a seccomp filter
(:mod:`.seccomp`) against system calls that decoding does not need; and a user namespace where the kernel allows one. A
child of root gets no namespace, which could not map other users' files, and keeps only the capabilities to read files.
By raw system calls, because the standard library has no functions for these.
"""

import ctypes
import os
import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from .messages import Limits
from .seccomp import call_filter, has_call_filter

# <linux/sched.h>, <linux/prctl.h>, <linux/landlock.h>, <linux/seccomp.h>, <linux/capability.h>
_OWN_NAMESPACES = 1 << 28 | 1 << 30 | 1 << 27  # user, network, System V's IPC
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_VERSION, _LANDLOCK_PATH_BENEATH = 1, 1
_EXECUTE, _WRITE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_REMOVE_FILE = 1 << 5
# All rights that the Landlock version knows are revoked, and the rules grant some of them again.
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_FILE_RIGHTS_NEWEST = 0xFFFF
_TCP_RIGHTS, _ALL_SCOPES = 0b11, 0b11
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2
# The kernel does not count the threads of root, whose child therefore has this real user, and root's effective one.
_NOBODY = 65_534
# Where the kernel counts a child by itself, and where it counts all that its user runs.
THREADS, TASKS_OF_USER = 20, 4096

_libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """The kernel's Landlock ABI version; 0 without Landlock."""
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)))


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, or now if that has happened already."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def apply_limits(limits: Limits, *, works: int) -> None:
    """Limit address space, processor time, the size of each written file, and descriptors; disable core dumps."""
    for name, value in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_seconds * (works + 1)),
        (resource.RLIMIT_FSIZE, limits.output_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (value, value))


def missing_layers() -> list[str]:
    """The mandatory layers that this machine lacks."""
    layers = {"Landlock": landlock_version() > 0, "a filter of system calls": has_call_filter()}
    return [name for name, is_available in layers.items() if not is_available]


def active_layers() -> list[str]:
    """The layers of each child of this process, for operators. Blocks for about 50 ms."""
    layers = {
        "limits": True,
        f"Landlock {landlock_version()}": landlock_version() > 0,
        "a filter of system calls": has_call_filter(),
        "a user namespace": has_user_namespace(),
    }
    return [name for name, is_active in layers.items() if is_active]


def has_user_namespace() -> bool:
    """Whether a child gets a user namespace: not as root, nor where the container, unit or kernel forbids it."""
    script = f"import ctypes; raise SystemExit(ctypes.CDLL(None).unshare({_OWN_NAMESPACES}) != 0)"
    asked = [sys.executable, "-I", "-c", script]
    return os.geteuid() != 0 and subprocess.run(asked, check=False).returncode == 0  # noqa: S603 - our own words


def enter(*, code: Iterable[Path], readable: Iterable[Path], writable: Path) -> None:
    """Enter the sandbox: only ``code`` and these files are readable, and existing files in ``writable`` writable.

    Raises:
        OSError: the kernel supports a layer and failed to apply it.
    """
    # The layers apply to the calling thread only.
    if len([*Path("/proc/self/task").iterdir()]) > 1:
        raise OSError("an engine has started threads before the sandbox")
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    is_alone = _drop_privileges()
    _limit_threads(THREADS if is_alone else TASKS_OF_USER)
    if version := landlock_version():
        _enter_landlock(version, code, readable, writable)
    if has_call_filter():
        _filter_calls()


def _drop_privileges() -> bool:
    """Returns: whether the child has a user namespace of its own."""
    # Without these two, root could not read other users' files, and an unprivileged service may own the vault.
    is_root = os.geteuid() == 0
    # A container's root has only some of its capabilities, and may not keep what it does not have.
    kept = (_CAP_DAC_OVERRIDE | _CAP_DAC_READ_SEARCH) & _permitted_capabilities() if is_root else 0
    # Containers and units may forbid either: the other layers cover for it.
    is_alone = not is_root and _libc.unshare(_OWN_NAMESPACES) == 0
    if is_root:
        _libc.setresuid(_NOBODY, -1, -1)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, struct.pack("=6I", kept, kept, 0, 0, 0, 0)), "capset")
    return is_alone


def _permitted_capabilities() -> int:
    """The first 32 of them."""
    header, sets = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    _check(_libc.capget(header, sets), "capget")
    return int(struct.unpack("=6I", sets)[1])


def _limit_threads(most: int) -> None:
    """In a user namespace, the limit is of what runs in it; set before, it would be of all that the user runs."""
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    # The first thread is counted as well.
    limit = most + 1 if hard == resource.RLIM_INFINITY else min(most + 1, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))


def _enter_landlock(version: int, code: Iterable[Path], readable: Iterable[Path], writable: Path) -> None:
    everything = _FILE_RIGHTS.get(version, _FILE_RIGHTS_NEWEST)
    network = _TCP_RIGHTS if version >= 4 else 0
    scopes = _ALL_SCOPES if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("=3Q", everything, network, scopes)
    rules = _libc.syscall(_LANDLOCK_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    _check(rules, "landlock_create_ruleset")

    def allow(path: Path, rights: int) -> None:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = struct.pack("=Qi", rights & everything, descriptor)
            _check(_libc.syscall(_LANDLOCK_ADD_RULE, rules, _LANDLOCK_PATH_BENEATH, rule, 0), f"landlock: {path}")
        finally:
            os.close(descriptor)

    for path in code:  # an archive of modules is a file
        allow(path, _EXECUTE | _READ_FILE | (_READ_DIR if path.is_dir() else 0))
    for path in readable:
        allow(path, _READ_FILE)
    allow(writable, _READ_FILE | _READ_DIR | _WRITE | _TRUNCATE | _REMOVE_FILE)
    _check(_libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _filter_calls() -> None:
    program = call_filter()
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, header, 0, 0), "seccomp")


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
