"""The child's seccomp filter: an allow-list of system calls.

Allowed is what decoding, its memory and its own files need: no processes, sockets, namespaces, keys, shared memory or
scheduling, and nothing that reaches another process. Threads are the child's own: all layers of the sandbox apply to
them as well. libav cannot ask for the number of processors, and so starts none.
"""

import errno
import os
import platform
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# <asm/unistd.h>: x86_64, aarch64; None where a machine lacks the call.
_CALLS: Mapping[str, tuple[int, int | None]] = {
    **{"read": (0, 63), "write": (1, 64), "close": (3, 57), "lseek": (8, 62), "pread64": (17, 67)},
    **{"pwrite64": (18, 68), "readv": (19, 65), "writev": (20, 66), "dup": (32, 23), "ftruncate": (77, 46)},
    **{"open": (2, None), "openat": (257, 56), "getdents64": (217, 61), "getcwd": (79, 17), "fadvise64": (221, 223)},
    **{"stat": (4, None), "lstat": (6, None), "fstat": (5, 80), "newfstatat": (262, 79), "statx": (332, 291)},
    **{"access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, None)},
    **{"readlinkat": (267, 78), "unlink": (87, None), "unlinkat": (263, 35)},
    **{"mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226), "mremap": (25, 216), "madvise": (28, 233)},
    **{"brk": (12, 214), "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293)},
    **{"membarrier": (324, 283), "sched_yield": (24, 124), "getrandom": (318, 278)},
    **{"clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101)},
    **{"gettimeofday": (96, 169), "getrusage": (98, 165), "sysinfo": (99, 179), "uname": (63, 160)},
    **{"rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132)},
    **{"restart_syscall": (219, 128), "exit": (60, 93), "exit_group": (231, 94), "clone": (56, 220)},
    **{"getpid": (39, 172), "getppid": (110, 173), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175)},
    **{"getgid": (104, 176), "getegid": (108, 177)},
    **{"fcntl": (72, 25), "ioctl": (16, 29), "prlimit64": (302, 261), "tgkill": (234, 131)},
}


class _Argument(NamedTuple):
    """The allowed values of one argument of a call; of these the kernel reads 32 bits."""

    place: int
    values: tuple[int, ...]


# CLONE_VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID: exactly pthread_create's of glibc, which
# tries clone3 first; its flags are in memory, where a filter cannot look.
_THREAD = 0x3D0F00


def _arguments() -> Mapping[str, _Argument]:
    return {
        # F_DUPFD F_GETFD F_SETFD F_GETFL F_DUPFD_CLOEXEC: F_SETOWN would send signals to others.
        "fcntl": _Argument(1, (0, 1, 2, 3, 1030)),
        "ioctl": _Argument(1, (0x5401, 0x5451)),  # TCGETS FIOCLEX
        "prlimit64": _Argument(0, (0,)),  # this process
        "tgkill": _Argument(0, (os.getpid(),)),  # abort()
        "clone": _Argument(0, (_THREAD,)),
    }


# <linux/audit.h>, <linux/seccomp.h>, <linux/bpf_common.h>, and struct seccomp_data: nr, arch, ip, args[6].
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_CALL_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16


def has_call_filter() -> bool:
    """Whether this machine's system call numbers are known."""
    return platform.machine() in _MACHINES


def call_filter() -> bytes:
    """The classic BPF program for this process on this machine.

    An unlisted call fails with ENOSYS, so that libraries fall back to older ones; one with a forbidden argument with
    EPERM. Calls of another architecture, x32 included, are never allowed.
    """
    audit_name, column = _MACHINES[platform.machine()]
    arguments = _arguments()
    program = [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_EQUAL, audit_name, equal=1),
        _instruction(_RETURN, _REFUSE),
        _instruction(_LOAD, _CALL_AT),
    ]
    for name, numbers in _CALLS.items():
        if (number := numbers[column]) is not None:
            program += _where(number, _answer(arguments.get(name)))
    return b"".join([*program, _instruction(_RETURN, _UNKNOWN)])


def _answer(argument: _Argument | None) -> list[bytes]:
    allowed = [_instruction(_RETURN, _ALLOW)]
    if argument is None:
        return allowed
    tests = [each for value in argument.values for each in _where(value, allowed)]
    return [_instruction(_LOAD, _FIRST_ARGUMENT_AT + 8 * argument.place), *tests, _instruction(_RETURN, _REFUSE)]


def _where(value: int, then: list[bytes]) -> Iterator[bytes]:
    yield _instruction(_EQUAL, value, otherwise=len(then))
    yield from then


def _instruction(code: int, value: int, *, equal: int = 0, otherwise: int = 0) -> bytes:
    """A ``struct sock_filter``; ``equal`` and ``otherwise`` are how many instructions the jump skips."""
    return struct.pack("=HBBI", code, equal, otherwise, value)
