"""Errors that are the service's own or its machine's: they are never blamed on a row of work or on a file."""

import errno
import re
from collections.abc import Collection
from typing import Literal, TypeAlias

# “bug”: a mistake in our code. “machine”: its installation, or what the operating system refuses to this process.
Cause: TypeAlias = Literal["bug", "machine"]

MISTAKES = (AssertionError, AttributeError, IndexError, KeyError, NameError, TypeError)
# Permissions, which an installation's files or its store's key lack, and limits: of descriptors, of a store's requests.
MACHINE_ERRNOS = frozenset((errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.EBUSY))
# A call that does not fit its function, as of a library in another version, is not the file's doing.
_MISFIT = re.compile(r"unexpected keyword argument|positional arguments?\b")
OURS = frozenset((__name__.partition(".")[0],))


def cause_of(error: BaseException) -> Cause | None:
    """The cause of an error in a process that decodes nothing; None if it may be the row's fault."""
    if isinstance(error, MISTAKES):
        return "bug"
    cause: BaseException | None = error
    while cause is not None:
        if is_of_machine(cause):
            return "machine"
        cause = cause.__cause__
    return None


def cause_in_decoder(error: BaseException, packages: Collection[str] = OURS) -> Cause | None:
    """The cause of an error while an untrusted file was decoded; None if it is the file's fault.

    Decoders raise KeyError, TypeError and the like for damaged files. So a mistake is ours only if it was raised in a
    module of ours, and not in a library that was given the file, or by a call that does not fit the library.

    Args:
        packages: the top-level packages that are ours.
    """
    if is_of_machine(error):
        return "machine"
    is_misfit = isinstance(error, TypeError) and _MISFIT.search(str(error)) is not None
    is_ours = isinstance(error, MISTAKES) and _raised_in(error).partition(".")[0] in packages
    return "bug" if is_misfit or is_ours else None


def is_of_machine(error: BaseException) -> bool:
    return isinstance(error, ImportError) or (isinstance(error, OSError) and error.errno in MACHINE_ERRNOS)


def is_disk_full(error: BaseException) -> bool:
    """Whether this error or its cause is a full disk or an exhausted file system quota."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _raised_in(error: BaseException) -> str:
    """The name of the module whose function has raised it. Functions in C have no frame: their caller has."""
    trace, name = error.__traceback__, ""
    while trace is not None:
        name, trace = str(trace.tb_frame.f_globals.get("__name__", "")), trace.tb_next
    return name
