"""The protocol between the service and the media child (JSON lines), and the errors and results of engines."""

import errno
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

from ..base.faults import Cause

MAX_LINE_BYTES = 4 * 1024**2
# Errors of the machine, not of a file: the attempt is worth repeating.
TRANSIENT_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOENT, errno.ESTALE, errno.EROFS)
NAME_LENGTH = 255
# Files that one task may produce, and files that one task may combine.
MAX_OUTPUT_FILES = 512
MAX_INPUT_FILES = 128

Progress: TypeAlias = Callable[[float, str], None]  # per cent, and the step


def subrange(progress: Progress, begin: float, end: float) -> Progress:
    """Progress of one step, scaled to a range of the whole, in per cent."""
    return lambda value, step: progress(begin + (end - begin) * value / 100, step)


# A malicious file may control the child: everything it sends is bounded.
Text = Annotated[str, Meta(max_length=500)]


class RefusalError(Exception):
    """This file cannot be processed, now or later; the message is for its owner."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


NOTHING_TO_DO = "nothing_to_do"


class NothingToDo(RefusalError):  # noqa: N818  not an error: the file would not get any better
    """The engine leaves the file unchanged; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(NOTHING_TO_DO, message)


def nothing_to_change() -> NothingToDo:
    return NothingToDo("It is as asked for already: there is nothing to change.")


def not_supported(operation: str, kind: str) -> RefusalError:
    """An operation that does not apply to this kind of file."""
    return RefusalError("not_for_this", f"“{operation}” cannot be done with {kind}.")


def truncated() -> RefusalError:
    """A file that ends before its parts do."""
    return RefusalError("broken", "This file is damaged: it is cut off.")


class Finding(msgspec.Struct, frozen=True):
    """Something the owner should know about a file that was accepted."""

    code: Annotated[str, Meta(max_length=40)]
    message: Text


def lossy(name: str) -> Finding:
    """A format that is written with loss."""
    return Finding("lossy", f"{name} is lossy: the pixels are not the same.")


def bits_reduced(kept: int, before: int) -> list[Finding]:
    """The finding for an image or video whose bit depth was reduced, if it was."""
    return [Finding("fewer_bits", f"A colour has {kept} bits now instead of {before}.")] if kept < before else []


def result_name(name: str, word: str, extension: str) -> str:
    """The name of a file derived from another: “dragon.gif” → “dragon large.gif”."""
    # The word may come from a file's metadata.
    plain = "".join(each if each.isprintable() and each not in "/\\" else "_" for each in word)
    room = NAME_LENGTH - len(plain) - len(extension) - 1
    return f"{PurePath(name).stem[:room]} {plain}{extension}"


class OutputFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that an engine has written into the work's folder.

    ``label`` replaces the task's own word in the file's name. ``source`` is the index of the input that it was derived
    from. ``own`` are findings for this file and not the others of the same work.
    """

    name: Annotated[str, Meta(pattern=r"^result(-\d{1,4})?\.[a-z0-9]{2,8}$")]
    label: Annotated[str, Meta(max_length=80)] = ""
    source: Annotated[int, Meta(ge=0)] = 0
    own: Annotated[list[Finding], Meta(max_length=16)] = []


class Output(OutputFile, frozen=True, kw_only=True, tag="output"):
    """What an engine returns: a file, further ones where it writes several, and findings for the owner."""

    findings: Annotated[list[Finding], Meta(max_length=16)] = []
    extra: Annotated[list[OutputFile], Meta(max_length=MAX_OUTPUT_FILES - 1)] = []

    @property
    def files(self) -> list[OutputFile]:
        return [self, *self.extra]


class LoopChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A loop that was found, from ``start`` to ``end`` in seconds."""

    start: Annotated[float, Meta(ge=0)]
    end: Annotated[float, Meta(ge=0)]
    likeness: Annotated[
        float | None, Meta(description="How alike the waveforms at its seam are, up to 1; null for the whole sound.")
    ]
    score: Annotated[float, Meta(description="By which loops are ranked: likeness, length and bars.")]
    beats: Annotated[int | None, Meta(description="Its length; null if that is no whole number of beats.")]


class Found(msgspec.Struct, frozen=True, kw_only=True, tag="found"):
    """What an engine found where it was to write no file; the message is for the owner."""

    message: Text
    loops: Annotated[list[LoopChoice], Meta(max_length=16)] = []


def combined_output(files: Sequence[OutputFile], findings: Sequence[Finding]) -> Output:
    """Several files as one output; of findings with the same code, the last one is kept."""
    first, *extra = files
    by_code = {finding.code: finding for finding in findings}
    found = [*by_code.values()]
    return Output(name=first.name, label=first.label, source=first.source, own=first.own, findings=found, extra=extra)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """A child's resource limits. Times are per file, the others for the child as a whole."""

    memory_bytes: int = 1536 * 1024**2
    cpu_seconds: int = 60
    wall_seconds: float = 120.0
    output_bytes: int = 256 * 1024**2
    open_files: int = 64


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One file for an engine, the folder (below the batch's) for its results, and the parameters.

    ``more`` are further inputs of an engine that combines several, and ``names`` the owner's names of all inputs.
    ``output_names`` are all files that the engine may write: they exist, empty, before the file is opened, because the
    sandboxed child cannot create any.
    """

    source: str
    folder: str
    output_names: list[str] = []
    more: list[str] = []
    names: list[str] = []
    params: dict[str, Any] = {}


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The one line that a child reads.

    ``engine`` is a module with ``run(work, progress)``; the child can write to files below ``folder`` only.
    """

    engine: str
    folder: str
    limits: Limits
    works: list[Work]


class Started(msgspec.Struct, frozen=True, tag="started"):
    """Sent before a file is opened, so that the file that kills the child is known."""

    item: int


class Progressed(msgspec.Struct, frozen=True, tag="progressed"):
    """``value`` is per cent of this file."""

    item: int
    value: float
    step: str


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The engine's result, as untrusted JSON that the caller decodes into its own struct."""

    item: int
    value: msgspec.Raw


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """This file cannot be processed, now or later: ``message`` is for its owner, ``detail`` for the log."""

    item: int
    code: str
    message: str
    detail: str = ""


class Faulted(msgspec.Struct, frozen=True, tag="faulted"):
    """The machine, its installation or our own code failed, and not the file."""

    item: int
    error: str
    cause: Cause = "machine"
    traceback: str = ""
    is_disk_full: bool = False


Message: TypeAlias = Started | Progressed | Done | Refused | Faulted
