"""What the service and the child say to each other (JSON, a message a line), and what an engine has to say."""

import errno
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

MAX_LINE_BYTES = 4 * 1024**2
# What the machine does, and no file.
PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOENT, errno.ESTALE, errno.EROFS)
NAME_LENGTH = 255
# More than this many files of one are hardly what anybody wants of a sheet.
MAX_PIECES = 512
# And so many are taken together.
MAX_TOGETHER = 128

Progress: TypeAlias = Callable[[float, str], None]  # per cent, and the step


def part(progress: Progress, begin: float, end: float) -> Progress:
    """What a step tells of itself, as a part of the whole between two percentages."""
    return lambda value, step: progress(begin + (end - begin) * value / 100, step)


# What works on files may itself have been taken over by one: everything that it says is held to its bounds.
Text = Annotated[str, Meta(max_length=500)]


class RefusalError(Exception):
    """An engine's word that nothing can be done with this file, now or later: a sentence for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


NOTHING_TO_DO = "nothing_to_do"


class NothingToDo(RefusalError):  # noqa: N818  it is no error: the file is as good as it can be made
    """An engine's word that a file is better left as it is: a result of its own, with a sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(NOTHING_TO_DO, message)


def cannot_be_done(operation: str, kind: str) -> RefusalError:
    """The refusal of an operation that makes no sense for this kind of file."""
    return RefusalError("not_for_this", f"“{operation}” cannot be done with {kind}.")


def breaks_off() -> RefusalError:
    """The refusal of a file that ends before its own parts do."""
    return RefusalError("broken", "This file is damaged: it breaks off.")


class Finding(msgspec.Struct, frozen=True):
    """Something the owner should know of a file that was taken all the same."""

    code: Annotated[str, Meta(max_length=40)]
    message: Text


def fewer_bits(kept: int, before: int) -> list[Finding]:
    """What is told of a picture whose colours were kept with fewer bits."""
    return [Finding("fewer_bits", f"A colour has {kept} bits now instead of {before}.")] if kept < before else []


def name_after(name: str, word: str, extension: str) -> str:
    """What a file that was made of another is called: “dragon.gif” → “dragon large.gif”."""
    # A word may come out of a file.
    plain = "".join(each if each.isprintable() and each not in "/\\" else "_" for each in word)
    room = NAME_LENGTH - len(plain) - len(extension) - 1
    return f"{PurePath(name).stem[:room]} {plain}{extension}"


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One file that an engine has made, in the work's folder.

    ``label`` stands in its owner's name for it, in the place of the kind's own word. ``source`` is the number of the
    file that it was made of: 0 is the work's first.
    """

    name: Annotated[str, Meta(pattern=r"^result(-\d{1,4})?\.[a-z0-9]{2,8}$")]
    label: Annotated[str, Meta(max_length=80)] = ""
    source: Annotated[int, Meta(ge=0)] = 0


class Made(Piece, frozen=True, kw_only=True):
    """What an engine makes: a new file, others beside it where it makes several, and what their owner should know."""

    findings: Annotated[list[Finding], Meta(max_length=16)] = []
    beside: Annotated[list[Piece], Meta(max_length=MAX_PIECES - 1)] = []

    @property
    def pieces(self) -> list[Piece]:
        """All files, the first one first."""
        return [self, *self.beside]


def made_of(pieces: Sequence[Piece], findings: Sequence[Finding] = ()) -> Made:
    """The pieces as one answer, and of findings of one code the last."""
    first, *beside = pieces
    told = {finding.code: finding for finding in findings}
    return Made(name=first.name, label=first.label, source=first.source, findings=[*told.values()], beside=beside)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a child may use. Seconds are per file; the rest holds for the child as a whole."""

    memory_bytes: int = 1536 * 1024**2
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    output_bytes: int = 256 * 1024**2
    open_files: int = 64


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One file for an engine: where it lies, the folder (below the batch's) for what is made of it, what to do.

    ``more`` are further files, where something is made of several together, and ``names`` what their owner calls them.
    ``makes`` are all files that may come to be in the folder: they are there, empty, when the engine begins, because
    behind its walls it can make none.
    """

    source: str
    folder: str
    makes: list[str] = []
    more: list[str] = []
    names: list[str] = []
    params: dict[str, Any] = {}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The one line that a child reads: everything it will ever be asked.

    ``engine`` is a module with ``run(work, progress)``; the child may write to files below ``folder`` alone.
    """

    engine: str
    folder: str
    limits: Limits
    works: list[Work]


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """Said before a file is opened, so that a child that dies has named who killed it."""

    item: int


class Progressed(msgspec.Struct, frozen=True, tag="progressed"):
    """``value`` is per cent of this file."""

    item: int
    value: float
    step: str


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The engine's answer, as JSON that the asker reads into its own struct. A stranger's bytes had a hand in it."""

    item: int
    value: msgspec.Raw


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """Nothing can be done with this file, now or later.

    ``message`` is a sentence for its owner, ``detail`` is for the log.
    """

    item: int
    code: str
    message: str
    detail: str = ""


class Faulted(msgspec.Struct, frozen=True, tag="faulted"):
    """The disk or the machine failed, and not the file."""

    item: int
    error: str


Message: TypeAlias = Begun | Progressed | Done | Refused | Faulted
