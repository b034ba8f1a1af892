"""Shutting the door: what a child does to itself before it opens a stranger's file.

Each wall stands alone: rlimits against what grows, Landlock (where the kernel has it) against other files, TCP and
signals, a system call filter against any network, new programs and other processes, no capabilities of root's but
reading files. Raw system calls, because the standard library has none of these.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

# <linux/prctl.h>, <linux/landlock.h>, <linux/seccomp.h>, <linux/capability.h>
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_VERSION, _LANDLOCK_PATH_BENEATH = 1, 1
_EXECUTE, _WRITE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 5, 1 << 7, 1 << 8
# Every right that a version of Landlock knows is taken; the rules give back what is named there.
_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_FILE_RIGHTS_NEWEST = 0xFFFF
_TCP_RIGHTS, _ALL_SCOPES = 0b11, 0b11
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2

# <asm/unistd.h>: what no engine needs. The network; new programs; other processes' memory and signals; leaving the
# process group, which is how a child is ended. Numbers above 402 are the same everywhere.
_CALLS_DENIED = (424, 425, 438)  # pidfd_send_signal io_uring_setup pidfd_getfd
_CLONE3 = 435
_CLONE_THREAD = 0x10000


class _Machine(NamedTuple):
    audit_name: int
    clone: int
    denied: tuple[int, ...]


_MACHINES = {
    # socket connect bind; execve execveat fork vfork; ptrace process_vm_readv _writev; kill tkill rt_sigqueueinfo
    # rt_tgsigqueueinfo; setsid setpgid
    "x86_64": _Machine(0xC000003E, 56, (41, 42, 49, 59, 322, 57, 58, 101, 310, 311, 62, 200, 129, 297, 112, 109)),
    "aarch64": _Machine(0xC00000B7, 220, (198, 203, 200, 221, 281, 117, 270, 271, 129, 130, 138, 240, 157, 154)),
}
_X32_CALLS = 0x40000000
_RETURNS = {"allow": 0x7FFF0000, "refuse": 0x00050000 | errno.EPERM, "unknown": 0x00050000 | errno.ENOSYS}
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ARCHITECTURE_AT, _CALL_AT, _FIRST_ARGUMENT_AT = 4, 0, 16

_libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)))


def has_call_filter() -> bool:
    """Whether we know this machine's system call numbers."""
    return platform.machine() in _MACHINES


def die_with_parent(parent: int) -> None:
    """Be killed when the process that started us is gone, or now if it is gone already."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def limit(*, memory_bytes: int, cpu_seconds: int, output_bytes: int, open_files: int) -> None:
    """Cap address space, processor time, the size of each written file, descriptors; leave no core behind."""
    for name, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, output_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (value, value))


def shut(*, readable: Iterable[Path], writable: Path) -> None:
    """From here on: these files and the installed code can be read, ``writable`` written, nothing else reached.

    Raises:
        OSError: the kernel has a wall and did not put it up.
    """
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _drop_capabilities()
    if version := landlock_version():
        _enter_landlock(version, readable, writable)
    if has_call_filter():
        _filter_calls(_MACHINES[platform.machine()])


def _drop_capabilities() -> None:
    if os.geteuid() != 0:
        return
    # Root without these could not read what another user owns, which an unprivileged service's vault may hold.
    kept = _CAP_DAC_OVERRIDE | _CAP_DAC_READ_SEARCH
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, struct.pack("=6I", kept, kept, 0, 0, 0, 0)), "capset")


def _enter_landlock(version: int, readable: Iterable[Path], writable: Path) -> None:
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

    for folder in _code_folders():
        allow(folder, _EXECUTE | _READ_FILE | _READ_DIR)
    for path in readable:
        allow(path, _READ_FILE)
    allow(writable, _READ_FILE | _READ_DIR | _WRITE | _TRUNCATE | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG)
    _check(_libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _code_folders() -> list[Path]:
    """Where modules and libraries are still loaded from: engines import what a file turns out to need."""
    ours = Path(__file__).parents[1]
    folders = {Path(sys.prefix), Path(sys.base_prefix) / "lib", Path("/usr/lib"), Path("/lib"), Path("/lib64"), ours}
    return [folder for folder in folders if folder.is_dir()]


def _filter_calls(machine: _Machine) -> None:
    """A classic BPF program over ``struct seccomp_data {int nr; __u32 arch; __u64 ip; __u64 args[6]}``.

    Threads may be started, processes not; clone3 hides its flags from a filter, so it "does not exist" and the C
    library takes clone.
    """
    tests: list[tuple[int, int, str, str]] = [
        (_LOAD, _ARCHITECTURE_AT, "", ""),
        (_EQUAL, machine.audit_name, "", "refuse"),
        (_LOAD, _CALL_AT, "", ""),
        (_AT_LEAST, _X32_CALLS, "refuse", ""),
        *((_EQUAL, number, "refuse", "") for number in (*machine.denied, *_CALLS_DENIED)),
        (_EQUAL, _CLONE3, "unknown", ""),
        (_EQUAL, machine.clone, "", "allow"),
        (_LOAD, _FIRST_ARGUMENT_AT, "", ""),
        (_HAS_BITS, _CLONE_THREAD, "allow", "refuse"),
    ]
    ends = {name: len(tests) + at for at, name in enumerate(_RETURNS)}
    program = b"".join(
        [
            *(
                # A jump counts from the next instruction.
                struct.pack("=HBBI", code, *(ends[to] - at - 1 if to else 0 for to in (then, otherwise)), value)
                for at, (code, value, then, otherwise) in enumerate(tests)
            ),
            *(struct.pack("=HBBI", _RETURN, 0, 0, value) for value in _RETURNS.values()),
        ]
    )
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    _check(_libc.prctl(_PR_SET_SECCOMP, 2, header, 0, 0), "seccomp")


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
